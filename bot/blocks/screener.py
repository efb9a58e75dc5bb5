"""The modal in which a study's screener is built, question by question, and the one in which it is tried out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bot.blocks import kit
from bot.blocks.ids import ScreenerId
from bot.blocks.kit import Block, Element, View
from bot.blocks.study import short
from domain.screener import OutcomeRule, Question, QuestionKind, Verdict
from domain.screener_checks import LONGEST_INTRODUCTION, MOST_QUESTIONS, Problem
from domain.screener_form import Building, Published, Trial, date_of
from domain.screener_words import condition_words, rule_words, show_if_words

QUESTION_SHOWN = 250
WORDS_SHOWN = 250
CANT_PUBLISH = "⚠ *Nothing is published yet.* What is wrong is said at the questions, with ⚠. Mend that, then publish."
VERDICTS = {
    Verdict.QUALIFIED: "*Qualified.*",
    Verdict.NOT_QUALIFIED: "*Not qualified.*",
    Verdict.UNDECIDED: "*Undecided*: somebody in your team looks at the answers and decides.",
}


def builder_modal(shown: Building, metadata: str, said: str = "") -> View:
    """All questions in order, with what is wrong with them, and everything that can be done. `said` stands above."""
    blocks = [
        *([kit.section(said)] if said else []),
        *standing(shown),
        *introduction(shown),
        *(question_block(shown, number, each) for number, each in enumerate(shown.screener.questions, 1)),
        *(problem_block(problem) for problem in shown.problems_of(None) if shown.screener.questions),
        *empty(shown),
        kit.actions(*buttons(shown), block_id="what"),
        *copying(shown),
        kit.context(foot(shown)),
    ]
    return kit.modal(
        title(shown.line.key),
        blocks,
        callback_id=ScreenerId.BUILD_MODAL,
        submit="Publish",
        metadata=metadata,
        close="Close",
    )


def title(key: str) -> str:
    return f"Screener of {key}"


def standing(shown: Building) -> list[Block]:
    """What people get now, and whether somebody else has changed it meanwhile."""
    live = shown.live
    if shown.is_stale and live is not None:
        text = (
            f"⚠ {short(live.author)} has published version {live.number} {kit.at(live.published_at)}, and this was "
            "begun before. You can’t publish over it: drop your changes to see it."
        )
        return [kit.section(text)]
    if live is None:
        return [
            kit.section("Not published yet: nobody is asked anything. What you build waits here until you publish.")
        ]
    if not live.questions:
        return [kit.section(f"The screener was ended by {short(live.author)} {kit.at(live.published_at)}.")]
    changes = " *You have changes that are not published.*" if shown.has_changes else ""
    who = f"by {short(live.author)} {kit.at(live.published_at)}"
    return [kit.section(f"Version {live.number} is live, published {who}.{changes}")]


def introduction(shown: Building) -> list[Block]:
    text = shown.screener.introduction
    lines = [f"_Introduction:_ {short(text, 300)}"] if text else []
    if shown.line.type.has_interviews:
        then = "goes straight to the times" if shown.is_immediate else "waits for your invitation"
        lines.append(f"_Who qualifies_ {then}.")
    return [kit.context(*lines)] if lines else []


def question_block(shown: Building, number: int, question: Question) -> Block:
    """A question in a few lines, with its menu."""
    facts = [question.kind.label, "required" if question.is_required else "optional"]
    if question.property_name:
        facts.append(f"fills “{short(question.property_name, 80)}”")
    lines = [f"*{number}.* {short(question.text or '(no text)', QUESTION_SHOWN)}", " · ".join(facts)]
    if question.show_if is not None:
        lines.append(f"Shown {short(show_if_words(shown.screener, question.show_if), WORDS_SHOWN)}")
    lines += [rule_line(question, each) for each in shown.screener.rules_of(question.id)][:4]
    lines += [problem_text(problem) for problem in shown.problems_of(question.id)][:4]
    return kit.section("\n".join(lines), menu(shown, number, question))


def rule_line(question: Question, rule: OutcomeRule) -> str:
    """What an answer decides: `At least 18 qualifies`."""
    words = rule_words(question, rule)
    return short(f"{words[0].upper()}{words[1:]}", WORDS_SHOWN)


def menu(shown: Building, number: int, question: Question) -> Element:
    """What can be done with a question: what can't be is not in it."""
    offered = [("Edit", "edit")]
    if number > 1:
        offered.append(("Move up", "up"))
    if number < len(shown.screener.questions):
        offered.append(("Move down", "down"))
    if len(shown.screener.questions) < MOST_QUESTIONS:
        offered.append(("Duplicate", "duplicate"))
    offered.append(("Remove", "remove"))
    return kit.overflow(ScreenerId.MORE, [kit.option(label, f"{name}:{question.id}") for label, name in offered])


