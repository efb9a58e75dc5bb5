"""Participants in Slack: adding, finding, one in detail, and where they stand in a study."""

from bot.commands.participant import add, address, contact, erase, export, find, merge, note, show, status, statuses
from bot.slack.capability import Capability

CAPABILITIES: tuple[Capability, ...] = (
    add.capability,
    find.capability,
    show.capability,
    status.capability,
    note.capability,
    address.capability,
    merge.capability,
    statuses.capability,
    export.capability,
    erase.capability,
    contact.capability,
)
"""In the order in which menu and help name them."""
