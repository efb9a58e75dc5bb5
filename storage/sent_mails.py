"""Mails that were handed over: which, to whom, when, and what became of each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from domain.mail import MailFate, MailKind
from storage.models import SentMail
from storage.outbox import insert


@dataclass(frozen=True, slots=True)
class Handed:
    """A mail by its Message-ID, and whom it is to. `attendee_id` is the seat that it is about, None without one."""

    message_id: str
    kind: MailKind
    workspace_id: int
    participant_id: int
    enrolment_id: int | None
    attendee_id: int | None = None


def enter(session: Session, mail: Handed, now: datetime) -> None:
    """Note that the mail is handed over now. What came back of an earlier try is forgotten."""
    values = {
        "workspace_id": mail.workspace_id,
        "participant_id": mail.participant_id,
        "enrolment_id": mail.enrolment_id,
        "attendee_id": mail.attendee_id,
        "kind": mail.kind,
        "fate": MailFate.SENT,
        "code": None,
        "sent_at": now,
        "bounced_at": None,
    }
    statement = insert(session, SentMail).values(message_id=mail.message_id, **values)
    session.execute(statement.on_conflict_do_update(index_elements=[SentMail.message_id], set_=values))


def take_back(session: Session, message_id: str) -> None:
    """The mail was not handed over after all."""
    session.execute(sa.delete(SentMail).where(SentMail.message_id == message_id))


def nth_latest(session: Session, number: int, since: datetime) -> datetime | None:
    """When the mail went out that is so many from the last one (1: the last), None when fewer did since then."""
    return session.scalar(
        sa.select(SentMail.sent_at)
        .where(SentMail.sent_at > since)
        .order_by(SentMail.sent_at.desc())
        .offset(number - 1)
        .limit(1)
    )


def lock(session: Session, message_id: str) -> SentMail | None:
    """The mail of that Message-ID, locked until the commit; None for one that is not ours."""
    return session.scalar(
        sa.select(SentMail)
        .where(SentMail.message_id == message_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )


def forget(session: Session, before: datetime) -> None:
    """Delete what went out before then: nothing comes back of it any more."""
    session.execute(sa.delete(SentMail).where(SentMail.sent_at < before))
