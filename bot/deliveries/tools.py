"""What the handlers of outbox rows work with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bot.clock import Clock
from bot.integrations.ports import Calendar, Mailer
from bot.slack.gateway import SlackGateway
from storage.engine import Database
from storage.outbox import Delivery


@dataclass(frozen=True, slots=True)
class Tools:
    """The database, the clock and the services. `calendar` and `mailer` are None where none is set up.

    `public_url` is where participants reach their pages, None when there is no such address.
    """

    database: Database
    clock: Clock
    slack: SlackGateway
    calendar: Calendar | None
    mailer: Mailer | None
    public_url: str | None


Handler = Callable[[Delivery, Tools], None]
"""Brings one delivery out. Raises Unavailable to have it tried again, Refused to have it given up."""
