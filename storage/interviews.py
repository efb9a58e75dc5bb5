"""Interviews as they are read: lines for cards, lists and digests, and the details with their timeline.

Every query takes the workspace or an actor, and reads by an index: two statements for any number of lines.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from domain.attendance import Rsvp, attendance
from domain.errors import NotFound
from domain.interview import (
    AttendeeKind,
    Host,
    InterviewDetails,
    InterviewLine,
    InterviewStatus,
    Seat,
)
from domain.participant import ParticipantStatus
from domain.roles import Actor, Permission
from storage import ratings, responses, timeline
from storage.members import is_own_study, is_visible_study
from storage.models import (
    Attendee,
    Enrolment,
    Interview,
    Member,
    Participant,
    Study,
    StudyCollaborator,
    Team,
)

Lines = sa.Select[*tuple[Any, ...]]

CARD = "slack_card"
"""The kind of projection that is an interview's card."""

LINE_COLUMNS = (
    Interview.id,
    Interview.reference,
    Interview.study_id,
    Study.key,
    Study.name,
    Study.type,
    Interview.team_id,
    Interview.status,
    Interview.is_verified,
    Interview.title,
    Interview.starts_at,
    Interview.ends_at,
    Interview.location,
    Interview.link,
    Interview.capacity,
    Interview.version,
    Interview.calendar_failed,
    Team.names_in_channel,
    Interview.cancel_reason,
    Interview.host_no_show,
    Interview.settled_at,
)
BEFORE_PEOPLE = 18
"""How many of the line's fields stand before its people."""

LINES: Lines = (
    sa.select(*LINE_COLUMNS)
    .join(Study, Study.id == Interview.study_id)
    .join(Team, Team.id == Interview.team_id)
    .order_by(Interview.starts_at, Interview.id)
)


def fetch_lines(session: Session, statement: Lines) -> list[InterviewLine]:
    """The lines of a statement built on `LINES`, with everybody who attends: one more statement for all of them."""
    rows = session.execute(statement).all()
    people = fetch_people(session, [row[0] for row in rows])
    return [line_of(row, people[row[0]]) for row in rows]


People = tuple[tuple[Host, ...], tuple[Host, ...], tuple[Seat, ...]]


def line_of(row: sa.Row[*tuple[Any, ...]], people: People) -> InterviewLine:
    """The line of a row of `LINES`, whose columns come in the order of the line's fields around its people."""
    columns: tuple[Any, ...] = tuple(row[: len(LINE_COLUMNS)])
    values: tuple[Any, ...] = (*columns[:BEFORE_PEOPLE], *people, *columns[BEFORE_PEOPLE:])
    return InterviewLine(*values)


PEOPLE = (
    sa.select(
        Attendee.interview_id,
        Attendee.kind,
        Attendee.id,
        Attendee.rsvp,
        Attendee.rsvp_at,
        Attendee.confirmed_at,
        Attendee.outcome,
        Attendee.has_conflict,
        Member.id.label("member_id"),
        Member.slack_user_id,
        Member.name.label("member_name"),
        Participant.id.label("participant_id"),
        Participant.number,
        Participant.name.label("participant_name"),
        sa.case((Participant.erased_at.is_(None), Participant.email), else_="").label("email"),
        sa.or_(Participant.bounced_at.is_not(None), Participant.soft_bounced_at.is_not(None)).label("is_unreachable"),
        Enrolment.status.label("enrolment_status"),
        Enrolment.status_before.label("enrolment_status_before"),
    )
    .outerjoin(Member, Member.id == Attendee.member_id)
    .outerjoin(Participant, Participant.id == Attendee.participant_id)
    .outerjoin(Enrolment, Enrolment.id == Attendee.enrolment_id)
    .where(Attendee.interview_id.in_(sa.bindparam("interview_ids", expanding=True)))
    .order_by(Attendee.id)
)
"""Everybody at some interviews. Built once: it goes with every list, card and digest."""


def fetch_people(session: Session, interview_ids: Sequence[int]) -> dict[int, People]:
    """Hosts, guests and seats of each interview, in the order in which they were added."""
    hosts: dict[int, list[Host]] = defaultdict(list)
    guests: dict[int, list[Host]] = defaultdict(list)
    seats: dict[int, list[Seat]] = defaultdict(list)
    if interview_ids:
        rows = session.execute(PEOPLE, {"interview_ids": interview_ids})
        for row in rows:
            if row.kind is AttendeeKind.PARTICIPANT:
                coming = attendance(row.rsvp, row.rsvp_at, row.confirmed_at)
                seats[row.interview_id].append(
                    Seat(
                        attendee_id=row.id,
                        participant_id=row.participant_id,
                        number=row.number,
                        name=row.participant_name,
                        email=row.email,
                        attendance=coming,
                        outcome=row.outcome,
                        is_owed_incentive=is_owed(row.enrolment_status, row.enrolment_status_before),
                        is_unreachable=row.is_unreachable,
                    )
                )
            else:
                group = hosts if row.kind is AttendeeKind.HOST else guests
                group[row.interview_id].append(
                    Host(row.member_id, row.slack_user_id, row.member_name, row.has_conflict)
                )
    return {id_: (tuple(hosts[id_]), tuple(guests[id_]), tuple(seats[id_])) for id_ in interview_ids}


