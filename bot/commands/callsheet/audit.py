"""`/callsheet audit`: who saw, took out, changed or overrode what; of everybody, of one participant or one member."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from bot.blocks import audit as blocks
from bot.blocks import kit
from bot.blocks.ids import CallsheetId
from bot.commands.participant.words import without_links
from bot.services import audit
from bot.slack.capability import Capability
from bot.slack.metadata import Metadata
from bot.slack.outcomes import Outcome, Replace, Reply
from domain.roles import Actor
from storage.audit import About

capability = Capability()

MENTION = re.compile(r"<@([UW][A-Z0-9]+)(?:\|[^>]*)?>")


@dataclass(frozen=True, slots=True)
class Place(Metadata):
    """Where a page's button leads: what was asked about, and the entry before which the page begins."""

    words: str = ""
    before_id: int = 0


@capability.subcommand(
    "/callsheet", "audit", summary="The audit log: who did what", usage="[P17|@member]", menu="Audit log", reads=True
)
def first_page(session: Session, actor: Actor, arguments: str) -> Outcome:
    return Reply(*page(session, actor, without_links(arguments).strip(), None))


@capability.action(CallsheetId.AUDIT_PAGE, reads=True)
def turn_page(session: Session, actor: Actor, value: str) -> Outcome:
    """The next page takes the place of the present one."""
    place = Place.load(value)
    return Replace(*page(session, actor, place.words, place.before_id))


def page(session: Session, actor: Actor, words: str, before_id: int | None) -> tuple[str, list[dict[str, Any]]]:
    lines, following = audit.page(session, actor, about(session, actor, words), before_id)
    title = f"Audit log: {words if MENTION.fullmatch(words) else kit.literal(words[:80])}" if words else "Audit log"
    more = Place(words=words[:200], before_id=following).dump() if following is not None else None
    return blocks.page(title, lines, more)


def about(session: Session, actor: Actor, words: str) -> About:
    """What was asked about. Raises NotFound."""
    mention = MENTION.fullmatch(words)
    if mention is not None:
        return audit.about_member(session, actor, mention[1])
    return audit.about_participant(session, actor, words) if words else About()
