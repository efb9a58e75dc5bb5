"""Setups that somebody is writing, step by step."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from domain.errors import NotFound
from domain.roles import Actor
from storage.models import SetupDraft


def begin(session: Session, actor: Actor, study_id: int, document: dict[str, Any], now: datetime) -> SetupDraft:
    """A new draft of the actor's."""
    draft = SetupDraft(study_id=study_id, member_id=actor.member_id, document=document, updated_at=now)
    session.add(draft)
    session.flush()
    return draft


def find(session: Session, actor: Actor, draft_id: int) -> SetupDraft:
    """The actor's draft. Raises NotFound for one that is saved, old, or somebody else's."""
    found = session.scalar(
        sa.select(SetupDraft).where(SetupDraft.id == draft_id, SetupDraft.member_id == actor.member_id)
    )
    if found is None:
        raise NotFound("This is not open any more: it was saved, or left for too long. Begin again: /study schedule.")
    return found


def forget_before(session: Session, before: datetime) -> None:
    """Forget drafts that nobody has touched since then."""
    session.execute(sa.delete(SetupDraft).where(SetupDraft.updated_at < before))
