"""The zones among which a participant chooses theirs."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from functools import lru_cache

from markupsafe import Markup

from bot.services.teams import zone_names
from domain.errors import RuleError
from domain.spelling import place_words, shift_words
from domain.times import zone

AREAS = {
    "Africa": "Africa",
    "America": "America",
    "Antarctica": "Antarctica",
    "Asia": "Asia",
    "Atlantic": "Atlantic",
    "Australia": "Australia",
    "Europe": "Europe",
    "Indian": "Indian Ocean",
    "Pacific": "Pacific",
}
"""The zones' areas as they are called on the page. What lies in no area, `US/Pacific` or `GB`, is an old name."""
LONGEST_NAME = 64


@dataclass(frozen=True, slots=True)
class ZoneGroup:
    """The zones of one area, as names and words, by their words."""

    label: str
    zones: tuple[tuple[str, str], ...]


def known(name: str | None) -> str | None:
    """The name if there is such a zone: what a browser or an address says may be anything."""
    try:
        return zone(name).key if name and len(name) <= LONGEST_NAME else None
    except RuleError:
        return None


@lru_cache(maxsize=4)
def options(day: date) -> Markup:
    """All zones as a page's options: they are two thirds of the page, and the same for everybody on that day."""
    return Markup("\n").join(
        Markup('<optgroup label="{}">{}</optgroup>').format(
            group.label,
            Markup("").join(Markup('<option value="{}">{}</option>').format(*zone) for zone in group.zones),
        )
        for group in groups(day)
    )


def groups(day: date) -> tuple[ZoneGroup, ...]:
    """All zones by area. Their words say how far they are from UTC at the beginning of that day."""
    instant = datetime.combine(day, time(), UTC)
    found: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for name in zone_names():
        area, _, rest = name.partition("/")
        if area in AREAS:
            *region, _place = rest.split("/")
            where = ", ".join([place_words(name), *(part.replace("_", " ") for part in region)])
            found[AREAS[area]].append((name, f"{where} ({shift_words(instant, name)})"))
    ordered = [ZoneGroup(label, tuple(sorted(found[label], key=lambda each: each[1]))) for label in sorted(found)]
    return (*ordered, ZoneGroup("Everywhere", (("UTC", "UTC"),)))
