"""Building a screener: what stands in the inputs of a question, and what the modals show."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from datetime import date, datetime
from typing import Any

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
    date_in,
    measured,
    number_in,
)
from domain.screener_checks import (
    COMPARISONS,
    LONGEST_HINT,
    LONGEST_OPTION,
    LONGEST_PROPERTY_NAME,
    LONGEST_QUESTION,
    MOST_OPTIONS,
    RESERVED,
    Problem,
    duplicates,
)
from domain.screener_words import choice_words, quoted
from domain.study import StudyLine

ALWAYS = "always"
"""Stands for no condition, where a question is chosen on which another depends."""
K, C = QuestionKind, Comparison


@dataclass(frozen=True, slots=True)
class QuestionForm:
    """What stands in the inputs of a question, as text; `options` one a line. An empty `id`: a new one."""

    id: str = ""
    kind: str = K.SINGLE_CHOICE.value
    text: str = ""
    hint: str = ""
    is_required: bool = True
    options: str = ""
    property_name: str = ""

    def with_inputs(self, inputs: Mapping[str, Any]) -> QuestionForm:
        """The form with what stands in inputs; those that are not there keep what they had."""
        texts = {
            name: str(inputs[name] or "")
            for name in ("kind", "text", "hint", "options", "property_name")
            if name in inputs
        }
        required = bool(inputs["is_required"]) if "is_required" in inputs else self.is_required
        return replace(self, **texts, is_required=required)

    def document(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> QuestionForm:
        known = {each.name for each in fields(cls)}
        return cls(**{name: value for name, value in document.items() if name in known})

    @property
    def question_kind(self) -> QuestionKind:
        return K(self.kind) if self.kind in set(K) else K.SHORT_TEXT

    @property
    def option_list(self) -> tuple[str, ...]:
        lines = (" ".join(line.split()) for line in self.options.splitlines())
        return tuple(line for line in lines if line) if self.question_kind.is_choice else ()


def form_of(question: Question) -> QuestionForm:
    return QuestionForm(
        question.id,
        question.kind.value,
        question.text,
        question.hint,
        question.is_required,
        "\n".join(question.options),
        question.property_name,
    )


def question_in(form: QuestionForm) -> Question:
    """The question that the form says, shown always."""
    return Question(
        id=form.id,
        kind=form.question_kind,
        text=" ".join(form.text.split()),
        hint=" ".join(form.hint.split()),
        is_required=form.is_required,
        options=form.option_list,
        property_name=" ".join(form.property_name.split()),
    )


def question_errors(form: QuestionForm) -> dict[str, str]:
    """What is wrong in the inputs of a question, by input."""
    question, found = question_in(form), {}
    if not question.text:
        found["text"] = "What do you ask? Write the question."
    elif len(question.text) > LONGEST_QUESTION:
        found["text"] = f"At most {LONGEST_QUESTION} characters, please: these are {len(question.text)}."
    if len(question.hint) > LONGEST_HINT:
        found["hint"] = f"At most {LONGEST_HINT} characters, please: these are {len(question.hint)}."
    if question.kind.is_choice and (why := wrong_options(question.options)):
        found["options"] = why
    if question.property_name.casefold() in RESERVED:
        found["property_name"] = "Callsheet keeps that of participants itself. Choose another name."
    elif len(question.property_name) > LONGEST_PROPERTY_NAME:
        found["property_name"] = f"At most {LONGEST_PROPERTY_NAME} characters, please."
    return found


def wrong_options(options: Sequence[str]) -> str | None:
    if len(options) < 2:
        return "A choice needs at least two options, one a line."
    if len(options) > MOST_OPTIONS:
        return f"At most {MOST_OPTIONS} options, please: these are {len(options)}."
    if same := duplicates(options):
        return f"{quoted(same[0])} is there twice."
    if long := next((option for option in options if len(option) > LONGEST_OPTION), None):
        return f"{quoted(long)} is longer than {LONGEST_OPTION} characters."
    return None


@dataclass(frozen=True, slots=True)
class DecisionForm:
    """What stands in the inputs that say when a question is shown, and whom its answer lets in or not.

    `about` is the id of an earlier question, or ALWAYS. Choices are by their places, as text. `require`: of several
    choices one of these must be made. The limits are numbers or dates as they were typed.
    """

    about: str = ALWAYS
    test: str = ""
    values: tuple[str, ...] = ()
    qualify: tuple[str, ...] = ()
    disqualify: tuple[str, ...] = ()
    require: tuple[str, ...] = ()
    qualify_from: str = ""
    qualify_to: str = ""
    disqualify_from: str = ""
    disqualify_to: str = ""

    def with_inputs(self, inputs: Mapping[str, Any]) -> DecisionForm:
        """The form with what stands in inputs; those that are not there keep what they had."""
        known = {each.name: getattr(self, each.name) for each in fields(self)}
        taken: dict[str, Any] = {
            name: several(value) if isinstance(known[name], tuple) else str(value or "")
            for name, value in inputs.items()
            if name in known
        }
        return replace(self, **taken)

    def comparison(self, about: Question) -> Comparison:
        """How the answer to a question is looked at: the first way that its kind allows, unless another is chosen."""
        allowed = COMPARISONS[about.kind]
        return C(self.test) if self.test in allowed else allowed[0]


def several(value: object) -> tuple[str, ...]:
    if isinstance(value, list | tuple):
        return tuple(str(each) for each in value)
    return (str(value),) if value else ()


LIMITS = {
    "qualify_from": (Verdict.QUALIFIED, C.AT_LEAST),
    "qualify_to": (Verdict.QUALIFIED, C.AT_MOST),
    "disqualify_from": (Verdict.NOT_QUALIFIED, C.AT_LEAST),
    "disqualify_to": (Verdict.NOT_QUALIFIED, C.AT_MOST),
}
"""Which rule each input of a number or date makes."""
CHOICES = {
    "qualify": (Verdict.QUALIFIED, C.IS_ANY_OF),
    "disqualify": (Verdict.NOT_QUALIFIED, C.IS_ANY_OF),
    "require": (Verdict.NOT_QUALIFIED, C.IS_NONE_OF),
}
"""Which rule each input of a choice makes."""


def decisions_for(screener: Screener, present: Question | None, question: Question) -> DecisionForm:
    """The form that says when a question is shown now, and what its answer decides.

    `present` is how the question stands in the screener, None for a new one; `question` how it is being changed: an
    option that is called otherwise where it stood decides what it decided.
    """
    form = DecisionForm()
    if present is None:
        return form
    if (condition := present.show_if) is not None:
        about = screener.question(condition.question_id)
        values = places(about, condition.values) if about is not None else ()
        form = replace(form, about=condition.question_id, test=condition.test.value, values=values)
    names = renamed(present.options, question.options)
    inputs = {**CHOICES, **LIMITS}
    for rule in screener.rules_of(present.id):
        name = next((name for name, made in inputs.items() if made == (rule.verdict, rule.condition.test)), None)
        values = tuple(names.get(value, value) for value in rule.condition.values)
        if name is None:
            continue
        if name in LIMITS and values and question.kind is present.kind:
            form = form.with_inputs({name: values[0]})
        elif name in CHOICES:
            form = form.with_inputs({name: list(places(question, values)) if question.values else []})
    return form


def others_of(screener: Screener, question: Question) -> tuple[OutcomeRule, ...]:
    """The rules about a question that its inputs can't say: they stay as they are."""
    said = {*CHOICES.values(), *LIMITS.values()}
    return tuple(rule for rule in screener.rules_of(question.id) if (rule.verdict, rule.condition.test) not in said)


