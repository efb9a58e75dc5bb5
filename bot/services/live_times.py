"""The last look at hosts' calendars before a booking: at which, and what becomes of a slot by it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from bot.services import standing
from bot.services.standing import Known, Standing
from domain import scheduling as engine
from domain.calendar import RemoteEvent
from domain.scheduling import Conflicts, HostTime, Setup, Slot
from domain.slots import SlotTaken, TryAgain
from domain.times import Span
from storage import calendars
from storage.models import CalendarFeed

Look = Sequence[RemoteEvent] | None
"""The events of a host's calendar that a look brought, None when it failed or took too long."""

FRESH_FOR = timedelta(minutes=10)
"""How old what is known of a calendar may be to book by it when the calendar can't be looked at."""
UNSURE = "Their calendar could not be looked at."


@dataclass(frozen=True, slots=True)
class LookUp:
    """Which calendars, by their owner's id, are to be looked at before a booking, and what stretch of them."""

    calendars: Mapping[int, str]
    span: Span


def to_look_at(
    session: Session, enrolment_id: int, starts_at: datetime, now: datetime, seat_id: int | None = None
) -> LookUp:
    """The calendars that decide whether the participant may book that time, or move their session there.

    None when it is no slot by what is known already, or when no calendar counts. Changes nothing. Raises NotFound.
    """
    here = standing.of(session, enrolment_id, now, seat_id)
    known = known_at(session, here, starts_at, now)
    slot, span = slot_at(known, starts_at), blocked(here.setup, starts_at)
    if slot is None or not heeds_calendars(known, starts_at):
        return LookUp({}, span)
    feeds = calendars.feeds(session, slot.host_ids)
    return LookUp({id_: feed.calendar_id for id_, feed in feeds.items()}, span)


def known_at(session: Session, here: Standing, starts_at: datetime, now: datetime) -> Known:
    """What decides about one time."""
    return standing.known(session, here, Span(starts_at, starts_at + timedelta.resolution), now)


def slot_at(known: Known, starts_at: datetime) -> Slot | None:
    """The slot at that time by what is known."""
    return engine.slot_at(known.setup, known.hosts, known.demand, starts_at, known.sessions)


def heeds_calendars(known: Known, starts_at: datetime) -> bool:
    """Whether calendars decide about a slot: whoever joins a group's session finds it standing in any case."""
    is_joined = any(each.starts_at == starts_at for each in known.sessions)
    return known.setup.conflicts is not Conflicts.OFF and not is_joined


def blocked(setup: Setup, starts_at: datetime) -> Span:
    """What a session that starts then takes of its hosts' time."""
    return Span(starts_at - setup.buffer_before, starts_at + setup.length + setup.buffer_after)


def chosen(session: Session, here: Standing, starts_at: datetime, looks: Mapping[int, Look], now: datetime) -> Slot:
    """The slot at that time by what is known under the locks, and by the looks. Raises SlotTaken or TryAgain.

    Where a look failed, a copy of the calendar counts that is younger than ten minutes.
    """
    known = known_at(session, here, starts_at, now)
    if not heeds_calendars(known, starts_at):
        return found(known, starts_at)
    feeds = calendars.feeds(session, here.setup.host_ids)
    hosts = [seen(host, looks.get(host.member_id), known.setup) for host in known.hosts]
    slot = found(replace(known, hosts=hosts), starts_at)
    unsure = {id_ for id_, feed in feeds.items() if looks.get(id_) is None and not is_fresh(feed, now)}
    if not unsure.intersection(slot.host_ids):
        return slot
    sure = slot_at(replace(known, hosts=without(hosts, unsure)), starts_at)
    if sure is None:
        raise TryAgain
    return sure


def found(known: Known, starts_at: datetime) -> Slot:
    """The slot at that time. Raises SlotTaken when it is none."""
    slot = slot_at(known, starts_at)
    if slot is None:
        raise SlotTaken
    return slot


def is_fresh(feed: CalendarFeed, now: datetime) -> bool:
    """Whether what is known of a calendar is young enough to book by."""
    return feed.read_at is not None and feed.read_at > now - FRESH_FOR


def seen(host: HostTime, look: Look, setup: Setup) -> HostTime:
    """The host's time with what the look brought in place of what was known; as it was, where there was no look."""
    return host if look is None else replace(host, busy=taken_by(look, setup.conflicts))


def taken_by(events: Iterable[RemoteEvent], conflicts: Conflicts) -> tuple[Span, ...]:
    """When events take their owner's time. Our own do not: the interviews themselves are known."""
    return tuple(
        Span(event.starts_at, event.ends_at)
        for event in events
        if event.starts_at is not None
        and event.ends_at is not None
        and event.starts_at < event.ends_at
        and not (event.is_deleted or event.is_declined or event.reference is not None)
        and (event.is_busy or conflicts is Conflicts.STRICT)
    )


def without(hosts: Sequence[HostTime], unsure: Collection[int]) -> list[HostTime]:
    """The hosts, but for those of whom nobody can say whether they are free."""
    return [replace(host, problem=UNSURE) if host.member_id in unsure else host for host in hosts]
