"""Screeners: questions that decide who fits a study (DOMAIN, "Screener")."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from unicodedata import category

from domain.errors import RuleError

LONGEST_SHORT, LONGEST_LONG = 200, 5000
LONGEST_PROPERTY = 1000
YES, NO = "yes", "no"
NUMBER = re.compile(r"([+-]?)([0-9]{1,15})(?:[.,]([0-9]{1,15}))?")
THOUSANDS = re.compile(r"[+-]?[0-9]{1,3}[.,][0-9]{3}")
DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class QuestionKind(StrEnum):
    """How a question is answered."""

    SHORT_TEXT = "short_text"
    LONG_TEXT = "long_text"
    SINGLE_CHOICE = "single_choice"
    MULTIPLE_CHOICE = "multiple_choice"
    NUMBER = "number"
    DATE = "date"
    YES_NO = "yes_no"

    @property
    def label(self) -> str:
        return KIND_LABELS[self]

    @property
    def is_choice(self) -> bool:
        """Whether it is answered by options of its own."""
        return self in (QuestionKind.SINGLE_CHOICE, QuestionKind.MULTIPLE_CHOICE)

    @property
    def is_measured(self) -> bool:
        """Whether its answers come in an order, from little to much or from early to late."""
        return self in (QuestionKind.NUMBER, QuestionKind.DATE)


KIND_LABELS = {
    QuestionKind.SHORT_TEXT: "Short text",
    QuestionKind.LONG_TEXT: "Long text",
    QuestionKind.SINGLE_CHOICE: "Single choice",
    QuestionKind.MULTIPLE_CHOICE: "Multiple choice",
    QuestionKind.NUMBER: "Number",
    QuestionKind.DATE: "Date",
    QuestionKind.YES_NO: "Yes or no",
}


class Verdict(StrEnum):
    """What an answered screener comes to: decided by a rule or a reviewer, or nobody yet."""

    QUALIFIED = "qualified"
    NOT_QUALIFIED = "not_qualified"
    UNDECIDED = "undecided"


class Comparison(StrEnum):
    """How a condition looks at an answer."""

    IS_ANY_OF = "is_any_of"
    """A choice, yes/no: one of the values was chosen."""
    IS_NONE_OF = "is_none_of"
    AT_LEAST = "at_least"
    """A number or a date."""
    AT_MOST = "at_most"
    IS_ANSWERED = "is_answered"


Answer = str | tuple[str, ...]
"""An answer in canonical form: text as written, a choice's text, `yes` or `no`, a number as `42` or `4.5`, a date as an
ISO date; for multiple choice a tuple of texts.
"""
Answers = Mapping[str, Answer]
"""Answers by the ids of their questions; one that was not answered is not in it."""


@dataclass(frozen=True, slots=True)
class Condition:
    """Something about the answer to a question. A question that is not shown, or not answered, meets none."""

    question_id: str
    test: Comparison
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Question:
    """One question. `options` are those of a choice; `show_if` asks about an earlier question, None: always shown.

    `property_name`: the answer is kept as that property of the participant, "" for none.
    """

    id: str
    kind: QuestionKind
    text: str
    hint: str = ""
    is_required: bool = True
    options: tuple[str, ...] = ()
    show_if: Condition | None = None
    property_name: str = ""

    @property
    def values(self) -> tuple[str, ...]:
        """What can be chosen: the options of a choice, yes and no; nothing where one writes."""
        return (YES, NO) if self.kind is QuestionKind.YES_NO else self.options if self.kind.is_choice else ()


@dataclass(frozen=True, slots=True)
class OutcomeRule:
    """Whoever meets the condition is qualified, or is not; a rule that disqualifies wins over all that qualify."""

    verdict: Verdict
    condition: Condition


@dataclass(frozen=True, slots=True)
class Screener:
    """A study's screener: what stands above it, its questions in order, and its rules.

    With rules that qualify and none that disqualifies met, whoever meets all those that qualify is qualified.
    """

    questions: tuple[Question, ...] = ()
    rules: tuple[OutcomeRule, ...] = ()
    introduction: str = ""

    def question(self, question_id: str) -> Question | None:
        return next((each for each in self.questions if each.id == question_id), None)

    def rules_of(self, question_id: str) -> tuple[OutcomeRule, ...]:
        """The rules about the answer to a question."""
        return tuple(rule for rule in self.rules if rule.condition.question_id == question_id)


def visible(screener: Screener, answers: Answers) -> tuple[Question, ...]:
    """The questions that are shown with these answers, in order."""
    return _walk(screener, answers)[0]


def kept(screener: Screener, answers: Answers) -> dict[str, Answer]:
    """The answers that count, in the order of the questions: those to questions that are shown."""
    return _walk(screener, answers)[1]


def _walk(screener: Screener, answers: Answers) -> tuple[tuple[Question, ...], dict[str, Answer]]:
    """The questions that are shown and the answers to them: a condition looks at what was shown before it only."""
    shown: list[Question] = []
    counting: dict[str, Answer] = {}
    for question in screener.questions:
        if question.show_if is not None and not is_met(question.show_if, counting):
            continue
        shown.append(question)
        if answer := answers.get(question.id):
            counting[question.id] = answer
    return tuple(shown), counting


def missing(screener: Screener, answers: Answers) -> tuple[Question, ...]:
    """The questions that are shown and required, and not answered."""
    return tuple(each for each in visible(screener, answers) if each.is_required and not answers.get(each.id))


def is_met(condition: Condition, answers: Answers) -> bool:
    """Whether answers that count meet a condition. A question that is not among them meets none."""
    answer = answers.get(condition.question_id)
    if not answer:
        return False
    chosen = {answer} if isinstance(answer, str) else set(answer)
    match condition.test:
        case Comparison.IS_ANSWERED:
            return True
        case Comparison.IS_ANY_OF:
            return not chosen.isdisjoint(condition.values)
        case Comparison.IS_NONE_OF:
            return chosen.isdisjoint(condition.values)
    limit = measured(condition.values[0]) if condition.values else None
    found = measured(answer) if isinstance(answer, str) else None
    if limit is None or found is None or isinstance(limit, date) is not isinstance(found, date):
        return False
    return found >= limit if condition.test is Comparison.AT_LEAST else found <= limit  # type: ignore[operator]


def measured(text: str) -> Decimal | date | None:
    """The number or the date that a canonical answer says, None for any other."""
    if DATE.fullmatch(text):
        try:
            return date.fromisoformat(text)
        except ValueError:
            return None
    return Decimal(text) if NUMBER.fullmatch(text) and "," not in text else None


def verdict(screener: Screener, answers: Answers) -> Verdict:
    """What answers come to. Any rule that disqualifies wins; else all that qualify must be met, and there be one."""
    return decided(screener, answers)[0]


def decided(screener: Screener, answers: Answers) -> tuple[Verdict, tuple[OutcomeRule, ...]]:
    """What answers come to, and the rules that decide it: none when it is undecided."""
    counting = kept(screener, answers)
    met = [rule for rule in screener.rules if is_met(rule.condition, counting)]
    against = tuple(rule for rule in met if rule.verdict is Verdict.NOT_QUALIFIED)
    if against:
        return Verdict.NOT_QUALIFIED, against
    wanted = tuple(rule for rule in screener.rules if rule.verdict is Verdict.QUALIFIED)
    if wanted and all(rule in met for rule in wanted):
        return Verdict.QUALIFIED, wanted
    return Verdict.UNDECIDED, ()


def properties(screener: Screener, answers: Answers) -> dict[str, str]:
    """What the answers say of the participant: values by the properties' names, of two the later question's."""
    counting = kept(screener, answers)
    return {
        question.property_name: shown(question, counting[question.id])[:LONGEST_PROPERTY]
        for question in screener.questions
        if question.property_name and question.id in counting
    }


def shown(question: Question, answer: Answer) -> str:
    """An answer as a person reads it: `Yes`, `42`, several choices with commas between them."""
    if not isinstance(answer, str):
        return ", ".join(answer)
    return answer.capitalize() if question.kind is QuestionKind.YES_NO else answer


def checked(question: Question, given: str | Sequence[str] | None) -> Answer | None:
    """What was entered as an answer to a question, in canonical form; None when nothing was.

    Raises RuleError, at the question's id, for what can't be an answer to it.
    """
    texts = [given] if isinstance(given, str) else list(given or ())
    cleaned = [text for text in map(clean, texts) if text]
    if not cleaned:
        return None
    try:
        return CHECKS[question.kind](question, cleaned)
    except RuleError as error:
        raise RuleError(error.message, question.id) from error


def clean(text: str) -> str:
    """Text without what a database can't hold or nobody can see, and with plain line ends."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(sign for sign in lines if sign in "\n\t" or category(sign) not in ("Cc", "Cs")).strip()


