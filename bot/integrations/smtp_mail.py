"""Mail by SMTP (the port `Mailer`)."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from urllib.parse import parse_qs, unquote, urlsplit

from bot.clock import Clock
from bot.integrations.ports import Mail, Refused, Unavailable
from bot.integrations.wording import one_line, without_addresses

TIMEOUT = 10.0
"""Seconds that the mail server has for each step."""

_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
_PORTS = {"smtp": 25, "smtps": 465}
_AUTOMATIC = {"Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "OOF, AutoReply"}
"""So that out-of-office programs keep quiet: what comes back as a reply is then written by a person."""


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

    `url` is what `SmtpServer.from_url` reads. Every mail comes from `address`, shown as `name`.
    """

    def __init__(self, url: str, address: str, name: str, clock: Clock, timeout: float = TIMEOUT) -> None:
        self._server = SmtpServer.from_url(url)
        self._sender = Address(one_line(name), addr_spec=address)
        self._clock = clock
        self._timeout = timeout

    def send(self, mail: Mail) -> None:
        """Hand the mail over. Raises Unavailable (try again) or Refused (the address does not take it)."""
        message = self._message(mail)
        with self._connection() as server, _translated(mail.to):
            server.send_message(message, self._sender.addr_spec, [mail.to])

    def check(self) -> None:
        """Connect and sign in, and send nothing. Raises Unavailable."""
        with self._connection():
            pass

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

    def _connected(self) -> smtplib.SMTP:
        where, trust = self._server, ssl.create_default_context()
        # The name to greet with is given: the default asks the DNS for this machine's own.
        name = self._sender.domain
        server = (
            smtplib.SMTP_SSL(where.host, where.port, name, timeout=self._timeout, context=trust)
            if where.is_tls
            else smtplib.SMTP(where.host, where.port, name, timeout=self._timeout)
        )
        try:
            server.ehlo_or_helo_if_needed()
            if where.may_upgrade and (where.needs_tls or server.has_extn("starttls")):
                server.starttls(context=trust)
            if where.user is not None:
                server.login(where.user, where.password)
        except BaseException:
            server.close()
            raise
        return server

    def _message(self, mail: Mail) -> EmailMessage:
        """The mail as it travels. What strangers wrote can't break out of its header."""
        message = EmailMessage()
        message["Message-ID"] = mail.message_id
        message["Date"] = format_datetime(self._clock.now())
        message["From"] = self._sender
        message["To"] = _address(mail.to, mail.to_name)
        if mail.reply_to:
            message["Reply-To"] = _address(mail.reply_to)
        message["Subject"] = one_line(mail.subject)
        for name, value in {**_AUTOMATIC, **mail.headers}.items():
            message[name] = one_line(value)
        message.set_content(mail.text)
        message.add_alternative(mail.html, subtype="html")
        if mail.calendar is not None:
            method = {"method": mail.calendar_method}
            # As octets: as a text it would lose its line ends, which the format prescribes.
            message.add_alternative(
                mail.calendar, maintype="text", subtype="calendar", params={**method, "charset": "utf-8"}
            )
            message.add_attachment(
                mail.calendar, maintype="application", subtype="ics", filename="invite.ics", params=method
            )
        return message


def _address(address: str, name: str = "") -> Address:
    """Raises Refused for something that is no address."""
    try:
        return Address(one_line(name), addr_spec=address)
    except (MessageError, ValueError, IndexError):
        raise Refused("This is not an e-mail address that mail can be sent to.") from None


@contextmanager
def _translated(to: str) -> Iterator[None]:
    """Turn what goes wrong after the greeting into our errors, without the address in their words."""
    try:
        yield
    except smtplib.SMTPRecipientsRefused as error:
        raise _refusal(to, *error.recipients[to]) from None
    except smtplib.SMTPDataError as error:
        raise _refusal(to, error.smtp_code, error.smtp_error) from None
    except smtplib.SMTPSenderRefused as error:
        # Nothing is wrong with the participant's address: the next mail would fare no better.
        why = f"The mail server does not let Callsheet send: {_said(error.smtp_code, error.smtp_error)}"
        raise Unavailable(why, went_out=False) from None
    except smtplib.SMTPNotSupportedError:
        raise Refused("The mail server can't send to addresses with letters such as those of this one.") from None
    except (OSError, smtplib.SMTPException):
        raise Unavailable("The connection to the mail server broke off.") from None


def _refusal(to: str, code: int, words: bytes | str) -> Refused | Unavailable:
    domain, said = to.rpartition("@")[2], _said(code, words)
    if code >= 500:
        return Refused(f"{domain} does not take mail for this address: {said}")
    return Unavailable(f"{domain} does not take mail at the moment: {said}", went_out=False)


def _said(code: int, words: bytes | str) -> str:
    text = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
    return f"{code} {without_addresses(text)}"