def is_owed(status: ParticipantStatus | None, before: ParticipantStatus | None) -> bool:
    """Whether an incentive is owed to somebody who stands there in the study: opting out does not end that."""
    standing = before if status is ParticipantStatus.OPTED_OUT else status
    return standing is ParticipantStatus.INCENTIVE_NOT_SENT


def line(session: Session, workspace_id: int, interview_id: int) -> InterviewLine:
    """One interview. Raises NotFound for one of another workspace."""
    found = fetch_lines(session, LINES.where(Interview.id == interview_id, Interview.workspace_id == workspace_id))
    if not found:
        raise NotFound("There is no such interview.")
    return found[0]


def lines(session: Session, workspace_id: int, interview_ids: Iterable[int]) -> list[InterviewLine]:
    """Several interviews of one workspace, by time."""
    return fetch_lines(
        session, LINES.where(Interview.id.in_(list(interview_ids)), Interview.workspace_id == workspace_id)
    )


def seen_by(actor: Actor) -> Lines:
    """The lines that the actor may see, to be narrowed further."""
    return LINES.where(Interview.workspace_id == actor.workspace_id, is_visible_study(actor))


def by_reference(session: Session, actor: Actor, reference: str) -> tuple[InterviewLine, bool]:
    """The interview that the actor calls `CHK-7`, and whether its study is their own. Raises NotFound."""
    statement = (
        seen_by(actor)
        .add_columns(is_own_study(actor).label("is_own"))
        .where(Interview.reference == reference.strip().upper())
    )
    return found_one(session, statement, f"no interview {reference.strip().upper()[:20]}")


def by_id(session: Session, actor: Actor, interview_id: int) -> tuple[InterviewLine, bool]:
    """As `by_reference`, for the id that a button carries."""
    statement = seen_by(actor).add_columns(is_own_study(actor).label("is_own")).where(Interview.id == interview_id)
    return found_one(session, statement, "no such interview")


def find(session: Session, actor: Actor, wanted: int | str) -> tuple[InterviewLine, bool]:
    """The interview of an id or a reference, and whether its study is the actor's own. Raises NotFound."""
    return by_id(session, actor, wanted) if isinstance(wanted, int) else by_reference(session, actor, wanted)


def found_one(session: Session, statement: Lines, nothing: str) -> tuple[InterviewLine, bool]:
    row = session.execute(statement).first()
    if row is None:
        raise NotFound(f"There is {nothing} that you can see.")
    people = fetch_people(session, [row[0]])
    return line_of(row, people[row[0]]), bool(row.is_own)


BEFORE, AFTER = aliased(Interview), aliased(Interview)

is_common_zone = sa.and_(
    sa.func.count() == sa.func.count(Participant.time_zone),
    sa.func.count(Participant.time_zone.distinct()) == 1,
)
"""Whether the zone of everybody in a group of rows is known, and the same."""

RELATED = sa.select(
    Interview.description,
    Interview.passcode,
    BEFORE.reference.label("from_reference"),
    sa.select(AFTER.reference)
    .where(AFTER.rescheduled_from_id == Interview.id)
    .order_by(AFTER.id.desc())
    .limit(1)
    .scalar_subquery(),
    sa.select(sa.case((is_common_zone, sa.func.min(Participant.time_zone))))
    .join(Attendee, Attendee.participant_id == Participant.id)
    .where(Attendee.interview_id == Interview.id, Attendee.outcome != InterviewStatus.CANCELED)
    .scalar_subquery(),
    responses.is_there(),
).outerjoin(BEFORE, BEFORE.id == Interview.rescheduled_from_id)
"""What the details show beyond the line, in the order in which they take it."""


def details(session: Session, actor: Actor, wanted: int | str, older_than: int | None, size: int) -> InterviewDetails:
    """Everything about an interview that the actor sees, by id or reference, with a page of its timeline, newest first.

    Raises NotFound.
    """
    found, is_own = find(session, actor, wanted)
    extra = session.execute(RELATED.where(Interview.id == found.id)).one()
    entries, goes_on_before = timeline.page(session, found.id, older_than, size)
    may_manage = actor.may(Permission.MANAGE_INTERVIEWS, own_study=is_own)
    return InterviewDetails(
        line=found,
        description=extra[0],
        passcode=extra[1],
        rescheduled_from=extra[2],
        rescheduled_to=extra[3],
        participant_time_zone=extra[4],
        may_manage=may_manage,
        may_see_contacts=actor.may(Permission.SEE_CONTACT_DETAILS, own_study=is_own),
        timeline=entries,
        older_than=goes_on_before,
        ratings=ratings.of_session(session, found.id) if found.status is InterviewStatus.COMPLETED else (),
        has_responses=may_manage and extra[5],
    )


