"""Where answers can lead in a screener: whether anybody can come to a question, meet a rule, qualify.

A question is shown if its condition is met, and so if the question that this asks about was shown: what somebody must
have answered to come somewhere is a chain of conditions. So whether that is possible is looked at question by
question: is there one answer that does all that is asked of it?
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from domain.screener import Comparison, Condition, Question, QuestionKind, Screener, Verdict, measured

C = Comparison


@dataclass(frozen=True, slots=True)
class Asked:
    """A condition, and whether it must be met by the answer, or must not."""

    condition: Condition
    holds: bool = True


def is_reachable(screener: Screener, question: Question) -> bool:
    """Whether somebody's answers can lead to the question."""
    return is_possible(screener, way_to(screener, question))


def way_to(screener: Screener, question: Question) -> list[Asked]:
    """What must have been answered for a question to be shown: its condition, and those on the way to that.

    A condition on a question that does not come earlier is never met.
    """
    way: list[Asked] = []
    place = screener.questions.index(question)
    while (condition := screener.questions[place].show_if) is not None:
        way.append(Asked(condition))
        before = [at for at in range(place) if screener.questions[at].id == condition.question_id]
        if not before:
            return [*way, Asked(Condition("", C.IS_ANSWERED))]
        place = before[0]
    return way


def with_ways(screener: Screener, wanted: Sequence[Asked]) -> list[Asked]:
    """All that is asked of answers that shall be given, with all that leads to the questions."""
    everything = list(wanted)
    for each in wanted:
        question = screener.question(each.condition.question_id)
        if question is not None and each.holds:
            everything += way_to(screener, question)
    return everything


def is_possible(screener: Screener, wanted: Sequence[Asked]) -> bool:
    """Whether there are answers of which all that is wanted is true, as far as they are given at all."""
    by_question: dict[str, list[Asked]] = defaultdict(list)
    for each in with_ways(screener, wanted):
        by_question[each.condition.question_id].append(each)
    for question_id, asked in by_question.items():
        question = screener.question(question_id)
        if question is None or not fits(question, asked):
            return False
    return True


def fits(question: Question, asked: Sequence[Asked]) -> bool:
    """Whether one answer to a question does all that is asked of it."""
    if not question.values:
        return within(question.kind, asked)
    if question.kind is QuestionKind.MULTIPLE_CHOICE:
        return some_choice(question, asked)
    return any(all(meets(each.condition, value) is each.holds for each in asked) for value in question.values)


def some_choice(question: Question, asked: Sequence[Asked]) -> bool:
    """Whether some of several options can be chosen so: all that may be chosen are, then each must have one."""
    allowed = set(question.values)
    wanted: list[set[str]] = []
    for each in asked:
        values = set(each.condition.values)
        if each.condition.test is C.IS_ANSWERED:
            wanted.append(allowed if each.holds else set())
        elif (each.condition.test is C.IS_ANY_OF) is each.holds:
            wanted.append(values)
        else:
            allowed = allowed - values
    return bool(allowed) and all(allowed & values for values in wanted)


def within(kind: QuestionKind, asked: Sequence[Asked]) -> bool:
    """Whether a number, date or text can be what all conditions ask for: no lower limit lies above an upper one."""
    least: list[tuple[Decimal | date, bool]] = []
    most: list[tuple[Decimal | date, bool]] = []
    for each in asked:
        if each.condition.test is C.IS_ANSWERED:
            if not each.holds:
                return False
            continue
        limit = measured(each.condition.values[0]) if each.condition.values else None
        wants_date = kind is QuestionKind.DATE
        if limit is None or isinstance(limit, date) is not wants_date or not kind.is_measured:
            return not each.holds
        is_lower = (each.condition.test is C.AT_LEAST) is each.holds
        (least if is_lower else most).append((limit, each.holds))
    return all(leaves_room(low, high) for low in least for high in most)


def leaves_room(low: tuple[Decimal | date, bool], high: tuple[Decimal | date, bool]) -> bool:
    """Whether something lies between two limits, each of which belongs to what it limits, or not."""
    (lower, has_lower), (upper, has_upper) = low, high
    if isinstance(lower, date) and isinstance(upper, date):
        days = (upper - lower).days
        return days >= (not has_lower) + (not has_upper)
    if isinstance(lower, Decimal) and isinstance(upper, Decimal):
        steps = (upper - lower) * 100
        return steps >= (not has_lower) + (not has_upper)
    return False


def only_after_disqualifying(screener: Screener, question: Question) -> bool:
    """Whether the answers that lead to a question are answers that disqualify."""
    way = way_to(screener, question)
    return not is_possible(screener, [*way, *avoided(screener, way)])


def avoided(screener: Screener, way: Sequence[Asked]) -> list[Asked]:
    """That the questions which must be answered are not answered so that it disqualifies."""
    answered = {each.condition.question_id for each in way}
    return [
        Asked(rule.condition, holds=False)
        for rule in screener.rules
        if rule.verdict is Verdict.NOT_QUALIFIED and rule.condition.question_id in answered
    ]


def nobody_qualifies(screener: Screener) -> bool:
    """Whether there are rules that qualify, and no answers by which somebody does.

    Looked at are the answers that these rules need, and those that everybody must give.
    """
    wanted = [Asked(rule.condition) for rule in screener.rules if rule.verdict is Verdict.QUALIFIED]
    if not wanted:
        return False
    everybody = [Asked(Condition(each.id, C.IS_ANSWERED)) for each in screener.questions if is_asked_of_all(each)]
    given = with_ways(screener, [*wanted, *everybody])
    return not is_possible(screener, [*given, *avoided(screener, given)])


def is_asked_of_all(question: Question) -> bool:
    return question.show_if is None and question.is_required


def meets(condition: Condition, value: str) -> bool:
    """Whether a condition is met by whoever chooses this value alone."""
    if condition.test is C.IS_ANSWERED:
        return True
    return (value in condition.values) is (condition.test is C.IS_ANY_OF)
