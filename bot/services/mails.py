"""Mails about a session that a person writes: begun from a draft, seen as they will be, then sent."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.services import outgoing_mails, record, statuses
from bot.services.interviews import participant_seats, take
from bot.services.letters import Occasion, context, incentive, occasion, occasions, own_page
from bot.services.record import By
from bot.services.statuses import Why
from domain import drafts, mail, tokens
from domain.errors import NotFound, RuleError
from domain.interview import InterviewAction, Seat
from domain.letters import TOKENS, MailContext, token_values
from domain.mail import Composing, Draft, MailKind, Preview, Recipient, Situation, Written
from domain.participant import Cause, ParticipantStatus
from domain.roles import Actor
from domain.schedule import Seen
from storage import mail_templates
from storage.models import Attendee, Interview, Participant, Study

INVITED_ANEW = frozenset({ParticipantStatus.INTERVIEW_CANCELED, ParticipantStatus.NO_SHOWED})
"""Where an enrolment stands when a request to reschedule makes it Interview Invited."""


def begin(session: Session, seen: Seen, kind: MailKind | None, public_url: str | None, now: datetime) -> Composing:
    """What a person is shown who is about to write a mail: of the kind, else of the first that is possible.

    Raises RuleError when that kind can't be sent, or nobody may be written to.
    """
    line = seen.line
    study = session.get_one(Study, line.study_id)
    offered, refused = mail.offered_kinds(situation(line.seats, study, is_over=line.ends_at <= now))
    chosen = kind or next(iter(offered), None)
    if chosen is None or not line.seats:
        raise NotFound(f"{line.reference} has no participant to write to.")
    check_kind(line.reference, chosen, refused)
    recipients = recipients_of(session, mail.seats_for(chosen, line.seats), now)
    free = [one.seat for one in recipients if one.barred is None]
    if not free:
        told = [f"{one.seat.shown_as(with_name=seen.with_names)} {one.barred}." for one in recipients]
        raise RuleError(" ".join([*told, "No mail goes out."]))
    seat = session.get_one(Attendee, free[0].attendee_id)
    values = token_values(context(occasion(session, seat, now), own_page(public_url)))
    words = drafts.begin(chosen, mail_templates.own_wording(session, study.team_id, chosen), values)
    return Composing(
        seen=seen,
        kind=chosen,
        offered=offered,
        refused=refused,
        recipients=recipients,
        subject=words.subject,
        text=words.text,
        tokens=tuple(name for name in TOKENS[chosen] if name in values),
    )


def preview(session: Session, seen: Seen, draft: Draft, public_url: str | None, now: datetime) -> Preview:
    """The mail as the first recipient gets it. Raises RuleError for what `send` does not take."""
    interview, study = session.get_one(Interview, seen.line.id), session.get_one(Study, seen.line.study_id)
    seats = chosen_seats(session, interview, study, draft, now)
    abouts = occasions(session, seats, now)
    check_words(draft, abouts, public_url)
    said = context(abouts[0], own_page(public_url))
    subject, text = filled(draft, said)
    names = {seat.attendee_id: seat.shown_as(with_name=seen.with_names) for seat in seen.line.seats}
    return Preview(
        reference=interview.reference,
        kind=draft.kind,
        recipients=tuple(names[seat.id] for seat in seats),
        subject=subject,
        text=text,
        answers_go_to=said.host_first_name if said.reply_to else None,
    )


def send(
    session: Session, actor: Actor, interview_id: int, draft: Draft, public_url: str | None, now: datetime
) -> Interview:
    """Send a mail to each of the chosen participants; its tokens are filled when it goes out.

    A request to reschedule invites those anew whose session was called off or missed. Raises RuleError for a kind that
    is not possible now, for somebody who may not be written to, and for a token that there is not for one of them.
    """
    interview, study = take(session, actor, interview_id, InterviewAction.COMPOSE)
    seats = chosen_seats(session, interview, study, draft, now)
    check_words(draft, occasions(session, seats, now), public_url)
    written = Written(draft.text, draft.subject, by=actor.name)
    outgoing_mails.to_seats(session, [(interview, seat) for seat in seats], draft.kind, now, written)
    if draft.kind is MailKind.RESCHEDULE_REQUEST:
        invite_anew(session, seats, record.by(actor, now))
    return interview


def chosen_seats(session: Session, interview: Interview, study: Study, draft: Draft, now: datetime) -> list[Attendee]:
    """The seats of those whom the draft is for, if that kind may go to them. Raises RuleError."""
    held = participant_seats(session, interview)
    _, refused = mail.offered_kinds(situation(held, study, is_over=interview.ends_at <= now))
    check_kind(interview.reference, draft.kind, refused)
    seats = [seat for seat in held if seat.id in draft.seat_ids and seat.outcome in mail.BY_HAND[draft.kind]]
    if not seats:
        raise RuleError("Who is to get it?", "recipients")
    people = people_of(session, [seat.participant_id for seat in seats if seat.participant_id is not None])
    barred = {record.alias_of(one): why for one in people.values() if (why := why_barred(one, now)) is not None}
    if barred:
        told = ", ".join(f"{name} {why}" for name, why in barred.items())
        raise RuleError(f"No mail goes to everybody chosen: {told}. Choose the others.", "recipients")
    return seats


def check_kind(reference: str, kind: MailKind, refused: Mapping[MailKind, str]) -> None:
    """Raise RuleError, with why, for a kind that can't be sent now."""
    if kind not in mail.BY_HAND:
        raise RuleError("What kind of mail is it?", "kind")
    if kind in refused:
        raise RuleError(f"No {kind.noun} about {reference}: {refused[kind]}.", "kind")


