"""The Web API: what it gives, what it refuses, and how it fails on a bad day."""

from __future__ import annotations

import base64
import threading
import time
import urllib.request
from http.client import RemoteDisconnected
from typing import Any

import httpx
import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from tests.sandbox.slack.conftest import ANA, BEN, EVE, LOBBY, OLD, SECRET, TEAM, Slack, section


def error_of(call: Any, *args: Any, **kwargs: Any) -> str:
    with pytest.raises(SlackApiError) as caught:
        call(*args, **kwargs)
    return str(caught.value.response["error"])


def test_auth_test_says_who_the_app_is(slack: Slack) -> None:
    answer = slack.client.auth_test()
    assert (answer["team_id"], answer["user_id"], answer["team"]) == (slack.team, slack.bot, "Northwind")
    assert "chat:write" in answer.headers["x-oauth-scopes"]


def test_tokens_are_checked(slack: Slack) -> None:
    def client(token: str | None) -> WebClient:
        return WebClient(token, base_url=f"{slack.sandbox.base_url}/slack/api/")

    assert error_of(client(None).auth_test) == "not_authed"
    assert error_of(client("xoxb-wrong").auth_test) == "invalid_auth"
    assert error_of(client(slack.sandbox.slack.app_token).auth_test) == "not_allowed_token_type"
    assert error_of(slack.client.apps_connections_open, app_token="xapp-wrong") == "invalid_auth"
    assert error_of(slack.client.api_call, "chat.shout") == "unknown_method"


def test_uninstalling_kills_the_token_and_tells_the_app(slack: Slack) -> None:
    token = slack.client.token
    slack.post("events", event={"type": "app_uninstalled"})
    slack.received("app_uninstalled")
    old = WebClient(token, base_url=f"{slack.sandbox.base_url}/slack/api/")
    assert error_of(old.auth_test) == "token_revoked"
    assert slack.post("commands", channel=TEAM, text="/study") == {"ok": False, "error": "unknown_command"}


def test_missing_scope_says_what_is_needed(slack: Slack) -> None:
    with pytest.raises(SlackApiError) as caught:
        slack.client.conversations_open(users=[ANA, BEN])
    answer = caught.value.response
    assert (answer["error"], answer["needed"]) == ("missing_scope", "mpim:write")
    assert "im:write" in answer["provided"].split(",")


@pytest.mark.parametrize(
    ("channel", "error"),
    [
        ("C0NOWHERE", "channel_not_found"),
        (SECRET, "channel_not_found"),
        (LOBBY, "not_in_channel"),
        (OLD, "is_archived"),
        ("U0NOBODY", "channel_not_found"),
    ],
)
def test_posting_where_the_app_may_not(slack: Slack, channel: str, error: str) -> None:
    assert error_of(slack.client.chat_postMessage, channel=channel, text="Hello") == error


def test_message_content_is_checked(slack: Slack) -> None:
    post = slack.client.chat_postMessage
    assert error_of(slack.client.api_call, "chat.postMessage", json={"channel": TEAM, "text": ""}) == "no_text"
    assert error_of(post, channel=TEAM, text="x" * 40_001) == "msg_too_long"
    assert error_of(post, channel=TEAM, text="x", blocks="[{") == "invalid_blocks_format"
    assert error_of(post, channel=TEAM, text="x", blocks=[section("x" * 2900)] * 5) == "msg_blocks_too_long"
    assert error_of(post, channel=TEAM, text="x", metadata={"event_type": "x"}) == "invalid_metadata_format"
    assert error_of(post, channel=TEAM, text="x", thread_ts="1.000001") == "thread_not_found"
    ts = post(channel=TEAM, text="x")["ts"]
    assert error_of(slack.client.chat_update, channel=TEAM, ts=ts, text="x" * 4001) == "msg_too_long"


