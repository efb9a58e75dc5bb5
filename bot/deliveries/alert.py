"""Alerts in the team's channel, and the start-time check in the thread of the interview's card."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.blocks import alert as blocks
from bot.deliveries.channel import speak
from bot.deliveries.posting import Post
from bot.deliveries.scope import slack_team_of, workspace_of
from bot.deliveries.thread import card_in_sight
from bot.deliveries.tools import Tools
from bot.services.outgoing import Kind
from domain.alert import Alert, AlertKind
from domain.errors import NotFound
from domain.interview import InterviewLine
from storage import interviews, projections
from storage.outbox import Delivery
from storage.projections import Remote


@dataclass(frozen=True, slots=True)
class Read:
    """The alert with the interview as it is now, and where the interview's card stands."""

    slack_team_id: str
    alert: Alert
    card: Remote | None


def deliver(delivery: Delivery, tools: Tools) -> None:
    """Post the alert, unless what it says has passed meanwhile."""
    found = read(delivery, tools)
    if found is None or not found.alert.still_holds:
        return
    has_mail = tools.mailer is not None
    if found.alert.kind is AlertKind.START_CHECK:
        card = card_in_sight(found.card)
        post = Post(card.container, *blocks.question(found.alert, has_mail=has_mail), thread_ts=card.remote_id)
    else:
        post = Post(delivery.payload["channel"], *blocks.message(found.alert, has_mail=has_mail))
    speak(tools, found.slack_team_id, delivery, post)


def read(delivery: Delivery, tools: Tools) -> Read | None:
    """What the alert is about; None when the interview is gone."""
    with tools.database.reading() as session:
        try:
            line = interviews.line(session, workspace_of(delivery), int(delivery.subject))
        except NotFound:
            return None
        card = projections.find(session, workspace_of(delivery), Kind.CARD, delivery.subject)
        return Read(slack_team_of(session, delivery), alert_of(delivery.payload, line), card)


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
