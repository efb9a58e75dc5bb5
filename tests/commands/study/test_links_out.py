"""`/study task` and `/study share`: where a survey is done, and the link by which anybody may come."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from bot.blocks.ids import StudyId
from bot.commands.study import share, task
from bot.slack.outcomes import Close, Open, Replace, Reply
from domain.errors import NotAllowed, NotFound, RuleError, Stale
from domain.roles import Role
from domain.study import StudyStatus, StudyType
from storage.models import AuditEntry, Study
from tests import screened
from tests.builders import World, rows
from tests.commands.screen import Screen, buttons, text_of

URL = "https://callsheet.example"
TASK = "https://survey.example/f?t={{ token }}"


def survey(world: World, **values: Any) -> int:
    return world.study("SUR", "Survey", type=StudyType.SURVEY, **values).id


def stored(world: World, study_id: int) -> Study:
    with world.database.reading() as session:
        return session.get_one(Study, study_id)


def audited(world: World) -> list[str]:
    return [text for (text,) in rows(world.database, sa.select(AuditEntry.text).order_by(AuditEntry.id))]


def asked(screen: Screen, world: World) -> str:
    outcome = screen.run(task.typed, world.researcher, arguments="sur", public_url=URL)
    assert isinstance(outcome, Open)
    assert f"{URL}/f/{{{{ token }}}}" in text_of(outcome)
    return str(outcome.view["private_metadata"])


def test_the_link_is_set_and_shown_as_a_participant_gets_it(screen: Screen, world: World) -> None:
    study_id = survey(world)
    fields = {"url": TASK, "told": "redirect"}
    done = screen.run(task.submitted, world.researcher, fields=fields, metadata=asked(screen, world))
    assert isinstance(done, Close)
    assert "https://survey.example/f?t=Zq3vT8sample" in text_of(done)
    assert stored(world, study_id).task_url == TASK
    assert audited(world) == ["set where SUR is done"]
    again = screen.run(task.typed, world.researcher, arguments="sur", public_url=URL)
    assert TASK in text_of(again)


def test_a_tool_that_tells_us_needs_the_token_and_one_by_hand_does_not(screen: Screen, world: World) -> None:
    study_id, plain = survey(world), "https://survey.example/f"
    metadata = asked(screen, world)
    with pytest.raises(RuleError) as refusal:
        screen.run(task.submitted, world.researcher, fields={"url": plain, "told": "redirect"}, metadata=metadata)
    assert refusal.value.field == "url"
    done = screen.run(task.submitted, world.researcher, fields={"url": plain, "told": "by_hand"}, metadata=metadata)
    assert "presses “I have finished”" in text_of(done)
    assert stored(world, study_id).task_url == plain


def test_interviews_have_no_link_to_a_task_and_only_who_edits_the_study_sets_one(screen: Screen, world: World) -> None:
    with pytest.raises(RuleError, match="/study schedule CHK"):
        screen.run(task.typed, world.researcher, arguments="CHK", public_url=URL)
    survey(world)
    metadata = asked(screen, world)
    for role in (Role.COLLABORATOR, Role.OBSERVER):
        with pytest.raises(NotAllowed):
            screen.run(task.typed, world.people[role], arguments="SUR", public_url=URL)
        fields = {"url": TASK, "told": "redirect"}
        with pytest.raises(NotAllowed):
            screen.run(task.submitted, world.people[role], fields=fields, metadata=metadata)


def test_the_public_link_is_made_once_and_shown_again(screen: Screen, world: World) -> None:
    screened.publish(world)
    first = screen.run(share.typed, world.researcher, arguments="chk", public_url=URL)
    assert isinstance(first, Reply)
    token = stored(world, world.study_id).share_token
    assert f"{URL}/j/{token}" in text_of(first)
    again = screen.run(share.clicked, world.researcher, value="CHK", public_url=URL)
    assert f"{URL}/j/{token}" in text_of(again)
    assert audited(world) == ["made a public link to CHK"]


def test_a_link_is_made_anew_or_ended_by_those_who_saw_it_last(screen: Screen, world: World) -> None:
    screened.publish(world)
    first = buttons(screen.run(share.typed, world.researcher, arguments="CHK", public_url=URL))
    old = stored(world, world.study_id).share_token
    renewed = screen.run(share.new, world.researcher, value=first[StudyId.SHARE_NEW], public_url=URL)
    assert isinstance(renewed, Replace)
    assert stored(world, world.study_id).share_token not in (None, old)
    with pytest.raises(Stale, match="another one by now"):
        screen.run(share.new, world.admin, value=first[StudyId.SHARE_NEW], public_url=URL)
    with pytest.raises(Stale):
        screen.run(share.end, world.admin, value=first[StudyId.SHARE_END])
    ended = screen.run(share.end, world.researcher, value=buttons(renewed)[StudyId.SHARE_END])
    assert "has no public link any more" in text_of(ended)
    assert stored(world, world.study_id).share_token is None
    assert audited(world) == [
        "made a public link to CHK",
        "made a new public link to CHK",
        "ended the public link to CHK",
    ]


def test_a_link_by_which_nobody_could_come_is_not_made(screen: Screen, world: World) -> None:
    for arguments, url, why in (
        ("CHK", URL, "/study screener CHK"),
        ("CHK", None, "CALLSHEET_PUBLIC_URL"),
        ("SUR", URL, "/study task SUR"),
        ("END", URL, "/study resume END"),
    ):
        if arguments == "SUR":
            survey(world)
        if arguments == "END":
            world.study("END", "Ended", status=StudyStatus.CLOSED)
        with pytest.raises(RuleError, match=why):
            screen.run(share.typed, world.researcher, arguments=arguments, public_url=url)
    assert stored(world, world.study_id).share_token is None


def test_observers_and_strangers_share_nothing(screen: Screen, world: World) -> None:
    screened.publish(world)
    with pytest.raises(NotAllowed):
        screen.run(share.typed, world.observer, arguments="CHK", public_url=URL)
    stranger = World.build(world.database, world.now, slack_team="T0ELSE").admin
    with pytest.raises(NotFound):
        screen.run(share.end, stranger, value=f"{world.study_id}:x")
