"""The two modals of one question: what is asked, then when it is shown and what its answer decides."""

from __future__ import annotations

from collections.abc import Sequence

from bot.blocks import kit
from bot.blocks.ids import ScreenerId
from bot.blocks.kit import Block, Element, View
from bot.blocks.study import short
from domain.screener import Comparison, Question, QuestionKind
from domain.screener_checks import COMPARISONS, LONGEST_HINT, LONGEST_PROPERTY_NAME, LONGEST_QUESTION, MOST_OPTIONS
from domain.screener_form import ALWAYS, Asking, DecisionForm, date_of, question_in
from domain.screener_words import rule_words

KINDS = {
    QuestionKind.SHORT_TEXT: "A few words",
    QuestionKind.LONG_TEXT: "Several sentences",
    QuestionKind.SINGLE_CHOICE: "One of your options",
    QuestionKind.MULTIPLE_CHOICE: "Any of your options",
    QuestionKind.NUMBER: "Such as an age",
    QuestionKind.DATE: "A day",
    QuestionKind.YES_NO: "",
}
TESTS = {
    Comparison.IS_ANY_OF: "is one of",
    Comparison.IS_NONE_OF: "is none of",
    Comparison.AT_LEAST: "is at least",
    Comparison.AT_MOST: "is at most",
    Comparison.IS_ANSWERED: "is answered at all",
}
DATE_TESTS = {Comparison.AT_LEAST: "is on or after", Comparison.AT_MOST: "is on or before"}
CHOICE_TESTS = {Comparison.IS_ANY_OF: "includes one of", Comparison.IS_NONE_OF: "includes none of"}


def question_modal(shown: Asking, metadata: str) -> View:
    """What is asked, and how it is answered."""
    form = shown.form
    kinds = [kit.option(kind.label, kind.value, words or None) for kind, words in KINDS.items()]
    required = kit.checkboxes(
        "is_required", [kit.option("It must be answered", "yes")], initial=["yes"] if form.is_required else []
    )
    blocks = [
        progress(1),
        kit.field("text", "Question", kit.text_input("text", initial=form.text, longest=LONGEST_QUESTION)),
        kit.heard(kit.field("kind", "Kind", kit.select("kind", kinds, initial=form.question_kind)), ScreenerId.KIND),
        *options_field(shown),
        kit.field("is_required", "Answer", required, optional=True),
        kit.field(
            "hint",
            "Hint",
            kit.text_input("hint", initial=form.hint, longest=LONGEST_HINT),
            hint="Stands below the question, smaller.",
            optional=True,
        ),
        kit.field(
            "property_name",
            "Keep the answer as a property",
            kit.text_input(
                "property_name",
                initial=form.property_name,
                longest=LONGEST_PROPERTY_NAME,
                placeholder="Such as Job title",
            ),
            hint="Of the participant, for all studies: it can be searched for, and have quotas. Left empty: none.",
            optional=True,
        ),
        kit.actions(kit.button("← Back to the questions", ScreenerId.BACK), block_id="back"),
    ]
    return kit.modal(title(shown), blocks, callback_id=ScreenerId.QUESTION_MODAL, submit="Next", metadata=metadata)


def options_field(shown: Asking) -> list[Block]:
    if not shown.form.question_kind.is_choice:
        return []
    lines = kit.text_input("options", initial=shown.form.options, multiline=True)
    return [kit.field("options", "Options", lines, hint=f"One a line, 2 to {MOST_OPTIONS} of them.")]


def title(shown: Asking) -> str:
    return f"{shown.line.key}: question {shown.number}"


def progress(step: int) -> Block:
    names = ("Question", "When, and what it decides")
    steps = " › ".join(f"*{name}*" if number == step else name for number, name in enumerate(names, 1))
    return kit.context(f"Step {step} of 2: {steps}")


def decision_modal(shown: Asking, form: DecisionForm, metadata: str) -> View:
    """When the question is shown, and whom its answer lets in or not."""
    question = question_in(shown.form)
    blocks = [
        progress(2),
        kit.section(f"*{short(question.text, LONGEST_QUESTION)}*\n{question.kind.label}"),
        *when(shown, form),
        *what_it_decides(question, form),
    ]
    blocks += [kit.context(f"Stays as it is: {short(rule_words(question, rule), 500)}") for rule in shown.others]
    back = kit.button("← Back to the question", ScreenerId.QUESTION_BACK)
    blocks.append(kit.actions(back, block_id="back"))
    return kit.modal(title(shown), blocks, callback_id=ScreenerId.DECISION_MODAL, submit="Keep", metadata=metadata)


