"""App Home: drawn when its member opens it, and from then on whenever something in it changes."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from bot.services import outgoing
from bot.slack.capability import Capability
from bot.slack.outcomes import Nothing, Outcome
from domain.roles import Actor

capability = Capability()


@capability.event("app_home_opened")
def opened(session: Session, actor: Actor, event: dict[str, Any], now: datetime) -> Outcome:
    """Slack also tells of the tab with the messages: there is nothing to draw there."""
    if event.get("tab") == "home":
        outgoing.show_home(session, actor.workspace_id, actor.member_id, now)
    return Nothing()
