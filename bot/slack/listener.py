"""The listener decorator: what happens around every body.

One unit of work, the actor, deduplication, the body, the commit; then what the person sees, and last of all the
acknowledgement. A rule that says no becomes a sentence where the person is looking; anything else becomes a reference
that is in the log too.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import structlog
from slack_bolt import Ack
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from bot.blocks import kit
from bot.clock import Clock
from bot.integrations.ports import Refused, Unavailable
from bot.logs import bind_reference
from bot.metrics import Metrics
from bot.services import members, outgoing
from bot.services.outgoing import Whisper
from bot.slack import outcomes
from bot.slack.capability import Listener, Trigger, arguments_for
from bot.slack.gateway import IN_HAND_SECONDS, SlackGateway
from bot.slack.metadata import Metadata
from bot.slack.outcomes import Outcome, say
from bot.slack.payloads import Incoming
from domain.errors import NotAllowed, RuleError, Stale
from domain.roles import Actor
from storage import ledger, projections
from storage.engine import Database, is_in_doubt
from storage.members import find_actor

log = structlog.get_logger()

NOT_FOR_STRANGERS = "Callsheet is for members of this workspace only. Ask somebody here to do it for you."
NOT_SHOWN = "Slack did not show the answer. Try again in a moment."
UNDONE = "Nothing was changed. Try again, or ask your admin."
IN_DOUBT = "The database broke off, so it may be done or not. Look first, then try again, or ask your admin."
NOT_SET_UP = "Callsheet is not set up in this workspace. Ask an admin to install it."


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What listeners run in. `public_url` is where participants reach their pages, if anywhere.

    `has_mail` says whether mails go out to them.
    """

    database: Database
    clock: Clock
    slack: SlackGateway
    metrics: Metrics
    public_url: str | None
    has_mail: bool


class Repeated(Exception):
    """This was delivered before, and done then."""


def listen(listener: Listener, incoming: Incoming, ack: Ack, around: Surroundings) -> None:
    """Run a listener's body for something that came in, and acknowledge it with the true outcome.

    An event whose body fails is not acknowledged: Slack delivers it again.
    """
    started = time.perf_counter()
    with bind_reference(listener=listener.name, team=incoming.slack_team_id) as reference:
        result = "ok"
        try:
            outcome = run(listener, incoming, around)
        except Repeated:
            ack()
            result = "repeated"
        except RuleError as error:
            result = type(error).__name__
            refuse(error, incoming, ack, around)
        except Exception as error:
            result = "failed"
            log.exception("listener failed")
            if listener.trigger is Trigger.EVENT:
                raise
            become = IN_DOUBT if is_in_doubt(error) else UNDONE
            refuse(RuleError(f"Something went wrong (ref {reference}). {become}"), incoming, ack, around)
        else:
            deliver(outcome, incoming, ack, around)
        finally:
            around.metrics.listeners.labels(listener.name, result).observe(time.perf_counter() - started)


def run(listener: Listener, incoming: Incoming, around: Surroundings) -> Outcome:
    """The unit of work: who acts, whether it came before, the body. Raises what the body raises, and Repeated.

    A modal that stays open, for errors in its fields or below another one, may be submitted again: that is no repeat.
    """
    if incoming.is_stranger:
        raise NotAllowed(NOT_FOR_STRANGERS)
    if listener.reads:
        with around.database.reading() as session:
            actor = find_actor(session, incoming.slack_team_id, incoming.slack_user_id)
            if actor is not None:
                return body_of(listener, incoming, session, actor, around)
    return around.database.carry_out(lambda session: act(session, listener, incoming, around))


def act(session: Session, listener: Listener, incoming: Incoming, around: Surroundings) -> Outcome:
    """What happens in the unit of work, which may be begun anew. Raises as `run`."""
    now = around.clock.now()
    key = incoming.message_key if listener.once and incoming.message_key else incoming.key
    if not listener.reads and not ledger.first_time(session, key, now):
        raise Repeated
    if not listener.needs_actor:
        return body_of(listener, incoming, session, None, around)
    actor = find_actor(session, incoming.slack_team_id, incoming.slack_user_id) or members.first_seen(
        session, incoming.slack_team_id, incoming.slack_user_id, incoming.user_name, now
    )
    if actor is None:
        raise NotAllowed(NOT_SET_UP)
    outcome = body_of(listener, incoming, session, actor, around)
    if isinstance(outcome, outcomes.FieldErrors):
        session.rollback()
        return outcome
    if isinstance(outcome, outcomes.Open) and listener.trigger is Trigger.SUBMISSION:
        ledger.forget_trigger(session, incoming.key)
    if isinstance(outcome, outcomes.Close) and outcome.reply is not None:
        said = Whisper(whisper_channel(incoming), outcome.reply.text, incoming.key, outcome.reply.blocks)
        outgoing.whisper(session, actor, said, now)
    show_clicked(session, actor, incoming, around)
    return outcome


