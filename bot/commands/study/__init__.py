"""Studies in Slack: the list, one in detail, a new one, and its status."""

from bot.commands.study import invite, limit, listing, new, schedule, show, slots, status, waiting
from bot.slack.capability import Capability

CAPABILITIES: tuple[Capability, ...] = (
    listing.capability,
    new.capability,
    show.capability,
    schedule.capability,
    slots.capability,
    invite.capability,
    waiting.capability,
    limit.capability,
    status.capability,
)
"""In the order in which menu and help name them."""