def renamed(before: Sequence[str], after: Sequence[str]) -> dict[str, str]:
    """Options that were renamed where they stood: new names by the old ones."""
    if len(before) != len(after):
        return {}
    return {old: new for old, new in zip(before, after, strict=True) if old not in after and new not in before}


def places(question: Question, values: Sequence[str]) -> tuple[str, ...]:
    """Values as the inputs have them: choices by their places, those that are gone left out."""
    if not question.values:
        return tuple(values)
    return tuple(str(question.values.index(value)) for value in values if value in question.values)


def chosen(question: Question, at: Sequence[str]) -> tuple[str, ...]:
    """The values of a choice at these places, in the order of the options."""
    wanted = {int(place) for place in at if place.isdigit()}
    return tuple(value for place, value in enumerate(question.values) if place in wanted)


def decision_errors(form: DecisionForm, question: Question, about: Question | None) -> dict[str, str]:
    """What is wrong in the inputs, by input."""
    found: dict[str, str] = {}
    if form.about != ALWAYS and about is None:
        found["about"] = "Choose a question that comes earlier, or “always”."
    checks: list[tuple[str, Callable[[], object]]] = [("values", lambda: condition_in(form, about))]
    checks += [(name, _limit_check(form, question, name)) for name in LIMITS]
    for name, check in checks:
        try:
            check()
        except RuleError as error:
            found.setdefault(name, error.message)
    both = [place for place in form.qualify if place in form.disqualify]
    if twice := chosen(question, both):
        found["disqualify"] = (
            f"{choice_words(question, twice, 'and')} is chosen above as one that qualifies. Leave it in one of the two."
        )
    return found


