"""A Slack user as Slack describes them, in `users.info` and in events, read into the few values that are kept."""

from __future__ import annotations

from typing import Any

from bot.services.members import Profile

SLACKBOT = "USLACKBOT"


def is_person_of(user: dict[str, Any], slack_team_id: str) -> bool:
    """Whether the user is a person of that workspace: no bot, and nobody from outside (Slack Connect)."""
    is_from_here = user.get("team_id", slack_team_id) == slack_team_id and not user.get("is_stranger")
    return is_from_here and not user.get("is_bot") and user["id"] != SLACKBOT


def profile_of(user: dict[str, Any]) -> Profile:
    """What is kept of the user. A zone that Slack does not tell, as of somebody who is gone, is UTC."""
    shown: dict[str, Any] = user.get("profile") or {}
    names = (shown.get("real_name"), user.get("real_name"), shown.get("display_name"), user.get("name"))
    return Profile(
        slack_user_id=user["id"],
        name=next(filter(None, names), user["id"]),
        email=shown.get("email") or None,
        time_zone=user.get("tz") or "UTC",
        is_active=not user.get("deleted", False),
    )
