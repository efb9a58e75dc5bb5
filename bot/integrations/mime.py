"""A mail as it travels, whoever carries it."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import format_datetime
from typing import Any

from bot.integrations.ports import Mail, Refused
from bot.integrations.wording import one_line

NO_ADDRESS = "5.1.3"
"""The status of something that is no address (RFC 3463)."""
OWN_ID = "X-Callsheet-Mail"
"""Repeats the Message-ID: some who carry mail give it another."""

_AUTOMATIC = {"Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "OOF, AutoReply"}
"""So that out-of-office programs keep quiet: what comes back as a reply is then written by a person."""


_LONGEST_LINE = 990


class _Folding(EmailPolicy):
    """Headers of plain letters stay on one line, as long as the wire lets it be.

    Folded, a subject could begin on the line below its name, which not every mail program shows; and an address of a
    page would be cut.
    """

    def fold(self, name: str, value: Any) -> str:
        folded: str = EmailPolicy.fold(self._for(value), name, value)
        return folded

    def fold_binary(self, name: str, value: Any) -> bytes:
        folded: bytes = EmailPolicy.fold_binary(self._for(value), name, value)
        return folded

    def _for(self, value: Any) -> EmailPolicy:
        return self.clone(max_line_length=_LONGEST_LINE) if str(value).isascii() else self


@dataclass(frozen=True, slots=True)
class Sender:
    """From whom mail comes: the name that it has by itself, and the address.

    `bounce_address` is where mail servers report what they could not deliver, None for the address itself.
    """

    name: str
    address: str
    bounce_address: str | None = None

    @property
    def envelope(self) -> str:
        """The address on the envelope."""
        return self.bounce_address or self.address

    @property
    def domain(self) -> str:
        return self.address.rpartition("@")[2]


def message(mail: Mail, sender: Sender, now: datetime) -> EmailMessage:
    """The mail as it travels. What strangers wrote can't break out of its header.

    Raises Refused when it is to go to something that is no address.
    """
    made = EmailMessage(_Folding())
    made["Message-ID"] = mail.message_id
    made["Date"] = format_datetime(now)
    made["From"] = Address(one_line(mail.from_name or sender.name), addr_spec=sender.address)
    made["To"] = _address(mail.to, mail.to_name)
    if mail.reply_to:
        # Answers then go to the sender: the participant's address is none the worse for it.
        with suppress(Refused):
            made["Reply-To"] = _address(mail.reply_to)
    made["Subject"] = one_line(mail.subject)
    for name, value in {**_AUTOMATIC, OWN_ID: mail.message_id, **_unsubscribing(mail), **mail.headers}.items():
        made[name] = one_line(value)
    made.set_content(mail.text)
    made.add_alternative(mail.html, subtype="html")
    if mail.calendar is not None:
        method = {"method": mail.calendar_method}
        # As octets: as a text it would lose its line ends, which the format prescribes.
        made.add_alternative(mail.calendar, maintype="text", subtype="calendar", params={**method, "charset": "utf-8"})
        made.add_attachment(mail.calendar, maintype="application", subtype="ics", filename="invite.ics", params=method)
    return made


def _unsubscribing(mail: Mail) -> dict[str, str]:
    """What lets mail programs offer to unsubscribe by one click (RFC 2369, RFC 8058)."""
    if mail.unsubscribe is None:
        return {}
    return {"List-Unsubscribe": f"<{mail.unsubscribe}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}


def _address(address: str, name: str = "") -> Address:
    """Raises Refused for something that is no address."""
    try:
        return Address(one_line(name), addr_spec=address)
    except (MessageError, ValueError, IndexError):
        raise Refused("This is not an e-mail address that mail can be sent to.", NO_ADDRESS) from None
