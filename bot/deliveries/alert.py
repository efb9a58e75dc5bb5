"""Alerts in the team's channel, and the start-time check in the thread of the interview's card."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from bot.blocks import alert as blocks
from bot.deliveries.channel import as_read_in, speak
from bot.deliveries.message import Drawing, appear, redraw
from bot.deliveries.posting import Post
from bot.deliveries.scope import slack_team_of, workspace_of
from bot.deliveries.thread import card_in_sight
from bot.deliveries.tools import Tools
from bot.integrations.ports import Missing
from bot.services import outgoing
from bot.services.outgoing import Kind
from domain.alert import ANSWERS, Alert, AlertKind
from domain.errors import NotFound
from domain.interview import InterviewLine
from storage import interviews, projections, timeline, waiting
from storage.outbox import Delivery
from storage.projections import Remote


@dataclass(frozen=True, slots=True)
class Read:
    """The alert with the interview as it is now, where the interview's card stands, and the last question about it."""

    slack_team_id: str
    alert: Alert
    card: Remote | None
    asked: Remote | None


def deliver(delivery: Delivery, tools: Tools) -> None:
    """Post the alert, unless what it says has passed meanwhile."""
    found = read(delivery, tools, delivery.payload)
    if found is None or not found.alert.still_holds:
        return
    if found.alert.kind is AlertKind.START_CHECK:
        if found.alert.is_asking(tools.clock.now()):
            ask(delivery, tools, found)
        return
    channel_id = delivery.payload["channel"]
    alert = read_in(channel_id, found, tools)
    post = Post(channel_id, *blocks.message(alert, has_mail=tools.mailer is not None))
    speak(tools, found.slack_team_id, delivery, post)


def ask(delivery: Delivery, tools: Tools, found: Read) -> None:
    """Ask in the thread of the interview's card whether it has started. An earlier question loses its buttons.

    What was answered while it was on its way is drawn next. Raises Unavailable until the card is there.
    """
    card, workspace_id = card_in_sight(found.card), workspace_of(delivery)
    drawing = drawing_of(read_in(card.container, found, tools), tools)
    asked = appear(tools, found.slack_team_id, delivery, card.container, drawing, thread_ts=card.remote_id)
    if found.asked is not None and found.asked.remote_id != asked.remote_id:
        retire(tools, found, found.asked)
    with tools.database.unit_of_work() as session:
        now = tools.clock.now()
        projections.remember(session, workspace_id, Kind.QUESTION, delivery.subject, asked, now)
        outgoing.show_question(session, workspace_id, found.alert.line.id, card.container, now)


def retire(tools: Tools, found: Read, asked: Remote) -> None:
    """Draw an earlier question as answered; a deleted one stays away."""
    with suppress(Missing):
        redraw(tools, found.slack_team_id, asked, Drawing(*blocks.asked_again(found.alert)))


def redraw_question(delivery: Delivery, tools: Tools) -> None:
    """Draw the question with what was answered, by whom and when; a deleted one stays away."""
    found = read(delivery, tools, {"alert": AlertKind.START_CHECK})
    if found is None or found.asked is None:
        return
    with suppress(Missing):
        drawing = drawing_of(read_in(found.asked.container, found, tools), tools)
        asked = redraw(tools, found.slack_team_id, found.asked, drawing)
        with tools.database.unit_of_work() as session:
            workspace_id, now = workspace_of(delivery), tools.clock.now()
            projections.remember(session, workspace_id, Kind.QUESTION, delivery.subject, asked, now)


def read_in(channel_id: str, found: Read, tools: Tools) -> Alert:
    """The alert as the channel may read it: see `channel.as_read_in`."""
    return replace(found.alert, line=as_read_in(tools, found.slack_team_id, channel_id, found.alert.line))


def drawing_of(alert: Alert, tools: Tools) -> Drawing:
    """The question as it looks now."""
    return Drawing(*blocks.question(alert, tools.clock.now(), has_mail=tools.mailer is not None))


def read(delivery: Delivery, tools: Tools, payload: Mapping[str, Any]) -> Read | None:
    """What the alert is about; None when the interview is gone."""
    workspace_id = workspace_of(delivery)
    with tools.database.reading() as session:
        try:
            line = interviews.line(session, workspace_id, int(delivery.subject))
        except NotFound:
            return None
        alert = replace(alert_of(payload, line), answer=timeline.latest(session, line.id, ANSWERS))
        if alert.freed_at is not None and alert.freed_at > tools.clock.now():
            alert = replace(alert, waiting=waiting.number(session, line.study_id))
        card = projections.find(session, workspace_id, Kind.CARD, delivery.subject)
        asked = projections.find(session, workspace_id, Kind.QUESTION, delivery.subject)
        return Read(slack_team_of(session, delivery), alert, card, asked)


def alert_of(payload: Mapping[str, Any], line: InterviewLine) -> Alert:
    """The alert that was asked for: see `outgoing.alert` and its callers for what a payload holds."""
    moved = payload.get("moved")
    return Alert(
        kind=AlertKind(payload["alert"]),
        line=line,
        seat=next((seat for seat in line.seats if seat.attendee_id == payload.get("attendee_id")), None),
        by=payload.get("by"),
        moved=(datetime.fromisoformat(moved[0]), datetime.fromisoformat(moved[1])) if moved else None,
        why=payload.get("why"),
    )
