"""Commands, clicks and modals: a person on one side, a real Bolt app on the other."""

from __future__ import annotations

import time
from typing import Any

import httpx
import pytest
from slack_sdk.errors import SlackApiError

from sandbox.slack import tickets
from tests.sandbox.slack.conftest import ANA, BEN, EVE, SECRET, TEAM, Slack, button, modal, section, text_input

Json = dict[str, Any]


def option(value: str) -> Json:
    return {"text": {"type": "plain_text", "text": value.title()}, "value": value}


def error_in(slack: Slack, method: str, **args: Any) -> str:
    with pytest.raises(SlackApiError) as caught:
        slack.client.api_call(method, json=args)
    return str(caught.value.response["error"])


def test_a_command_carries_what_slack_says_and_its_answer_is_for_the_user(slack: Slack) -> None:
    slack.on("command", lambda ack, body, *_: ack(f"You said: {body['text']}"))
    assert slack.post("commands", channel=TEAM, text="/study add @ben.o to #lobby & <b> https://x.example/?a=1") == {
        "ok": True
    }
    (body,) = slack.received("/study")
    assert body["text"] == f"add <@{BEN}> to <#C0LOBBY|lobby> &amp; &lt;b&gt; <https://x.example/?a=1>"
    assert (body["user_id"], body["user_name"], body["channel_name"], body["team_domain"]) == (
        ANA,
        "ana",
        "team",
        "northwind",
    )
    (message,) = slack.messages()
    assert (message["ephemeral"], message["text"].split(":")[0]) == (True, "You said")
    assert slack.messages(user=BEN) == []


def test_a_command_that_does_not_escape_gets_what_was_typed(slack: Slack) -> None:
    slack.post("commands", channel=TEAM, text="/plain @ben.o & co")
    assert slack.received("/plain")[0]["text"] == "@ben.o & co"


def test_a_command_can_answer_for_all(slack: Slack) -> None:
    slack.on("command", lambda ack, *_: ack(text="Look", response_type="in_channel", blocks=[section("Look")]))
    slack.post("commands", channel=TEAM, text="/study")
    assert slack.texts(user=BEN) == ["Look"]


@pytest.mark.parametrize(("user", "text"), [(ANA, "/stduy new"), (EVE, "/study new")])
def test_unknown_commands_and_strangers_get_slacks_own_notice(slack: Slack, user: str, text: str) -> None:
    assert slack.post("commands", user, channel=TEAM, text=text) == {"ok": False, "error": "unknown_command"}
    (notice,) = slack.texts(user=user)
    assert notice.startswith(f"`{text.split()[0]}` is not a valid command.")


def test_commands_are_offered_to_members_and_not_to_strangers(slack: Slack) -> None:
    assert [each["command"] for each in slack.get(user=ANA)["commands"]] == ["/study", "/plain"]
    assert slack.get(user=EVE)["commands"] == []


def test_bad_blocks_in_an_answer_are_refused(slack: Slack) -> None:
    slack.on("command", lambda ack, *_: ack(text="x", blocks=[section("")]))
    answer = slack.post("commands", channel=TEAM, text="/study")
    assert (answer["ok"], answer["error"]) == (False, "invalid_blocks")
    assert answer["messages"] == ["[ERROR] must be more than 0 characters [json-pointer:/blocks/0/text/text]"]
    assert slack.texts() == ['`/study` failed with the error "invalid_blocks"']


def test_no_acknowledgement_within_three_seconds(slack: Slack) -> None:
    slack.on("command", lambda *_: None)
    assert slack.post("commands", channel=TEAM, text="/study") == {"ok": False, "error": "operation_timeout"}
    assert slack.texts() == ['`/study` failed with the error "operation_timeout"']


def test_control_errors_are_sentences(slack: Slack) -> None:
    def error(path: str, **body: Any) -> tuple[int, str]:
        answer = slack.control.post(f"/control/slack/{path}", json=body)
        return answer.status_code, answer.json()["error"]

    assert error("T0NONE/commands", user=ANA) == (404, "There is no workspace T0NONE.")
    assert error(f"{slack.team}/commands", user="U9") == (404, "There is no user U9 in Northwind.")
    assert error(f"{slack.team}/commands", user=BEN, channel=SECRET) == (404, f"ben.o sees no channel {SECRET}.")
    assert error(f"{slack.team}/messages", user=EVE, channel=TEAM) == (400, "A message has a text or files.")


