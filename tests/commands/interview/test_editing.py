"""Editing, another host, another limit: the modals, what is typed, and what is said of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from bot.blocks.ids import InterviewId
from bot.commands.interview import CAPABILITIES, edit, host, limit, more
from bot.slack.outcomes import Close, Open, Options, Outcome, Reply
from domain.errors import NotAllowed, RuleError, Stale
from domain.interview import InterviewAction
from domain.roles import Actor, Role
from domain.study import LocationKind, StudyType
from domain.times import Span
from storage.models import Interview, TeamMember
from tests.builders import World, keep_busy
from tests.commands.screen import Screen, text_of

HOUR = timedelta(hours=1)
ZOOM = "https://zoom.us/j/1"
A = InterviewAction


@pytest.fixture
def helper(world: World) -> Actor:
    """Somebody in the team with a calendar, who may host."""
    world.calendar(world.people[Role.COLLABORATOR])
    return world.people[Role.COLLABORATOR]


def group(world: World, *emails: str) -> Interview:
    study_id = world.study("GRP", "Groups", type=StudyType.GROUP_INTERVIEW, capacity=4).id
    first, *_ = [world.book(study_id=study_id, email=email) for email in emails]
    return first


def opened(outcome: Outcome) -> dict[str, Any]:
    assert isinstance(outcome, Open)
    return dict(outcome.view)


def inputs(view: dict[str, Any]) -> dict[str, Any]:
    return {block["block_id"]: block["element"] for block in view["blocks"] if block["type"] == "input"}


def filled(view: dict[str, Any]) -> dict[str, Any]:
    """What the inputs hold before anybody touches them, as a submission sends it."""
    found = {}
    for name, element in inputs(view).items():
        chosen = element.get("initial_option")
        found[name] = chosen["value"] if chosen else element.get("initial_value")
    return found


def submit(screen: Screen, body: Callable[..., Outcome], view: dict[str, Any], **changed: Any) -> str:
    """Submit the modal with some inputs changed. What is said then."""
    fields = {**filled(view), **changed}
    given = {"fields": fields, "metadata": view["private_metadata"], "has_mail": True}
    outcome = screen.run(body, screen.world.researcher, **given)
    assert isinstance(outcome, Close)
    assert outcome.reply is not None
    return outcome.reply.text


def pick(screen: Screen, action: InterviewAction, interview: Interview) -> dict[str, Any]:
    """The modal that the "…" menu opens."""
    value = f"{action.value}:{interview.id}"
    given = {"value": value, "view": {}, "public_url": None, "has_mail": True}
    return opened(screen.run(more.choose, screen.world.researcher, **given))


def ask_edit(screen: Screen, interview: Interview, door: str = "button") -> dict[str, Any]:
    if door == "menu":
        return pick(screen, A.EDIT, interview)
    if door == "typed":
        return opened(screen.run(edit.typed, screen.world.researcher, arguments=interview.reference))
    return opened(screen.run(edit.clicked, screen.world.researcher, value=str(interview.id)))


@pytest.mark.parametrize("door", ["button", "menu", "typed"])
def test_edit_opens_with_what_is_and_saves_what_was_changed(world: World, screen: Screen, door: str) -> None:
    interview = world.book(title="Paying", description="Bring it.")
    view = ask_edit(screen, interview, door)
    assert filled(view) == {
        "title": "Paying",
        "description": "Bring it.",
        "location": "google_meet",
        "link": None,
        "passcode": None,
    }
    said = submit(screen, edit.submitted, view, title="{{ host.first_name }} asks", location="zoom", link=ZOOM)
    assert said == "*CHK-1* has another title, location and meeting link now."
    now = world.get(interview.id)
    assert (now.title, now.description, now.location, now.link) == (
        "Researcher asks",
        "Bring it.",
        LocationKind.ZOOM,
        ZOOM,
    )


def test_edit_that_changes_nothing_says_so(world: World, screen: Screen) -> None:
    view = ask_edit(screen, world.book())
    assert submit(screen, edit.submitted, view) == "Nothing has changed in CHK-1: all of that was so already."


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"title": None}, "title"),
        ({"title": "{{ participant.name }}"}, "title"),
        ({"description": "{{ nope }}"}, "description"),
        ({"location": None}, "location"),
        ({"location": "zoom", "link": "javascript:alert(1)"}, "link"),
        ({"location": "custom", "link": None}, "link"),
    ],
)
def test_what_is_wrong_is_said_under_its_field(
    world: World, screen: Screen, changed: dict[str, Any], field: str
) -> None:
    view = ask_edit(screen, world.book())
    with pytest.raises(RuleError) as refusal:
        submit(screen, edit.submitted, view, **changed)
    assert refusal.value.field == field


def test_description_that_no_input_takes_stays_as_it_is(world: World, screen: Screen) -> None:
    interview = world.book(description="x" * 3001)
    view = ask_edit(screen, interview)
    assert "3001 characters: it is too long to be edited here" in str(view)
    submit(screen, edit.submitted, view, title="Other")
    assert world.get(interview.id).description == "x" * 3001


def test_title_of_markup_opens_as_it_is(world: World, screen: Screen) -> None:
    interview = world.book(title="<!channel> *Paying* & <b>")
    assert filled(ask_edit(screen, interview))["title"] == "<!channel> *Paying* & <b>"


def ask_host(screen: Screen, interview: Interview) -> dict[str, Any]:
    return pick(screen, A.CHANGE_HOST, interview)


def offered(screen: Screen, view: dict[str, Any], typed: str = "") -> list[dict[str, Any]]:
    """What the menu of hosts offers for what is typed."""
    found = screen.run(host.find_hosts, screen.world.researcher, metadata=view["private_metadata"], typed=typed)
    assert isinstance(found, Options)
    return [dict(option) for option in found.options]


def test_host_modal_offers_who_can_and_says_why_others_are_not(world: World, screen: Screen, helper: Actor) -> None:
    view = ask_host(screen, world.book())
    assert [option["text"]["text"] for option in offered(screen, view)] == [helper.name]
    assert [option["value"] for option in offered(screen, view, "coll")] == [str(helper.member_id)]
    assert offered(screen, view, "zz") == []
    assert f"{world.observer.name}: no connected calendar" in str(view)
    assert f"{world.researcher.name}:" not in str(view)
    assert "instead_of" not in inputs(view)


def test_of_many_who_cannot_host_ten_are_named(world: World, screen: Screen, helper: Actor) -> None:
    interview = world.book()
    for number in range(10):
        colleague = world.member(Role.OBSERVER, name=f"Someone *{number}*")
        with world.database.unit_of_work() as session:
            session.add(TeamMember(team_id=world.team_id, member_id=colleague.member_id))
    view = ask_host(screen, interview)
    assert str(view).count("no connected calendar") == 10
    assert "and 3 more" in str(view)
    assert "*1*" not in str(view)


def test_host_with_a_busy_calendar_is_offered_with_a_warning(world: World, screen: Screen, helper: Actor) -> None:
    interview = world.book()
    with world.database.unit_of_work() as session:
        span = Span(interview.starts_at, interview.ends_at)
        keep_busy(session, helper.member_id, "dentist", span)
    view = ask_host(screen, interview)
    assert "busy" in offered(screen, view)[0]["description"]["text"]
    assert "Their calendar is busy then" in submit(screen, host.submitted, view, host=str(helper.member_id))


def test_without_anybody_who_can_the_modal_says_so_and_asks_nothing(world: World, screen: Screen) -> None:
    view = ask_host(screen, world.book())
    assert "Nobody else in the study's team can host it then" in str(view)
    assert "submit" not in view


def test_host_is_changed_from_the_modal(world: World, screen: Screen, helper: Actor) -> None:
    interview = world.book()
    view = ask_host(screen, interview)
    with pytest.raises(RuleError, match="Choose who is to host it"):
        submit(screen, host.submitted, view)
    said = submit(screen, host.submitted, view, host=str(helper.member_id))
    old, new = world.researcher.slack_user_id, helper.slack_user_id
    assert said.startswith(f"<@{new}> hosts *CHK-1* now instead of <@{old}>. The participants are told by mail.")
    assert "making a new meeting link" in said
    with pytest.raises(Stale, match="The host of CHK-1 was changed by Researcher 3"):
        submit(screen, host.submitted, view, host=str(helper.member_id))


def test_of_several_hosts_the_modal_asks_who_is_to_go(world: World, screen: Screen, helper: Actor) -> None:
    interview = world.book(host_ids=(world.researcher.member_id, world.admin.member_id))
    view = ask_host(screen, interview)
    names = [option["text"]["text"] for option in inputs(view)["instead_of"]["options"]]
    assert names == [world.researcher.name, world.admin.name]
    said = submit(screen, host.submitted, view, host=str(helper.member_id), instead_of=str(world.admin.member_id))
    assert f"instead of <@{world.admin.slack_user_id}>" in said


def typed_host(screen: Screen, words: str) -> Outcome:
    return screen.run(host.typed, screen.world.researcher, arguments=words, has_mail=False)


def test_host_who_is_named_takes_over_at_once(world: World, screen: Screen, helper: Actor) -> None:
    world.book()
    assert opened(typed_host(screen, "chk-1"))["callback_id"] == InterviewId.HOST_MODAL
    done = typed_host(screen, f"CHK-1 <@{helper.slack_user_id}>")
    assert isinstance(done, Reply)
    assert "No mail is set up: tell the participant yourself." in text_of(done)


def test_host_who_is_named_for_several_is_filled_in(world: World, screen: Screen, helper: Actor) -> None:
    world.book(host_ids=(world.researcher.member_id, world.admin.member_id))
    view = opened(typed_host(screen, f"CHK-1 <@{helper.slack_user_id}>"))
    assert filled(view)["host"] == str(helper.member_id)


def test_why_somebody_named_cannot_host_is_said(world: World, screen: Screen, helper: Actor) -> None:
    world.book()
    with pytest.raises(RuleError, match=f"{world.observer.name} can't host CHK-1: no connected calendar"):
        typed_host(screen, f"CHK-1 <@{world.observer.slack_user_id}>")
    with pytest.raises(RuleError, match="does not know that host yet"):
        typed_host(screen, "CHK-1 <@U0NOBODY>")
    with pytest.raises(RuleError, match="I don't know who “@sofia” is"):
        typed_host(screen, "CHK-1 @sofia")


def test_limit_is_changed_from_the_modal_or_typed(world: World, screen: Screen) -> None:
    interview = group(world, "a@example.com", "b@example.com")
    view = pick(screen, A.CHANGE_LIMIT, interview)
    assert filled(view) == {"limit": "4"}
    assert "2 seats are taken" in str(view)
    assert submit(screen, limit.submitted, view, limit="6") == "*GRP-1* has another participant limit now."
    assert world.get(interview.id).capacity == 6
    typed = screen.run(limit.typed, world.researcher, arguments="GRP-1 3")
    assert "another participant limit" in text_of(typed)
    assert world.get(interview.id).capacity == 3
    for number in ("1", "100", "many", "2.5", ""):
        with pytest.raises(RuleError) as refusal:
            submit(screen, limit.submitted, view, limit=number)
        assert refusal.value.field == "limit"
    with pytest.raises(RuleError, match="Give a whole number"):
        screen.run(limit.typed, world.researcher, arguments="GRP-1 lots")


def test_limit_of_a_session_for_one_is_refused_with_why(world: World, screen: Screen) -> None:
    world.book()
    with pytest.raises(Stale, match="CHK-1 is no group session"):
        screen.run(limit.typed, world.researcher, arguments="CHK-1")


@pytest.mark.parametrize("body", [edit.typed, host.typed, limit.typed])
def test_observers_change_nothing(world: World, screen: Screen, body: Callable[..., Outcome]) -> None:
    interview = group(world, "a@example.com")
    with pytest.raises(NotAllowed):
        screen.run(body, world.observer, arguments=interview.reference, has_mail=True)


def test_each_is_a_subcommand() -> None:
    names = {subcommand.name for capability in CAPABILITIES for subcommand in capability.subcommands}
    assert {"edit", "host", "limit"} <= names
