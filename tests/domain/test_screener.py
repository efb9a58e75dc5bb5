"""Screeners: what is shown, what counts, what an answer may be, and what answers come to."""

from __future__ import annotations

import random
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import RuleError
from domain.screener import (
    Answer,
    Comparison,
    Condition,
    OutcomeRule,
    Question,
    QuestionKind,
    Screener,
    Verdict,
    checked,
    decided,
    is_met,
    kept,
    missing,
    properties,
    verdict,
    visible,
)
from tests.screeners import any_answers, any_screener, given_to

K, C, V = QuestionKind, Comparison, Verdict


def yes_no(id_: str = "q1", **values: object) -> Question:
    return Question(id_, K.YES_NO, f"{id_}?", **values)  # type: ignore[arg-type]


def if_yes(id_: str) -> Condition:
    return Condition(id_, C.IS_ANY_OF, ("yes",))


CHAIN = Screener(
    (yes_no("a"), yes_no("b", show_if=if_yes("a")), yes_no("c", show_if=if_yes("b"))),
    (OutcomeRule(V.NOT_QUALIFIED, if_yes("c")),),
)


def ids(questions: tuple[Question, ...]) -> list[str]:
    return [question.id for question in questions]


def test_a_question_is_shown_only_if_the_one_it_asks_about_was_shown() -> None:
    assert ids(visible(CHAIN, {"a": "yes", "b": "yes"})) == ["a", "b", "c"]
    assert ids(visible(CHAIN, {"a": "no", "b": "yes"})) == ["a"]


def test_an_answer_to_a_hidden_question_counts_for_nothing() -> None:
    answers = {"a": "no", "b": "yes", "c": "yes"}
    assert kept(CHAIN, answers) == {"a": "no"}
    assert verdict(CHAIN, answers) is V.UNDECIDED
    assert verdict(CHAIN, answers | {"a": "yes"}) is V.NOT_QUALIFIED


def test_a_condition_on_a_later_or_unknown_question_is_never_met() -> None:
    screener = Screener((yes_no("a", show_if=if_yes("b")), yes_no("b"), yes_no("c", show_if=if_yes("gone"))))
    assert ids(visible(screener, {"b": "yes", "gone": "yes"})) == ["b"]


def test_missing_are_the_required_questions_that_are_shown_and_not_answered() -> None:
    screener = Screener((yes_no("a"), yes_no("b", is_required=False), yes_no("c", show_if=if_yes("a"))))
    assert ids(missing(screener, {})) == ["a"]
    assert ids(missing(screener, {"a": "yes"})) == ["c"]
    assert ids(missing(screener, {"a": "no"})) == []


@pytest.mark.parametrize(
    ("condition", "answer", "met"),
    [
        (Condition("q", C.IS_ANY_OF, ("A", "B")), "A", True),
        (Condition("q", C.IS_ANY_OF, ("A", "B")), "C", False),
        (Condition("q", C.IS_ANY_OF, ("A",)), ("B", "A"), True),
        (Condition("q", C.IS_NONE_OF, ("A",)), "B", True),
        (Condition("q", C.IS_NONE_OF, ("A",)), ("B", "A"), False),
        (Condition("q", C.IS_NONE_OF, ("A",)), None, False),
        (Condition("q", C.IS_NONE_OF, ("A",)), (), False),
        (Condition("q", C.AT_LEAST, ("18",)), "18", True),
        (Condition("q", C.AT_LEAST, ("18",)), "9", False),
        (Condition("q", C.AT_LEAST, ("18",)), "17.99", False),
        (Condition("q", C.AT_MOST, ("-1",)), "-2", True),
        (Condition("q", C.AT_MOST, ("2026-03-31",)), "2026-03-31", True),
        (Condition("q", C.AT_LEAST, ("2026-03-31",)), "2025-12-31", False),
        (Condition("q", C.AT_LEAST, ("18",)), "2026-03-31", False),
        (Condition("q", C.AT_LEAST, ("x",)), "18", False),
        (Condition("q", C.AT_LEAST), "18", False),
        (Condition("q", C.IS_ANSWERED), "x", True),
        (Condition("q", C.IS_ANSWERED), None, False),
    ],
)
def test_how_a_condition_looks_at_an_answer(condition: Condition, answer: Answer | None, met: bool) -> None:
    assert is_met(condition, {"q": answer} if answer is not None else {}) is met


