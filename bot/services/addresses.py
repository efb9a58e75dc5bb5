"""A participant's address is corrected: mail reaches them again, and they go on where they were."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from bot.services import audit, governance, opting_out, outgoing, record, statuses
from bot.services.audit import Audited
from bot.services.interviews import follow_sessions
from bot.services.person_page import to_manage
from bot.services.statuses import Why
from domain.audit import AuditAction
from domain.errors import NotAllowed, RuleError
from domain.interview import TimelineKind
from domain.invitation import is_invitable
from domain.mail import LostMail, MailKind
from domain.participant import LEFT, Cause, ParticipantStatus
from domain.person import EnrolmentLine, alias, email_address
from domain.roles import Actor, Permission
from storage import addresses as stored
from storage import members, participants, people, rows, seats, suppressed
from storage.addresses import Lost
from storage.models import Participant

LOST_SHOWN = 10
INVITATIONS = frozenset(
    {MailKind.SCREENER_INVITATION, MailKind.SCHEDULER, MailKind.SURVEY_INVITATION, MailKind.TEST_INVITATION}
)
"""Mails in whose place somebody can be invited once more."""


class AddressTaken(RuleError):
    """Another participant has the address. `called` is whose it was to become, `holder` who has it, by alias; None
    where the actor may not merge the two, or does not see that one.
    """

    def __init__(self, called: str, holder: str | None, *, may_merge: bool) -> None:
        merge = "merge them" if may_merge else "ask an Admin or an Ops Manager to merge them"
        who = holder or "Another participant"
        super().__init__(f"{who} has this address already. If the two are one person, {merge}.", "email")
        self.called = called
        self.holder = holder if may_merge else None


@dataclass(frozen=True, slots=True)
class Corrected:
    """What correcting an address came to: the studies in which they are again what they were, and the mails that came
    back before, which can be sent again.

    `sessions` are those ahead, whose calendar events get the new address.
    """

    number: int
    is_old_kept: bool
    back: tuple[tuple[str, ParticipantStatus], ...]
    lost: tuple[LostMail, ...]
    sessions: tuple[str, ...]


def to_correct(session: Session, actor: Actor, called: str) -> Participant:
    """The participant of that alias or address, if the actor may correct their address.

    Raises NotFound, and NotAllowed for who may not see it.
    """
    person, by_name = to_manage(session, actor, called)
    if not by_name:
        raise NotAllowed(f"You may not {Permission.SEE_CONTACT_DETAILS.value} of {alias(person.number)}.")
    return person


@dataclass(frozen=True, slots=True)
class Correction:
    """The address that a participant gets; the one that they had goes on leading to them with `keeps_old`."""

    email: str
    keeps_old: bool = True


def correct(session: Session, actor: Actor, called: str, correction: Correction, now: datetime) -> Corrected:
    """Give a participant another address: mail that came back counts no longer. Nothing is sent.

    Raises as `to_correct`, RuleError for what is no address or theirs already, AddressTaken for one of somebody else.
    """
    email, person = email_address(correction.email), to_correct(session, actor, called)
    name = alias(person.number)
    if email == person.email:
        raise RuleError(f"That is the address of {name} already.", "email")
    locked = opting_out.lock_studies(session, person)
    members.lock_workspace(session, actor.workspace_id)
    (person,) = participants.lock_all(session, [person.id])
    check_free(session, actor, person, email)
    lost = stored.lost_mails(session, person.id, LOST_SHOWN)
    stored.replace(session, person, email, keep_old=correction.keeps_old, now=now)
    by = record.by(actor, now)
    moved = statuses.address_corrected(session, person.id, by)
    if booked := seats.booked(session, [place.id for place in moved]):
        follow_sessions(session, locked, booked, Why(Cause.SESSION, by), LEFT)
    governance.touched(session, [person.id], now)
    sessions = stored.sessions_ahead(session, person.id)
    text = f"corrected the address of {name}"
    rows.insert_all(session, [record.draft_entry(each, by, TimelineKind.DETAILS_CHANGED, text) for each in sessions])
    study_ids = {place.study_id for place in moved}
    if sessions:
        outgoing.show_all(session, sessions, now)
    outgoing.sync_calendars(session, sessions, now)
    outgoing.show_studies(session, actor.workspace_id, study_ids, now)
    audit.note(session, actor, Audited(AuditAction.CHANGED_DETAILS, text, person.id), now)
    keys = stored.study_keys(session, study_ids)
    return Corrected(
        number=person.number,
        is_old_kept=correction.keeps_old,
        back=tuple((keys[place.study_id], place.status) for place in moved),
        lost=can_be_sent(people.enrolments_of(session, actor, person.id), lost),
        sessions=tuple(interview.reference for interview in sessions),
    )


def can_be_sent(places: Iterable[EnrolmentLine], lost: Iterable[Lost]) -> tuple[LostMail, ...]:
    """The mails that came back in studies that the actor manages, and whether an invitation can take their places."""
    managed = {place.enrolment_id: place for place in places if place.may_manage}
    return tuple(
        LostMail(
            enrolment_id=each.enrolment_id,
            study_key=each.study_key,
            kind=each.kind,
            is_invitable=each.kind in INVITATIONS and is_invitable(place.study_type, place.status),
        )
        for each in lost
        if (place := managed.get(each.enrolment_id)) is not None
    )


def check_free(session: Session, actor: Actor, person: Participant, email: str) -> None:
    """Raise AddressTaken for an address of somebody else, RuleError for that of somebody who is not to be mailed."""
    holder = participants.by_email(session, actor.workspace_id, email)
    if holder is not None and holder.id != person.id:
        is_seen = session.execute(people.seen_people(actor).where(Participant.id == holder.id)).first() is not None
        may_merge = actor.may(Permission.MERGE_PEOPLE)
        raise AddressTaken(alias(person.number), alias(holder.number) if is_seen else None, may_merge=may_merge)
    if email in suppressed.among(session, actor.workspace_id, [email]):
        raise RuleError("Whoever has this address was erased and is not to be written to any more.", "email")
