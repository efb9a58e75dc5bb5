"""Who came: an outcome for each participant, and whether the host did."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from bot.blocks import outcomes as blocks
from bot.blocks.ids import InterviewId
from bot.blocks.interview import with_undo
from bot.services import attendance, ratings, schedule
from bot.services.attendance import Came
from bot.slack.capability import Capability
from bot.slack.metadata import Metadata
from bot.slack.outcomes import Close, Open, Outcome, Reply
from domain.interview import InterviewAction, InterviewLine, seat_field
from domain.roles import Actor

capability = Capability()


@dataclass(frozen=True, slots=True)
class Asking(Metadata):
    """Whose attendance is asked about, and since when the outcome that was seen had been given: ISO 8601, or ""."""

    interview_id: int = 0
    settled_at: str = ""


@capability.subcommand("/interview", "attendance", summary="Say who came", usage="KEY-7", reads=True)
def typed(session: Session, actor: Actor, arguments: str, channel_id: str, now: datetime) -> Outcome:
    return ask(session, actor, schedule.called(session, actor, arguments), channel_id, now)


@capability.action(InterviewId.ATTENDANCE, reads=True)
def clicked(session: Session, actor: Actor, value: str, channel_id: str, now: datetime) -> Outcome:
    return ask(session, actor, int(value), channel_id, now)


def ask(session: Session, actor: Actor, interview_id: int, channel_id: str, now: datetime) -> Outcome:
    """Open the modal, once the session has begun."""
    found = schedule.to_manage(session, actor, interview_id, InterviewAction.ATTENDANCE)
    line = found.line
    attendance.check_begun(line.reference, line.starts_at, now, actor.time_zone)
    seen = line.settled_at.isoformat() if line.settled_at is not None else ""
    metadata = Asking(channel_id, line.id, seen).dump()
    return Open(blocks.attendance_modal(line, metadata, with_names=found.with_names))


@capability.submission(InterviewId.ATTENDANCE_MODAL)
def save(session: Session, actor: Actor, fields: dict[str, Any], metadata: str, now: datetime) -> Outcome:
    asking = Asking.load(metadata)
    line = schedule.find(session, actor, asking.interview_id).line
    noted = attendance.note(session, actor, line.id, came_of(line, fields, asking), now)
    after = ratings.settled(session, actor, noted.id)
    text = f"{blocks.attendance_text(after.line)} {blocks.incentive_text(after.line, after.incentive)}".strip()
    return Close(Reply(text, with_undo(text, noted.id, noted.reference)))


def came_of(line: InterviewLine, fields: dict[str, Any], asking: Asking) -> Came:
    """What was answered in the modal."""
    if blocks.MISSING_FIELD in fields:
        missing = set(fields[blocks.MISSING_FIELD] or ())
        came = {seat.attendee_id: str(seat.attendee_id) not in missing for seat in line.seats}
    else:
        answers = {seat.attendee_id: fields.get(seat_field(seat.attendee_id)) for seat in line.seats}
        came = {id_: answer == blocks.CAME for id_, answer in answers.items() if answer is not None}
    return Came(
        seats=came,
        host=blocks.HOST_MISSING not in (fields.get(blocks.HOST_FIELD) or ()),
        settled_at=datetime.fromisoformat(asking.settled_at) if asking.settled_at else None,
    )
