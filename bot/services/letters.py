"""What mails to participants are written from, as it is now: about a seat in a session, or about an enrolment."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.services import called_off
from domain.incentive import shown
from domain.interview import AttendeeKind, InterviewStatus, is_welcome_again
from domain.letters import Appointment, MailContext, MailLinks, OfferedTime
from domain.person import LinkPurpose
from domain.slots import CantBook, check_may_change, check_may_move
from domain.study import LocationKind, StudyStatus
from storage import interviews, scheduling
from storage.models import Attendee, Enrolment, Interview, Member, Participant, SlotOffer, Study, Team

MADE_LATER = "…"
"""Stands in a preview for the secret of a personal link, which is made when the mail goes out."""


@dataclass(frozen=True, slots=True)
class Occasion:
    """Everything that a mail about a seat is written from, as it is now. `host` is the first host, if there is one.

    `called_off` is why a session that is off was cancelled, "" if nobody said. `may_change`: the participant may still
    move or cancel one that is ahead, `may_move`: they have not moved it as often as they may.
    """

    interview: Interview
    seat: Attendee
    person: Participant
    study: Study
    team: Team
    host: Member | None
    called_off: str = ""
    may_change: bool = True
    may_move: bool = True

    @property
    def is_ahead(self) -> bool:
        """Whether the participant still has a seat in a session that is to come."""
        return self.interview.status is self.seat.outcome is InterviewStatus.UPCOMING

    @property
    def may_book(self) -> bool:
        """Whether the participant may take another time: a study that is not active takes no bookings."""
        return self.study.status is StudyStatus.ACTIVE

    @property
    def may_take_another(self) -> bool:
        """Whether their page lets the participant choose another time."""
        return self.may_book and (not self.is_ahead or (self.may_change and self.may_move))

    @property
    def is_welcome_again(self) -> bool:
        """Whether somebody whose session is off is asked to book again."""
        return self.may_book and is_welcome_again(self.called_off)


@dataclass(frozen=True, slots=True)
class Invitation:
    """Everything that a mail about an enrolment is written from, as it is now.

    `owner` is the study's, who invites; `session` the one that an offered time would replace.
    """

    enrolment: Enrolment
    person: Participant
    study: Study
    team: Team
    owner: Member
    offer: SlotOffer | None = None
    session: Interview | None = None


def occasion(session: Session, seat: Attendee, now: datetime | None = None) -> Occasion:
    """The occasion of a mail about a participant's seat. What they may still change is known with `now` only."""
    return occasions(session, [seat], now)[0]


def occasions(session: Session, seats: Sequence[Attendee], now: datetime | None = None) -> list[Occasion]:
    """The occasions of a mail about each of some participants' seats in one session, at least one, in their order."""
    interview = session.get_one(Interview, seats[0].interview_id)
    study, team = session.get_one(Study, interview.study_id), session.get_one(Team, interview.team_id)
    hosts = [a for a in interviews.attendees(session, interview.id) if a.kind is AttendeeKind.HOST]
    host = session.get(Member, hosts[0].member_id) if hosts else None
    found = session.scalars(sa.select(Participant).where(Participant.id.in_([seat.participant_id for seat in seats])))
    people: dict[int | None, Participant] = {person.id: person for person in found}
    whys = {
        seat.id: called_off.reason(session, interview, people[seat.participant_id])
        for seat in seats
        if seat.outcome is InterviewStatus.CANCELED
    }
    found_now = [
        Occasion(interview, seat, people[seat.participant_id], study, team, host, whys.get(seat.id, ""))
        for seat in seats
    ]
    return found_now if now is None else with_limits(session, study, found_now, now)


def with_limits(session: Session, study: Study, found: Sequence[Occasion], now: datetime) -> list[Occasion]:
    """The occasions, with what the participants may still change. As many statements for many as for one."""
    setup = scheduling.setup_of(session, study)
    ids = [one.seat.enrolment_id for one in found]
    moves: dict[int | None, int] = {
        row.id: row.moves
        for row in session.execute(sa.select(Enrolment.id, Enrolment.moves).where(Enrolment.id.in_(ids)))
    }
    return [
        replace(
            one,
            may_change=is_allowed(check_may_change, one.seat.starts_at, setup.change_until, now),
            may_move=is_allowed(check_may_move, moves.get(one.seat.enrolment_id, 0), setup),
        )
        for one in found
    ]


def is_allowed(check: Callable[..., None], *values: object) -> bool:
    """Whether a check of what participants may do passes."""
    try:
        check(*values)
    except CantBook:
        return False
    return True


