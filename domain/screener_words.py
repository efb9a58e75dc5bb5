"""What conditions and rules say, in words."""

from __future__ import annotations

from collections.abc import Sequence

from domain.screener import NO, YES, Comparison, Condition, OutcomeRule, Question, QuestionKind, Screener, Verdict

SHOWN_VALUES = 5
LONGEST_VALUE = 60


def quoted(text: str) -> str:
    """`‘A’`, cut where it is long."""
    cut = text if len(text) <= LONGEST_VALUE else f"{text[: LONGEST_VALUE - 1]}…"
    return f"‘{cut}’"


def value_words(question: Question | None, value: str) -> str:
    """A value as it is read: yes and no are written as on the page."""
    is_yes_no = question is None or question.kind is QuestionKind.YES_NO
    return quoted(value.capitalize() if is_yes_no and value in (YES, NO) else value)


def choice_words(question: Question | None, values: Sequence[str], last: str = "or") -> str:
    """`‘A’, ‘B’ or ‘C’`, and of many only so many."""
    words = [value_words(question, value) for value in values[:SHOWN_VALUES]]
    if len(values) > SHOWN_VALUES:
        words.append(f"{len(values) - SHOWN_VALUES} more")
    return f" {last} ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def condition_words(question: Question | None, condition: Condition) -> str:
    """What a condition asks of an answer, after its question: `is ‘Yes’`, `is at least 18`, `is answered`."""
    is_multiple = question is not None and question.kind is QuestionKind.MULTIPLE_CHOICE
    is_date = question is not None and question.kind is QuestionKind.DATE
    limit = condition.values[0] if condition.values else "–"
    match condition.test:
        case Comparison.IS_ANY_OF:
            return f"{'includes' if is_multiple else 'is'} {choice_words(question, condition.values)}"
        case Comparison.IS_NONE_OF:
            nor = choice_words(question, condition.values, "nor")
            return f"includes neither {nor}" if is_multiple and len(condition.values) > 1 else f"is not {nor}"
        case Comparison.AT_LEAST:
            return f"is {limit} or later" if is_date else f"is at least {limit}"
        case Comparison.AT_MOST:
            return f"is {limit} or earlier" if is_date else f"is at most {limit}"
    return "is answered"


def show_if_words(screener: Screener, condition: Condition) -> str:
    """`only if question 2 is ‘Yes’`."""
    question = screener.question(condition.question_id)
    if question is None:
        return "only if a question that is gone is answered"
    return f"only if question {screener.questions.index(question) + 1} {condition_words(question, condition)}"


def rule_words(question: Question | None, rule: OutcomeRule) -> str:
    """`‘No’ disqualifies`, `at least 18 qualifies`, `everything but ‘A’ disqualifies`."""
    condition = rule.condition
    does = "qualifies" if rule.verdict is Verdict.QUALIFIED else "disqualifies"
    is_date = question is not None and question.kind is QuestionKind.DATE
    limit = condition.values[0] if condition.values else "–"
    match condition.test:
        case Comparison.IS_ANY_OF:
            what = choice_words(question, condition.values)
        case Comparison.IS_NONE_OF:
            what = f"everything but {choice_words(question, condition.values)}"
        case Comparison.AT_LEAST:
            what = f"{limit} or later" if is_date else f"at least {limit}"
        case Comparison.AT_MOST:
            what = f"{limit} or earlier" if is_date else f"at most {limit}"
        case _:
            what = "any answer"
    return f"{what} {does}"