def _limit_check(form: DecisionForm, question: Question, name: str) -> Callable[[], object]:
    return lambda: limit_in(question.kind, getattr(form, name))


def condition_in(form: DecisionForm, about: Question | None) -> Condition | None:
    """The condition that the form says, None for always. Raises RuleError."""
    if form.about == ALWAYS or about is None:
        return None
    test = form.comparison(about)
    if test is C.IS_ANSWERED:
        return Condition(about.id, test)
    if about.values:
        values = chosen(about, form.values)
        if not values:
            raise RuleError("Choose at least one answer.")
        return Condition(about.id, test, values)
    limit = limit_in(about.kind, form.values[0] if form.values else "")
    if limit is None:
        raise RuleError("Compared with what? Say it here.")
    return Condition(about.id, test, (limit,))


def date_of(text: str) -> date | None:
    """The day that a canonical answer says, None for anything else."""
    found = measured(text)
    return found if isinstance(found, date) else None


def limit_in(kind: QuestionKind, text: str) -> str | None:
    """A number or date to compare with, in canonical form, None for none. Raises RuleError."""
    if not text.strip() or not kind.is_measured:
        return None
    return date_in(text) if kind is K.DATE else number_in(text)


def rules_in(form: DecisionForm, question: Question) -> tuple[OutcomeRule, ...]:
    """The rules that the form says. Raises RuleError for a limit that is none."""
    found: list[OutcomeRule] = []
    for name, (verdict, test) in CHOICES.items():
        if name == "require" and question.kind is not K.MULTIPLE_CHOICE:
            continue
        if values := chosen(question, getattr(form, name)):
            found.append(OutcomeRule(verdict, Condition(question.id, test, values)))
    for name, (verdict, test) in LIMITS.items():
        limit = limit_in(question.kind, getattr(form, name))
        if limit is not None:
            found.append(OutcomeRule(verdict, Condition(question.id, test, (limit,))))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Live:
    """The version that people get now. `published_at` is aware UTC; without questions the screener has ended."""

    number: int
    questions: int
    author: str
    published_at: datetime


@dataclass(frozen=True, slots=True)
class Building:
    """A screener that somebody builds, with what is wrong so far.

    `live` is the version published last, None for none; `based_on` the number of the one it was begun from. `answering`
    is how many people are at which version. `has_changes`: it is not what is published.
    """

    draft_id: int
    line: StudyLine
    screener: Screener
    is_immediate: bool
    live: Live | None
    based_on: int
    answering: tuple[tuple[int, int], ...]
    problems: tuple[Problem, ...]
    has_changes: bool

    @property
    def is_stale(self) -> bool:
        """Whether somebody has published another version since it was begun."""
        return self.live is not None and self.live.number != self.based_on

    def problems_of(self, question_id: str | None) -> tuple[Problem, ...]:
        return tuple(each for each in self.problems if each.question_id == question_id)


@dataclass(frozen=True, slots=True)
class Asking:
    """A question in its inputs: `number` is its place from 1, `earlier` are those before it. `others`: more rules."""

    draft_id: int
    line: StudyLine
    form: QuestionForm
    number: int
    earlier: tuple[Question, ...] = ()
    others: tuple[OutcomeRule, ...] = ()


@dataclass(frozen=True, slots=True)
class Trial:
    """A screener that is tried out: the answers so far, the questions that are shown, what it comes to.

    `verdict` is None while something that must be answered is not; `rules` are those that decide.
    """

    draft_id: int
    line: StudyLine
    screener: Screener
    answers: Mapping[str, Answer]
    questions: tuple[Question, ...]
    verdict: Verdict | None = None
    rules: tuple[OutcomeRule, ...] = ()
    missing: tuple[Question, ...] = ()


@dataclass(frozen=True, slots=True)
class Published:
    """What publishing has done. `answering` is how many people go on with which older version."""

    key: str
    number: int
    questions: int
    answering: tuple[tuple[int, int], ...]
    warnings: int = 0
