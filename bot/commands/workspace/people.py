"""Somebody joins the workspace, leaves it, or changes their name, address or time zone."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from bot.services.members import keep
from bot.slack.capability import Capability
from bot.slack.outcomes import Nothing, Outcome
from bot.slack.profiles import is_person_of, profile_of
from storage.members import workspace_by_slack_id

capability = Capability()


@capability.event("team_join")
@capability.event("user_change")
def changed(session: Session, slack_team_id: str, event: dict[str, Any], now: datetime) -> Outcome:
    workspace = workspace_by_slack_id(session, slack_team_id)
    if workspace is not None and is_person_of(event["user"], slack_team_id):
        keep(session, workspace.id, profile_of(event["user"]), now)
    return Nothing()
