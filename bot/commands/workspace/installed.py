"""The app is removed from a workspace, or its token is revoked."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from bot.services import workspaces
from bot.slack.capability import Capability
from bot.slack.outcomes import Nothing, Outcome

capability = Capability()


@capability.event("app_uninstalled")
def removed(session: Session, slack_team_id: str) -> Outcome:
    workspaces.uninstall(session, slack_team_id)
    return Nothing()


@capability.event("tokens_revoked")
def revoked(session: Session, slack_team_id: str, event: dict[str, Any]) -> Outcome:
    """Tokens of users are revoked too (`oauth`), but Callsheet has none."""
    if event.get("tokens", {}).get("bot"):
        workspaces.uninstall(session, slack_team_id)
    return Nothing()
