"""`/interview CHK-7` and the Details button: everything about one interview, and what may be done to it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from bot.blocks import interview_details as blocks
from bot.blocks.ids import InterviewId
from bot.services import schedule
from bot.slack.capability import Capability
from bot.slack.metadata import Metadata
from bot.slack.outcomes import Nothing, Open, Outcome, Replace, Reply, Update, say
from domain.interview import InterviewDetails, TimelineKind, TimelineLine
from domain.roles import Actor

capability = Capability()

REFERENCE = r"[A-Z][A-Z0-9]{1,7}-\d{1,9}"


@capability.subcommand(
    "/interview", "KEY-7", summary="One interview in detail", usage="KEY-7", pattern=REFERENCE, reads=True
)
def show(
    session: Session, actor: Actor, arguments: str, now: datetime, channel_id: str = "", aloud: bool = False
) -> Outcome:
    """In a channel participants go by their aliases, and nothing is turned over with the rights of whoever clicks.

    Notes stay out: one may hold what was written in a private channel, and is told in that channel alone.
    """
    found = schedule.details(session, actor, arguments.split()[0])
    if aloud:
        schedule.check_aloud(session, found.line.study_id, found.line.reference, channel_id)
        found = replace(found, may_see_contacts=False, passcode=None, older_than=None, timeline=without_notes(found))
    return Reply(blocks.details_text(found), blocks.details(found, now), in_channel=aloud)


def without_notes(found: InterviewDetails) -> tuple[TimelineLine, ...]:
    """The timeline of the details, but what people noted."""
    return tuple(entry for entry in found.timeline if entry.kind is not TimelineKind.NOTE)


@capability.action(InterviewId.DETAILS, reads=True)
def open_details(session: Session, actor: Actor, value: str, channel_id: str, now: datetime) -> Outcome:
    found = schedule.details(session, actor, int(value))
    return Open(blocks.details_modal(found, now, Metadata(channel_id).dump()))


@capability.action(InterviewId.TIMELINE_PAGE, reads=True)
def earlier(session: Session, actor: Actor, value: str, metadata: str, now: datetime, view: dict[str, Any]) -> Outcome:
    """The timeline's next page takes the place of the present one."""
    interview_id, _, older_than = value.partition(":")
    found = schedule.details(session, actor, int(interview_id), int(older_than))
    if view.get("type") == "modal":
        return Update(blocks.details_modal(found, now, metadata))
    return Replace(blocks.details_text(found), blocks.details(found, now))


@capability.action(InterviewId.JOIN, reads=True)
def join() -> Outcome:
    """Slack opens the meeting's link itself, and tells of the click."""
    return Nothing()


def done(
    session: Session, actor: Actor, interview_id: int, sentence: str, now: datetime, view: dict[str, Any] | None
) -> Outcome:
    """What somebody sees who has changed an interview: its details drawn anew where they stand, else a sentence."""
    if view is None or view.get("callback_id") != InterviewId.DETAILS_MODAL:
        return say(sentence)
    session.flush()
    found = schedule.details(session, actor, interview_id)
    return Update(blocks.details_modal(found, now, view.get("private_metadata") or ""))