def test_update_keeps_what_it_leaves_out_and_delete_takes_back(slack: Slack) -> None:
    ts = slack.client.chat_postMessage(channel=TEAM, text="One", blocks=[section("one")])["ts"]
    slack.client.chat_update(channel=TEAM, ts=ts, text="Two")
    (message,) = slack.messages()
    assert (message["text"], message["blocks"][0]["text"]["text"]) == ("Two", "one")
    assert message["edited"]["user"] == slack.bot
    slack.client.chat_update(channel=TEAM, ts=ts, text="Three", blocks=[])
    assert "blocks" not in slack.messages()[0]
    slack.client.chat_delete(channel=TEAM, ts=ts)
    assert slack.messages() == []
    assert error_of(slack.client.chat_delete, channel=TEAM, ts=ts) == "message_not_found"


def test_only_own_messages_can_be_changed(slack: Slack) -> None:
    ts = slack.post("messages", channel=TEAM, text="Mine")["ts"]
    assert error_of(slack.client.chat_update, channel=TEAM, ts=ts, text="Yours") == "cant_update_message"
    assert error_of(slack.client.chat_delete, channel=TEAM, ts=ts) == "cant_delete_message"
    assert error_of(slack.client.chat_update, channel=TEAM, ts="1.000001", text="x") == "message_not_found"


def test_threads_count_their_replies(slack: Slack) -> None:
    ts = slack.client.chat_postMessage(channel=TEAM, text="Card")["ts"]
    slack.post("messages", BEN, channel=TEAM, text="First", thread_ts=ts)
    last = slack.client.chat_postMessage(channel=TEAM, text="Second", thread_ts=ts)["ts"]
    (parent,) = slack.messages()
    assert (parent["reply_count"], parent["reply_users"], parent["latest_reply"]) == (2, [BEN, slack.bot], last)
    thread = slack.client.conversations_replies(channel=TEAM, ts=ts)["messages"]
    assert [message["text"] for message in thread] == ["Card", "First", "Second"]
    slack.client.chat_delete(channel=TEAM, ts=last)
    assert slack.messages()[0]["reply_count"] == 1
    slack.client.chat_delete(channel=TEAM, ts=ts)
    assert slack.messages()[0]["subtype"] == "tombstone"
    assert [m["text"] for m in slack.get(f"/channels/{TEAM}/threads/{ts}")["messages"]][1:] == ["First"]


def test_history_finds_a_post_by_its_metadata(slack: Slack) -> None:
    slack.client.chat_postMessage(channel=TEAM, text="Earlier")
    since = slack.client.chat_postMessage(channel=TEAM, text="Before")["ts"]
    metadata = {"event_type": "delivery", "event_payload": {"key": "digest:1"}}
    ts = slack.client.chat_postMessage(channel=TEAM, text="Digest", metadata=metadata)["ts"]
    found = slack.client.conversations_history(channel=TEAM, oldest=since, include_all_metadata=True)["messages"]
    assert [(message["ts"], message["metadata"]) for message in found] == [(ts, metadata)]
    plain = slack.client.conversations_history(channel=TEAM, oldest=since, inclusive=True)["messages"]
    assert [message["text"] for message in plain] == ["Digest", "Before"]
    assert "metadata" not in plain[0]


def test_lists_are_paged_by_cursor(slack: Slack) -> None:
    for number in range(5):
        slack.client.chat_postMessage(channel=TEAM, text=str(number))
    pages = [page["messages"] for page in slack.client.conversations_history(channel=TEAM, limit=2)]
    assert [[message["text"] for message in page] for page in pages] == [["4", "3"], ["2", "1"], ["0"]]
    assert error_of(slack.client.conversations_history, channel=TEAM, cursor="nonsense") == "invalid_cursor"
    everybody = [user["id"] for page in slack.client.users_list(limit=1) for user in page["members"]]
    assert {ANA, BEN, slack.bot, "USLACKBOT"} == set(everybody)
    assert len(everybody) == 4


