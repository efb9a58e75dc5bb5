"""The mails that came in, and the addresses that bounce."""

from __future__ import annotations

import base64
import threading
from dataclasses import asdict, dataclass
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from functools import lru_cache
from typing import Any, Literal, cast

BounceKind = Literal["refuse", "defer", "return"]


@dataclass(frozen=True, slots=True)
class StoredMail:
    """One mail as it came: the envelope, when (ISO, UTC), and the message, one character per octet."""

    id: str
    sender: str
    recipients: list[str]
    received: str
    raw: str

    def as_dict(self) -> dict[str, Any]:
        """The mail as the inbox shows it. `to` is whom it was really sent to, not what its header says."""
        envelope = {"id": self.id, "sender": self.sender, "to": self.recipients, "date": self.received}
        return envelope | _read(self.raw)


class Inbox:
    """Every mail to anyone, newest last. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._mails: list[StoredMail] = []
        self._bounces: dict[str, BounceKind] = {}
        self._count = 0

    def add(self, sender: str, recipients: list[str], raw: bytes, now: datetime) -> StoredMail:
        with self._lock:
            self._count += 1
            mail = StoredMail(f"m{self._count}", sender, recipients, now.isoformat(), raw.decode("latin-1"))
            self._mails.append(mail)
            return mail

    def mails(self, to: str | None = None) -> list[StoredMail]:
        """All mails or those to one address (whatever its case), newest first."""
        with self._lock:
            found = self._mails[::-1]
        return found if to is None else [m for m in found if to.lower() in (r.lower() for r in m.recipients)]

    def get(self, mail_id: str) -> StoredMail | None:
        with self._lock:
            return next((mail for mail in self._mails if mail.id == mail_id), None)

    def clear(self) -> None:
        with self._lock:
            self._mails.clear()

    def bounces(self) -> dict[str, BounceKind]:
        with self._lock:
            return dict(self._bounces)

    def bounce(self, address: str) -> BounceKind | None:
        """How the address bounces, if it does."""
        with self._lock:
            return self._bounces.get(address.lower())

    def set_bounce(self, address: str, kind: BounceKind | None) -> None:
        """Let an address bounce from now on; None lets it take mail again."""
        with self._lock:
            if kind is None:
                self._bounces.pop(address.lower(), None)
            else:
                self._bounces[address.lower()] = kind

    def dump(self) -> dict[str, Any]:
        with self._lock:
            return {"mails": [asdict(m) for m in self._mails], "bounces": dict(self._bounces), "count": self._count}

    def load(self, data: dict[str, Any]) -> None:
        with self._lock:
            self._mails = [StoredMail(**mail) for mail in data["mails"]]
            self._bounces = dict(data["bounces"])
            self._count = data["count"]


@lru_cache(maxsize=4096)
def _read(raw: str) -> dict[str, Any]:
    """What is in a message. An inbox is listed again and again, and its messages stay what they are."""
    message = message_from_bytes(raw.encode("latin-1"), policy=policy.default)
    calendar = [part for part in message.walk() if part.get_content_type() == "text/calendar"]
    return {
        "from": str(message.get("From", "")),
        "subject": str(message.get("Subject", "")),
        "text": _body(message, "plain"),
        "html": _body(message, "html"),
        "ics": _text(calendar[0]) if calendar else None,
        "headers": {name: str(value) for name, value in message.items()},
        "attachments": [_attachment(part) for part in message.iter_attachments()],
    }


def _body(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    return _text(part) if part is not None else ""


def _text(part: Any) -> str:
    """The decoded text of a text part; octets that are wrong for its charset become replacement marks."""
    octets = cast(bytes, part.get_payload(decode=True) or b"")
    try:
        return octets.decode(part.get_content_charset("utf-8"), errors="replace")
    except LookupError:
        return octets.decode("utf-8", errors="replace")


def _attachment(part: EmailMessage) -> dict[str, Any]:
    """Text stays text; anything else is base64, and says so."""
    about = {"name": part.get_filename() or "unnamed", "type": part.get_content_type()}
    if part.get_content_maintype() == "text":
        return {**about, "content": _text(part)}
    octets = cast(bytes, part.get_payload(decode=True) or b"")
    return {**about, "content": base64.b64encode(octets).decode("ascii"), "encoding": "base64"}
