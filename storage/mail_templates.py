"""Teams' own versions of what mails say."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from domain.drafts import Wording
from domain.mail import MailKind
from storage.models import MailTemplate


def own_wording(session: Session, team_id: int, kind: MailKind) -> Wording | None:
    """The team's own version of a kind of mail, tokens and all; None where it has none."""
    found = session.get(MailTemplate, (team_id, kind))
    return Wording(found.subject, found.text) if found else None


def of_team(session: Session, team_id: int) -> dict[MailKind, MailTemplate]:
    """The team's own versions by kind."""
    found = session.scalars(sa.select(MailTemplate).where(MailTemplate.team_id == team_id))
    return {template.kind: template for template in found}


def store(session: Session, team_id: int, kind: MailKind, words: Wording, by_name: str, now: datetime) -> None:
    """Make these the team's own words for that kind of mail."""
    session.merge(
        MailTemplate(
            team_id=team_id, kind=kind, subject=words.subject, text=words.text, updated_by=by_name, updated_at=now
        )
    )


def remove(session: Session, team_id: int, kind: MailKind) -> bool:
    """Forget the team's own version. Whether there was one."""
    found = session.get(MailTemplate, (team_id, kind))
    if found is not None:
        session.delete(found)
    return found is not None
