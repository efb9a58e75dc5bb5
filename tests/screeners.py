"""Screeners and answers for tests: small ones in every shape, also such as nobody could publish."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import strategies as st

from domain.screener import Answer, Comparison, Condition, OutcomeRule, Question, QuestionKind, Screener, Verdict
from domain.screener_checks import COMPARISONS

IDS = ("a", "b", "c", "d")
OPTIONS = ("X", "Y", "Z")
NUMBERS = ("0", "2", "4.5")
DATES = ("2026-01-01", "2026-03-31")
VALUES = (*OPTIONS, "yes", "no", *NUMBERS, *DATES)


def any_condition() -> st.SearchStrategy[Condition]:
    return st.builds(
        Condition,
        st.sampled_from(IDS),
        st.sampled_from(Comparison),
        st.lists(st.sampled_from(VALUES), max_size=2).map(tuple),
    )


@st.composite
def any_question(draw: st.DrawFn, id_: str) -> Question:
    kind = draw(st.sampled_from(QuestionKind))
    return Question(
        id=id_,
        kind=kind,
        text=f"{id_}?",
        is_required=draw(st.booleans()),
        options=OPTIONS if kind.is_choice else (),
        show_if=draw(st.none() | any_condition()),
        property_name=draw(st.sampled_from(["", "P", "Q"])),
    )


@st.composite
def any_screener(draw: st.DrawFn) -> Screener:
    wanted = draw(st.lists(st.sampled_from(IDS), unique=True))
    rule = st.builds(OutcomeRule, st.sampled_from([Verdict.QUALIFIED, Verdict.NOT_QUALIFIED]), any_condition())
    return Screener(
        tuple(draw(any_question(id_)) for id_ in wanted), tuple(draw(st.lists(rule, max_size=3))), introduction="Hi"
    )


@st.composite
def fitting_condition(draw: st.DrawFn, about: Question) -> Condition:
    """A condition that may be asked of the answer to a question, though it may be one that nobody can meet."""
    test = draw(st.sampled_from(COMPARISONS[about.kind]))
    if test is Comparison.IS_ANSWERED:
        return Condition(about.id, test)
    if about.values:
        values = draw(st.lists(st.sampled_from(about.values), min_size=1, unique=True))
        return Condition(about.id, test, tuple(values))
    return Condition(about.id, test, (draw(st.sampled_from(DATES if about.kind is QuestionKind.DATE else NUMBERS)),))


@st.composite
def fitting_screener(draw: st.DrawFn) -> Screener:
    """Up to three questions whose conditions and rules fit them."""
    questions: list[Question] = []
    for id_ in IDS[: draw(st.integers(1, 3))]:
        question = replace(draw(any_question(id_)), show_if=None)
        if questions and draw(st.booleans()):
            about = draw(st.sampled_from(questions))
            question = replace(question, show_if=draw(fitting_condition(about)))
        questions.append(question)
    rules = [
        OutcomeRule(
            draw(st.sampled_from([Verdict.QUALIFIED, Verdict.NOT_QUALIFIED])),
            draw(fitting_condition(draw(st.sampled_from(questions)))),
        )
        for _ in range(draw(st.integers(0, 3)))
    ]
    return Screener(tuple(questions), tuple(rules))


def any_answers() -> st.SearchStrategy[dict[str, Answer]]:
    several = st.lists(st.sampled_from(OPTIONS), unique=True).map(tuple)
    return st.dictionaries(st.sampled_from(IDS), st.sampled_from(VALUES) | several)


def given_to(question: Question) -> st.SearchStrategy[str | list[str]]:
    """What people might enter, right or wrong."""
    words = st.text(max_size=12) | st.sampled_from(["4,5", "1,1250", "1000.50", "-0", "2026-02-28", "yes", *OPTIONS])
    return words | st.lists(words, max_size=3)
