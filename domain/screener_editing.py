"""How a screener changes while it is built: one question at a time, with the rules about its answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from domain.errors import RuleError
from domain.screener import Condition, OutcomeRule, Question, Screener
from domain.screener_checks import MOST_QUESTIONS
from domain.screener_form import renamed


def with_question(screener: Screener, question: Question, rules: Sequence[OutcomeRule]) -> Screener:
    """The screener with a question in the place of the one with its id, else at the end, and with its rules.

    Where an option was only renamed, conditions of other questions follow. Raises RuleError when it is full.
    """
    before = screener.question(question.id)
    if before is None:
        check_room(screener)
        questions = (*screener.questions, question)
    else:
        questions = tuple(question if each.id == question.id else each for each in screener.questions)
        questions = following(questions, question.id, renamed(before.options, question.options))
    return with_rules(replace(screener, questions=questions), question.id, rules)


def check_room(screener: Screener) -> None:
    if len(screener.questions) >= MOST_QUESTIONS:
        raise RuleError(f"A screener has at most {MOST_QUESTIONS} questions. Remove one before you add another.")


def with_rules(screener: Screener, question_id: str, rules: Sequence[OutcomeRule]) -> Screener:
    """The screener with other rules about a question, in the order of the questions; rules about none are gone."""
    by_question = {
        each.id: tuple(rules) if each.id == question_id else screener.rules_of(each.id) for each in screener.questions
    }
    return replace(screener, rules=tuple(rule for each in by_question.values() for rule in each))


def following(questions: Sequence[Question], question_id: str, names: Mapping[str, str]) -> tuple[Question, ...]:
    """The questions whose conditions call the renamed options of a question by their new names."""
    return tuple(
        replace(each, show_if=with_names(each.show_if, names))
        if names and each.show_if is not None and each.show_if.question_id == question_id
        else each
        for each in questions
    )


def with_names(condition: Condition, names: Mapping[str, str]) -> Condition:
    return replace(condition, values=tuple(names.get(value, value) for value in condition.values))


def moved(screener: Screener, question_id: str, by: int) -> Screener:
    """The screener with a question so many places further down (negative: up), as far as there are places."""
    questions = list(screener.questions)
    place = place_of(screener, question_id)
    target = min(max(place + by, 0), len(questions) - 1)
    questions.insert(target, questions.pop(place))
    return in_order(replace(screener, questions=tuple(questions)))


def removed(screener: Screener, question_id: str) -> Screener:
    """The screener without a question and the rules about it. Conditions about it stay, and are told of as wrong."""
    place_of(screener, question_id)
    kept = tuple(each for each in screener.questions if each.id != question_id)
    return in_order(replace(screener, questions=kept))


def duplicated(screener: Screener, question_id: str, new_id: str) -> Screener:
    """The screener with a question once more, below itself, with its rules; it fills no property a second time."""
    check_room(screener)
    place = place_of(screener, question_id)
    questions = list(screener.questions)
    questions.insert(place + 1, replace(questions[place], id=new_id, property_name=""))
    rules = [
        replace(rule, condition=replace(rule.condition, question_id=new_id)) for rule in screener.rules_of(question_id)
    ]
    return with_rules(replace(screener, questions=tuple(questions)), new_id, rules)


def in_order(screener: Screener) -> Screener:
    """The screener with its rules in the order of its questions; rules about none are gone."""
    return replace(screener, rules=tuple(rule for each in screener.questions for rule in screener.rules_of(each.id)))


def place_of(screener: Screener, question_id: str) -> int:
    """Where a question stands, from 0. Raises RuleError when it is gone."""
    for place, question in enumerate(screener.questions):
        if question.id == question_id:
            return place
    raise RuleError("That question is not there any more.")
