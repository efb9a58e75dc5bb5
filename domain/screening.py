"""How a participant gets through a screener: page by page, since what is asked next may depend on what was answered.

A page ends where a later question depends on a question of it, so nothing need be shown or hidden while somebody types.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from domain.errors import RuleError
from domain.screener import Answer, Answers, Question, QuestionKind, Screener, checked, is_met, kept, missing, visible

MOST_TOGETHER = 5
"""Questions on one page: on a phone they are a few screens."""
REQUIRED = {
    QuestionKind.SHORT_TEXT: "Please write an answer.",
    QuestionKind.LONG_TEXT: "Please write an answer.",
    QuestionKind.SINGLE_CHOICE: "Please choose one of the answers.",
    QuestionKind.MULTIPLE_CHOICE: "Please choose at least one of the answers.",
    QuestionKind.NUMBER: "Please write a number.",
    QuestionKind.DATE: "Please choose a date.",
    QuestionKind.YES_NO: "Please choose yes or no.",
}
"""What is said at a question that has to be answered, and is not."""


class ScreeningState(StrEnum):
    """What the page of a screener is about."""

    QUESTIONS = "questions"
    SENT = "sent"
    """Everything was answered and sent off."""
    NOT_ACTIVE = "not_active"
    """The study is a draft, paused or closed."""
    FULL = "full"
    """Nobody else can take part, or nobody like them."""
    ELSEWHERE = "elsewhere"
    """They have got further already, by another link."""
    BARRED = "barred"
    """There is nothing for them to answer."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A question on a page. `position` is its place among all of the screener's, from 0."""

    position: int
    question: Question


@dataclass(frozen=True, slots=True)
class Part:
    """A page of a screener, as far as the answers of the pages before it say: its questions, and how far they are.

    `number` is its own, from 1; `done` the questions shown before it and `total` all of them, `is_most` if it may turn
    out that some of these are not asked. `before` is the page before, None on the first; `has_more`: after this page
    others may follow.
    """

    number: int
    asked: tuple[Asked, ...]
    done: int
    total: int
    is_most: bool
    before: int | None
    has_more: bool


def pages(screener: Screener) -> tuple[tuple[Asked, ...], ...]:
    """The screener's questions, page by page, whether they are shown or not."""
    found: list[list[Asked]] = []
    for position, question in enumerate(screener.questions):
        here = {each.question.id for each in found[-1]} if found else set()
        depends = question.show_if is not None and question.show_if.question_id in here
        if not found or depends or len(here) >= MOST_TOGETHER:
            found.append([])
        found[-1].append(Asked(position, question))
    return tuple(map(tuple, found))


def part(screener: Screener, answers: Answers, wanted: int) -> Part | None:
    """The page that somebody may see who wants page `wanted`: that one, or the next of which something is shown.

    Not one after a page on which a question is to be answered still. None when there is none: all is answered.
    """
    whole = pages(screener)
    shown = {question.id for question in visible(screener, answers)}
    of_page = [tuple(each for each in page if each.question.id in shown) for page in whole]
    open_ids = {question.id for question in missing(screener, answers)}
    for number, asked in enumerate(of_page, 1):
        is_open = any(each.question.id in open_ids for each in asked)
        if asked and (number >= wanted or is_open):
            return part_of(screener, answers, of_page, number)
    return None


def resumed(screener: Screener, answers: Answers) -> int:
    """The number of the page on which somebody goes on who comes back: the first with a question not answered yet.

    One after the last page when all are.
    """
    shown = {question.id for question in visible(screener, answers)}
    whole = pages(screener)
    for number, page in enumerate(whole, 1):
        if any(each.question.id in shown and each.question.id not in answers for each in page):
            return number
    return len(whole) + 1


def last_part(screener: Screener, answers: Answers) -> int:
    """The number of the last page of which something is shown."""
    shown = {question.id for question in visible(screener, answers)}
    numbers = [
        number for number, page in enumerate(pages(screener), 1) if any(each.question.id in shown for each in page)
    ]
    return numbers[-1] if numbers else 1


def part_of(screener: Screener, answers: Answers, of_page: Sequence[tuple[Asked, ...]], number: int) -> Part:
    before = [index for index, asked in enumerate(of_page[: number - 1], 1) if asked]
    done = sum(len(asked) for asked in of_page[: number - 1])
    here = of_page[number - 1]
    later, is_most = still_possible(screener, answers, number)
    return Part(
        number=number,
        asked=here,
        done=done,
        total=done + len(here) + later,
        is_most=is_most,
        before=before[-1] if before else None,
        has_more=later > 0,
    )


def still_possible(screener: Screener, answers: Answers, number: int) -> tuple[int, bool]:
    """How many questions may be asked after a page, and whether that depends on what is not answered yet."""
    whole = pages(screener)
    counting = kept(screener, answers)
    settled = {each.question.id for page in whole[: number - 1] for each in page}
    possible = {question.id for question in visible(screener, answers)} & {
        each.question.id for page in whole[:number] for each in page
    }
    count, is_most = 0, False
    for page in whole[number:]:
        for each in page:
            condition = each.question.show_if
            if condition is not None and condition.question_id in settled:
                if not is_met(condition, counting):
                    continue
            elif condition is not None:
                if condition.question_id not in possible:
                    continue
                is_most = True
            possible.add(each.question.id)
            count += 1
    return count, is_most


@dataclass(frozen=True, slots=True)
class Taken:
    """What was entered on a page: all answers by then, and what is wrong, by the ids of the questions."""

    answers: Mapping[str, Answer]
    problems: Mapping[str, str]


def take(screener: Screener, answers: Answers, number: int, entered: Mapping[int, Sequence[str]]) -> Taken:
    """The answers with those of page `number` as they were entered, by the questions' positions.

    What can't be an answer is left out, and so is what was taken back; the rest is kept.
    """
    whole = pages(screener)
    shown = {question.id for question in visible(screener, answers)}
    found, problems = dict(answers), {}
    for each in whole[number - 1] if 1 <= number <= len(whole) else ():
        question = each.question
        if question.id not in shown:
            continue
        found.pop(question.id, None)
        try:
            answer = checked(question, entered.get(each.position, ()))
        except RuleError as error:
            problems[question.id] = error.message
            continue
        if answer:
            found[question.id] = answer
        elif question.is_required:
            problems[question.id] = REQUIRED[question.kind]
    return Taken(found, problems)
