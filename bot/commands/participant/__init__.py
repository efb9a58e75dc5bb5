"""Participants in Slack: adding, finding, one in detail, and where they stand in a study."""

from bot.commands.participant import add, find, show, status
from bot.slack.capability import Capability

CAPABILITIES: tuple[Capability, ...] = (
    add.capability,
    find.capability,
    show.capability,
    status.capability,
)
"""In the order in which menu and help name them."""
