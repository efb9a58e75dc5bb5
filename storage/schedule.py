"""The schedule as a member sees it: days, filtered lists, what their App Home shows.

Each is two statements whatever it holds: the lines with the reader's rights, and everybody who attends.
"""

from __future__ import annotations

from collections.abc import Collection

import sqlalchemy as sa
from sqlalchemy.orm import Session

from domain.interview import InterviewStatus
from domain.roles import Actor, Permission
from domain.schedule import Cursor, Filter, Page, Seen, seen
from domain.times import Span
from storage import finding
from storage.finding import Wanted
from storage.interviews import LINES, Lines, fetch_people, line_of, seen_by
from storage.members import is_own_study, is_visible_study
from storage.models import Attendee, Enrolment, Interview, Participant, Study
from storage.participants import is_addressed, is_found


def fetch(session: Session, actor: Actor, statement: Lines) -> list[Seen]:
    """The lines of a statement built on `LINES`, with what the actor may see and do of each."""
    rows = session.execute(statement.add_columns(is_own_study(actor).label("is_own"))).all()
    people = fetch_people(session, [row[0] for row in rows])
    return [seen(line_of(row, people[row[0]]), actor, own_study=bool(row.is_own)) for row in rows]


def within(actor: Actor, span: Span, *, mine: bool) -> sa.ColumnElement[bool]:
    """The interviews that the actor sees and that start within the span; `mine`: those that they attend."""
    narrowed = sa.and_(
        Interview.workspace_id == actor.workspace_id,
        is_visible_study(actor),
        Interview.starts_at >= span.start,
        Interview.starts_at < span.end,
    )
    if not mine:
        return narrowed
    return sa.and_(narrowed, Interview.id.in_(attended(actor, span)))


def attended(actor: Actor, span: Span) -> sa.Select[int]:
    """The ids of the interviews within the span at which the actor is, to be used within a query."""
    return sa.select(Attendee.interview_id).where(
        Attendee.member_id == actor.member_id, Attendee.starts_at >= span.start, Attendee.starts_at < span.end
    )


def between(session: Session, actor: Actor, span: Span, limit: int, *, mine: bool) -> list[Seen]:
    """What the actor sees of the interviews that start within the span, by time."""
    return fetch(session, actor, LINES.where(within(actor, span, mine=mine)).limit(limit))


def chosen(session: Session, actor: Actor, interview_ids: Collection[int]) -> list[Seen]:
    """Those of the interviews that the actor sees, by time."""
    return fetch(session, actor, seen_by(actor).where(Interview.id.in_(interview_ids)))


def count_between(session: Session, actor: Actor, span: Span, *, mine: bool) -> int:
    """How many interviews `between` would give without its limit."""
    statement = sa.select(sa.func.count(Interview.id)).join(Study, Study.id == Interview.study_id)
    return session.scalars(statement.where(within(actor, span, mine=mine))).one()


def listing(session: Session, actor: Actor, wanted: Filter, cursor: Cursor | None, size: int) -> Page:
    """A page of the interviews that the actor sees: upcoming ones soonest first, else latest first.

    A participant's address finds only what the actor may see contact details of.
    """
    back = cursor is not None and cursor.back
    ascending = wanted.soonest_first != back
    order = [Attendee.starts_at, Attendee.interview_id] if wanted.mine else [Interview.starts_at, Interview.id]
    statement = filtered(seen_by(actor), actor, wanted)
    if cursor is not None:
        here = sa.tuple_(sa.literal(cursor.starts_at, Interview.starts_at.type), sa.literal(cursor.id))
        statement = statement.where(sa.tuple_(*order) > here if ascending else sa.tuple_(*order) < here)
    ordered = order if ascending else [column.desc() for column in order]
    found = fetch(session, actor, statement.order_by(None).order_by(*ordered).limit(size + 1))
    goes_on, shown = len(found) > size, found[:size]
    if back:
        shown.reverse()
    if not shown:
        return Page((), None, None)
    first, last = shown[0].line, shown[-1].line
    has_previous = goes_on if back else cursor is not None
    has_next = True if back else goes_on
    return Page(
        interviews=tuple(shown),
        previous=Cursor(first.starts_at, first.id, back=True) if has_previous else None,
        next=Cursor(last.starts_at, last.id) if has_next else None,
    )


