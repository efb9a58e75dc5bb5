"""The audit log: who saw, took out, changed or overrode what. It names participants by their aliases only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from domain.audit import AuditAction, AuditLine
from domain.errors import NotFound
from domain.interview import Door
from domain.roles import Actor, Permission
from storage import audit as stored
from storage import members, people
from storage.audit import About
from storage.models import AuditEntry


@dataclass(frozen=True, slots=True)
class Audited:
    """Something to be kept. `text` completes the sentence that begins with the actor: `opened the page of P17`."""

    action: AuditAction
    text: str
    participant_id: int | None = None
    study_id: int | None = None


def note(session: Session, actor: Actor, what: Audited, now: datetime, door: Door = Door.SLACK) -> None:
    """Keep for good that the actor did something."""
    note_all(session, actor, [what], now, door)


def note_all(session: Session, actor: Actor, what: Sequence[Audited], now: datetime, door: Door = Door.SLACK) -> None:
    """As `note`, for any number of things by one statement."""
    rows = [
        {
            "workspace_id": actor.workspace_id,
            "at": now,
            "member_id": actor.member_id,
            "actor": actor.name,
            "door": door,
            "action": each.action,
            "text": each.text,
            "participant_id": each.participant_id,
            "study_id": each.study_id,
        }
        for each in what
    ]
    if rows:
        session.execute(sa.insert(AuditEntry), rows)


SEEN_AGAIN = timedelta(hours=1)
"""How long somebody may look again at what they have seen without that being kept once more."""


def note_seen(session: Session, actor: Actor, participant_id: int, alias: str, now: datetime) -> None:
    """Keep for good that the actor saw somebody's contact details, once an hour at most: one statement."""
    entry = {
        AuditEntry.workspace_id: actor.workspace_id,
        AuditEntry.at: now,
        AuditEntry.member_id: actor.member_id,
        AuditEntry.actor: actor.name,
        AuditEntry.door: Door.SLACK,
        AuditEntry.action: AuditAction.SAW,
        AuditEntry.text: f"opened the page of {alias}",
        AuditEntry.participant_id: participant_id,
    }
    is_noted = sa.exists().where(
        AuditEntry.participant_id == participant_id,
        AuditEntry.member_id == actor.member_id,
        AuditEntry.action == AuditAction.SAW,
        AuditEntry.at > now - SEEN_AGAIN,
    )
    values = sa.select(*(sa.literal(value, column.type) for column, value in entry.items())).where(~is_noted)
    session.execute(sa.insert(AuditEntry).from_select([column.key for column in entry], values))


def note_by_callsheet(session: Session, workspace_id: int, what: Audited, now: datetime) -> None:
    """Keep for good that Callsheet itself did something, because time has passed or a rule says so."""
    note_all_by_callsheet(session, workspace_id, [what], now)


def note_all_by_callsheet(session: Session, workspace_id: int, what: Sequence[Audited], now: datetime) -> None:
    """As `note_by_callsheet`, for any number of things by one statement."""
    rows = [
        {
            "workspace_id": workspace_id,
            "at": now,
            "actor": "Callsheet",
            "door": Door.SYSTEM,
            "action": each.action,
            "text": each.text,
            "participant_id": each.participant_id,
            "study_id": each.study_id,
        }
        for each in what
    ]
    if rows:
        session.execute(sa.insert(AuditEntry), rows)


PAGE = 15


def page(
    session: Session, actor: Actor, about: About, before_id: int | None, size: int = PAGE
) -> tuple[list[AuditLine], int | None]:
    """A page of the log, newest first, and the id before which it goes on. Raises NotAllowed."""
    actor.require(Permission.SEE_AUDIT)
    return stored.page(session, actor.workspace_id, about, before_id, size)


def about_participant(session: Session, actor: Actor, called: str) -> About:
    """What concerns the participant with that alias or address, erased or not. Raises NotAllowed and NotFound."""
    actor.require(Permission.SEE_AUDIT)
    person, _ = people.one(session, actor, called)
    return About(participant_id=person.id)


def about_member(session: Session, actor: Actor, slack_user_id: str) -> About:
    """What the member did, who may have left. Raises NotAllowed and NotFound."""
    actor.require(Permission.SEE_AUDIT)
    member = members.member_by_slack_id(session, actor.workspace_id, slack_user_id)
    if member is None:
        raise NotFound("Callsheet does not know that person.")
    return About(member_id=member.id)
