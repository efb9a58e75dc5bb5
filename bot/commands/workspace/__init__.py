"""What Slack tells of a workspace: the app was removed, people come, change and go."""

from __future__ import annotations

from bot.commands.workspace import installed, people
from bot.slack.capability import Capability

CAPABILITIES: tuple[Capability, ...] = (installed.capability, people.capability)
