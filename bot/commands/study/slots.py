"""`/study slots CHK [next week | day]`: a week of slots, drawn; `/study slots CHK why tue 14:00`: why not then."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from bot import plain_words
from bot.blocks import slots as blocks
from bot.blocks.ids import StudyId
from bot.services import slots, weeks
from bot.slack.capability import Capability
from bot.slack.metadata import Metadata
from bot.slack.outcomes import Open, Outcome, Replace, Reply, Update
from domain.errors import RuleError
from domain.roles import Actor
from domain.times import today, week_of
from domain.week import DAYS

capability = Capability()

WHY = "why"
FILLERS = ("week of ", "week from ")
EXAMPLES = "Write for example /study slots CHK, /study slots CHK next week, or /study slots CHK why tue 14:00."


@dataclass(frozen=True, slots=True)
class Place(Metadata):
    """A study by its key, and a day of the week that is shown, as an ISO date ("": the coming one)."""

    key: str = ""
    day: str = ""


@capability.subcommand(
    "/study",
    "slots",
    summary="Its free times as a week, and why others are not",
    usage="KEY [next week|day] [why tue 14:00]",
    reads=True,
)
def typed(session: Session, actor: Actor, arguments: str, now: datetime) -> Outcome:
    key, _, words = arguments.partition(" ")
    if not key:
        raise RuleError(f"Which study? {EXAMPLES}")
    first, _, rest = words.strip().partition(" ")
    if first.lower() == WHY:
        found = plain_words.moment(rest, now, actor.time_zone)
        return Reply(*blocks.explained(slots.explain(session, actor, key, found.at, now), actor.time_zone))
    return Reply(*page(session, actor, key, day_in(words, now, actor.time_zone), now))


def day_in(words: str, now: datetime, time_zone: str) -> date | None:
    """A day of the week that the words ask for, None for the coming one. Raises RuleError for others."""
    said = " ".join(words.lower().split())
    here = week_of(today(now, time_zone))
    named = {"": None, "this week": here, "week": here, "next week": here + timedelta(days=DAYS)}
    if said in named:
        return named[said]
    for filler in FILLERS:
        said = said.removeprefix(filler)
    return plain_words.day(said, now, time_zone)


def page(session: Session, actor: Actor, key: str, day: date | None, now: datetime) -> tuple[str, list[dict[str, Any]]]:
    """A week with the buttons to its neighbours."""
    shown = weeks.week(session, actor, key, day, now)
    first, key = shown.picture.first, shown.study.key
    before, after = (Place(key=key, day=(first + timedelta(days=step)).isoformat()).dump() for step in (-DAYS, DAYS))
    return blocks.week(shown, blocks.Leads(before, after, Place(key=key, day=first.isoformat()).dump()))


@capability.action(StudyId.SLOTS, reads=True)
def clicked(session: Session, actor: Actor, value: str, now: datetime) -> Outcome:
    return Reply(*page(session, actor, value, None, now))


@capability.action(StudyId.SLOTS_PREVIOUS, StudyId.SLOTS_NEXT, reads=True)
def turn(session: Session, actor: Actor, value: str, now: datetime) -> Outcome:
    """The other week takes the place of the present one."""
    place = Place.load(value)
    return Replace(*page(session, actor, place.key, date.fromisoformat(place.day), now))


@capability.action(StudyId.SLOTS_WHY, reads=True)
def ask(session: Session, actor: Actor, value: str, now: datetime) -> Outcome:
    """Ask about a time: first the next free time, or this hour tomorrow where there is none."""
    place = Place.load(value)
    shown = weeks.week(session, actor, place.key, date.fromisoformat(place.day), now)
    at = shown.next_free or now.replace(minute=0, second=0, microsecond=0) + timedelta(days=1)
    return Open(blocks.why_modal(shown.study.key, place.dump(), at, None, actor.time_zone))


@capability.submission(StudyId.SLOTS_WHY_MODAL)
def answer(session: Session, actor: Actor, fields: dict[str, Any], metadata: str, now: datetime) -> Outcome:
    if not fields.get("when"):
        raise RuleError("Pick a day and a time.", "when")
    at = datetime.fromtimestamp(int(fields["when"]), now.tzinfo)
    found = slots.explain(session, actor, Place.load(metadata).key, at, now)
    return Update(blocks.why_modal(found.study.key, metadata, at, found, actor.time_zone))
