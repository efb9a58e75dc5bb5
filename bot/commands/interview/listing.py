"""`/interview list`: interviews by study, status, host, days or participant, a page at a time."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from bot import plain_words
from bot.blocks import schedule as blocks
from bot.blocks.ids import InterviewId
from bot.services import schedule
from bot.slack.capability import Capability
from bot.slack.metadata import Metadata
from bot.slack.outcomes import Outcome, Replace, Reply, Update
from domain.errors import NotFound, RuleError
from domain.interview import InterviewStatus
from domain.person import email_address
from domain.roles import Actor
from domain.schedule import Cursor, Filter
from domain.times import Span, local_day

capability = Capability()

STATUSES = {
    "upcoming": InterviewStatus.UPCOMING,
    "completed": InterviewStatus.COMPLETED,
    "done": InterviewStatus.COMPLETED,
    "no-show": InterviewStatus.NO_SHOWED,
    "no-shows": InterviewStatus.NO_SHOWED,
    "canceled": InterviewStatus.CANCELED,
    "cancelled": InterviewStatus.CANCELED,
}
USAGE = "[STUDY] [upcoming|completed|no-show|canceled] [mine] [from DAY] [to DAY] [E-MAIL]"
DAYS = re.compile(r"\b(from|to|until)\s+(.+?)(?=\s+(?:from|to|until)\s|$)", re.IGNORECASE)
EVER = 36_500
"""Days: further than any interview."""
OVERDUE = timedelta(days=2)
"""For how long a session that is over may still be upcoming, until Callsheet completes it."""


@dataclass(frozen=True, slots=True)
class Place(Metadata):
    """Where a list's button leads: what was asked for in words, and the cursor."""

    words: str = ""
    starts_at: float = 0
    id: int = 0
    back: bool = False


@capability.subcommand(
    "/interview", "list", summary="Interviews, filtered and paged", usage=USAGE, menu="List", reads=True
)
def first_page(session: Session, actor: Actor, arguments: str, now: datetime) -> Outcome:
    text, drawn = page(session, actor, arguments, None, now)
    return Reply(text, drawn)


@capability.action(InterviewId.LIST_PREVIOUS, InterviewId.LIST_NEXT, reads=True)
def turn_page(session: Session, actor: Actor, value: str, now: datetime, view: dict[str, Any]) -> Outcome:
    """The page that the button leads to takes the place of the present one."""
    place = Place.load(value)
    text, drawn = page(session, actor, place.words, cursor_of(place, now), now)
    return Update(blocks.list_modal(drawn)) if view.get("type") == "modal" else Replace(text, drawn)


def page(
    session: Session, actor: Actor, words: str, cursor: Cursor | None, now: datetime
) -> tuple[str, list[dict[str, Any]]]:
    """A page of what the words ask for."""
    wanted = filter_of(session, actor, words, now)
    found = schedule.listing(session, actor, wanted, cursor)
    may_select = any(each.may_manage for each in found.interviews)
    places = (found.previous, found.next, wanted.onwards(found.interviews[0].line) if may_select else None)
    values = [place_of(words, at).dump() if at else None for at in places]
    return blocks.page(blocks.ListPage(words, found.interviews, *values), now, actor.time_zone)


def place_of(words: str, at: Cursor) -> Place:
    return Place(words=words, starts_at=at.starts_at.timestamp(), id=at.id, back=at.back)


def cursor_of(place: Place, now: datetime) -> Cursor:
    return Cursor(datetime.fromtimestamp(place.starts_at, now.tzinfo), place.id, place.back)


def filter_of(session: Session, actor: Actor, words: str, now: datetime) -> Filter:
    """What the words ask for. Raises RuleError that names a word which is none of them."""
    if len(words) > 300:
        raise RuleError("That is too long for a list.")
    wanted: dict[str, Any] = {}
    others = []
    for word in words.split():
        if word.lower() in STATUSES:
            wanted["status"] = STATUSES[word.lower()]
        elif word.lower() == "mine":
            wanted["mine"] = True
        elif "@" in word:
            wanted["person"] = email_address(word.removeprefix("<mailto:").partition("|")[0])
        else:
            others.append(word)
    rest = " ".join(others)
    for word in DAYS.sub(" ", rest).split():
        wanted["study_id"] = study_of(session, actor, word)
    span = span_of(rest, actor, now)
    if span is None and wanted.get("status") is InterviewStatus.UPCOMING:
        span = Span(now - OVERDUE, now + timedelta(days=EVER))
    return Filter(**wanted, span=span)


def study_of(session: Session, actor: Actor, word: str) -> int:
    """The study that the word is the key of. Raises RuleError when it is none."""
    try:
        return schedule.study(session, actor, word).id
    except NotFound as error:
        raise RuleError(
            f"“{word[:40]}” is neither a study that you can see nor a word that the list knows. Use: {USAGE}."
        ) from error


def span_of(words: str, actor: Actor, now: datetime) -> Span | None:
    """The days between "from" and "to", both inclusive, in the actor's zone; None when neither is said."""
    said = {name.lower().replace("until", "to"): text for name, text in DAYS.findall(words)}
    if not said:
        return None
    ends = {name: plain_words.day(text, now, actor.time_zone, ahead=False) for name, text in said.items()}
    first = ends.get("from", now.date() - timedelta(days=EVER))
    last = ends.get("to", now.date() + timedelta(days=EVER))
    if last < first:
        raise RuleError(f"The days end before they begin: from {first:%d %B %Y} to {last:%d %B %Y}.")
    return Span(local_day(first, actor.time_zone).start, local_day(last, actor.time_zone).end)
