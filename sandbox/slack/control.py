"""The Slack part of the control API: everything that the Slack page does, and what tests need besides."""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from sandbox.slack import interactions
from sandbox.slack.acting import Acting
from sandbox.slack.commands import offered, run_command, run_shortcut
from sandbox.slack.content import content_of
from sandbox.slack.delivery.outbound import Outbound, outcome
from sandbox.slack.errors import ControlError, SlackError
from sandbox.slack.files import content_of_file, files_from
from sandbox.slack.messages import Reply, post
from sandbox.slack.shown import channel_shown, message_shown, user_shown
from sandbox.slack.state import SlackState
from sandbox.slack.typed import as_sent
from sandbox.slack.workspace import Json
from sandbox.web import json_body

_Act = Callable[[Acting, Json, Request], Awaitable[Json]]
_Look = Callable[[Acting, Request], Json]


class SlackControl:
    """The calls under `/control/slack`."""

    def __init__(self, state: SlackState, outbound: Outbound, calls: deque[Json]) -> None:
        self._state = state
        self._outbound = outbound
        self._calls = calls

    def routes(self) -> list[BaseRoute]:
        """The routes of the control API's Slack section. Fixed paths come before those with a team in them."""
        looks: dict[str, _Look] = {
            "/{team}": _overview,
            "/{team}/channels/{channel}": _messages,
            "/{team}/channels/{channel}/threads/{ts}": _thread,
            "/{team}/home": _home,
        }
        acts: dict[str, _Act] = {
            "/{team}/channels/{channel}/read": _read,
            "/{team}/channels/{channel}/app": _let_app_in,
            "/{team}/messages": _say,
            "/{team}/commands": _command,
            "/{team}/actions": _action,
            "/{team}/options": _options,
            "/{team}/views/{view}/submit": _submit,
            "/{team}/views/{view}/close": _close,
            "/{team}/shortcuts": _shortcut,
            "/{team}/home": _open_home,
        }
        return [
            _route("/workspaces", self._workspaces, "GET"),
            _route("/calls", self._list_calls, "GET"),
            _route("/calls", self._forget_calls, "DELETE"),
            _route("/connections", self._connections, "GET"),
            _route("/transport", self._switch_transport, "POST"),
            _route("/{team}/events", self._send_event, "POST"),
            _route("/{team}/redeliver", self._redeliver, "POST"),
            Route("/control/slack/{team}/files/{file}", self._download, methods=["GET"]),
            *(_route(path, self._looking(look), "GET") for path, look in looks.items()),
            *(_route(path, self._acting(act), "POST") for path, act in acts.items()),
        ]

    async def _workspaces(self, _: Request) -> Json:
        listed = [{"id": w.id, "name": w.name, "domain": w.domain} for w in self._state.workspaces.values()]
        return {"workspaces": listed}

    async def _list_calls(self, request: Request) -> Json:
        wanted = request.query_params.get("method")
        return {"calls": [call for call in self._calls if wanted in (None, call["method"])]}

    async def _forget_calls(self, _: Request) -> Json:
        self._calls.clear()
        return {}

    async def _connections(self, _: Request) -> Json:
        return {"mode": self._outbound.mode, "connections": self._outbound.socket.count}

    async def _switch_transport(self, request: Request) -> Json:
        body = await json_body(request)
        await self._outbound.switch(body.get("mode"), body.get("request_url"))
        return {}

    async def _send_event(self, request: Request) -> Json:
        """Events that take the app out of the workspace make its token dead, too."""
        workspace = self._state.workspace(request.path_params["team"])
        event = (await json_body(request)).get("event")
        if not isinstance(event, dict) or "type" not in event:
            raise ControlError("event is an event of the Events API, with its type.")
        sent = self._outbound.send_event(workspace, {"event_ts": self._state.ts(), **event})
        removed = workspace.bot_user in event.get("tokens", {}).get("bot", [])
        if event["type"] == "app_uninstalled" or (event["type"] == "tokens_revoked" and removed):
            self._state.revoke(workspace)
        return outcome(await sent)

    async def _redeliver(self, request: Request) -> Json:
        return await self._outbound.redeliver(self._state.workspace(request.path_params["team"]))

    async def _download(self, request: Request) -> Response:
        """A file, to be saved and never shown: anybody may have made it."""
        file = self._actor(request, request.query_params.get("user")).file(request.path_params["file"])
        headers = {
            "content-disposition": f"attachment; filename*=UTF-8''{quote(file['name'], safe='')}",
            "x-content-type-options": "nosniff",
        }
        return Response(content_of_file(file), media_type=file["mimetype"], headers=headers)

    def _acting(self, act: _Act) -> Callable[[Request], Awaitable[Json]]:
        async def endpoint(request: Request) -> Json:
            body = await json_body(request)
            return await act(self._actor(request, body.get("user")), body, request)

        return endpoint

    def _looking(self, look: _Look) -> Callable[[Request], Awaitable[Json]]:
        async def endpoint(request: Request) -> Json:
            return look(self._actor(request, request.query_params.get("user")), request)

        return endpoint

    def _actor(self, request: Request, user: Any) -> Acting:
        """Who acts; a page that does not know anybody yet looks as the first person there is."""
        workspace = self._state.workspace(request.path_params["team"])
        if user is None and request.method == "GET":
            user = next((person.id for person in workspace.people()), None)
        return Acting(self._state, self._outbound, workspace, self._state.user(workspace, user))


