"""What is typed into the steps of setting up a study's scheduling, read: the setup, or what is wrong and where."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

from domain import editing, tokens
from domain.availability import Availability, Hours, parse_hours
from domain.errors import RuleError
from domain.other_hours import parse_dates
from domain.person import email_address
from domain.scheduling import Assignment, Conflicts, Setup
from domain.setup_form import (
    COMMON,
    FIXED,
    WEEK_INPUTS,
    Ground,
    Mailing,
    SetupForm,
    Step,
)
from domain.study import LocationKind
from domain.times import today, zone

MOST_HOSTS = 30
MOST_DAYS = 365
MOST_SESSIONS = 100
MOST_MOVES = 20
LONGEST_TEMPLATE_NAME = 80
LONGEST_DESCRIPTION = 3000
SHORTEST_MINUTES, LONGEST_MINUTES = 5, 480
FEWEST_SEATS, MOST_SEATS = 2, editing.MOST_SEATS
INCREMENTS = (15, 30, 60)
SAMPLE = dict.fromkeys(editing.TOKENS, "–")


def setup_of(form: SetupForm, ground: Ground, host_ids: tuple[int, ...], guest_ids: tuple[int, ...]) -> Setup:
    """The setup that the form makes. Raises RuleError about the input that is wrong."""
    is_rolling = form.range != FIXED
    first_day, last_day = (None, None) if is_rolling else fixed_days(form, ground)
    return Setup(
        length=length_in(form),
        time_zone=zone_in(form),
        host_ids=host_ids,
        guest_ids=tuple(guest for guest in guest_ids if guest not in host_ids),
        assignment=assignment_in(form, ground),
        capacity=seats_in(form, ground),
        title=title_in(form),
        description=description_in(form),
        first_day=first_day,
        last_day=last_day,
        rolling_days=rolling_days_in(form) if is_rolling else None,
        availability=common_hours(form, ground),
        conflicts=Conflicts(form.conflicts) if form.conflicts in set(Conflicts) else Conflicts.DEFAULT,
        notice=_length(form.notice),
        buffer_before=_length(form.before),
        buffer_after=_length(form.after),
        increment=increment_in(form),
        most_a_day=most_in(form.most_a_day, "most_a_day"),
        most_a_week=caps_in(form),
        change_until=_length(form.change_until),
        most_moves=moves_in(form),
        reminders=tuple(sorted((_length(before) for before in form.reminders), reverse=True)),
    )


def errors_in(form: SetupForm, step: Step, ground: Ground) -> dict[str, str]:
    """What is wrong in a step, by input: nothing when all is well."""
    found: dict[str, str] = {}
    for check in checks(form, ground)[step]:
        try:
            check()
        except RuleError as error:
            found.setdefault(error.field or "", error.message)
    return found


def checks(form: SetupForm, ground: Ground) -> dict[Step, list[Callable[[], object]]]:
    """What is looked at in each step, one thing at a time so that everything wrong is told at once."""
    days = [_day_check(form, name) for name in WEEK_INPUTS] if form.hours == COMMON else []
    if form.hours == COMMON:
        days += [lambda: dates_in(form, ground)]
        days += [] if any(map(_raises, days)) else [lambda: common_hours(form, ground)]
    return {
        Step.EVENT: [
            lambda: title_in(form),
            lambda: description_in(form),
            lambda: length_in(form),
            lambda: seats_in(form, ground),
        ],
        Step.LOCATION: [lambda: location_in(form)],
        Step.HOSTS: [lambda: check_people(form, ground), lambda: assignment_in(form, ground)],
        Step.AVAILABILITY: [
            *days,
            lambda: zone_in(form),
            lambda: fixed_days(form, ground) if form.range == FIXED else rolling_days_in(form),
        ],
        Step.LIMITS: [
            lambda: most_in(form.most_a_day, "most_a_day"),
            lambda: caps_in(form),
            lambda: moves_in(form),
            lambda: mailing_in(form),
        ],
        Step.REVIEW: [],
    }


def title_in(form: SetupForm) -> str:
    title = " ".join(form.title.split())
    if len(_rendered(title, "title")) > editing.LONGEST_TITLE:
        raise RuleError(f"The title is too long. Shorten it to {editing.LONGEST_TITLE} characters.", "title")
    return title


def description_in(form: SetupForm) -> str:
    _rendered(form.description.strip(), "description")
    return form.description.strip()


def length_in(form: SetupForm) -> timedelta:
    number = _whole(form.duration, "duration", "How many minutes does a session take?")
    if not SHORTEST_MINUTES <= number <= LONGEST_MINUTES:
        raise RuleError("A session lasts between 5 minutes and 8 hours.", "duration")
    return timedelta(minutes=number)


def seats_in(form: SetupForm, ground: Ground) -> int:
    """The seats a session: one, unless it is a group study."""
    if not ground.is_group:
        return 1
    number = _whole(form.seats, "seats", "How many seats has a session of the group?")
    if not FEWEST_SEATS <= number <= MOST_SEATS:
        raise RuleError(f"A group session has between {FEWEST_SEATS} and {MOST_SEATS} seats.", "seats")
    return number


def location_in(form: SetupForm) -> editing.Location:
    if form.location not in set(LocationKind):
        raise RuleError("Choose where the sessions are held.", "location")
    return editing.location(LocationKind(form.location), form.link, form.passcode)


def check_people(form: SetupForm, ground: Ground) -> None:
    """Raise RuleError unless the hosts fit the assignment."""
    if not form.hosts:
        raise RuleError("Choose who hosts the sessions.", "hosts")
    if len(form.hosts) > MOST_HOSTS:
        raise RuleError(f"A study has at most {MOST_HOSTS} hosts.", "hosts")
    if assignment_in(form, ground) is Assignment.ONE_TO_ONE and len(form.hosts) > 1:
        raise RuleError(
            "With “One host” exactly one can be chosen. Remove the others, or let them share below.", "hosts"
        )


def assignment_in(form: SetupForm, ground: Ground) -> Assignment:
    if ground.is_group:
        return Assignment.GROUP
    if form.assignment not in set(Assignment) or form.assignment == Assignment.GROUP:
        raise RuleError("Choose who hosts a session that a participant books.", "assignment")
    return Assignment(form.assignment)


def common_hours(form: SetupForm, ground: Ground) -> Availability | None:
    """The weekly schedule of all hosts, None when each has their own hours."""
    if form.hours != COMMON:
        return None
    week = tuple(_day_hours(form, name) for name in WEEK_INPUTS)
    overrides = dates_in(form, ground)
    if not any(week) and not any(overrides.values()):
        raise RuleError("There are no hours in the week. Write some, such as 9:00-12:30, 13:30-17:00.", WEEK_INPUTS[0])
    return Availability(zone_in(form), week, overrides)


def dates_in(form: SetupForm, ground: Ground) -> dict[date, tuple[Hours, ...]]:
    return parse_dates(form.dates, _today(form, ground))


def zone_in(form: SetupForm) -> str:
    if not form.time_zone:
        raise RuleError("Choose the time zone of these days and hours.", "time_zone")
    zone(form.time_zone)
    return form.time_zone


def rolling_days_in(form: SetupForm) -> int:
    number = _whole(form.rolling_days, "rolling_days", "How many days ahead can be booked?")
    if not 1 <= number <= MOST_DAYS:
        raise RuleError(f"Between 1 and {MOST_DAYS} days ahead can be booked.", "rolling_days")
    return number


def fixed_days(form: SetupForm, ground: Ground) -> tuple[date | None, date | None]:
    """The first and last day, each of which may be open; the last lies ahead."""
    first, last = (date.fromisoformat(day) if day else None for day in (form.first_day, form.last_day))
    if first and last and last < first:
        raise RuleError("The last day is before the first.", "last_day")
    if last and last < _today(form, ground):
        raise RuleError("That day has passed: nobody could book.", "last_day")
    return first, last


def increment_in(form: SetupForm) -> timedelta:
    number = int(form.increment) if form.increment.isdigit() else 0
    return timedelta(minutes=number if number in INCREMENTS else 30)


def most_in(text: str, field: str) -> int | None:
    """A number of sessions, None where there is no limit."""
    if not text:
        return None
    number = _whole(text, field, "")
    if not 1 <= number <= MOST_SESSIONS:
        raise RuleError(f"Between 1 and {MOST_SESSIONS} sessions, or nothing for no limit.", field)
    return number


def caps_in(form: SetupForm) -> int | None:
    """The most sessions a week; as many as the most a day at least."""
    a_week = most_in(form.most_a_week, "most_a_week")
    if a_week and form.most_a_day.isdigit() and a_week < int(form.most_a_day):
        raise RuleError("That is less than the most a day.", "most_a_week")
    return a_week


def moves_in(form: SetupForm) -> int | None:
    """How often a participant may reschedule, None for as often as they like."""
    if not form.most_moves:
        return None
    number = _whole(form.most_moves, "most_moves", "")
    if number > MOST_MOVES:
        raise RuleError(f"At most {MOST_MOVES} times, or nothing for as often as they like.", "most_moves")
    return number


def mailing_in(form: SetupForm) -> Mailing:
    name = " ".join(form.sender_name.split())
    if len(name) > editing.LONGEST_PASSCODE:
        raise RuleError(f"At most {editing.LONGEST_PASSCODE} characters, please.", "sender_name")
    if not form.reply_to.strip():
        return Mailing(name or None, None)
    try:
        return Mailing(name or None, email_address(form.reply_to))
    except RuleError as error:
        raise RuleError(error.message, "reply_to") from error


def _day_check(form: SetupForm, name: str) -> Callable[[], object]:
    return lambda: _day_hours(form, name)


def _day_hours(form: SetupForm, name: str) -> tuple[Hours, ...]:
    return day_hours(getattr(form, name), name)


def day_hours(text: str, name: str) -> tuple[Hours, ...]:
    """The hours of a day of the week, whose input has its name. Raises RuleError there that names the day."""
    try:
        return parse_hours(text, name)
    except RuleError as error:
        raise RuleError(f"{name.capitalize()}: {error.message}", name) from error


def _rendered(text: str, field: str) -> str:
    try:
        return tokens.render(text, SAMPLE)
    except RuleError as error:
        raise RuleError(error.message, field) from error


def _whole(text: str, field: str, asked: str) -> int:
    if not text.strip():
        raise RuleError(asked, field)
    if not text.strip().isdigit() or len(text) > 9:
        raise RuleError("A whole number, please.", field)
    return int(text)


def _today(form: SetupForm, ground: Ground) -> date:
    """The day it is in the form's zone; where that is wrong it is told about elsewhere."""
    try:
        return today(ground.now, form.time_zone or "UTC")
    except RuleError:
        return ground.now.date()


def _raises(check: Callable[[], object]) -> bool:
    try:
        check()
    except RuleError:
        return True
    return False


def _length(minutes: str) -> timedelta:
    return timedelta(minutes=int(minutes)) if minutes.isdigit() else timedelta()