def problem_block(problem: Problem) -> Block:
    return kit.section(problem_text(problem))


def problem_text(problem: Problem) -> str:
    """What is wrong; what only should be known says so."""
    return f"⚠ {'' if problem.is_error else 'Note: '}{short(problem.message, WORDS_SHOWN)}"


def empty(shown: Building) -> list[Block]:
    """How to begin, where there is no question."""
    if shown.screener.questions:
        return []
    return [kit.section("*No questions yet.* Ask what shows who fits: a few questions that take two minutes.")]


def copying(shown: Building) -> list[Block]:
    """The other way to begin."""
    if shown.screener.questions:
        return []
    copy = kit.typed_select(ScreenerId.COPY, placeholder="Or copy the screener of another study")
    return [kit.actions(copy, block_id="copy")]


def buttons(shown: Building) -> list[Element]:
    questions = shown.screener.questions
    found: list[Element] = []
    if len(questions) < MOST_QUESTIONS:
        found.append(kit.button("Add a question", ScreenerId.ADD, style=None if questions else "primary"))
    if questions:
        found.append(kit.button("Test run", ScreenerId.TRY))
    found.append(
        kit.button("Introduction…" if not shown.line.type.has_interviews else "Settings…", ScreenerId.SETTINGS)
    )
    if shown.has_changes or shown.is_stale:
        ask = kit.confirm(
            "Drop your changes?", "What you changed since you began is gone. What is published stays.", "Drop them"
        )
        found.append(kit.button("Drop my changes", ScreenerId.DISCARD, ask=ask))
    if shown.live is not None and shown.live.questions and not shown.is_stale:
        ask = kit.confirm(
            "End this screener?",
            "Nobody who comes from now on is asked anything. Who has begun can finish. Answers are kept.",
            "End it",
            is_danger=True,
        )
        found.append(kit.button("End the screener", ScreenerId.END, style="danger", ask=ask))
    return found


def foot(shown: Building) -> str:
    size = f"{len(shown.screener.questions)} of at most {MOST_QUESTIONS} questions."
    return f"{size} {going_on(shown.answering)}".strip()


def going_on(answering: Iterable[tuple[int, int]]) -> str:
    """`2 people are answering version 1: they go on with it.`, "" when nobody is."""
    return " ".join(
        f"1 person is answering version {number} and goes on with it."
        if people == 1
        else f"{people:,} people are answering version {number}: they go on with it."
        for number, people in answering
    )


def counted(number: int, one: str, several: str = "") -> str:
    return f"{number} {one if number == 1 else several or f'{one}s'}"


def settings_modal(shown: Building, metadata: str) -> View:
    """What stands above the questions, and what comes after them."""
    text = kit.text_input(
        "introduction", initial=shown.screener.introduction, multiline=True, longest=LONGEST_INTRODUCTION
    )
    blocks = [
        kit.field(
            "introduction",
            "Introduction",
            text,
            hint="Participants read it above the questions: what it is about, and how long it takes.",
            optional=True,
        )
    ]
    if shown.line.type.has_interviews:
        box = kit.option("Who qualifies goes straight to the times", "yes", "Else they wait until you invite them.")
        boxes = kit.checkboxes("is_immediate", [box], initial=["yes"] if shown.is_immediate else [])
        hint = "By the answers alone, without anybody looking at them first."
        blocks.append(kit.field("is_immediate", "Immediate scheduling", boxes, hint=hint, optional=True))
    blocks.append(kit.actions(kit.button("← Back", ScreenerId.BACK), block_id="back"))
    return kit.modal(
        title(shown.line.key), blocks, callback_id=ScreenerId.SETTINGS_MODAL, submit="Keep", metadata=metadata
    )


