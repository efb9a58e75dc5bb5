"""The card of somebody's answers: posted in the study's channel to be decided there, edited in place ever after."""

from __future__ import annotations

from dataclasses import dataclass, replace

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.blocks import kit
from bot.blocks import review as blocks
from bot.deliveries.channel import may_be_named_in, speak
from bot.deliveries.message import Drawing, bring_up_to_date, left_behind
from bot.deliveries.posting import Post
from bot.deliveries.scope import slack_team_of, workspace_of
from bot.deliveries.tools import Tools
from bot.integrations.ports import Unavailable
from bot.services import outgoing
from bot.services.outgoing import Kind
from domain.review import Review
from domain.screener import Verdict
from storage import projections, quotas, responses
from storage.models import Enrolment, Study
from storage.outbox import Delivery
from storage.projections import Remote


@dataclass(frozen=True, slots=True)
class Found:
    """What there is to show, where a new card goes, and where the card stands if there is one.

    `is_open`: there is something to decide, so that a card is posted where there is none.
    """

    slack_team_id: str
    channel_id: str
    drawing: Drawing
    remote: Remote | None
    is_open: bool


def deliver(delivery: Delivery, tools: Tools) -> None:
    """Post the card, or edit it where it stands; a card that was deleted comes anew with the next change.

    What was decided before there was a card is not posted any more.
    """
    found = read(delivery, tools)
    if found is None:
        return
    present = found.remote
    if present is None and not found.is_open:
        present = left_behind(tools, found.slack_team_id, delivery, found.channel_id)
        if present is None:
            return
    remote = bring_up_to_date(tools, found.slack_team_id, delivery, found.channel_id, found.drawing, present)
    if remote != found.remote:
        remember(delivery, found, remote, tools)


def read(delivery: Delivery, tools: Tools) -> Found | None:
    """The answers as they are now; None when nothing is to be shown."""
    workspace_id = workspace_of(delivery)
    with tools.database.reading() as session:
        remote = projections.find(session, workspace_id, Kind.REVIEW, delivery.subject)
        review = responses.of_enrolment(session, workspace_id, int(delivery.subject))
        slack_team_id = slack_team_of(session, delivery)
        if review is None:
            gone = Drawing(*blocks.gone_card())
            if remote is not None:
                return Found(slack_team_id, remote.container, gone, remote, is_open=False)
            channel_id = channel_of(session, workspace_id, int(delivery.subject))
            return Found(slack_team_id, channel_id, gone, None, is_open=False) if channel_id is not None else None
        meters = quotas.meters(session, session.get_one(Study, review.study_id))
        channel_id = outgoing.channels_of(session, {review.study_id})[review.study_id]
    stands_in = remote.container if remote is not None else channel_id
    may_name = review.names_in_channel and may_be_named_in(tools, slack_team_id, stands_in)
    drawing = Drawing(*blocks.card(replace(review, names_in_channel=may_name), meters))
    return Found(slack_team_id, channel_id, drawing, remote, is_to_be_reviewed(review))


def channel_of(session: Session, workspace_id: int, enrolment_id: int) -> str | None:
    """The channel of the study of an enrolment, None when the enrolment is gone."""
    found = session.scalar(
        sa.select(Enrolment.study_id)
        .join(Study, Study.id == Enrolment.study_id)
        .where(Enrolment.id == enrolment_id, Study.workspace_id == workspace_id)
    )
    return outgoing.channels_of(session, {found})[found] if found is not None else None


def is_to_be_reviewed(review: Review) -> bool:
    """Whether anybody has something to decide."""
    return review.stands is Verdict.UNDECIDED and review.may_be_decided


def remember(delivery: Delivery, found: Found, remote: Remote, tools: Tools) -> None:
    """Note where the card stands. What has changed while the first one was on its way is drawn next."""
    now, workspace_id = tools.clock.now(), workspace_of(delivery)
    with tools.database.unit_of_work() as session:
        projections.remember(session, workspace_id, Kind.REVIEW, delivery.subject, remote, now)
        if found.remote is None:
            shown = (Kind.REVIEW, delivery.subject)
            outgoing.show_again(session, workspace_id, shown, found.channel_id, now)


def discuss(delivery: Delivery, tools: Tools) -> None:
    """Post what a member said into the card's thread. Raises Unavailable until the card is there."""
    workspace_id = workspace_of(delivery)
    with tools.database.reading() as session:
        card = projections.find(session, workspace_id, Kind.REVIEW, delivery.subject)
        slack_team_id = slack_team_of(session, delivery)
    if card is None:
        raise Unavailable("The card of these answers is not posted yet.", went_out=False)
    text = blocks.note_text(delivery.payload["by"], delivery.payload["text"])
    speak(tools, slack_team_id, delivery, Post(card.container, text, [kit.section(text)], card.remote_id))
