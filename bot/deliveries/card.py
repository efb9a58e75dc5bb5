"""An interview's card: posted once in its study's channel, edited in place ever after."""

from __future__ import annotations

from dataclasses import dataclass

from bot.blocks import interview as blocks
from bot.deliveries.channel import as_read_in
from bot.deliveries.message import Drawing, bring_up_to_date
from bot.deliveries.scope import slack_team_of, workspace_of
from bot.deliveries.tools import Tools
from bot.services import digests, outgoing
from bot.services.outgoing import Kind
from domain.errors import NotFound
from domain.interview import InterviewLine
from storage import interviews, projections
from storage.models import Interview
from storage.outbox import Delivery
from storage.projections import Remote


@dataclass(frozen=True, slots=True)
class Card:
    """What there is to show, where a new card goes, and where the card stands if there is one."""

    slack_team_id: str
    channel_id: str
    line: InterviewLine
    remote: Remote | None


def deliver(delivery: Delivery, tools: Tools) -> None:
    """Post the card, or edit it where it stands; a card that was deleted comes anew.

    When the study has another channel by now, the card stays where it is.
    """
    card = read(delivery, tools)
    if card is None:
        return
    stands_in = card.remote.container if card.remote is not None else card.channel_id
    drawing = draw(as_read_in(tools, card.slack_team_id, stands_in, card.line), tools)
    remote = bring_up_to_date(tools, card.slack_team_id, delivery, card.channel_id, drawing, card.remote)
    if remote != card.remote:
        remember(delivery, card, remote, tools)


def read(delivery: Delivery, tools: Tools) -> Card | None:
    """The interview as it is now; None when there is none any more."""
    interview_id = int(delivery.subject)
    with tools.database.reading() as session:
        try:
            line = interviews.line(session, workspace_of(delivery), interview_id)
        except NotFound:
            return None
        return Card(
            slack_team_id=slack_team_of(session, delivery),
            channel_id=outgoing.channel_of(session, session.get_one(Interview, interview_id)),
            line=line,
            remote=projections.find(session, workspace_of(delivery), Kind.CARD, delivery.subject),
        )


def draw(line: InterviewLine, tools: Tools) -> Drawing:
    return Drawing(*blocks.card(line, tools.clock.now()))


def remember(delivery: Delivery, card: Card, remote: Remote, tools: Tools) -> None:
    """Note where the card stands. Today's digest shows the same interview, so it is drawn again too."""
    now, workspace_id = tools.clock.now(), workspace_of(delivery)
    with tools.database.unit_of_work() as session:
        projections.remember(session, workspace_id, Kind.CARD, delivery.subject, remote, now)
        digests.redraw(session, workspace_id, card.line.team_id, now)
