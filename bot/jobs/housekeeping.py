"""What need not be remembered any longer."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.services import pending_imports
from bot.services.outgoing import Kind
from storage import (
    bulk_changes,
    busy_times,
    invitations,
    ledger,
    outbox,
    projections,
    screener_drafts,
    sent_mails,
    setup_drafts,
)
from storage.engine import Database

TRIGGERS = timedelta(hours=24)
"""Slack delivers nothing again after that."""
SENT = timedelta(days=30)
LEDGER = timedelta(days=400)
BUSY_TIMES = timedelta(days=2)
DRAFTS = timedelta(days=2)
"""Nobody leaves a modal open for longer."""


def sweep(database: Database, now: datetime) -> int:
    """Forget received triggers, what went out long ago and where it stands, past busy times, drafts. Always 0."""
    with database.unit_of_work() as session:
        ledger.forget_triggers(session, now - TRIGGERS)
        ledger.forget_entries(session, now - LEDGER)
        sent_mails.forget(session, now - LEDGER)
    with database.unit_of_work() as session:
        projections.forget_before(session, Kind.DIGEST_UPDATE, now - SENT)
        projections.forget_before(session, Kind.THREAD, now - SENT)
        projections.forget_before(session, Kind.QUESTION, now - SENT)
        outbox.forget_done(session, now - SENT)
    with database.unit_of_work() as session:
        busy_times.forget_past(session, now - BUSY_TIMES)
        setup_drafts.forget_before(session, now - DRAFTS)
        screener_drafts.forget_before(session, now - SENT)
        invitations.forget_unsent(session, now - SENT)
        bulk_changes.forget_unmade(session, now - SENT)
        pending_imports.forget_before(session, now - SENT)
    return 0
