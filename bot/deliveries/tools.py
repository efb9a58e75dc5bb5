"""What the handlers of outbox rows work with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bot.clock import Clock
from bot.integrations.ports import Calendar, Mailer, Unavailable
from bot.slack.gateway import SlackGateway
from storage.engine import Database
from storage.outbox import Delivery


@dataclass(frozen=True, slots=True)
class Tools:
    """The database, the clock and the services. `calendar` and `mailer` are None where none is set up.

    `public_url` is where participants reach their pages, None when there is no such address. `mails_per_minute` is how
    many mails may go out in a minute, of all processes together, None for any number.
    """

    database: Database
    clock: Clock
    slack: SlackGateway
    calendar: Calendar | None
    mailer: Mailer | None
    public_url: str | None
    mails_per_minute: int | None = None


class NotYet(Unavailable):
    """Its turn has not come: it is put off for so many seconds, and this was no try."""

    def __init__(self, why: str, seconds: float) -> None:
        super().__init__(why, went_out=False)
        self.seconds = seconds


Handler = Callable[[Delivery, Tools], None]
"""Brings one delivery out. Raises Unavailable (or NotYet) to have it tried again, Refused to have it given up."""
