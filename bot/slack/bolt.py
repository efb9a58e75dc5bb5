"""From Bolt to our listeners: one registration per command, click, submission, menu, shortcut and event."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from concurrent.futures import Executor
from typing import Any

from slack_bolt import Ack, App, BoltResponse
from slack_bolt.authorization.authorize import Authorize

from bot.slack import payloads
from bot.slack.capability import Capability, Listener, Trigger
from bot.slack.listener import Surroundings, listen
from bot.slack.router import Router, menu_listeners, said_aloud


def bolt_app(
    capabilities: Iterable[Capability],
    around: Surroundings,
    *,
    authorize: Authorize,
    signing_secret: str | None,
    executor: Executor,
) -> App:
    """A Bolt app that listens to everything the capabilities name.

    Bodies only touch the database, so `process_before_response` is safe: the answer leaves with the acknowledgement,
    without Bolt's 10 ms polling.
    """
    app = App(
        authorize=authorize,  # type: ignore[arg-type] # Bolt takes its own class too, without saying so
        signing_secret=signing_secret or "unused: payloads come through Socket Mode",
        process_before_response=True,
        listener_executor=executor,
        logger=logging.getLogger("slack_bolt.app"),
        token_verification_enabled=False,
    )
    capabilities = tuple(capabilities)
    router = Router(capabilities)
    for command in router.commands:
        app.command(command)(command_listener(router, command, around))
    listeners = [listener for capability in capabilities for listener in capability.listeners]
    for listener in (*listeners, *menu_listeners(capabilities)):
        REGISTER[listener.trigger](app, listener, around)
    app.error(fall_through)
    return app


def command_listener(router: Router, command: str, around: Surroundings) -> Callable[..., None]:
    def on_command(ack: Ack, body: dict[str, Any]) -> None:
        incoming = payloads.of_command(body)
        listener, arguments = router.find(command, incoming.arguments)
        arguments, aloud = said_aloud(listener, arguments)
        listen(listener, incoming.with_arguments(arguments, aloud=aloud), ack, around)

    return on_command


def on_interaction(listener: Listener, around: Surroundings) -> Callable[..., None]:
    def on_payload(ack: Ack, body: dict[str, Any]) -> None:
        listen(listener, payloads.of_interaction(body, listener.trigger), ack, around)

    return on_payload


def on_event(listener: Listener, around: Surroundings) -> Callable[..., None]:
    def on_payload(ack: Ack, body: dict[str, Any]) -> None:
        listen(listener, payloads.of_event(body), ack, around)

    return on_payload


REGISTER: dict[Trigger, Callable[[App, Listener, Surroundings], Any]] = {
    Trigger.ACTION: lambda app, listener, around: app.action(listener.name)(on_interaction(listener, around)),
    Trigger.SUBMISSION: lambda app, listener, around: app.view(listener.name)(on_interaction(listener, around)),
    Trigger.OPTIONS: lambda app, listener, around: app.options(listener.name)(on_interaction(listener, around)),
    Trigger.SHORTCUT: lambda app, listener, around: app.shortcut(listener.name)(on_interaction(listener, around)),
    Trigger.EVENT: lambda app, listener, around: app.event(listener.name)(on_event(listener, around)),
}


def fall_through(error: Exception) -> BoltResponse:
    """The last net, for what fails outside of a body: not acknowledged, so that Slack delivers an event again."""
    logging.getLogger(__name__).error("not acknowledged", exc_info=error)
    return BoltResponse(status=500)
