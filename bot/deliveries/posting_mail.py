"""Handing a mail to a participant over to the mail server, and noting, once, what became of it."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol
from urllib.parse import urlsplit

from sqlalchemy.orm import Session

from bot.deliveries.tools import NotYet, Tools
from bot.deliveries.worker import MOST_ATTEMPTS
from bot.integrations.ports import Mail, Refused, Unavailable
from bot.services import bounces
from domain.bounce import is_about_address
from domain.errors import RuleError
from domain.mail import ABOUT_ENROLMENTS, MailKind
from storage import ledger, sent_mails
from storage.outbox import Delivery
from storage.sent_mails import Handed

LEDGER = "mail"
MINUTE = timedelta(minutes=1)
UNKNOWN = "5.0.0"
"""The status of a refusal that has none."""


@dataclass(frozen=True, slots=True)
class Addressed:
    """A mail that is ready to go, and whom it is to. `attendee_id` is the seat that it is about, None without one."""

    mail: Mail
    kind: MailKind
    workspace_id: int
    participant_id: int
    enrolment_id: int
    attendee_id: int | None = None

    @property
    def handed(self) -> Handed:
        """The mail as it is remembered."""
        return Handed(
            message_id=self.mail.message_id,
            kind=self.kind,
            workspace_id=self.workspace_id,
            participant_id=self.participant_id,
            enrolment_id=self.enrolment_id,
            attendee_id=self.attendee_id,
        )


class Notes(Protocol):
    """How it is told what became of a mail, in the one transaction in which that is noted."""

    def sent(self, session: Session, delivery: Delivery, now: datetime) -> None:
        """It went out."""
        ...

    def unwritten(self, session: Session, delivery: Delivery, why: str, now: datetime) -> None:
        """What a person wrote makes no mail any more. `why` is a sentence."""
        ...


def post(delivery: Delivery, write: Callable[[], Addressed], notes: Notes, tools: Tools) -> None:
    """Hand over what `write` gives, and note once what became of it. Raises Unavailable when it may go later.

    `write` raises RuleError for a token in what a person wrote that stands for nothing any more.
    """
    assert tools.mailer is not None
    await_turn(MailKind(delivery.payload["mail"]), tools)
    try:
        written = write()
    except RuleError as error:
        why = error.message
        note(delivery, tools, lambda session, now: notes.unwritten(session, delivery, why, now))
        return
    setback = hand_over(written, delivery, tools)
    if setback is None:
        note(delivery, tools, lambda session, now: sent(session, written.handed, delivery, notes, now))
    else:
        code, said = setback
        note(delivery, tools, lambda session, now: bounces.refused(session, written.handed, code, said, now))


def is_settled(delivery: Delivery, tools: Tools) -> bool:
    """Whether an earlier try has noted already what became of the mail, and died before it could say so."""
    if delivery.attempted_at is None:
        return False
    with tools.database.reading() as session:
        return ledger.is_done(session, LEDGER, delivery.dedupe_key)


def await_turn(kind: MailKind, tools: Tools) -> None:
    """Raise NotYet when as many mails went out in the last minute as may.

    Invitations leave room for what is about sessions, so that no confirmation stands behind hundreds of them. Those who
    wait come back a little apart.
    """
    if tools.mails_per_minute is None:
        return
    most = tools.mails_per_minute
    if kind in ABOUT_ENROLMENTS:
        most = max(1, most * 3 // 4)
    now = tools.clock.now()
    with tools.database.reading() as session:
        earliest = sent_mails.nth_latest(session, most, now - MINUTE)
    if earliest is not None:
        wait = (earliest + MINUTE - now).total_seconds()
        raise NotYet("As many mails went out as may in a minute.", wait + random.uniform(0, wait))  # noqa: S311


def hand_over(written: Addressed, delivery: Delivery, tools: Tools) -> tuple[str, str] | None:
    """Hand the mail over, and remember it before: a report of it may come back at once.

    None when it was taken; else the status of the refusal and a sentence. What is refused for now and for the last time
    counts as refused. Raises Unavailable when it may go later.
    """
    assert tools.mailer is not None
    with tools.database.unit_of_work() as session:
        sent_mails.enter(session, written.handed, tools.clock.now())
    try:
        tools.mailer.send(written.mail)
    except Refused as error:
        return error.code or UNKNOWN, error.why
    except Unavailable as error:
        if is_about_address(error.code) and delivery.attempts >= MOST_ATTEMPTS:
            return error.code, error.why
        if error.went_out is False:
            with tools.database.unit_of_work() as session:
                sent_mails.take_back(session, written.mail.message_id)
        raise
    return None


def sent(session: Session, mail: Handed, delivery: Delivery, notes: Notes, now: datetime) -> None:
    """The mail was taken."""
    bounces.delivered(session, mail, now)
    notes.sent(session, delivery, now)


def note(delivery: Delivery, tools: Tools, tell: Callable[[Session, datetime], object]) -> None:
    """Tell what became of the mail unless that is noted already."""
    now = tools.clock.now()
    with tools.database.unit_of_work() as session:
        if ledger.enter(session, LEDGER, [delivery.dedupe_key], now):
            tell(session, now)


def message_id(seed: str, delivery: Delivery, tools: Tools) -> str:
    """The mail's Message-ID, which every try of it carries. `seed` names what it is about."""
    domain = urlsplit(tools.public_url or "").hostname or "callsheet"
    named = f"{seed} {delivery.dedupe_key} {delivery.payload.get('salt', '')}"
    return f"<{hashlib.sha256(named.encode()).hexdigest()[:32]}@{domain}>"
