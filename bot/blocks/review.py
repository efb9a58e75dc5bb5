"""What people answered: the card on which it is decided, all of it in a modal, and the list of a study's responses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bot.blocks import kit
from bot.blocks.ids import StudyId
from bot.blocks.kit import Block, Element, View
from bot.blocks.mails import pieces
from domain.quota import Meter
from domain.review import (
    LONGEST_NOTE,
    LONGEST_REASON,
    VERDICT_WORDS,
    Reply,
    ResponsePage,
    Review,
    for_all,
    for_channel,
)
from domain.screener import Verdict
from domain.study import StudyType

ON_CARD = 12
"""Questions that the card shows."""
QUESTION_SHOWN, ANSWER_SHOWN, NAME_SHOWN = 300, 250, 80
IN_PARAGRAPH = 400
"""Characters of an answer that stands in one paragraph with its question; a longer one has a block of its own."""
IN_LIST = 2
LONGEST_MODAL = 20_000
NO_ANSWER = "–"
APART = "\n\n"
"""Between one answer and the next question."""

TABS = {
    Verdict.UNDECIDED: StudyId.RESPONSES_TO_REVIEW,
    Verdict.QUALIFIED: StudyId.RESPONSES_QUALIFIED,
    Verdict.NOT_QUALIFIED: StudyId.RESPONSES_NOT_QUALIFIED,
}
INVITED_TO = {
    StudyType.SURVEY: "Invited to the survey",
    StudyType.UNMODERATED_TEST: "Invited to the test",
}
INVITE = {StudyType.SURVEY: "Invite to the survey", StudyType.UNMODERATED_TEST: "Invite to the test"}


def short(text: str, limit: int) -> str:
    """A stranger's text on one line of mrkdwn, cut before it is escaped so that no entity is torn."""
    return kit.literal(kit.fit(" ".join(text.split()), limit))


def called(found: Review, *, with_name: bool) -> str:
    """`P17`, `P17 Mara Lindqvist`."""
    return f"{found.alias} {short(found.name, NAME_SHOWN)}" if with_name and found.name else found.alias


def card(found: Review, meters: Sequence[Meter] = ()) -> tuple[str, list[Block]]:
    """The card in the study's channel, and its text for notifications: nobody's address or phone is on it."""
    who = called(found, with_name=found.names_in_channel)
    stands = VERDICT_WORDS[found.stands]
    head = f"*{found.study_key}* {short(found.study_name, 120)}\n*{who}* has answered the screener"
    blocks = [kit.section(head)]
    said = for_channel(found)
    blocks += kit.paragraphs((reply_text(each, ANSWER_SHOWN) for each in said[:ON_CARD]), APART)
    if more := len(said) - ON_CARD:
        blocks += [kit.context(f"and {more} more: see all answers")] if more > 0 else []
    blocks.append(kit.context(*about(found, meters)))
    if found.stands is not Verdict.UNDECIDED:
        reason = for_all(found, found.reason) if found.reason else None
        blocks.append(kit.section(decision_text(replace(found, reason=reason))))
    blocks.append(kit.actions(*buttons(found), discuss_button(found), answers_button(found)))
    return f"{found.study_key}: {who} has answered the screener. {stands}.", blocks


def reply_text(reply: Reply, longest: int) -> str:
    """A question and what was said to it."""
    answer = short(reply.answer, longest) if reply.answer is not None else NO_ANSWER
    return f"*{short(reply.question, QUESTION_SHOWN)}*\n{answer}"


def about(found: Review, meters: Sequence[Meter] = ()) -> list[str]:
    """When it was sent, and how many places there are."""
    told = [f"Sent {kit.at(found.submitted_at)}"]
    if found.seats_left is not None:
        told.append(f"{found.seats_left:,} of {found.limit:,} places left")
    if full := [each for each in meters if each.is_full]:
        told.append(f"Full: {', '.join(short(each.quota.words, 60) for each in full)}")
    return told


