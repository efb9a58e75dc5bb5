"""Somebody joins the workspace, leaves it, or changes their name, address or time zone."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from bot.deliveries.member import keep
from bot.slack.capability import Capability
from bot.slack.outcomes import Nothing, Outcome
from storage.members import workspace_by_slack_id

capability = Capability()


@capability.event("team_join")
@capability.event("user_change")
def changed(session: Session, slack_team_id: str, event: dict[str, Any], now: datetime) -> Outcome:
    workspace = workspace_by_slack_id(session, slack_team_id)
    if workspace is not None:
        keep(session, workspace.id, slack_team_id, [event["user"]], now)
    return Nothing()
