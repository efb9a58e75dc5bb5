"""`/callsheet availability`: the weekly hours in which a member takes sessions, and other hours on single dates."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from bot.blocks import availability as blocks
from bot.blocks.availability import HoursForm
from bot.blocks.ids import CallsheetId
from bot.blocks.kit import View
from bot.services import availability
from bot.slack.capability import Capability
from bot.slack.metadata import Metadata
from bot.slack.outcomes import Close, FieldErrors, Open, Outcome, Update, say
from domain.availability import Hours, hours_text, parse_hours
from domain.errors import RuleError
from domain.other_hours import between, checked, dates_text, parse_dates, stretches
from domain.roles import Actor
from domain.setup_checks import day_hours
from domain.setup_form import WEEK_INPUTS
from domain.times import today

capability = Capability()

Dates = dict[date, tuple[Hours, ...]]


@dataclass(frozen=True, slots=True)
class Choosing(Metadata):
    """The dates with other hours, a line a stretch (see `domain.other_hours`), and how often they were changed."""

    dates: str = ""
    round: int = 0
    zone: str = ""


@capability.subcommand(
    "/callsheet",
    "availability",
    summary="When you take sessions: weekly hours and days off",
    menu="Availability",
    reads=True,
)
@capability.action(CallsheetId.HOURS, reads=True)
def open_modal(session: Session, actor: Actor, channel_id: str, now: datetime) -> Outcome:
    present = availability.own(session, actor, now)
    choosing = Choosing(channel_id, dates_text(present.overrides), zone=present.time_zone)
    texts = tuple(hours_text(hours) for hours in present.week)
    return Open(view(texts, present.time_zone, dict(present.overrides), choosing))


def view(week: tuple[str, ...], time_zone: str, dates: Dates, choosing: Choosing, problem: str = "") -> View:
    metadata = Choosing(choosing.channel_id, dates_text(dates), choosing.round, choosing.zone).dump()
    return blocks.hours_modal(HoursForm(week, time_zone, stretches(dates), choosing.round, problem), metadata)


@capability.action(CallsheetId.HOURS_ADD, reads=True)
def add(fields: dict[str, Any], metadata: str, now: datetime) -> Outcome:
    """One more date, or stretch of dates, to the list; nothing holds before it is saved."""
    choosing = Choosing.load(metadata)
    dates = dates_in(choosing, now)
    try:
        more = entered(fields, now, choosing)
        if not more:
            raise RuleError("On which date? Choose it first.")
        return Update(again(fields, checked(dates | more, "first_day"), choosing))
    except RuleError as error:
        return Update(again(fields, dates, choosing, problem=error.message))


@capability.action(CallsheetId.HOURS_REMOVE, reads=True)
def remove(fields: dict[str, Any], metadata: str, value: str, now: datetime) -> Outcome:
    """The stretch that begins on the day leaves the list."""
    choosing = Choosing.load(metadata)
    dates = dates_in(choosing, now)
    gone = next((each for each in stretches(dates) if each.first.isoformat() == value), None)
    kept = {day: hours for day, hours in dates.items() if gone is None or not gone.first <= day <= gone.last}
    return Update(again(fields, kept, choosing))


def again(fields: dict[str, Any], dates: Dates, choosing: Choosing, problem: str = "") -> View:
    """The modal with other dates; what stands in its other inputs stays. With a problem the date's inputs stay too."""
    week = tuple(fields.get(name) or "" for name in WEEK_INPUTS)
    number = choosing.round if problem else choosing.round + 1
    following = Choosing(choosing.channel_id, "", number, choosing.zone)
    return view(week, fields.get("time_zone") or choosing.zone, dates, following, problem)


def dates_in(choosing: Choosing, now: datetime) -> Dates:
    return parse_dates(choosing.dates, today(now, choosing.zone or "UTC"))


def entered(fields: dict[str, Any], now: datetime, choosing: Choosing) -> Dates:
    """The dates that stand in the inputs, none where no day is chosen. Raises RuleError about the one that is wrong."""
    hours = parse_hours(fields.get("other_hours") or "", "other_hours")
    if not fields.get("first_day"):
        if hours or fields.get("last_day"):
            raise RuleError("On which date? Choose it here.", "first_day")
        return {}
    first = date.fromisoformat(fields["first_day"])
    last = date.fromisoformat(fields.get("last_day") or fields["first_day"])
    if last < today(now, choosing.zone or "UTC"):
        raise RuleError("That day has passed.", "last_day" if fields.get("last_day") else "first_day")
    return between(first, last, hours, "last_day")


@capability.submission(CallsheetId.HOURS_MODAL)
def save(session: Session, actor: Actor, fields: dict[str, Any], metadata: str, now: datetime) -> Outcome:
    """Everything that is wrong is told at once; dates that were entered and not added yet count as well."""
    choosing = Choosing.load(metadata)
    week: list[tuple[Hours, ...]] = []
    errors: dict[str, str] = {}
    for name in WEEK_INPUTS:
        try:
            week.append(day_hours(fields.get(name) or "", name))
        except RuleError as error:
            errors[name] = error.message
    try:
        dates = dates_in(choosing, now) | entered(fields, now, choosing)
    except RuleError as error:
        errors[error.field or "first_day"] = error.message
    if not fields.get("time_zone"):
        errors["time_zone"] = "Choose the time zone of these hours."
    if errors:
        return FieldErrors(errors)
    saved = availability.change(session, actor, tuple(week), fields["time_zone"], checked(dates, "first_day"), now)
    return Close(say(blocks.saved_text(saved)))
