"""Notes on an interview's timeline: words that somebody adds, or a message in Slack that is worth keeping."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from bot.services import outgoing, record
from domain.errors import NotAllowed, RuleError
from domain.interview import InterviewLine, TimelineKind
from domain.roles import Actor, Permission
from domain.schedule import Seen
from domain.times import Span, today
from storage import interviews, members
from storage import notes as stored
from storage.models import Interview

LONGEST = 300
"""Characters of what a note says."""
OFFERED = 20
BEFORE, AHEAD = timedelta(days=30), timedelta(days=60)
"""How far from now the interviews lie that are offered before anything is typed."""
MENTION = re.compile(r"<@([UW][A-Z0-9]+)(?:\|[^>]*)?>")


@dataclass(frozen=True, slots=True)
class Message:
    """A message in Slack, with its address. One that `is_private` not everybody in the workspace may read."""

    text: str
    link: str
    is_private: bool


@dataclass(frozen=True, slots=True)
class Noted:
    """What came of a note. `is_text_left_out`: the message is private, and only its link was kept."""

    interview: Interview
    is_text_left_out: bool


def choices(session: Session, actor: Actor, typed: str, now: datetime) -> list[Seen]:
    """The interviews to which the actor may add a note, the one that was typed and those next to now first."""
    if typed.strip():
        found = stored.called(session, actor, typed, OFFERED)
    else:
        found = stored.near(session, actor, Span(now - BEFORE, now + AHEAD), now, OFFERED)
    return sorted(found, key=lambda each: order_of(each.line, typed, now, actor.time_zone))[:OFFERED]


def order_of(line: InterviewLine, typed: str, now: datetime, time_zone: str) -> tuple[bool, bool, bool, timedelta]:
    """What was typed to its end, then the actor's today, then what has been, then what is ahead: nearest first."""
    is_today = today(line.starts_at, time_zone) == today(now, time_zone)
    return line.reference != typed.strip().upper(), not is_today, line.starts_at > now, abs(line.starts_at - now)


def add(
    session: Session, actor: Actor, interview_id: int, words: str, now: datetime, message: Message | None = None
) -> Noted:
    """Add a note to the timeline and tell it in the card's thread: words, a message, or both.

    Of a private message only the link is kept: whoever sees the study reads the timeline, wherever the card stands.
    For whoever attends the interview or manages it: NotAllowed for others, NotFound for what they don't see.
    """
    line, is_own = interviews.by_id(session, actor, interview_id)
    if not (attends(line, actor) or actor.may(Permission.MANAGE_INTERVIEWS, own_study=is_own)):
        raise NotAllowed(
            f"You may not add a note to {line.reference}: you neither attend it nor manage its study. "
            "Ask the study's owner to add you."
        )
    interview = interviews.lock(session, actor.workspace_id, interview_id)
    is_text_left_out = message is not None and message.is_private
    quoted = message.text if message is not None and not is_text_left_out else ""
    if message is None and not words.strip():
        raise RuleError(f"What is to be noted? Write for example /interview note {line.reference} asked for a summary.")
    said = note_text(with_names(session, actor, words), quoted)
    entry = record.entry(session, interview, record.by(actor, now), TimelineKind.NOTE, said)
    entry.link = message.link if message is not None else None
    outgoing.thread(session, interview, entry, now)
    return Noted(interview, is_text_left_out)


def attends(line: InterviewLine, actor: Actor) -> bool:
    return any(person.member_id == actor.member_id for person in (*line.hosts, *line.guests))


def note_text(words: str, quoted: str) -> str:
    """The note as it completes the sentence that begins with who added it, on one line."""
    words, quoted = " ".join(words.split()), " ".join(quoted.split())
    said = " · ".join(part for part in (words, f"“{quoted}”" if quoted else "") if part)
    if len(said) > LONGEST:
        said = said[: LONGEST - 2] + ("…”" if quoted else "…")
    return f"added a note: {said}" if said else "added a note"


def with_names(session: Session, actor: Actor, text: str) -> str:
    """The text with members called by name where Slack has them as `<@U123>`."""
    mentioned = set(MENTION.findall(text))
    if not mentioned:
        return text
    known = members.members_by_slack_ids(session, actor.workspace_id, mentioned)
    return MENTION.sub(lambda found: f"@{known[found[1]].name if found[1] in known else 'somebody'}", text)