def lock(session: Session, workspace_id: int, interview_id: int) -> Interview:
    """The interview's row, locked until the commit. Raises NotFound for one of another workspace."""
    found = lock_all(session, workspace_id, [interview_id])
    if not found:
        raise NotFound("There is no such interview.")
    return found[0]


def lock_all(session: Session, workspace_id: int, interview_ids: Collection[int]) -> Sequence[Interview]:
    """As `lock`, for several interviews in a fixed order, by one statement."""
    return session.scalars(
        sa.select(Interview)
        .where(Interview.id.in_(interview_ids), Interview.workspace_id == workspace_id)
        .order_by(Interview.id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).all()


def attendees(session: Session, interview_id: int) -> Sequence[Attendee]:
    """Everybody at the interview, as rows to be changed."""
    return session.scalars(sa.select(Attendee).where(Attendee.interview_id == interview_id).order_by(Attendee.id)).all()


def host_ids(session: Session, interview_id: int) -> tuple[int, ...]:
    """The members who host the interview, the first host first."""
    hosts = [a.member_id for a in attendees(session, interview_id) if a.kind is AttendeeKind.HOST]
    return tuple(id_ for id_ in hosts if id_ is not None)


def with_seats(session: Session, enrolment_ids: Collection[int]) -> set[int]:
    """Those of the enrolments that have or had a seat in a session: one statement."""
    if not enrolment_ids:
        return set()
    found = sa.select(Attendee.enrolment_id).where(Attendee.enrolment_id.in_(enrolment_ids)).distinct()
    return {id_ for id_ in session.scalars(found) if id_ is not None}


def decisive_seats(session: Session, enrolment_ids: Collection[int]) -> dict[int, tuple[InterviewStatus, bool]]:
    """The outcome that decides where each enrolment stands, and whether it is verified: one statement.

    It is that of a session that is ahead, else of the latest one that was not called off. Those without any are left
    out.
    """
    first = (
        sa.case((Attendee.outcome == InterviewStatus.UPCOMING, 0), else_=1),
        Attendee.starts_at.desc(),
        Attendee.id.desc(),
    )
    rank = sa.func.row_number().over(partition_by=Attendee.enrolment_id, order_by=first).label("rank")
    ranked = (
        sa.select(Attendee.enrolment_id, Attendee.outcome, Interview.is_verified, rank)
        .join(Interview, Interview.id == Attendee.interview_id)
        .where(Attendee.enrolment_id.in_(enrolment_ids), Attendee.outcome != InterviewStatus.CANCELED)
        .subquery()
    )
    found = session.execute(sa.select(ranked).where(ranked.c.rank == 1))
    return {row.enrolment_id: (row.outcome, row.is_verified) for row in found}


def lock_upcoming(session: Session, study_ids: Collection[int], starts: Collection[datetime]) -> Sequence[Interview]:
    """The upcoming sessions of those studies at those times, locked until the commit, the oldest first."""
    return session.scalars(
        sa.select(Interview)
        .where(
            Interview.study_id.in_(study_ids),
            Interview.starts_at.in_(starts),
            Interview.status == InterviewStatus.UPCOMING,
        )
        .order_by(Interview.id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).all()


def attendees_of(session: Session, interview_ids: Collection[int]) -> Sequence[sa.Row[Attendee, int]]:
    """Everybody at several interviews, as rows to be changed, participants with their number."""
    return session.execute(
        sa.select(Attendee, Participant.number)
        .outerjoin(Participant, Participant.id == Attendee.participant_id)
        .where(Attendee.interview_id.in_(interview_ids))
        .order_by(Attendee.id)
    ).all()


def members_concerned(session: Session, interview_ids: Collection[int]) -> set[int]:
    """The members who attend any of the interviews, or work on their studies."""
    which = Interview.id.in_(interview_ids)
    collaborates = StudyCollaborator.study_id == Interview.study_id
    found = session.scalars(
        sa.union(
            sa.select(Attendee.member_id).where(
                Attendee.interview_id.in_(interview_ids), Attendee.member_id.is_not(None)
            ),
            sa.select(Study.owner_id).join(Interview, Interview.study_id == Study.id).where(which),
            sa.select(StudyCollaborator.member_id).join(Interview, collaborates).where(which),
        )
    )
    return set(found)


def give_back(session: Session, seat_ids: Collection[int], now: datetime) -> None:
    """Let those who had given up these seats in upcoming sessions have them again, with no answer given yet."""
    if seat_ids:
        session.execute(
            sa.update(Attendee)
            .where(Attendee.id.in_(seat_ids))
            .values(
                outcome=InterviewStatus.UPCOMING,
                rsvp=Rsvp.NEEDS_ACTION,
                rsvp_at=None,
                confirmed_at=None,
                seated_at=now,
            )
        )