def body_of(
    listener: Listener, incoming: Incoming, session: Session, actor: Actor | None, around: Surroundings
) -> Outcome:
    available = {
        "session": session,
        "actor": actor,
        "now": around.clock.now(),
        "arguments": incoming.arguments,
        "aloud": incoming.aloud,
        "channel_id": incoming.channel_id or (whisper_channel(incoming) if incoming.is_in_modal else ""),
        "value": incoming.value,
        "fields": incoming.fields,
        "metadata": incoming.metadata,
        "typed": incoming.typed,
        "view": incoming.view,
        "event": incoming.event,
        "message_text": incoming.message_text,
        "message_ts": incoming.message_ts,
        "is_private": incoming.is_private,
        "slack_team_id": incoming.slack_team_id,
        "public_url": around.public_url,
        "has_mail": around.has_mail,
    }
    return listener.body(**arguments_for(listener, available))


def show_clicked(session: Session, actor: Actor, incoming: Incoming, around: Surroundings) -> None:
    """Bring the digest whose button was clicked up to date; a card follows its interview anyway."""
    if incoming.message is None:
        return
    channel_id, ts = incoming.message
    found = projections.subject_at(session, actor.workspace_id, channel_id, ts)
    if found is not None and found[0] == outgoing.Kind.DIGEST_UPDATE:
        outgoing.show_digest(session, actor.workspace_id, found[1], channel_id, around.clock.now())


def refuse(error: RuleError, incoming: Incoming, ack: Ack, around: Surroundings) -> None:
    """Say no, where the person is looking. What they clicked is drawn again if it was out of date."""
    if isinstance(error, Stale) and incoming.message is not None:
        refresh(incoming, around)
    if incoming.trigger is Trigger.SUBMISSION:
        field = field_for(error, incoming.view)
        if field is not None:
            ack(response_action="errors", errors={field: error.message})
        else:
            ack(response_action="push", view=as_modal(error.message))
        return
    if incoming.trigger is Trigger.OPTIONS:
        ack(options=[])
        return
    deliver(say(kit.escape(error.message)), incoming, ack, around)


def refresh(incoming: Incoming, around: Surroundings) -> None:
    """Ask that the clicked message be drawn again from what is true now. The person is told in any case."""
    assert incoming.message is not None
    channel_id, ts = incoming.message
    now = around.clock.now()
    try:
        with around.database.unit_of_work() as session:
            actor = find_actor(session, incoming.slack_team_id, incoming.slack_user_id)
            if actor is not None:
                found = projections.subject_at(session, actor.workspace_id, channel_id, ts)
                if found is not None:
                    outgoing.show_again(session, actor.workspace_id, found, channel_id, now)
    except SQLAlchemyError:
        log.exception("clicked message not drawn again")


def field_for(error: RuleError, view: dict[str, Any]) -> str | None:
    """The input of the modal under which the sentence belongs: the one that the error names, else the first."""
    inputs = [block["block_id"] for block in view.get("blocks", []) if block.get("type") == "input"]
    if error.field in inputs:
        return error.field
    return inputs[0] if inputs else None


def as_modal(sentence: str) -> kit.View:
    return kit.modal("Callsheet", [kit.section(kit.escape(sentence))], callback_id="notice", close="OK")


def whisper_channel(incoming: Incoming) -> str:
    """Where a modal was opened, and its answer is said; "" for a direct message."""
    return Metadata.load(incoming.metadata).channel_id


def deliver(outcome: Outcome, incoming: Incoming, ack: Ack, around: Surroundings) -> None:
    """Show the person the outcome, then acknowledge. When Slack does not take it, the log says so."""
    try:
        DELIVER[incoming.trigger](outcome, incoming, ack, around)
    except (Refused, Unavailable) as error:
        log.warning("outcome not shown", why=error.why)
        if incoming.trigger is Trigger.COMMAND and not incoming.is_late:
            ack(text=NOT_SHOWN)
            return
        if isinstance(error, Refused) and incoming.response_url and not isinstance(outcome, outcomes.Reply):
            tell_it_was_not_shown(incoming, around)
        ack()


