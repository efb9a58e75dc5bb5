"""Screeners as they are kept: documents, versions, what study lists say of them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from sqlalchemy.orm import Session

from domain.errors import NotFound
from domain.participant import ParticipantStatus
from domain.screener import (
    Comparison,
    Condition,
    OutcomeRule,
    Question,
    QuestionKind,
    Screener,
    Verdict,
    verdict,
    visible,
)
from storage import participants, screeners, studies
from storage.models import ScreenerResponse
from storage.screeners import document, from_document
from tests.builders import World, counted_statements
from tests.screeners import any_screener

CAR = Screener((Question("a", QuestionKind.YES_NO, "Do you drive?"),), introduction="Hello 👋 \u2028")
OTHER = Screener((Question("b", QuestionKind.NUMBER, "How far?"), Question("c", QuestionKind.DATE, "Since when?")))


@given(any_screener())
def test_a_screener_is_read_as_it_was_written(screener: Screener) -> None:
    assert from_document(document(screener)) == screener


def test_an_older_document_is_read_with_what_it_lacks_filled_in() -> None:
    old: dict[str, Any] = {"questions": [{"id": "a", "kind": "yes_no", "text": "Really?"}]}
    assert from_document(old) == Screener((Question("a", QuestionKind.YES_NO, "Really?"),))
    assert from_document({}) == Screener()


def test_what_a_newer_callsheet_wrote_is_read_as_far_as_it_is_understood_and_qualifies_nobody() -> None:
    newer: dict[str, Any] = {
        "questions": [
            {"id": "a", "kind": "mood", "text": "How?", "colour": "red", "show_if": {"test": "rhymes", "values": []}}
        ],
        "rules": [
            {"verdict": "qualified", "condition": {"question_id": "a", "test": "is_answered", "values": []}},
            {"verdict": "not_qualified", "condition": {"question_id": "a", "test": "rhymes", "values": ["x"]}},
        ],
        "theme": 7,
    }
    screener = from_document(newer)
    assert [each.kind for each in visible(screener, {})] == [QuestionKind.SHORT_TEXT]
    assert verdict(screener, {"a": "fine"}) is Verdict.UNDECIDED


def test_the_version_published_last_is_what_people_get(world: World) -> None:
    with world.database.unit_of_work() as session:
        assert screeners.current(session, world.study_id) is None
        assert not screeners.has_screener(session, world.study_id)
        first = screeners.publish(session, world.study_id, CAR, "Rita", world.now)
        second = screeners.publish(session, world.study_id, OTHER, "Omar", world.now + timedelta(hours=1))
    with world.database.reading() as session:
        found = screeners.current(session, world.study_id)
        assert found == second
        assert found is not None
        assert (found.number, found.screener, found.author) == (2, OTHER, "Omar")
        assert screeners.version(session, first.id) == first
        assert first.screener == CAR
        assert screeners.numbered(session, world.study_id, 1) == first
        assert screeners.numbered(session, world.study_id, 3) is None
        with pytest.raises(NotFound):
            screeners.version(session, 999)


def test_a_version_without_questions_ends_the_screener(world: World) -> None:
    with world.database.unit_of_work() as session:
        screeners.publish(session, world.study_id, CAR, "Rita", world.now)
        screeners.publish(session, world.study_id, Screener(), "Rita", world.now)
        assert screeners.current(session, world.study_id) is None
        assert not screeners.has_screener(session, world.study_id)
        last = screeners.last(session, world.study_id)
        assert last is not None
        assert last.number == 2


def test_sizes_are_those_of_the_last_versions_that_have_questions(world: World) -> None:
    other, ended, none = (world.study(key, key).id for key in ("AAA", "BBB", "CCC"))
    with world.database.unit_of_work() as session:
        for study_id in (world.study_id, ended):
            screeners.publish(session, study_id, CAR, "Rita", world.now)
        screeners.publish(session, world.study_id, OTHER, "Rita", world.now)
        screeners.publish(session, ended, Screener(), "Rita", world.now)
        screeners.publish(session, other, CAR, "Rita", world.now)
    with world.database.reading() as session, counted_statements(world.database) as statements:
        assert screeners.sizes(session, [world.study_id, other, ended, none]) == {world.study_id: 2, other: 1}
        assert len(statements) == 1


def test_people_who_have_begun_and_not_submitted_are_counted_by_version(world: World) -> None:
    with world.database.unit_of_work() as session:
        versions = [screeners.publish(session, world.study_id, each, "Rita", world.now) for each in (CAR, OTHER)]
    places = [(0, False), (0, False), (1, False), (1, True)]
    for number, (version, is_submitted) in enumerate(places):
        person = world.participant(f"p{number}@example.com")
        with world.database.unit_of_work() as session:
            enrolment_id = add_to_study(session, world, person.id)
            session.add(
                ScreenerResponse(
                    enrolment_id=enrolment_id,
                    version_id=versions[version].id,
                    answers={},
                    started_at=world.now,
                    saved_at=world.now,
                    submitted_at=world.now if is_submitted else None,
                )
            )
    with world.database.reading() as session:
        assert screeners.answering(session, world.study_id) == {1: 2, 2: 1}


def add_to_study(session: Session, world: World, participant_id: int) -> int:
    place = (world.study_id, participant_id)
    ids = participants.enrol_all(session, {place: ParticipantStatus.NOT_CONTACTED}, "Rita", world.now)
    return next(iter(ids.values()))


def test_a_study_says_how_many_questions_its_screener_has(world: World) -> None:
    with world.database.unit_of_work() as session:
        assert studies.details(session, world.researcher, "CHK").screener is None
        screeners.publish(session, world.study_id, CAR, "Rita", world.now)
        screeners.publish(session, world.study_id, OTHER, "Rita", world.now)
        found = studies.details(session, world.researcher, "CHK").screener
        assert found is not None
        assert found.text == "2 questions, version 2"
        screeners.publish(session, world.study_id, Screener(), "Rita", world.now)
        ended = studies.details(session, world.researcher, "CHK").screener
        assert ended is not None
        assert ended.text == "ended"


def test_a_rule_keeps_its_values_in_order(world: World) -> None:
    rule = OutcomeRule(Verdict.NOT_QUALIFIED, Condition("a", Comparison.IS_NONE_OF, ("z", "a", "ü")))
    with world.database.unit_of_work() as session:
        kept = screeners.publish(session, world.study_id, Screener(CAR.questions, (rule,)), "Rita", world.now)
    with world.database.reading() as session:
        assert screeners.version(session, kept.id).screener.rules == (rule,)