def check_words(draft: Draft, abouts: Sequence[Occasion], public_url: str | None) -> None:
    """Raise RuleError at the field that is wrong, with whose mail can't be written if it is not so for all of them.

    Of a session that is off for them there is no link to join by.
    """
    wrong: dict[str, RuleError] = {}
    for about in abouts:
        try:
            filled(draft, context(about, own_page(public_url)))
        except RuleError as error:
            wrong[record.alias_of(about.person)] = error
    if not wrong:
        return
    first = next(iter(wrong.values()))
    if len(wrong) == len(abouts):
        raise first
    names = ", ".join(wrong)
    raise RuleError(f"For {names} it can't be written: change it, or leave them out. {first.message}", first.field)


def filled(draft: Draft, said: MailContext) -> tuple[str, str]:
    """Subject and text with their tokens filled. Raises RuleError at the one that is wrong or empty."""
    values = token_values(said)
    subject = filled_field("subject", draft.subject, values)
    return " ".join(subject.split()), filled_field("text", draft.text, values)


def filled_field(field: str, template: str, values: Mapping[str, str]) -> str:
    if not template.strip():
        raise RuleError(f"The mail has no {field}.", field)
    try:
        return tokens.render(template, values).strip()
    except RuleError as error:
        raise RuleError(error.message, field) from error


def situation(seats: Collection[Seat] | Collection[Attendee], study: Study, *, is_over: bool) -> Situation:
    """What decides which mails may go out about the seats."""
    return Situation(
        outcomes=frozenset(seat.outcome for seat in seats),
        study_status=study.status,
        has_incentive=incentive(study) is not None,
        is_over=is_over,
    )


def recipients_of(session: Session, seats: Sequence[Seat], now: datetime) -> tuple[Recipient, ...]:
    """The seats' participants, each with why they may not be written to, if so. One statement."""
    people = people_of(session, [seat.participant_id for seat in seats])
    return tuple(Recipient(seat, why_barred(people[seat.participant_id], now)) for seat in seats)


def people_of(session: Session, participant_ids: Collection[int]) -> dict[int, Participant]:
    found = session.scalars(sa.select(Participant).where(Participant.id.in_(participant_ids)).order_by(Participant.id))
    return {person.id: person for person in found}


def why_barred(person: Participant, now: datetime) -> str | None:
    """Why a person gets no mail by hand, after their name; None when they may."""
    if person.erased_at is not None:
        return "was erased"
    return mail.why_barred(record.contact_facts(person), person.bounced_at, now)


def may_still_go(kind: MailKind, about: Occasion, now: datetime) -> bool:
    """Whether a mail that a person has sent may still go out, after what has changed since."""
    found = situation([about.seat], about.study, is_over=about.interview.ends_at <= now)
    return mail.why_not(kind, found) is None and why_barred(about.person, now) is None


def invite_anew(session: Session, seats: Sequence[Attendee], by: By) -> None:
    """Let the enrolments of those whose session was called off or missed be Interview Invited."""
    enrolments = statuses.lock(session, [seat.enrolment_id for seat in seats if seat.enrolment_id is not None])
    changes = [(one, ParticipantStatus.INTERVIEW_INVITED) for one in enrolments if one.status in INVITED_ANEW]
    statuses.move(session, changes, Why(Cause.SCHEDULER, by))


def cancellation(session: Session, seats: Sequence[Seat], *, is_own: bool) -> str:
    """The text with which the mail begins that tells the seats' participants of a cancellation; "" for nobody."""
    if not seats:
        return ""
    about = occasion(session, session.get_one(Attendee, seats[0].attendee_id))
    own = mail_templates.own_wording(session, about.team.id, MailKind.CANCELLATION)
    return drafts.cancellation_for(own, cancellation_values(about), is_own=is_own, is_for_one=len(seats) == 1)


def check_cancellation(session: Session, seat: Attendee, text: str) -> None:
    """Raise RuleError at the field `message` when a token in the text is wrong."""
    filled_field("message", text, cancellation_values(occasion(session, seat)))


def cancellation_values(about: Occasion) -> dict[str, str]:
    """What tokens stand for in the mail about a session that is off: nobody joins it any more."""
    values = token_values(context(about, None))
    return {name: value for name, value in values.items() if name in TOKENS[MailKind.CANCELLATION]}