def _route(path: str, call: Callable[[Request], Awaitable[Json]], verb: str) -> Route:
    async def endpoint(request: Request) -> Response:
        try:
            return JSONResponse(await call(request))
        except SlackError as error:
            return JSONResponse({"error": f"Slack refuses this: {error.code}."}, 400)

    return Route(f"/control/slack{path}", endpoint, methods=[verb])


def _overview(acting: Acting, _: Request) -> Json:
    state, workspace = acting.state, acting.workspace
    app = state.app
    channels = [each for each in workspace.channels.values() if workspace.shows(each, acting.user)]
    return {
        "team": {"id": workspace.id, "name": workspace.name, "domain": workspace.domain},
        "user": user_shown(state, workspace, acting.user),
        "users": [user_shown(state, workspace, each) for each in workspace.users.values()],
        "channels": [channel_shown(workspace, each, acting.user) for each in channels],
        "app": {"id": app.id, "name": app.name, "bot_user_id": workspace.bot_user},
        "commands": [
            {"command": each.command, "description": each.description, "usage_hint": each.usage_hint}
            for each in offered(acting).values()
        ],
        "shortcuts": [
            {"type": each.type, "name": each.name, "callback_id": each.callback_id} for each in app.shortcuts.values()
        ],
        "modals": [view.as_slack() for view in workspace.stack(acting.user.id)],
    }


def _messages(acting: Acting, request: Request) -> Json:
    channel = acting.channel(request.path_params["channel"])
    said = [channel.messages[ts] for ts in channel.timeline]
    own = [e for e in channel.ephemerals if e["ephemeral_to"] == acting.user.id and "thread_ts" not in e]
    messages = sorted([*said, *own], key=lambda message: str(message["ts"])) if own else said
    return {
        "channel": channel_shown(acting.workspace, channel, acting.user),
        "messages": [message_shown(message) for message in messages],
    }


def _thread(acting: Acting, request: Request) -> Json:
    channel = acting.channel(request.path_params["channel"])
    parent = channel.messages.get(request.path_params["ts"])
    if parent is None:
        raise ControlError("There is no such message.", 404)
    thread = str(parent.get("thread_ts", parent["ts"]))
    said = [channel.messages[ts] for ts in channel.threads.get(thread, [])]
    own = [e for e in channel.ephemerals if e["ephemeral_to"] == acting.user.id and e.get("thread_ts") == thread]
    replies = sorted([*said, *own], key=lambda message: str(message["ts"]))
    return {"messages": [message_shown(each) for each in [channel.messages[thread], *replies]]}


