"""Google as one part of the sandbox: calendars, sign-in, pushes and their control API."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from starlette.routing import BaseRoute

from sandbox.bus import Bus
from sandbox.clock import SandboxClock
from sandbox.faults import Faults
from sandbox.google.api import API_PATH, CalendarApi
from sandbox.google.control import CalendarControl
from sandbox.google.gmail import GMAIL_PATH, Deliver, GmailApi
from sandbox.google.oauth import ServiceAccount
from sandbox.google.store import Calendar, CalendarStore
from sandbox.google.watch import Watches


class GoogleSandbox:
    """A Google Workspace: a calendar for each of its people, and one service account that may act for them all."""

    def __init__(
        self,
        clock: SandboxClock,
        faults: Faults,
        bus: Bus,
        changed: Callable[[], None],
        base_url: str,
        deliver: Deliver,
    ) -> None:
        self.api_endpoint = f"{base_url}{API_PATH}/"
        self.gmail_endpoint = f"{base_url}{GMAIL_PATH}/"
        self._bus = bus
        self._changed = changed
        self._account = ServiceAccount(f"{base_url}/google/token")
        self._watches = Watches(clock, self.api_endpoint)
        self._store = CalendarStore(clock, base_url, self._tell)
        self._api = CalendarApi(self._store, self._account, self._watches, clock, faults)
        self._gmail = GmailApi(self._account, self._api.is_user, clock, faults, deliver)
        self._control = CalendarControl(self._store, self._api.listing, lambda: self._tell(set()))

    def add_calendar(self, address: str, name: str, time_zone: str) -> None:
        """Give a person a calendar."""
        self._store.add(Calendar(address.lower(), name, time_zone))
        self._changed()

    def answer(self, address: str, response: str) -> bool:
        """Answer a person's open invitations as they would from a calendar of their own. Whether there were any."""
        answered = False
        for calendar_id in list(self._store.calendars):
            for event in self._store.events(calendar_id):
                invited = event.attendee(address)
                is_open = event.calendar == calendar_id and not event.cancelled and invited is not None
                if is_open and invited is not None and invited["responseStatus"] == "needsAction":
                    self._store.respond(calendar_id, event.id, address, response, None)
                    answered = True
        return answered

    def service_account_info(self) -> dict[str, Any]:
        """The key file, for google-auth's `from_service_account_info`. Its token_uri is the sandbox."""
        info = self._account.info()
        self._changed()
        return info

    def routes(self) -> list[BaseRoute]:
        """Google's own URLs and the control API's."""
        return [*self._api.routes(), *self._gmail.routes(), *self._control.routes()]

    def dump(self) -> dict[str, Any]:
        """Calendars, events, channels, key and tokens, to be kept over a restart."""
        return {
            "store": self._store.dump(),
            "account": self._account.dump(),
            "watches": self._watches.dump(),
            "expired": self._api.listing.expired,
        }

    def load(self, data: dict[str, Any]) -> None:
        """Take over what `dump` gave."""
        self._store.load(data["store"])
        self._account.load(data["account"])
        self._watches.load(data["watches"])
        self._api.listing.expired = data["expired"]

    def close(self) -> None:
        """Send no more pushes."""
        self._watches.close()

    def _tell(self, calendars: set[str]) -> None:
        self._watches.tell(calendars)
        self._changed()
        self._bus.publish("calendar", calendars=sorted(calendars))