def source_options(found: Sequence[tuple[int, str, int]]) -> list[Element]:
    return [kit.option(label, str(id_), counted(number, "question")) for id_, label, number in found]


def trial_modal(trial: Trial, metadata: str) -> View:
    """The questions as a participant is asked them, and what the answers so far come to."""
    depended = {each.show_if.question_id for each in trial.screener.questions if each.show_if is not None}
    blocks = [kit.context("A test run: nothing of it is kept, and nobody is told.")]
    blocks += result(trial)
    if trial.screener.introduction:
        blocks.append(kit.section(short(trial.screener.introduction, LONGEST_INTRODUCTION)))
    blocks += [answer_field(trial, each, is_heard=each.id in depended) for each in trial.questions]
    return kit.modal(
        f"Test run of {trial.line.key}",
        blocks,
        callback_id=ScreenerId.TRY_MODAL,
        submit="What comes of it?",
        metadata=metadata,
        close="Back",
    )


def answer_field(trial: Trial, question: Question, *, is_heard: bool) -> Block:
    """A question with an input for its answer. Choices, on which others depend, are heard of at once."""
    answer = trial.answers.get(question.id)
    chosen = (answer,) if isinstance(answer, str) else answer or ()
    places = [str(place) for place, value in enumerate(question.values) if value in chosen]
    shown = [value.capitalize() if question.kind is QuestionKind.YES_NO else value for value in question.values]
    options = [kit.option(value, str(place)) for place, value in enumerate(shown)]
    text = answer if isinstance(answer, str) else None
    match question.kind:
        case QuestionKind.SINGLE_CHOICE | QuestionKind.YES_NO:
            element = kit.select(question.id, options, initial=places[0] if places else None)
        case QuestionKind.MULTIPLE_CHOICE:
            element = kit.multi_select(question.id, options, initial=places)
        case QuestionKind.DATE:
            element = kit.date_picker(question.id, initial=date_of(text or ""))
        case _:
            is_long = question.kind is QuestionKind.LONG_TEXT
            element = kit.text_input(question.id, initial=text, multiline=is_long)
    optional = not question.is_required
    label = question.text or "(no text)"
    field = kit.field(question.id, label, element, hint=question.hint or None, optional=optional)
    can_be_heard = element["type"] != "plain_text_input"
    return kit.heard(field, ScreenerId.TRY_ANSWER) if is_heard and can_be_heard else field


def result(trial: Trial) -> list[Block]:
    """What the answers come to and which rule decided, once all that must be answered is."""
    if trial.verdict is None:
        more = trial.answers and trial.missing
        return [kit.section("⚠ More is asked after these answers: answer it too.")] if more else []
    lines = [VERDICTS[trial.verdict]]
    lines += [deciding_line(trial, rule) for rule in trial.rules]
    if trial.verdict is Verdict.UNDECIDED:
        lines.append("No rule decides these answers.")
    return [*kit.paragraphs(lines), kit.divider()]


def deciding_line(trial: Trial, rule: OutcomeRule) -> str:
    """Which rule decided: its question, and the answer that it is about."""
    question = trial.screener.question(rule.condition.question_id)
    if question is None:
        return "• a rule about a question that is gone"
    number = trial.screener.questions.index(question) + 1
    words = f"Question {number}, “{question.text[:100]}”: the answer {condition_words(question, rule.condition)}"
    return f"• {short(words, 400)}"


def stale_text(sentence: str) -> str:
    return f"⚠ {short(sentence, 500)}"


def published_text(done: Published) -> str:
    """What publishing has done, in a sentence or two."""
    if not done.questions:
        return f"The screener of *{done.key}* has ended. {going_on(done.answering)}".strip()
    what = counted(done.questions, "question")
    text = f"The screener of *{done.key}* is published as version {done.number}: {what}. {going_on(done.answering)}"
    if done.warnings:
        text = f"{text.strip()} {counted(done.warnings, 'note')} in the builder may still be worth a look."
    return text.strip()
