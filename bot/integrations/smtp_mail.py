"""Mail by SMTP (the port `Mailer`)."""

from __future__ import annotations

import re
import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import parse_qs, unquote, urlsplit

from bot.clock import Clock
from bot.integrations import mime
from bot.integrations.mime import Sender
from bot.integrations.ports import Mail, Refused, Unavailable
from bot.integrations.wording import without_addresses
from domain.bounce import enhanced

TIMEOUT = 10.0
"""Seconds that the mail server has for each step."""

NO_UNICODE = "5.6.7"
"""The status of an address with letters that the mail server can't pass on (RFC 6531)."""

CONGESTED = "5.4.5"
"""The status with which some servers answer who has sent too much: it is nothing against the address."""

SHORTEST_NAME = 3

_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
_PORTS = {"smtp": 25, "smtps": 465}


@dataclass(frozen=True, slots=True)
class SmtpServer:
    """Where mail is handed over, and how. `needs_tls`: nothing is sent before the connection is encrypted."""

    host: str
    port: int
    is_tls: bool
    may_upgrade: bool
    needs_tls: bool
    user: str | None
    password: str

    @classmethod
    def from_url(cls, url: str) -> SmtpServer:
        """Read `smtp://user:password@host:587` or `smtps://…` (TLS from the start).

        With `smtp`, STARTTLS is used where the server offers it, and asked for where a password would travel in the
        open otherwise; `?starttls=1` asks for it always, `?starttls=0` goes without. Raises ValueError.
        """
        parts = urlsplit(url)
        if parts.scheme not in _PORTS or not parts.hostname:
            raise ValueError("The mail server's address must look like smtp://user:password@mail.example.com:587.")
        upgrade = parse_qs(parts.query).get("starttls", [None])[0]
        is_exposed = bool(parts.username) and parts.hostname not in _LOOPBACK
        return cls(
            host=parts.hostname,
            port=parts.port or _PORTS[parts.scheme],
            is_tls=parts.scheme == "smtps",
            may_upgrade=parts.scheme == "smtp" and upgrade != "0",
            needs_tls=upgrade == "1" or (is_exposed and upgrade != "0"),
            user=unquote(parts.username) if parts.username else None,
            password=unquote(parts.password or ""),
        )


class SmtpMailer:
    """Hands mails to one SMTP server, a connection each. Safe for many threads.

    `url` is what `SmtpServer.from_url` reads.
    """

    def __init__(self, url: str, sender: Sender, clock: Clock, timeout: float = TIMEOUT) -> None:
        self._server = SmtpServer.from_url(url)
        self._sender = sender
        self._clock = clock
        self._timeout = timeout

    def send(self, mail: Mail) -> None:
        """Hand the mail over. Raises Unavailable (try again) or Refused (the address does not take it)."""
        message = mime.message(mail, self._sender, self._clock.now())
        with self._connection() as server, _translated(mail.to):
            server.send_message(message, self._sender.envelope, [mail.to])

    def check(self) -> None:
        """Connect and sign in, and send nothing. Raises Unavailable."""
        with self._connection():
            pass

    def close(self) -> None:
        """Nothing stays open between two mails."""

    @contextmanager
    def _connection(self) -> Iterator[smtplib.SMTP]:
        """A connection that is signed in. Raises Unavailable: what is wrong here is wrong for every mail."""
        try:
            server = self._connected()
        except smtplib.SMTPAuthenticationError as error:
            raise Unavailable(
                f"The mail server does not accept Callsheet's user name and password ({error.smtp_code}).",
                went_out=False,
            ) from None
        except (OSError, smtplib.SMTPException) as error:
            why = without_addresses(str(error)) or type(error).__name__
            raise Unavailable(f"The mail server can't be reached: {why}", went_out=False) from None
        try:
            yield server
        finally:
            with suppress(OSError, smtplib.SMTPException):
                server.quit()
            server.close()

    @cached_property
    def _trust(self) -> ssl.SSLContext:
        """Whom this machine trusts. Reading it takes longer than handing over a mail; many connections need none."""
        return ssl.create_default_context()

    def _connected(self) -> smtplib.SMTP:
        where = self._server
        # The name to greet with is given: the default asks the DNS for this machine's own.
        name = self._sender.domain
        server = (
            smtplib.SMTP_SSL(where.host, where.port, name, timeout=self._timeout, context=self._trust)
            if where.is_tls
            else smtplib.SMTP(where.host, where.port, name, timeout=self._timeout)
        )
        try:
            server.ehlo_or_helo_if_needed()
            if where.may_upgrade and (where.needs_tls or server.has_extn("starttls")):
                server.starttls(context=self._trust)
            if where.user is not None:
                server.login(where.user, where.password)
        except BaseException:
            server.close()
            raise
        return server


@contextmanager
def _translated(to: str) -> Iterator[None]:
    """Turn what goes wrong after the greeting into our errors, without the address in their words."""
    try:
        yield
    except smtplib.SMTPRecipientsRefused as error:
        raise refusal(to, *error.recipients[to]) from None
    except smtplib.SMTPDataError as error:
        raise refusal(to, error.smtp_code, error.smtp_error) from None
    except smtplib.SMTPSenderRefused as error:
        # Nothing is wrong with the participant's address: the next mail would fare no better.
        why = f"The mail server does not let Callsheet send: {_said(error.smtp_code, error.smtp_error)}"
        raise Unavailable(why, went_out=False) from None
    except smtplib.SMTPNotSupportedError:
        why = "The mail server can't send to addresses with letters such as those of this one."
        raise Refused(why, NO_UNICODE) from None
    except (OSError, smtplib.SMTPException):
        raise Unavailable("The connection to the mail server broke off.") from None


def refusal(to: str, code: int, words: bytes | str) -> Refused | Unavailable:
    local_part, _, domain = to.rpartition("@")
    said = _said(code, words)
    status = enhanced(code, said)
    # Some servers name the mailbox without its domain; a name that short tells nothing, and is part of any word.
    if len(local_part) >= SHORTEST_NAME:
        said = re.sub(re.escape(local_part), "…", said, flags=re.IGNORECASE)
    if code >= 500 and status != CONGESTED:
        return Refused(f"{domain} does not take mail for this address: {said}", status)
    return Unavailable(f"{domain} does not take mail at the moment: {said}", went_out=False, code=status)


def _said(code: int, words: bytes | str) -> str:
    text = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
    return f"{code} {without_addresses(text)}"
