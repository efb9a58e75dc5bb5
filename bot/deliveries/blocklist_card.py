"""The post that asks who decides a suggestion for the blocklist: in its team's channel, edited once it is decided."""

from __future__ import annotations

from dataclasses import dataclass

from bot.blocks import blocklist as blocks
from bot.deliveries.message import Drawing, bring_up_to_date, left_behind
from bot.deliveries.scope import slack_team_of, workspace_of
from bot.deliveries.tools import Tools
from bot.services import blocklist as services
from bot.services.outgoing import Kind
from domain.blocklist import Suggested
from storage import blocklist, projections
from storage.outbox import Delivery
from storage.projections import Remote


@dataclass(frozen=True, slots=True)
class Found:
    """The suggestion as it is now, the channel in which it is told, and where it stands if it does."""

    slack_team_id: str
    channel_id: str
    suggestion: Suggested
    remote: Remote | None


def deliver(delivery: Delivery, tools: Tools) -> None:
    """Post the suggestion, or edit the post. One that was decided before it was ever told is not told any more."""
    found = read(delivery, tools)
    if found is None:
        return
    present = found.remote
    if present is None and found.suggestion.is_approved is not None:
        present = left_behind(tools, found.slack_team_id, delivery, found.channel_id)
        if present is None:
            return
    drawing = Drawing(*blocks.card(found.suggestion))
    remote = bring_up_to_date(tools, found.slack_team_id, delivery, found.channel_id, drawing, present)
    if remote != found.remote:
        with tools.database.unit_of_work() as session:
            projections.remember(
                session, workspace_of(delivery), Kind.BLOCKLIST, delivery.subject, remote, tools.clock.now()
            )
            if found.remote is None:
                services.show_again(session, workspace_of(delivery), int(delivery.subject), tools.clock.now())


def read(delivery: Delivery, tools: Tools) -> Found | None:
    """The suggestion; None when it is gone, or there is no channel to tell it in."""
    workspace_id, suggestion_id = workspace_of(delivery), int(delivery.subject)
    with tools.database.reading() as session:
        suggestion = blocklist.for_channel(session, workspace_id, suggestion_id)
        channel_id = services.team_channel(session, workspace_id, suggestion_id)
        if suggestion is None or channel_id is None:
            return None
        return Found(
            slack_team_id=slack_team_of(session, delivery),
            channel_id=channel_id,
            suggestion=suggestion,
            remote=projections.find(session, workspace_id, Kind.BLOCKLIST, delivery.subject),
        )
