"""Sentences: to a channel or a member, and whispers that one member alone sees."""

from __future__ import annotations

from bot.blocks import kit
from bot.deliveries.channel import said, speak
from bot.deliveries.posting import Post
from bot.deliveries.scope import slack_team_of
from bot.deliveries.tools import Tools
from bot.integrations.ports import Refused
from storage.outbox import Delivery


def deliver(delivery: Delivery, tools: Tools) -> None:
    """Post the sentence to a channel, or to a member in a direct message."""
    send(delivery, slack_team(delivery, tools), delivery.payload["channel"], tools)


def whisper(delivery: Delivery, tools: Tools) -> None:
    """Show the sentence to one member: in the channel where they are, else in a direct message."""
    slack_team_id, payload = slack_team(delivery, tools), delivery.payload
    if payload["channel"]:
        try:
            tools.slack.call(
                slack_team_id,
                "chat.postEphemeral",
                channel=payload["channel"],
                user=payload["user"],
                text=kit.fit(payload["text"], 4000),
                blocks=payload.get("blocks") or [kit.section(payload["text"])],
            )
        except Refused:
            pass
        else:
            return
    send(delivery, slack_team_id, payload["user"], tools)


def slack_team(delivery: Delivery, tools: Tools) -> str:
    with tools.database.reading() as session:
        return slack_team_of(session, delivery)


def send(delivery: Delivery, slack_team_id: str, to: str, tools: Tools) -> None:
    """Post the sentence. A member's direct conversation is opened by its id, so that an earlier try can be found."""
    channel_id = direct(slack_team_id, to, tools) if to.startswith(("U", "W")) else to
    text, blocks = delivery.payload["text"], delivery.payload.get("blocks")
    speak(tools, slack_team_id, delivery, Post(channel_id, text, blocks or [kit.section(text)]))


def direct(slack_team_id: str, slack_user_id: str, tools: Tools) -> str:
    """The id of the direct conversation with a member."""
    try:
        answer = tools.slack.call(slack_team_id, "conversations.open", users=slack_user_id)
    except Refused as error:
        raise said(error, slack_user_id) from error
    return str(answer["channel"]["id"])
