"""Writing a mail to an interview's participants: the modal to write it in, and the mail as it will be."""

from __future__ import annotations

from collections.abc import Iterator

from bot.blocks import kit
from bot.blocks.booking import back_button
from bot.blocks.ids import InterviewId
from bot.blocks.interview import headline, short, when
from bot.blocks.kit import Block, Element, View
from domain.drafts import added
from domain.interview import Seat
from domain.mail import Composing, MailKind, Preview
from domain.tokens import listed

LONGEST_SUBJECT = 150
LONGEST_TEXT = 2000
"""Characters of a mail: the preview carries it along."""
MOST_CHECKBOXES = 10
NAMED = 5
"""Recipients whom the preview names."""

HINTS = {
    MailKind.REMINDER: "When and where it is, and whether they come",
    MailKind.INCENTIVE: "What they get; no money is sent",
    MailKind.CUSTOM: "Anything else",
    MailKind.RESCHEDULE_REQUEST: "They choose another time on their page",
}


def compose_modal(shown: Composing, metadata: str, chosen: tuple[int, ...]) -> View:
    """What kind of mail, to whom, saying what? `chosen` are the ids of the seats ticked at first."""
    line = shown.seen.line
    kinds = [kit.option(kind.label, kind.value, HINTS[kind]) for kind in shown.offered]
    blocks = [
        kit.section(f"{headline(line)}\n{when(line)}"),
        kit.heard(kit.field("kind", "Mail", kit.radio("kind", kinds, initial=shown.kind.value)), InterviewId.MAIL_KIND),
    ]
    if refused := refused_text(shown):
        blocks.append(kit.context(refused))
    blocks += recipients(shown, chosen)
    text = kit.text_input("text", initial=shown.text, multiline=True, longest=LONGEST_TEXT)
    hint = f"{added(shown.kind)} Tokens: {listed(shown.tokens)}"
    blocks += [
        kit.renamed(
            kit.field("subject", "Subject", kit.text_input("subject", initial=shown.subject, longest=LONGEST_SUBJECT)),
            shown.kind.value,
        ),
        kit.renamed(kit.field("text", "Text", text, hint=hint), shown.kind.value),
    ]
    title = f"Mail about {line.reference}"
    return kit.modal(
        title, blocks, callback_id=InterviewId.COMPOSE_MODAL, submit="Preview", metadata=metadata, close="Cancel"
    )


def refused_text(shown: Composing) -> str:
    """The kinds that can't be sent now, each with why; "" when all can."""
    told = [f"no {kind.noun}, because {kit.escape(why)}" for kind, why in shown.refused.items()]
    return f"Not now: {'; '.join(told)}." if told else ""


def recipients(shown: Composing, chosen: tuple[int, ...]) -> list[Block]:
    """To whom: of one it is said, of several they are chosen. Who may not be written to is named with why."""
    with_names = shown.seen.with_names
    barred = [
        f"{short(one.seat.shown_as(with_name=with_names), 60)} {one.barred}" for one in shown.recipients if one.barred
    ]
    if len(shown.free) == 1:
        to = f"To {short(shown.free[0].shown_as(with_name=with_names), 60)}"
        blocks: list[Block] = [kit.context(to)]
    else:
        options = [kit.option(label(seat, with_names=with_names), str(seat.attendee_id)) for seat in shown.free]
        chooser = kit.renamed(kit.field("recipients", "To", choice(options, chosen)), f"to_{shown.kind.value}")
        blocks = [chooser]
    return [*blocks, kit.context(f"Left out: {', '.join(barred)}.")] if barred else blocks


def label(seat: Seat, *, with_names: bool) -> str:
    """A participant as an option: alias, and the name where it may be shown."""
    name = seat.shown_as(with_name=with_names)
    alias = seat.shown_as(with_name=False)
    return alias if name == alias else f"{kit.fit(name, 60)} ({alias})"


def choice(options: list[Element], chosen: tuple[int, ...]) -> Element:
    """Checkboxes for a few, a menu for many."""
    initial = [str(id_) for id_ in chosen]
    if len(options) <= MOST_CHECKBOXES:
        return kit.checkboxes("recipients", options, initial=initial)
    return kit.multi_select("recipients", options, initial=initial)


def preview_modal(shown: Preview, metadata: str) -> View:
    """The mail as the first recipient gets it, to be sent or changed: it takes the place of the inputs."""
    names = [short(name, 60) for name in shown.recipients[:NAMED]]
    more = len(shown.recipients) - len(names)
    to = ", ".join(names) + (f" and {more} more" if more else "")
    as_first = f" This is how {names[0]} reads it; the others read their own." if len(shown.recipients) > 1 else ""
    answers = f" Answers go to {short(shown.answers_go_to, 60)}." if shown.answers_go_to else ""
    blocks = [
        kit.context(f"To {to}.{as_first}{answers}"),
        kit.section("*Subject*"),
        {"type": "section", "text": kit.plain(shown.subject)},
        kit.divider(),
        *({"type": "section", "text": kit.plain(piece)} for piece in pieces(shown.text)),
    ]
    blocks.append(kit.context(kit.escape(added(shown.kind))))
    if "/s/…" in shown.text:
        blocks.append(kit.context("“…” is the participant's own link, made when the mail goes out."))
    blocks.append(back_button(InterviewId.COMPOSE_BACK))
    return kit.modal("Preview", blocks, callback_id=InterviewId.SEND_MODAL, submit="Send", metadata=metadata)


def pieces(text: str, size: int = 3000) -> Iterator[str]:
    """The text in pieces that a block takes, parted between its lines where that is possible."""
    while len(text) > size:
        end = text.rfind("\n", 1, size) + 1 or size
        yield text[:end]
        text = text[end:]
    yield text


def sent_text(reference: str, kind: MailKind, recipients: int) -> str:
    """What sending did, in mrkdwn."""
    to = "1 participant" if recipients == 1 else f"{recipients} participants"
    return f"The {kind.noun} about {reference} goes to {to} now."