def tell_it_was_not_shown(incoming: Incoming, around: Surroundings) -> None:
    """Say so where something was clicked, if Slack takes that."""
    try:
        around.slack.respond(
            incoming.response_url, {"text": NOT_SHOWN, "response_type": "ephemeral", "replace_original": False}
        )
    except (Refused, Unavailable) as error:
        log.warning("outcome not shown", why=error.why)


def to_command(outcome: Outcome, incoming: Incoming, ack: Ack, around: Surroundings) -> None:
    if isinstance(outcome, outcomes.Reply):
        answer = {**message(outcome), "response_type": "in_channel" if outcome.in_channel else "ephemeral"}
        if not incoming.is_late:
            ack(**answer)
            return
        around.slack.respond(incoming.response_url, answer)
    if isinstance(outcome, outcomes.Open):
        open_view(outcome.view, incoming, around)
    ack()


def to_action(outcome: Outcome, incoming: Incoming, ack: Ack, around: Surroundings) -> None:
    match outcome:
        case outcomes.Reply() if incoming.response_url:
            kind = "in_channel" if outcome.in_channel else "ephemeral"
            answer = {**message(outcome), "response_type": kind, "replace_original": False}
            around.slack.respond(incoming.response_url, answer)
        case outcomes.Reply():
            open_view(as_notice(outcome), incoming, around)
        case outcomes.Replace() if incoming.response_url:
            around.slack.respond(incoming.response_url, {**message(outcome), "replace_original": True})
        case outcomes.Remove() if incoming.response_url:
            around.slack.respond(incoming.response_url, {"delete_original": True})
        case outcomes.Open():
            open_view(outcome.view, incoming, around)
        case outcomes.Update():
            unchanged = {} if outcome.is_live else {"hash": incoming.view["hash"]}
            update = {"view_id": incoming.view["id"], "view": outcome.view, **unchanged}
            around.slack.call(incoming.slack_team_id, "views.update", seconds=IN_HAND_SECONDS, **update)
    ack()


def to_submission(outcome: Outcome, _incoming: Incoming, ack: Ack, _around: Surroundings) -> None:
    match outcome:
        case outcomes.FieldErrors():
            ack(response_action="errors", errors=outcome.errors)
        case outcomes.Update():
            ack(response_action="update", view=outcome.view)
        case outcomes.Open():
            ack(response_action="push", view=outcome.view)
        case _:
            ack(response_action="clear")


def to_options(outcome: Outcome, _incoming: Incoming, ack: Ack, _around: Surroundings) -> None:
    ack(options=list(outcome.options)[:100] if isinstance(outcome, outcomes.Options) else [])


def to_event(_outcome: Outcome, _incoming: Incoming, ack: Ack, _around: Surroundings) -> None:
    ack()


DELIVER: dict[Trigger, Callable[[Outcome, Incoming, Ack, Surroundings], None]] = {
    Trigger.COMMAND: to_command,
    Trigger.ACTION: to_action,
    Trigger.SHORTCUT: to_action,
    Trigger.SUBMISSION: to_submission,
    Trigger.OPTIONS: to_options,
    Trigger.EVENT: to_event,
}


def message(outcome: outcomes.Reply | outcomes.Replace) -> dict[str, Any]:
    """A message's body: the text is always there, for notifications and screen readers."""
    body: dict[str, Any] = {"text": kit.fit(outcome.text, 4000), "unfurl_links": False, "unfurl_media": False}
    if outcome.blocks:
        body["blocks"] = list(outcome.blocks)
    return body


def as_notice(reply: outcomes.Reply) -> kit.View:
    """A reply as a modal, where there is no channel to say it in."""
    blocks = list(reply.blocks) or [kit.section(reply.text)]
    return kit.modal("Callsheet", blocks, callback_id="notice", close="OK")


def open_view(view: kit.View, incoming: Incoming, around: Surroundings) -> None:
    """Open a modal, on top of the one in which something was clicked."""
    method = "views.push" if incoming.is_in_modal else "views.open"
    arguments = {"trigger_id": incoming.trigger_id, "view": view}
    around.slack.call(incoming.slack_team_id, method, seconds=IN_HAND_SECONDS, **arguments)
