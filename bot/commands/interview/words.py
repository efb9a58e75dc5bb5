"""What was typed after `/interview book`, taken apart: study, person, hosts, length, and the words for the time."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta

from domain.errors import RuleError
from domain.session_times import LONGEST, SHORTEST

EXAMPLE = "/interview book CHK p17@example.com next tue 2pm"
MENTION = re.compile(r"(?:\b(?:with|and)\s+)?<@([UW][A-Z0-9]+)(?:\|[^>]*)?>", re.IGNORECASE)
PLAIN_NAME = re.compile(r"(?<!\S)(?:with\s+@?|@)(?!noon\b|midday\b)([^\W\d][\w.-]*)", re.IGNORECASE)
LENGTH = re.compile(r"\bfor (an|\d{1,6}(?:\.\d+)?) ?(m|mins?|minutes?|h|hrs?|hours?)\b", re.IGNORECASE)
ADDRESS = re.compile(r"<mailto:([^|>]+)(?:\|[^>]*)?>")
ALIAS = re.compile(r"P\d{1,9}", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Typed:
    """A booking in words. `person` is an address or an alias such as `P17`; `when` is still to be understood."""

    study_key: str
    person: str
    when: str
    host_slack_ids: tuple[str, ...]
    length: timedelta | None


def typed_booking(text: str) -> Typed:
    """Take the words apart. Raises RuleError that names what is missing."""
    length, rest = take_length(ADDRESS.sub(r"\1", text))
    hosts = tuple(found.upper() for found in MENTION.findall(rest))
    rest = MENTION.sub(" ", rest)
    if plain_name := PLAIN_NAME.search(rest):
        raise RuleError(
            f"I don't know who “{plain_name[1]}” is. Choose the person from the list that Slack shows "
            "when you type @, so that the name becomes a mention."
        )
    study_key, person, when = (*rest.split(maxsplit=2), "", "", "")[:3]
    if not person:
        raise RuleError(f"Who is to come, and when? Write for example {EXAMPLE}, or /interview book alone.")
    if "@" not in person and not ALIAS.fullmatch(person):
        raise RuleError(
            f"“{person[:60]}” is neither an e-mail address nor a participant such as P17. Write for example {EXAMPLE}."
        )
    if not when:
        raise RuleError(f"When? Write for example {EXAMPLE}, or /interview book alone.")
    return Typed(study_key.upper(), person, " ".join(when.split()), hosts, length)


def take_length(text: str) -> tuple[timedelta | None, str]:
    """The length that "for 45 min" gives, None without, and the text that is left.

    Raises RuleError for a length that no session may have.
    """
    match = LENGTH.search(text)
    if match is None:
        return None, text
    number = 1.0 if match[1].lower() == "an" else float(match[1])
    unit = timedelta(hours=1) if match[2].lower().startswith("h") else timedelta(minutes=1)
    length = number * unit
    if not SHORTEST <= length <= LONGEST:
        raise RuleError("A session lasts between 5 minutes and 8 hours.", "duration")
    return length, f"{text[: match.start()]} {text[match.end() :]}"


def minutes_of(length: timedelta | None) -> int:
    """The length in whole minutes, 0 for none."""
    return int(length.total_seconds() // 60) if length else 0
