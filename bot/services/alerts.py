"""Alerts that nobody's action causes, but the time: the start check, and answers that have not come."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from bot.services import outgoing
from domain.alert import ASKED_AGAIN_AFTER, AlertKind
from domain.times import Span
from storage import ledger, sweeps
from storage.models import Interview
from storage.sweeps import Due

START_CHECK_AFTER = timedelta(minutes=5)
NO_REPLY_BEFORE = timedelta(hours=24)
NO_REPLY_AT_LEAST = timedelta(hours=18)
"""Later than that it is no news of the day before: the digest says it."""
MOST = 500
START_CHECKS, LATE_STARTS, NO_REPLIES = "start_check", "late_start", "no_reply"


def ask_started(session: Session, now: datetime) -> int:
    """Ask, once for each time, about sessions that began five minutes ago and of which nobody has said that they did.

    Each time that somebody says that one is running late it is asked about once more, ten minutes later. How many.
    """
    found = sweeps.unconfirmed_starts(session, START_CHECKS, now - START_CHECK_AFTER, now, MOST)
    late = sweeps.said_late(session, LATE_STARTS, now - ASKED_AGAIN_AFTER, now, MOST)
    return alert_once(session, START_CHECKS, AlertKind.START_CHECK, found, now) + alert_once(
        session, LATE_STARTS, AlertKind.START_CHECK, late, now
    )


def tell_no_reply(session: Session, now: datetime) -> int:
    """Tell, once for each time, of participants who have not answered when their session is a day away.

    Sessions that were booked later than that are left out.
    """
    span = Span(now + NO_REPLY_AT_LEAST, now + NO_REPLY_BEFORE)
    found = sweeps.unanswered(session, NO_REPLIES, span, NO_REPLY_BEFORE, MOST)
    return alert_once(session, NO_REPLIES, AlertKind.NO_REPLY, found, now)


def alert_once(session: Session, ledger_kind: str, kind: AlertKind, found: Sequence[Due], now: datetime) -> int:
    """Alert of what is due and not in the ledger yet. How many."""
    fresh = ledger.enter(session, ledger_kind, [due.subject for due in found], now)
    for due in found:
        if due.subject in fresh:
            interview = session.get_one(Interview, due.interview_id)
            outgoing.alert(session, interview, kind, now, once=due.subject, attendee_id=due.attendee_id)
    return len(fresh)
