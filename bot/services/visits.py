"""Who visits a participant's pages: in which study, in whose name, on which clock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.services import links
from domain.person import LinkPurpose, masked_email
from domain.scheduling import Assignment, Slot
from domain.study import LocationKind
from domain.times import zone
from storage import members, scheduling
from storage.models import Enrolment, Participant, Study, Team


@dataclass(frozen=True, slots=True)
class Visit:
    """Whose page it is, and in which study. `time_zone` is what is known of the person's, else None.

    `consent_version` is what is agreed to in the study before anything else, None for nothing.
    """

    enrolment_id: int
    participant_name: str
    email: str
    team_name: str
    study_name: str
    location: LocationKind
    location_text: str | None
    time_zone: str | None
    team_time_zone: str
    consent_version: int | None


def visit(session: Session, token: str, now: datetime) -> Visit:
    """Whose page the link opens. Raises LinkExpired."""
    link = links.resolve(session, token, now, LinkPurpose.PAGE)
    person, study, team = whose(session, link.enrolment_id)
    return Visit(
        enrolment_id=link.enrolment_id,
        participant_name=person.name,
        email=person.email,
        team_name=team.name,
        study_name=study.external_name,
        location=study.location,
        location_text=study.location_text,
        time_zone=person.time_zone,
        team_time_zone=team.time_zone,
        consent_version=study.consent_version,
    )


@dataclass(frozen=True, slots=True)
class Leaver:
    """Who is about to opt out, or has. `email` is masked: a mail that is passed on takes this link along."""

    team_name: str
    email: str
    is_out: bool


def leaver(session: Session, token: str, now: datetime) -> Leaver:
    """Whom the link to unsubscribe, or one to a page of theirs, lets opt out. Raises LinkExpired."""
    link = links.resolve(session, token, now, *links.OPTS_OUT)
    person, _study, team = whose(session, link.enrolment_id)
    return Leaver(team.name, masked_email(person.email), person.opted_out_at is not None)


def whose(session: Session, enrolment_id: int) -> tuple[Participant, Study, Team]:
    """The person of an enrolment, its study and the study's team."""
    row = session.execute(
        sa.select(Participant, Study, Team)
        .join(Enrolment, Enrolment.participant_id == Participant.id)
        .join(Study, Study.id == Enrolment.study_id)
        .join(Team, Team.id == Study.team_id)
        .where(Enrolment.id == enrolment_id)
    ).one()
    return row[0], row[1], row[2]


def hosts_at(session: Session, enrolment_id: int, slot: Slot) -> str:
    """Who hosts at that time, by first name: `Lena`, `Lena and Sam`; "" where it may be one or another."""
    _person, study, _team = whose(session, enrolment_id)
    if len(slot.host_ids) > 1 and scheduling.setup_of(session, study).assignment is Assignment.ROUND_ROBIN:
        return ""
    found = members.by_ids(session, slot.host_ids)
    return " and ".join(filter(None, (first_name(found[id_].name) for id_ in slot.host_ids if id_ in found)))


def first_name(name: str) -> str:
    return next(iter(name.split()), "")


def keep_zone(session: Session, enrolment_id: int, time_zone: str) -> None:
    """Remember the zone in which the participant chose a time: mails and pages show theirs in it from now on.

    Raises RuleError for an unknown one.
    """
    zone(time_zone)
    session.execute(
        sa.update(Participant)
        .where(
            Participant.id.in_(sa.select(Enrolment.participant_id).where(Enrolment.id == enrolment_id)),
            sa.or_(Participant.time_zone.is_(None), Participant.time_zone != time_zone),
        )
        .values(time_zone=time_zone)
    )
