"""The mails that a use case asks to have sent: written to the outbox, in the transaction that caused them."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime

from sqlalchemy.orm import Session

from bot.services.outgoing import Kind
from domain.drafts import Wording
from domain.mail import MailKind, Written
from domain.reminders import Lead
from domain.roles import Actor
from storage import outbox
from storage.models import Attendee, Interview
from storage.outbox import Lane, Outgoing


def to_seats(
    session: Session,
    seats: Sequence[tuple[Interview, Attendee]],
    kind: MailKind,
    now: datetime,
    written: Written | None = None,
) -> None:
    """Mail participants about their interviews, of one workspace, by one statement. `written`: what a person wrote.

    What is asked for at one moment goes out once.
    """
    moment = f"{int(now.timestamp())}:{digest(written)}" if written else str(int(now.timestamp()))
    words = {name: value for name, value in asdict(written).items() if value} if written else {}
    items = [
        Outgoing(
            kind=Kind.MAIL,
            dedupe_key=f"mail:{kind}:{interview.id}:{attendee.id}:{interview.sequence}:{moment}",
            lane=Lane(f"mail:{attendee.participant_id}"),
            subject=str(interview.id),
            payload={
                "mail": kind.value,
                "attendee_id": attendee.id,
                "sequence": interview.sequence,
                "salt": salt(),
                **words,
            },
        )
        for interview, attendee in seats
    ]
    if items:
        outbox.send(session, seats[0][0].workspace_id, now, *items)


def reminders(session: Session, seats: Sequence[tuple[Interview, Attendee]], lead: Lead, now: datetime) -> None:
    """Remind participants of their sessions, so long before, by one statement: each once for each time of it."""
    items = [
        (
            interview.workspace_id,
            Outgoing(
                kind=Kind.MAIL,
                dedupe_key=f"reminder:{interview.id}:{seat.id}:{interview.sequence}:{lead.minutes}",
                lane=Lane(f"mail:{seat.participant_id}"),
                subject=str(interview.id),
                payload={
                    "mail": MailKind.REMINDER.value,
                    "attendee_id": seat.id,
                    "sequence": interview.sequence,
                    "minutes": lead.minutes,
                    "salt": salt(),
                },
            ),
        )
        for interview, seat in seats
    ]
    outbox.send_all(session, items, now)


def to_enrolments(
    session: Session,
    workspace_id: int,
    enrolment_ids: Sequence[int],
    kind: MailKind,
    now: datetime,
    *,
    once: str,
    written: Written | None = None,
    offers: Mapping[int, int] | None = None,
) -> None:
    """Mail participants about a study in which they have no session to write about, by one statement.

    `once` makes each single among the mails of that kind to the same enrolment; `offers` are, by enrolment, the times
    that each SLOT_OFFER is about; `written`: what a person wrote.
    """
    words = {name: value for name, value in asdict(written).items() if value} if written else {}
    items = [
        Outgoing(
            kind=Kind.ENROLMENT_MAIL,
            dedupe_key=f"mail:{kind}:enrolment:{enrolment_id}:{once}",
            lane=Lane(f"mail:enrolment:{enrolment_id}"),
            subject=str(enrolment_id),
            payload={
                "mail": kind.value,
                "enrolment_id": enrolment_id,
                "salt": salt(),
                **({"offer_id": offers[enrolment_id]} if offers else {}),
                **words,
            },
        )
        for enrolment_id in enrolment_ids
    ]
    if items:
        outbox.send(session, workspace_id, now, *items)


def sample(session: Session, actor: Actor, team_id: int, kind: MailKind, words: Wording, now: datetime) -> None:
    """Mail a version of a team's mails to the actor, as a sample participant would get it. What is asked for at one
    moment goes out once.
    """
    item = Outgoing(
        kind=Kind.SAMPLE_MAIL,
        dedupe_key=f"mail:sample:{actor.member_id}:{kind}:{int(now.timestamp())}",
        lane=Lane(f"mail:member:{actor.member_id}"),
        subject=str(actor.member_id),
        payload={
            "mail": kind.value,
            "team_id": team_id,
            "member_id": actor.member_id,
            "subject": words.subject,
            "text": words.text,
        },
    )
    outbox.send(session, actor.workspace_id, now, item)


def salt() -> str:
    """What nobody can guess, for the name of a mail: whoever knows that name can report that the mail came back."""
    return secrets.token_hex(8)


def digest(written: Written) -> str:
    """A short name for what was written: the same words are the same mail."""
    return hashlib.sha256(f"{written.subject}\n{written.text}".encode()).hexdigest()[:12]
