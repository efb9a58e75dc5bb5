"""Interviews in Slack: the schedule, one in detail, booking, and what is done to them."""

from bot.commands.interview import agenda, book, cancel, details, link, listing, more, outcome, reschedule
from bot.slack.capability import Capability

CAPABILITIES: tuple[Capability, ...] = (
    agenda.capability,
    listing.capability,
    details.capability,
    book.capability,
    reschedule.capability,
    outcome.capability,
    cancel.capability,
    link.capability,
    more.capability,
)
"""In the order in which menu and help name them."""
