"""Consent: what participants of a study agree to before anything else (DOMAIN, "Study")."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from domain.errors import RuleError

LONGEST = 3000
"""Characters of a text: as many as Slack takes in one field."""


@dataclass(frozen=True, slots=True)
class Version:
    """A version of a study's text, by whom and since when (aware UTC)."""

    number: int
    text: str
    author: str
    at: datetime


@dataclass(frozen=True, slots=True)
class StudyConsent:
    """A study's consent as whoever may change it sees it: the last version, None before there was one.

    `agreed` are how many agreed to each version, by its number, the latest first.
    """

    study_id: int
    study_key: str
    study_name: str
    version: Version | None
    is_on: bool
    agreed: Sequence[tuple[int, int]] = ()


@dataclass(frozen=True, slots=True)
class Agreement:
    """That a participant agreed to a version of a study's text. Aware UTC."""

    study_key: str
    version: int
    at: datetime


def checked(text: str) -> str:
    """The text as it is kept: plain, without needless spaces and lines. Raises RuleError at the field `text`."""
    lines = [line.rstrip() for line in text.replace("\r\n", "\n").replace("\r", "\n").strip().split("\n")]
    cleaned = "\n".join(line for line, before in zip(lines, ["", *lines], strict=False) if line or before)
    if not cleaned:
        raise RuleError("What do they agree to? Write the text, or switch consent off.", "text")
    if len(cleaned) > LONGEST:
        raise RuleError(f"At most {LONGEST:,} characters, please: these are {len(cleaned):,}.", "text")
    return cleaned
