"""`/callsheet`: how it is doing, a team's settings and digest, roles, and the first Admin."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from bot.blocks.ids import CallsheetId
from bot.commands.callsheet import CAPABILITIES, admin, digest, role, settings, status
from bot.slack.outcomes import Close, Open, Replace
from domain.errors import NotAllowed, RuleError
from domain.roles import Role
from storage import calendars, members
from storage.models import CalendarFeed, Member, OutboxRow, OutboxState, Team
from tests.builders import World, rows
from tests.commands.screen import Screen, buttons, names, text_of


def test_the_menu_names_what_there_is() -> None:
    found = names(CAPABILITIES)
    assert found[:4] == ["status", "availability", "settings", "mails"]
    assert {"digest", "roles", "role", "privacy", "audit", "admin"} <= set(found)


def fail_deliveries(world: World, why: str) -> None:
    world.book()
    with world.database.unit_of_work() as session:
        session.execute(
            sa.update(OutboxRow)
            .where(OutboxRow.kind == "slack_card")
            .values(state=OutboxState.DEAD, last_error=why, done_at=world.now)
        )


def test_status_tells_an_admin_what_failed_and_why_and_retries_it(world: World, screen: Screen) -> None:
    fail_deliveries(world, "Slack refused chat.postMessage: <!channel> is_archived")
    shown = screen.run(status.show, world.admin)
    assert "*1 failed*" in text_of(shown)
    assert "Slack refused chat.postMessage: &lt;!channel&gt; is＿archived" in text_of(shown)
    assert "Your role: Admin" in text_of(shown)
    again = screen.run(status.retry, world.admin, value=buttons(shown).get(CallsheetId.RETRY, ""))
    assert isinstance(again, Replace)
    assert "none failed" in text_of(again)


def test_status_tells_others_that_something_failed_but_not_why(world: World, screen: Screen) -> None:
    fail_deliveries(world, "550 p17@example.com unknown")
    shown = screen.run(status.show, world.observer)
    assert "*1 failed*" in text_of(shown)
    assert "p17@example.com" not in text_of(shown)
    assert "Retry" not in text_of(shown)
    with pytest.raises(NotAllowed):
        screen.run(status.retry, world.observer)


def test_status_names_unreadable_calendars_and_the_next_digests(world: World, screen: Screen) -> None:
    with world.database.unit_of_work() as session:
        calendars.connect(session, world.researcher.member_id, "r@northwind.example", world.now)
        session.execute(sa.update(CalendarFeed).values(problem="It is not shared with Callsheet.", sync_token="read"))
        session.execute(sa.update(Team).values(next_digest_at=world.now))
    shown = text_of(screen.run(status.show, world.admin))
    assert f"<@{world.researcher.slack_user_id}>: It is not shared with Callsheet." in shown
    for text in (shown, text_of(screen.run(status.show, world.observer))):
        assert "Core: <!date^" in text
    assert "can't be read" not in text


def test_status_names_a_calendar_that_was_never_there_only_while_its_owner_is_to_host(
    world: World, screen: Screen
) -> None:
    with world.database.unit_of_work() as session:
        calendars.connect(session, world.researcher.member_id, "r@northwind.example", world.now)
        session.execute(sa.update(CalendarFeed).values(problem="There is no such calendar."))
    assert "There is no such calendar" not in text_of(screen.run(status.show, world.admin))
    interview = world.book()
    assert "There is no such calendar" in text_of(screen.run(status.show, world.admin))
    over = screen.run(status.show, world.admin, now=interview.ends_at)
    assert "There is no such calendar" not in text_of(over)


def open_settings(world: World, screen: Screen, channel_id: str = "C0CORE") -> Open:
    opened = screen.run(settings.open_modal, world.admin, channel_id=channel_id)
    assert isinstance(opened, Open)
    return opened


def fields(**values: Any) -> dict[str, Any]:
    return {
        "name": "Core",
        "members": ["U00001", "U00005"],
        "time_zone": "Asia/Tokyo",
        "digest_hour": "18",
        "working_days": ["0", "1"],
        "tomorrow_from_hour": "16",
        "names_in_channel": "yes",
        **values,
    }


def test_settings_of_the_channels_team_are_changed(world: World, screen: Screen) -> None:
    opened = open_settings(world, screen)
    assert '"Team settings"' in text_of(opened)
    metadata = opened.view["private_metadata"]
    done = screen.run(settings.save, world.admin, fields=fields(), metadata=metadata)
    assert isinstance(done, Close)
    assert "*Core* is changed. Next digest: <!date^" in text_of(done)
    with world.database.reading() as session:
        team = members.team_settings(session.get_one(Team, world.team_id))
    assert (team.time_zone, team.digest_hour, team.tomorrow_from_hour) == ("Asia/Tokyo", 18, 16)
    assert (team.working_days, team.names_in_channel) == (frozenset({0, 1}), True)


def test_in_a_channel_without_a_team_one_is_created(world: World, screen: Screen) -> None:
    opened = open_settings(world, screen, "C0NEW")
    assert "There is no team in this channel yet" in text_of(opened)
    given = fields(name="Growth", working_days=[], tomorrow_from_hour="never")
    done = screen.run(settings.save, world.admin, fields=given, metadata=opened.view["private_metadata"])
    assert "*Growth* is at home in <#C0NEW> now. It gets no digest." in text_of(done)
    assert ("C0NEW",) in rows(world.database, sa.select(Team.channel_id))


def test_settings_need_a_channel_and_a_role(world: World, screen: Screen) -> None:
    with pytest.raises(RuleError, match="in your team's channel"):
        screen.run(settings.open_modal, world.admin, channel_id="D0DIRECT")
    with pytest.raises(NotAllowed):
        screen.run(settings.open_modal, world.researcher)
    with pytest.raises(RuleError) as refusal:
        screen.run(settings.save, world.admin, fields=fields(time_zone=None), metadata="")
    assert refusal.value.field == "time_zone"


def test_time_zones_are_offered_as_one_types(world: World, screen: Screen) -> None:
    assert "Europe/Berlin" in text_of(screen.run(settings.find_zones, world.admin, typed="Berl"))


def test_a_digest_is_posted_now(world: World, screen: Screen) -> None:
    assert "There is nothing to say" in text_of(screen.run(digest.post, world.researcher, arguments="now"))
    world.book()
    assert "on its way to <#C0CORE>" in text_of(screen.run(digest.post, world.researcher, arguments="now"))
    assert ("slack_digest",) in rows(world.database, sa.select(OutboxRow.kind))
    with pytest.raises(RuleError, match="No research team is at home"):
        screen.run(digest.post, world.researcher, channel_id="C0ELSE")
    with pytest.raises(NotAllowed):
        screen.run(digest.post, world.observer, arguments="now")


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("researcher", Role.RESEARCHER),
        ("Ops Manager", Role.OPS_MANAGER),
        ("ops", Role.OPS_MANAGER),
        ("ADMIN", Role.ADMIN),
    ],
)
def test_an_admin_gives_roles(world: World, screen: Screen, words: str, expected: Role) -> None:
    other = world.observer
    done = screen.run(role.give, world.admin, arguments=f"<@{other.slack_user_id}|olga> {words}")
    assert f"<@{other.slack_user_id}> is {expected.label} now." in text_of(done)
    with world.database.reading() as session:
        assert members.actor(session, other.member_id).role is expected


def test_roles_are_refused_with_a_reason(world: World, screen: Screen) -> None:
    mention = f"<@{world.observer.slack_user_id}>"
    with pytest.raises(NotAllowed):
        screen.run(role.give, world.people[Role.OPS_MANAGER], arguments=f"{mention} admin")
    with pytest.raises(RuleError, match="The roles are: Admin, Ops Manager"):
        screen.run(role.give, world.admin, arguments=f"{mention} king")
    with pytest.raises(RuleError, match="To whom"):
        screen.run(role.give, world.admin, arguments="olga admin")
    with pytest.raises(RuleError, match="The last Admin"):
        screen.run(role.give, world.admin, arguments=f"<@{world.admin.slack_user_id}> observer")


def test_a_slack_admin_takes_over_a_workspace_without_admin(world: World, screen: Screen) -> None:
    assert "Become Admin" not in text_of(screen.run(status.show, world.observer))
    with world.database.unit_of_work() as session:
        session.execute(sa.update(Member).where(Member.role == Role.ADMIN).values(role=Role.RESEARCHER))
        session.execute(sa.update(Member).where(Member.role == Role.OBSERVER).values(is_slack_admin=True))
    assert "Become Admin" in text_of(screen.run(status.show, world.observer))
    assert "Become Admin" not in text_of(screen.run(status.show, world.researcher))
    assert "You are Admin of Callsheet now" in text_of(screen.run(admin.become_admin, world.observer))
    with pytest.raises(NotAllowed, match="has an Admin already"):
        screen.run(admin.become_admin, world.observer)
