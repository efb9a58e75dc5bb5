"""Posting to Slack once: a post whose outcome is unknown is looked for before it is sent again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from bot.blocks.kit import Block, fit
from bot.slack.gateway import SlackGateway
from storage.outbox import Delivery

EVENT_TYPE = "callsheet_delivery"
SKEW = timedelta(minutes=1)
"""How far Slack's clock and ours may differ when a post is looked for."""


@dataclass(frozen=True, slots=True)
class Post:
    """A message for a channel, or for a thread in it. `text` is for notifications and screen readers."""

    channel_id: str
    text: str
    blocks: Sequence[Block] = ()
    thread_ts: str | None = None


def post_once(slack: SlackGateway, slack_team_id: str, delivery: Delivery, post: Post) -> tuple[str, str]:
    """Post it unless an earlier try went out. The channel's id and the message's ts."""
    found = find(slack, slack_team_id, delivery, post)
    if found is not None:
        return post.channel_id, found
    arguments: dict[str, Any] = {
        "channel": post.channel_id,
        "text": fit(post.text, 4000),
        "unfurl_links": False,
        "unfurl_media": False,
        "metadata": {"event_type": EVENT_TYPE, "event_payload": {"key": delivery.dedupe_key}},
    }
    if post.blocks:
        arguments["blocks"] = list(post.blocks)
    if post.thread_ts:
        arguments["thread_ts"] = post.thread_ts
    answer = slack.call(slack_team_id, "chat.postMessage", **arguments)
    return str(answer["channel"]), str(answer["ts"])


def find(slack: SlackGateway, slack_team_id: str, delivery: Delivery, post: Post) -> str | None:
    """The ts of the message that an earlier try of this delivery left, None when there was no such try or message."""
    if delivery.attempted_at is None or not post.channel_id.startswith(("C", "G", "D")):
        return None
    where: dict[str, Any] = {"channel": post.channel_id, "include_all_metadata": True, "limit": 200}
    where["oldest"] = f"{(delivery.attempted_at - SKEW).timestamp():.6f}"
    method = "conversations.replies" if post.thread_ts else "conversations.history"
    if post.thread_ts:
        where["ts"] = post.thread_ts
    answer = slack.read(slack_team_id, method, **where)
    for message in answer.get("messages", []):
        metadata = message.get("metadata") or {}
        if metadata.get("event_payload", {}).get("key") == delivery.dedupe_key:
            return str(message["ts"])
    return None