def invitation(session: Session, enrolment_id: int, offer_id: int | None = None) -> Invitation | None:
    """What a mail about the enrolment is written from, and about a time that is offered; None when it is gone."""
    enrolment = session.get(Enrolment, enrolment_id)
    offer = session.get(SlotOffer, offer_id) if offer_id is not None else None
    if enrolment is None or (offer is None and offer_id is not None):
        return None
    study = session.get_one(Study, enrolment.study_id)
    ahead = sa.select(Interview).join(Attendee, Attendee.interview_id == Interview.id)
    held = ahead.where(
        Attendee.enrolment_id == enrolment.id,
        Attendee.outcome == InterviewStatus.UPCOMING,
        Interview.status == InterviewStatus.UPCOMING,
    )
    return Invitation(
        enrolment=enrolment,
        person=session.get_one(Participant, enrolment.participant_id),
        study=study,
        team=session.get_one(Team, study.team_id),
        owner=session.get_one(Member, study.owner_id),
        offer=offer,
        session=session.scalars(held.order_by(Interview.starts_at).limit(1)).first() if offer else None,
    )


def context(found: Occasion, page: str | None, unsubscribe: str | None = None) -> MailContext:
    """What a mail about the seat may say. `page` is the address of the participant's own page, None without one.

    Where and how to join is said while the session is ahead.
    """
    interview, person, study, team, host = found.interview, found.person, found.study, found.team, found.host
    own_page = page if found.is_ahead else None
    links = MailLinks(
        confirm=own_page,
        manage=own_page if found.may_change else None,
        reschedule=times_page(page) if found.may_take_another else None,
        unsubscribe=unsubscribe,
    )
    return MailContext(
        participant_name=person.name,
        participant_first_name=first_name(person.name),
        time_zone=person.time_zone or team.time_zone,
        study_name=study.external_name,
        team_name=team.name,
        host_first_name=(first_name(host.name) if host else "") or team.name,
        session=appointment(interview, is_ahead=found.is_ahead),
        links=links,
        incentive=incentive(study),
        sender_name=study.sender_name,
        reply_to=study.reply_to or (host.email if host else None),
    )


def appointment(interview: Interview, *, is_ahead: bool) -> Appointment:
    """The session as its participant reads of it."""
    return Appointment(
        title=interview.title,
        starts_at=interview.starts_at,
        ends_at=interview.ends_at,
        location=place(interview) if is_ahead else None,
        link=meeting_link(interview) if is_ahead else None,
        passcode=interview.passcode if is_ahead else None,
        is_ahead=is_ahead,
    )


def enrolment_context(found: Invitation, links: MailLinks) -> MailContext:
    """What a mail about the enrolment may say."""
    person, study, team, offer = found.person, found.study, found.team, found.offer
    length = timedelta(minutes=study.duration_minutes)
    return MailContext(
        participant_name=person.name,
        participant_first_name=first_name(person.name),
        time_zone=person.time_zone or team.time_zone,
        study_name=study.external_name,
        team_name=team.name,
        host_first_name=first_name(found.owner.name) or team.name,
        session=appointment(found.session, is_ahead=True) if found.session else None,
        offer=OfferedTime(offer.starts_at, offer.starts_at + length, offer.expires_at) if offer else None,
        length=length if study.type.has_interviews else None,
        links=links,
        incentive=incentive(study),
        sender_name=study.sender_name,
        reply_to=study.reply_to or found.owner.email,
    )


def first_name(name: str) -> str:
    """How a person is spoken to; "" without a name."""
    return next(iter(name.split()), "")


def place(interview: Interview) -> str | None:
    """Where the session is held, in words."""
    if interview.location is LocationKind.CUSTOM:
        return interview.link
    return interview.location.label if interview.location.needs_link else None


def meeting_link(interview: Interview) -> str | None:
    """The address to join at, None where the session is held at a place."""
    return interview.link if interview.location.needs_link else None


def incentive(study: Study) -> str | None:
    """What a participant gets, e.g. `50.00 EUR`; None where they get nothing."""
    if study.incentive_amount_minor is None or study.incentive_currency is None:
        return None
    return shown(study.incentive_amount_minor, study.incentive_currency)


def own_page(public_url: str | None, secret: str = MADE_LATER) -> str | None:
    """The address of a participant's own page; None where there are no pages."""
    return f"{public_url}/s/{secret}" if public_url else None


def screener_page(public_url: str | None, secret: str = MADE_LATER) -> str | None:
    """The address where somebody answers a study's screener."""
    return f"{public_url}/q/{secret}" if public_url else None


def task_page(public_url: str | None, secret: str = MADE_LATER) -> str | None:
    """The address from which somebody goes to a survey or a test."""
    return f"{public_url}/t/{secret}" if public_url else None


def start_page(public_url: str | None, purpose: LinkPurpose, secret: str = MADE_LATER) -> str | None:
    """The address where somebody begins a screener, or a survey or a test; None where there are no pages."""
    return (screener_page if purpose is LinkPurpose.SCREENER else task_page)(public_url, secret)


def times_page(page: str | None) -> str | None:
    """Where, on a participant's own page, they choose another time."""
    return f"{page}/times" if page else None


def claim_page(public_url: str | None, secret: str = MADE_LATER) -> str | None:
    """The address where somebody takes the time that was offered to them."""
    return f"{public_url}/c/{secret}" if public_url else None


def opt_out_page(public_url: str | None, secret: str = MADE_LATER) -> str | None:
    """The address where somebody asks for no more mails."""
    return f"{public_url}/u/{secret}" if public_url else None
