"""Studies with a screener, and people who have answered it."""

from __future__ import annotations

from typing import Any

from domain.participant import ParticipantStatus
from domain.screener import Comparison, Condition, OutcomeRule, Question, QuestionKind, Screener, Verdict
from storage import participants, screeners
from storage.models import Enrolment, ScreenerResponse
from tests.builders import World

PHONE = Question("phone", QuestionKind.SINGLE_CHOICE, "Which phone do you use?", options=("iPhone", "Android", "None"))
ABOUT = Question("about", QuestionKind.LONG_TEXT, "What do you use it for?", is_required=False)
SCREENER = Screener(
    questions=(PHONE, ABOUT),
    rules=(OutcomeRule(Verdict.NOT_QUALIFIED, Condition("phone", Comparison.IS_ANY_OF, ("None",))),),
)
ANSWERS = {"phone": "Android", "about": "Shopping & <maps>"}


def publish(world: World, study_id: int | None = None, screener: Screener = SCREENER) -> int:
    """Give the study a screener. The version's id."""
    with world.database.unit_of_work() as session:
        return screeners.publish(session, study_id or world.study_id, screener, "Test", world.now).id


def enrolled(
    world: World,
    email: str,
    name: str = "",
    status: ParticipantStatus = ParticipantStatus.NOT_CONTACTED,
    study_id: int | None = None,
    **values: Any,
) -> int:
    """The id of a new participant's enrolment."""
    person = world.participant(email, name, **values)
    place = (study_id or world.study_id, person.id)
    with world.database.unit_of_work() as session:
        return participants.enrol_all(session, {place: status}, "Test", world.now)[place]


def answer(
    world: World,
    enrolment_id: int,
    version_id: int,
    answers: dict[str, Any] | None = None,
    verdict: Verdict = Verdict.UNDECIDED,
    **values: Any,
) -> None:
    """Let somebody have submitted their answers."""
    with world.database.unit_of_work() as session:
        session.add(
            ScreenerResponse(
                enrolment_id=enrolment_id,
                version_id=version_id,
                answers=ANSWERS if answers is None else answers,
                verdict=verdict,
                started_at=world.now,
                saved_at=world.now,
                **{"submitted_at": world.now, **values},
            )
        )


def answered(world: World, version_id: int, email: str = "mara@example.com", **given: Any) -> int:
    """The id of the enrolment of somebody new who waits for a review."""
    values = {"name": "Mara Lindqvist", "status": ParticipantStatus.SCREENER_COMPLETED, **given}
    answers, verdict = values.pop("answers", None), values.pop("verdict", Verdict.UNDECIDED)
    enrolment_id = enrolled(world, email, **values)
    answer(world, enrolment_id, version_id, answers, verdict)
    return enrolment_id


def status_of(world: World, enrolment_id: int) -> ParticipantStatus:
    with world.database.reading() as session:
        return session.get_one(Enrolment, enrolment_id).status
