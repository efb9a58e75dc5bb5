"""What is wrong with a screener before it is published, in sentences for whoever builds it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from domain.errors import RuleError
from domain.screener import (
    Comparison,
    Condition,
    OutcomeRule,
    Question,
    QuestionKind,
    Screener,
    Verdict,
    date_in,
    number_in,
)
from domain.screener_reach import (
    Asked,
    fits,
    is_possible,
    is_reachable,
    meets,
    nobody_qualifies,
    only_after_disqualifying,
    way_to,
)
from domain.screener_words import choice_words, quoted

MOST_QUESTIONS = 30
"""A modal of Slack holds a hundred blocks."""
MOST_OPTIONS = 20
LONGEST_QUESTION, LONGEST_HINT, LONGEST_OPTION, LONGEST_INTRODUCTION = 300, 300, 150, 2000
LONGEST_PROPERTY_NAME = 80
RESERVED = frozenset(
    {"email", "e-mail", "mail", "name", "full name", "phone", "phone number", "time zone", "timezone", "time_zone"}
)
"""What a participant has of its own, whatever a study asks."""

C = Comparison
COMPARISONS: dict[QuestionKind, tuple[Comparison, ...]] = {
    QuestionKind.SHORT_TEXT: (C.IS_ANSWERED,),
    QuestionKind.LONG_TEXT: (C.IS_ANSWERED,),
    QuestionKind.SINGLE_CHOICE: (C.IS_ANY_OF, C.IS_NONE_OF, C.IS_ANSWERED),
    QuestionKind.MULTIPLE_CHOICE: (C.IS_ANY_OF, C.IS_NONE_OF, C.IS_ANSWERED),
    QuestionKind.NUMBER: (C.AT_LEAST, C.AT_MOST, C.IS_ANSWERED),
    QuestionKind.DATE: (C.AT_LEAST, C.AT_MOST, C.IS_ANSWERED),
    QuestionKind.YES_NO: (C.IS_ANY_OF, C.IS_NONE_OF, C.IS_ANSWERED),
}
"""How the answer to a question of each kind may be looked at."""


class Severity(StrEnum):
    """An error keeps a screener from being published, a warning does not."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong, as a sentence. `question_id` is the question it is told at, None: the screener as a whole."""

    severity: Severity
    message: str
    question_id: str | None = None

    @property
    def is_error(self) -> bool:
        return self.severity is Severity.ERROR


def problems(screener: Screener) -> tuple[Problem, ...]:
    """Everything that is wrong: of the whole first, then by question in order."""
    places = {question.id: place for place, question in enumerate(screener.questions)}
    found = [*whole(screener), *of_questions(screener)]
    return tuple(sorted(found, key=lambda each: places.get(each.question_id or "", -1)))


def of_questions(screener: Screener) -> Iterator[Problem]:
    reachable = {question.id for question in screener.questions if is_reachable(screener, question)}
    for place, question in enumerate(screener.questions):
        yield from wording(question)
        yield from skipping(screener, question, screener.questions[:place], reachable)
        yield from deciding(screener, question, is_reachable=question.id in reachable)
        yield from filling(screener, question, screener.questions[:place])


def errors(found: Sequence[Problem]) -> tuple[Problem, ...]:
    """Those of the problems that keep a screener from being published."""
    return tuple(each for each in found if each.is_error)


def error(message: str, question: Question | None = None) -> Problem:
    return Problem(Severity.ERROR, message, question.id if question else None)


def warning(message: str, question: Question | None = None) -> Problem:
    return Problem(Severity.WARNING, message, question.id if question else None)


def whole(screener: Screener) -> Iterator[Problem]:
    if not screener.questions:
        yield error("There is no question yet. Add one.")
        return
    if len(screener.questions) > MOST_QUESTIONS:
        yield error(
            f"A screener has at most {MOST_QUESTIONS} questions. Remove {len(screener.questions) - MOST_QUESTIONS}."
        )
    if len({question.id for question in screener.questions}) < len(screener.questions):
        yield error("Two questions are one and the same inside. Remove one of them and add it again.")
    if len(screener.introduction) > LONGEST_INTRODUCTION:
        yield error(f"The introduction is longer than {LONGEST_INTRODUCTION:,} characters. Shorten it.")
    rules = [(rule, screener.question(rule.condition.question_id)) for rule in screener.rules]
    if any(question is None for _, question in rules):
        yield error("A rule is about a question that is not there any more. Save any question to drop the rule.")
    elif all(question and unfit(rule.condition, question) is None for rule, question in rules) and nobody_qualifies(
        screener
    ):
        yield warning("Nobody can qualify by these rules: no answers meet all that qualify and none that disqualify.")


def wording(question: Question) -> Iterator[Problem]:
    """What is wrong with the text and the options of a question."""
    if not question.text.strip():
        yield error("This question has no text.", question)
    if len(question.text) > LONGEST_QUESTION or len(question.hint) > LONGEST_HINT:
        yield error(f"Text and hint have at most {LONGEST_QUESTION} characters each. Shorten them.", question)
    if not question.kind.is_choice:
        return
    same = duplicates(question.options)
    if len(question.options) < 2:
        yield error("A choice needs at least two options.", question)
    if len(question.options) > MOST_OPTIONS:
        yield error(f"A choice has at most {MOST_OPTIONS} options: these are {len(question.options)}.", question)
    if same:
        yield error(f"Among the options are twice: {choice_words(question, same, 'and')}.", question)
    if any(len(option) > LONGEST_OPTION for option in question.options):
        yield error(f"An option has at most {LONGEST_OPTION} characters. Shorten it.", question)
    if any(not option.strip() for option in question.options):
        yield error("An option is empty.", question)


