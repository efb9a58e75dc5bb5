"""Copying links: the participant's personal one, the meeting's, the card's."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from bot.blocks import interview_details as blocks
from bot.blocks import kit
from bot.blocks.ids import InterviewId
from bot.blocks.interview_details import Links
from bot.services import schedule
from bot.slack.capability import Capability
from bot.slack.metadata import Metadata
from bot.slack.outcomes import Open, Outcome, Reply
from domain.roles import Actor

capability = Capability()


@capability.subcommand("/interview", "link", summary="The links of an interview, to copy", usage="KEY-7")
def typed(session: Session, actor: Actor, arguments: str, now: datetime, public_url: str | None) -> Outcome:
    shared = schedule.share(session, actor, schedule.called(session, actor, arguments), public_url, now)
    line = shared.found.line
    drawn = blocks.links(line, links_of(shared), with_names=shared.found.with_names)
    return Reply(f"Links of {line.reference}", drawn)


@capability.action(InterviewId.COPY_LINK)
def clicked(session: Session, actor: Actor, value: str, now: datetime, public_url: str | None) -> Outcome:
    shared = schedule.share(session, actor, int(value), public_url, now)
    drawn = blocks.links(shared.found.line, links_of(shared), with_names=shared.found.with_names)
    return Open(blocks.links_modal(drawn, Metadata().dump()))


def links_of(shared: schedule.Shared) -> Links:
    """The links as they are shown."""
    card = kit.message_url(*shared.card) if shared.card is not None else None
    return Links(shared.personal, card, shared.has_pages)
