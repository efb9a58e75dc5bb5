"""Posting to Slack once: a post whose outcome is unknown is looked for before it is sent again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bot.blocks.kit import Block, fit
from bot.slack.gateway import SlackGateway
from storage.outbox import Delivery

EVENT_TYPE = "callsheet_delivery"
SKEW = timedelta(minutes=1)
"""How far Slack's clock and ours may differ when a post is looked for."""
PAGE = 200


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
    for message in posted_since(slack, slack_team_id, delivery.attempted_at, post.channel_id, post.thread_ts):
        metadata = message.get("metadata") or {}
        if metadata.get("event_payload", {}).get("key") == delivery.dedupe_key:
            return str(message["ts"])
    return None


def posted_since(
    slack: SlackGateway, slack_team_id: str, since: datetime, channel_id: str, thread_ts: str | None = None
) -> Iterator[dict[str, Any]]:
    """All messages of a channel, or of a thread in it, that may have been posted since then."""
    where: dict[str, Any] = {"channel": channel_id, "include_all_metadata": True, "limit": PAGE}
    where["oldest"] = f"{(since - SKEW).timestamp():.6f}"
    method = "conversations.replies" if thread_ts else "conversations.history"
    if thread_ts:
        where["ts"] = thread_ts
    while True:
        answer = slack.read(slack_team_id, method, **where)
        yield from answer.get("messages", [])
        cursor = (answer.get("response_metadata") or {}).get("next_cursor")
        if not cursor:
            return
        where["cursor"] = cursor
