"""Callsheet itself in Slack: how it is doing, a team's settings and digest, roles, and files dropped into a message."""

from bot.commands.callsheet import (
    admin,
    audit,
    availability,
    blocklist,
    digest,
    dropped_file,
    export,
    governance,
    importing,
    mails,
    privacy,
    role,
    roles,
    settings,
    status,
)
from bot.slack.capability import Capability

CAPABILITIES: tuple[Capability, ...] = (
    status.capability,
    availability.capability,
    settings.capability,
    mails.capability,
    governance.capability,
    blocklist.capability,
    digest.capability,
    roles.capability,
    role.capability,
    privacy.capability,
    audit.capability,
    admin.capability,
    dropped_file.capability,
    importing.capability,
    export.capability,
)
"""In the order in which menu and help name them."""
