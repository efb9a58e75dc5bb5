"""The blocklist and the suggestions for it, as an actor may see them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from domain.blocklist import Blocked, Suggested
from domain.errors import NotFound
from domain.interview import InterviewStatus
from domain.person import Person
from domain.review import without_contacts
from domain.roles import Actor
from storage.members import is_own_study
from storage.models import (
    Attendee,
    BlocklistSuggestion,
    Enrolment,
    Interview,
    Participant,
    Study,
    StudyCollaborator,
    Team,
)
from storage.people import person_of, seen_people

Place = tuple[datetime, int]


def blocked(
    session: Session, actor: Actor, before: Place | None, size: int
) -> tuple[tuple[Blocked, ...], Place | None]:
    """A page of those on the blocklist whom the actor sees, the latest first, and where the next page begins."""
    statement = seen_people(actor).where(Participant.blocklisted_at.is_not(None))
    if before is not None:
        at, id_ = before
        is_older = sa.and_(Participant.blocklisted_at == at, Participant.id < id_)
        statement = statement.where(sa.or_(Participant.blocklisted_at < at, is_older))
    order = (Participant.blocklisted_at.desc(), Participant.id.desc())
    rows = session.execute(statement.order_by(*order).limit(size + 1)).all()
    shown = tuple(
        Blocked(person_of(person, by_name), person.blocklisted_at, person.blocklist_reason if by_name else None)
        for person, by_name in rows[:size]
    )
    return shown, (shown[-1].at, shown[-1].person.id) if len(rows) > size else None


def waiting(session: Session, actor: Actor, size: int) -> tuple[tuple[Suggested, ...], int]:
    """The suggestions that nobody has decided, of people whom the actor sees, the oldest first; how many there are."""
    found = (
        seen_people(actor)
        .add_columns(BlocklistSuggestion)
        .join(BlocklistSuggestion, BlocklistSuggestion.participant_id == Participant.id)
        .where(
            BlocklistSuggestion.workspace_id == actor.workspace_id,
            BlocklistSuggestion.is_approved.is_(None),
            Participant.erased_at.is_(None),
        )
    )
    rows = session.execute(found.order_by(BlocklistSuggestion.id).limit(size)).all()
    shown = tuple(suggested(one, person_of(person, by_name), actor) for person, by_name, one in rows)
    if len(shown) < size:
        return shown, len(shown)
    return shown, session.scalars(sa.select(sa.func.count()).select_from(found.subquery())).one()


def suggested(one: BlocklistSuggestion, person: Person, actor: Actor | None = None) -> Suggested:
    return Suggested(
        id=one.id,
        person=person,
        author=one.author,
        reason=one.reason,
        at=one.at,
        is_approved=one.is_approved,
        decided_by=one.decided_by,
        decided_at=one.decided_at,
        is_own=actor is not None and one.member_id == actor.member_id,
    )


def for_channel(session: Session, workspace_id: int, suggestion_id: int) -> Suggested | None:
    """A suggestion as a channel sees it: the person by their alias, the reason without what names them."""
    row = session.execute(
        sa.select(BlocklistSuggestion, Participant.number, Participant.name)
        .join(Participant, Participant.id == BlocklistSuggestion.participant_id)
        .where(BlocklistSuggestion.id == suggestion_id, BlocklistSuggestion.workspace_id == workspace_id)
    ).first()
    if row is None:
        return None
    one, number, name = row
    found = suggested(one, Person(one.participant_id, number, None, None))
    return replace(found, reason=without_contacts(found.reason, name))


def row(session: Session, workspace_id: int, suggestion_id: int) -> BlocklistSuggestion | None:
    """A suggestion as it is stored."""
    return session.scalar(
        sa.select(BlocklistSuggestion).where(
            BlocklistSuggestion.id == suggestion_id, BlocklistSuggestion.workspace_id == workspace_id
        )
    )


def participant_of(session: Session, workspace_id: int, suggestion_id: int) -> int:
    """Whom a suggestion is about. Raises NotFound."""
    found = row(session, workspace_id, suggestion_id)
    if found is None:
        raise NotFound("This suggestion is gone.")
    return found.participant_id


def lock(session: Session, workspace_id: int, suggestion_id: int) -> BlocklistSuggestion:
    """A suggestion, locked until the commit; lock the person before. Raises NotFound."""
    found = session.scalar(
        sa.select(BlocklistSuggestion)
        .where(BlocklistSuggestion.id == suggestion_id, BlocklistSuggestion.workspace_id == workspace_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise NotFound("This suggestion is gone.")
    return found


def open_of(session: Session, participant_id: int) -> Sequence[BlocklistSuggestion]:
    """The suggestions about somebody that nobody has decided."""
    return session.scalars(
        sa.select(BlocklistSuggestion).where(
            BlocklistSuggestion.participant_id == participant_id, BlocklistSuggestion.is_approved.is_(None)
        )
    ).all()


def seen(session: Session, actor: Actor, participant_id: int) -> tuple[Participant, bool]:
    """A participant whom the actor sees, and whether by name. Raises NotFound."""
    row = session.execute(seen_people(actor).where(Participant.id == participant_id)).first()
    if row is None:
        raise NotFound("There is no such participant that you can see.", "participant")
    return row[0], bool(row[1])


def is_in_own_study(session: Session, actor: Actor, participant_id: int) -> bool:
    """Whether the participant is in a study that the actor owns or collaborates on."""
    found = sa.exists().where(
        Enrolment.participant_id == participant_id,
        Study.id == Enrolment.study_id,
        Study.workspace_id == actor.workspace_id,
        is_own_study(actor),
    )
    return bool(session.scalar(sa.select(found)))


def channels(session: Session, suggestions: Collection[BlocklistSuggestion]) -> dict[int, str]:
    """In which team's channel each suggestion is told, by its id: the team of the study that it comes from.

    After no-shows that is where the last of them was; of a member's it is the study, of theirs if there is one, in
    which something last happened to the person. Somebody who is in no study is told of nowhere.
    """
    by_person = {one.participant_id: one for one in suggestions}
    collaborates = sa.select(StudyCollaborator.member_id).where(StudyCollaborator.study_id == Study.id)
    owns = (
        sa.exists()
        .where(
            BlocklistSuggestion.id.in_([one.id for one in suggestions]),
            BlocklistSuggestion.participant_id == Enrolment.participant_id,
            sa.or_(
                BlocklistSuggestion.member_id == Study.owner_id,
                BlocklistSuggestion.member_id.in_(collaborates.correlate(Study)),
            ),
        )
        .correlate(Enrolment, Study)
    )
    rows = session.execute(
        sa.select(Enrolment.participant_id, Team.channel_id)
        .join(Study, Study.id == Enrolment.study_id)
        .join(Team, Team.id == Study.team_id)
        .where(Enrolment.participant_id.in_(by_person))
        .order_by(owns, Enrolment.no_showed_at.is_not(None), Enrolment.no_showed_at, Enrolment.status_changed_at)
    )
    found = {row[0]: row[1] for row in rows}
    return {one.id: found[id_] for id_, one in by_person.items() if id_ in found}


def sessions_ahead(session: Session, participant_id: int, now: datetime) -> Sequence[tuple[str, int, datetime]]:
    """What somebody has booked: each session's reference, its study and its start."""
    rows: Any = session.execute(
        sa.select(Interview.reference, Interview.study_id, Attendee.starts_at)
        .join(Attendee, Attendee.interview_id == Interview.id)
        .where(
            Attendee.participant_id == participant_id,
            Attendee.starts_at > now,
            Attendee.outcome == InterviewStatus.UPCOMING,
            Interview.status == InterviewStatus.UPCOMING,
        )
        .order_by(Attendee.starts_at)
    )
    return [(row[0], row[1], row[2]) for row in rows]
