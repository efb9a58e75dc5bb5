"""A study's card: posted once in its channel when the first people are invited, edited in place ever after."""

from __future__ import annotations

from dataclasses import dataclass

from bot.blocks import study_card as blocks
from bot.deliveries.message import Drawing, bring_up_to_date
from bot.deliveries.scope import slack_team_of, workspace_of
from bot.deliveries.tools import Tools
from bot.services import outgoing
from bot.services.outgoing import Kind
from domain.study import StudyCard
from storage import projections, studies
from storage.outbox import Delivery
from storage.projections import Remote


@dataclass(frozen=True, slots=True)
class Found:
    """What there is to show, where a new card goes, and where the card stands if there is one."""

    slack_team_id: str
    channel_id: str
    card: StudyCard
    remote: Remote | None


def deliver(delivery: Delivery, tools: Tools) -> None:
    """Post the card, or edit it where it stands; a card that was deleted comes anew with the next change."""
    found = read(delivery, tools)
    if found is None:
        return
    drawing = Drawing(*blocks.card(found.card))
    remote = bring_up_to_date(tools, found.slack_team_id, delivery, found.channel_id, drawing, found.remote)
    if remote != found.remote:
        remember(delivery, found, remote, tools)


def read(delivery: Delivery, tools: Tools) -> Found | None:
    """The study as it is now; None when there is none any more."""
    study_id = int(delivery.subject)
    with tools.database.reading() as session:
        card = studies.card(session, workspace_of(delivery), study_id)
        if card is None:
            return None
        return Found(
            slack_team_id=slack_team_of(session, delivery),
            channel_id=outgoing.channels_of(session, {study_id})[study_id],
            card=card,
            remote=projections.find(session, workspace_of(delivery), Kind.STUDY, delivery.subject),
        )


def remember(delivery: Delivery, found: Found, remote: Remote, tools: Tools) -> None:
    """Note where the card stands. What has changed while the first one was on its way is drawn next."""
    now, workspace_id = tools.clock.now(), workspace_of(delivery)
    with tools.database.unit_of_work() as session:
        projections.remember(session, workspace_id, Kind.STUDY, delivery.subject, remote, now)
        if found.remote is None:
            outgoing.show_study(session, workspace_id, found.card.id, now)
