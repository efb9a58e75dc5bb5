"""Moving an interview: the modal with suggested times, what is asked before, and what became of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.blocks import kit
from bot.blocks.booking import MOST_WARNINGS, back_button, bypassing, described, length_select, warning_text
from bot.blocks.ids import InterviewId
from bot.blocks.interview import headline, mail_text, mentions, when
from bot.blocks.kit import Block, Element, View
from domain.interview import InterviewLine, InterviewStatus
from domain.schedule import Proposal
from domain.suggestions import AHEAD, Suggestion
from domain.times import Span, local


@dataclass(frozen=True, slots=True)
class Choice:
    """What the modal begins with: a time by hand (aware UTC) or none, a length, and the suggested times.

    `time_zone` is the reader's.
    """

    starts_at: datetime | None
    length: timedelta
    suggested: Sequence[Suggestion]
    time_zone: str


def modal(line: InterviewLine, choice: Choice, metadata: str, *, has_mail: bool) -> View:
    """When to instead? One of the suggested times, or any other."""
    return kit.modal(
        f"Reschedule {line.reference}",
        [
            kit.section(f"{headline(line)}\nNow: {when(line)} · {mentions(line)}"),
            *suggested(choice),
            kit.field(
                "when",
                "Or any time" if choice.suggested else "New time",
                kit.moment_picker("when", initial=choice.starts_at),
                hint="In your own time zone, on a quarter of an hour. What it bypasses is shown before it is done.",
                optional=True,
            ),
            kit.field("duration", "Length", length_select(choice.length)),
            kit.context(becomes(line, has_mail=has_mail)),
        ],
        callback_id=InterviewId.RESCHEDULE_MODAL,
        submit="Move it",
        metadata=metadata,
        close="Keep the time",
    )


def suggested(choice: Choice) -> list[Block]:
    """The menu of suggested times; where there are none, that it is so."""
    if not choice.suggested:
        return [kit.context(f"In the next {AHEAD.days} days there is no working hour at which everybody is free.")]
    minutes = int(choice.length.total_seconds() // 60)
    menu = kit.select("suggested", [option(each, choice.time_zone) for each in choice.suggested])
    hint = f"Everybody is free for {minutes} minutes. In your own time zone, by day."
    return [kit.field("suggested", "Suggested times", menu, hint=hint, optional=True)]


def option(found: Suggestion, time_zone: str) -> Element:
    """A suggested time on the reader's clock, and on the participant's where it is known to be another."""
    here, value = local(found.starts_at, time_zone), str(int(found.starts_at.timestamp()))
    text = f"{here:%a} {here.day} {here:%b, %H:%M}"
    if found.participant_zone is None:
        return kit.option(text, value)
    there = local(found.starts_at, found.participant_zone)
    place = found.participant_zone.rpartition("/")[2].replace("_", " ")
    return kit.option(text, value, f"{there:%a %H:%M} for the participant ({place})")


def becomes(line: InterviewLine, *, has_mail: bool) -> str:
    """What a new time means for the participants."""
    if line.status is not InterviewStatus.UPCOMING:
        return f"A new interview is booked for the same people. {line.reference} keeps its outcome."
    return mail_text("The participant is mailed the new time and asked again whether they come.", has_mail=has_mail)


def confirm_modal(shown: Proposal, metadata: str) -> View:
    """The step before a move that bypasses rules."""
    return kit.modal(
        "Move it anyway?",
        [described(shown), bypassing(shown.warnings), back_button(InterviewId.RESCHEDULE_BACK)],
        callback_id=InterviewId.RESCHEDULE_ANYWAY_MODAL,
        submit="Move it anyway",
        metadata=metadata,
        close="Keep the time",
    )


def moved_text(old: str, new: str, span: Span, warnings: Sequence[str], *, has_mail: bool) -> str:
    """What a move did, in mrkdwn: of a session that had been held a new one was made."""
    if old == new:
        done, told = f"*{old}* is moved to {kit.at(span.start)}.", "The participant is told by mail."
    else:
        done = f"*{new}* is booked for {kit.at(span.start)} to follow {old}."
        told = "The participant gets a confirmation by mail."
    first = f"{done} {mail_text(told, has_mail=has_mail)}"
    return "\n".join([first, *(warning_text(warning) for warning in warnings[:MOST_WARNINGS])])
