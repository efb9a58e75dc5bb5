"""A study with what can be acted upon in it, and how it comes to be there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.services.booking import Booking, book
from domain.interview import InterviewStatus
from domain.participant import ParticipantStatus
from domain.roles import Actor, Role
from domain.study import StudyStatus, StudyType
from domain.waiting import Wish
from storage import participants, scheduling, screeners
from storage.models import (
    Attendee,
    BlocklistSuggestion,
    Enrolment,
    Interview,
    OutboxRow,
    Participant,
    ScreenerResponse,
    Study,
    WaitingEntry,
)
from tests.builders import World
from tests.services.screening_desk import SCREENER

SECRET = "Mirabella"
"""How everybody is called who takes part: whoever reads it knows a name."""


@dataclass(frozen=True, slots=True)
class Site:
    """A study and what stands around it. `names` is what a row's templates may name."""

    key: str
    study_id: int
    number: int
    email: str
    names: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Builder:
    """Builds sites in a world. The owner of a site owns its three studies: interviews, a group's, a survey."""

    world: World

    def site(self, key: str, owner: Actor, **values: Any) -> Site:
        """A session ahead and a held one, a group's, and people of whom each is there for one thing."""
        world, given = self.world, {"owner_id": owner.member_id, **values}
        study = world.study(key, f"Study {key}", **given)
        group = world.study(f"{key[:6]}G", f"Group {key}", type=StudyType.GROUP_INTERVIEW, capacity=3, **given)
        survey = world.study(f"{key[:6]}S", f"Survey {key}", type=StudyType.SURVEY, status=StudyStatus.DRAFT, **given)
        ahead, held = self.book(study, "ahead", 3), self.book(study, "held", 2)
        together, begun = self.book(group, "together", 4), self.book(study, "begun", 1)
        with world.database.unit_of_work() as session:
            move(session, begun.id, -timedelta(days=1, minutes=5))
            move(session, held.id, -timedelta(days=4), InterviewStatus.COMPLETED)
            idle = self.somebody(session, "idle", study, phone="+49 30 1")
            resting = self.somebody(session, "resting", study, do_not_contact_reason="asked us")
            blocked = self.somebody(session, "blocked", survey, blocklisted_at=world.now, blocklist_reason="rude")
            answered = self.somebody(session, "answered", group, status=ParticipantStatus.SCREENER_COMPLETED)
            waiting = self.somebody(session, "waiting", study, status=ParticipantStatus.INTERVIEW_INVITED)
            session.add(WaitingEntry(study_id=study.id, enrolment_id=waiting.id, wish=Wish.ANY, asked_at=world.now))
            screener = screeners.publish(session, group.id, SCREENER, "Bo", world.now)
            screeners.publish(session, survey.id, SCREENER, "Bo", world.now)
            coming = session.scalars(sa.select(Enrolment.id).where(Enrolment.study_id == group.id)).all()
            session.add_all(
                ScreenerResponse(
                    enrolment_id=enrolment_id,
                    version_id=screener.id,
                    answers={"role": ["Buyer"], "shops": ["yes"], "often": ["1"]},
                    started_at=world.now,
                    saved_at=world.now,
                    submitted_at=world.now,
                )
                for enrolment_id in coming
            )
            suggestion = BlocklistSuggestion(
                workspace_id=world.workspace_id,
                participant_id=idle.participant_id,
                author="Bo",
                reason="why",
                at=world.now,
            )
            session.add(suggestion)
            setup = scheduling.setup_of(session, session.get_one(Study, study.id))
            template = scheduling.store_template(session, study.team_id, f"As {key}", setup, "Bo", world.now)
            session.flush()
            seat = session.scalars(
                sa.select(Attendee.id).where(Attendee.interview_id == ahead.id, Attendee.participant_id.is_not(None))
            ).one()
            session.execute(sa.delete(OutboxRow))
            person = session.get_one(Participant, idle.participant_id)
            names = {
                "key": key,
                "study": study.id,
                "group_key": group.key,
                "group_study": group.id,
                "survey_key": survey.key,
                "survey": survey.id,
                "interview": ahead.id,
                "ref": ahead.reference,
                "held": held.id,
                "held_ref": held.reference,
                "begun": begun.id,
                "begun_ref": begun.reference,
                "group": together.id,
                "group_ref": together.reference,
                "person": person.id,
                "alias": f"P{person.number}",
                "number": person.number,
                "email": person.email,
                "enrolment": idle.id,
                "resting": resting.id,
                "resting_person": resting.participant_id,
                "blocked": blocked.participant_id,
                "answered": answered.id,
                "waiting": waiting.id,
                "seat": seat,
                "suggestion": suggestion.id,
                "template": template,
            }
            return Site(key, study.id, person.number, person.email, names)

    def somebody(
        self,
        session: Session,
        how: str,
        study: Study,
        status: ParticipantStatus = ParticipantStatus.NOT_CONTACTED,
        **person: Any,
    ) -> Enrolment:
        """Somebody in a study who is there for one thing."""
        found = participants.add(
            session,
            self.world.workspace_id,
            f"{how}.{study.key.lower()}@example.com",
            f"{SECRET} {how.title()}{study.key}",
            self.world.now,
        )
        for column, value in person.items():
            setattr(found, column, value)
        enrolment = Enrolment(
            study_id=study.id, participant_id=found.id, status=status, status_changed_at=self.world.now
        )
        session.add(enrolment)
        session.flush()
        return enrolment

    def book(self, study: Study, how: str, days: int) -> Interview:
        """A session that somebody booked in it, of a host of its own so that no two get into each other's way."""
        world = self.world
        host = world.member(Role.OBSERVER, name=f"Host {study.key} {how}")
        wanted = Booking(
            study_id=study.id,
            email=f"{how}.{study.key.lower()}@example.com",
            name=f"{SECRET} {how.title()}{study.key}",
            starts_at=world.now + timedelta(days=days),
            host_ids=(host.member_id,),
        )
        with world.database.unit_of_work() as session:
            booked = book(session, world.admin, wanted, world.now)
            return session.get_one(Interview, booked.interview_id)


def move(
    session: Session, interview_id: int, by: timedelta, status: InterviewStatus = InterviewStatus.UPCOMING
) -> None:
    """Let the session be at another time, and have come to that."""
    interview = session.get_one(Interview, interview_id)
    interview.status = status
    interview.starts_at, interview.ends_at = interview.starts_at + by, interview.ends_at + by
    for seat in session.scalars(sa.select(Attendee).where(Attendee.interview_id == interview_id)):
        seat.starts_at, seat.ends_at = interview.starts_at, interview.ends_at
        if seat.participant_id is not None:
            seat.outcome = status
