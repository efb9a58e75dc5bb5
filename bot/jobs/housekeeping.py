"""What need not be remembered any longer."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.services.outgoing import Kind
from storage import calendars, ledger, outbox, projections
from storage.engine import Database

TRIGGERS = timedelta(hours=24)
"""Slack delivers nothing again after that."""
SENT = timedelta(days=30)
LEDGER = timedelta(days=400)
BUSY_TIMES = timedelta(days=2)


def sweep(database: Database, now: datetime) -> int:
    """Forget received triggers, what went out long ago and where it stands, and past busy times. Always 0."""
    with database.unit_of_work() as session:
        ledger.forget_triggers(session, now - TRIGGERS)
        ledger.forget_entries(session, now - LEDGER)
    with database.unit_of_work() as session:
        projections.forget_before(session, Kind.DIGEST_UPDATE, now - SENT)
        projections.forget_before(session, Kind.THREAD, now - SENT)
        projections.forget_before(session, Kind.QUESTION, now - SENT)
        outbox.forget_done(session, now - SENT)
    with database.unit_of_work() as session:
        calendars.forget_past(session, now - BUSY_TIMES)
    return 0
