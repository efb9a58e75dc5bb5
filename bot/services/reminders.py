"""Reminders that go out by themselves, so long before each session as its study says."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from bot.services import outgoing_mails
from domain.reminders import Lead
from storage import ledger, reminders
from storage.reminders import Due

LEDGER = "reminder"
MOST = 500
"""Seats that are looked at in one go, for each lead."""


def remind(session: Session, now: datetime) -> int:
    """Remind, once for each time of their session, everybody whose reminder is due. How many seats were looked at.

    Who booked or was moved so late that the reminder was due already gets none. That a session may be called off, or a
    person not be written to, is looked at when the mail goes out.
    """
    return sum(remind_at(session, lead, now) for lead in reminders.leads(session))


def remind_at(session: Session, lead: Lead, now: datetime) -> int:
    """As `remind`, for the reminders of one lead."""
    found = reminders.due(session, LEDGER, lead, now, MOST)
    fresh = ledger.enter(session, LEDGER, [due.subject for due in found], now)
    outgoing_mails.reminders(
        session, [(due.interview, due.seat) for due in found if is_to_remind(due, lead, fresh)], lead, now
    )
    return len(found)


def is_to_remind(due: Due, lead: Lead, fresh: set[str]) -> bool:
    """Whether nobody else reminds of it, and the participant has known of it for long enough."""
    return due.subject in fresh and lead.is_news(due.interview.starts_at, due.seated_at)