def _home(acting: Acting, _: Request) -> Json:
    view = acting.workspace.homes.get(acting.user.id)
    return {"view": None if view is None else acting.workspace.views[view].as_slack()}


async def _read(acting: Acting, _: Json, request: Request) -> Json:
    channel = acting.channel(request.path_params["channel"])
    channel.last_read[acting.user.id] = acting.state.ts()
    acting.state.touch(acting.workspace, "channel", channel=channel.id, user=acting.user.id)
    return {}


async def _let_app_in(acting: Acting, body: Json, request: Request) -> Json:
    """Somebody in the channel invites the app or removes it."""
    channel, bot = acting.channel(request.path_params["channel"]), acting.workspace.bot_user
    if acting.user.id not in channel.members or channel.kind == "im":
        raise ControlError(f"{acting.user.name} can't invite the app to #{channel.name} or remove it.", 403)
    others = [member for member in channel.members if member != bot]
    channel.members = [*others, bot] if body.get("member") is True else others
    acting.state.touch(acting.workspace, "channel", channel=channel.id)
    return {}


async def _say(acting: Acting, body: Json, _: Request) -> Json:
    state, workspace, user = acting.state, acting.workspace, acting.user
    channel = acting.channel(body.get("channel"))
    if user.id not in channel.members:
        raise ControlError(f"{user.name} is not in #{channel.name}.", 403)
    if channel.is_archived:
        raise ControlError(f"#{channel.name} is archived.", 409)
    if channel.kind == "im" and not state.app.messages_tab:
        raise ControlError("The app takes no direct messages.", 409)
    text, given = str(body.get("text") or ""), body.get("files")
    if not text and not given:
        raise ControlError("A message has a text or files.")
    files = files_from(state, workspace, user.id, given) if given else []
    content = replace(content_of({"text": as_sent(workspace, text)}), files=files)
    reply = Reply(body.get("thread_ts"))
    message = post(state, workspace, channel, user.id, content, reply)
    if files and workspace.bot_user in channel.members and state.app.hears("file_shared"):
        for file in files:
            shared = {"file_id": file["id"], "user_id": user.id, "file": {"id": file["id"]}, "channel_id": channel.id}
            state.emit(workspace, {"type": "file_shared", **shared, "event_ts": message["ts"]})
    return {"ts": message["ts"]}


async def _command(acting: Acting, body: Json, _: Request) -> Json:
    return await run_command(acting, acting.channel(body.get("channel")), body.get("text"))


async def _action(acting: Acting, body: Json, _: Request) -> Json:
    return await interactions.act(acting, body)


async def _options(acting: Acting, body: Json, _: Request) -> Json:
    return await interactions.search(acting, body)


async def _submit(acting: Acting, body: Json, request: Request) -> Json:
    return await interactions.submit(acting, acting.view(request.path_params["view"]), body.get("values"))


async def _close(acting: Acting, body: Json, request: Request) -> Json:
    view = acting.view(request.path_params["view"])
    return await interactions.close(acting, view, everything=body.get("clear") is True)


async def _shortcut(acting: Acting, body: Json, _: Request) -> Json:
    return await run_shortcut(acting, body.get("callback_id"), body.get("channel"), body.get("ts"))


async def _open_home(acting: Acting, _: Json, __: Request) -> Json:
    state, workspace, user = acting.state, acting.workspace, acting.user
    if not state.app.home_tab:
        raise ControlError("The app has no Home tab.", 409)
    if state.app.hears("app_home_opened"):
        direct = workspace.direct_channel(user.id)
        home = workspace.homes.get(user.id)
        event: Json = {
            "type": "app_home_opened",
            "user": user.id,
            "channel": direct.id if direct else "",
            "tab": "home",
            "event_ts": state.ts(),
        }
        if home is not None:
            event["view"] = workspace.views[home].as_slack()
        state.emit(workspace, event)
    return {}
