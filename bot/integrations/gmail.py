"""Mail by Gmail (the port `Mailer`): sent from a mailbox of the domain, by the service account in its name."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING, Any

from bot.clock import Clock
from bot.integrations import mime
from bot.integrations.google_api import TIMEOUT, GoogleApi, Rejected, Service
from bot.integrations.mime import Sender
from bot.integrations.ports import Mail, Refused, Unavailable

if TYPE_CHECKING:
    from googleapiclient._apis.gmail.v1.resources import GmailResource
    from googleapiclient.http import HttpRequest

SERVICE = Service(
    api="gmail",
    version="v1",
    scopes=("https://www.googleapis.com/auth/gmail.send",),
    label="Gmail",
    locked_out=(
        "Google does not let Callsheet send from its address. Check that CALLSHEET_MAIL_FROM is a person's mailbox in "
        "the Google Workspace, and that it is not suspended."
    ),
    not_found="Gmail does not know the mailbox that mail is to be sent from.",
)
_AGAIN_AFTER = re.compile(r"Retry after (\S+)", re.IGNORECASE)
_OF_THE_ADDRESS = re.compile(r"\b(to header|recipient)", re.IGNORECASE)
_TO_NOBODY = b"Subject: Nobody\r\n\r\n"


class GmailMailer:
    """Hands mails to Gmail, which keeps a copy of each among those that the mailbox has sent. Safe for many threads.

    `account` and `api_endpoint` are those of `GoogleApi`. Gmail reports what it can't deliver to the mailbox itself, so
    an envelope of its own (`Sender.bounce_address`) is not to be had.
    """

    def __init__(
        self,
        account: Mapping[str, Any],
        sender: Sender,
        clock: Clock,
        api_endpoint: str | None = None,
        timeout: float = TIMEOUT,
    ) -> None:
        self._api: GoogleApi[GmailResource] = GoogleApi(account, api_endpoint, timeout, SERVICE)
        self._sender = sender
        self._clock = clock

    def send(self, mail: Mail) -> None:
        """Hand the mail over. Raises Unavailable (try again) or Refused (the address does not take it)."""
        octets = mime.message(mail, self._sender, self._clock.now()).as_bytes()
        self._call(lambda gmail: gmail.users().messages().send(userId="me", body=_body(octets)))

    def check(self) -> None:
        """Sign in, and send nothing. Raises Unavailable."""
        # The one scope that is asked for opens nothing that could be read: a mail to nobody is refused before it goes.
        with suppress(Refused):
            self._call(lambda gmail: gmail.users().messages().send(userId="me", body=_body(_TO_NOBODY)))

    def close(self) -> None:
        """Close the connections."""
        self._api.close()

    def _call(self, request: Callable[[GmailResource], HttpRequest]) -> None:
        """One call in the name of the sender. What is wrong with the sign-in is wrong for every mail: Unavailable."""
        try:
            self._api.call(self._sender.address, request)
        except Rejected as error:
            if error.status == 400 and _OF_THE_ADDRESS.search(error.why):
                raise Refused(error.why, mime.NO_ADDRESS) from None
            raise Unavailable(error.why, went_out=False) from None
        except Refused as error:
            raise Unavailable(error.why, went_out=False) from None
        except Unavailable as error:
            raise self.with_wait(error) from None

    def with_wait(self, error: Unavailable) -> Unavailable:
        """The error with the wait that Gmail names in its words only: `Retry after 2030-03-04T10:00:00.000Z`."""
        named = _AGAIN_AFTER.search(error.why)
        if named is not None and error.retry_after is None:
            with suppress(ValueError):
                until = datetime.fromisoformat(named[1])
                wait = max((until - self._clock.now()).total_seconds(), 0.0) if until.tzinfo else None
                return Unavailable(error.why, retry_after=wait, went_out=error.went_out)
        return error


def _body(octets: bytes) -> Any:
    """The mail as Gmail takes it."""
    return {"raw": base64.urlsafe_b64encode(octets).decode("ascii")}
