"""`/study screener`: the questions in one modal, one question in two steps, test runs, publishing."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest

from bot.blocks.ids import ScreenerId
from bot.commands.study import screener, screener_question, show
from bot.slack.capability import Listener, Trigger
from bot.slack.outcomes import Close, FieldErrors, Open, Options, Outcome, Update
from domain.errors import NotAllowed, NotFound, RuleError
from domain.roles import Actor
from domain.screener import Comparison, Condition, OutcomeRule, Question, QuestionKind, Screener, Verdict
from domain.screener_checks import MOST_QUESTIONS
from domain.study import StudyType
from storage import screeners as stored
from storage.models import ScreenerResponse
from tests.builders import World
from tests.commands.inputs import inputs_of, metadata_of, view_of
from tests.commands.screen import Screen, text_of
from tests.storage.test_screeners import add_to_study

HOSTILE = "<!channel> *x* & <b>"
MANY = Screener(
    tuple(
        Question(
            f"q{number}",
            QuestionKind.MULTIPLE_CHOICE,
            "W" * 300,
            hint="h" * 300,
            options=tuple(f"{place}{'&' * 148}" for place in range(20)),
            show_if=Condition(f"q{number - 1}", Comparison.IS_ANY_OF, tuple(f"{at}{'&' * 148}" for at in range(6)))
            if number
            else None,
            property_name="p" * 80,
        )
        for number in range(MOST_QUESTIONS)
    ),
    tuple(
        OutcomeRule(each, Condition(f"q{number}", Comparison.IS_ANY_OF, tuple(f"{at}{'&' * 148}" for at in range(6))))
        for number in range(MOST_QUESTIONS)
        for each in (Verdict.QUALIFIED, Verdict.NOT_QUALIFIED)
    ),
    "i" * 2000,
)


@dataclass
class Walk:
    """Somebody who builds a screener. `shown` is the modal that they see."""

    screen: Screen
    actor: Actor
    shown: Outcome = field(default_factory=Close)

    @classmethod
    def begin(cls, screen: Screen, actor: Actor, key: str = "CHK") -> Walk:
        return cls(screen, actor, screen.run(screener.typed, actor, arguments=key))

    @property
    def text(self) -> str:
        return text_of(self.shown)

    @property
    def inputs(self) -> dict[str, Any]:
        return inputs_of(self.shown)

    @property
    def questions(self) -> list[str]:
        """The lines of each question in the list."""
        return [
            block["text"]["text"]
            for block in view_of(self.shown)["blocks"]
            if block["type"] == "section" and block.get("accessory", {}).get("type") == "overflow"
        ]

    def ids(self) -> list[str]:
        return [
            block["accessory"]["options"][0]["value"].partition(":")[2]
            for block in view_of(self.shown)["blocks"]
            if block.get("accessory", {}).get("type") == "overflow"
        ]

    def ask(self, body: Any, value: str = "", **inputs: Any) -> Outcome:
        """Run a body with what stands in the inputs, those changed. Errors leave the modal as it is."""
        given = {**self.inputs, **inputs}
        outcome = self.screen.run(body, self.actor, value=value, fields=given, metadata=metadata_of(self.shown))
        if isinstance(outcome, Update | Open):
            self.shown = outcome
        return outcome

    def add(self, text: str, kind: str = "yes_no", options: str = "", **inputs: Any) -> None:
        """Add a question; what else is given goes into the second step."""
        self.ask(screener.add)
        self.ask(screener_question.kind_chosen, kind, kind=kind)
        first = {"text": text, **({"options": options} if options else {})}
        self.ask(screener_question.asked, **first, **{k: v for k, v in inputs.items() if k in self.inputs})
        rest = {name: value for name, value in inputs.items() if name in DECIDED}
        if "about" in rest:
            self.ask(screener_question.about_chosen, rest["about"], about=rest["about"])
            rest["values_" + rest["about"]] = rest.pop("values", None)
        outcome = self.ask(screener_question.decided, **rest)
        assert not isinstance(outcome, FieldErrors), outcome


DECIDED = ("about", "test", "values", "qualify", "disqualify", "require", "qualify_from", "qualify_to")


@pytest.fixture
def walk(screen: Screen, world: World) -> Walk:
    return Walk.begin(screen, world.researcher)


def errors_of(outcome: Outcome) -> dict[str, str]:
    assert isinstance(outcome, FieldErrors)
    return outcome.errors


def live(world: World, screener: Screener, author: str = "Rita") -> int:
    with world.database.unit_of_work() as session:
        return stored.publish(session, world.study_id, screener, author, world.now).id


def current(world: World) -> Screener | None:
    with world.database.reading() as session:
        found = stored.current(session, world.study_id)
        return found.screener if found else None


def test_a_newcomer_builds_tries_and_publishes_a_screener(world: World, walk: Walk) -> None:
    assert "No questions yet" in walk.text
    assert "nobody is asked anything" in walk.text
    walk.add("Do you drive?", qualify=["0"], disqualify=["1"])
    (car,) = walk.ids()
    walk.add("How old are you?", "number", about=car, values=["0"], qualify_from="18", qualify_to="64,5")
    assert walk.questions == [
        "*1.* Do you drive?\nYes or no · required\n‘Yes’ qualifies\n‘No’ disqualifies",
        "*2.* How old are you?\nNumber · required\nShown only if question 1 is ‘Yes’\n"
        "At least 18 qualifies\nAt most 64.5 qualifies",
    ]
    age = walk.ids()[1]
    builder = walk.shown
    walk.ask(screener.try_out)
    assert list(walk.inputs) == [car]
    walk.ask(screener.answered, "0", **{car: "0"})
    assert list(walk.inputs) == [car, age]
    assert errors_of(walk.ask(screener.judge, **{age: ""})) == {age: "This must be answered."}
    assert errors_of(walk.ask(screener.judge, **{age: "old"})) == {age: "A number, please, such as 42 or 4.5."}
    walk.ask(screener.judge, **{age: "30"})
    assert "*Qualified.*" in walk.text
    assert "• Question 2, “How old are you?”: the answer is at least 18" in walk.text
    walk.ask(screener.judge, **{age: "12"})
    assert "*Undecided*" in walk.text
    walk.ask(screener.answered, "1", **{car: "1"})
    assert list(walk.inputs) == [car]
    walk.ask(screener.judge)
    assert "*Not qualified.*" in walk.text
    assert "• Question 1, “Do you drive?”: the answer is ‘No’" in walk.text
    walk.shown = builder
    done = walk.ask(screener.publish)
    assert isinstance(done, Close)
    assert "The screener of *CHK* is published as version 1: 2 questions." in text_of(done)
    found = current(world)
    assert found is not None
    assert [each.text for each in found.questions] == ["Do you drive?", "How old are you?"]
    shown = text_of(walk.screen.run(show.typed, world.researcher, arguments="CHK"))
    assert "*Screener*\\n2 questions, version 1" in shown


def test_what_is_wrong_with_a_question_is_told_at_its_inputs(walk: Walk) -> None:
    walk.ask(screener.add)
    assert errors_of(walk.ask(screener_question.asked, text=" ", options="A\nA ", property_name="E-mail")) == {
        "text": "What do you ask? Write the question.",
        "options": "‘A’ is there twice.",
        "property_name": "Callsheet keeps that of participants itself. Choose another name.",
    }
    many = "\n".join(map(str, range(21)))
    assert errors_of(walk.ask(screener_question.asked, text="?", options=many)) == {
        "options": "At most 20 options, please: these are 21."
    }
    assert errors_of(walk.ask(screener_question.asked, text="?", options="A")) == {
        "options": "A choice needs at least two options, one a line."
    }
    assert (
        "longer than 150"
        in errors_of(walk.ask(screener_question.asked, text="?", options="A\n" + "b" * 151))["options"]
    )


def test_what_is_wrong_with_what_it_decides_is_told_at_its_inputs(walk: Walk) -> None:
    walk.add("Which?", "single_choice", "A\nB")
    (which,) = walk.ids()
    walk.ask(screener.add)
    walk.ask(screener_question.kind_chosen, "number", kind="number")
    walk.ask(screener_question.asked, text="How many?")
    walk.ask(screener_question.about_chosen, which, about=which)
    assert errors_of(walk.ask(screener_question.decided, qualify_from="x", qualify_to="1,000")) == {
        f"values_{which}": "Choose at least one answer.",
        "qualify_from": "A number, please, such as 42 or 4.5.",
        "qualify_to": "“1,000” could be read in two ways. Write a thousand as 1000, and half as 0.5.",
    }


def test_an_answer_can_not_qualify_and_disqualify(walk: Walk) -> None:
    walk.ask(screener.add)
    walk.ask(screener_question.asked, text="Which?", options="A\nB")
    assert errors_of(walk.ask(screener_question.decided, qualify=["0", "1"], disqualify=["1"])) == {
        "disqualify": "‘B’ is chosen above as one that qualifies. Leave it in one of the two."
    }


def test_the_inputs_follow_the_kind_and_keep_what_stands_in_the_others(walk: Walk) -> None:
    walk.ask(screener.add)
    assert "options" in walk.inputs
    walk.ask(screener_question.kind_chosen, "date", kind="date", text="Since when?", hint="Roughly", options="A\nB")
    assert "options" not in walk.inputs
    assert (walk.inputs["text"], walk.inputs["hint"], walk.inputs["kind"]) == ("Since when?", "Roughly", "date")
    walk.ask(screener_question.kind_chosen, "single_choice", kind="single_choice")
    assert walk.inputs["options"] == "A\nB"


def test_a_condition_offers_the_answers_of_the_question_it_asks_about(walk: Walk) -> None:
    walk.add("Which?", "multiple_choice", "A\nB")
    walk.add("When?", "date")
    which, when = walk.ids()
    walk.ask(screener.add)
    walk.ask(screener_question.asked, text="Why?", options="X\nY")
    assert set(walk.inputs) == {"about", "qualify", "disqualify"}
    walk.ask(screener_question.about_chosen, which, about=which)
    assert walk.inputs["test"] == "is_any_of"
    walk.ask(
        screener_question.about_chosen, "is_none_of", test="is_none_of", **{f"values_{which}": ["1"]}, qualify=["0"]
    )
    assert (walk.inputs[f"values_{which}"], walk.inputs["qualify"]) == (["1"], ["0"])
    assert "includes none of" in walk.text
    walk.ask(screener_question.about_chosen, when, about=when)
    assert (walk.inputs["test"], walk.inputs[f"values_{when}"]) == ("at_least", None)
    assert "is on or after" in walk.text
    walk.ask(screener_question.about_chosen, "is_answered", test="is_answered")
    assert f"values_{when}" not in walk.inputs
    walk.ask(screener_question.about_chosen, "at_most", test="at_most")
    walk.ask(screener_question.decided, **{f"values_{when}": "2026-03-31"})
    assert "Shown only if question 2 is 2026-03-31 or earlier" in walk.questions[2]


def test_one_can_go_back_from_either_step_and_nothing_is_lost(walk: Walk) -> None:
    walk.ask(screener.add)
    walk.ask(screener_question.asked, text="Which?", options="A\nB")
    walk.ask(screener_question.back)
    assert (walk.inputs["text"], walk.inputs["options"]) == ("Which?", "A\nB")
    walk.ask(screener.back)
    assert "No questions yet" in walk.text


def test_a_question_is_edited_with_what_it_decides(walk: Walk) -> None:
    walk.add("Which?", "multiple_choice", "A\nB\nC", qualify=["0"], disqualify=["2"], require=["0", "1"])
    (which,) = walk.ids()
    walk.ask(screener.choose, f"edit:{which}")
    assert walk.inputs["options"] == "A\nB\nC"
    walk.ask(screener_question.asked, options="A\nBee\nC", is_required=[], property_name="Tools")
    assert (walk.inputs["qualify"], walk.inputs["disqualify"], walk.inputs["require"]) == (["0"], ["2"], ["0", "1"])
    walk.ask(screener_question.decided)
    assert walk.questions == [
        "*1.* Which?\nMultiple choice · optional · fills “Tools”\n‘A’ qualifies\n‘C’ disqualifies\n"
        "Everything but ‘A’ or ‘Bee’ disqualifies"
    ]


def test_questions_are_moved_duplicated_and_removed_from_their_menu(walk: Walk) -> None:
    walk.add("First?")
    walk.add("Second?")
    first, second = walk.ids()
    walk.ask(screener.choose, f"up:{second}")
    assert walk.ids() == [second, first]
    walk.ask(screener.choose, f"down:{second}")
    assert walk.ids() == [first, second]
    walk.ask(screener.choose, f"duplicate:{first}")
    assert [each.partition("\n")[0] for each in walk.questions] == ["*1.* First?", "*2.* First?", "*3.* Second?"]
    walk.ask(screener.choose, f"remove:{first}")
    assert len(walk.ids()) == 2
    assert first not in walk.ids()


def test_publishing_is_refused_with_each_problem_at_its_question(world: World, walk: Walk) -> None:
    walk.add("Do you drive?")
    (car,) = walk.ids()
    walk.add("Which car?", about=car, values=["0"])
    walk.ask(screener.choose, f"remove:{car}")
    walk.ask(screener.publish)
    assert "*Nothing is published yet.*" in walk.text
    assert "⚠ It is shown by the answer to a question that is not there any more" in walk.questions[0]
    assert current(world) is None


def test_an_empty_screener_is_not_published(world: World, walk: Walk) -> None:
    walk.ask(screener.publish)
    assert "*Nothing is published yet.*" in walk.text
    assert current(world) is None


def test_people_who_are_answering_go_on_with_their_version_and_it_is_said(world: World, screen: Screen) -> None:
    version_id = live(world, Screener((Question("a", QuestionKind.YES_NO, "Old?"),)))
    for number in range(2):
        person = world.participant(f"p{number}@example.com")
        with world.database.unit_of_work() as session:
            times = {"started_at": world.now, "saved_at": world.now}
            enrolment_id = add_to_study(session, world, person.id)
            session.add(ScreenerResponse(enrolment_id=enrolment_id, version_id=version_id, answers={}, **times))
    walk = Walk.begin(screen, world.researcher)
    walk.add("New?")
    assert "2 people are answering version 1: they go on with it." in walk.text
    assert "You have changes that are not published." in walk.text
    done = walk.ask(screener.publish)
    assert "version 2: 2 questions. 2 people are answering version 1: they go on with it." in text_of(done)


def test_whoever_was_slower_is_told_and_can_drop_their_changes(world: World, screen: Screen, walk: Walk) -> None:
    walk.add("Mine?")
    live(world, Screener((Question("a", QuestionKind.YES_NO, "Theirs?"),)), "Omar *B*")
    walk.ask(screener.publish)
    assert "Nothing is published: Omar ∗B∗ was faster and published version 1" in walk.text
    assert walk.questions[0].startswith("*1.* Mine?")
    late = Walk.begin(screen, world.researcher)
    assert "Omar ∗B∗ has published version 1" in late.text
    late.ask(screener.discard)
    assert [each.partition("\n")[0] for each in late.questions] == ["*1.* Theirs?"]
    assert "Version 1 is live" in late.text


def test_a_screener_is_ended_and_the_builder_says_so(world: World, screen: Screen) -> None:
    live(world, Screener((Question("a", QuestionKind.YES_NO, "Old?"),)))
    walk = Walk.begin(screen, world.researcher)
    walk.ask(screener.end)
    assert "The screener of *CHK* has ended." in walk.text
    assert walk.questions == []
    assert current(world) is None
    assert "*Screener*\\nended" in text_of(screen.run(show.typed, world.researcher, arguments="CHK"))


def test_ending_what_somebody_else_has_published_since_is_refused(world: World, screen: Screen) -> None:
    live(world, Screener((Question("a", QuestionKind.YES_NO, "Old?"),)))
    walk = Walk.begin(screen, world.researcher)
    live(world, Screener((Question("a", QuestionKind.YES_NO, "New?"),)), "Omar")
    walk.ask(screener.end)
    assert "Nothing is published: Omar was faster" in walk.text
    found = current(world)
    assert found is not None
    assert found.questions[0].text == "New?"


def test_more_that_is_asked_in_a_test_run_is_pointed_out(walk: Walk) -> None:
    walk.add("How old are you?", "number")
    (age,) = walk.ids()
    walk.add("Since when?", about=age, values="18")
    walk.ask(screener.try_out)
    walk.ask(screener.judge, **{age: "20"})
    assert len(walk.inputs) == 2
    assert "More is asked after these answers" in walk.text


def test_another_studys_screener_is_found_and_copied(world: World, screen: Screen) -> None:
    live(world, Screener((Question("a", QuestionKind.YES_NO, "Do you drive?"),)))
    world.study("NEW", "New study")
    walk = Walk.begin(screen, world.researcher, "NEW")
    found = screen.run(screener.find_sources, world.researcher, typed="ch", metadata=metadata_of(walk.shown))
    assert isinstance(found, Options)
    assert [each["text"]["text"] for each in found.options] == ["CHK · Checkout study"]
    walk.ask(screener.copy, found.options[0]["value"])
    assert [each.partition("\n")[0] for each in walk.questions] == ["*1.* Do you drive?"]


def test_settings_hold_the_introduction_and_where_there_are_times_immediate_scheduling(
    world: World, screen: Screen, walk: Walk
) -> None:
    walk.ask(screener.settings)
    assert walk.inputs == {"introduction": None, "is_immediate": ["yes"]}
    walk.ask(screener.keep_settings, introduction="Hello *all*", is_immediate=[])
    assert "Hello ∗all∗" in walk.text
    assert "waits for your invitation" in walk.text
    world.study("SRV", "Survey", type=StudyType.SURVEY)
    survey = Walk.begin(screen, world.researcher, "SRV")
    survey.ask(screener.settings)
    assert survey.inputs == {"introduction": None}
    survey.ask(screener.keep_settings, introduction="Hello")
    assert "waits for" not in survey.text


def test_the_largest_screener_fits_into_what_slack_takes(world: World, screen: Screen) -> None:
    live(world, MANY)
    walk = Walk.begin(screen, world.researcher)
    assert len(walk.questions) == 30
    assert "30 of at most 30 questions." in walk.text
    assert "Add a question" not in walk.text
    walk.ask(screener.choose, "edit:q29")
    walk.ask(screener_question.asked)
    walk.ask(screener_question.about_chosen, "q0", about="q0")
    walk.ask(screener.back)
    walk.ask(screener.try_out)
    walk.ask(screener.answered, q0=["0", "19"])


def test_words_of_strangers_do_nothing(walk: Walk) -> None:
    walk.add(HOSTILE, "single_choice", f"{HOSTILE}\nB", qualify=["0"], property_name=HOSTILE, hint=HOSTILE)
    (which,) = walk.ids()
    walk.add("Next?", about=which, values=["0"])
    assert "<!channel>" not in walk.text
    walk.ask(screener.choose, f"edit:{walk.ids()[1]}")
    walk.ask(screener_question.asked)
    walk.ask(screener.back)
    walk.ask(screener.settings)
    walk.ask(screener.keep_settings, introduction=HOSTILE)
    assert "<!channel>" not in walk.text


def test_who_may_not_and_what_is_not_there(world: World, screen: Screen) -> None:
    with pytest.raises(RuleError, match="/study screener CHK"):
        screen.run(screener.typed, world.researcher)
    with pytest.raises(NotFound):
        screen.run(screener.typed, world.researcher, arguments="NOPE")
    with pytest.raises(NotAllowed):
        screen.run(screener.typed, world.observer, arguments="CHK")
    assert isinstance(screen.run(screener.clicked, world.researcher, value=str(world.study_id)), Open)


VALUES = {"screener:more": "edit:q1", "screener:copy": "1"}
IN_MODALS = [
    listener
    for capability in (screener.capability, screener_question.capability)
    for listener in capability.listeners
    if listener.trigger is not Trigger.COMMAND and listener.name != ScreenerId.BUILD
]


@pytest.mark.parametrize("listener", IN_MODALS, ids=lambda listener: listener.name)
def test_a_draft_is_for_its_builder_alone(world: World, screen: Screen, walk: Walk, listener: Listener) -> None:
    walk.add("Do you drive?")
    elsewhere = World.build(world.database, world.now, "T0OTHER")
    metadata = screener.Draft("C0CORE", screener.Draft.load(metadata_of(walk.shown)).draft_id, walk.ids()[0]).dump()
    for actor in (world.admin, elsewhere.admin):
        with pytest.raises(NotFound):
            screen.run(
                listener.body,
                actor,
                value=VALUES.get(listener.name, ""),
                fields={"text": "?"},
                metadata=metadata,
                typed="",
            )
