"""Studies as they are read and locked.

Rows are locked with `key_share`, here and elsewhere: others may write rows that refer to them meanwhile. A stronger
lock would wait for every foreign key, and two who book in two studies would wait for each other.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from domain.errors import NotFound
from domain.participant import ParticipantStatus
from domain.roles import Actor, Permission
from domain.screener import Verdict
from domain.study import (
    InvitedBy,
    ScreenerFacts,
    StudyCard,
    StudyCounts,
    StudyDetails,
    StudyLine,
    StudyStatus,
    StudyType,
)
from storage import quotas, responses, screeners
from storage.members import is_own_study, is_visible_study
from storage.models import (
    Enrolment,
    InvitationList,
    Member,
    ScreenerVersion,
    Study,
    StudyCollaborator,
    Team,
    WaitingEntry,
)


def study_lines(actor: Actor) -> sa.Select[*tuple[object, ...]]:
    """The studies that the actor sees, with what a line shows, to be narrowed further."""
    return (
        sa.select(
            Study.id,
            Study.key,
            Study.name,
            Study.type,
            Study.status,
            Team.name.label("team_name"),
            Member.slack_user_id,
            Study.seats_taken,
            Study.participation_limit,
            is_own_study(actor).label("is_own"),
        )
        .join(Team, Team.id == Study.team_id)
        .join(Member, Member.id == Study.owner_id)
        .where(Study.workspace_id == actor.workspace_id, is_visible_study(actor))
    )


def listing(
    session: Session,
    actor: Actor,
    *,
    statuses: Sequence[StudyStatus] = tuple(StudyStatus),
    after_key: str | None = None,
    size: int = 10,
    own_only: bool = False,
    prefix: str = "",
) -> tuple[list[StudyLine], str | None]:
    """A page of studies by key, and the key after which the next page begins (None on the last).

    `prefix` narrows to studies whose key or name begins with it.
    """
    statement = study_lines(actor).where(Study.status.in_(statuses)).order_by(Study.key).limit(size + 1)
    if own_only:
        statement = statement.where(is_own_study(actor))
    if after_key is not None:
        statement = statement.where(Study.key > after_key)
    if prefix:
        pattern = prefix.replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_") + "%"
        statement = statement.where(
            sa.or_(Study.key.ilike(pattern, escape="\\"), Study.name.ilike(pattern, escape="\\"))
        )
    found = [line_of(row) for row in session.execute(statement)]
    return found[:size], found[size - 1].key if len(found) > size else None


def line_of(row: sa.Row[*tuple[object, ...]]) -> StudyLine:
    values: tuple[object, ...] = tuple(row)
    return StudyLine(*values)  # type: ignore[arg-type]


def by_key(session: Session, actor: Actor, key: str) -> StudyLine:
    """The study that the actor calls `CHK`. Raises NotFound for one that they can't see."""
    row = session.execute(study_lines(actor).where(Study.key == key.strip().upper())).first()
    if row is None:
        raise NotFound(f"There is no study {key.strip().upper()[:20]} that you can see.", "study")
    return line_of(row)


def by_id(session: Session, actor: Actor, study_id: int) -> StudyLine | None:
    """The study, None when the actor can't see it."""
    row = session.execute(study_lines(actor).where(Study.id == study_id)).first()
    return line_of(row) if row is not None else None


@dataclass(frozen=True, slots=True)
class StudyChoice:
    """A study as a row of a file, or what was typed, names it. `is_own`: the actor owns it or collaborates on it."""

    id: int
    key: str
    name: str
    type: StudyType
    status: StudyStatus
    duration_minutes: int
    is_own: bool


def choices(session: Session, actor: Actor, called: Collection[str]) -> dict[str, StudyChoice]:
    """The studies that the actor sees under any of these keys or whole names, by key and by name (both lower case)."""
    wanted = {word.strip().lower() for word in called}
    rows = session.execute(
        sa.select(
            Study.id,
            Study.key,
            Study.name,
            Study.type,
            Study.status,
            Study.duration_minutes,
            is_own_study(actor).label("is_own"),
        )
        .where(
            Study.workspace_id == actor.workspace_id,
            is_visible_study(actor),
            sa.or_(
                Study.key.in_({word.upper() for word in wanted}),
                Study.name.in_(called),
                sa.func.lower(Study.name).in_(wanted),
            ),
        )
        .order_by(Study.key.desc())
    )
    found = [StudyChoice(*row) for row in rows]
    return {choice.name.lower(): choice for choice in found} | {choice.key.lower(): choice for choice in found}


