"""`/interview screener CHK-7`: what those who take part in an interview answered before, whatever became of it."""

from __future__ import annotations

from sqlalchemy.orm import Session

from bot.blocks import review as blocks
from bot.blocks.ids import InterviewId
from bot.services import responses, schedule
from bot.slack.capability import Capability
from bot.slack.metadata import Metadata
from bot.slack.outcomes import Open, Outcome
from domain.roles import Actor

capability = Capability()


@capability.subcommand(
    "/interview", "screener", summary="What its participants answered in the screener", usage="KEY-7", reads=True
)
def typed(session: Session, actor: Actor, arguments: str, channel_id: str) -> Outcome:
    return show(session, actor, schedule.called(session, actor, arguments), channel_id)


@capability.action(InterviewId.RESPONSES, reads=True)
def clicked(session: Session, actor: Actor, value: str, channel_id: str) -> Outcome:
    return show(session, actor, int(value), channel_id)


def show(session: Session, actor: Actor, interview_id: int, channel_id: str) -> Outcome:
    line, found = responses.of_interview(session, actor, interview_id)
    return Open(blocks.interview_modal(line.reference, found, Metadata(channel_id).dump()))
