"""What happened to an interview, told in the thread of its card: one post for what happens within a minute."""

from __future__ import annotations

from dataclasses import dataclass

from bot.blocks import thread as blocks
from bot.deliveries.message import Drawing, appear, redraw
from bot.deliveries.scope import slack_team_of, workspace_of
from bot.deliveries.tools import Tools
from bot.integrations.ports import Missing, Unavailable
from bot.services.outgoing import Kind
from storage import projections, timeline
from storage.outbox import Delivery
from storage.projections import Remote


@dataclass(frozen=True, slots=True)
class Told:
    """What a post is to say, where the interview's card stands, and where the post does if it is there already."""

    slack_team_id: str
    drawing: Drawing
    card: Remote | None
    remote: Remote | None


def deliver(delivery: Delivery, tools: Tools) -> None:
    """Post the entries, or edit the post; a deleted one stays away. Raises Unavailable until the card is there."""
    told = read(delivery, tools)
    if told is None:
        return
    card = card_in_sight(told.card)
    try:
        if told.remote is None:
            remote = appear(tools, told.slack_team_id, delivery, card.container, told.drawing, thread_ts=card.remote_id)
        else:
            remote = redraw(tools, told.slack_team_id, told.remote, told.drawing)
    except Missing as error:
        if error.code == "message_not_found":
            return
        raise
    with tools.database.unit_of_work() as session:
        workspace_id, now = workspace_of(delivery), tools.clock.now()
        projections.remember(session, workspace_id, Kind.THREAD, delivery.subject, remote, now)


def read(delivery: Delivery, tools: Tools) -> Told | None:
    """What the post says as things are now; None when there is nothing to say any more."""
    workspace_id = workspace_of(delivery)
    with tools.database.reading() as session:
        interview_id, entries = timeline.told_in(session, int(delivery.subject))
        if interview_id is None:
            return None
        return Told(
            slack_team_id=slack_team_of(session, delivery),
            drawing=Drawing(*blocks.post(entries)),
            card=projections.find(session, workspace_id, Kind.CARD, str(interview_id)),
            remote=projections.find(session, workspace_id, Kind.THREAD, delivery.subject),
        )


def card_in_sight(card: Remote | None) -> Remote:
    """Where the card stands. Raises Unavailable while it is not posted: it comes first, or soon."""
    if card is None:
        raise Unavailable("The interview's card is not posted yet.", went_out=False)
    return card
