"""Studies in Slack: the list, one in detail, a new one, and its status."""

from bot.commands.study import listing, new, show, status
from bot.slack.capability import Capability

CAPABILITIES: tuple[Capability, ...] = (
    listing.capability,
    new.capability,
    show.capability,
    status.capability,
)
"""In the order in which menu and help name them."""
