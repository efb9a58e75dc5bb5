"""`/study schedule`: six steps forwards and back, what is wrong in each, saving, templates, and who may."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from bot.blocks.ids import StudyId
from bot.commands.study import schedule
from bot.jobs import housekeeping
from bot.slack.outcomes import Close, FieldErrors, Options, Outcome
from domain.errors import NotAllowed, NotFound, RuleError, Stale
from domain.roles import Actor, Role
from domain.scheduling import Assignment, Conflicts, Setup
from domain.setup_form import Step
from domain.study import LocationKind, StudyType
from storage import scheduling as stored
from storage.models import Member, SetupDraft, Study, StudyCollaborator, StudyReminder
from tests.builders import World, rows
from tests.commands.inputs import inputs_of, metadata_of, view_of
from tests.commands.screen import Screen, text_of

HOSTILE = "<!channel> *x* & <b>"


@dataclass
class Walk:
    """Somebody who goes through the steps. `shown` is the step that they see."""

    screen: Screen
    actor: Actor
    shown: Outcome = field(default_factory=Close)

    @classmethod
    def begin(cls, screen: Screen, actor: Actor, key: str = "CHK") -> Walk:
        return cls(screen, actor, screen.run(schedule.typed, actor, arguments=key))

    @property
    def step(self) -> Step:
        return Step(schedule.Setting.load(metadata_of(self.shown)).step)

    @property
    def text(self) -> str:
        return text_of(self.shown)

    def next(self, **inputs: Any) -> Outcome:
        """Submit the step with those inputs changed. What comes of it; errors leave the step as it is."""
        given = {**inputs_of(self.shown), **inputs}
        outcome = self.screen.run(schedule.submitted, self.actor, fields=given, metadata=metadata_of(self.shown))
        if not isinstance(outcome, FieldErrors | Close):
            self.shown = outcome
        return outcome

    def click(self, body: Any, value: str, **inputs: Any) -> None:
        given = {**inputs_of(self.shown), **inputs}
        self.shown = self.screen.run(body, self.actor, value=value, fields=given, metadata=metadata_of(self.shown))

    def to_review(self) -> None:
        while self.step is not Step.REVIEW:
            assert not isinstance(self.next(), FieldErrors)


def setup_of(world: World, key: str = "CHK") -> Setup:
    with world.database.reading() as session:
        return stored.setup_of(session, session.scalars(sa.select(Study).where(Study.key == key)).one())


def study_of(world: World, key: str = "CHK") -> Study:
    with world.database.reading() as session:
        return session.scalars(sa.select(Study).where(Study.key == key)).one()


def test_whoever_changes_nothing_saves_the_defaults_and_sees_the_next_slots(world: World, screen: Screen) -> None:
    walk = Walk.begin(screen, world.researcher)
    before = setup_of(world)
    walk.to_review()
    assert "These are the next slots a participant would see" in walk.text
    assert "*Monday 23 November*  13:30 · 14:00 · 14:30 · 15:00 · 15:30 · 16:00 · 16:30 · 17:00" in walk.text
    done = walk.next()
    assert isinstance(done, Close)
    assert "The scheduling of *CHK* is saved. The next free time is <!date^1795437000^" in text_of(done)
    assert setup_of(world) == before
    assert rows(world.database, sa.select(SetupDraft.id)) == []


def test_everything_that_is_entered_is_saved(world: World, screen: Screen) -> None:
    ops, observer = world.people[Role.OPS_MANAGER], world.observer
    walk = Walk.begin(screen, world.researcher)
    walk.next(title="{{ study.external_name }}", description="d" * 3000, duration="45")
    walk.next(location="teams", link="https://teams.example/x", passcode="4711")
    walk.next(
        hosts=[ops.slack_user_id, world.researcher.slack_user_id],
        guests=[observer.slack_user_id],
        assignment="round_robin",
    )
    walk.click(schedule.chosen, "common", hours="common")
    walk.click(schedule.chosen, "fixed", range="fixed")
    walk.next(
        monday="9-12, 13:30-17",
        friday="off",
        dates="24 Dec to 26 Dec: off\n30 Dec: 10-14",
        time_zone="Europe/London",
        first_day="2026-12-01",
        last_day=None,
        conflicts="strict",
        notice="1440",
        before="10",
        after="15",
        increment="15",
    )
    walk.next(
        most_a_day="3",
        most_a_week="10",
        change_until="720",
        most_moves="0",
        reminders=["2880", "60"],
        sender_name="Northwind  Research",
        reply_to="Research@northwind.example",
    )
    assert isinstance(walk.next(), Close)
    found, study = setup_of(world), study_of(world)
    assert found.host_ids == (ops.member_id, world.researcher.member_id)
    assert (found.guest_ids, found.assignment) == ((observer.member_id,), Assignment.ROUND_ROBIN)
    assert (found.title, len(found.description)) == ("{{ study.external_name }}", 3000)
    assert found.availability is not None
    assert found.availability.week[0] == ((540, 720), (810, 1020))
    assert found.availability.week[4] == ()
    assert found.availability.overrides[date(2026, 12, 30)] == ((600, 840),)
    assert (found.first_day, found.last_day, found.rolling_days) == (date(2026, 12, 1), None, None)
    assert (found.time_zone, found.conflicts, found.notice) == ("Europe/London", Conflicts.STRICT, timedelta(days=1))
    assert (found.buffer_before, found.buffer_after) == (timedelta(minutes=10), timedelta(minutes=15))
    assert (found.increment, found.length) == (timedelta(minutes=15), timedelta(minutes=45))
    assert (found.most_a_day, found.most_a_week, found.most_moves) == (3, 10, 0)
    assert found.change_until == timedelta(hours=12)
    reminders = rows(world.database, sa.select(StudyReminder.minutes_before).order_by(StudyReminder.minutes_before))
    assert [row[0] for row in reminders] == [60, 2880]
    assert (study.location, study.location_text) == (LocationKind.TEAMS, "https://teams.example/x")
    assert (study.location_passcode, study.duration_minutes) == ("4711", 45)
    assert (study.sender_name, study.reply_to) == ("Northwind Research", "research@northwind.example")
    again = Walk.begin(screen, world.researcher)
    assert inputs_of(again.shown)["duration"] == "45"
    again.to_review()
    again.next()
    assert setup_of(world) == found


def test_going_back_keeps_what_was_entered_right_or_wrong(world: World, screen: Screen) -> None:
    walk = Walk.begin(screen, world.researcher)
    walk.next(title="Kept")
    walk.next()
    walk.next()
    walk.click(schedule.chosen, "common", hours="common")
    walk.click(schedule.go, "3", monday="early", notice="0")
    assert walk.step is Step.HOSTS
    walk.click(schedule.go, "2")
    walk.click(schedule.go, "1")
    assert inputs_of(walk.shown)["title"] == "Kept"
    for _ in range(3):
        walk.next()
    assert walk.step is Step.AVAILABILITY
    assert (inputs_of(walk.shown)["monday"], inputs_of(walk.shown)["notice"]) == ("early", "0")
    refused = walk.next(friday="25-26")
    assert isinstance(refused, FieldErrors)
    assert set(refused.errors) == {"monday", "friday"}
    assert refused.errors["monday"].startswith("Monday: “early” is not a stretch of hours")
    assert not isinstance(walk.next(monday="9-12"), FieldErrors)
    assert walk.step is Step.LIMITS


@pytest.mark.parametrize(
    ("step", "inputs", "name"),
    [
        (Step.EVENT, {"title": "{{ nobody }}"}, "title"),
        (Step.LOCATION, {"location": "zoom", "link": "no link"}, "link"),
        (Step.HOSTS, {"hosts": []}, "hosts"),
        (Step.LIMITS, {"reply_to": "nobody"}, "reply_to"),
    ],
)
def test_what_is_wrong_is_told_in_its_step(
    world: World, screen: Screen, step: Step, inputs: dict[str, Any], name: str
) -> None:
    walk = Walk.begin(screen, world.researcher)
    while walk.step is not step:
        walk.next()
    refused = walk.next(**inputs)
    assert isinstance(refused, FieldErrors)
    assert list(refused.errors) == [name]
    assert walk.step is step


def test_a_step_that_is_changed_from_the_review_leads_back_to_it(world: World, screen: Screen) -> None:
    walk = Walk.begin(screen, world.researcher)
    walk.to_review()
    walk.click(schedule.go, str(int(Step.EVENT)))
    assert view_of(walk.shown)["submit"]["text"] == "Review"
    walk.next(duration="90")
    assert walk.step is Step.REVIEW
    assert "1 h 30 min" in walk.text
    walk.click(schedule.go, str(int(Step.LIMITS)))
    walk.next()
    assert walk.step is Step.REVIEW


def test_hosts_without_a_calendar_or_from_elsewhere_are_warned_of_and_not_refused(world: World, screen: Screen) -> None:
    stranger = world.member(Role.OBSERVER, name="Sam")
    world.calendar(world.researcher)
    walk = Walk.begin(screen, world.researcher)
    walk.next()
    walk.next()
    walk.click(schedule.chosen, "", hosts=[stranger.slack_user_id, world.researcher.slack_user_id, "U0NOBODY"])
    assert f"<@{stranger.slack_user_id}> and <@U0NOBODY> are not in the study’s team." in walk.text
    assert f"<@{stranger.slack_user_id}> and <@U0NOBODY> have no calendar connected" in walk.text
    assert f"<@{world.researcher.slack_user_id}>’s calendar can’t be read" in walk.text
    refused = walk.next()
    assert isinstance(refused, FieldErrors)
    assert "exactly one" in refused.errors["hosts"]
    walk.next(assignment="collective")
    walk.to_review()
    assert "Participants would see no time" in walk.text
    assert "Nobody knows when Researcher" in walk.text
    walk.next()
    assert len(setup_of(world).host_ids) == 3
    assert [m.role for (m,) in rows(world.database, sa.select(Member).where(Member.slack_user_id == "U0NOBODY"))] == [
        Role.OBSERVER
    ]


def test_a_group_study_asks_for_seats_and_for_no_assignment(world: World, screen: Screen) -> None:
    world.study("GRP", "Group", type=StudyType.GROUP_INTERVIEW, capacity=6)
    walk = Walk.begin(screen, world.researcher, "grp")
    assert inputs_of(walk.shown)["seats"] == "6"
    walk.next(seats="8")
    walk.next()
    assert "assignment" not in inputs_of(walk.shown)
    walk.to_review()
    walk.next()
    assert (setup_of(world, "GRP").capacity, setup_of(world, "GRP").assignment) == (8, Assignment.GROUP)


def test_the_review_says_that_booked_sessions_keep_their_length_and_they_do(world: World, screen: Screen) -> None:
    held = world.book(timedelta(hours=5))
    walk = Walk.begin(screen, world.researcher)
    walk.next(duration="30")
    walk.to_review()
    assert "The session that is booked keeps its length" in walk.text
    assert "1 booked session keeps its length." in text_of(walk.next())
    assert world.get(held.id).ends_at == held.ends_at


def test_the_review_says_why_there_is_no_time(world: World, screen: Screen) -> None:
    walk = Walk.begin(screen, world.researcher)
    for _ in range(3):
        walk.next()
    walk.click(schedule.chosen, "fixed", range="fixed")
    walk.next(first_day=None, last_day="2026-11-23", notice=str(7 * 24 * 60))
    walk.to_review()
    assert "Participants would see no time" in walk.text
    assert "shorter than the minimum notice" in walk.text
    assert "⚠ The range of days is over" in text_of(walk.next())


def test_of_two_who_save_the_second_is_told_who_was_faster(world: World, screen: Screen) -> None:
    first, second = Walk.begin(screen, world.admin), Walk.begin(screen, world.researcher)
    first.next(duration="30")
    for walk in (first, second):
        walk.to_review()
    first.next()
    with pytest.raises(Stale, match=f"{world.admin.name} was faster"):
        second.next()
    assert setup_of(world).length == timedelta(minutes=30)
    third = Walk.begin(screen, world.researcher)
    third.to_review()
    assert isinstance(third.next(), Close)


def test_a_template_fills_in_another_study_and_keeps_its_place(world: World, screen: Screen) -> None:
    world.study("ONB", "Onboarding", type=StudyType.GROUP_INTERVIEW, capacity=4, location=LocationKind.NONE)
    walk = Walk.begin(screen, world.researcher)
    walk.next(title=HOSTILE, duration="25")
    walk.to_review()
    assert HOSTILE not in walk.text
    assert "It is kept as the template “Short" in text_of(walk.next(template=" Short  talk "))
    other = Walk.begin(screen, world.researcher, "ONB")
    found = screen.run(schedule.find_sources, world.researcher, typed="short", metadata=metadata_of(other.shown))
    assert isinstance(found, Options)
    assert [option["text"]["text"] for option in found.options] == ["Template · Short talk"]
    other.click(schedule.fill, found.options[0]["value"])
    assert "Filled in from *Short talk*" in other.text
    titles = [b["element"]["action_id"] for b in view_of(other.shown)["blocks"] if b.get("block_id") == "title"]
    assert titles == ["title_1"], "an input with another action id shows its new value"
    assert (inputs_of(other.shown)["duration"], inputs_of(other.shown)["seats"]) == ("25", "4")
    assert "Delete this template" in other.text
    other.click(schedule.forget, "", seats="5")
    assert "Delete this template" not in other.text
    assert (inputs_of(other.shown)["duration"], inputs_of(other.shown)["seats"]) == ("25", "5")
    gone = screen.run(schedule.find_sources, world.researcher, typed="short", metadata=metadata_of(other.shown))
    assert gone == Options([])
    with pytest.raises(NotFound):
        other.click(schedule.forget, "")
    other.to_review()
    other.next()
    made = setup_of(world, "ONB")
    assert (made.title, made.assignment, made.capacity) == (HOSTILE, Assignment.GROUP, 5)
    assert study_of(world, "ONB").location is LocationKind.NONE


def test_a_study_is_scheduled_like_another(world: World, screen: Screen) -> None:
    world.study(
        "ZOO", "Like this", duration_minutes=20, location=LocationKind.ZOOM, location_text="https://zoom.example/j/1"
    )
    world.study("SUR", "Survey", type=StudyType.SURVEY)
    walk = Walk.begin(screen, world.researcher)
    found = screen.run(schedule.find_sources, world.researcher, typed="", metadata=metadata_of(walk.shown))
    assert isinstance(found, Options)
    assert [option["text"]["text"] for option in found.options] == ["ZOO · Like this"]
    walk.click(schedule.fill, found.options[0]["value"])
    walk.to_review()
    walk.next()
    assert (study_of(world).duration_minutes, study_of(world).location_text) == (20, "https://zoom.example/j/1")
    foreign = world.member(Role.RESEARCHER)
    hidden = world.study("HID", "Hidden", team_id=world.team("Far", "C0FAR", foreign).id, owner_id=foreign.member_id)
    again = Walk.begin(screen, world.researcher)
    with pytest.raises(NotFound):
        again.click(schedule.fill, f"study:{hidden.id}")
    with pytest.raises(NotFound):
        again.click(schedule.fill, "template:999")


@pytest.mark.parametrize("role", [Role.COLLABORATOR, Role.OBSERVER])
def test_who_may_not_edit_the_study_is_refused(world: World, screen: Screen, role: Role) -> None:
    actor = world.people[role]
    with world.database.unit_of_work() as session:
        session.add(StudyCollaborator(study_id=world.study_id, member_id=actor.member_id))
    with pytest.raises(NotAllowed):
        screen.run(schedule.typed, actor, arguments="CHK")


def test_admins_ops_and_its_researchers_may_schedule_a_study_others_may_not(world: World, screen: Screen) -> None:
    for actor in (world.admin, world.people[Role.OPS_MANAGER], world.researcher):
        Walk.begin(screen, actor)
        screen.run(schedule.clicked, actor, value=str(world.study_id))
    other = world.member(Role.RESEARCHER)
    with pytest.raises(NotFound):
        screen.run(schedule.typed, other, arguments="CHK")
    theirs = world.study("OPS", "Ops’ own", owner_id=world.admin.member_id)
    with pytest.raises(NotAllowed, match="neither its owner nor a collaborator"):
        screen.run(schedule.clicked, world.researcher, value=str(theirs.id))


def test_a_draft_is_its_writers_alone_and_only_as_long_as_they_may(world: World, screen: Screen) -> None:
    walk = Walk.begin(screen, world.researcher)
    thief = Walk(screen, world.admin, walk.shown)
    with pytest.raises(NotFound, match="not open any more"):
        thief.next()
    walk.to_review()
    with world.database.unit_of_work() as session:
        session.get_one(Member, world.researcher.member_id).role = Role.OBSERVER
    walk.actor = Actor(**{name: getattr(walk.actor, name) for name in Actor.__slots__} | {"role": Role.OBSERVER})
    with pytest.raises(NotAllowed):
        walk.next()


def test_what_can_not_be_scheduled_is_said(world: World, screen: Screen) -> None:
    world.study("SUR", "Survey", type=StudyType.SURVEY)
    with pytest.raises(RuleError, match="SUR is a study of type Survey"):
        screen.run(schedule.typed, world.researcher, arguments="SUR")
    with pytest.raises(RuleError, match="Which study"):
        screen.run(schedule.typed, world.researcher)


def test_drafts_that_nobody_finishes_are_forgotten(world: World, screen: Screen) -> None:
    walk = Walk.begin(screen, world.researcher)
    housekeeping.sweep(world.database, world.now + timedelta(days=1))
    walk.next()
    housekeeping.sweep(world.database, world.now + timedelta(days=3))
    with pytest.raises(NotFound, match="not open any more"):
        walk.next()


def test_a_click_on_the_studys_details_opens_it(world: World, screen: Screen) -> None:
    opened = screen.run(schedule.clicked, world.researcher, value=str(world.study_id))
    assert view_of(opened)["callback_id"] == StudyId.SETUP_MODAL
    assert "Step 1 of 6" in text_of(opened)