def decision_text(found: Review) -> str:
    """`Qualified by Ana, 3 Dec at 14:02. Invited to choose a time.`, and the reason if one was given."""
    if found.verdict is found.stands:
        who = f"by {short(found.decided_by, NAME_SHOWN)}" if found.decided_by else "by the screener’s rules"
        when = f", {kit.at(found.decided_at)}" if found.decided_at is not None else ""
    else:
        who, when = "by hand", ""
    lines = [f"*{VERDICT_WORDS[found.stands]}* {who}{when}"]
    if found.stands is Verdict.QUALIFIED and found.is_invited:
        lines.append(INVITED_TO.get(found.study_type, "Invited to choose a time"))
    if found.reason and found.verdict is found.stands:
        lines.append(f"“{short(found.reason, LONGEST_REASON)}”")
    return "\n".join(lines)


def buttons(found: Review) -> list[Element]:
    """What may be decided now, or changed; and the way on for who qualified."""
    value, who = str(found.enrolment_id), f"{found.alias} in {found.study_key}"
    if not found.may_be_decided:
        return []
    if found.stands is Verdict.UNDECIDED:
        return [
            kit.spoken(kit.button("Qualify", StudyId.QUALIFY, value, style="primary"), f"Qualify {who}"),
            kit.spoken(kit.button("Not qualify", StudyId.NOT_QUALIFY, value), f"Do not qualify {who}"),
        ]
    invite = kit.button(INVITE.get(found.study_type, "Invite to schedule"), StudyId.REVIEW_INVITE, value)
    is_open = found.stands is Verdict.QUALIFIED and not found.is_invited
    change = kit.spoken(kit.button("Change…", StudyId.REVIEW_CHANGE, value), f"Change what was decided of {who}")
    return [*([kit.spoken(invite, f"Invite {who}")] if is_open else []), change]


def discuss_button(found: Review) -> Element:
    return kit.spoken(
        kit.button("Discuss", StudyId.DISCUSS, str(found.enrolment_id)), f"Discuss {found.alias} in {found.study_key}"
    )


def answers_button(found: Review, label: str = "All answers") -> Element:
    return kit.spoken(
        kit.button(label, StudyId.ANSWERS, str(found.enrolment_id)), f"Answers of {found.alias} in {found.study_key}"
    )


def gone_card() -> tuple[str, list[Block]]:
    """What stands in the place of a card whose answers are no more."""
    text = "These answers are not kept any more."
    return text, [kit.section(text)]


def answers_modal(found: Review, metadata: str, sentence: str = "") -> View:
    """Everything that somebody answered, who decided and by which rule, and what may be decided now.

    `sentence` is what is to be said of what was just done, in mrkdwn.
    """
    blocks = [*([kit.section(sentence)] if sentence else []), *answers(found)]
    if may := buttons(found):
        blocks.append(kit.actions(*may))
    return kit.modal("Answers", blocks, callback_id=StudyId.ANSWERS_MODAL, metadata=metadata, close="Close")


def interview_modal(reference: str, found: Sequence[Review], metadata: str) -> View:
    """What the participants of an interview answered, one after the other."""
    blocks: list[Block] = [kit.section(f"Answers of those who take part in *{reference}*")]
    left = LONGEST_MODAL
    for each in found:
        more = [kit.divider(), *answers(each)]
        if len(blocks) + len(more) >= kit.VIEW_BLOCKS or (left := left - kit.characters(more)) < 0:
            blocks.append(kit.context("There are more: see them with `/study responses`."))
            break
        blocks += more
    return kit.modal("Answers", blocks, callback_id=StudyId.ANSWERS_MODAL, metadata=metadata, close="Close")


def answers(found: Review) -> list[Block]:
    """Who answered what, for those who may know it."""
    head = (
        f"*{found.study_key}* {short(found.study_name, 120)}\n*{called(found, with_name=True)}* · {found.status.value}"
    )
    blocks = [kit.section(head), kit.context(*about(found))]
    blocks += all_replies(found.replies)
    if found.stands is not Verdict.UNDECIDED:
        blocks.append(kit.section(decision_text(found)))
    if found.rules and found.verdict is found.stands:
        blocks.append(kit.context(*(short(rule, 300) for rule in found.rules)))
    return blocks


