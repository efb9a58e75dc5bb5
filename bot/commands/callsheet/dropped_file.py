"""A file dropped into a message to the bot: a CSV of participants or interviews is brought in, and reported on."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from bot.services import dropped_files
from bot.slack.capability import Capability
from bot.slack.outcomes import Nothing, Outcome
from domain.importing import DroppedFile

capability = Capability()


@capability.event("message")
def dropped(session: Session, event: dict[str, Any], slack_team_id: str, now: datetime) -> Outcome:
    """What is said in other channels, what bots say, and messages without a file are none of ours."""
    is_direct = event.get("channel_type") == "im" and not event.get("bot_id")
    if not is_direct or event.get("subtype") not in (None, "file_share"):
        return Nothing()
    files = [
        DroppedFile(
            id=file["id"],
            name=file.get("name") or "file",
            url=file.get("url_private_download") or file.get("url_private") or "",
            size=int(file.get("size") or 0),
            channel_id=event["channel"],
            message_ts=event["ts"],
        )
        for file in event.get("files") or []
    ]
    dropped_files.take(session, slack_team_id, event.get("user", ""), files, now)
    return Nothing()
