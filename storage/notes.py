"""The interviews to which a member may add a note, as a menu finds them: a few rows of each of several indexes."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute, Session

from domain.roles import Actor, Permission
from domain.schedule import Seen
from domain.times import Span
from storage.interviews import seen_by
from storage.members import is_own_study
from storage.models import Attendee, Interview, Participant, Study
from storage.participants import number_of
from storage.schedule import fetch

Ids = sa.Select[int]

TYPED = re.compile(r"([A-Z][A-Z0-9]{0,7})(?:-(\d{0,9}))?")
"""A study's key or its beginning, or an interview's reference as far as it is typed."""
FURTHER = ("", *(str(number) for number in range(10)), *(f"{number:02}" for number in range(100)))
"""What may follow the digits of a reference that is not typed to its end."""


def near(session: Session, actor: Actor, span: Span, now: datetime, limit: int) -> list[Seen]:
    """Those within the span, at most `limit` to each side of `now`, in no order."""
    past, ahead = Span(span.start, now), Span(now, span.end)
    branches = [branch for side in (past, ahead) for branch in within(actor, side, is_past=side is past)]
    return found(session, actor, branches, limit)


def within(actor: Actor, span: Span, *, is_past: bool) -> Iterable[Ids]:
    """The ids of the interviews in the span that the actor manages, and that they attend: those next to now first."""

    def nearest_first(statement: Ids, starts_at: InstrumentedAttribute[datetime]) -> Ids:
        lies_within = sa.and_(starts_at >= span.start, starts_at < span.end)
        return statement.where(lies_within).order_by(starts_at.desc() if is_past else starts_at)

    manages_everything = actor.may(Permission.MANAGE_INTERVIEWS)
    if manages_everything or actor.may(Permission.MANAGE_INTERVIEWS, own_study=True):
        managed = sa.select(Interview.id).where(Interview.workspace_id == actor.workspace_id)
        if not manages_everything:
            managed = managed.join(Study, Study.id == Interview.study_id).where(is_own_study(actor))
        yield nearest_first(managed, Interview.starts_at)
    if not manages_everything:
        attended = sa.select(Attendee.interview_id).where(Attendee.member_id == actor.member_id)
        yield nearest_first(attended, Attendee.starts_at)


def called(session: Session, actor: Actor, typed: str, limit: int) -> list[Seen]:
    """Those with such a reference, of such a study, or with such a participant (`P17`), in no order."""
    text = typed.strip().upper()
    branches: list[Ids] = []
    understood = TYPED.fullmatch(text)
    if understood and understood[2]:
        references = [f"{text}{rest}" for rest in FURTHER]
        branches.append(may_note(actor).where(Interview.reference.in_(references)).order_by(Interview.id))
    elif understood:
        branches.append(may_note(actor).where(Study.key.startswith(understood[1])).order_by(Interview.starts_at.desc()))
    if (number := number_of(text)) is not None:
        theirs = (
            may_note(actor)
            .join(Attendee, Attendee.interview_id == Interview.id)
            .join(Participant, Participant.id == Attendee.participant_id)
            .where(Participant.workspace_id == actor.workspace_id, Participant.number == number)
        )
        branches.append(theirs.order_by(Attendee.starts_at.desc()))
    return found(session, actor, branches, limit)


def may_note(actor: Actor) -> Ids:
    """The ids of the interviews that the actor manages or attends, to be narrowed further."""
    statement = sa.select(Interview.id).join(Study, Study.id == Interview.study_id)
    statement = statement.where(Interview.workspace_id == actor.workspace_id)
    if actor.may(Permission.MANAGE_INTERVIEWS):
        return statement
    attends = Interview.id.in_(sa.select(Attendee.interview_id).where(Attendee.member_id == actor.member_id))
    if not actor.may(Permission.MANAGE_INTERVIEWS, own_study=True):
        return statement.where(attends)
    return statement.where(sa.or_(is_own_study(actor), attends))


def found(session: Session, actor: Actor, branches: Iterable[Ids], limit: int) -> list[Seen]:
    """The lines of the first few of each branch, as far as the actor sees them."""
    few = [sa.select(branch.limit(limit).subquery().c[0]) for branch in branches]
    return fetch(session, actor, seen_by(actor).where(Interview.id.in_(sa.union_all(*few)))) if few else []
