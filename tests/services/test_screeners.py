"""Building a screener: drafts that wait, whoever was faster, what publishing does and refuses, who may."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from bot.jobs import housekeeping
from bot.services import screeners
from domain.errors import NotAllowed, NotFound, RuleError, Stale
from domain.roles import Actor, Role
from domain.screener import Comparison, Condition, OutcomeRule, Question, QuestionKind, Screener, Verdict
from domain.screener_checks import MOST_QUESTIONS
from domain.screener_form import Building, DecisionForm, Published
from domain.study import StudyType
from storage import screeners as stored
from storage.models import ScreenerDraft, Study
from tests.builders import World, rows

CAR = Question("car", QuestionKind.YES_NO, "Do you drive?")


class Desk:
    """Somebody who builds the screener of a study."""

    def __init__(self, world: World, actor: Actor, wanted: int | str = "CHK") -> None:
        self.world, self.actor = world, actor
        self.shown: Building = self.run(screeners.begin, wanted, world.now)

    def run(self, use: Any, *given: Any, **named: Any) -> Any:
        with self.world.database.unit_of_work() as session:
            return use(session, self.actor, *given, **named)

    @property
    def draft_id(self) -> int:
        return self.shown.draft_id

    @property
    def texts(self) -> list[str]:
        return [question.text for question in self.shown.screener.questions]

    def add(self, text: str = "Do you drive?", form: DecisionForm | None = None, **inputs: Any) -> str:
        """Add a question, of yes and no unless said otherwise. Its id."""
        asked = self.run(screeners.ask, self.draft_id, "", self.world.now)
        given = {"kind": "yes_no", "text": text, **inputs}
        self.run(screeners.write, self.draft_id, asked.form.id, given, self.world.now)
        self.save(asked.form.id, form or DecisionForm())
        return str(asked.form.id)

    def change(self, question_id: str, form: DecisionForm | None = None, **inputs: Any) -> None:
        self.run(screeners.ask, self.draft_id, question_id, self.world.now)
        self.run(screeners.write, self.draft_id, question_id, inputs, self.world.now)
        _, present = self.run(screeners.decisions, self.draft_id, question_id)
        self.save(question_id, form or present)

    def save(self, question_id: str, form: DecisionForm) -> None:
        self.shown = self.run(screeners.save_question, self.draft_id, question_id, form, self.world.now)

    def publish(self) -> Building | Published:
        done: Building | Published = self.run(screeners.publish, self.draft_id, self.world.now)
        return done


DRIVING = Screener((CAR,))


def live(world: World, screener: Screener = DRIVING, author: str = "Rita", study_id: int = 0) -> int:
    with world.database.unit_of_work() as session:
        return stored.publish(session, study_id or world.study_id, screener, author, world.now).id


def current(world: World) -> Screener | None:
    with world.database.reading() as session:
        found = stored.current(session, world.study_id)
        return found.screener if found else None


def test_what_is_built_holds_when_it_is_published(world: World) -> None:
    desk = Desk(world, world.researcher)
    assert (desk.shown.live, desk.shown.has_changes, desk.texts) == (None, False, [])
    car = desk.add(form=DecisionForm(qualify=("0",), disqualify=("1",)))
    desk.add(
        "Which?",
        DecisionForm(about=car, test="is_any_of", values=("0",)),
        kind="multiple_choice",
        options="Bus\n\n  Tram \nTrain",
        property_name=" Travels  by ",
        hint="All that you use",
        is_required=[],
    )
    assert current(world) is None
    done = desk.publish()
    assert isinstance(done, Published)
    assert (done.key, done.number, done.questions, done.answering) == ("CHK", 1, 2, ())
    found = current(world)
    assert found is not None
    assert found.questions[1] == Question(
        id=found.questions[1].id,
        kind=QuestionKind.MULTIPLE_CHOICE,
        text="Which?",
        hint="All that you use",
        is_required=False,
        options=("Bus", "Tram", "Train"),
        show_if=Condition(car, Comparison.IS_ANY_OF, ("yes",)),
        property_name="Travels by",
    )
    assert found.rules == (
        OutcomeRule(Verdict.QUALIFIED, Condition(car, Comparison.IS_ANY_OF, ("yes",))),
        OutcomeRule(Verdict.NOT_QUALIFIED, Condition(car, Comparison.IS_ANY_OF, ("no",))),
    )
    assert rows(world.database, sa.select(ScreenerDraft.id)) == []


def test_a_draft_waits_for_its_builder_and_for_nobody_else(world: World) -> None:
    desk = Desk(world, world.researcher)
    desk.add("Mine?")
    assert Desk(world, world.researcher).texts == ["Mine?"]
    assert Desk(world, world.admin).texts == []
    assert Desk(world, world.admin).draft_id != desk.draft_id
    with pytest.raises(NotFound, match="not open any more"), world.database.unit_of_work() as session:
        screeners.shown(session, world.admin, desk.draft_id)


def test_a_draft_without_changes_follows_what_is_published_meanwhile(world: World) -> None:
    desk = Desk(world, world.researcher)
    live(world)
    again = Desk(world, world.researcher)
    assert (again.draft_id, again.texts, again.shown.is_stale) == (desk.draft_id, ["Do you drive?"], False)


def test_nobody_publishes_over_somebody_who_was_faster(world: World) -> None:
    live(world)
    first, second = Desk(world, world.researcher), Desk(world, world.admin)
    first.add("From Rita?")
    second.add("From Ada?")
    first.publish()
    late = Desk(world, world.admin)
    assert (late.texts, late.shown.is_stale, late.shown.based_on) == (["Do you drive?", "From Ada?"], True, 1)
    with pytest.raises(Stale, match=rf"{world.researcher.name} was faster and published version 2 of CHK’s screener"):
        second.publish()
    with pytest.raises(Stale):
        second.run(screeners.end, second.draft_id, world.now)
    fresh = second.run(screeners.discard, second.draft_id, world.now)
    assert [each.text for each in fresh.screener.questions] == ["Do you drive?", "From Rita?"]
    assert (fresh.is_stale, fresh.has_changes) == (False, False)


def test_what_says_the_same_as_what_is_live_is_not_published_again(world: World) -> None:
    live(world)
    with pytest.raises(RuleError, match="There is nothing to publish: version 1 says the same"):
        Desk(world, world.researcher).publish()


def test_what_is_wrong_is_told_and_nothing_is_published(world: World) -> None:
    desk = Desk(world, world.researcher)
    car = desk.add()
    desk.add("Which?", DecisionForm(about=car, test="is_any_of", values=("0",)))
    desk.shown = desk.run(screeners.remove, desk.draft_id, car, world.now)
    done = desk.publish()
    assert isinstance(done, Building)
    assert [(each.is_error, each.question_id) for each in done.problems] == [(True, done.screener.questions[0].id)]
    assert current(world) is None


def test_a_question_that_nobody_can_reach_is_not_published(world: World) -> None:
    desk = Desk(world, world.researcher)
    which = desk.add("Which?", kind="single_choice", options="A\nB")
    desk.add("Other?", DecisionForm(about=which, test="is_none_of", values=("0", "1")))
    done = desk.publish()
    assert isinstance(done, Building)
    assert "Nobody can ever see this question" in done.problems[0].message
    assert current(world) is None


def test_warnings_do_not_keep_it_from_being_published(world: World) -> None:
    desk = Desk(world, world.researcher)
    desk.add(property_name="Car")
    desk.add("And a bus?", property_name="car")
    done = desk.publish()
    assert isinstance(done, Published)
    assert done.warnings == 1


def test_questions_move_are_duplicated_and_removed_with_their_rules(world: World) -> None:
    desk = Desk(world, world.researcher)
    first = desk.add("First?", DecisionForm(disqualify=("1",)), property_name="First")
    second = desk.add("Second?", DecisionForm(qualify=("0",)))
    desk.shown = desk.run(screeners.move, desk.draft_id, second, -1, world.now)
    assert desk.texts == ["Second?", "First?"]
    assert [rule.condition.question_id for rule in desk.shown.screener.rules] == [second, first]
    desk.shown = desk.run(screeners.move, desk.draft_id, second, -1, world.now)
    assert desk.texts == ["Second?", "First?"]
    desk.shown = desk.run(screeners.duplicate, desk.draft_id, first, world.now)
    assert desk.texts == ["Second?", "First?", "First?"]
    copy = desk.shown.screener.questions[2]
    assert copy.id not in (first, second)
    assert copy.property_name == ""
    assert len(desk.shown.screener.rules_of(copy.id)) == 1
    desk.shown = desk.run(screeners.remove, desk.draft_id, first, world.now)
    assert desk.texts == ["Second?", "First?"]
    assert [rule.condition.question_id for rule in desk.shown.screener.rules] == [second, copy.id]
    with pytest.raises(RuleError, match="not there any more"):
        desk.run(screeners.remove, desk.draft_id, first, world.now)


def test_an_option_that_is_renamed_decides_what_it_decided(world: World) -> None:
    desk = Desk(world, world.researcher)
    which = desk.add("Which?", DecisionForm(qualify=("1",), disqualify=("2",)), kind="single_choice", options="A\nB\nC")
    other = desk.add("Why B?", DecisionForm(about=which, test="is_any_of", values=("0", "1")))
    desk.change(which, options="A\nBee\nC")
    screener = desk.shown.screener
    assert [rule.condition.values for rule in screener.rules_of(which)] == [("Bee",), ("C",)]
    assert screener.questions[1].show_if == Condition(which, Comparison.IS_ANY_OF, ("A", "Bee"))
    assert screener.questions[1].id == other
    desk.change(which, options="A\nC")
    assert [rule.condition.values for rule in desk.shown.screener.rules_of(which)] == [("C",)]
    assert "no option ‘Bee’" in desk.shown.problems_of(other)[0].message


def test_a_question_of_another_kind_loses_rules_that_do_not_fit(world: World) -> None:
    desk = Desk(world, world.researcher)
    age = desk.add("Age?", DecisionForm(qualify_from="18", qualify_to="64,5", disqualify_from="65"), kind="number")
    limits = [(rule.verdict.value, rule.condition.values) for rule in desk.shown.screener.rules]
    assert limits == [("qualified", ("18",)), ("qualified", ("64.5",)), ("not_qualified", ("65",))]
    desk.change(age, kind="date")
    assert desk.shown.screener.rules == ()
    desk.change(age, kind="short_text")
    assert desk.shown.problems == ()


def test_a_rule_that_the_inputs_can_not_say_stays(world: World) -> None:
    rule = OutcomeRule(Verdict.NOT_QUALIFIED, Condition("car", Comparison.IS_ANSWERED))
    live(world, Screener((CAR,), (rule,)))
    desk = Desk(world, world.researcher)
    desk.change("car", text="Do you drive a car?")
    assert desk.shown.screener.rules == (rule,)
    desk.change("car", kind="short_text")
    assert desk.shown.screener.rules == ()


def test_the_inputs_of_a_question_that_is_not_open_any_more_change_nothing(world: World) -> None:
    desk = Desk(world, world.researcher)
    first, second = desk.add("First?"), desk.add("Second?")
    desk.run(screeners.ask, desk.draft_id, first, world.now)
    desk.run(screeners.ask, desk.draft_id, second, world.now)
    with pytest.raises(RuleError, match="not open any more"):
        desk.run(screeners.write, desk.draft_id, first, {"text": "Zero?"}, world.now)
    with pytest.raises(RuleError, match="not open any more"):
        desk.run(screeners.save_question, desk.draft_id, first, DecisionForm(), world.now)


def test_thirty_questions_are_the_most(world: World) -> None:
    many = Screener(tuple(Question(f"q{n}", QuestionKind.YES_NO, f"{n}?") for n in range(MOST_QUESTIONS)))
    live(world, many)
    desk = Desk(world, world.researcher)
    with pytest.raises(RuleError, match="A screener has at most 30 questions"):
        desk.add()
    with pytest.raises(RuleError, match="at most 30"):
        desk.run(screeners.duplicate, desk.draft_id, "q0", world.now)


def test_immediate_scheduling_holds_once_it_is_published(world: World) -> None:
    desk = Desk(world, world.researcher)
    desk.add()
    desk.publish()
    again = Desk(world, world.researcher)
    again.shown = again.run(screeners.set_up, again.draft_id, " Hello ", world.now, is_immediate=False)
    assert again.shown.has_changes
    assert is_immediate(world)
    again.publish()
    assert not is_immediate(world)
    found = current(world)
    assert found is not None
    assert found.introduction == "Hello"


def is_immediate(world: World) -> bool:
    return bool(rows(world.database, sa.select(Study.is_immediate).where(Study.id == world.study_id))[0][0])


def test_an_introduction_that_is_too_long_is_refused_at_its_input(world: World) -> None:
    desk = Desk(world, world.researcher)
    with pytest.raises(RuleError, match="At most 2,000 characters") as refused:
        desk.run(screeners.set_up, desk.draft_id, "x" * 2001, world.now, is_immediate=None)
    assert refused.value.field == "introduction"


def test_ending_a_screener_asks_nobody_any_more(world: World) -> None:
    live(world)
    desk = Desk(world, world.researcher)
    done = desk.run(screeners.end, desk.draft_id, world.now)
    assert (done.number, done.questions) == (2, 0)
    assert current(world) is None
    again = Desk(world, world.researcher)
    assert again.texts == []
    with pytest.raises(RuleError, match="there is nothing to end"):
        again.run(screeners.end, again.draft_id, world.now)


def test_a_screener_is_copied_from_another_study_that_one_sees(world: World) -> None:
    other = world.study("OTH", "Other study").id
    live(world, study_id=other)
    hidden_team = world.team("Hidden", "C0HIDE")
    hidden = world.study("HID", "Hidden", team_id=hidden_team.id, owner_id=world.admin.member_id).id
    live(world, study_id=hidden)
    desk = Desk(world, world.researcher)
    assert desk.run(screeners.sources, desk.draft_id, "") == [(other, "OTH · Other study", 1)]
    desk.shown = desk.run(screeners.copy, desk.draft_id, other, world.now)
    assert desk.texts == ["Do you drive?"]
    for unseen in (hidden, world.study_id, 999):
        with pytest.raises(NotFound):
            desk.run(screeners.copy, desk.draft_id, unseen, world.now)


@pytest.mark.parametrize("study_type", StudyType)
def test_every_type_of_study_may_have_a_screener(world: World, study_type: StudyType) -> None:
    world.study("TYP", "Typed", type=study_type)
    desk = Desk(world, world.researcher, "TYP")
    desk.add()
    assert isinstance(desk.publish(), Published)


@pytest.mark.parametrize("role", [Role.COLLABORATOR, Role.OBSERVER])
def test_who_may_not_edit_the_study_may_not_build_its_screener(world: World, role: Role) -> None:
    with pytest.raises(NotAllowed):
        Desk(world, world.people[role])


def test_a_researcher_builds_in_own_studies_only(world: World) -> None:
    other = world.member(Role.RESEARCHER)
    world.team("Second", "C0TWO", other)
    with pytest.raises(NotFound):
        Desk(world, other)
    world.study("ADA", "Of the Admin", owner_id=world.admin.member_id)
    with pytest.raises(NotAllowed, match="you are neither its owner nor a collaborator"):
        Desk(world, world.researcher, "ADA")


def test_whoever_loses_the_permission_meanwhile_publishes_nothing(world: World) -> None:
    desk = Desk(world, world.researcher)
    desk.add()
    with world.database.unit_of_work() as session:
        session.get_one(Study, world.study_id).owner_id = world.admin.member_id
    with pytest.raises(NotAllowed):
        desk.publish()
    assert current(world) is None


def test_another_workspace_has_no_part_in_it(world: World) -> None:
    elsewhere = World.build(world.database, world.now, slack_team="T0ELSE")
    desk = Desk(world, world.researcher)
    for wanted in (world.study_id, "NOPE"):
        with pytest.raises(NotFound):
            Desk(world, elsewhere.admin, wanted)
    with pytest.raises(NotFound), world.database.unit_of_work() as session:
        screeners.publish(session, elsewhere.admin, desk.draft_id, world.now)


def test_a_test_run_says_what_answers_come_to_and_keeps_nothing(world: World) -> None:
    desk = Desk(world, world.researcher)
    car = desk.add(form=DecisionForm(disqualify=("1",)))
    age = desk.add("Age?", DecisionForm(about=car, test="is_any_of", values=("0",), qualify_from="18"), kind="number")
    trial, wrong = desk.run(screeners.try_out, desk.draft_id, {})
    assert ([each.id for each in trial.questions], trial.verdict, wrong) == ([car], None, {})
    trial, _ = desk.run(screeners.try_out, desk.draft_id, {car: "0"})
    assert ([each.id for each in trial.questions], trial.verdict) == ([car, age], None)
    trial, wrong = desk.run(screeners.try_out, desk.draft_id, {car: "0", age: "many"})
    assert wrong == {age: "A number, please, such as 42 or 4.5."}
    trial, _ = desk.run(screeners.try_out, desk.draft_id, {car: "0", age: "18,0"})
    assert (trial.verdict, [rule.condition.question_id for rule in trial.rules]) == (Verdict.QUALIFIED, [age])
    trial, _ = desk.run(screeners.try_out, desk.draft_id, {car: "1", age: "18"})
    assert (trial.verdict, [rule.condition.question_id for rule in trial.rules]) == (Verdict.NOT_QUALIFIED, [car])
    assert [each.id for each in trial.questions] == [car]


def test_a_draft_is_forgotten_after_a_month(world: World) -> None:
    Desk(world, world.researcher).add()
    housekeeping.sweep(world.database, world.now + timedelta(days=29))
    assert len(rows(world.database, sa.select(ScreenerDraft.id))) == 1
    housekeeping.sweep(world.database, world.now + timedelta(days=31))
    assert rows(world.database, sa.select(ScreenerDraft.id)) == []
