"""A study's participants as a list that an actor reads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy.orm import Session

from bot.services import governance
from domain.enrolment_list import LONGEST_TEXT, EnrolmentPage, Listed, Place, Wanted
from domain.errors import NotFound, RuleError
from domain.governance import ContactStatus, Evaluation
from domain.roles import Actor, Permission
from domain.study import StudyLine
from storage import enrolments, studies
from storage.enrolments import Listing
from storage.models import Study


def study_id(session: Session, actor: Actor, key: str) -> int:
    """The id of the study that the actor calls by its key. Raises NotFound."""
    return studies.by_key(session, actor, key).id


def study_of(session: Session, actor: Actor, study_id: int) -> StudyLine:
    """The study, if the actor sees it. Raises NotFound."""
    line = studies.by_id(session, actor, study_id)
    if line is None:
        raise NotFound("There is no such study that you can see.", "study")
    return line


def listing_of(session: Session, actor: Actor, line: StudyLine, wanted: Wanted, now: datetime) -> Listing:
    """What the actor wants to see of the study. Raises RuleError for a text that is too long to be looked for."""
    if len(wanted.text) > LONGEST_TEXT:
        raise RuleError("That is too long to look for.", "text")
    has_incentive = session.get_one(Study, line.id).incentive_amount_minor is not None
    return Listing(actor, line.id, has_incentive, line.is_own, wanted, now)


def may_manage(session: Session, actor: Actor, study_id: int) -> bool:
    """Whether the actor may change where its participants stand. Raises NotFound."""
    return actor.may(Permission.MANAGE_INTERVIEWS, own_study=study_of(session, actor, study_id).is_own)


def page(
    session: Session,
    actor: Actor,
    study_id: int,
    wanted: Wanted,
    place: Place | None,
    now: datetime,
) -> EnrolmentPage:
    """A page of the study's participants, from the place on: everybody who sees the study sees them.

    They are called so as the actor may know them. Raises NotFound.
    """
    line = study_of(session, actor, study_id)
    listing = listing_of(session, actor, line, wanted, now)
    found = enrolments.find(session, listing, place, wanted.size)
    shown = enrolments.shown(session, listing, [id_ for _, id_ in found.keys])
    people = with_rules(session, line, [shown[id_] for _, id_ in found.keys if id_ in shown], now)
    return EnrolmentPage(
        line=line,
        wanted=wanted,
        has_incentive=listing.has_incentive,
        counts=found.counts,
        people=people,
        previous=Place(*found.previous, is_back=True) if found.previous else None,
        next=Place(*found.next) if found.next else None,
        may_manage=actor.may(Permission.MANAGE_INTERVIEWS, own_study=line.is_own),
        with_names=listing.with_names,
        looked_at=found.looked_at,
    )


def with_rules(session: Session, line: StudyLine, people: Sequence[Listed], now: datetime) -> tuple[Listed, ...]:
    """The people with the contact status that facts and the workspace's rules give them for this study: a fixed number
    of statements.
    """
    workspace_id = session.get_one(Study, line.id).workspace_id
    said = governance.evaluate(session, workspace_id, [one.person.id for one in people], now, line.id)
    return tuple(in_view_of(one, said[one.person.id]) if one.person.id in said else one for one in people)


def in_view_of(one: Listed, said: Evaluation) -> Listed:
    """Somebody as the list shows them: a bounced address is told by itself, a cooldown with its end."""
    barring = [reason for reason in said.barring if not reason.is_bounce]
    contact = barring[0].status if barring else ContactStatus.FREE_TO_CONTACT
    ends = [reason.clears_at for reason in barring if reason.status is ContactStatus.IN_COOLDOWN and reason.clears_at]
    return replace(one, contact=contact, cooldown_until=max(ends, default=None))
