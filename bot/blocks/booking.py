"""Booking an interview: the modal, a time shown back before it is booked, and what became of it."""

from __future__ import annotations

from collections.abc import Sequence

from bot.blocks import kit
from bot.blocks.ids import CommonId, InterviewId
from bot.blocks.interview import mail_text, short
from bot.blocks.interview_details import length_select
from bot.blocks.kit import Block, Element, View
from domain.participant import Person
from domain.schedule import Draft, Proposal
from domain.scheduling import Span, local
from domain.study import StudyLine


def modal(draft: Draft, metadata: str) -> View:
    """The booking modal, filled with what is known."""
    study = kit.option(draft.study_label, str(draft.study_id)) if draft.study_id is not None else None
    person = (
        kit.option(draft.participant_label, str(draft.participant_id)) if draft.participant_id is not None else None
    )
    study_menu = kit.typed_select(InterviewId.STUDY_MENU, initial=study, placeholder="Type a key or a name")
    person_menu = kit.typed_select(InterviewId.PARTICIPANT_MENU, initial=person, placeholder="Type a name or address")
    blocks = [
        kit.field("study", "Study", study_menu),
        kit.field("participant", "Participant", person_menu, optional=True),
        kit.field(
            "email",
            "Or the e-mail address of somebody new",
            kit.email_input("email", initial=draft.email or None),
            optional=True,
        ),
        kit.field("name", "Their name", kit.text_input("name", initial=draft.name, longest=200), optional=True),
        kit.field("when", "When", kit.moment_picker("when", initial=draft.starts_at), hint="In your own time zone."),
        kit.field("duration", "Length", length_select(draft.length)),
        kit.field(
            "host",
            "Hosts",
            kit.users_select("host", initial=draft.host_slack_ids),
            hint="Without one: you, or the study's owner if it is not yours.",
            optional=True,
        ),
        kit.field(
            "title",
            "Title",
            kit.text_input("title", initial=draft.title, longest=200, placeholder="As the study is called outside"),
            hint="The participant reads it in the invitation.",
            optional=True,
        ),
        kit.field(
            "note",
            "Description",
            kit.text_input("note", initial=draft.description, multiline=True, longest=2000),
            optional=True,
        ),
    ]
    return kit.modal(
        "Book an interview",
        blocks,
        callback_id=InterviewId.BOOK_MODAL,
        submit="Book it",
        metadata=metadata,
    )


def study_options(found: Sequence[StudyLine]) -> list[Element]:
    return [kit.option(f"{study.key} · {study.name}", str(study.id), study.status.label) for study in found]


def person_options(found: Sequence[Person]) -> list[Element]:
    """The people, each with name and address apart, so that two of the same name can be told from each other."""
    return [kit.option(f"{person.alias} · {person.label}", str(person.id), person.email) for person in found]


def proposal(shown: Proposal, value: str) -> tuple[str, list[Block]]:
    """What was understood, with the buttons that do it, change it, or leave it. `value` is what they carry."""
    when = spelled(shown.span, shown.time_zone)
    person = f"*{short(shown.person_label, 120)}*"
    if shown.person_is_new:
        person += " (new to Callsheet)"
    hosts = " ".join(kit.user(host) for host in shown.host_slack_ids) or "nobody"
    study = f"*{shown.study_key}* {short(shown.study_name, 120)}"
    if shown.reference is None:
        question, do, change = f"Book {study}?", InterviewId.BOOK_PARSED, InterviewId.BOOK_CHANGE
    else:
        question = f"Move *{shown.reference}* ({study})?"
        do, change = InterviewId.RESCHEDULE_PARSED, InterviewId.RESCHEDULE_CHANGE
    blocks = [kit.section(f"{question}\n*{when}*\nWith {person} · Host: {hosts}")]
    if shown.notes:
        blocks.append(kit.context(*(kit.escape(note) for note in shown.notes)))
    if shown.warnings:
        blocks.append(kit.section("\n".join(warning_text(warning) for warning in shown.warnings[:10])))
    blocks.append(
        kit.actions(
            kit.button("Book it" if shown.reference is None else "Move it", do, value, style="primary"),
            kit.button("Change…", change, value),
            kit.button("Don't", CommonId.DISMISS),
        )
    )
    return f"{question} {when}", blocks


def spelled(span: Span, time_zone: str) -> str:
    """`Tuesday 24 November 2026, 14:00–15:00 (Europe/Berlin)`."""
    start, end = local(span.start, time_zone), local(span.end, time_zone)
    return f"{start:%A} {start.day} {start:%B %Y, %H:%M}–{end:%H:%M} ({time_zone.replace('_', ' ')})"


def warning_text(warning: str) -> str:
    return f"⚠ {kit.escape(kit.fit(warning, 250))}"


def booked_text(reference: str, span: Span, warnings: Sequence[str], *, has_mail: bool) -> str:
    """What a booking made, in mrkdwn."""
    told = mail_text("The participant gets a confirmation by mail.", has_mail=has_mail)
    lines = [f"*{reference}* is booked for {kit.at(span.start)}. {told}"]
    return "\n".join([*lines, *(warning_text(warning) for warning in warnings[:10])])


def moved_text(old: str, new: str, span: Span, warnings: Sequence[str], *, has_mail: bool) -> str:
    """What a move did, in mrkdwn: of a session that had been held a new one was made."""
    if old == new:
        done, told = f"*{old}* is moved to {kit.at(span.start)}.", "The participant is told by mail."
    else:
        done = f"*{new}* is booked for {kit.at(span.start)} to follow {old}."
        told = "The participant gets a confirmation by mail."
    first = f"{done} {mail_text(told, has_mail=has_mail)}"
    return "\n".join([first, *(warning_text(warning) for warning in warnings[:10])])