def filtered(statement: Lines, actor: Actor, wanted: Filter) -> Lines:
    """The statement narrowed to what the filter wants. `mine` joins the actor's own attendance, for its index."""
    if wanted.study_id is not None:
        statement = statement.where(Interview.study_id == wanted.study_id)
    if wanted.managed and not actor.may(Permission.MANAGE_INTERVIEWS):
        statement = statement.where(is_own_study(actor))
    if wanted.status is not None:
        statement = statement.where(Interview.status == wanted.status)
    if wanted.mine:
        statement = statement.join(Attendee, Attendee.interview_id == Interview.id).where(
            Attendee.member_id == actor.member_id
        )
    if wanted.person is not None:
        theirs = (
            sa.select(Attendee.interview_id)
            .join(Participant, Participant.id == Attendee.participant_id)
            .where(is_addressed(actor.workspace_id, wanted.person))
        )
        statement = statement.where(Interview.id.in_(theirs), shows_contacts(actor))
    if wanted.span is not None:
        starts_at = Attendee.starts_at if wanted.mine else Interview.starts_at
        statement = statement.where(starts_at >= wanted.span.start, starts_at < wanted.span.end)
    return statement


def shows_contacts(actor: Actor) -> sa.ColumnElement[bool]:
    """Whether the actor may see the contact details of a study's participants, to be used within a query."""
    if actor.may(Permission.SEE_CONTACT_DETAILS):
        return sa.true()
    return is_own_study(actor) if actor.may(Permission.SEE_CONTACT_DETAILS, own_study=True) else sa.false()


def at_home(session: Session, actor: Actor, unsettled: Span, ahead: Span, limit: int) -> list[Seen]:
    """The sessions that concern the actor, by time, at most `limit` of each kind.

    Those ahead that they attend and that are not cancelled; and of those in the span before, the completed ones whose
    outcome nobody has said.
    """
    coming = (
        attended(actor, ahead)
        .join(Interview, Interview.id == Attendee.interview_id)
        .where(Interview.status != InterviewStatus.CANCELED)
        .order_by(Attendee.starts_at)
        .limit(limit)
        .subquery()
    )
    unverified = (
        attended(actor, unsettled)
        .join(Interview, Interview.id == Attendee.interview_id)
        .where(Interview.status == InterviewStatus.COMPLETED, ~Interview.is_verified)
        .order_by(Attendee.starts_at.desc())
        .limit(limit)
        .subquery()
    )
    wanted = sa.union_all(sa.select(coming.c.interview_id), sa.select(unverified.c.interview_id))
    return fetch(session, actor, LINES.where(Interview.id.in_(wanted)))


def known_people(actor: Actor) -> sa.Select[Participant]:
    """The participants that the actor may see contact details of, to be narrowed further."""
    statement = sa.select(Participant).where(is_found(actor.workspace_id))
    if actor.may(Permission.SEE_CONTACT_DETAILS):
        return statement
    if not actor.may(Permission.SEE_CONTACT_DETAILS, own_study=True):
        return statement.where(sa.false())
    in_own_study = sa.exists().where(
        Enrolment.participant_id == Participant.id, Study.id == Enrolment.study_id, shows_contacts(actor)
    )
    return statement.where(in_own_study)


def known_person(session: Session, actor: Actor, participant_id: int) -> Participant | None:
    """The participant, if the actor may see their contact details."""
    return session.scalar(known_people(actor).where(Participant.id == participant_id))


def find_people(session: Session, actor: Actor, typed: str, limit: int) -> list[Participant]:
    """The known people whose name, last name or address begins with what was typed, or who are called so, as `P17`."""
    known = None
    if not actor.may(Permission.SEE_CONTACT_DETAILS):
        known = sa.select(Study.id).where(Study.workspace_id == actor.workspace_id, shows_contacts(actor))
    ids = finding.find(session, Wanted(actor.workspace_id, typed, known, known), None, limit)
    return sorted(
        session.scalars(sa.select(Participant).where(Participant.id.in_(ids))), key=lambda one: ids.index(one.id)
    )
