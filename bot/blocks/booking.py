"""Booking an interview, or logging one that was held: the modal, what is asked before, and what became of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from bot.blocks import kit
from bot.blocks.ids import CommonId, InterviewId
from bot.blocks.interview import mail_text, short
from bot.blocks.kit import Block, Element, View
from domain.booking import OpenSession
from domain.interview import InterviewStatus
from domain.person import Person
from domain.schedule import Draft, Proposal
from domain.study import StudyLine
from domain.times import Span, local

LENGTHS = (15, 30, 45, 60, 75, 90, 120, 180)
"""Minutes offered as a session's length."""
MOST_WARNINGS = 10
MOST_NAMES = 30
"""How many participants of a cancelled group session are named."""
WHEN = (
    "In your own time zone, on a quarter of an hour. A time that has passed logs a session that was held. "
    "In a group study a session with free seats at that time takes the participant in."
)
SILENT = (
    "Nothing is sent: no mail, no calendar event. Completed, it counts against the study's limit; a no-show or a "
    "cancelled session does not."
)
LONGEST_DESCRIPTION = 1500
"""Characters: what was asked for travels with the question that is asked before it is booked."""
OUTCOMES = {
    InterviewStatus.COMPLETED: ("Completed", "completed"),
    InterviewStatus.NO_SHOWED: ("No-show", "a no-show"),
    InterviewStatus.CANCELED: ("Canceled", "cancelled"),
}
"""How a session of the past may have gone: the choice, and the words that complete "it is logged as …"."""


