"""Participants: pages of them, one in detail, and the modals to add one and to change where they stand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.blocks import kit
from bot.blocks.ids import CommonId, ParticipantId
from bot.blocks.kit import Block, Element, View
from domain.invitation import is_invitable
from domain.participant import DOES_NOT_COUNT, ParticipantStatus
from domain.person import EnrolmentLine, ParticipantDetails, Person
from domain.study import StudyLine

ADD_BUTTON = f"{CommonId.MENU}:/participant:add"
NAME_SHOWN = 120
PROPERTIES_SHOWN = 30
ENROLMENTS_SHOWN = 15
NOT_COUNTED = (
    "Interview Scheduled and Interview Completed set by hand take no seat. To have the session counted, book it or "
    "log it: `/interview book`."
)


@dataclass(frozen=True, slots=True)
class FoundPage:
    """A page of participants: what was looked for, who was found, and the value of the button to the next page.

    `may_add`: whether the reader may add somebody.
    """

    text: str
    people: Sequence[Person]
    next: str | None
    may_add: bool


def short(text: str | None, limit: int = NAME_SHOWN) -> str:
    """A person's text for mrkdwn, cut before it is escaped so that no entity is torn."""
    return kit.literal(kit.fit(text or "", limit))


def named(person: Person) -> str:
    """`P17 Mara Lindner p17@example.com`, as far as the reader may know it."""
    known = [short(part) for part in (person.name, person.email) if part]
    return " ".join([f"*{person.alias}*", *known])


def found(page: FoundPage) -> tuple[str, list[Block]]:
    """A page of participants, each with a button to their details."""
    title = f"Participants: {short(page.text)}" if page.text else "Participants"
    if not page.people:
        text = f"{title}: nobody found."
        add = kit.actions(kit.button("Add somebody", ADD_BUTTON, "/participant add"))
        return text, [kit.section(text), *([add] if page.may_add else [])]
    blocks = [kit.section(f"*{title}*")]
    blocks += [
        kit.section(named(person), kit.button("Show", ParticipantId.SHOW, person.alias)) for person in page.people
    ]
    if page.next is not None:
        blocks.append(kit.actions(kit.button("Next →", ParticipantId.FIND_PAGE, page.next)))
    return f"{title}: {', '.join(person.alias for person in page.people)}", blocks


def erased(shown: ParticipantDetails) -> tuple[str, list[Block]]:
    """What is left of somebody who was erased: where they stood, for the studies' numbers."""
    when = kit.at(shown.erased_at, "{date_short}") if shown.erased_at else ""
    lines = [f"• *{line.study_key}*: {line.status.value}" for line in shown.enrolments[:ENROLMENTS_SHOWN]]
    blocks = [kit.section(f"*{shown.person.alias}*\nErased on {when}. Nothing personal is known of them any more.")]
    if lines:
        blocks.append(kit.section("\n".join(lines)))
    if shown.interview_references:
        blocks.append(kit.section(f"*Interviews*\n{', '.join(shown.interview_references)}"))
    return f"{shown.person.alias} was erased", blocks


def trouble(shown: ParticipantDetails) -> str:
    """What is wrong with the participant's address."""
    if shown.bounced_at is not None:
        return "No mail reaches this address, and none is sent to it,"
    return "Mail to this address does not arrive for now,"


def enrolment(line: EnrolmentLine) -> list[Block]:
    """Where the participant stands in one study, with buttons for those who may change it, or invite them."""
    text = (
        f"*{line.study_key}* {short(line.study_name)}\n"
        f"{line.status.value} · {line.stage.value} · since {kit.at(line.status_changed_at, '{date_short}')}"
    )
    if not line.may_manage:
        return [kit.section(text)]
    change = kit.button("Change…", ParticipantId.STATUS, str(line.enrolment_id))
    if not is_invitable(line.study_type, line.status):
        return [kit.section(text, change)]
    invite = kit.button("Invite", ParticipantId.INVITE, str(line.enrolment_id))
    return [kit.section(text, change), kit.actions(kit.spoken(invite, f"Invite to {line.study_key}"))]


def properties(pairs: Sequence[tuple[str, str]]) -> str:
    lines = [f"{short(name, 60)}: {short(value, 60)}" for name, value in pairs[:PROPERTIES_SHOWN]]
    if len(pairs) > PROPERTIES_SHOWN:
        lines.append(f"and {len(pairs) - PROPERTIES_SHOWN} more")
    return "\n".join(lines)


def add_modal(metadata: str) -> View:
    """The modal to add a participant, and to enrol them at once."""
    study = kit.typed_select(ParticipantId.STUDY_MENU, placeholder="Type a key or a name")
    blocks = [
        kit.field("email", "E-mail address", kit.email_input("email")),
        kit.field("name", "Name", kit.text_input("name", longest=200), optional=True),
        kit.field("phone", "Phone", kit.text_input("phone", longest=40), optional=True),
        kit.field("study", "Study", study, hint="They are added to it. Nothing is sent.", optional=True),
        kit.context("Many at once? Drop a CSV or XLSX file into a direct message to Callsheet."),
    ]
    return kit.modal("Add a participant", blocks, callback_id=ParticipantId.ADD_MODAL, submit="Add", metadata=metadata)


def study_options(studies: Sequence[StudyLine]) -> list[Element]:
    """Studies to choose from, by their keys."""
    return [kit.option(f"{study.key} · {study.name}", study.key, study.status.label) for study in studies]


def status_modal(person: Person, line: EnrolmentLine, metadata: str) -> View:
    """The modal to change where a participant stands, from what it is now to what is allowed by hand."""
    possible = line.changes
    blocks = [
        kit.section(f"{named(person)}\nin *{line.study_key}* {short(line.study_name)}\nNow: *{line.status.value}*"),
        kit.field("status", "Change to", kit.select("status", [kit.option(s.value, s.value) for s in possible])),
        kit.field(
            "reason",
            "Why",
            kit.text_input("reason", multiline=True, longest=1000),
            hint="Kept with the change. No mail is sent.",
            optional=True,
        ),
    ]
    if not DOES_NOT_COUNT.isdisjoint(possible):
        log = kit.button("Log or book the session", ParticipantId.STATUS_LOG, str(line.enrolment_id))
        blocks += [kit.context(NOT_COUNTED), kit.actions(log)]
    return kit.modal(
        "Change the status", blocks, callback_id=ParticipantId.STATUS_MODAL, submit="Change", metadata=metadata
    )


def changed_text(person: Person, line: EnrolmentLine, to: ParticipantStatus) -> str:
    """What a change by hand did, in mrkdwn."""
    text = f"*{person.alias}* in *{line.study_key}*: {line.status.value} → *{to.value}*. No mail was sent."
    return f"{text}\n{NOT_COUNTED}" if to in DOES_NOT_COUNT else text
