"""People with links of every kind, living and dead, and what is written about them that only their team may read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.services import links
from bot.services.booking import Booking, book
from domain.interview import Door, TimelineKind
from domain.participant import ParticipantStatus
from domain.person import LinkPurpose
from domain.roles import Role
from domain.study import StudyType
from storage import participants, screeners
from storage.engine import Database
from storage.models import (
    Attendee,
    BlocklistSuggestion,
    ConsentText,
    Enrolment,
    GovernanceOverride,
    Participant,
    ParticipantLink,
    ParticipantNote,
    SlotOffer,
    Study,
    StudyQuota,
    TimelineEntry,
)
from tests.builders import World
from tests.permissions.site import SECRET
from tests.services.screening_desk import SCREENER

STAFF = "Quillfeather"
"""Stands in all that only the team may read: names, descriptions, notes, properties, quotas, reasons."""
OUTSIDE = "Applewood"
"""Stands in what participants are told that a study is called. With a dead link not even that is read."""


@dataclass(frozen=True, slots=True)
class Studies:
    """Of one workspace: one with sessions and a text to agree to, one with a screener and a public link, a test."""

    world: World
    booked: int
    asked: int
    tested: int
    share: str

    @classmethod
    def build(cls, world: World, share: str) -> Studies:
        given = {"external_name": OUTSIDE, "description": STAFF}
        booked = world.study("BOOK", f"{STAFF} sessions", consent_version=1, **given)
        asked = world.study("ASK", f"{STAFF} screener", share_token=share, **given)
        way = {"type": StudyType.UNMODERATED_TEST, "task_url": "https://tool.example/?p={token}"}
        tested = world.study("TEST", f"{STAFF} test", **way, **given)
        with world.database.unit_of_work() as session:
            screeners.publish(session, asked.id, SCREENER, STAFF, world.now)
            session.add(ConsentText(study_id=booked.id, version=1, text="We record.", author=STAFF, at=world.now))
            session.add(StudyQuota(study_id=asked.id, position=1, property_name=STAFF, property_value=STAFF, seats=9))
        return cls(world, booked.id, asked.id, tested.id, share)


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody in all three studies, with a link for every purpose, and dead ones by how they died."""

    surname: str
    participant_id: int
    enrolment_ids: tuple[int, ...]
    session_at: datetime
    live: dict[LinkPurpose, str]
    dead: dict[tuple[LinkPurpose, str], str]

    @classmethod
    def build(cls, studies: Studies, surname: str, days: int) -> Visitor:
        world = studies.world
        host = world.member(Role.RESEARCHER, name="Ines Host")
        email, at = f"{surname.lower()}@example.com", world.now + timedelta(days=days)
        wanted = Booking(
            study_id=studies.booked, email=email, name=f"{SECRET} {surname}", starts_at=at, host_ids=(host.member_id,)
        )
        with world.database.unit_of_work() as session:
            interview_id = book(session, world.admin, wanted, world.now).interview_id
            person = participants.by_email(session, world.workspace_id, email)
            assert person is not None
            seat = session.scalars(sa.select(Attendee).where(Attendee.participant_id == person.id)).one()
            assert seat.enrolment_id is not None
            asked = enrol(session, world, studies.asked, person, ParticipantStatus.STUDY_INVITED)
            tested = enrol(session, world, studies.tested, person, ParticipantStatus.TEST_INVITED)
            write_for_the_team(session, world, person, studies.booked, interview_id)
            offer = SlotOffer(
                study_id=studies.asked,
                enrolment_id=asked,
                starts_at=at,
                offered_by=STAFF,
                offered_at=world.now,
                expires_at=world.now + timedelta(hours=3),
            )
            session.add(offer)
            session.flush()
            about = {LinkPurpose.PAGE: seat.enrolment_id, LinkPurpose.TASK: tested, LinkPurpose.FINISH: tested}
            live, dead = {}, {}
            for purpose in LinkPurpose:
                offer_id = offer.id if purpose is LinkPurpose.CLAIM else None
                of = about.get(purpose, asked)
                live[purpose] = links.issue_for(session, of, purpose, world.now, offer_id=offer_id)
                for how, column in (("revoked", "revoked_at"), ("expired", "expires_at")):
                    token = links.issue_for(session, asked, purpose, world.now, offer_id=offer_id)
                    setattr(session.get_one(ParticipantLink, links.hashed(token)), column, world.now)
                    dead[purpose, how] = token
            return cls(surname, person.id, (seat.enrolment_id, asked, tested), at, live, dead)

    def rows(self, database: Database) -> list[object]:
        """What is kept of them."""
        mine = (
            sa.select(Participant.__table__).where(Participant.id == self.participant_id),
            *(
                sa.select(model.__table__).where(model.enrolment_id.in_(self.enrolment_ids))
                for model in (Attendee, ParticipantLink, SlotOffer)
            ),
            sa.select(Enrolment.__table__).where(Enrolment.participant_id == self.participant_id),
        )
        with database.reading() as session:
            return [tuple(row) for statement in mine for row in session.execute(statement)]


def enrol(session: Session, world: World, study_id: int, person: Participant, status: ParticipantStatus) -> int:
    enrolment = Enrolment(
        study_id=study_id,
        participant_id=person.id,
        status=status,
        status_changed_at=world.now,
        status_reason=STAFF,
        status_changed_by=STAFF,
    )
    session.add(enrolment)
    session.flush()
    return enrolment.id


def write_for_the_team(session: Session, world: World, person: Participant, study_id: int, interview_id: int) -> None:
    """What a team keeps of somebody: a property, a note, what was said of their session, reasons of rules."""
    person.properties = {STAFF: STAFF}
    workspace_id, study = world.workspace_id, session.get_one(Study, study_id)
    session.add_all(
        (
            ParticipantNote(participant_id=person.id, author=STAFF, text=STAFF, at=world.now),
            TimelineEntry(
                interview_id=interview_id,
                at=world.now,
                kind=TimelineKind.NOTE,
                door=Door.SLACK,
                actor=STAFF,
                text=STAFF,
            ),
            GovernanceOverride(participant_id=person.id, study_id=study.id, author=STAFF, reason=STAFF, at=world.now),
            BlocklistSuggestion(
                workspace_id=workspace_id, participant_id=person.id, author=STAFF, reason=STAFF, at=world.now
            ),
        )
    )
