"""Messages that are drawn again: what is drawn, where it stands, and whether Slack shows it already."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.blocks.kit import Block, fit
from bot.deliveries.channel import said, speak
from bot.deliveries.posting import Post, find
from bot.deliveries.tools import Tools
from bot.integrations.ports import Missing
from storage.outbox import Delivery
from storage.projections import Remote


@dataclass(frozen=True, slots=True)
class Drawing:
    """A message as it is to look. `text` is for notifications and screen readers."""

    text: str
    blocks: Sequence[Block]

    @property
    def fingerprint(self) -> str:
        """The same for the same drawing."""
        return fingerprint([self.text, list(self.blocks)])


def fingerprint(drawn: object) -> str:
    """The same for the same plain data."""
    return hashlib.sha256(json.dumps(drawn, sort_keys=True).encode()).hexdigest()


def appear(
    tools: Tools,
    slack_team_id: str,
    delivery: Delivery,
    channel_id: str,
    drawing: Drawing,
    *,
    thread_ts: str | None = None,
) -> Remote:
    """Post the message. What an earlier try left in the channel is taken over, and brought up to date."""
    post = Post(channel_id, drawing.text, drawing.blocks, thread_ts)
    channel_id, ts = speak(tools, slack_team_id, delivery, post)
    is_known_to_be_new = delivery.attempted_at is None
    remote = Remote(channel_id, ts, fingerprint=drawing.fingerprint if is_known_to_be_new else None)
    return redraw(tools, slack_team_id, remote, drawing)


def bring_up_to_date(
    tools: Tools, slack_team_id: str, delivery: Delivery, channel_id: str, drawing: Drawing, remote: Remote | None
) -> Remote:
    """Edit the message where it stands, else post it in the channel. One that was deleted comes anew.

    Raises Refused with a sentence about the channel when it can't be spoken in.
    """
    try:
        if remote is not None:
            return redraw(tools, slack_team_id, remote, drawing)
    except Missing as error:
        if error.code != "message_not_found":
            raise said(error, channel_id) from error
    return appear(tools, slack_team_id, delivery, channel_id, drawing)


def left_behind(tools: Tools, slack_team_id: str, delivery: Delivery, channel_id: str) -> Remote | None:
    """The message that an earlier try left in the channel before it could be remembered, None when there is none."""
    ts = find(tools.slack, slack_team_id, delivery, Post(channel_id, ""))
    return Remote(channel_id, ts, fingerprint=None) if ts is not None else None


def redraw(tools: Tools, slack_team_id: str, remote: Remote, drawing: Drawing) -> Remote:
    """Make the message look like the drawing, unless it does already. Where it stands now.

    Raises Missing when the message or its channel is gone.
    """
    if remote.fingerprint == drawing.fingerprint:
        return remote
    tools.slack.call(
        slack_team_id,
        "chat.update",
        channel=remote.container,
        ts=remote.remote_id,
        text=fit(drawing.text, 4000),
        blocks=list(drawing.blocks),
    )
    return replace(remote, fingerprint=drawing.fingerprint)
