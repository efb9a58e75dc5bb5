"""Erasing a person: what goes, what stays and why, and how their traces are taken out of what people wrote."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from domain.errors import RuleError
from domain.person import alias

SHORTEST_WORD = 3
"""Letters of a part of a name that is looked for by itself: shorter ones are parts of other names and words, too."""

REMOVED = "removed with the person's data"
"""What stands in the place of a reason that was about an erased person."""

RETENTION_DAYS = (None, 180, 365, 730, 1095)
"""The periods that a workspace may choose from; None: people are kept until somebody erases them."""

RETENTION_LABELS = {
    None: "Never: until somebody erases them",
    180: "6 months (180 days)",
    365: "12 months (365 days)",
    730: "24 months (730 days)",
    1095: "36 months (1,095 days)",
}


def check_retention(days: int | None) -> timedelta | None:
    """The period as a length of time. Raises RuleError for one that is not on offer."""
    if days not in RETENTION_DAYS:
        raise RuleError("Choose one of the periods.", "retention")
    return timedelta(days=days) if days is not None else None


@dataclass(frozen=True, slots=True)
class Traces:
    """By what a person can be known in a text: whole name, its parts, addresses, phone number."""

    number: int
    name: str = ""
    emails: tuple[str, ...] = ()
    phone: str | None = None

    def without(self, text: str) -> str:
        """The text with the person's alias in the place of what names them.

        Addresses and the whole name in any case; a part of the name only as it is written, and as a word of its own,
        for `Will` and `May` are words as well.
        """
        for pattern in self._patterns():
            text = pattern.sub(alias(self.number), text)
        return text

    def _patterns(self) -> Iterable[re.Pattern[str]]:
        for email in sorted(self.emails, key=len, reverse=True):
            yield re.compile(rf"(?<![\w.+-]){re.escape(email)}(?![\w-])", re.IGNORECASE)
        if self.phone:
            yield re.compile(re.escape(self.phone))
        words = self.name.split()
        if words:
            yield re.compile(r"(?<!\w)" + r"\s+".join(map(re.escape, words)) + r"(?!\w)", re.IGNORECASE)
        for word in words:
            if len(word) >= SHORTEST_WORD:
                yield re.compile(rf"(?<!\w){re.escape(word)}(?!\w)")


@dataclass(frozen=True, slots=True)
class Erasure:
    """What erasing somebody would do, or did. `owed` are the keys of studies in which an incentive is not sent yet.

    `is_kept_away`: they have opted out or are on the blocklist, and stay so by a hash of their address. `is_done`: they
    were erased before.
    """

    number: int
    label: str
    sessions_ahead: tuple[str, ...]
    studies: int
    sessions_past: int
    notes: int
    answers: int
    waits_unsent: int
    owed: tuple[str, ...]
    is_kept_away: bool
    is_done: bool = False

    @property
    def alias(self) -> str:
        return alias(self.number)


def counted(number: int, one: str, many: str | None = None) -> str:
    """`1 note`, `2 notes`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def goes(found: Erasure) -> tuple[str, ...]:
    """What is taken away, a line each."""
    lines = ["Name, addresses, phone, time zone and properties"]
    if found.notes or found.answers:
        both = (counted(found.notes, "note"), counted(found.answers, "set of screener answers", "sets of answers"))
        lines.append(
            " and ".join(text for text, number in zip(both, (found.notes, found.answers), strict=True) if number)
        )
    lines.append("Reasons written about them, and their name wherever it stands in a session's title or timeline")
    if found.sessions_ahead:
        refs = ", ".join(found.sessions_ahead)
        lines.append(f"What they have booked: {refs} (their seat is free again, and the calendar forgets them)")
    if found.waits_unsent:
        lines.append(f"{counted(found.waits_unsent, 'mail')} on the way to them")
    lines.append("Every link that they were sent: their pages close")
    return tuple(lines)


def stays(found: Erasure) -> tuple[str, ...]:
    """What is kept under their alias, and why, a line each."""
    past = f" and {counted(found.sessions_past, 'past session')}" if found.sessions_past else ""
    lines = [
        f"{found.alias} in {counted(found.studies, 'study', 'studies')} with its status{past}: the studies' numbers "
        "and limits stay right",
        "Which incentives are owed or were paid, as amounts: accounts must add up",
        "Which consent texts they agreed to and when, and the audit log, by alias: proof of what was done",
    ]
    if found.is_kept_away:
        lines.append("A keyed hash of their address: an import can't make them contactable again")
    return tuple(lines)


def check_confirmed(found: Erasure, typed: str) -> None:
    """Raise RuleError unless the alias was typed."""
    if typed.strip().upper() != found.alias:
        raise RuleError(f"Type {found.alias} to confirm.", "confirm")
