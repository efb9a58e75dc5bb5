"""Notes on an interview: in words, or from a message by its shortcut "Add to interview"."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from bot.blocks import kit
from bot.blocks import notes as blocks
from bot.blocks.ids import InterviewId
from bot.services import notes, schedule
from bot.services.notes import Message
from bot.slack.capability import Capability
from bot.slack.metadata import Metadata
from bot.slack.outcomes import Close, Open, Options, Outcome, say
from domain.errors import RuleError
from domain.roles import Actor

capability = Capability()


@dataclass(frozen=True, slots=True)
class Noting(Metadata):
    """The message that is to be kept, which is in `channel_id`."""

    ts: str = ""
    text: str = ""
    is_private: bool = False


@capability.subcommand("/interview", "note", summary="Add a note to an interview", usage="KEY-7 words…")
def typed(session: Session, actor: Actor, arguments: str, now: datetime) -> Outcome:
    reference, _, words = arguments.partition(" ")
    noted = notes.add(session, actor, schedule.called(session, actor, reference), words, now)
    return say(blocks.added_text(noted.interview.reference, is_text_left_out=False))


@capability.shortcut("add_to_interview", reads=True)
def ask(
    session: Session, actor: Actor, channel_id: str, message_text: str, message_ts: str, is_private: bool
) -> Outcome:
    """Which interview the message belongs to is asked in a modal."""
    text = notes.with_names(session, actor, message_text)
    keeping = Noting(channel_id, message_ts, kit.fit(text, notes.LONGEST) if text else "", is_private)
    return Open(blocks.modal(keeping.text, keeping.dump(), is_private=is_private))


@capability.submission(InterviewId.NOTE_MODAL)
def add(
    session: Session, actor: Actor, fields: dict[str, Any], metadata: str, slack_team_id: str, now: datetime
) -> Outcome:
    if not fields.get("interview"):
        raise RuleError("Choose an interview.", "interview")
    kept = Noting.load(metadata)
    link = kit.message_url(slack_team_id, kept.channel_id, kept.ts)
    message = Message(kept.text, link, kept.is_private)
    noted = notes.add(session, actor, int(fields["interview"]), fields.get("words") or "", now, message)
    return Close(say(blocks.added_text(noted.interview.reference, is_text_left_out=noted.is_text_left_out)))


@capability.options(InterviewId.INTERVIEW_MENU)
def find_interviews(session: Session, actor: Actor, typed: str, now: datetime) -> Outcome:
    return Options(blocks.options(notes.choices(session, actor, typed, now), actor.time_zone))