def all_replies(replies: Sequence[Reply]) -> list[Block]:
    """Every question with the whole of its answer."""
    blocks: list[Block] = []
    together: list[str] = []
    for each in replies:
        if each.answer is None or len(each.answer) <= IN_PARAGRAPH:
            together.append(reply_text(each, IN_PARAGRAPH))
            continue
        blocks += kit.paragraphs([*together, f"*{short(each.question, QUESTION_SHOWN)}*"], APART)
        blocks += [{"type": "section", "text": kit.plain(piece)} for piece in pieces(each.answer)]
        together = []
    return [*blocks, *kit.paragraphs(together, APART)]


def change_modal(found: Review, metadata: str) -> View:
    """What was decided is changed, with a reason."""
    other = Verdict.NOT_QUALIFIED if found.stands is Verdict.QUALIFIED else Verdict.QUALIFIED
    blocks = [
        kit.section(f"*{found.alias}* in *{found.study_key}*\n{decision_text(found)}"),
        kit.section(f"They will be *{VERDICT_WORDS[other]}*. No mail is sent."),
        kit.field(
            "reason",
            "Why",
            kit.text_input("reason", multiline=True, longest=LONGEST_REASON),
            hint="Kept with the decision, and shown on the card: write nothing that the channel may not read.",
        ),
    ]
    return kit.modal(
        "Change the decision", blocks, callback_id=StudyId.REVIEW_CHANGE_MODAL, submit="Change", metadata=metadata
    )


def changed_text(found: Review) -> str:
    """What is said to whoever changed a decision."""
    return f"*{found.alias}* in *{found.study_key}*: {VERDICT_WORDS[found.stands].lower()} now. No mail was sent."


def discuss_modal(found: Review, metadata: str) -> View:
    """What somebody would like to say about the answers; it goes into the thread of their card."""
    blocks = [
        kit.field(
            "note",
            f"About {found.alias} in {found.study_key}",
            kit.text_input("note", multiline=True, longest=LONGEST_NOTE),
            hint="It is posted in the thread of the card, for everybody in the channel.",
        )
    ]
    return kit.modal("Discuss", blocks, callback_id=StudyId.DISCUSS_MODAL, submit="Post", metadata=metadata)


def note_text(by: str, text: str) -> str:
    """What a member said, in the card's thread."""
    return f"{kit.user(by)}: {kit.literal(text)}"


def listing(found: ResponsePage) -> tuple[str, list[Block]]:
    """A study's responses that stand so, with how many stand otherwise."""
    title = f"Responses of {found.study_key}: {VERDICT_WORDS[found.verdict].lower()}"
    tabs = [
        kit.button(
            f"{VERDICT_WORDS[verdict]} ({found.counts.get(verdict, 0):,})",
            action_id,
            found.study_key,
            style="primary" if verdict is found.verdict else None,
        )
        for verdict, action_id in TABS.items()
    ]
    blocks = [
        kit.section(f"*Responses of {found.study_key}* {short(found.study_name, 120)}"),
        kit.actions(*tabs),
        *(kit.section(line_text(each), answers_button(each, "Open")) for each in found.responses),
    ]
    if not found.responses:
        blocks.append(kit.section(NOBODY[found.verdict]))
    if found.after is not None:
        value = f"{found.study_key}:{found.verdict.value}:{found.after}"
        blocks.append(kit.actions(kit.button("Next →", StudyId.RESPONSES_NEXT, value)))
    return title, blocks


NOBODY = {
    Verdict.UNDECIDED: "Nobody waits for a review.",
    Verdict.QUALIFIED: "Nobody has qualified yet.",
    Verdict.NOT_QUALIFIED: "There is nobody who did not qualify.",
}


def line_text(found: Review) -> str:
    """Somebody in a list: when they answered, and how they began."""
    first = " · ".join(short(each.answer, 60) for each in found.replies[:IN_LIST] if each.answer)
    told = f"*{called(found, with_name=True)}* · {kit.at(found.submitted_at)} · {found.status.value}"
    return f"{told}\n{first}" if first else told
