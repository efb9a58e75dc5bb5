"""What an interview says of itself, as somebody may change it: title, description, and where it is held."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass
from urllib.parse import urlsplit

from domain.errors import RuleError
from domain.interview import TimelineKind
from domain.study import LocationKind

LONGEST_TITLE = 300
LONGEST_DESCRIPTION = 3000
LONGEST_LINK = 2000
LONGEST_PASSCODE = 100
FEWEST_SEATS, MOST_SEATS = 1, 99
"""Of a group's session. A menu in Slack has 100 options: every seat, and the whole session."""

TOKENS = ("study.external_name", "interview.length", "host.first_name")
"""The tokens of a title or description. Everybody in a group reads them, so none is about a participant."""


@dataclass(frozen=True, slots=True)
class Location:
    """Where a session is held. `link` is what somebody gave: a meeting's address, or for a custom location a place."""

    kind: LocationKind
    link: str | None = None
    passcode: str | None = None

    @property
    def takes_calendar_link(self) -> bool:
        """Whether the meeting's link is for the calendar to make."""
        return self.kind is LocationKind.GOOGLE_MEET and self.link is None


@dataclass(frozen=True, slots=True)
class Details:
    """What may be edited of an interview. Title and description may hold tokens while they are on their way."""

    title: str
    description: str
    location: Location

    @property
    def fingerprint(self) -> str:
        """The same for the same details only: whoever edits says by it what they have seen. 16 hex digits."""
        return hashlib.sha256(repr(asdict(self)).encode()).hexdigest()[:16]


def location(kind: LocationKind, link: str, passcode: str) -> Location:
    """The location that was typed. Nowhere has neither link nor passcode. Raises RuleError for a link that is none."""
    if kind is LocationKind.NONE:
        return Location(kind)
    link, passcode = link.strip(), passcode.strip()
    if kind is LocationKind.CUSTOM and not link:
        raise RuleError("Say where it is held.", "link")
    if kind.needs_link and (link or kind is not LocationKind.GOOGLE_MEET):
        check_link(kind, link)
    return Location(kind, link or None, passcode or None)


def check_link(kind: LocationKind, link: str) -> None:
    """Raise RuleError unless it is a web address, which people can click on."""
    if not is_web_address(link):
        or_none = ", or leave it empty: the calendar makes one" if kind is LocationKind.GOOGLE_MEET else ""
        raise RuleError(f"{kind.label} needs its meeting link, beginning with https://{or_none}.", "link")


def is_web_address(link: str) -> bool:
    """Whether it is an http or https address with a host, and one word."""
    try:
        parts = urlsplit(link)
        has_host = bool(parts.hostname)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and has_host and not any(letter.isspace() for letter in link)


def check_change(old: Location, new: Location) -> None:
    """Raise RuleError when the service changes and the link stays: it leads to the old one's meeting."""
    is_other_service = old.kind.needs_link and new.kind.needs_link and old.kind is not new.kind
    if is_other_service and new.link is not None and new.link == old.link:
        or_none = ", or clear it: the calendar makes one" if new.kind is LocationKind.GOOGLE_MEET else ""
        raise RuleError(f"This is the link for {old.kind.label}. Give the one for {new.kind.label}{or_none}.", "link")


def check_title(title: str) -> None:
    """Raise RuleError for a title that is empty or too long, once its tokens are filled in."""
    if not title:
        raise RuleError("Give it a title: the participant reads it in the invitation.", "title")
    if len(title) > LONGEST_TITLE:
        raise RuleError(
            f"With its tokens filled in the title has {len(title)} characters. Shorten it to {LONGEST_TITLE}.", "title"
        )


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that an edit changes: what, in a word or two, and from → to as the timeline tells it."""

    kind: TimelineKind
    what: str
    before: str | None = None
    after: str | None = None


def differences(old: Details, new: Details) -> tuple[Difference, ...]:
    """What is another in the new details. Of a passcode it is only told that it changed."""
    was, will = old.location, new.location
    link = "place" if will.kind is LocationKind.CUSTOM else "meeting link"
    possible = (
        (old.title, new.title, Difference(TimelineKind.DETAILS_CHANGED, "title", old.title, new.title)),
        (
            old.description,
            new.description,
            Difference(
                TimelineKind.DETAILS_CHANGED, "description", old.description or "none", new.description or "none"
            ),
        ),
        (was.kind, will.kind, Difference(TimelineKind.LOCATION_CHANGED, "location", was.kind.label, will.kind.label)),
        (
            link_words(was),
            link_words(will),
            Difference(TimelineKind.LOCATION_CHANGED, link, link_words(was), link_words(will)),
        ),
        (was.passcode, will.passcode, Difference(TimelineKind.LOCATION_CHANGED, "passcode")),
    )
    return tuple(difference for before, after, difference in possible if before != after)


def link_words(held: Location) -> str:
    """The link or place, or who makes it."""
    return held.link or ("the calendar's" if held.takes_calendar_link else "none")


def check_limit(limit: int, taken: int, reference: str) -> None:
    """Raise RuleError for a limit out of range, or under the seats taken."""
    if not FEWEST_SEATS <= limit <= MOST_SEATS:
        raise RuleError(f"A session takes {FEWEST_SEATS} to {MOST_SEATS} participants.", "limit")
    if limit < taken:
        seats = "1 seat is" if taken == 1 else f"{taken} seats are"
        raise RuleError(f"{seats} taken in {reference}: the limit can't be lower than that.", "limit")


@dataclass(frozen=True, slots=True)
class Edited:
    """What an edit has changed, each in a word or two; nothing when all was so already."""

    reference: str
    changes: tuple[str, ...]
