"""A participant's page as a modal: who they are, one part at a time, and what the reader may do about them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from bot.blocks import kit, participant, review
from bot.blocks.ids import InterviewId, ParticipantId
from bot.blocks.kit import Block, Element, View
from bot.blocks.participant import ENROLMENTS_SHOWN, named, short
from domain.governance import ContactStatus
from domain.interview import Door, InterviewStatus
from domain.mail import MailFate
from domain.participant import Cause
from domain.person import Person
from domain.person_page import IncentiveLine, MailLine, NoteLine, Part, PersonPage, SessionLine, Step
from domain.review import Review

IDS: dict[Part, ParticipantId] = {part: ParticipantId(f"participant:part_{part.value}") for part in Part}
NOTHING = {
    Part.HISTORY: "Nothing has happened yet in a study that you can see.",
    Part.SCREENER: "No answers that you may read: they are for those who manage the study.",
    Part.MAILS: "No mails that you may see: they are for those who manage the study.",
    Part.INTERVIEWS: "No interviews in a study that you can see.",
    Part.INCENTIVES: "In no study with an incentive that you can see.",
    Part.NOTES: "No notes that you may read: they are for those who manage a study that this person is in.",
    Part.PROPERTIES: "Nothing more is known that you may see.",
}
WORDS = {
    Cause.ADDED: "added to the study",
    Cause.GOVERNANCE: "by the rules of contact",
    Cause.BY_HAND: "by hand",
    Cause.SCREENER_OPENED: "screener begun",
    Cause.SESSION: "what became of a session",
    Cause.ADDRESS_CORRECTED: "address corrected",
    Cause.MERGED: "merged",
}
"""How a cause is told, where its name does not say it."""
FATES = {MailFate.SENT: "sent", MailFate.SOFT_BOUNCED: "did not arrive for now", MailFate.HARD_BOUNCED: "came back"}
MOST_CHARACTERS = 40_000
"""Of answers in one modal."""


def modal(page: PersonPage, metadata: str) -> View:
    """The page. Everything in it is as far as its reader may see it."""
    if page.about.erased_at is not None:
        _, blocks = participant.erased(page.about)
    else:
        blocks = [*head(page), tabs(page), kit.divider(), *body(page)]
        if may := buttons(page):
            blocks += [kit.divider(), kit.actions(*may)]
    return kit.modal(
        f"Participant {page.about.person.alias}",
        blocks,
        callback_id=ParticipantId.PAGE_MODAL,
        metadata=metadata,
        close="Close",
    )


def head(page: PersonPage) -> list[Block]:
    """Who they are, and whether they may be contacted, with every reason."""
    about = page.about
    person = about.person
    blocks: list[Block] = []
    if page.merged_from is not None:
        blocks.append(kit.context(f"{page.merged_from} is now *{person.alias}*: the two were one person."))
    lines = [named(person)]
    details = [f"Phone: {short(about.phone)}"] if about.phone else []
    if about.time_zone:
        details.append(f"Time zone: {kit.escape(about.time_zone.replace('_', ' '))}")
    if page.other_addresses:
        details.append(f"Also: {', '.join(short(each) for each in page.other_addresses[:5])}")
    if details:
        lines.append(" · ".join(details))
    blocks.append(kit.section("\n".join(lines)))
    contact = [f"Contact: *{about.contact_status.value}*"]
    contact += [f"• {short(reason, 300)}" for reason in page.reasons]
    if page.is_overridden:
        contact.append("Overridden for a study.")
    blocks.append(kit.section("\n".join(contact)))
    if (since := about.bounced_at or about.soft_bounced_at) is not None:
        trouble = participant.trouble(about)
        blocks.append(kit.context(f"⚠ {trouble} since {kit.at(since, '{date_short}')}"))
    if person.name is None and person.email is None:
        blocks.append(
            kit.context("This page is masked: names and addresses are for those who work on a study with this person.")
        )
    return blocks


def value_of(page: PersonPage, part: Part, older_than: int | None = None) -> str:
    ends = f":{older_than}" if older_than is not None else ""
    return f"{page.about.person.alias}:{part.value}{ends}"


def tabs(page: PersonPage) -> Block:
    """The parts of the page; the one that is shown is marked."""
    return kit.actions(
        *(
            kit.button(f"▸ {part.label}" if part is page.part else part.label, IDS[part], value_of(page, part))
            for part in Part
        )
    )


def body(page: PersonPage) -> list[Block]:
    """The part that is shown."""
    if page.part is Part.OVERVIEW:
        return overview(page)
    if page.part is Part.PROPERTIES:
        known = page.about.properties
        return [kit.section(participant.properties(known) if known else NOTHING[page.part])]
    if not page.lines:
        return [kit.section(NOTHING[page.part] if page.begins else "There is no more.")]
    blocks = answers(page.lines) if page.part is Part.SCREENER else [DRAWN[type(line)](line) for line in page.lines]
    turns = []
    if not page.begins:
        turns.append(kit.button("← Newest", IDS[page.part], value_of(page, page.part)))
    if page.older_than is not None:
        turns.append(kit.button("Older →", ParticipantId.OLDER, value_of(page, page.part, page.older_than)))
    return [*blocks, *([kit.actions(*turns)] if turns else [])]


def overview(page: PersonPage) -> list[Block]:
    """Where they stand in each study, with what may be changed."""
    enrolments = page.about.enrolments
    if not enrolments:
        return [kit.section("In no study that you can see.")]
    is_barred = page.about.contact_status in (ContactStatus.DO_NOT_CONTACT, ContactStatus.IN_COOLDOWN)
    blocks: list[Block] = []
    for line in enrolments[:ENROLMENTS_SHOWN]:
        drawn = participant.enrolment(line)
        if line.may_manage and is_barred:
            override = kit.button("Override…", ParticipantId.OVERRIDE, str(line.enrolment_id))
            spoken = kit.spoken(override, f"Override the rules of contact for {line.study_key}")
            if drawn[-1]["type"] == "actions":
                drawn[-1] = kit.actions(*drawn[-1]["elements"], spoken)
            else:
                drawn.append(kit.actions(spoken))
        blocks += drawn
    more = len(enrolments) - ENROLMENTS_SHOWN
    return [*blocks, *([kit.context(f"and {more} more")] if more > 0 else [])]


def step(line: Step) -> Block:
    was = f"{line.was.value} → " if line.was is not None else ""
    why = WORDS.get(line.cause, line.cause.value.replace("_", " "))
    who = short(line.actor, 60)
    told = f"{kit.at(line.at)} · {who}{door(line.door)} · {why}"
    reason = f"\n“{short(line.reason, 300)}”" if line.reason else ""
    return kit.section(f"*{line.study_key}* {was}*{line.to.value}*\n{told}{reason}")


def door(through: Door) -> str:
    """Through which door something was done, where that says more than who did it."""
    return {Door.PAGE: " on their page", Door.MAIL: " by mail", Door.IMPORT: " by import"}.get(through, "")


def mail(line: MailLine) -> Block:
    mark = "" if line.fate is MailFate.SENT else "⚠ "
    code = f" ({kit.literal(line.code)})" if line.code else ""
    return kit.section(f"{mark}*{line.study_key}* {line.kind.label}\n{kit.at(line.at)} · {FATES[line.fate]}{code}")


def session(line: SessionLine) -> Block:
    coming = "" if line.outcome is not InterviewStatus.UPCOMING else f" · {line.attendance.label}"
    text = f"*{line.reference}*\n{kit.at(line.starts_at)} · {line.outcome.label}{coming}"
    details = kit.button("Details", InterviewId.DETAILS, str(line.interview_id))
    return kit.section(text, kit.spoken(details, f"Details of {line.reference}"))


def incentive(line: IncentiveLine) -> Block:
    return kit.section(f"*{line.study_key}* {kit.escape(line.amount)}\n{line.state}")


def note(line: NoteLine) -> Block:
    return kit.section(f"{short(line.text, 1000)}\n_{short(line.author, 60)}_ · {kit.at(line.at)}")


DRAWN: dict[type[Any], Callable[[Any], Block]] = {
    Step: step,
    MailLine: mail,
    SessionLine: session,
    IncentiveLine: incentive,
    NoteLine: note,
}


def answers(found: Sequence[Any]) -> list[Block]:
    """What they answered, study by study, as far as there is room."""
    blocks: list[Block] = []
    for each in found:
        assert isinstance(each, Review)
        more = [*([kit.divider()] if blocks else []), *review.answers(each)]
        if len(blocks) + len(more) > kit.VIEW_BLOCKS - 20 or kit.characters([*blocks, *more]) > MOST_CHARACTERS:
            blocks.append(kit.context("There are more: see them with `/study responses`."))
            break
        blocks += more
    return blocks


def buttons(page: PersonPage) -> list[Element]:
    """What the reader may do about the person."""
    may, person = page.powers, page.about.person
    found: list[Element] = []
    if may.manage:
        found.append(kit.button("Note…", ParticipantId.NOTE, person.alias))
    if may.correct:
        found.append(kit.button("Correct address…", ParticipantId.ADDRESS, person.alias))
    if may.manage:
        found.append(kit.button("Contact…", ParticipantId.DO_NOT_CONTACT, str(person.id)))
    if page.about.contact_status is not ContactStatus.IN_BLOCKLIST and may.manage:
        if may.block:
            found.append(kit.button("Blocklist…", ParticipantId.BLOCK, str(person.id)))
        else:
            found.append(kit.button("Suggest blocklist…", ParticipantId.SUGGEST_BLOCK, str(person.id)))
    if may.merge:
        found.append(kit.button("Merge…", ParticipantId.MERGE, person.alias))
    if may.erase:
        found.append(kit.button("Export", ParticipantId.EXPORT, person.alias))
        found.append(kit.button("Erase…", ParticipantId.ERASE, person.alias))
    return found


def note_modal(person: Person, metadata: str, longest: int) -> View:
    """The question what is to be noted about somebody."""
    text = kit.text_input("text", multiline=True, longest=longest)
    blocks = [
        kit.section(named(person)),
        kit.field("text", "Note", text, hint="For those who manage a study that this person is in."),
    ]
    return kit.modal("Add a note", blocks, callback_id=ParticipantId.NOTE_MODAL, submit="Add", metadata=metadata)


def address_modal(person: Person, metadata: str) -> View:
    """The question what somebody's address is."""
    option = kit.option("Keep the old address", "keep", "Whoever comes by it is this person still.")
    keep = kit.checkboxes("keep", [option], initial=["keep"])
    blocks = [
        kit.section(f"{named(person)}\nMails go to the new address from now on. Nothing is sent by itself."),
        kit.field("email", "New e-mail address", kit.email_input("email")),
        kit.field("keep", "The old one", keep, optional=True),
    ]
    return kit.modal(
        "Correct the address", blocks, callback_id=ParticipantId.ADDRESS_MODAL, submit="Correct", metadata=metadata
    )
