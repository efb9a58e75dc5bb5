"""What tests of participants' pages share: a study with a screener, people with links, where they stand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.services import consents, links, screening
from bot.services.screening import Entered, Saved, ScreenerPage
from domain.participant import ParticipantStatus
from domain.person import LinkPurpose
from domain.screener import Comparison, Condition, OutcomeRule, Question, QuestionKind, Screener, Verdict
from storage import screeners
from storage.models import Enrolment, ScreenerResponse, StatusChange, Study
from storage.screeners import Published
from tests.builders import rows
from tests.services.booking_desk import Bookings
from tests.services.conftest import Desk

ROLE = Question("role", QuestionKind.SINGLE_CHOICE, "What do you do?", options=("Buyer", "Seller", "Other"))
SHOPS = Question("shops", QuestionKind.YES_NO, "Do you shop online?", property_name="Shops")
OFTEN = Question(
    "often",
    QuestionKind.NUMBER,
    "How often a month?",
    hint="Roughly.",
    show_if=Condition("shops", Comparison.IS_ANY_OF, ("yes",)),
    property_name="Purchases",
)
NOTE = Question("note", QuestionKind.LONG_TEXT, "Anything else?", is_required=False)
SCREENER = Screener(
    questions=(ROLE, SHOPS, OFTEN, NOTE),
    rules=(
        OutcomeRule(Verdict.NOT_QUALIFIED, Condition("shops", Comparison.IS_ANY_OF, ("no",))),
        OutcomeRule(Verdict.QUALIFIED, Condition("often", Comparison.AT_LEAST, ("3",))),
    ),
    introduction="It takes two minutes.",
)
"""Page 1: role and shops. Page 2: how often, of those who shop, and a note. Three or more a month qualify."""
FIRST = {0: ("Buyer",), 1: ("yes",)}
FITS, MIDDLING = {2: ("4",)}, {2: ("1",)}


@dataclass(frozen=True, slots=True)
class Screenings:
    """A world in whose study people answer a screener."""

    desk: Desk

    def publish(self, screener: Screener = SCREENER, study_id: int | None = None) -> Published:
        return self.desk.do(
            lambda s: screeners.publish(s, study_id or self.desk.world.study_id, screener, "Lena", self.desk.world.now)
        )

    def invite(
        self,
        email: str = "mira@example.com",
        status: ParticipantStatus = ParticipantStatus.STUDY_INVITED,
        purpose: LinkPurpose = LinkPurpose.SCREENER,
        study_id: int | None = None,
        **person: Any,
    ) -> tuple[int, str]:
        """Somebody new who is invited: their enrolment, and the secret of their link."""
        someone = self.desk.world.participant(email, person.pop("name", "Mara Lindqvist"), **person)
        enrolment_id = Bookings(self.desk).enrol(someone.id, study_id, status=status)
        return enrolment_id, self.link(enrolment_id, purpose)

    def link(self, enrolment_id: int, purpose: LinkPurpose = LinkPurpose.SCREENER) -> str:
        return self.desk.do(lambda s: links.issue_for(s, enrolment_id, purpose, self.desk.world.now))

    def page(self, token: str, wanted: int | None = 1, now: datetime | None = None) -> ScreenerPage:
        with self.desk.database.reading() as session:
            return screening.page(session, token, wanted, now or self.desk.world.now)

    def save(
        self,
        token: str,
        part: int,
        answers: Mapping[int, Sequence[str]],
        *,
        version: int = 1,
        is_last: bool = False,
        now: datetime | None = None,
    ) -> Saved:
        entered = Entered(version, part, answers)
        return self.desk.do(lambda s: screening.save(s, token, entered, now or self.desk.world.now, is_last=is_last))

    def answer(self, token: str, last: Mapping[int, Sequence[str]] = FITS) -> Saved:
        """Answer everything, and send it."""
        self.save(token, 1, FIRST)
        return self.save(token, 2, last, is_last=True)

    def consent(self, text: str = "We record the session.", *, is_on: bool = True, study_id: int | None = None) -> int:
        """Let the study have a text that is agreed to: its version."""
        world, wanted = self.desk.world, study_id or self.desk.world.study_id

        def save(session: Session) -> int:
            before = consents.by_id(session, world.researcher, wanted).version
            seen = before.number if before is not None else 0
            saved = consents.save(session, world.researcher, wanted, text if is_on else None, seen, world.now)
            assert saved.version is not None
            return saved.version.number

        return self.desk.do(save)

    def change_study(self, study_id: int | None = None, **values: Any) -> None:
        with self.desk.database.unit_of_work() as session:
            study = session.get_one(Study, study_id or self.desk.world.study_id)
            for name, value in values.items():
                setattr(study, name, value)

    def enrolment(self, enrolment_id: int) -> Enrolment:
        with self.desk.database.reading() as session:
            return session.get_one(Enrolment, enrolment_id)

    def status(self, enrolment_id: int) -> str:
        return self.enrolment(enrolment_id).status.value

    def steps(self, enrolment_id: int) -> list[tuple[str, str]]:
        """Where somebody came, and by what, in order."""
        statement = sa.select(StatusChange.to, StatusChange.cause).where(StatusChange.enrolment_id == enrolment_id)
        found = rows(self.desk.database, statement.order_by(StatusChange.id))
        return [(to.value, cause.value) for to, cause in found]

    def response(self, enrolment_id: int) -> ScreenerResponse | None:
        with self.desk.database.reading() as session:
            return session.scalar(sa.select(ScreenerResponse).where(ScreenerResponse.enrolment_id == enrolment_id))
