"""Copying links: the participant's personal one, the meeting's, the card's."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from bot.blocks import interview_details as blocks
from bot.blocks import kit
from bot.blocks.ids import InterviewId
from bot.blocks.interview_details import Links
from bot.blocks.kit import Block
from bot.services import schedule
from bot.slack.capability import Capability
from bot.slack.metadata import Metadata
from bot.slack.outcomes import Open, Outcome, Replace, Reply, Update
from domain.roles import Actor

capability = Capability()


@capability.subcommand("/interview", "link", summary="The links of an interview, to copy", usage="KEY-7")
def typed(session: Session, actor: Actor, arguments: str, now: datetime, public_url: str | None) -> Outcome:
    shared = schedule.share(session, actor, schedule.called(session, actor, arguments), public_url, now)
    return Reply(title(shared), drawn(shared))


@capability.action(InterviewId.COPY_LINK)
def clicked(session: Session, actor: Actor, value: str, now: datetime, public_url: str | None) -> Outcome:
    shared = schedule.share(session, actor, int(value), public_url, now)
    return Open(blocks.links_modal(drawn(shared), Metadata().dump()))


@capability.action(InterviewId.END_LINKS)
def end(
    session: Session, actor: Actor, value: str, now: datetime, public_url: str | None, view: dict[str, Any]
) -> Outcome:
    """All links of one participant end; new ones take the place of those that are shown."""
    interview_id, attendee_id = map(int, value.split(":"))
    schedule.end_links(session, actor, interview_id, attendee_id, now)
    shared = schedule.share(session, actor, interview_id, public_url, now)
    if view:
        return Update(blocks.links_modal(drawn(shared), Metadata().dump()))
    return Replace(title(shared), drawn(shared))


def title(shared: schedule.Shared) -> str:
    return f"Links of {shared.found.line.reference}"


def drawn(shared: schedule.Shared) -> list[Block]:
    return blocks.links(shared.found.line, links_of(shared), with_names=shared.found.with_names)


def links_of(shared: schedule.Shared) -> Links:
    """The links as they are shown."""
    card = kit.message_url(*shared.card) if shared.card is not None else None
    return Links(shared.personal, card, shared.has_pages)