def duplicates(options: Sequence[str]) -> list[str]:
    """The options that say the same as an earlier one, whatever their case and spaces."""
    seen: set[str] = set()
    same: list[str] = []
    for option in options:
        plain = " ".join(option.split()).casefold()
        if plain in seen:
            same.append(option)
        seen.add(plain)
    return same


def skipping(
    screener: Screener, question: Question, earlier: Sequence[Question], reachable: set[str]
) -> Iterator[Problem]:
    """What is wrong with the condition under which a question is shown."""
    condition = question.show_if
    if condition is None:
        return
    about = next((each for each in earlier if each.id == condition.question_id), None)
    if about is None:
        is_later = screener.question(condition.question_id) is not None
        where = "comes later: move this question below it" if is_later else "is not there any more"
        yield error(f"It is shown by the answer to a question that {where}, or choose another condition.", question)
        return
    if why := unfit(condition, about):
        yield error(f"The condition under which it is shown does not fit {name(screener, about)}: {why}", question)
        return
    if question.id not in reachable:
        yield unreachable(screener, question, about, reachable)
    elif only_after_disqualifying(screener, question):
        yield warning("Only people whom an earlier answer has disqualified already see this question.", question)


def unreachable(screener: Screener, question: Question, about: Question, reachable: set[str]) -> Problem:
    why = "no answer to it leads here"
    if about.id not in reachable:
        why = "nobody ever sees that one either"
    message = f"Nobody can ever see this question: it is shown by the answer to {name(screener, about)}, and {why}."
    return error(message, question) if question.is_required else warning(message, question)


def deciding(screener: Screener, question: Question, *, is_reachable: bool) -> Iterator[Problem]:
    """What is wrong with the rules about the answer to a question."""
    rules = screener.rules_of(question.id)
    fitting = [rule for rule in rules if unfit(rule.condition, question) is None]
    for rule in rules:
        word = "qualifies" if rule.verdict is Verdict.QUALIFIED else "disqualifies"
        if rule.verdict is Verdict.UNDECIDED:
            yield error("A rule must qualify or disqualify.", question)
        elif why := unfit(rule.condition, question):
            yield error(f"The answer that {word} does not fit the question: {why}", question)
        elif is_reachable and not is_possible(screener, [Asked(rule.condition)]):
            yield warning(f"No answer can ever be the one that {word}.", question)
    yield from clashing(question, fitting)


def clashing(question: Question, rules: Sequence[OutcomeRule]) -> Iterator[Problem]:
    """Answers that qualify and disqualify at once."""
    for one in rules:
        for other in rules:
            if (one.verdict, other.verdict) != (Verdict.QUALIFIED, Verdict.NOT_QUALIFIED):
                continue
            if both := overlap(question, one.condition, other.condition):
                yield warning(f"{both}: who answers so is disqualified.", question)


def overlap(question: Question, one: Condition, other: Condition) -> str | None:
    """The answers that qualify by one condition and disqualify by the other, in words; None where there is room.

    A range is said by a limit that qualifies and another that disqualifies: that is wrong only if no answer is left.
    """
    if not question.values:
        has_room = fits(question, [Asked(one), Asked(other, holds=False)])
        return None if has_room else "Every answer that qualifies also disqualifies"
    both = [value for value in question.values if meets(one, value) and meets(other, value)]
    return f"{choice_words(question, both, 'and')} qualifies and disqualifies" if both else None


def filling(screener: Screener, question: Question, earlier: Sequence[Question]) -> Iterator[Problem]:
    """What is wrong with the property that the answer fills."""
    wanted = " ".join(question.property_name.split()).casefold()
    if not wanted:
        return
    if wanted in RESERVED:
        yield error(
            f"{quoted(question.property_name)} is what Callsheet itself keeps of participants. Choose another name.",
            question,
        )
    if len(question.property_name) > LONGEST_PROPERTY_NAME:
        yield error(f"A property’s name has at most {LONGEST_PROPERTY_NAME} characters. Shorten it.", question)
    for other in earlier:
        same = " ".join(other.property_name.split()).casefold() == wanted
        if same and is_possible(screener, [*way_to(screener, question), *way_to(screener, other)]):
            yield warning(
                f"{name(screener, other)} fills the property {quoted(question.property_name)} too: "
                "who answers both has the later answer in it.",
                question,
            )
            return


def unfit(condition: Condition, question: Question) -> str | None:
    """Why a condition can't be about the answers to a question, None when it can."""
    if condition.test not in COMPARISONS[question.kind]:
        return f"answers of the kind “{question.kind.label}” can’t be compared like that."
    if condition.test is C.IS_ANSWERED:
        return None
    if not condition.values:
        return "no answer is chosen."
    if question.kind.is_measured:
        return wrong_limit(question.kind, condition.values)
    gone = [value for value in condition.values if value not in question.values]
    return f"it has no option {choice_words(question, gone)}." if gone else None


def wrong_limit(kind: QuestionKind, values: Sequence[str]) -> str | None:
    wanted = "a date" if kind is QuestionKind.DATE else "a number"
    try:
        canonical = (date_in if kind is QuestionKind.DATE else number_in)(values[0])
    except RuleError:
        return f"{quoted(values[0])} is not {wanted}."
    return None if [canonical] == list(values) else f"{quoted(', '.join(values))} is not {wanted}."


def name(screener: Screener, question: Question) -> str:
    """`question 3`: how a problem names another question."""
    return f"question {screener.questions.index(question) + 1}"
