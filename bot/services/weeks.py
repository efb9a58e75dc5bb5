"""A study's coming times as its team looks at them: a week as a picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.services import slots
from domain import scheduling as engine
from domain.errors import RuleError
from domain.interview import InterviewStatus
from domain.roles import Actor, Permission
from domain.scheduling import Assignment, Demand, GroupSlot, HostTime, Setup, Slot
from domain.session_times import LONGEST
from domain.times import Span, local, local_day, week_of
from domain.week import DAYS, SlotsWeek, Times, picture, why_empty
from storage import scheduling, studies
from storage.models import Interview, Study

SHOWN = frozenset({InterviewStatus.UPCOMING, InterviewStatus.COMPLETED})


@dataclass(frozen=True, slots=True)
class _Known:
    """A study's setup, and what is known of its hosts and group sessions within a span."""

    study: Study
    setup: Setup
    span: Span
    hosts: Sequence[HostTime]
    sessions: Sequence[GroupSlot]


def week(session: Session, actor: Actor, study_key: str, day: date | None, now: datetime) -> SlotsWeek:
    """The study's week that `day` lies in, on the actor's own days; None: the week of the next slot, else this one.

    Raises NotFound for a study that the actor can't see, RuleError for one without sessions.
    """
    line = studies.by_key(session, actor, study_key)
    if not line.type.has_interviews:
        raise RuleError(f"{line.key} is a study of type {line.type.label}: it has no sessions.")
    study = session.get_one(Study, line.id)
    setup = scheduling.setup_of(session, study)
    known = know(session, study, setup, bookable(setup, now), now)
    following = next(iter(found_in(known, known.span, now)), None)
    first = week_of(day or local(following.starts_at if following else now, actor.time_zone).date())
    span = local_day(first, actor.time_zone, DAYS)
    if not (known.span.start <= span.start and span.end <= known.span.end):
        known = know(session, study, setup, span, now)
    times = Times(
        free=tuple(slot.starts_at for slot in found_in(known, span, now)),
        possible=possible(known, span, now),
        booked=booked(session, study.id, span),
        increment=setup.increment,
    )
    return SlotsWeek(
        study=line,
        picture=picture(first, actor.time_zone, times),
        standing=slots.standing_of(study),
        next_host=in_turn(session, setup, following),
        next_free=following.starts_at if following else None,
        why_empty="" if following else why_empty(setup, known.hosts, now),
        may_edit=actor.may(Permission.EDIT_STUDY, own_study=line.is_own),
    )


def bookable(setup: Setup, now: datetime) -> Span:
    """The range of days, and the week around either end: what a picture of the coming time may show."""
    found = engine.range_span(setup, now) or Span(now, now)
    return Span(min(now, found.start) - timedelta(days=DAYS), found.end + timedelta(days=DAYS))


def know(session: Session, study: Study, setup: Setup, span: Span, now: datetime) -> _Known:
    hosts = scheduling.host_times(session, setup, span, now)
    return _Known(study, setup, span, hosts, slots.sessions_of(session, study, setup, span, now))


def found_in(known: _Known, span: Span, now: datetime) -> list[Slot]:
    return engine.slots(known.setup, known.hosts, Demand(now), span, known.sessions)


def possible(known: _Known, span: Span, now: datetime) -> tuple[datetime, ...]:
    """When sessions could start if nothing took the hosts' time, and no host had too many."""
    idle = [HostTime(host.member_id, host.name, host.availability) for host in known.hosts]
    uncapped = replace(known.setup, most_a_day=None, most_a_week=None)
    return tuple(slot.starts_at for slot in engine.slots(uncapped, idle, Demand(now), span))


def in_turn(session: Session, setup: Setup, slot: Slot | None) -> str | None:
    """Slack's id of whose turn it is to host the slot, in a round robin."""
    if slot is None or setup.assignment is not Assignment.ROUND_ROBIN:
        return None
    hosts = {host.member_id: host.slack_user_id for host in slots.hosts_of(session, setup)}
    return hosts.get(slot.host_ids[0])


def booked(session: Session, study_id: int, span: Span) -> tuple[Span, ...]:
    """The sessions of the study, held or ahead, that touch the span."""
    found = session.execute(
        sa.select(Interview.starts_at, Interview.ends_at)
        .where(
            Interview.study_id == study_id,
            Interview.status.in_(SHOWN),
            Interview.starts_at > span.start - LONGEST,
            Interview.starts_at < span.end,
            Interview.ends_at > span.start,
        )
        .order_by(Interview.starts_at)
    )
    return tuple(Span(row.starts_at, row.ends_at) for row in found)
