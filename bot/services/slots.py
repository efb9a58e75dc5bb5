"""Which times participants may book, and why others not: as they see it, and as the study's team does."""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.services import standing
from bot.services.standing import Standing
from domain import scheduling as engine
from domain.interview import Host
from domain.roles import Actor
from domain.scheduling import Assignment, Demand, GroupSlot, Setup, Slot
from domain.slot_pages import Wanted, needed
from domain.slots import CantBook, Explanation, Hurdle, Offered, Present
from domain.study import StudyStatus
from domain.times import Span
from storage import members, scheduling, studies
from storage.models import Study, Team

AT_ONCE = timedelta.resolution


def offered(
    session: Session,
    enrolment_id: int,
    now: datetime,
    about: datetime | Wanted | None = None,
    seat_id: int | None = None,
) -> Offered:
    """What the participant may book, or move their session to, now: of several that of `seat_id`. Raises NotFound.

    Of all their slots only what is `about` one time, or what a page needs that shows some weeks of them.
    """
    here = standing.of(session, enrolment_id, now, seat_id)
    hurdle = hurdle_of(here, now)
    slots = slots_of(session, here, now, about) if hurdle is None else ()
    if hurdle is None and not slots:
        hurdle = Hurdle.NO_TIMES
    team_zone = session.scalars(sa.select(Team.time_zone).where(Team.id == here.study.team_id)).one()
    most = here.setup.most_moves
    return Offered(
        study_status=here.study.status,
        hurdle=hurdle,
        slots=slots,
        present=present_of(here),
        length=here.setup.length,
        time_zone=here.person.time_zone or team_zone,
        moves_left=None if most is None else max(0, most - here.enrolment.moves),
    )


def hurdle_of(here: Standing, now: datetime) -> Hurdle | None:
    """What keeps the participant from booking, or from moving their session, at any time."""
    try:
        standing.check(here, now)
    except CantBook as refusal:
        return refusal.hurdle
    return None


def slots_of(
    session: Session, here: Standing, now: datetime, about: datetime | Wanted | None = None
) -> tuple[Slot, ...]:
    """The participant's slots in the whole range, by time, as far as asked for; not the time of the session that they
    have.
    """
    span = engine.range_span(here.setup, now)
    if span is not None and isinstance(about, datetime):
        span = Span(about, about + AT_ONCE) if span.start <= about < span.end else None
    if span is None:
        return ()
    known = standing.known(session, here, span, now)
    present = here.interview.starts_at if here.interview is not None else None

    def find(within: Span) -> list[Slot]:
        found = engine.slots(known.setup, known.hosts, known.demand, within, known.sessions)
        return [slot for slot in found if slot.starts_at != present]

    return tuple(needed(find, span, about) if isinstance(about, Wanted) else find(span))


def present_of(here: Standing) -> Present | None:
    """The session that the participant has."""
    if here.seat is None or here.interview is None:
        return None
    held = here.interview
    return Present(here.seat.id, held.id, held.reference, held.starts_at, held.ends_at)


def preview(session: Session, study: Study, setup: Setup, now: datetime, limit: int) -> tuple[Slot, ...]:
    """The next slots that a participant would see with this setup, which need not be stored."""
    span = engine.range_span(setup, now)
    if span is None:
        return ()
    hosts = scheduling.host_times(session, setup, span, now)
    found = engine.slots(setup, hosts, Demand(now), span, sessions_of(session, study, setup, span, now))
    return tuple(found[:limit])


def sessions_of(session: Session, study: Study, setup: Setup, span: Span, now: datetime) -> list[GroupSlot]:
    """The upcoming sessions of a group study that start within the span."""
    is_group = setup.assignment is Assignment.GROUP
    return scheduling.group_slots(session, study, span, now) if is_group else []


def explain(session: Session, actor: Actor, study_key: str, starts_at: datetime, now: datetime) -> Explanation:
    """Whether a session of the study may start then, and everything that speaks against it. Raises NotFound."""
    line = studies.by_key(session, actor, study_key)
    study = session.get_one(Study, line.id)
    setup = scheduling.setup_of(session, study)
    span = Span(starts_at, starts_at + AT_ONCE)
    hosts = scheduling.host_times(session, setup, span, now)
    sessions = sessions_of(session, study, setup, span, now)
    return Explanation(
        study=line,
        setup=setup,
        hosts=hosts_of(session, setup),
        starts_at=starts_at,
        slot=engine.slot_at(setup, hosts, Demand(now), starts_at, sessions),
        obstacles=engine.why_not(setup, hosts, Demand(now), starts_at, sessions),
        standing=standing_of(study),
    )


def hosts_of(session: Session, setup: Setup) -> tuple[Host, ...]:
    """The hosts of a setup, in their order."""
    found = members.by_ids(session, setup.host_ids)
    return tuple(
        Host(id_, found[id_].slack_user_id, found[id_].name, has_conflict=False)
        for id_ in setup.host_ids
        if id_ in found
    )


def standing_of(study: Study) -> tuple[str, ...]:
    """Why no participant can book any time of the study now."""
    found = []
    if study.status is not StudyStatus.ACTIVE:
        found.append(f"{study.key} is {study.status.label.lower()}: participants can't book.")
    limit = study.participation_limit
    if limit is not None and study.seats_taken >= limit:
        found.append(f"{study.key} is fully booked: {study.seats_taken} of {limit} seats used.")
    return tuple(found)
