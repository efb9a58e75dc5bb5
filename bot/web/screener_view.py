"""What a screener's pages say: the questions as inputs, and how it stands once there are none (any more)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from markupsafe import Markup

from bot.services.screening import ScreenerPage
from bot.services.visits import first_name
from bot.web.plain_text import paragraphs
from bot.web.said import FULL, HELD, NOTHING, Said, thanks
from domain.screener import NO, YES, Answer, QuestionKind, Verdict
from domain.screening import Asked, Part, ScreeningState
from domain.study import StudyStatus

KEPT = "What you have answered so far is kept."


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer that can be chosen."""

    id: str
    value: str
    label: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class Field:
    """A question as an input. `name` is the form's, `number` its place among those that are shown."""

    name: str
    number: int
    kind: QuestionKind
    text: str
    hint: str
    is_required: bool
    choices: tuple[Choice, ...]
    value: str
    problem: str

    @property
    def is_group(self) -> bool:
        """Whether it is answered by choosing among several inputs."""
        return bool(self.choices)

    @property
    def described_by(self) -> str:
        """The ids of what is read out with its input."""
        ids = [f"{self.name}-hint"] if self.hint else []
        return " ".join([*ids, *([f"{self.name}-wrong"] if self.problem else [])])


@dataclass(frozen=True, slots=True)
class QuestionsView:
    """A page of questions, or the one after the last of them, which has no fields. `steps` says how far it is."""

    team_name: str
    study_name: str
    headline: str
    introduction: Markup
    version: int
    part: int
    fields: tuple[Field, ...]
    steps: str
    done: int
    total: int
    back: int | None
    is_last: bool

    @property
    def first_wrong(self) -> str:
        """The name of the first field at which something is wrong, "" when nothing is."""
        return next((field.name for field in self.fields if field.problem), "")


def questions_view(
    page: ScreenerPage,
    problems: Mapping[str, str],
    entered: Mapping[int, Sequence[str]] | None = None,
) -> QuestionsView:
    """The questions of a page, with what was entered just now, else with what is kept."""
    part = page.part
    if part is None:
        return closing_view(page)
    fields = tuple(
        field_of(part, index, each, page.answers.get(each.question.id), entered)
        for index, each in enumerate(part.asked, 1)
    )
    is_first = part.before is None
    return QuestionsView(
        team_name=page.team_name,
        study_name=page.study_name,
        headline=headline_of(page, part),
        introduction=paragraphs(page.introduction) if is_first and page.introduction.strip() else Markup(""),
        version=page.version,
        part=part.number,
        fields=tuple(
            replace(field, problem=problems.get(each.question.id, ""))
            for field, each in zip(fields, part.asked, strict=True)
        ),
        steps=steps_of(part),
        done=part.done,
        total=part.total,
        back=part.before,
        is_last=not part.has_more,
    )


def closing_view(page: ScreenerPage) -> QuestionsView:
    """The page after the last question, where it was not known before that it is the last."""
    return QuestionsView(
        team_name=page.team_name,
        study_name=page.study_name,
        headline="That was the last question",
        introduction=Markup(""),
        version=page.version,
        part=0,
        fields=(),
        steps="All questions are answered",
        done=1,
        total=1,
        back=page.last_part,
        is_last=True,
    )


def headline_of(page: ScreenerPage, part: Part) -> str:
    """What stands above the questions of a page."""
    if part.before is None:
        name = first_name(page.participant_name)
        return f"A few questions, {name}" if name else "A few questions"
    return "One more question" if len(part.asked) == 1 and not part.has_more else "A few more questions"


def steps_of(part: Part) -> str:
    """`Question 3 of 8`, `Questions 4–6 of at most 8`."""
    first, last = part.done + 1, part.done + len(part.asked)
    which = f"Question {first}" if first == last else f"Questions {first}–{last}"
    return f"{which} of {'at most ' if part.is_most else ''}{part.total}"


def field_of(
    part: Part, index: int, asked: Asked, kept: Answer | None, entered: Mapping[int, Sequence[str]] | None
) -> Field:
    question, name = asked.question, f"q{asked.position}"
    texts = list(entered.get(asked.position, ())) if entered is not None else as_entered(kept)
    return Field(
        name=name,
        number=part.done + index,
        kind=question.kind,
        text=question.text,
        hint=question.hint,
        is_required=question.is_required,
        choices=choices_of(asked, name, texts),
        value=texts[0] if texts else "",
        problem="",
    )


def as_entered(kept: Answer | None) -> list[str]:
    if kept is None:
        return []
    return [kept] if isinstance(kept, str) else list(kept)


def choices_of(asked: Asked, name: str, texts: Sequence[str]) -> tuple[Choice, ...]:
    """What can be chosen; where one need not, also nothing: a choice can't be taken back otherwise."""
    question = asked.question
    labels = {YES: "Yes", NO: "No"} if question.kind is QuestionKind.YES_NO else {}
    options = [(value, labels.get(value, value)) for value in question.values]
    if options and not question.is_required and question.kind is not QuestionKind.MULTIPLE_CHOICE:
        options.append(("", "No answer"))
    return tuple(
        Choice(f"{name}-{index}", value, label, value in texts) for index, (value, label) in enumerate(options, 1)
    )


def said(page: ScreenerPage, here: str, *, has_mail: bool) -> Said:
    """How it stands where there is nothing to answer (any more)."""
    view = Said(page.team_name, page.study_name, "", ())
    onward = replace(view, action=f"{here}/on", is_plain=False) if page.goes_on else view
    kept = (KEPT,) if page.is_begun else ()
    match page.state:
        case ScreeningState.SENT:
            return sent(onward, page, has_mail=has_mail)
        case ScreeningState.ELSEWHERE:
            told = "You don’t need to answer these questions: your own page has what comes next."
            headline = "You are one step further already"
            return replace(onward, headline=headline, sentences=(told,), button="Go to my page")
        case ScreeningState.NOT_ACTIVE:
            headline, sentence = HELD[page.study_status]
            is_over = page.study_status is StudyStatus.CLOSED
            return replace(view, headline=headline, sentences=(sentence, *(() if is_over else kept)))
        case ScreeningState.FULL:
            return replace(view, headline=FULL[0], sentences=(FULL[1],))
    return replace(view, headline=NOTHING[0], sentences=(NOTHING[1],))


def sent(view: Said, page: ScreenerPage, *, has_mail: bool) -> Said:
    """What is said to somebody who has sent their answers. Why they don't fit is not among it."""
    headline = thanks(first_name(page.participant_name))
    told = "We’ll write to you" if has_mail else "The person who invited you will tell you"
    view = replace(view, headline=headline, pill="Your answers are sent", tone="good", is_plain=False)
    if page.goes_on:
        if page.study_type.has_interviews:
            return replace(
                view, sentences=("You fit this study. Next you pick a time that suits you.",), button="Go on"
            )
        return replace(view, sentences=("You fit this study. Now comes what it is about.",), button="Go on")
    if page.verdict is Verdict.QUALIFIED:
        return replace(
            view, sentences=(f"You fit this study. {told} what comes next.", "There is nothing else to do now.")
        )
    if page.verdict is Verdict.NOT_QUALIFIED:
        sentence = "This study isn’t the right one for you this time. Thank you for the time that you took."
        return replace(view, sentences=(sentence, "There is nothing else that you need to do."))
    again = f"{told} if this study is right for you." if has_mail else f"{told} whether this study is right for you."
    return replace(view, sentences=("Somebody reads them now.", again))