def test_a_button_carries_its_message_and_the_app_edits_it_in_place(slack: Slack) -> None:
    buttons = {"type": "actions", "block_id": "b", "elements": [button(value="CHK-1")]}
    ts = slack.client.chat_postMessage(channel=TEAM, text="Card", blocks=[section("Card"), buttons])["ts"]
    slack.on("action", lambda ack, body, client, respond: (respond("Done", replace_original=True), ack()))
    container = {"channel": TEAM, "ts": ts}
    assert slack.post("actions", BEN, container=container, block_id="b", action_id="go") == {"ok": True}
    (body,) = slack.received("block_actions")
    assert body["container"] == {"type": "message", "message_ts": ts, "channel_id": TEAM, "is_ephemeral": False}
    assert (body["message"]["text"], body["channel"]["name"], body["user"]["team_id"]) == ("Card", "team", slack.team)
    assert (body["actions"][0]["value"], body["actions"][0]["type"]) == ("CHK-1", "button")
    (message,) = slack.messages()
    assert message["text"] == "Done"
    assert "blocks" not in message


def test_an_ephemeral_card_replaces_and_removes_itself(slack: Slack) -> None:
    blocks = [{"type": "actions", "block_id": "b", "elements": [button()]}]
    slack.client.chat_postEphemeral(channel=TEAM, user=ANA, text="One", blocks=blocks)
    (card,) = slack.messages()
    slack.on(
        "action", lambda ack, body, client, respond: (respond(text="Two", blocks=blocks, replace_original=True), ack())
    )
    click = {"container": {"channel": TEAM, "ts": card["ts"]}, "block_id": "b", "action_id": "go"}
    slack.post("actions", **click)
    assert [(m["text"], m["ts"], m["ephemeral"]) for m in slack.messages()] == [("Two", card["ts"], True)]
    assert "message" not in slack.received("block_actions")[0]
    slack.on("action", lambda ack, body, client, respond: (respond(delete_original=True), ack()))
    slack.post("actions", **click)
    assert slack.messages() == []


def test_choices_in_a_message_arrive_with_its_state(slack: Slack) -> None:
    pick = {"type": "static_select", "action_id": "pick", "options": [option("a"), option("b")]}
    more = {"type": "overflow", "action_id": "more", "options": [option("edit")]}
    days = {"type": "datepicker", "action_id": "day", "initial_date": "2026-03-01"}
    ts = slack.client.chat_postMessage(
        channel=TEAM, text="x", blocks=[{"type": "actions", "block_id": "b", "elements": [pick, more, days]}]
    )["ts"]
    at = {"container": {"channel": TEAM, "ts": ts}, "block_id": "b"}
    slack.post("actions", **at, action_id="pick", value="b")
    slack.post("actions", **at, action_id="more", value="edit")
    first, second = slack.received("block_actions", 2)
    assert first["actions"][0]["selected_option"]["value"] == "b"
    assert second["actions"][0]["selected_option"]["value"] == "edit"
    assert second["state"]["values"]["b"]["pick"]["selected_option"]["value"] == "b"
    assert second["state"]["values"]["b"]["day"] == {"type": "datepicker", "selected_date": "2026-03-01"}
    wrong = slack.control.post(
        f"/control/slack/{slack.team}/actions", json={"user": ANA, **at, "action_id": "pick", "value": "z"}
    )
    assert (wrong.status_code, wrong.json()["error"]) == (400, "pick has no option z.")


def test_a_modal_shows_field_errors_and_closes_when_all_is_well(slack: Slack) -> None:
    def submitted(ack: Any, body: Json, *_: Any) -> None:
        value = body["view"]["state"]["values"]["name"]["value"]["value"]
        ack(response_action="errors", errors={"name": "Taken."}) if value == "CHK" else ack()

    slack.on("submission", submitted)
    view = slack.open_modal(modal(text_input(max_length=5), private_metadata="meta", notify_on_close=True))
    submit = f"views/{view['id']}/submit"

    def values(text: str) -> Json:
        return {"name": {"value": text}}

    required = "Please complete this required field."
    assert slack.post(submit, values=values("")) == {"response_action": "errors", "errors": {"name": required}}
    assert slack.post(submit, values=values("x" * 6))["errors"] == {"name": "Please enter no more than 5 characters."}
    assert slack.post(submit, values=values("CHK")) == {"response_action": "errors", "errors": {"name": "Taken."}}
    assert slack.post(submit, values=values("NEW")) == {"response_action": "close"}
    assert slack.modals() == []
    assert len(slack.received("view_submission", 2)) == 2
    sent = slack.received("view_submission")[0]["view"]
    assert (sent["private_metadata"], sent["callback_id"], sent["team_id"]) == ("meta", "form", slack.team)


