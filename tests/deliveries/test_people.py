"""Members from Slack, App Homes, notices and whispers."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from bot.blocks.interview import with_undo
from bot.deliveries.member import sync_members
from bot.integrations.ports import Unavailable
from bot.services import outcomes, outgoing
from bot.services.outgoing import Whisper
from domain.roles import Role
from storage.models import Member
from tests.builders import SLACK_TEAM, World, rows
from tests.fakes import Outside, slack_error


def slack_user(user_id: str, **changed: Any) -> dict[str, Any]:
    profile = {"real_name": f"Real {user_id}", "email": f"{user_id}@Northwind.example"}
    return {"id": user_id, "team_id": SLACK_TEAM, "tz": "Europe/Paris", "profile": profile, **changed}


def known(world: World, user_id: str) -> Any:
    found = rows(
        world.database,
        sa.select(Member.name, Member.email, Member.time_zone, Member.is_active, Member.role).where(
            Member.slack_user_id == user_id
        ),
    )
    return found[0] if found else None


def refresh(world: World, outside: Outside, user_id: str) -> None:
    with world.database.unit_of_work() as session:
        outgoing.refresh_member(session, world.workspace_id, user_id, outside.clock.now())
    outside.deliver()


def test_profile_is_taken_over_and_the_role_is_kept(world: World, outside: Outside) -> None:
    user_id = world.researcher.slack_user_id
    outside.slack.users[user_id] = slack_user(user_id)
    refresh(world, outside, user_id)

    member = known(world, user_id)
    assert tuple(member) == (
        f"Real {user_id}",
        f"{user_id}@northwind.example".lower(),
        "Europe/Paris",
        True,
        Role.RESEARCHER,
    )


def test_unknown_zone_counts_as_utc(world: World, outside: Outside) -> None:
    outside.slack.users["U0NEW"] = slack_user("U0NEW", tz="Mars/Olympus")
    refresh(world, outside, "U0NEW")

    assert known(world, "U0NEW").time_zone == "UTC"


def test_bots_and_strangers_are_no_members(world: World, outside: Outside) -> None:
    outside.slack.users = {
        user["id"]: user
        for user in (
            slack_user("U0BOT2", is_bot=True),
            slack_user("USLACKBOT"),
            slack_user("U0STRANGER", team_id="T0OTHER"),
            slack_user("U0GUEST2", is_stranger=True),
            slack_user("U0HUMAN"),
            slack_user("U0GONE", deleted=True),
        )
    }
    assert sync_members(outside.tools, SLACK_TEAM) == 2

    assert known(world, "U0HUMAN").role is Role.OBSERVER
    assert not known(world, "U0GONE").is_active
    assert [known(world, id_) for id_ in ("U0BOT2", "USLACKBOT", "U0STRANGER", "U0GUEST2")] == [None] * 4


def test_all_pages_of_members_are_read(world: World, outside: Outside) -> None:
    outside.slack.users = {f"U1{n:04}": slack_user(f"U1{n:04}") for n in range(450)}
    with world.database.unit_of_work() as session:
        outgoing.refresh_members(session, world.workspace_id, SLACK_TEAM, outside.clock.now())
    outside.deliver()

    assert known(world, "U10449") is not None
    assert len(outside.slack.called("users.list")) == 3


def test_home_once_opened_follows_the_members_sessions(world: World, outside: Outside) -> None:
    interview = world.book()
    outside.deliver()
    assert outside.slack.homes == {}

    with world.database.unit_of_work() as session:
        outgoing.show_home(session, world.workspace_id, world.researcher.member_id, outside.clock.now())
    outside.deliver()
    shown = str(outside.slack.homes[world.researcher.slack_user_id])
    assert "CHK-1" in shown

    with world.database.unit_of_work() as session:
        outcomes.mark_no_show(session, world.researcher, interview.id, outside.clock.now())
    outside.deliver()
    assert str(outside.slack.homes[world.researcher.slack_user_id]) != shown


def test_home_that_looks_the_same_is_not_published_again(world: World, outside: Outside) -> None:
    for _ in range(2):
        with world.database.unit_of_work() as session:
            outgoing.show_home(session, world.workspace_id, world.researcher.member_id, outside.clock.now())
        outside.deliver()

    assert len(outside.slack.called("views.publish")) == 1


def tell(world: World, outside: Outside) -> None:
    actor = world.researcher
    with world.database.unit_of_work() as session:
        outgoing.notice(session, world.workspace_id, actor.slack_user_id, "Hello", outside.clock.now(), once="1")
    outside.deliver()


def test_notice_comes_as_a_direct_message(world: World, outside: Outside) -> None:
    tell(world, outside)

    assert outside.slack.said_in(f"D{world.researcher.slack_user_id[1:]}") == ["Hello"]


def test_notice_in_doubt_is_found_in_the_direct_conversation(world: World, outside: Outside) -> None:
    outside.slack.fail("chat.postMessage", Unavailable("The connection broke off."))
    tell(world, outside)
    from datetime import timedelta

    outside.clock.move(timedelta(minutes=2))
    outside.deliver()

    assert outside.slack.said_in(f"D{world.researcher.slack_user_id[1:]}") == ["Hello"]


def whisper(world: World, outside: Outside, channel_id: str) -> None:
    with world.database.unit_of_work() as session:
        outgoing.whisper(session, world.researcher, Whisper(channel_id, "Only you", "key"), outside.clock.now())
    outside.deliver()


def test_whisper_is_seen_by_one_in_the_channel(world: World, outside: Outside) -> None:
    whisper(world, outside, "C0CORE")

    assert [(w["channel"], w["user"]) for w in outside.slack.whispers] == [("C0CORE", world.researcher.slack_user_id)]


def test_whisper_keeps_its_buttons_in_the_channel_and_outside_of_it(world: World, outside: Outside) -> None:
    blocks = with_undo("Only you", 7, "CHK-7")
    for key, channel_id in (("here", "C0CORE"), ("there", "")):
        with world.database.unit_of_work() as session:
            said = Whisper(channel_id, "Only you", key, blocks)
            outgoing.whisper(session, world.researcher, said, outside.clock.now())
    outside.deliver()

    (direct,) = outside.slack.channel(f"D{world.researcher.slack_user_id[1:]}").messages.values()
    assert [outside.slack.whispers[0]["blocks"], direct["blocks"]] == [blocks, blocks]


def test_whisper_becomes_a_direct_message_outside_of_the_channel(world: World, outside: Outside) -> None:
    outside.slack.fail("chat.postEphemeral", slack_error("user_not_in_channel"))
    whisper(world, outside, "C0CORE")

    assert outside.slack.said_in(f"D{world.researcher.slack_user_id[1:]}") == ["Only you"]


def test_whisper_from_app_home_is_a_direct_message(world: World, outside: Outside) -> None:
    whisper(world, outside, "")

    assert outside.slack.whispers == []
    assert outside.slack.said_in(f"D{world.researcher.slack_user_id[1:]}") == ["Only you"]