def choice(kind: K = K.SINGLE_CHOICE) -> Question:
    return Question("q", kind, "Which?", options=("A", "B", "C"))


def question(kind: K) -> Question:
    return choice(kind) if kind.is_choice else Question("q", kind, "What?")


@pytest.mark.parametrize(
    ("kind", "entered", "answer"),
    [
        (K.SHORT_TEXT, "  two\r\nlines  ", "two lines"),
        (K.SHORT_TEXT, "x" * 200, "x" * 200),
        (K.SHORT_TEXT, "a\x00b\ud800c", "abc"),
        (K.LONG_TEXT, "one\r\n\r\ntwo ", "one\n\ntwo"),
        (K.LONG_TEXT, "x" * 5000, "x" * 5000),
        (K.NUMBER, "42", "42"),
        (K.NUMBER, " 4,50 ", "4.5"),
        (K.NUMBER, "007", "7"),
        (K.NUMBER, "-0.0", "0"),
        (K.NUMBER, "−3", "-3"),
        (K.NUMBER, "+3.25", "3.25"),
        (K.DATE, "2028-02-29", "2028-02-29"),
        (K.YES_NO, "yes", "yes"),
        (K.SINGLE_CHOICE, ["B"], "B"),
        (K.MULTIPLE_CHOICE, ["C", "A", "C"], ("A", "C")),
        (K.MULTIPLE_CHOICE, "B", ("B",)),
        *[(kind, nothing, None) for kind in K for nothing in ("", "  \n", None, [], [""])],
    ],
)
def test_an_answer_is_kept_in_one_form(kind: K, entered: str | list[str] | None, answer: Answer | None) -> None:
    assert checked(question(kind), entered) == answer


@pytest.mark.parametrize(
    ("kind", "entered", "sentence"),
    [
        (K.SHORT_TEXT, "x" * 201, "At most 200 characters, please: these are 201."),
        (K.LONG_TEXT, "x" * 5001, "At most 5,000 characters, please: these are 5,001."),
        (K.NUMBER, "many", "A number, please, such as 42 or 4.5."),
        (K.NUMBER, "1e5", "A number, please"),
        (K.NUMBER, "٣", "A number, please"),
        (K.NUMBER, "1,000", "could be read in two ways"),
        (K.NUMBER, "4.555", "could be read in two ways"),
        (K.NUMBER, "1000.555", "At most two decimal places"),
        (K.DATE, "2026-02-30", "A date, please, such as 2026-03-31."),
        (K.DATE, "20260330", "A date, please"),
        (K.DATE, "0000-01-01", "A date, please"),
        (K.YES_NO, "maybe", "Choose one of the answers."),
        (K.SINGLE_CHOICE, "D", "Choose one of the answers."),
        (K.SINGLE_CHOICE, ["A", "B"], "One answer, please."),
        (K.MULTIPLE_CHOICE, ["A", "D"], "Choose among the answers."),
    ],
)
def test_what_can_be_no_answer_is_refused_at_its_question(kind: K, entered: str | list[str], sentence: str) -> None:
    with pytest.raises(RuleError, match=sentence) as refused:
        checked(question(kind), entered)
    assert refused.value.field == "q"


def rules(*given: tuple[V, str, str]) -> tuple[OutcomeRule, ...]:
    return tuple(OutcomeRule(each, Condition(id_, C.IS_ANY_OF, (value,))) for each, id_, value in given)


TWO = (yes_no("a"), yes_no("b", is_required=False))


