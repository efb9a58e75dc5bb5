"""What a mail about a seat is written from: everybody and everything concerned, as it is now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from domain.incentive import shown
from domain.interview import AttendeeKind, InterviewStatus
from domain.mail import MailContext, MailLinks
from domain.study import LocationKind
from storage import interviews
from storage.models import Attendee, Interview, Member, Participant, Study, Team

MADE_LATER = "…"
"""Stands in a preview for the secret of a personal link, which is made when the mail goes out."""


@dataclass(frozen=True, slots=True)
class Occasion:
    """Everything that a mail about a seat is written from, as it is now. `host` is the first host, if there is one."""

    interview: Interview
    seat: Attendee
    person: Participant
    study: Study
    team: Team
    host: Member | None

    @property
    def is_ahead(self) -> bool:
        """Whether the participant still has a seat in a session that is to come."""
        return self.interview.status is self.seat.outcome is InterviewStatus.UPCOMING


def occasion(session: Session, seat: Attendee) -> Occasion:
    """The occasion of a mail about a participant's seat."""
    return occasions(session, [seat])[0]


def occasions(session: Session, seats: Sequence[Attendee]) -> list[Occasion]:
    """The occasions of a mail about each of some participants' seats in one session, at least one, in their order."""
    interview = session.get_one(Interview, seats[0].interview_id)
    study, team = session.get_one(Study, interview.study_id), session.get_one(Team, interview.team_id)
    hosts = [a for a in interviews.attendees(session, interview.id) if a.kind is AttendeeKind.HOST]
    host = session.get(Member, hosts[0].member_id) if hosts else None
    found = session.scalars(sa.select(Participant).where(Participant.id.in_([seat.participant_id for seat in seats])))
    people: dict[int | None, Participant] = {person.id: person for person in found}
    return [Occasion(interview, seat, people[seat.participant_id], study, team, host) for seat in seats]


def context(found: Occasion, page: str | None) -> MailContext:
    """What a mail about the seat may say. `page` is the address of the participant's own page, None without one.

    Where and how to join is said while the session is ahead.
    """
    interview, person, team, host = found.interview, found.person, found.team, found.host
    own_page = page if found.is_ahead else None
    return MailContext(
        participant_name=person.name,
        participant_first_name=next(iter(person.name.split()), ""),
        study_name=found.study.external_name,
        title=interview.title,
        starts_at=interview.starts_at,
        ends_at=interview.ends_at,
        time_zone=person.time_zone or team.time_zone,
        host_first_name=next(iter(host.name.split()), team.name) if host else team.name,
        team_name=team.name,
        location=place(interview) if found.is_ahead else None,
        link=meeting_link(interview) if found.is_ahead else None,
        passcode=interview.passcode if found.is_ahead else None,
        links=MailLinks(confirm=own_page, manage=own_page),
        incentive=incentive(found.study),
        reply_to=host.email if host else None,
    )


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