def one_of(texts: Sequence[str]) -> str:
    if len(texts) > 1:
        raise RuleError("One answer, please.")
    return texts[0]


def short_text(_question: Question, texts: Sequence[str]) -> Answer:
    return fitting(" ".join(one_of(texts).split()), LONGEST_SHORT)


def long_text(_question: Question, texts: Sequence[str]) -> Answer:
    return fitting(one_of(texts), LONGEST_LONG)


def fitting(text: str, longest: int) -> str:
    if len(text) > longest:
        raise RuleError(f"At most {longest:,} characters, please: these are {len(text):,}.")
    return text


def single_choice(question: Question, texts: Sequence[str]) -> Answer:
    chosen = one_of(texts)
    if chosen not in question.values:
        raise RuleError("Choose one of the answers.")
    return chosen


def multiple_choice(question: Question, texts: Sequence[str]) -> Answer:
    if not set(texts) <= set(question.options):
        raise RuleError("Choose among the answers.")
    return tuple(option for option in question.options if option in texts)


def number(_question: Question, texts: Sequence[str]) -> Answer:
    return number_in(one_of(texts))


def number_in(text: str) -> str:
    """A number in canonical form: `42`, `-3`, `4.5`. Raises RuleError, also where a sign could mean thousands."""
    typed = text.strip().replace("−", "-")
    found = NUMBER.fullmatch(typed)
    if found is None:
        raise RuleError("A number, please, such as 42 or 4.5.")
    if THOUSANDS.fullmatch(typed):
        raise RuleError(f"“{typed}” could be read in two ways. Write a thousand as 1000, and half as 0.5.")
    sign, whole, parts = found.groups()
    places = (parts or "").rstrip("0")
    if len(places) > 2:
        raise RuleError("At most two decimal places, please.")
    value = f"{whole.lstrip('0') or '0'}{f'.{places}' if places else ''}"
    return f"-{value}" if sign == "-" and value != "0" else value


def a_date(_question: Question, texts: Sequence[str]) -> Answer:
    return date_in(one_of(texts))


def date_in(text: str) -> str:
    """An ISO date. Raises RuleError for a day that there is not."""
    typed = text.strip()
    if DATE.fullmatch(typed) is None or measured(typed) is None:
        raise RuleError("A date, please, such as 2026-03-31.")
    return typed


CHECKS: Mapping[QuestionKind, Callable[[Question, Sequence[str]], Answer]] = {
    QuestionKind.SHORT_TEXT: short_text,
    QuestionKind.LONG_TEXT: long_text,
    QuestionKind.SINGLE_CHOICE: single_choice,
    QuestionKind.MULTIPLE_CHOICE: multiple_choice,
    QuestionKind.NUMBER: number,
    QuestionKind.DATE: a_date,
    QuestionKind.YES_NO: single_choice,
}
