"""The bot's own way of putting a file into a direct conversation, against Slack's rules."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from bot.integrations.ports import Refused, Unavailable
from bot.slack.gateway import FileToSend, SlackGateway
from tests.sandbox.slack.conftest import TEAM, Slack

FILE = FileToSend("P1-2026-11-23.json", "Everything about P1", "Here it is.", b'{"name": "Kai"}\n')


@dataclass
class Token:
    token: str

    def bot_token(self, slack_team_id: str) -> str:
        return self.token


def gateway_to(slack: Slack) -> SlackGateway:
    return SlackGateway(Token(str(slack.client.token)), slack.client.base_url)


def test_a_file_is_seen_where_it_was_put_with_its_title_and_its_bytes(slack: Slack) -> None:
    gateway = gateway_to(slack)
    gateway.upload("T", TEAM, FILE)
    (message,) = slack.messages()
    (file,) = message["files"]
    assert (message["text"], file["title"], file["name"]) == (FILE.comment, FILE.title, FILE.name)
    assert gateway.download("T", file["url_private_download"], 1000) == FILE.data


def test_a_channel_that_the_bot_does_not_see_is_refused(slack: Slack) -> None:
    with pytest.raises(Refused) as refusal:
        gateway_to(slack).upload("T", "C0NOWHERE", FILE)
    assert refusal.value.code == "channel_not_found"
    assert slack.messages() == []


@pytest.mark.parametrize("method", ["files.getUploadURLExternal", "files.completeUploadExternal"])
def test_what_slack_can_not_do_now_is_tried_again_later(slack: Slack, method: str) -> None:
    slack.sandbox.faults.add("slack", "rate_limit", method=method, count=1, retry_after=7)
    with pytest.raises(Unavailable) as failure:
        gateway_to(slack).upload("T", TEAM, FILE)
    assert failure.value.retry_after == 7
    assert slack.messages() == []