def test_conversations_are_those_that_the_app_can_see(slack: Slack) -> None:
    listed = slack.client.conversations_list(types="public_channel,private_channel")["channels"]
    assert {channel["id"]: channel["is_member"] for channel in listed} == {TEAM: True, LOBBY: False, OLD: True}
    assert slack.client.conversations_info(channel=TEAM)["channel"]["is_ext_shared"] is True
    assert error_of(slack.client.conversations_info, channel=SECRET) == "channel_not_found"
    assert error_of(slack.client.conversations_history, channel=LOBBY) == "not_in_channel"
    assert slack.client.conversations_join(channel=LOBBY)["channel"]["is_member"] is True
    assert slack.bot in slack.client.conversations_members(channel=LOBBY)["members"]


def test_a_direct_message_goes_by_user_or_by_conversation(slack: Slack) -> None:
    direct = slack.client.conversations_open(users=[ANA])["channel"]["id"]
    assert slack.client.chat_postMessage(channel=ANA, text="To you")["channel"] == direct
    slack.client.chat_postMessage(channel=direct, text="Again")
    assert slack.texts(direct) == ["To you", "Again"]
    assert next(c["unread"] for c in slack.get()["channels"] if c["id"] == direct) == 2
    slack.post(f"channels/{direct}/read")
    assert next(c["unread"] for c in slack.get()["channels"] if c["id"] == direct) == 0
    assert all(channel["id"] != direct for channel in slack.get(user=BEN)["channels"])


@pytest.mark.parametrize(
    ("text", "mentions"),
    [("for all to read", 0), (f"for <@{ANA}>", 1), (f"for <@{ANA}|ana>", 1), (f"for <@{BEN}>", 0), ("<!here> now", 1)],
)
def test_unread_messages_that_call_for_a_member_are_counted(slack: Slack, text: str, mentions: int) -> None:
    slack.client.chat_postMessage(channel=TEAM, text="Fallback", blocks=[section(text)])

    def counts(user: str) -> tuple[int, int]:
        (team,) = [each for each in slack.get(user=user)["channels"] if each["id"] == TEAM]
        return team["unread"], team["mentions"]

    assert counts(ANA) == (1, mentions)
    slack.post(f"channels/{TEAM}/read", ANA)
    assert counts(ANA) == (0, 0)


def test_people_are_known_with_zone_and_address(slack: Slack) -> None:
    ana = slack.client.users_info(user=ANA)["user"]
    assert (ana["tz"], ana["tz_offset"], ana["is_admin"]) == ("Asia/Tokyo", 9 * 3600, True)
    assert slack.client.users_lookupByEmail(email="ANA@x.example")["user"]["id"] == ANA
    assert error_of(slack.client.users_lookupByEmail, email="no@x.example") == "users_not_found"
    stranger = slack.client.users_info(user=EVE)["user"]
    assert stranger["is_stranger"] is True
    assert stranger["team_id"] != slack.team
    assert error_of(slack.client.users_info, user="U0NOBODY") == "user_not_found"


def test_an_ephemeral_is_for_one_pair_of_eyes(slack: Slack) -> None:
    slack.client.chat_postEphemeral(channel=TEAM, user=ANA, text="Psst")
    (message,) = slack.messages(user=ANA)
    assert (message["text"], message["ephemeral"]) == ("Psst", True)
    assert slack.messages(user=BEN) == []
    assert slack.client.conversations_history(channel=TEAM)["messages"] == []
    assert error_of(slack.client.chat_update, channel=TEAM, ts=message["ts"], text="x") == "message_not_found"
    assert error_of(slack.client.chat_postEphemeral, channel=TEAM, user="U0NOBODY", text="x") == "user_not_found"


