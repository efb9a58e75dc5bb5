"""Getting through a screener page by page: for any screener and whatever somebody answers on the way."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from domain.screener import (
    Answer,
    Comparison,
    Condition,
    Question,
    QuestionKind,
    Screener,
    missing,
    visible,
)
from domain.screening import MOST_TOGETHER, REQUIRED, Part, last_part, pages, part, resumed, take
from tests.screeners import any_answers, any_screener

TEXT, CHOICE = QuestionKind.SHORT_TEXT, QuestionKind.SINGLE_CHOICE


def asks(
    id_: str, *, if_: tuple[str, str] | None = None, kind: QuestionKind = CHOICE, required: bool = True
) -> Question:
    condition = Condition(if_[0], Comparison.IS_ANY_OF, (if_[1],)) if if_ is not None else None
    options = ("X", "Y") if kind.is_choice else ()
    return Question(id_, kind, f"{id_}?", is_required=required, options=options, show_if=condition)


SKIPPING = Screener((asks("a"), asks("b"), asks("c", if_=("a", "X")), asks("d", if_=("c", "X")), asks("e")))
"""The first two are asked together, the third and fourth each only after an answer before, the last of everybody."""


def ids(found: Part | None) -> list[str]:
    return [each.question.id for each in found.asked] if found is not None else []


def test_a_page_ends_where_a_later_question_depends_on_it() -> None:
    assert [[each.question.id for each in page] for page in pages(SKIPPING)] == [["a", "b"], ["c"], ["d", "e"]]


def test_no_more_than_a_few_questions_are_asked_together() -> None:
    many = Screener(tuple(asks(f"q{number}") for number in range(MOST_TOGETHER + 2)))
    assert [len(page) for page in pages(many)] == [MOST_TOGETHER, 2]


def test_steps_say_at_most_as_long_as_it_is_not_known() -> None:
    first = part(SKIPPING, {}, 1)
    assert first is not None
    assert (ids(first), first.done, first.total, first.is_most, first.before) == (["a", "b"], 0, 5, True, None)
    skipped = part(SKIPPING, {"a": "Y", "b": "X"}, 2)
    assert skipped is not None
    assert (ids(skipped), skipped.done, skipped.total, skipped.is_most) == (["e"], 2, 3, False)
    assert (skipped.before, skipped.has_more) == (1, False)


def test_nobody_gets_past_a_question_that_is_to_be_answered() -> None:
    assert ids(part(SKIPPING, {"a": "X"}, 3)) == ["a", "b"]
    assert ids(part(SKIPPING, {"a": "X", "b": "X"}, 3)) == ["c"]


def test_after_the_last_page_there_is_none_and_back_leads_to_it() -> None:
    answers = {"a": "Y", "b": "X", "e": "X"}
    assert part(SKIPPING, answers, 4) is None
    assert last_part(SKIPPING, answers) == 3
    assert resumed(SKIPPING, answers) == 4


def test_somebody_comes_back_to_the_first_page_with_an_open_question() -> None:
    assert resumed(SKIPPING, {}) == 1
    assert resumed(SKIPPING, {"a": "X", "b": "X"}) == 2


def test_what_is_wrong_stands_at_its_question_and_the_rest_is_kept() -> None:
    screener = Screener(
        (asks("a", kind=QuestionKind.NUMBER), asks("b", kind=TEXT), asks("c", kind=TEXT, required=False))
    )
    taken = take(screener, {"a": "3"}, 1, {0: ("many",), 1: ("",), 2: (" Fine ",)})
    assert set(taken.problems) == {"a", "b"}
    assert taken.problems["b"] == REQUIRED[TEXT]
    assert taken.answers == {"c": "Fine"}


def test_answers_of_other_pages_are_not_touched_and_unseen_questions_take_none() -> None:
    taken = take(SKIPPING, {"a": "Y", "b": "X"}, 2, {0: ("X",), 2: ("X",)})
    assert taken.answers == {"a": "Y", "b": "X"}
    assert taken.problems == {}


@given(any_screener())
def test_no_question_depends_on_one_of_its_own_page(screener: Screener) -> None:
    for page in pages(screener):
        seen: set[str] = set()
        for each in page:
            condition = each.question.show_if
            assert condition is None or condition.question_id not in seen
            seen.add(each.question.id)
    assert [each.question for page in pages(screener) for each in page] == list(screener.questions)


@given(any_screener(), any_answers(), st.integers(-1, 9))
def test_a_page_shows_what_is_visible_and_counts_honestly(
    screener: Screener, answers: dict[str, Answer], wanted: int
) -> None:
    found = part(screener, answers, wanted)
    shown = visible(screener, answers)
    if found is None:
        assert not missing(screener, answers)
        return
    asked = [each.question for each in found.asked]
    assert asked
    assert asked == list(shown)[found.done : found.done + len(asked)]
    assert len(shown) <= found.total
    if not found.is_most:
        assert len(shown) == found.total
    open_before = {each.id for each in missing(screener, answers)} & {each.id for each in shown[: found.done]}
    assert not open_before
