"""When members take sessions: their own weekly hours, and other hours on single dates."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

from sqlalchemy.orm import Session

from bot.services import outgoing
from domain.availability import Availability, Hours, standard
from domain.errors import RuleError
from domain.other_hours import checked
from domain.roles import Actor
from domain.times import today, zone
from storage import members, scheduling


def own(session: Session, actor: Actor, now: datetime) -> Availability:
    """The actor's hours, as they said or else the standard ones in their zone; dates gone by are left out.

    One statement.
    """
    stored = scheduling.stored_availabilities(session, [actor.member_id])
    found = stored.get(actor.member_id) or standard(actor.time_zone)
    present = today(now, found.time_zone)
    ahead = {day: hours for day, hours in found.overrides.items() if day >= present}
    return Availability(found.time_zone, found.week, ahead)


def change(
    session: Session,
    actor: Actor,
    week: tuple[tuple[Hours, ...], ...],
    time_zone: str,
    overrides: Mapping[date, tuple[Hours, ...]],
    now: datetime,
) -> Availability:
    """Let the actor take sessions in these hours, on the wall clock of a zone. Sessions that are booked stay.

    Raises RuleError for what can't be.
    """
    if len(week) != 7:
        raise RuleError("A week has seven days.")
    zone(time_zone)
    wanted = Availability(time_zone, week, checked(dict(overrides)))
    members.lock_all(session, actor.workspace_id, [actor.member_id])
    scheduling.store_availability(session, actor.member_id, wanted, now)
    outgoing.show_homes_of(session, actor.workspace_id, [actor.member_id], now)
    return wanted