def test_shared_files_can_be_downloaded_with_the_token(slack: Slack) -> None:
    slack.post("messages", channel=TEAM, text="The list", files=[{"name": "panel.csv", "content": "a,b\n1,2\n"}])
    event = next(b["event"] for b in slack.received("message") if b["event"].get("subtype") == "file_share")
    url = event["files"][0]["url_private_download"]
    good = httpx.get(url, headers={"authorization": f"Bearer {slack.client.token}"})
    assert (good.text, good.headers["content-type"].split(";")[0]) == ("a,b\n1,2\n", "text/csv")
    assert "Sign in" in httpx.get(url, follow_redirects=True).text
    assert slack.client.files_info(file=event["files"][0]["id"])["file"]["size"] == 8


def test_the_app_can_upload_a_file_which_those_who_see_it_can_save(slack: Slack) -> None:
    slack.client.files_upload_v2(channel=TEAM, content="a,b\n", filename="export.csv", initial_comment="Here")
    (message,) = slack.messages()
    (file,) = message["files"]
    assert (message["text"], file["name"], file["size"]) == ("Here", "export.csv", 4)
    url = f"{slack.sandbox.base_url}/control/slack/{slack.team}/files/{file['id']}"
    saved = httpx.get(url, params={"user": ANA})
    assert (saved.text, "export.csv" in saved.headers["content-disposition"]) == ("a,b\n", True)
    assert httpx.get(f"{url}X", params={"user": ANA}).status_code == 404


def test_a_file_is_saved_by_those_who_see_its_channel_and_is_never_a_page(slack: Slack) -> None:
    page = {"name": 'a/b"\n.html', "content": "<script>alert(1)</script>"}
    slack.post("messages", channel=SECRET, text="The page", files=[page])
    (message,) = slack.messages(SECRET)
    url = f"{slack.sandbox.base_url}/control/slack/{slack.team}/files/{message['files'][0]['id']}"
    saved = httpx.get(url, params={"user": ANA})
    assert saved.headers["content-disposition"] == "attachment; filename*=UTF-8''a%2Fb%22%0A.html"
    assert saved.headers["x-content-type-options"] == "nosniff"
    assert httpx.get(url, params={"user": BEN}).status_code == 404
    slack.post("messages", channel=LOBBY, text="The page", files=[page])
    (message,) = slack.messages(LOBBY)
    public = url.rpartition("/")[0] + f"/{message['files'][0]['id']}"
    answers = [httpx.get(public, params={"user": user}).status_code for user in (BEN, EVE)]
    assert answers == [200, 404], "a stranger sees the channels that they are in"


def test_a_file_that_is_not_text_is_shared_byte_for_byte(slack: Slack) -> None:
    workbook = b"PK\x03\x04\xff\x00"
    given = {"name": "panel.xlsx", "content": base64.b64encode(workbook).decode(), "encoding": "base64"}
    slack.post("messages", channel=TEAM, text="The list", files=[given])
    event = next(b["event"] for b in slack.received("message") if b["event"].get("subtype") == "file_share")
    url = event["files"][0]["url_private_download"]
    assert httpx.get(url, headers={"authorization": f"Bearer {slack.client.token}"}).content == workbook
    sent = {"user": ANA, "channel": TEAM, "text": "", "files": [{**given, "content": "no base64!"}]}
    refused = httpx.post(f"{slack.sandbox.base_url}/control/slack/{slack.team}/messages", json=sent)
    assert (refused.status_code, refused.json()["error"]) == (400, "The content of panel.xlsx is not base64.")


def test_permalinks_open_the_page_at_the_message(slack: Slack) -> None:
    ts = slack.client.chat_postMessage(channel=TEAM, text="x")["ts"]
    link = slack.client.chat_getPermalink(channel=TEAM, message_ts=ts)["permalink"]
    assert httpx.get(link).headers["location"].endswith(f"channel={TEAM}&ts={ts}")


def test_rate_limit_says_how_long_to_wait(slack: Slack) -> None:
    slack.sandbox.faults.add("slack", "rate_limit", method="chat.postMessage", count=1, retry_after=7)
    with pytest.raises(SlackApiError) as caught:
        slack.client.chat_postMessage(channel=TEAM, text="x")
    assert (caught.value.response.status_code, caught.value.response.headers["retry-after"]) == (429, "7")
    assert slack.messages() == []
    assert slack.client.chat_postMessage(channel=TEAM, text="x")["ok"]