def lock_all(session: Session, workspace_id: int, study_ids: Collection[int]) -> dict[int, Study]:
    """As `lock`, for several studies in a fixed order, by one statement."""
    found = session.scalars(
        sa.select(Study)
        .where(Study.id.in_(study_ids), Study.workspace_id == workspace_id)
        .order_by(Study.id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    return {study.id: study for study in found}


def lock(session: Session, workspace_id: int, study_id: int) -> Study:
    """The study's row, locked until the commit: interview numbers and seats are decided here. Raises NotFound."""
    found = session.scalar(
        sa.select(Study)
        .where(Study.id == study_id, Study.workspace_id == workspace_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise NotFound("There is no such study.", "study")
    return found


def is_own(session: Session, actor: Actor, study_id: int) -> bool:
    """Whether the actor owns the study or collaborates on it."""
    return session.scalar(sa.select(is_own_study(actor)).where(Study.id == study_id)) or False


def own_among(session: Session, actor: Actor, study_ids: Collection[int]) -> set[int]:
    """Those of the studies that the actor owns or collaborates on."""
    return set(session.scalars(sa.select(Study.id).where(Study.id.in_(study_ids), is_own_study(actor))))


def told_in(session: Session, channel_id: str, study_ids: Collection[int]) -> set[int]:
    """Those of the studies that a channel hears of: it is the study's own, or the home of its team."""
    statement = (
        sa.select(Study.id)
        .join(Team, Team.id == Study.team_id)
        .where(Study.id.in_(study_ids), sa.or_(Study.channel_id == channel_id, Team.channel_id == channel_id))
    )
    return set(session.scalars(statement))


def is_visible(session: Session, actor: Actor, study_id: int) -> bool:
    """Whether the actor sees the study."""
    statement = sa.select(Study.id).where(
        Study.id == study_id, Study.workspace_id == actor.workspace_id, is_visible_study(actor)
    )
    return session.scalar(statement) is not None


def details(session: Session, actor: Actor, key: str) -> StudyDetails:
    """Everything about a study that the actor sees. Raises NotFound."""
    line = by_key(session, actor, key)
    study, number, screener = session.execute(
        sa.select(Study, ScreenerVersion.number, ScreenerVersion.document)
        .outerjoin(ScreenerVersion, sa.and_(ScreenerVersion.study_id == Study.id, screeners.is_last()))
        .where(Study.id == line.id)
    ).one()
    collaborators = session.scalars(
        sa.select(Member.slack_user_id)
        .join(StudyCollaborator, StudyCollaborator.member_id == Member.id)
        .where(StudyCollaborator.study_id == study.id)
        .order_by(Member.name)
    ).all()
    numbers = {
        row.status: row.number
        for row in session.execute(
            sa.select(Enrolment.status, sa.func.count().label("number"))
            .where(Enrolment.study_id == study.id)
            .group_by(Enrolment.status)
        )
    }
    return StudyDetails(
        line=line,
        external_name=study.external_name,
        description=study.description,
        channel_id=study.channel_id,
        collaborator_slack_ids=tuple(collaborators),
        duration_minutes=study.duration_minutes,
        capacity=study.capacity,
        location=study.location,
        incentive_amount_minor=study.incentive_amount_minor,
        incentive_currency=study.incentive_currency,
        status_counts=tuple((status.value, numbers[status]) for status in ParticipantStatus if status in numbers),
        may_edit=actor.may(Permission.EDIT_STUDY, own_study=line.is_own),
        may_manage=actor.may(Permission.MANAGE_INTERVIEWS, own_study=line.is_own),
        counts=counts(session, study),
        screener=ScreenerFacts(number, len(screener.get("questions") or ())) if screener else None,
    )


def counts(session: Session, study: Study) -> StudyCounts:
    """How many were invited to the study, qualified, are to be reviewed, are booked, and wait. One statement."""
    invited = sa.select(sa.func.count()).where(Enrolment.study_id == study.id, Enrolment.invited_at.is_not(None))
    waiting = sa.select(sa.func.count()).where(WaitingEntry.study_id == study.id)
    answered = [responses.number(study.id, verdict) for verdict in (Verdict.QUALIFIED, Verdict.UNDECIDED)]
    row = session.execute(sa.select(invited.scalar_subquery(), waiting.scalar_subquery(), *answered)).one()
    return StudyCounts(row[0], study.seats_taken, study.participation_limit, row[1], row[2], row[3])


def card(session: Session, workspace_id: int, study_id: int) -> StudyCard | None:
    """A study as its channel sees it, None when it is gone."""
    study = session.scalar(
        sa.select(Study)
        .where(Study.id == study_id, Study.workspace_id == workspace_id)
        .execution_options(populate_existing=True)
    )
    if study is None:
        return None
    return StudyCard(
        id=study.id,
        key=study.key,
        name=study.name,
        type=study.type,
        status=study.status,
        counts=counts(session, study),
        invited_by=invited_by(session, study.id),
        meters=quotas.meters(session, study),
    )


def invited_by(session: Session, study_id: int, limit: int = 3) -> tuple[InvitedBy, ...]:
    """Who invited how many people to the study, latest first."""
    rows = session.execute(
        sa.select(Member.slack_user_id, InvitationList.sent, InvitationList.sent_at)
        .join(Member, Member.id == InvitationList.member_id)
        .where(InvitationList.study_id == study_id, InvitationList.sent_at.is_not(None), InvitationList.sent > 0)
        .order_by(InvitationList.sent_at.desc(), InvitationList.id.desc())
        .limit(limit)
    )
    return tuple(InvitedBy(who, number, at) for who, number, at in rows if at is not None)