def test_every_kind_of_input_arrives_as_slack_sends_it(slack: Slack) -> None:
    def asked(block_id: str, kind: str, **more: Any) -> Json:
        return text_input(block_id) | {"element": {"type": kind, "action_id": "value", **more}}

    choices = {"options": [option("a"), option("b")]}
    view = slack.open_modal(
        modal(
            asked("radio", "radio_buttons", **choices),
            asked("boxes", "checkboxes", **choices),
            asked("user", "users_select"),
            asked("channels", "multi_conversations_select"),
            asked("day", "datepicker"),
            asked("time", "timepicker", timezone="Europe/Berlin"),
            asked("both", "datetimepicker"),
            asked("count", "number_input", is_decimal_allowed=False, min_value="1"),
            asked("mail", "email_text_input"),
            asked("empty", "plain_text_input") | {"optional": True},
        )
    )
    given = {
        "radio": "a",
        "boxes": ["a", "b"],
        "user": BEN,
        "channels": [TEAM],
        "day": "2026-03-01",
        "time": "09:30",
        "both": 1_800_000_000,
        "count": "0",
        "mail": "nobody",
        "empty": "",
    }
    values = {block_id: {"value": value} for block_id, value in given.items()}
    errors = slack.post(f"views/{view['id']}/submit", values=values)["errors"]
    assert errors == {"count": "Please enter a number of at least 1.", "mail": "Please enter a valid email address."}
    right = {"count": {"value": "3"}, "mail": {"value": "a@b.example"}}
    assert slack.post(f"views/{view['id']}/submit", values=right) == {"response_action": "close"}
    state = slack.received("view_submission")[0]["view"]["state"]["values"]
    assert {block_id: actions["value"] for block_id, actions in state.items()} == {
        "radio": {"type": "radio_buttons", "selected_option": state["radio"]["value"]["selected_option"]},
        "boxes": {"type": "checkboxes", "selected_options": state["boxes"]["value"]["selected_options"]},
        "user": {"type": "users_select", "selected_user": BEN},
        "channels": {"type": "multi_conversations_select", "selected_conversations": [TEAM]},
        "day": {"type": "datepicker", "selected_date": "2026-03-01"},
        "time": {"type": "timepicker", "selected_time": "09:30", "timezone": "Europe/Berlin"},
        "both": {"type": "datetimepicker", "selected_date_time": 1_800_000_000},
        "count": {"type": "number_input", "value": "3"},
        "mail": {"type": "email_text_input", "value": "a@b.example"},
        "empty": {"type": "plain_text_input", "value": None},
    }
    assert [o["value"] for o in state["boxes"]["value"]["selected_options"]] == ["a", "b"]


def test_a_file_in_a_modal_is_uploaded_and_arrives_as_slacks_file(slack: Slack) -> None:
    asked = {"type": "file_input", "action_id": "value", "filetypes": ["csv"], "max_files": 1}
    view = slack.open_modal(modal(text_input("file") | {"element": asked}))
    submit = f"views/{view['id']}/submit"

    def given(*names: str) -> Json:
        return {"file": {"value": [{"name": name, "content": "email\na@example.com\n"} for name in names]}}

    errors = [slack.post(submit, values=given(*names))["errors"]["file"] for names in (("x.pdf",), ("a.csv", "b.csv"))]
    assert errors == ["Please choose a file of one of these types: csv.", "Please select no more than 1 files."]
    assert slack.post(submit, values=given("people.CSV")) == {"response_action": "close"}
    (file,) = slack.received("view_submission")[0]["view"]["state"]["values"]["file"]["value"]["files"]
    assert (file["name"], file["filetype"], file["size"]) == ("people.CSV", "csv", 20)
    token = {"Authorization": f"Bearer {slack.client.token}"}
    assert httpx.get(file["url_private_download"], headers=token).text == "email\na@example.com\n"


