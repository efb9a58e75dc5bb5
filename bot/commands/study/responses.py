"""`/study responses CHK`: what people answered, by how they stand, each to be opened and decided."""

from __future__ import annotations

from sqlalchemy.orm import Session

from bot.blocks import review as blocks
from bot.blocks.ids import StudyId
from bot.services import responses
from bot.slack.capability import Capability
from bot.slack.outcomes import Outcome, Replace, Reply
from domain.errors import RuleError
from domain.roles import Actor
from domain.screener import Verdict

capability = Capability()


@capability.subcommand("/study", "responses", summary="What people answered in the screener", usage="KEY", reads=True)
def typed(session: Session, actor: Actor, arguments: str) -> Outcome:
    if not arguments:
        raise RuleError("Of which study? Write for example /study responses CHK.")
    return Reply(*blocks.listing(responses.page(session, actor, arguments)))


@capability.action(StudyId.RESPONSES, reads=True)
def clicked(session: Session, actor: Actor, value: str) -> Outcome:
    return Reply(*blocks.listing(responses.page(session, actor, value)))


@capability.action(StudyId.RESPONSES_TO_REVIEW, reads=True)
def to_review(session: Session, actor: Actor, value: str) -> Outcome:
    return tab(session, actor, value, Verdict.UNDECIDED)


@capability.action(StudyId.RESPONSES_QUALIFIED, reads=True)
def qualified(session: Session, actor: Actor, value: str) -> Outcome:
    return tab(session, actor, value, Verdict.QUALIFIED)


@capability.action(StudyId.RESPONSES_NOT_QUALIFIED, reads=True)
def not_qualified(session: Session, actor: Actor, value: str) -> Outcome:
    return tab(session, actor, value, Verdict.NOT_QUALIFIED)


@capability.action(StudyId.RESPONSES_NEXT, reads=True)
def further(session: Session, actor: Actor, value: str) -> Outcome:
    key, verdict, after = value.split(":")
    return tab(session, actor, key, Verdict(verdict), int(after))


def tab(session: Session, actor: Actor, key: str, verdict: Verdict, after: int | None = None) -> Outcome:
    """The list takes the place of the one in which something was clicked."""
    return Replace(*blocks.listing(responses.page(session, actor, key, verdict, after)))
