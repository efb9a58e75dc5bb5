"""Setting up a study's scheduling in steps: what is typed into their inputs, and the setup that it makes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from datetime import datetime, timedelta
from enum import IntEnum
from typing import Any

from domain import editing
from domain.availability import DAYS, hours_text, standard
from domain.other_hours import dates_text
from domain.scheduling import Setup
from domain.study import StudyLine, StudyType

OWN, COMMON = "own", "common"
ROLLING, FIXED = "rolling", "fixed"
WEEK_INPUTS = tuple(day.lower() for day in DAYS)


class Step(IntEnum):
    """The steps of the modal, in their order."""

    EVENT = 1
    LOCATION = 2
    HOSTS = 3
    AVAILABILITY = 4
    LIMITS = 5
    REVIEW = 6

    @property
    def label(self) -> str:
        return self.name.capitalize()

    @property
    def previous(self) -> Step:
        return Step(max(self - 1, Step.EVENT))

    @property
    def next(self) -> Step:
        return Step(min(self + 1, Step.REVIEW))


@dataclass(frozen=True, slots=True)
class SetupForm:
    """What stands in the inputs, as text: "" for nothing. Lengths are in minutes, days are ISO dates.

    `hosts` and `guests` are Slack's ids of people; `reminders` minutes before the session. `hours` says whose hours
    count (OWN or COMMON), `range` which days (ROLLING or FIXED): inputs that are not shown keep what they had.
    """

    title: str = ""
    description: str = ""
    duration: str = ""
    seats: str = ""
    location: str = ""
    link: str = ""
    passcode: str = ""
    hosts: tuple[str, ...] = ()
    guests: tuple[str, ...] = ()
    assignment: str = ""
    hours: str = OWN
    monday: str = ""
    tuesday: str = ""
    wednesday: str = ""
    thursday: str = ""
    friday: str = ""
    saturday: str = ""
    sunday: str = ""
    dates: str = ""
    time_zone: str = ""
    range: str = ROLLING
    rolling_days: str = ""
    first_day: str = ""
    last_day: str = ""
    conflicts: str = ""
    notice: str = ""
    before: str = ""
    after: str = ""
    increment: str = ""
    most_a_day: str = ""
    most_a_week: str = ""
    change_until: str = ""
    most_moves: str = ""
    reminders: tuple[str, ...] = ()
    sender_name: str = ""
    reply_to: str = ""

    def with_inputs(self, inputs: Mapping[str, Any]) -> SetupForm:
        """The form with what stands in a step's inputs. Those that are not there keep what they had."""
        known = {each.name: getattr(self, each.name) for each in fields(self)}
        taken: dict[str, Any] = {
            name: tuple(value or ()) if isinstance(known[name], tuple) else str(value or "")
            for name, value in inputs.items()
            if name in known
        }
        return replace(self, **taken)

    def document(self) -> dict[str, Any]:
        """As JSON: what `from_document` reads."""
        return {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(self).items()}

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> SetupForm:
        return cls().with_inputs(document)

    @property
    def week(self) -> tuple[str, ...]:
        """What stands in the inputs of the seven days."""
        return tuple(getattr(self, name) for name in WEEK_INPUTS)


@dataclass(frozen=True, slots=True)
class Mailing:
    """Who mails to participants come from and where answers go, where a study says so."""

    sender_name: str | None
    reply_to: str | None


@dataclass(frozen=True, slots=True)
class Ground:
    """What a form is checked against: the present instant, and whether it is a group study."""

    now: datetime
    is_group: bool


@dataclass(frozen=True, slots=True)
class People:
    """Hosts and guests of a setup by Slack's ids, in their order."""

    hosts: tuple[str, ...]
    guests: tuple[str, ...]


def form_of(setup: Setup, people: People, location: editing.Location, mailing: Mailing) -> SetupForm:
    """The form that makes this setup. A common schedule that there is not yet begins with office hours."""
    common = setup.availability
    week = (common or standard(setup.time_zone)).week
    days = {name: hours_text(hours) for name, hours in zip(WEEK_INPUTS, week, strict=True)}
    return SetupForm(
        title=setup.title,
        description=setup.description,
        duration=_minutes(setup.length),
        seats=str(setup.capacity) if setup.capacity > 1 else "",
        location=location.kind.value,
        link=location.link or "",
        passcode=location.passcode or "",
        hosts=people.hosts,
        guests=people.guests,
        assignment=setup.assignment.value,
        hours=COMMON if common else OWN,
        dates=dates_text(common.overrides) if common else "",
        time_zone=common.time_zone if common else setup.time_zone,
        range=FIXED if setup.rolling_days is None else ROLLING,
        rolling_days=str(setup.rolling_days) if setup.rolling_days is not None else "",
        first_day=setup.first_day.isoformat() if setup.first_day else "",
        last_day=setup.last_day.isoformat() if setup.last_day else "",
        conflicts=setup.conflicts.value,
        notice=_minutes(setup.notice),
        before=_minutes(setup.buffer_before),
        after=_minutes(setup.buffer_after),
        increment=_minutes(setup.increment),
        most_a_day=_or_empty(setup.most_a_day),
        most_a_week=_or_empty(setup.most_a_week),
        change_until=_minutes(setup.change_until),
        most_moves=_or_empty(setup.most_moves),
        reminders=tuple(_minutes(before) for before in setup.reminders),
        sender_name=mailing.sender_name or "",
        reply_to=mailing.reply_to or "",
        **days,
    )


@dataclass(frozen=True, slots=True)
class Writing:
    """A setup that somebody is writing. `filled` counts how often it was filled in anew from `source`, a label.

    `is_template`: the source is a template. `concerns` are sentences about hosts that bar nothing.
    """

    draft_id: int
    line: StudyLine
    external_name: str
    form: SetupForm
    filled: int = 0
    source: str = ""
    is_template: bool = False
    concerns: tuple[str, ...] = ()

    @property
    def is_group(self) -> bool:
        return self.line.type is StudyType.GROUP_INTERVIEW


@dataclass(frozen=True, slots=True)
class Review:
    """A setup before it is saved: the next times that a participant would see, aware UTC, and if none, why.

    `booked` is how many sessions ahead keep the length and place that they were booked with; `time_zone` is the
    reader's.
    """

    writing: Writing
    setup: Setup
    time_zone: str
    starts: tuple[datetime, ...]
    why_none: str
    booked: int
    changes_length: bool


@dataclass(frozen=True, slots=True)
class Source:
    """A template or study that a form may be filled in from. `value` says which."""

    value: str
    label: str


@dataclass(frozen=True, slots=True)
class Saved:
    """What saving has done: the study's key, the next time on offer, sessions that stay as booked, the template."""

    key: str
    next_start: datetime | None
    why_none: str
    kept: int
    template: str


def _minutes(length: timedelta) -> str:
    return str(int(length.total_seconds()) // 60)


def _or_empty(number: int | None) -> str:
    return "" if number is None else str(number)
