"""What is wrong with a screener: each problem in its sentence, and whether anybody can come somewhere at all."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from domain.screener import (
    Answer,
    Comparison,
    Condition,
    OutcomeRule,
    Question,
    QuestionKind,
    Screener,
    Verdict,
    is_met,
    kept,
    missing,
    verdict,
    visible,
)
from domain.screener_checks import COMPARISONS, MOST_QUESTIONS, Severity, errors, problems, unfit
from domain.screener_reach import is_reachable, nobody_qualifies
from tests.screeners import DATES, NUMBERS, OPTIONS, fitting_screener

K, C, V = QuestionKind, Comparison, Verdict


def asked(id_: str, kind: K = K.YES_NO, **values: object) -> Question:
    given_values: dict[str, object] = {"options": OPTIONS if kind.is_choice else ()} | values
    return Question(id_, kind, f"{id_}?", **given_values)  # type: ignore[arg-type]


def any_of(id_: str, *values: str) -> Condition:
    return Condition(id_, C.IS_ANY_OF, values)


def qualifies(condition: Condition) -> OutcomeRule:
    return OutcomeRule(V.QUALIFIED, condition)


def disqualifies(condition: Condition) -> OutcomeRule:
    return OutcomeRule(V.NOT_QUALIFIED, condition)


YES_A = any_of("a", "yes")

WRONG: list[tuple[str, Screener, str, str | None]] = [
    ("error", Screener(), "There is no question yet. Add one.", None),
    (
        "error",
        Screener(tuple(asked(f"q{number}") for number in range(32))),
        "A screener has at most 30 questions. Remove 2.",
        None,
    ),
    ("error", Screener((asked("a"), asked("a"))), "Two questions are one and the same inside.", None),
    ("error", Screener((asked("a"),), introduction="x" * 2001), "The introduction is longer than 2,000", None),
    ("error", Screener((asked("a"),), (qualifies(YES_A), qualifies(any_of("b", "yes")))), "A rule is about a", None),
    ("error", Screener((replace(asked("a"), text=" "),)), "This question has no text.", "a"),
    ("error", Screener((replace(asked("a"), hint="x" * 301),)), "Text and hint have at most 300 characters", "a"),
    ("error", Screener((asked("a", K.SINGLE_CHOICE, options=("X",)),)), "A choice needs at least two options.", "a"),
    (
        "error",
        Screener(
            (
                asked(
                    "a",
                    K.MULTIPLE_CHOICE,
                    options=("X", "y", " x "),
                ),
            )
        ),
        "Among the options are twice: ‘ x ’.",
        "a",
    ),
    (
        "error",
        Screener((asked("a", K.SINGLE_CHOICE, options=tuple(map(str, range(21)))),)),
        "A choice has at most 20 options: these are 21.",
        "a",
    ),
    ("error", Screener((asked("a", K.SINGLE_CHOICE, options=("X", "y" * 151)),)), "at most 150 characters", "a"),
    ("error", Screener((asked("a", K.SINGLE_CHOICE, options=("X", " ")),)), "An option is empty.", "a"),
    (
        "error",
        Screener((asked("b", show_if=YES_A), asked("a"))),
        "It is shown by the answer to a question that comes later: move this question below it, or choose another",
        "b",
    ),
    ("error", Screener((asked("b", show_if=YES_A),)), "a question that is not there any more, or choose another", "b"),
    (
        "error",
        Screener((asked("a", K.SINGLE_CHOICE), asked("b", show_if=any_of("a", "X", "W")))),
        "The condition under which it is shown does not fit question 1: it has no option ‘W’.",
        "b",
    ),
    (
        "error",
        Screener((asked("a", K.NUMBER), asked("b", show_if=any_of("a", "2")))),
        "does not fit question 1: answers of the kind “Number” can’t be compared like that.",
        "b",
    ),
    (
        "error",
        Screener((asked("a", K.NUMBER), asked("b", show_if=Condition("a", C.AT_LEAST, ("many",))))),
        "does not fit question 1: ‘many’ is not a number.",
        "b",
    ),
    (
        "error",
        Screener((asked("a", K.DATE), asked("b", show_if=Condition("a", C.AT_LEAST, ("18",))))),
        "does not fit question 1: ‘18’ is not a date.",
        "b",
    ),
    (
        "error",
        Screener((asked("a", K.SINGLE_CHOICE), asked("b", show_if=Condition("a", C.IS_NONE_OF, OPTIONS)))),
        "Nobody can ever see this question: it is shown by the answer to question 1, and no answer to it leads here.",
        "b",
    ),
    (
        "error",
        Screener(
            (
                asked("a", K.MULTIPLE_CHOICE),
                asked("b", show_if=Condition("a", C.IS_NONE_OF, OPTIONS), is_required=False),
                asked("c", show_if=any_of("b", "yes")),
            )
        ),
        "Nobody can ever see this question: it is shown by the answer to question 2, and nobody ever sees that one",
        "c",
    ),
    (
        "warning",
        Screener(
            (
                asked("a", K.MULTIPLE_CHOICE),
                asked("b", show_if=Condition("a", C.IS_NONE_OF, OPTIONS), is_required=False),
            )
        ),
        "Nobody can ever see this question",
        "b",
    ),
    (
        "warning",
        Screener((asked("a"), asked("b", show_if=any_of("a", "no"))), (disqualifies(any_of("a", "no")),)),
        "Only people whom an earlier answer has disqualified already see this question.",
        "b",
    ),
    ("error", Screener((asked("a"),), (qualifies(any_of("a")),)), "The answer that qualifies does not fit", "a"),
    (
        "error",
        Screener((asked("a", K.SINGLE_CHOICE),), (disqualifies(any_of("a", "W")),)),
        "The answer that disqualifies does not fit the question: it has no option ‘W’.",
        "a",
    ),
    ("error", Screener((asked("a"),), (OutcomeRule(V.UNDECIDED, YES_A),)), "A rule must qualify or disqualify.", "a"),
    (
        "warning",
        Screener((asked("a", K.MULTIPLE_CHOICE),), (disqualifies(Condition("a", C.IS_NONE_OF, OPTIONS)),)),
        "No answer can ever be the one that disqualifies.",
        "a",
    ),
    (
        "warning",
        Screener((asked("a"),), (qualifies(YES_A), disqualifies(YES_A))),
        "‘Yes’ qualifies and disqualifies: who answers so is disqualified.",
        "a",
    ),
    (
        "warning",
        Screener(
            (asked("a", K.NUMBER),),
            (qualifies(Condition("a", C.AT_LEAST, ("18",))), disqualifies(Condition("a", C.AT_LEAST, ("12",)))),
        ),
        "Every answer that qualifies also disqualifies",
        "a",
    ),
    (
        "warning",
        Screener(
            (asked("a", K.NUMBER),),
            (qualifies(Condition("a", C.AT_LEAST, ("65",))), qualifies(Condition("a", C.AT_MOST, ("18",)))),
        ),
        "Nobody can qualify by these rules",
        None,
    ),
    (
        "warning",
        Screener(
            (asked("a", K.SINGLE_CHOICE), asked("b", show_if=any_of("a", "X")), asked("c", show_if=any_of("a", "Y"))),
            (qualifies(any_of("b", "yes")), qualifies(any_of("c", "yes"))),
        ),
        "Nobody can qualify by these rules: no answers meet all that qualify and none that disqualify.",
        None,
    ),
    (
        "error",
        Screener((asked("a", property_name=" E-Mail "),)),
        "is what Callsheet itself keeps of participants. Choose another name.",
        "a",
    ),
    ("error", Screener((asked("a", property_name="Time  zone"),)), "is what Callsheet itself keeps", "a"),
    ("error", Screener((asked("a", property_name="x" * 81),)), "A property’s name has at most 80 characters.", "a"),
    (
        "warning",
        Screener((asked("a", property_name="Age"), asked("b", property_name="age "))),
        "question 1 fills the property ‘age ’ too",
        "b",
    ),
]


@pytest.mark.parametrize(
    ("severity", "screener", "sentence", "question_id"), WRONG, ids=[each[2][:50] for each in WRONG]
)
def test_what_is_wrong_is_told_at_its_question(
    severity: str, screener: Screener, sentence: str, question_id: str | None
) -> None:
    found = [each for each in problems(screener) if sentence in each.message]
    assert [(each.severity, each.question_id) for each in found] == [(Severity(severity), question_id)]


FINE = Screener(
    (
        asked("a", property_name="Owns a car"),
        asked("b", K.MULTIPLE_CHOICE, show_if=YES_A, property_name="Tools"),
        asked("c", K.NUMBER, show_if=any_of("b", "X")),
        asked("d", K.MULTIPLE_CHOICE, show_if=any_of("a", "no"), property_name="Tools"),
        asked("e", K.SHORT_TEXT, show_if=Condition("c", C.IS_ANSWERED), is_required=False),
    ),
    (
        qualifies(any_of("b", "X")),
        disqualifies(any_of("b", "Z")),
        disqualifies(Condition("b", C.IS_NONE_OF, ("X", "Y"))),
        qualifies(Condition("c", C.AT_LEAST, ("18",))),
        disqualifies(Condition("c", C.AT_LEAST, ("66",))),
    ),
    "Hello",
)


def test_a_screener_that_uses_everything_rightly_has_no_problem() -> None:
    assert problems(FINE) == ()


def test_two_branches_that_nobody_sees_together_may_fill_one_property() -> None:
    both = Screener((asked("a"), asked("b", show_if=YES_A, property_name="P"), asked("c", property_name="P")))
    assert [each.question_id for each in problems(both)] == ["c"]


def test_problems_of_the_whole_come_first_then_by_question() -> None:
    screener = Screener(
        (replace(asked("a"), text=""), asked("b", property_name="name")), (qualifies(YES_A), disqualifies(YES_A))
    )
    assert [each.question_id for each in problems(screener)] == [None, "a", "a", "b"]
    assert [each.question_id for each in errors(problems(screener))] == ["a", "b"]


def test_thirty_questions_in_a_chain_are_fine_and_looked_at_at_once() -> None:
    chain = [
        asked(f"q{number}", K.MULTIPLE_CHOICE, show_if=any_of(f"q{number - 1}", "X", "Y") if number else None)
        for number in range(MOST_QUESTIONS)
    ]
    rules = tuple(qualifies(any_of(each.id, "X")) for each in chain)
    assert problems(Screener(tuple(chain), rules)) == ()


def test_nobody_comes_to_the_end_of_a_chain_that_is_broken_at_its_start() -> None:
    chain = (
        asked("a", K.SINGLE_CHOICE),
        asked("b", show_if=Condition("a", C.IS_NONE_OF, OPTIONS)),
        *(asked(id_, show_if=any_of(before, "yes")) for before, id_ in ("bc", "cd", "de")),
    )
    assert [is_reachable(Screener(chain), each) for each in chain] == [True, False, False, False, False]


def test_a_range_of_one_number_can_be_met_and_one_of_none_can_not() -> None:
    def between(least: str, most: str) -> Screener:
        limits = Condition("a", C.AT_LEAST, (least,)), Condition("a", C.AT_MOST, (most,))
        return Screener((asked("a", K.NUMBER),), tuple(map(qualifies, limits)))

    assert not nobody_qualifies(between("18", "18"))
    assert nobody_qualifies(between("18", "17.99"))


def test_nobody_qualifies_where_everybody_must_give_an_answer_that_disqualifies() -> None:
    rules = qualifies(YES_A), disqualifies(any_of("b", "yes", "no"))
    assert nobody_qualifies(Screener((asked("a"), asked("b")), rules))
    assert not nobody_qualifies(Screener((asked("a"), asked("b", is_required=False)), rules))
    assert not nobody_qualifies(Screener((asked("a"), asked("b", show_if=any_of("a", "no"))), rules))


def candidates(question: Question) -> list[Answer]:
    """Answers of which one meets whatever can be met, of a question in tests."""
    match question.kind:
        case K.SINGLE_CHOICE | K.YES_NO:
            return list(question.values)
        case K.MULTIPLE_CHOICE:
            return [
                each
                for size in range(1, len(question.options) + 1)
                for each in itertools.combinations(question.options, size)
            ]
        case K.NUMBER:
            return ["-1", *NUMBERS, "1", "3", "9"]
        case K.DATE:
            return ["2025-01-01", *DATES, "2026-02-01", "2027-01-01"]
    return ["words"]


def all_answers(screener: Screener) -> Iterator[dict[str, Answer]]:
    """Every way in which somebody may answer who gives the answers that they must."""

    def go(answers: dict[str, Answer], rest: tuple[Question, ...]) -> Iterator[dict[str, Answer]]:
        if not rest:
            yield answers
            return
        question = rest[0]
        is_shown = question in visible(screener, answers)
        if not is_shown or not question.is_required:
            yield from go(answers, rest[1:])
        if is_shown:
            for answer in candidates(question):
                yield from go({**answers, question.id: answer}, rest[1:])

    yield from go({}, screener.questions)


@given(fitting_screener())
def test_whether_a_question_can_be_reached_is_what_trying_all_answers_says(screener: Screener) -> None:
    reached = {each.id for answers in all_answers(screener) for each in visible(screener, answers)}
    assert {each.id for each in screener.questions if is_reachable(screener, each)} == reached


@given(fitting_screener())
def test_whoever_is_told_that_nobody_qualifies_is_told_the_truth(screener: Screener) -> None:
    can_qualify = V.QUALIFIED in {verdict(screener, answers) for answers in all_answers(screener)}
    wants_to = any(rule.verdict is V.QUALIFIED for rule in screener.rules)
    if nobody_qualifies(screener):
        assert wants_to
        assert not can_qualify
    elif wants_to and all(each.show_if is None for each in screener.questions):
        assert can_qualify


@given(fitting_screener())
def test_all_answers_in_these_tests_are_complete_and_count(screener: Screener) -> None:
    for answers in itertools.islice(all_answers(screener), 20):
        assert missing(screener, answers) == ()
        assert kept(screener, answers) == answers


@given(st.sampled_from(K), st.sampled_from(C))
def test_a_comparison_that_a_kind_allows_can_be_met_by_an_answer_to_it(kind: K, test: C) -> None:
    assume(test in COMPARISONS[kind])
    question = asked("q", kind)
    values = ("2",) if kind is K.NUMBER else ("2026-02-01",) if kind is K.DATE else question.values[:1]
    condition = Condition("q", test, () if test is C.IS_ANSWERED else values)
    assert unfit(condition, question) is None
    assert any(is_met(condition, {"q": answer}) for answer in candidates(question))
