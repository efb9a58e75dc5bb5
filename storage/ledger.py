"""What was done already: sweeps and received triggers are made single by a unique key, not by a lock."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from storage.models import LedgerEntry, ReceivedTrigger
from storage.outbox import insert


def enter(session: Session, kind: str, subjects: Iterable[str], now: datetime) -> set[str]:
    """Note that `kind` is now done for the subjects. Those for whom it was not done before: act on these only."""
    rows = [{"kind": kind, "subject": subject, "at": now} for subject in dict.fromkeys(subjects)]
    if not rows:
        return set()
    statement = insert(session, LedgerEntry).on_conflict_do_nothing().returning(LedgerEntry.subject)
    return set(session.scalars(statement, rows))


def is_done(session: Session, kind: str, subject: str) -> bool:
    """Whether `kind` was done for the subject."""
    found = sa.select(LedgerEntry.subject).where(LedgerEntry.kind == kind, LedgerEntry.subject == subject)
    return session.execute(found).first() is not None


def take_back(session: Session, kind: str, subject: str) -> None:
    """It was not done after all; the next sweep tries again."""
    session.execute(sa.delete(LedgerEntry).where(LedgerEntry.kind == kind, LedgerEntry.subject == subject))


def first_time(session: Session, key: str, now: datetime) -> bool:
    """Note a received trigger. False when it was received before: do nothing then."""
    statement = insert(session, ReceivedTrigger).values(key=key, at=now).on_conflict_do_nothing()
    return session.execute(statement.returning(ReceivedTrigger.key)).first() is not None


def forget_trigger(session: Session, key: str) -> None:
    """Let the trigger with that key count as new once more."""
    session.execute(sa.delete(ReceivedTrigger).where(ReceivedTrigger.key == key))


def forget_triggers(session: Session, before: datetime) -> None:
    """Delete the triggers received before then: they are not delivered again."""
    session.execute(sa.delete(ReceivedTrigger).where(ReceivedTrigger.at < before))


def forget_entries(session: Session, before: datetime) -> None:
    """Delete what sweeps have done before then: it does not come due again."""
    session.execute(sa.delete(LedgerEntry).where(LedgerEntry.at < before))
