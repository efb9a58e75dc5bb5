"""Mails that did not arrive: refused when they were handed over, or reported later as undeliverable.

A hard bounce makes a person uncontactable, in every study; a soft one is about the study whose mail it was. Where
something is booked or done, the status stays: it is a flag, and an alert.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from bot.services import outgoing, record, statuses
from bot.services.record import By
from bot.services.statuses import Why
from domain import bounce as rules
from domain.alert import AlertKind
from domain.bounce import Action, Report
from domain.interview import Door, InterviewStatus, TimelineKind
from domain.mail import WHAT, MailFate
from domain.participant import Cause, ParticipantStatus
from storage import bounces, interviews, participants, sent_mails, studies
from storage.models import Enrolment, Interview, Participant, SentMail, Study
from storage.sent_mails import Handed

HELD = frozenset({InterviewStatus.UPCOMING, InterviewStatus.COMPLETED})
"""Outcomes of a session with which a bounce leaves the enrolment where it is."""


@dataclass(frozen=True, slots=True)
class Setback:
    """How a mail did not arrive: the enhanced status, a sentence about it, and the alert that tells it."""

    code: str
    why: str
    alert: AlertKind
    by: By

    @property
    def fate(self) -> MailFate:
        return rules.fate(self.code)

    def told(self, mail: SentMail, who: str) -> str:
        """What happened, as the timeline tells it."""
        if self.alert is AlertKind.MAIL_REFUSED:
            return f"could not send {WHAT[mail.kind]} to {who}: {self.why}"
        return f"was told that {WHAT[mail.kind]} to {who} came back: {self.why}"


def refused(session: Session, mail: Handed, code: str, why: str, now: datetime) -> bool:
    """The mail server did not take the mail for this address. `why` is its answer. Whether that was news."""
    sent_mails.enter(session, mail, now)
    by = record.by_callsheet(now)
    return came_back(session, mail.message_id, Setback(code, why, AlertKind.MAIL_REFUSED, by))


def returned(session: Session, report: Report, now: datetime) -> bool:
    """A mail server reports what became of a mail. Whether that was news: a failure, of a mail of ours."""
    if report.action is not Action.FAILED:
        return False
    by = By("Callsheet", Door.MAIL, now)
    return came_back(
        session, report.message_id, Setback(report.code, rules.words(report.code), AlertKind.MAIL_RETURNED, by)
    )


def returned_all(session: Session, reports: Sequence[Report], now: datetime) -> bool:
    """As `returned`, for what one message reports of a mail by all its names: the first that is ours counts."""
    return any(returned(session, report, now) for report in reports)


def came_back(session: Session, message_id: str, setback: Setback) -> bool:
    """Note, once for each mail, that it did not arrive. False when it is none of ours, or that is known."""
    mail = sent_mails.lock(session, message_id)
    if mail is None or mail.fate in (MailFate.HARD_BOUNCED, setback.fate):
        return False
    mail.fate, mail.code, mail.bounced_at = setback.fate, setback.code[:20], setback.by.at
    is_hard = setback.fate is MailFate.HARD_BOUNCED
    places = bounces.enrolments(session, mail, everywhere=is_hard)
    locked = studies.lock_all(session, mail.workspace_id, {study_id for _, study_id in places})
    seats = dict(bounces.seats(session, mail, [enrolment_id for enrolment_id, _ in places]))
    found = interviews.lock_all(session, mail.workspace_id, seats.keys())
    (person,) = participants.lock_all(session, [mail.participant_id])
    flag(person, setback)
    moved = move_on(session, [enrolment_id for enrolment_id, _ in places], setback)
    tell_interviews(session, mail, person, [(interview, seats[interview.id]) for interview in found], setback)
    if not found:
        tell_channels(session, mail, person, [locked[one.study_id] for one in moved], setback)
    return True


def flag(person: Participant, setback: Setback) -> None:
    """Note at the locked person that their address takes no mail."""
    if setback.fate is MailFate.HARD_BOUNCED:
        person.bounced_at = setback.by.at
    else:
        person.soft_bounced_at = setback.by.at


def move_on(session: Session, enrolment_ids: Sequence[int], setback: Setback) -> list[Enrolment]:
    """Let the enrolments be Hard or Soft Bounced that have nothing booked or done. Which."""
    enrolments = participants.lock_enrolments(session, enrolment_ids)
    decisive = interviews.decisive_seats(session, enrolment_ids)
    changes: list[tuple[Enrolment, ParticipantStatus]] = []
    for enrolment in enrolments:
        to = rules.status_after(enrolment.status, setback.fate)
        outcome = decisive.get(enrolment.id, (None, False))[0]
        if to is not None and outcome not in HELD:
            changes.append((enrolment, to))
    return statuses.move(session, changes, Why(Cause.BOUNCED, setback.by))


def tell_interviews(
    session: Session,
    mail: SentMail,
    person: Participant,
    concerned: Sequence[tuple[Interview, int]],
    setback: Setback,
) -> None:
    """Write into the timelines of the sessions that it concerns, and alert of each."""
    for interview, seat_id in concerned:
        text = setback.told(mail, record.alias_of(person))
        record.entry(session, interview, setback.by, TimelineKind.BOUNCED, text)
        outgoing.alert(
            session,
            interview,
            setback.alert,
            setback.by.at,
            once=f"{mail.message_id}:{setback.fate}",
            attendee_id=seat_id,
            why=setback.why,
        )


def tell_channels(
    session: Session, mail: SentMail, person: Participant, concerned: Sequence[Study], setback: Setback
) -> None:
    """Tell the channels of the studies in which somebody has bounced who has no session to tell it of."""
    channels = outgoing.channels_of(session, {study.id for study in concerned})
    who, status = record.alias_of(person), rules.BOUNCED[setback.fate].value
    said = [
        outgoing.Announcement(
            channel_id=channels[study.id],
            text=f"*{study.key}*: mail to {who} does not arrive: {rules.words(setback.code)}. {who} is now {status}.",
            once=f"bounced:{study.id}:{person.id}:{mail.message_id}:{setback.fate}",
        )
        for study in concerned
    ]
    if said:
        outgoing.announce_all(session, mail.workspace_id, said, setback.by.at)


def delivered(session: Session, mail: Handed, now: datetime) -> None:
    """The mail server took the mail: who was Soft Bounced is what the mail makes of them, until it comes back."""
    person = session.get(Participant, mail.participant_id)
    enrolment = session.get(Enrolment, mail.enrolment_id) if mail.enrolment_id is not None else None
    is_held_up = enrolment is not None and enrolment.status is ParticipantStatus.SOFT_BOUNCED
    if person is None or (person.soft_bounced_at is None and not is_held_up):
        return
    (person,) = participants.lock_all(session, [person.id])
    person.soft_bounced_at = None
    ids = [mail.enrolment_id] if mail.enrolment_id is not None else []
    changes = [
        (enrolment, rules.status_restored(mail.kind, enrolment.status_before))
        for enrolment in participants.lock_enrolments(session, ids)
        if enrolment.status is ParticipantStatus.SOFT_BOUNCED
    ]
    statuses.move(session, changes, Why(Cause.DELIVERED, record.by_callsheet(now)))
