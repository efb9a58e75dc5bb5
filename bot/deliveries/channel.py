"""Speaking in a channel: joining it once where that is allowed, and saying why not where it isn't."""

from __future__ import annotations

from dataclasses import replace

from bot.deliveries.posting import Post, post_once
from bot.deliveries.tools import Tools
from bot.integrations.ports import Missing, Refused
from domain.interview import InterviewLine
from storage.outbox import Delivery

REASONS = {
    "channel_not_found": (
        "Callsheet can't see the channel {channel}: it is gone, or private. Invite Callsheet there with "
        "/invite @Callsheet, or choose another channel in /callsheet settings."
    ),
    "not_in_channel": "Callsheet is not in the channel {channel}. Invite it there with /invite @Callsheet.",
    "is_archived": "The channel {channel} is archived. Choose another in /callsheet settings.",
    "user_not_found": "There is no such person in Slack any more ({channel}).",
}


def speak(tools: Tools, slack_team_id: str, delivery: Delivery, post: Post) -> tuple[str, str]:
    """Post once, in a public channel after joining it if need be. The channel's id and the message's ts.

    Raises Refused with a sentence about the channel when it can't be spoken in.
    """
    try:
        return post_once(tools.slack, slack_team_id, delivery, post)
    except Missing as error:
        if error.code != "not_in_channel":
            raise said(error, post.channel_id) from error
    try:
        tools.slack.call(slack_team_id, "conversations.join", channel=post.channel_id)
        return post_once(tools.slack, slack_team_id, delivery, post)
    except Refused as error:
        raise said(Missing(error.why, "not_in_channel"), post.channel_id) from error


def said(error: Refused, channel_id: str) -> Refused:
    """The refusal in words about the channel."""
    reason = REASONS.get(error.code)
    return Refused(reason.format(channel=channel_id), error.code) if reason else error


def as_read_in(tools: Tools, slack_team_id: str, channel_id: str, line: InterviewLine) -> InterviewLine:
    """The interview as a channel may read it: with names only where the team wants them and no stranger reads along."""
    if not line.names_in_channel or may_be_named_in(tools, slack_team_id, channel_id):
        return line
    return replace(line, names_in_channel=False)


def may_be_named_in(tools: Tools, slack_team_id: str, channel_id: str) -> bool:
    """As `is_internal`, but of a channel that Slack does not tell about nobody knows who reads it."""
    try:
        return is_internal(tools, slack_team_id, channel_id)
    except Refused:
        return False


def is_internal(tools: Tools, slack_team_id: str, channel_id: str) -> bool:
    """Whether only members of the workspace read the channel, as Slack has it now: names may be shown there only."""
    try:
        found = tools.slack.read(slack_team_id, "conversations.info", channel=channel_id)
    except Refused as error:
        raise said(error, channel_id) from error
    channel = found.get("channel") or {}
    return not (channel.get("is_ext_shared") or channel.get("is_pending_ext_shared"))