def modal(draft: Draft, metadata: str) -> View:
    """The booking modal, filled with what is known."""
    study = kit.option(draft.study_label, str(draft.study_id)) if draft.study_id is not None else None
    person = (
        kit.option(draft.participant_label, str(draft.participant_id)) if draft.participant_id is not None else None
    )
    study_menu = kit.typed_select(InterviewId.STUDY_MENU, initial=study, placeholder="Type a key or a name")
    person_menu = kit.typed_select(InterviewId.PARTICIPANT_MENU, initial=person, placeholder="Type a name or address")
    blocks = [
        *together(draft.were_together),
        kit.field("study", "Study", study_menu),
        kit.field("participant", "Participant", person_menu, optional=True),
        kit.field(
            "email",
            "Or the e-mail address of somebody new",
            kit.email_input("email", initial=draft.email or None),
            optional=True,
        ),
        kit.field("name", "Their name", kit.text_input("name", initial=draft.name, longest=200), optional=True),
        kit.field("when", "When", kit.moment_picker("when", initial=draft.starts_at), hint=WHEN),
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
            kit.text_input("note", initial=draft.description, multiline=True, longest=LONGEST_DESCRIPTION),
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


def together(names: Sequence[str]) -> list[Block]:
    """Who had seats in the group session that is booked again: each is booked on their own."""
    if not names:
        return []
    listed = ", ".join(short(name, 60) for name in names[:MOST_NAMES])
    more = f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else ""
    return [
        kit.section(
            f"*Who had a seat:* {listed}{more}\n"
            "Book each of those who are to come: whoever is booked for the same time joins the session."
        )
    ]


def study_options(found: Sequence[StudyLine]) -> list[Element]:
    return [kit.option(f"{study.key} · {study.name}", str(study.id), study.status.label) for study in found]


def person_options(found: Sequence[Person]) -> list[Element]:
    """The people, each with name and address apart, so that two of the same name can be told from each other."""
    return [kit.option(f"{person.alias} · {person.label}", str(person.id), person.email) for person in found]


def length_select(length: timedelta | None) -> Element:
    """A menu of lengths in minutes; `length` is chosen at first, else "0": the study's own."""
    chosen = None if length is None else int(length.total_seconds() // 60)
    minutes = sorted({*LENGTHS, *([chosen] if chosen else [])})
    options = [kit.option(f"{number} minutes", str(number)) for number in minutes]
    if chosen is None:
        options.insert(0, kit.option("As usual in the study", "0"))
    return kit.select("duration", options, initial=str(chosen or 0))


def proposal(shown: Proposal, value: str) -> tuple[str, list[Block]]:
    """What was understood, with the buttons that do it, change it, or leave it. `value` is what they carry."""
    blocks = [described(shown)]
    if shown.notes:
        blocks.append(kit.context(*(kit.escape(note) for note in shown.notes)))
    if shown.warnings:
        blocks.append(kit.section("\n".join(warning_text(warning) for warning in shown.warnings[:MOST_WARNINGS])))
    if shown.is_past:
        blocks.append(kit.context(SILENT))
    blocks.append(kit.actions(*answers(shown, value)))
    return f"{question(shown)} {spelled(shown.span, shown.time_zone)}", blocks


def answers(shown: Proposal, value: str) -> list[Element]:
    """The buttons below what was understood."""
    change = InterviewId.BOOK_CHANGE if shown.reference is None else InterviewId.RESCHEDULE_CHANGE
    last = [kit.button("Change…", change, value), kit.button("Don't", CommonId.DISMISS)]
    if shown.is_past:
        completed = kit.button("Log it as completed", InterviewId.LOG_COMPLETED, value, style="primary")
        return [completed, kit.button("No-show", InterviewId.LOG_NO_SHOW, value), *last]
    if shown.reference is None:
        return [kit.button("Book it", InterviewId.BOOK_PARSED, value, style="primary"), *last]
    return [kit.button("Move it", InterviewId.RESCHEDULE_PARSED, value, style="primary"), *last]


def question(shown: Proposal) -> str:
    """What is asked, in mrkdwn; the time follows it."""
    study = f"*{shown.study_key}* {short(shown.study_name, 120)}"
    if shown.is_past:
        return f"Log a session that took place, of {study}?"
    return f"Book {study}?" if shown.reference is None else f"Move *{shown.reference}* ({study})?"


def described(shown: Proposal) -> Block:
    """What is asked, with time and people."""
    person = f"*{short(shown.person_label, 120)}*"
    if shown.person_is_new:
        person += " (new to Callsheet)"
    hosts = " ".join(kit.user(host) for host in shown.host_slack_ids) or "nobody"
    text = f"{question(shown)}\n*{spelled(shown.span, shown.time_zone)}*\nWith {person} · Host: {hosts}"
    return kit.section(f"{text}\nA seat in {seats_text(shown.joins)}." if shown.joins else text)


def seats_text(found: OpenSession) -> str:
    return f"{found.reference} ({found.seated} of {found.capacity} seats taken)"


def bypassing(warnings: Sequence[str]) -> Block:
    """The rules that are bypassed, one on each line."""
    return kit.section(
        "\n".join(["*This bypasses:*", *(f"• {warning_words(each)}" for each in warnings[:MOST_WARNINGS])])
    )


def confirm_modal(shown: Proposal, metadata: str) -> View:
    """The step before booking something that bypasses rules, or for which there are group sessions to join instead."""
    blocks = [described(shown)]
    if shown.warnings:
        blocks.append(bypassing(shown.warnings))
    if shown.instead:
        blocks.append(kit.field("session", "Which session?", session_choice(shown)))
    return kit.modal(
        "Book anyway?" if shown.warnings else "Book an interview",
        [*blocks, back_button(InterviewId.BOOK_BACK)],
        callback_id=InterviewId.BOOK_ANYWAY_MODAL,
        submit="Book anyway" if shown.warnings else "Book it",
        metadata=metadata,
    )


def back_button(action_id: str) -> Block:
    """The way back to the inputs, which hold what was entered. The modal's metadata says what that was."""
    return kit.actions(kit.button("Back", action_id, "back"))


def session_choice(shown: Proposal) -> Element:
    """A new group session at the time that was chosen, or a seat in one of that day; values are UNIX seconds."""
    own = local(shown.span.start, shown.time_zone)
    new = kit.option(f"A new session at {own:%H:%M}", str(int(shown.span.start.timestamp())))
    joinable = [
        kit.option(
            f"{local(each.starts_at, shown.time_zone):%H:%M}: {seats_text(each)}", str(int(each.starts_at.timestamp()))
        )
        for each in shown.instead
    ]
    return kit.radio("session", [new, *joinable], initial=new["value"])


def log_modal(shown: Proposal, metadata: str) -> View:
    """The step before a session of the past is logged: how did it go?"""
    choices = [kit.option(label, status.value) for status, (label, _) in OUTCOMES.items()]
    outcome = kit.radio("outcome", choices, initial=InterviewStatus.COMPLETED.value)
    return kit.modal(
        "Log a past session",
        [
            described(shown),
            *([bypassing(shown.warnings)] if shown.warnings else []),
            kit.field("outcome", "How did it go?", outcome),
            kit.context(SILENT),
            back_button(InterviewId.BOOK_BACK),
        ],
        callback_id=InterviewId.LOG_MODAL,
        submit="Log it",
        metadata=metadata,
    )


def spelled(span: Span, time_zone: str) -> str:
    """`Tuesday 24 November 2026, 14:00–15:00 (Europe/Berlin)`."""
    start, end = local(span.start, time_zone), local(span.end, time_zone)
    return f"{start:%A} {start.day} {start:%B %Y, %H:%M}–{end:%H:%M} ({time_zone.replace('_', ' ')})"


def warning_words(warning: str) -> str:
    return kit.escape(kit.fit(warning, 250))


def warning_text(warning: str) -> str:
    return f"⚠ {warning_words(warning)}"


def booked_text(reference: str, span: Span, warnings: Sequence[str], *, has_mail: bool) -> str:
    """What a booking made, in mrkdwn."""
    told = mail_text("The participant gets a confirmation by mail.", has_mail=has_mail)
    lines = [f"*{reference}* is booked for {kit.at(span.start)}. {told}"]
    return "\n".join([*lines, *(warning_text(warning) for warning in warnings[:MOST_WARNINGS])])


def logged_text(reference: str, span: Span, outcome: InterviewStatus) -> str:
    """What logging a session of the past made, in mrkdwn."""
    counts = "It counts" if outcome is InterviewStatus.COMPLETED else "It does not count"
    return (
        f"*{reference}* of {kit.at(span.start)} is logged as {OUTCOMES[outcome][1]}. "
        f"Nothing is sent to the participant. {counts} against the study's limit."
    )