def test_modals_stack_three_deep_and_close_one_by_one_or_all(slack: Slack) -> None:
    first = slack.open_modal(modal(text_input(), notify_on_close=True))
    slack.on("submission", lambda ack, *_: ack(response_action="push", view=modal(text_input(), notify_on_close=True)))

    def push(view: Json) -> Json:
        return slack.post(f"views/{view['id']}/submit", values={"name": {"value": "x"}})

    assert push(first) == {"response_action": "push"}
    second = slack.modals()[-1]
    assert (second["previous_view_id"], second["root_view_id"]) == (first["id"], first["id"])
    push(second)
    third = slack.modals()[-1]
    assert push(third) == {"ok": False, "error": "push_limit_reached"}
    slack.post(f"views/{third['id']}/close")
    assert [view["id"] for view in slack.modals()] == [first["id"], second["id"]]
    assert slack.received("view_closed")[0]["is_cleared"] is False
    slack.post(f"views/{second['id']}/close", clear=True)
    assert slack.modals() == []
    assert [body["is_cleared"] for body in slack.received("view_closed", 3)] == [False, True, True]


def test_an_update_keeps_what_was_typed_and_knows_stale_hashes(slack: Slack) -> None:
    blocks = [text_input(), {"type": "actions", "block_id": "b", "elements": [button("more")]}]
    view = slack.open_modal(modal(*blocks))

    def more(ack: Any, body: Json, client: Any, _: Any) -> None:
        wider = modal(*blocks, text_input("extra"))
        client.views_update(view_id=body["view"]["id"], hash=body["view"]["hash"], view=wider)
        ack()

    slack.on("action", more)
    where = {"container": {"view": view["id"]}, "block_id": "b", "action_id": "more"}
    assert slack.post("actions", **where, state={"name": {"value": "Typed"}}) == {"ok": True}
    assert slack.received("block_actions")[0]["view"]["state"]["values"]["name"]["value"]["value"] == "Typed"
    (after,) = slack.modals()
    assert [block["block_id"] for block in after["blocks"]] == ["name", "b", "extra"]
    assert after["state"]["values"]["name"]["value"]["value"] == "Typed"
    assert after["hash"] != view["hash"]
    assert error_in(slack, "views.update", view_id=view["id"], hash=view["hash"], view=modal()) == "hash_conflict"
    assert error_in(slack, "views.update", view_id="V0NONE", view=modal()) == "not_found"


def test_triggers_are_good_once_and_for_three_seconds(slack: Slack, monkeypatch: pytest.MonkeyPatch) -> None:
    slack.post("commands", channel=TEAM, text="/study")
    (body,) = slack.received("/study")
    trigger = body["trigger_id"]
    assert error_in(slack, "views.open", trigger_id="1.2.3", view=modal()) == "invalid_trigger_id"
    assert error_in(slack, "views.open", trigger_id=trigger, view={"type": "modal"}) == "invalid_arguments"
    slack.client.views_open(trigger_id=trigger, view=modal())
    assert error_in(slack, "views.open", trigger_id=trigger, view=modal()) == "exchanged_trigger_id"
    slack.post("shortcuts", callback_id="new_study")
    late = slack.received("shortcut")[0]["trigger_id"]
    monkeypatch.setattr(tickets, "TRIGGER_SECONDS", 0.05)
    time.sleep(0.1)
    assert error_in(slack, "views.open", trigger_id=late, view=modal()) == "expired_trigger_id"


def test_an_external_select_asks_the_app_and_its_choice_comes_back(slack: Slack) -> None:
    element = {"type": "external_select", "action_id": "value", "min_query_length": 2}
    view = slack.open_modal(modal(text_input() | {"element": element}))
    found = [option("maria"), option("mario")]
    slack.on("options", lambda ack, body, *_: ack(options=[o for o in found if o["value"].startswith(body["value"])]))
    ask = {"container": {"view": view["id"]}, "block_id": "name", "action_id": "value"}
    assert slack.post("options", **ask, value="m") == {"options": []}
    assert [o["value"] for o in slack.post("options", **ask, value="mari")["options"]] == ["maria", "mario"]
    slack.post(f"views/{view['id']}/submit", values={"name": {"value": "mario"}})
    state = slack.received("view_submission")[0]["view"]["state"]["values"]
    assert state["name"]["value"]["selected_option"]["text"]["text"] == "Mario"
    asked = slack.received("block_suggestion")
    assert [(body["value"], body["view"]["callback_id"]) for body in asked] == [("mari", "form")]


