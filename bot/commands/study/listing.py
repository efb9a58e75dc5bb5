"""`/study list`: the studies that a member sees, by status or only their own, a page at a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from bot.blocks import kit
from bot.blocks import study as blocks
from bot.blocks.ids import StudyId
from bot.services import studies
from bot.services.studies import Filter
from bot.slack.capability import Capability
from bot.slack.metadata import Metadata
from bot.slack.outcomes import Outcome, Replace, Reply
from domain.errors import RuleError
from domain.roles import Actor
from domain.study import StudyStatus

capability = Capability()

OPEN = (StudyStatus.DRAFT, StudyStatus.ACTIVE, StudyStatus.PAUSED)
USAGE = "[draft|active|paused|closed] [mine] [all]"


@dataclass(frozen=True, slots=True)
class Place(Metadata):
    """Where a list's button leads: what was asked for in words, and the key after which the page begins."""

    words: str = ""
    after: str = ""


@capability.subcommand(
    "/study", "list", summary="Studies: all that are not closed, or by status", usage=USAGE, menu="List", reads=True
)
def first_page(session: Session, actor: Actor, arguments: str) -> Outcome:
    return Reply(*page(session, actor, arguments, None))


@capability.action(StudyId.LIST_PAGE, reads=True)
def turn_page(session: Session, actor: Actor, value: str) -> Outcome:
    """The next page takes the place of the present one."""
    place = Place.load(value)
    return Replace(*page(session, actor, place.words, place.after))


def page(session: Session, actor: Actor, words: str, after: str | None) -> tuple[str, list[dict[str, Any]]]:
    """A page of what the words ask for."""
    found, next_key = studies.listing(session, actor, filter_of(words), after)
    more = Place(words=words, after=next_key).dump() if next_key else None
    title = f"Studies: {kit.literal(words)}" if words else "Studies"
    return blocks.listing(blocks.StudyPage(title, found, more))


def filter_of(words: str) -> Filter:
    """What the words ask for. Raises RuleError for a word that is none of them."""
    statuses: list[StudyStatus] = []
    mine = everything = False
    for word in words.lower().split():
        if word in set(StudyStatus):
            statuses.append(StudyStatus(word))
        elif word == "mine":
            mine = True
        elif word == "all":
            everything = True
        else:
            raise RuleError(f"“{word[:40]}” is nothing that the list knows. Use: {USAGE}.")
    if everything:
        return Filter(mine=mine)
    return Filter(statuses=tuple(statuses) or OPEN, mine=mine)
