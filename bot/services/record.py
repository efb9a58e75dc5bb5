"""Writing down what happened: who did it through which door, and how people are named in it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from domain.governance import ContactFacts
from domain.interview import Door, TimelineKind
from domain.person import alias
from domain.roles import Actor
from storage.models import Interview, Participant, TimelineEntry


@dataclass(frozen=True, slots=True)
class By:
    """Who or what did something, through which door, and when (aware UTC)."""

    name: str
    door: Door
    at: datetime


def by(actor: Actor, now: datetime, door: Door = Door.SLACK) -> By:
    """A member who does something."""
    return By(actor.name, door, now)


def by_callsheet(now: datetime) -> By:
    """Callsheet itself, because time has passed."""
    return By("Callsheet", Door.SYSTEM, now)


@dataclass(frozen=True, slots=True)
class Change:
    """What something was and what it is now, as people read it."""

    before: str | None
    after: str | None


NO_CHANGE = Change(None, None)


def entry(
    session: Session, interview: Interview, who: By, kind: TimelineKind, text: str, change: Change = NO_CHANGE
) -> TimelineEntry:
    """Add an entry to the interview's timeline. `text` completes the sentence that begins with the actor."""
    new = draft_entry(interview, who, kind, text, change)
    session.add(new)
    return new


def draft_entry(
    interview: Interview, who: By, kind: TimelineKind, text: str, change: Change = NO_CHANGE
) -> TimelineEntry:
    """An entry for the interview's timeline, not yet added."""
    return TimelineEntry(
        interview_id=interview.id,
        at=who.at,
        kind=kind,
        door=who.door,
        actor=who.name,
        text=text,
        before=change.before,
        after=change.after,
    )


def alias_of(person: Participant) -> str:
    """How the timeline names a participant: it is shown in channels, so never by name."""
    return alias(person.number)


def contact_facts(person: Participant) -> ContactFacts:
    """The facts from which the person's contact status is derived."""
    return ContactFacts(
        blocklisted_at=person.blocklisted_at,
        opted_out_at=person.opted_out_at,
        do_not_contact_reason=person.do_not_contact_reason,
        cooldown_until=person.cooldown_until,
    )
