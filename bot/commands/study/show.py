"""`/study show CHK`: a study with its people, its seats, and how far its participants are."""

from __future__ import annotations

from sqlalchemy.orm import Session

from bot.blocks import study as blocks
from bot.blocks.ids import StudyId
from bot.services import schedule, studies
from bot.slack.capability import Capability
from bot.slack.outcomes import Outcome, Reply
from domain.errors import RuleError
from domain.roles import Actor

capability = Capability()


@capability.subcommand("/study", "show", summary="A study in detail", usage="KEY", reads=True)
def typed(session: Session, actor: Actor, arguments: str, channel_id: str = "", aloud: bool = False) -> Outcome:
    if not arguments:
        raise RuleError("Which study? Write for example /study show CHK.")
    found = studies.details(session, actor, arguments)
    if aloud:
        schedule.check_aloud(session, found.line.id, found.line.key, channel_id)
    return Reply(*blocks.details(found), in_channel=aloud)


@capability.action(StudyId.SHOW, reads=True)
def clicked(session: Session, actor: Actor, value: str) -> Outcome:
    return Reply(*blocks.details(studies.details(session, actor, value)))
