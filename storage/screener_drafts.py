"""Screeners that members are building: one draft for a study and a member, which waits for them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from domain.errors import NotFound
from domain.roles import Actor
from storage.models import ScreenerDraft


def of(session: Session, actor: Actor, study_id: int) -> ScreenerDraft | None:
    """The actor's draft for a study, None when they have none."""
    return session.scalar(
        sa.select(ScreenerDraft).where(ScreenerDraft.study_id == study_id, ScreenerDraft.member_id == actor.member_id)
    )


def begin(
    session: Session, actor: Actor, study_id: int, based_on: int, document: dict[str, Any], now: datetime
) -> ScreenerDraft:
    """A new draft of the actor's, who has none: the study is locked."""
    draft = ScreenerDraft(
        study_id=study_id, member_id=actor.member_id, based_on=based_on, document=document, updated_at=now
    )
    session.add(draft)
    session.flush()
    return draft


def find(session: Session, actor: Actor, draft_id: int) -> ScreenerDraft:
    """The actor's draft. Raises NotFound for one that is published, old, or somebody else's."""
    found = session.scalar(
        sa.select(ScreenerDraft)
        .where(ScreenerDraft.id == draft_id, ScreenerDraft.member_id == actor.member_id)
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise NotFound("This is not open any more: it was published or dropped. Begin again: /study screener.")
    return found


def forget_before(session: Session, before: datetime) -> None:
    """Forget drafts that nobody has touched since then."""
    session.execute(sa.delete(ScreenerDraft).where(ScreenerDraft.updated_at < before))