def test_accept_then_drop_posts_and_says_nothing(slack: Slack) -> None:
    slack.sandbox.faults.add("slack", "accept_then_drop", method="chat.postMessage", count=1)
    with pytest.raises(RemoteDisconnected):
        WebClient(slack.client.token, base_url=slack.client.base_url, retry_handlers=[]).chat_postMessage(
            channel=TEAM, text="Was I heard?"
        )
    assert slack.texts() == ["Was I heard?"]


def test_timeout_and_errors_on_demand(slack: Slack) -> None:
    slack.sandbox.faults.add("slack", "error", method="auth.test", count=1, status=503)
    with pytest.raises(SlackApiError) as caught:
        slack.client.auth_test()
    assert caught.value.response.status_code == 503
    slack.sandbox.faults.add("slack", "timeout", method="auth.test", count=1, seconds=0.3)
    before = time.monotonic()
    slack.client.auth_test()
    assert time.monotonic() - before >= 0.3


def test_calls_are_taken_down_without_secrets(slack: Slack) -> None:
    slack.control.delete("/control/slack/calls")
    slack.client.chat_postMessage(channel=TEAM, text="x")
    error_of(slack.client.chat_postMessage, channel=LOBBY, text="x")
    calls = slack.control.get("/control/slack/calls", params={"method": "chat.postMessage"}).json()["calls"]
    assert [(call["ok"], call.get("error"), call["args"]["channel"]) for call in calls] == [
        (True, None, TEAM),
        (False, "not_in_channel", LOBBY),
    ]
    assert slack.client.token not in str(calls)


def test_an_app_without_token_arguments_in_forms_is_served_too(slack: Slack) -> None:
    body = f"token={slack.client.token}&channel={TEAM}&text=hello".encode()
    request = urllib.request.Request(f"{slack.client.base_url}chat.postMessage", body)
    with urllib.request.urlopen(request) as answer:
        assert answer.status == 200
    assert slack.texts() == ["hello"]


def test_timestamps_are_unique_under_load(slack: Slack) -> None:
    def post() -> None:
        client = slack.client
        for _ in range(20):
            client.chat_postMessage(channel=TEAM, text="x")

    threads = [threading.Thread(target=post) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    timestamps = [message["ts"] for message in slack.messages()]
    assert len(set(timestamps)) == 80
    assert timestamps == sorted(timestamps)


def test_installing_in_another_workspace(slack: Slack) -> None:
    old = slack.client.token
    slack.post("events", event={"type": "app_uninstalled"})
    client_id, secret = slack.sandbox.slack.client_id, slack.sandbox.slack.client_secret
    query = {"client_id": client_id, "scope": "chat:write,commands", "state": "s1"}
    url = f"{slack.sandbox.base_url}/slack/oauth/v2/authorize"
    assert "Northwind" in httpx.get(url, params=query).text
    back = httpx.post(url, params=query, data={"who": f"{slack.team}/{ANA}", "agree": "yes"}).headers["location"]
    code = httpx.URL(back).params["code"]
    assert back.startswith("http://127.0.0.1/callback?")
    assert httpx.URL(back).params["state"] == "s1"
    client = WebClient(base_url=f"{slack.sandbox.base_url}/slack/api/")
    wrong = {"client_id": client_id, "client_secret": "wrong", "code": code}
    assert error_of(client.oauth_v2_access, **wrong) == "bad_client_secret"
    answer = client.oauth_v2_access(client_id=client_id, client_secret=secret, code=code)
    assert (answer["team"]["id"], answer["scope"]) == (slack.team, "chat:write,commands")
    assert answer["access_token"] not in (old, None)
    assert error_of(client.oauth_v2_access, client_id=client_id, client_secret=secret, code=code) == "invalid_code"
    assert error_of(slack.client.users_list) == "missing_scope"
