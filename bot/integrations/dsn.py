"""Reports of what became of a mail, as mail servers send them (RFC 3464): read without trusting a word of them."""

from __future__ import annotations

from collections.abc import Iterator
from email import message_from_bytes, message_from_string, policy
from email.message import Message

from bot.integrations.mime import OWN_ID
from bot.integrations.wording import one_line, without_addresses
from domain.bounce import STATUS, Action, Report

LONGEST_ID = 255
_LONGEST_WORDS = 300
_NAMED_BY = (OWN_ID, "Message-ID", "X-Google-Original-Message-ID")
"""Headers of the original mail that name it, the surest first: some who carry mail give it another Message-ID."""
_RETURNED = frozenset({"message/rfc822", "message/global", "message/global-headers", "message/rfc822-headers"})
_UNNAMED = {Action.FAILED: "5.0.0", Action.DELAYED: "4.0.0"}


def read(raw: bytes) -> tuple[Report, ...]:
    """What the message reports, once for each name that the original mail may be known by.

    Nothing for a message that is no report, or tells nothing of the original mail: an answer, spam, anything.
    """
    try:
        message = message_from_bytes(raw, policy=policy.compat32)
        said = _worst(message)
    except RecursionError:
        # Parts within parts without an end are no report that a mail server sends.
        return ()
    if said is None:
        return ()
    action, code, words = said
    return tuple(Report(name, action, code, words) for name in _names(message))


def _worst(message: Message) -> tuple[Action, str, str] | None:
    """What is reported of the recipient who fared worst: our mails have one each."""
    found = [said for part in message.walk() for said in _recipients(part)]
    order = list(Action)
    return min(found, key=lambda said: order.index(said[0]), default=None)


def _recipients(part: Message) -> Iterator[tuple[Action, str, str]]:
    """Action, status and the server's words of each recipient in a part that is the machine's side of a report."""
    groups = part.get_payload()
    if part.get_content_type() != "message/delivery-status" or not isinstance(groups, list):
        return
    for group in groups:
        if not isinstance(group, Message) or "Action" not in group:
            continue
        try:
            action = Action(_text(group, "Action").lower())
        except ValueError:
            continue
        words = _text(group, "Diagnostic-Code")
        named = STATUS.search(_text(group, "Status")) or STATUS.search(words)
        code = named[0] if named is not None else _UNNAMED.get(action, "2.0.0")
        if action is Action.FAILED and code.startswith("2"):
            code = _UNNAMED[action]
        yield action, code, without_addresses(words)[:_LONGEST_WORDS]


def _names(message: Message) -> list[str]:
    """The Message-IDs of the original mail, of which a report brings back the whole or the headers."""
    for part in message.walk():
        original = _original(part)
        if original is not None:
            found = [_text(original, header) for header in _NAMED_BY]
            return list(dict.fromkeys(name for name in found if name.startswith("<") and len(name) <= LONGEST_ID))
    return []


def _original(part: Message) -> Message | None:
    kind, content = part.get_content_type(), part.get_payload()
    if kind == "text/rfc822-headers":
        octets = part.get_payload(decode=True)
        text = octets.decode("utf-8", "replace") if isinstance(octets, bytes) else str(content)
        return message_from_string(text, policy=policy.compat32)
    if kind in _RETURNED and isinstance(content, list) and content and isinstance(content[0], Message):
        return content[0]
    return None


def _text(part: Message, header: str) -> str:
    return one_line(str(part.get(header, ""))).strip()
