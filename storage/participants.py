"""Participants and enrolments as they are found, read and added."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from domain.errors import NotFound
from domain.participant import ParticipantStatus
from domain.roles import Actor
from storage.members import is_visible_study
from storage.models import Enrolment, Participant, Study, Workspace


def folded(name: str) -> str:
    """A name as it is searched for: case and outer spaces do not matter."""
    return name.strip().casefold()[:200]


def by_email(session: Session, workspace_id: int, email: str) -> Participant | None:
    """The participant with that address (lower case)."""
    return session.scalar(
        sa.select(Participant).where(Participant.workspace_id == workspace_id, Participant.email == email)
    )


def participant(session: Session, workspace_id: int, participant_id: int) -> Participant:
    """The participant. Raises NotFound for one of another workspace."""
    found = session.scalar(
        sa.select(Participant).where(Participant.id == participant_id, Participant.workspace_id == workspace_id)
    )
    if found is None:
        raise NotFound("There is no such participant.", "participant")
    return found


def add(session: Session, workspace_id: int, email: str, name: str, now: datetime) -> Participant:
    """A new participant, with the workspace's next number. The workspace's row is locked until the commit."""
    number = session.execute(
        sa.update(Workspace)
        .where(Workspace.id == workspace_id)
        .values(next_participant_number=Workspace.next_participant_number + 1)
        .returning(Workspace.next_participant_number)
    ).scalar_one()
    new = Participant(
        workspace_id=workspace_id,
        number=number - 1,
        email=email,
        name=name.strip()[:200],
        sort_name=folded(name),
        properties={},
        created_at=now,
    )
    session.add(new)
    session.flush()
    return new


def enrolment(session: Session, study_id: int, participant_id: int) -> Enrolment | None:
    """The participant's place in the study."""
    return session.scalar(
        sa.select(Enrolment).where(Enrolment.study_id == study_id, Enrolment.participant_id == participant_id)
    )


def enrol(session: Session, study_id: int, participant_id: int, by: str, now: datetime) -> Enrolment:
    """The participant's place in the study, made when there is none yet."""
    found = enrolment(session, study_id, participant_id)
    if found is None:
        found = Enrolment(
            study_id=study_id,
            participant_id=participant_id,
            status=ParticipantStatus.NOT_CONTACTED,
            status_changed_at=now,
            status_changed_by=by,
        )
        session.add(found)
        session.flush()
    return found


def set_status(enrolment: Enrolment, to: ParticipantStatus, by: str, now: datetime, reason: str | None = None) -> None:
    """Move the enrolment on, keeping what it was, who did it and why."""
    if enrolment.status is to:
        return
    enrolment.status_before = enrolment.status
    enrolment.status = to
    enrolment.status_changed_at = now
    enrolment.status_changed_by = by
    enrolment.status_reason = reason


def search(
    session: Session, actor: Actor, text: str, *, study_key: str | None = None, limit: int = 20
) -> list[Participant]:
    """Participants whose name or address begins with the text, or who are called `P17`, in studies the actor sees.

    Admin and Ops find everybody. An empty text finds the first by name.
    """
    statement = sa.select(Participant).where(Participant.workspace_id == actor.workspace_id)
    if study_key is not None or not actor.sees_every_team:
        visible = sa.exists().where(
            Enrolment.participant_id == Participant.id, Study.id == Enrolment.study_id, is_visible_study(actor)
        )
        statement = statement.where(visible if study_key is None else visible.where(Study.key == study_key))
    wanted = text.strip()
    if wanted:
        name, address = folded(wanted), wanted.lower()
        matches = [
            sa.and_(Participant.sort_name >= name, Participant.sort_name < name + "\U0010ffff"),
            sa.and_(Participant.email >= address, Participant.email < address + "\U0010ffff"),
        ]
        if wanted[:1] in "Pp" and wanted[1:].isdigit():
            matches.append(Participant.number == int(wanted[1:]))
        statement = statement.where(sa.or_(*matches))
    return list(session.scalars(statement.order_by(Participant.sort_name, Participant.id).limit(limit)))
