"""Callsheet itself in Slack: how it is doing, a team's settings and digest, roles, and files dropped into a message."""

from bot.commands.callsheet import admin, availability, digest, dropped_file, mails, role, settings, status
from bot.slack.capability import Capability

CAPABILITIES: tuple[Capability, ...] = (
    status.capability,
    availability.capability,
    settings.capability,
    mails.capability,
    digest.capability,
    role.capability,
    admin.capability,
    dropped_file.capability,
)
"""In the order in which menu and help name them."""