def when(shown: Asking, form: DecisionForm) -> list[Block]:
    """On which answer to an earlier question it depends."""
    if not shown.earlier:
        return [kit.context("The first question is always shown.")]
    about = next((each for each in shown.earlier if each.id == form.about), None)
    choices = [kit.option("Always", ALWAYS)]
    choices += [kit.option(f"Only if {place}. {each.text}", each.id) for place, each in enumerate(shown.earlier, 1)]
    menu = kit.select("about", choices, initial=about.id if about is not None else ALWAYS)
    blocks = [kit.heard(kit.field("about", "When it is shown", menu), ScreenerId.ABOUT)]
    if about is None:
        return blocks
    test = form.comparison(about)
    tests = [kit.option(test_words(about.kind, each), each.value) for each in COMPARISONS[about.kind]]
    compare = kit.field("test", "The answer to that question", kit.select("test", tests, initial=test.value))
    blocks.append(kit.heard(compare, ScreenerId.ABOUT))
    if test is not Comparison.IS_ANSWERED:
        blocks.append(value_field(about, form))
    return blocks


def test_words(kind: QuestionKind, test: Comparison) -> str:
    own = DATE_TESTS if kind is QuestionKind.DATE else CHOICE_TESTS if kind is QuestionKind.MULTIPLE_CHOICE else {}
    return own.get(test, TESTS[test])


def value_field(about: Question, form: DecisionForm) -> Block:
    """What an earlier answer is compared with. To Slack it is another input for every question."""
    name = values_name(about.id)
    if about.values:
        return kit.field(name, "Which of these", kit.multi_select(name, options_of(about), initial=form.values))
    return kit.field(name, "Compared with", limit_input(about.kind, name, next(iter(form.values), "")))


def values_name(question_id: str) -> str:
    """The name of the input in which answers to an earlier question are chosen."""
    return f"values_{question_id}"


def limit_input(kind: QuestionKind, name: str, initial: str) -> Element:
    if kind is QuestionKind.DATE:
        return kit.date_picker(name, initial=date_of(initial))
    return kit.text_input(name, initial=initial, longest=30, placeholder="A number, such as 18")


def options_of(question: Question) -> list[Element]:
    """The values of a question by their places."""
    words = [each.capitalize() if question.kind is QuestionKind.YES_NO else each for each in question.values]
    return [kit.option(word, str(place)) for place, word in enumerate(words)]


def what_it_decides(question: Question, form: DecisionForm) -> list[Block]:
    """Inputs for the answers that qualify or disqualify, by the kind of the question."""
    if question.values:
        return choices_that_decide(question, form)
    if question.kind.is_measured:
        return limits_that_decide(question.kind, form)
    return [kit.context("Nobody is let in or kept out by what they write: read it, and decide yourself.")]


QUALIFY_HINT = "Whoever answers so, here and at every other question with such answers, qualifies. Others wait for you."
DISQUALIFY_HINT = "One such answer is enough, whatever else they say."


def choices_that_decide(question: Question, form: DecisionForm) -> list[Block]:
    inputs: list[tuple[str, str, str, Sequence[str]]] = [
        ("qualify", "Answers that qualify", QUALIFY_HINT, form.qualify),
        ("disqualify", "Answers that disqualify", DISQUALIFY_HINT, form.disqualify),
    ]
    if question.kind is QuestionKind.MULTIPLE_CHOICE:
        hint = "Whoever answers and chooses none of these is disqualified."
        inputs.append(("require", "One of these must be chosen", hint, form.require))
    return [
        kit.field(name, label, kit.multi_select(name, options_of(question), initial=chosen), hint=hint, optional=True)
        for name, label, hint, chosen in inputs
    ]


def limits_that_decide(kind: QuestionKind, form: DecisionForm) -> list[Block]:
    is_date = kind is QuestionKind.DATE
    least, most = ("on or after", "on or before") if is_date else ("at least", "at most")
    inputs = (
        ("qualify_from", f"Qualifies: {least}", QUALIFY_HINT, form.qualify_from),
        ("qualify_to", f"Qualifies: {most}", "With both, it must lie between the two.", form.qualify_to),
        ("disqualify_from", f"Disqualifies: {least}", DISQUALIFY_HINT, form.disqualify_from),
        ("disqualify_to", f"Disqualifies: {most}", DISQUALIFY_HINT, form.disqualify_to),
    )
    return [
        kit.field(name, label, limit_input(kind, name, initial), hint=hint, optional=True)
        for name, label, hint, initial in inputs
    ]
