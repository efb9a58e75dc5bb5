"""What people answered in screeners, as it is read: a fixed number of statements for any number of people."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from domain.participant import ParticipantStatus
from domain.review import STATUS_OF, Review, deciding_rules, replies
from domain.roles import Actor, Permission
from domain.screener import Answer, Verdict
from storage.members import is_own_study, is_visible_study
from storage.models import Attendee, Enrolment, Interview, Participant, ScreenerResponse, ScreenerVersion, Study, Team
from storage.screeners import from_document
from storage.seats import had_seat

STANDS = sa.case(
    *(
        (Enrolment.status == status, sa.literal(verdict, ScreenerResponse.verdict.type))
        for verdict, status in STATUS_OF.items()
    ),
    else_=ScreenerResponse.verdict,
)
"""As `domain.review.standing`, to be used within a query."""
IS_OPEN = sa.or_(
    ScreenerResponse.verdict != Verdict.UNDECIDED,
    Enrolment.status.in_((ParticipantStatus.SCREENER_COMPLETED, *STATUS_OF.values())),
)
"""Whether a response stands somewhere: of those who left before anybody decided nothing is to be decided."""


def submitted() -> sa.Select[*tuple[Any, ...]]:
    """Everything that was submitted, to be narrowed further."""
    return (
        sa.select(ScreenerResponse, Enrolment, Participant, Study, ScreenerVersion, Team.names_in_channel, had_seat())
        .join(Enrolment, Enrolment.id == ScreenerResponse.enrolment_id)
        .join(Participant, Participant.id == Enrolment.participant_id)
        .join(Study, Study.id == Enrolment.study_id)
        .join(Team, Team.id == Study.team_id)
        .join(ScreenerVersion, ScreenerVersion.id == ScreenerResponse.version_id)
        .where(ScreenerResponse.submitted_at.is_not(None))
        .execution_options(populate_existing=True)
    )


def read(session: Session, statement: sa.Select[*tuple[Any, ...]]) -> list[Review]:
    return [review_of(*row) for row in session.execute(statement)]


def review_of(
    response: ScreenerResponse,
    enrolment: Enrolment,
    person: Participant,
    study: Study,
    version: ScreenerVersion,
    names_in_channel: bool,
    had_session: bool,
) -> Review:
    screener, answers = from_document(version.document), answers_in(response.answers)
    assert response.submitted_at is not None
    is_by_rules = response.decided_by is None and response.verdict is not Verdict.UNDECIDED
    return Review(
        enrolment_id=enrolment.id,
        participant_id=person.id,
        number=person.number,
        name=person.name,
        study_id=study.id,
        study_key=study.key,
        study_name=study.name,
        study_type=study.type,
        status=enrolment.status,
        verdict=response.verdict,
        replies=replies(screener, answers),
        rules=deciding_rules(screener, answers) if is_by_rules else (),
        submitted_at=response.submitted_at,
        decided_by=response.decided_by,
        decided_at=response.decided_at,
        reason=response.decision_reason,
        seats_taken=study.seats_taken,
        limit=study.participation_limit,
        invited_at=enrolment.invited_at,
        names_in_channel=names_in_channel,
        had_session=had_session,
    )


def answers_in(kept: Mapping[str, Any]) -> dict[str, Answer]:
    """Answers as they are kept in JSON, in canonical form."""
    return {
        str(key): tuple(map(str, value)) if isinstance(value, list | tuple) else str(value)
        for key, value in kept.items()
        if value is not None
    }


def of_enrolment(session: Session, workspace_id: int, enrolment_id: int) -> Review | None:
    """What somebody submitted in a study; None when they have not, or there is nobody."""
    found = read(session, submitted().where(Enrolment.id == enrolment_id, Study.workspace_id == workspace_id))
    return found[0] if found else None


def of_person(session: Session, actor: Actor, participant_id: int) -> list[Review]:
    """What somebody submitted in the studies whose answers the actor may read, latest first."""
    statement = submitted().where(
        Enrolment.participant_id == participant_id,
        Study.workspace_id == actor.workspace_id,
        is_visible_study(actor),
        is_readable(actor),
    )
    return read(session, statement.order_by(ScreenerResponse.submitted_at.desc(), ScreenerResponse.id.desc()))


def is_readable(actor: Actor) -> sa.ColumnElement[bool]:
    """Whether the actor may read what people answered in the study, to be used within a query."""
    if actor.may(Permission.MANAGE_INTERVIEWS):
        return sa.true()
    return is_own_study(actor) if actor.may(Permission.MANAGE_INTERVIEWS, own_study=True) else sa.false()


def of_interview(session: Session, workspace_id: int, interview_id: int) -> list[Review]:
    """What the participants of an interview submitted, by their numbers; those who answered nothing are left out."""
    seated = sa.select(Attendee.enrolment_id).where(
        Attendee.interview_id == interview_id, Attendee.enrolment_id.is_not(None)
    )
    statement = submitted().where(Enrolment.id.in_(seated), Study.workspace_id == workspace_id)
    return read(session, statement.order_by(Participant.number))


def is_there() -> sa.ColumnElement[bool]:
    """Whether somebody who takes part submitted anything, to be used within a query on interviews."""
    return sa.exists().where(
        Attendee.interview_id == Interview.id,
        ScreenerResponse.enrolment_id == Attendee.enrolment_id,
        ScreenerResponse.submitted_at.is_not(None),
    )


def counts(session: Session, study_ids: Collection[int]) -> dict[int, dict[Verdict, int]]:
    """How many stand how, by study: one statement."""
    rows = session.execute(
        sa.select(Enrolment.study_id, STANDS, sa.func.count())
        .join(ScreenerResponse, ScreenerResponse.enrolment_id == Enrolment.id)
        .where(Enrolment.study_id.in_(study_ids), ScreenerResponse.submitted_at.is_not(None), IS_OPEN)
        .group_by(Enrolment.study_id, STANDS)
    )
    found: dict[int, dict[Verdict, int]] = {id_: dict.fromkeys(Verdict, 0) for id_ in study_ids}
    for study_id, verdict, number in rows:
        found[study_id][Verdict(verdict)] = number
    return found


def number(study_id: int, verdict: Verdict) -> sa.ScalarSelect[int]:
    """How many stand so in a study, to be used within a query."""
    return (
        sa.select(sa.func.count())
        .select_from(ScreenerResponse)
        .join(Enrolment, Enrolment.id == ScreenerResponse.enrolment_id)
        .where(
            Enrolment.study_id == study_id,
            ScreenerResponse.submitted_at.is_not(None),
            STANDS.in_((verdict,)),
            IS_OPEN,
        )
        .scalar_subquery()
    )


def page(
    session: Session, study_id: int, verdict: Verdict, after: int | None, size: int
) -> tuple[Sequence[Review], int | None]:
    """Responses that stand so: those to review longest ago first, the others latest first. And what the next page is
    after.
    """
    is_oldest_first = verdict is Verdict.UNDECIDED
    statement = submitted().where(Enrolment.study_id == study_id, STANDS.in_((verdict,)), IS_OPEN)
    if after is not None:
        key = ScreenerResponse.id
        statement = statement.where(key > after if is_oldest_first else key < after)
    order = ScreenerResponse.id if is_oldest_first else ScreenerResponse.id.desc()
    rows = session.execute(statement.order_by(order).limit(size + 1)).all()
    last = rows[size - 1][0].id if len(rows) > size else None
    return [review_of(*row) for row in rows[:size]], last


def lock(session: Session, enrolment_id: int) -> ScreenerResponse | None:
    """The response's row, locked until the commit, if it is submitted. The enrolment is locked before it."""
    return session.scalar(
        sa.select(ScreenerResponse)
        .where(ScreenerResponse.enrolment_id == enrolment_id, ScreenerResponse.submitted_at.is_not(None))
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
