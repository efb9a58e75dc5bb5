"""Members as Slack knows them: one after they change, all of them at the start."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from bot.deliveries.scope import slack_team_of, workspace_of
from bot.deliveries.tools import Tools
from bot.integrations.ports import Missing
from bot.services import members as services
from bot.services.members import Profile
from domain.errors import RuleError
from domain.times import zone
from storage import members
from storage.outbox import Delivery

SLACKBOT = "USLACKBOT"
PAGE = 200


def deliver(delivery: Delivery, tools: Tools) -> None:
    """Read one member's profile and keep it."""
    with tools.database.reading() as session:
        slack_team_id = slack_team_of(session, delivery)
    try:
        user = tools.slack.read(slack_team_id, "users.info", user=delivery.subject)["user"]
    except Missing:
        return
    with tools.database.unit_of_work() as session:
        keep(session, workspace_of(delivery), slack_team_id, [user], tools.clock.now())


def deliver_all(delivery: Delivery, tools: Tools) -> None:
    """Read everybody's profile and keep it."""
    sync_members(tools, delivery.subject)


def sync_members(tools: Tools, slack_team_id: str) -> int:
    """Keep the profiles of all members of a workspace; a page at a time. How many there are."""
    number = 0
    for page in pages(tools, slack_team_id):
        with tools.database.unit_of_work() as session:
            workspace = members.workspace_by_slack_id(session, slack_team_id)
            if workspace is None:
                return number
            number += keep(session, workspace.id, slack_team_id, page, tools.clock.now())
    return number


def pages(tools: Tools, slack_team_id: str) -> Iterator[list[dict[str, Any]]]:
    """The workspace's users, as Slack pages them."""
    cursor: str | None = ""
    while cursor is not None:
        where: dict[str, Any] = {"limit": PAGE, "cursor": cursor} if cursor else {"limit": PAGE}
        answer = tools.slack.read(slack_team_id, "users.list", **where)
        yield answer.get("members", [])
        cursor = (answer.get("response_metadata") or {}).get("next_cursor") or None


def keep(session: Session, workspace_id: int, slack_team_id: str, users: list[dict[str, Any]], now: datetime) -> int:
    """Keep the profiles of the members among the users: neither bots nor people from other workspaces. How many."""
    profiles = [profile_of(user) for user in users if is_member(user, slack_team_id)]
    for profile in profiles:
        services.keep(session, workspace_id, profile, now)
    return len(profiles)


def is_member(user: dict[str, Any], slack_team_id: str) -> bool:
    """Whether the user is a person of this workspace."""
    is_machine = user.get("is_bot") or user.get("id") == SLACKBOT
    is_stranger = user.get("is_stranger") or user.get("team_id", slack_team_id) != slack_team_id
    return not (is_machine or is_stranger)


def profile_of(user: dict[str, Any]) -> Profile:
    """What Slack says of a user, in our words. A zone that we don't know counts as UTC."""
    profile = user.get("profile") or {}
    name = profile.get("real_name") or user.get("real_name") or profile.get("display_name") or user.get("name")
    return Profile(
        slack_user_id=user["id"],
        name=name or user["id"],
        email=profile.get("email") or None,
        time_zone=known_zone(user.get("tz") or ""),
        is_active=not user.get("deleted", False),
        is_slack_admin=bool(user.get("is_admin") or user.get("is_owner")),
    )


def known_zone(name: str) -> str:
    try:
        zone(name)
    except RuleError:
        return "UTC"
    return name
