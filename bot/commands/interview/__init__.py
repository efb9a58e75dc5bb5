"""Interviews in Slack: the schedule, one in detail, booking, and what is done to them."""

from bot.commands.interview import (
    agenda,
    attendance,
    book,
    bulk,
    cancel,
    compose,
    details,
    edit,
    host,
    limit,
    link,
    listing,
    more,
    note,
    outcome,
    rate,
    reschedule,
    responses,
    unavailable,
    undo,
)
from bot.slack.capability import Capability

CAPABILITIES: tuple[Capability, ...] = (
    agenda.capability,
    listing.capability,
    bulk.capability,
    details.capability,
    book.capability,
    reschedule.capability,
    outcome.capability,
    attendance.capability,
    rate.capability,
    cancel.capability,
    undo.capability,
    edit.capability,
    host.capability,
    limit.capability,
    compose.capability,
    note.capability,
    link.capability,
    more.capability,
    responses.capability,
    unavailable.capability,
)
"""In the order in which menu and help name them."""
