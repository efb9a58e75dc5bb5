"""App Home. Its buttons are those of the cards, lists and menus."""

from bot.commands.home import opened
from bot.slack.capability import Capability

CAPABILITIES: tuple[Capability, ...] = (opened.capability,)