@pytest.mark.parametrize(
    ("given_rules", "answers", "expected"),
    [
        ((), {"a": "yes"}, V.UNDECIDED),
        (rules((V.QUALIFIED, "a", "yes")), {"a": "yes"}, V.QUALIFIED),
        (rules((V.QUALIFIED, "a", "yes")), {"a": "no"}, V.UNDECIDED),
        (rules((V.QUALIFIED, "a", "yes"), (V.QUALIFIED, "b", "yes")), {"a": "yes"}, V.UNDECIDED),
        (rules((V.QUALIFIED, "a", "yes"), (V.QUALIFIED, "b", "yes")), {"a": "yes", "b": "yes"}, V.QUALIFIED),
        (rules((V.QUALIFIED, "a", "yes"), (V.NOT_QUALIFIED, "b", "no")), {"a": "yes", "b": "no"}, V.NOT_QUALIFIED),
        (rules((V.NOT_QUALIFIED, "b", "no")), {"a": "yes", "b": "yes"}, V.UNDECIDED),
    ],
)
def test_a_rule_that_disqualifies_wins_and_all_that_qualify_must_be_met(
    given_rules: tuple[OutcomeRule, ...], answers: dict[str, Answer], expected: V
) -> None:
    assert verdict(Screener(TWO, given_rules), answers) is expected


def test_the_rules_that_decide_are_told() -> None:
    both = rules((V.QUALIFIED, "a", "yes"), (V.NOT_QUALIFIED, "b", "no"))
    assert decided(Screener(TWO, both), {"a": "yes", "b": "no"}) == (V.NOT_QUALIFIED, both[1:])
    assert decided(Screener(TWO, both), {"a": "yes", "b": "yes"}) == (V.QUALIFIED, both[:1])
    assert decided(Screener(TWO, both), {"a": "no", "b": "yes"}) == (V.UNDECIDED, ())


def test_answers_fill_properties_as_people_read_them() -> None:
    screener = Screener(
        (
            yes_no("a", property_name="Owns a car"),
            Question("b", K.MULTIPLE_CHOICE, "Tools?", options=("X", "Y"), property_name="Tools", show_if=if_yes("a")),
            Question("c", K.NUMBER, "Age?", property_name="Age", is_required=False),
            Question("d", K.LONG_TEXT, "Why?", property_name="Why", is_required=False),
        )
    )
    assert properties(screener, {"a": "yes", "b": ("X", "Y")}) == {"Owns a car": "Yes", "Tools": "X, Y"}
    assert properties(screener, {"a": "no", "b": ("X",), "c": "4.5"}) == {"Owns a car": "No", "Age": "4.5"}
    assert len(properties(screener, {"d": "x" * 5000})["Why"]) == 1000


@given(st.data())
def test_what_counts_counts_again(data: st.DataObject) -> None:
    screener, answers = data.draw(any_screener()), data.draw(any_answers())
    once = kept(screener, answers)
    assert kept(screener, once) == once
    assert visible(screener, once) == visible(screener, answers)


@given(st.data())
def test_no_question_is_shown_by_an_answer_that_does_not_count(data: st.DataObject) -> None:
    screener, answers = data.draw(any_screener()), data.draw(any_answers())
    shown = visible(screener, answers)
    for question in shown:
        if question.show_if is not None:
            about = question.show_if.question_id
            before = ids(shown)[: ids(shown).index(question.id)]
            assert about in before
            assert is_met(question.show_if, {about: answers[about]})


@given(st.data())
def test_what_answers_come_to_depends_on_those_that_count_in_any_order(data: st.DataObject) -> None:
    screener, answers = data.draw(any_screener()), data.draw(any_answers())
    mixed = list(answers.items())
    random.Random(data.draw(st.integers(0, 99))).shuffle(mixed)
    assert decided(screener, dict(mixed)) == decided(screener, kept(screener, answers))
    assert missing(screener, dict(mixed)) == missing(screener, kept(screener, answers))
    assert properties(screener, dict(mixed)) == properties(screener, kept(screener, answers))


@given(st.data(), st.sampled_from(K))
def test_a_checked_answer_stays_as_it_is_when_it_is_checked_again(data: st.DataObject, kind: K) -> None:
    asked = question(kind)
    entered = data.draw(given_to(asked))
    try:
        answer = checked(asked, entered)
    except RuleError:
        return
    assert checked(asked, answer) == answer


def test_every_kind_has_a_label() -> None:
    labels: Mapping[K, str] = {kind: kind.label for kind in K}
    assert len(set(labels.values())) == len(K)
