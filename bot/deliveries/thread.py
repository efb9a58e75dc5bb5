"""What happened to an interview, told in the thread of its card."""

from __future__ import annotations

from bot.blocks import thread as blocks
from bot.deliveries.channel import speak
from bot.deliveries.posting import Post
from bot.deliveries.scope import slack_team_of, workspace_of
from bot.deliveries.tools import Tools
from bot.integrations.ports import Unavailable
from bot.services.outgoing import Kind
from domain.interview import TimelineLine
from storage import projections
from storage.models import TimelineEntry
from storage.outbox import Delivery
from storage.projections import Remote


def deliver(delivery: Delivery, tools: Tools) -> None:
    """Post one timeline entry. Raises Unavailable while the card is not there yet."""
    with tools.database.reading() as session:
        entry = session.get(TimelineEntry, delivery.payload["entry_id"])
        card = projections.find(session, workspace_of(delivery), Kind.CARD, delivery.subject)
        slack_team_id = slack_team_of(session, delivery)
    if entry is None:
        return
    card = card_in_sight(card)
    line = TimelineLine(entry.at, entry.kind, entry.door, entry.actor, entry.text, entry.before, entry.after)
    speak(tools, slack_team_id, delivery, Post(card.container, blocks.sentence(line), thread_ts=card.remote_id))


def card_in_sight(card: Remote | None) -> Remote:
    """Where the card stands. Raises Unavailable while it is not posted: it comes first, or soon."""
    if card is None:
        raise Unavailable("The interview's card is not posted yet.", went_out=False)
    return card
