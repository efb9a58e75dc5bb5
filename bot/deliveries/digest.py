"""A message of a team's daily digest: posted once, and drawn again when a session in it changes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.blocks import digest as blocks
from bot.deliveries.channel import is_internal
from bot.deliveries.message import Drawing, appear, redraw
from bot.deliveries.scope import slack_team_of, workspace_of
from bot.deliveries.tools import Tools
from bot.integrations.ports import Missing
from bot.services import digests as services
from bot.services.outgoing import Kind
from domain.digest import Digest
from storage import digests, projections
from storage.outbox import Delivery
from storage.projections import Remote


def post(delivery: Delivery, tools: Tools) -> None:
    """Post one message of a digest, and remember where it stands."""
    slack_team_id, digest = read(delivery, delivery.payload, tools)
    channel_id = delivery.payload["channel"]
    drawing = draw(digest, channel_id, slack_team_id, tools)
    remember(delivery, delivery.dedupe_key, appear(tools, slack_team_id, delivery, channel_id, drawing), tools)


def update(delivery: Delivery, tools: Tools) -> None:
    """Draw a posted message again. One that is gone, or too old to be known, is left alone."""
    with tools.database.reading() as session:
        payload = digests.payload(session, delivery.subject)
        remote = projections.find(session, workspace_of(delivery), Kind.DIGEST_UPDATE, delivery.subject)
    if payload is None or remote is None:
        return
    slack_team_id, digest = read(delivery, payload, tools)
    drawing = draw(digest, remote.container, slack_team_id, tools)
    try:
        remember(delivery, delivery.subject, redraw(tools, slack_team_id, remote, drawing), tools)
    except Missing:
        with tools.database.unit_of_work() as session:
            projections.forget(session, workspace_of(delivery), Kind.DIGEST_UPDATE, delivery.subject)


def read(delivery: Delivery, payload: Mapping[str, Any], tools: Tools) -> tuple[str, Digest]:
    """Slack's id of the workspace, and the message with its sessions as they are now."""
    with tools.database.reading() as session:
        digest = services.show(session, workspace_of(delivery), payload, tools.clock.now())
        return slack_team_of(session, delivery), digest


def draw(digest: Digest, channel_id: str, slack_team_id: str, tools: Tools) -> Drawing:
    """The message. Whether the channel is shared with strangers is asked only where names would be shown."""
    wants_names = any(line.names_in_channel for lines in digest.sections.values() for line in lines)
    with_names = wants_names and is_internal(tools, slack_team_id, channel_id)
    return Drawing(*blocks.message(digest, tools.clock.now(), with_names=with_names))


def remember(delivery: Delivery, key: str, remote: Remote, tools: Tools) -> None:
    """Note where the message stands: clicks in it are found by that."""
    with tools.database.unit_of_work() as session:
        projections.remember(session, workspace_of(delivery), Kind.DIGEST_UPDATE, key, remote, tools.clock.now())