def test_too_many_options_are_refused(slack: Slack) -> None:
    view = slack.open_modal(modal(text_input() | {"element": {"type": "external_select", "action_id": "value"}}))
    slack.on("options", lambda ack, *_: ack(options=[option(str(n)) for n in range(101)]))
    answer = slack.post("options", container={"view": view["id"]}, block_id="name", action_id="value", value="abc")
    assert answer["error"] == "invalid_options"


def test_a_bad_answer_to_a_submission_is_an_error_and_leaves_the_modal(slack: Slack) -> None:
    view = slack.open_modal(modal(text_input()))
    submit = {"values": {"name": {"value": "x"}}}
    slack.on("submission", lambda ack, *_: ack(response_action="errors", errors={"nowhere": "x"}))
    assert slack.post(f"views/{view['id']}/submit", **submit)["error"] == "invalid_arguments"
    slack.on("submission", lambda ack, *_: ack(response_action="update", view=modal(section(""))))
    answer = slack.post(f"views/{view['id']}/submit", **submit)
    assert answer["messages"] == ["[ERROR] must be more than 0 characters [json-pointer:/view/blocks/0/text/text]"]
    slack.on("submission", lambda ack, *_: ack(response_action="clear"))
    assert slack.post(f"views/{view['id']}/submit", **submit) == {"response_action": "clear"}
    assert slack.modals() == []


def test_response_urls_end_after_five_uses_or_half_an_hour(slack: Slack) -> None:
    slack.post("commands", channel=SECRET, text="/study")
    url = slack.received("/study")[0]["response_url"]
    assert httpx.post(url, json={"text": ""}).json()["error"] == "no_text"
    for number in range(4):
        assert httpx.post(url, json={"text": str(number)}).text == "ok"
    used = httpx.post(url, json={"text": "6"})
    assert (used.status_code, used.json()["error"]) == (404, "used_url")
    assert slack.texts(SECRET) == ["0", "1", "2", "3"]
    slack.post("commands", channel=TEAM, text="/study")
    second = slack.received("/study", 2)[1]["response_url"]
    slack.control.post("/control/clock", json={"advance_seconds": 1800})
    late = httpx.post(second, json={"text": "late", "response_type": "in_channel"})
    assert (late.status_code, late.json()["error"]) == (404, "expired_url")


def test_shortcuts_on_messages_carry_the_message(slack: Slack) -> None:
    ts = slack.post("messages", BEN, channel=TEAM, text="Please note")["ts"]
    assert slack.post("shortcuts", callback_id="add_note", channel=TEAM, ts=ts) == {"ok": True}
    (body,) = slack.received("message_action")
    assert (body["message"]["text"], body["message"]["user"], body["message_ts"]) == ("Please note", BEN, ts)


def test_app_home_is_opened_published_and_acted_in(slack: Slack) -> None:
    home = {"type": "home", "blocks": [{"type": "actions", "block_id": "b", "elements": [button()]}]}

    def opened(ack: Any, body: Json, client: Any, _: Any) -> None:
        client.views_publish(user_id=body["event"]["user"], view=home)

    slack.on("event", opened)
    assert slack.get("/home") == {"view": None}
    slack.post("home")
    slack.received("app_home_opened")
    deadline = time.monotonic() + 5
    while slack.get("/home")["view"] is None and time.monotonic() < deadline:
        time.sleep(0.01)
    view = slack.get("/home")["view"]
    assert view["type"] == "home"
    assert slack.post("actions", container={"view": view["id"]}, block_id="b", action_id="go") == {"ok": True}
    assert slack.received("block_actions")[0]["container"] == {"type": "view", "view_id": view["id"]}
    assert slack.get("/home", BEN) == {"view": None}
    assert error_in(slack, "views.publish", user_id=ANA, view=home, hash="old") == "hash_conflict"
