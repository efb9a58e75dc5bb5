"""Rating a session that took place, and what comes next for its incentive."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from bot.blocks import outcomes as blocks
from bot.blocks.ids import InterviewId
from bot.services import ratings, schedule
from bot.slack.capability import Capability
from bot.slack.metadata import Metadata
from bot.slack.outcomes import Close, Open, Outcome, Reply
from domain.errors import RuleError
from domain.interview import SCORES, InterviewAction
from domain.roles import Actor

capability = Capability()

TYPED_SCORES = {str(score): score for score in SCORES}
EXAMPLE = "/interview rate CHK-7 4 clear and honest"


@dataclass(frozen=True, slots=True)
class Rated(Metadata):
    """Which interview the modal rates."""

    interview_id: int = 0


@capability.subcommand(
    "/interview", "rate", summary="Rate a session from 1 to 5", usage="KEY-7 [1-5] [a note in words]"
)
def typed(session: Session, actor: Actor, arguments: str, channel_id: str, now: datetime) -> Outcome:
    """With a score it is rated; without, the modal opens."""
    reference, score, note = (*arguments.split(maxsplit=2), "", "", "")[:3]
    interview_id = schedule.called(session, actor, reference)
    if not score:
        return ask(session, actor, interview_id, channel_id)
    if score not in TYPED_SCORES:
        raise RuleError(f"Rate it from 1 (poor) to 5 (excellent), for example {EXAMPLE}.")
    return rate(session, actor, interview_id, (TYPED_SCORES[score], note), now)


@capability.action(InterviewId.RATE, reads=True)
def clicked(session: Session, actor: Actor, value: str, channel_id: str) -> Outcome:
    return ask(session, actor, int(value), channel_id)


def ask(session: Session, actor: Actor, interview_id: int, channel_id: str) -> Outcome:
    """Open the modal, with what the actor has said already."""
    line = schedule.to_manage(session, actor, interview_id, InterviewAction.RATE).line
    metadata = Rated(channel_id, line.id).dump()
    return Open(blocks.rate_modal(line, metadata, ratings.own(session, actor, line.id)))


@capability.submission(InterviewId.RATE_MODAL)
def save(session: Session, actor: Actor, fields: dict[str, Any], metadata: str, now: datetime) -> Outcome:
    if fields.get("score") not in TYPED_SCORES:
        raise RuleError("Choose a number.", "score")
    given = (TYPED_SCORES[fields["score"]], fields.get("note") or "")
    return Close(rate(session, actor, Rated.load(metadata).interview_id, given, now))


def rate(session: Session, actor: Actor, interview_id: int, given: tuple[int, str], now: datetime) -> Reply:
    """Rate it with a score and a note, and say what comes next."""
    score, note = given
    settled = ratings.rate(session, actor, interview_id, score, note.strip(), now)
    return Reply(*blocks.rated(settled.line, settled.incentive, score))
