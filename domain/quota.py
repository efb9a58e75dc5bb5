"""Quotas: at most so many of the people who take part in a study share a property (DOMAIN, "Study")."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from domain.errors import RuleError

MOST = 6
"""Quotas of one study."""
MOST_SEATS = 10_000
LONGEST_NAME, LONGEST_VALUE = 80, 200


@dataclass(frozen=True, slots=True)
class Quota:
    """At most `seats` people take part of whom the property has that value, whatever its case."""

    property_name: str
    property_value: str
    seats: int

    @property
    def words(self) -> str:
        """`Device: Android`."""
        return f"{self.property_name}: {self.property_value}"

    def matches(self, properties: Mapping[str, object]) -> bool:
        """Whether somebody of whom that is known counts against it."""
        held = properties.get(self.property_name)
        return held is not None and plain(str(held)) == plain(self.property_value)


@dataclass(frozen=True, slots=True)
class Meter:
    """How full a quota is: `used` counts upcoming booked and completed seats, as the study's limit does."""

    quota: Quota
    used: int

    @property
    def is_full(self) -> bool:
        return self.used >= self.quota.seats

    @property
    def text(self) -> str:
        """`Device: Android 4 of 6`; a full one says so."""
        return f"{self.quota.words} {self.used:,} of {self.quota.seats:,}{' (full)' if self.is_full else ''}"


def plain(text: str) -> str:
    return " ".join(text.split()).casefold()


def checked(quota: Quota) -> Quota:
    """The quota in canonical form. Raises RuleError at `property_name`, `property_value` or `seats`."""
    name, value = " ".join(quota.property_name.split()), " ".join(quota.property_value.split())
    if not name:
        raise RuleError(
            "Which property? Its name is that of a column of an import, or of an answer kept.", "property_name"
        )
    if len(name) > LONGEST_NAME:
        raise RuleError(f"The property's name is longer than {LONGEST_NAME} characters.", "property_name")
    if not value:
        raise RuleError("Which value of it? For each value there is a quota of its own.", "property_value")
    if len(value) > LONGEST_VALUE:
        raise RuleError(f"The value is longer than {LONGEST_VALUE} characters.", "property_value")
    if not 1 <= quota.seats <= MOST_SEATS:
        raise RuleError(f"A quota is between 1 and {MOST_SEATS:,} seats.", "seats")
    return Quota(name, value, quota.seats)


def with_one_more(quotas: Sequence[Quota], new: Quota) -> tuple[Quota, ...]:
    """The quotas with another; one for the same value takes the place of the earlier. Raises RuleError beyond six."""
    wanted = checked(new)
    places = [is_same(one, wanted) for one in quotas]
    if any(places):
        return tuple(wanted if same else one for one, same in zip(quotas, places, strict=True))
    if len(quotas) >= MOST:
        raise RuleError(f"A study has {MOST} quotas at most. Remove one first.", "property_name")
    return (*quotas, wanted)


def is_same(one: Quota, other: Quota) -> bool:
    return one.property_name == other.property_name and plain(one.property_value) == plain(other.property_value)


def full_for(meters: Sequence[Meter], properties: Mapping[str, object]) -> Meter | None:
    """The first full quota that somebody counts against, None when there is a place for them."""
    return next((one for one in meters if one.is_full and one.quota.matches(properties)), None)


def one_more(meters: Sequence[Meter], properties: Mapping[str, object]) -> tuple[Meter, ...]:
    """The meters once somebody more takes part of whom that is known."""
    return tuple(Meter(one.quota, one.used + one.quota.matches(properties)) for one in meters)
