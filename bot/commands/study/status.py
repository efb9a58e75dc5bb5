"""`/study start|pause|resume|close CHK`, and the same by button. Closing is asked for once more."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from bot.blocks import study as blocks
from bot.blocks.ids import StudyId
from bot.services import studies
from bot.slack.capability import Capability
from bot.slack.outcomes import Outcome, Replace, Reply, say
from domain.errors import RuleError
from domain.roles import Actor
from domain.study import PAST, StudyAction, next_status

capability = Capability()


@capability.subcommand("/study", "start", summary="Take a draft live", usage="KEY")
def start(session: Session, actor: Actor, arguments: str, now: datetime) -> Outcome:
    return change_typed(session, actor, arguments, StudyAction.START, now)


@capability.subcommand("/study", "pause", summary="Take no bookings for a while", usage="KEY")
def pause(session: Session, actor: Actor, arguments: str, now: datetime) -> Outcome:
    return change_typed(session, actor, arguments, StudyAction.PAUSE, now)


@capability.subcommand("/study", "resume", summary="Take bookings again", usage="KEY")
def resume(session: Session, actor: Actor, arguments: str, now: datetime) -> Outcome:
    return change_typed(session, actor, arguments, StudyAction.RESUME, now)


@capability.subcommand("/study", "close", summary="Close a study, after a question", usage="KEY", reads=True)
def ask_to_close(session: Session, actor: Actor, arguments: str) -> Outcome:
    line = studies.to_change(session, actor, key_in(arguments, StudyAction.CLOSE))
    next_status(line.status, StudyAction.CLOSE)
    return Reply(*blocks.close_asked(line))


def change_typed(session: Session, actor: Actor, arguments: str, action: StudyAction, now: datetime) -> Outcome:
    line = studies.to_change(session, actor, key_in(arguments, action))
    studies.change_status(session, actor, line.id, action, now)
    return say(f"*{line.key}* is {PAST[action]}.")


def key_in(arguments: str, action: StudyAction) -> str:
    """The key that was typed. Raises RuleError when there is none."""
    if not arguments:
        raise RuleError(f"Which study? Write for example /study {action.value} CHK.")
    return arguments


@capability.action(StudyId.START)
def start_clicked(session: Session, actor: Actor, value: str, now: datetime) -> Outcome:
    return change_clicked(session, actor, value, StudyAction.START, now)


@capability.action(StudyId.PAUSE)
def pause_clicked(session: Session, actor: Actor, value: str, now: datetime) -> Outcome:
    return change_clicked(session, actor, value, StudyAction.PAUSE, now)


@capability.action(StudyId.RESUME)
def resume_clicked(session: Session, actor: Actor, value: str, now: datetime) -> Outcome:
    return change_clicked(session, actor, value, StudyAction.RESUME, now)


@capability.action(StudyId.CLOSE)
def close_clicked(session: Session, actor: Actor, value: str, now: datetime) -> Outcome:
    return change_clicked(session, actor, value, StudyAction.CLOSE, now)


@capability.action(StudyId.CARD_START)
def start_on_card(session: Session, actor: Actor, value: str, now: datetime) -> Outcome:
    return change_on_card(session, actor, value, StudyAction.START, now)


@capability.action(StudyId.CARD_PAUSE)
def pause_on_card(session: Session, actor: Actor, value: str, now: datetime) -> Outcome:
    return change_on_card(session, actor, value, StudyAction.PAUSE, now)


@capability.action(StudyId.CARD_RESUME)
def resume_on_card(session: Session, actor: Actor, value: str, now: datetime) -> Outcome:
    return change_on_card(session, actor, value, StudyAction.RESUME, now)


def change_on_card(session: Session, actor: Actor, value: str, action: StudyAction, now: datetime) -> Outcome:
    """The card in the channel is brought up to date by itself."""
    study = studies.change_status(session, actor, int(value), action, now)
    return say(f"*{study.key}* is {PAST[action]}.")


def change_clicked(session: Session, actor: Actor, value: str, action: StudyAction, now: datetime) -> Outcome:
    """The message with the button becomes the study as it is now."""
    study = studies.change_status(session, actor, int(value), action, now)
    return Replace(*blocks.details(studies.details(session, actor, study.key)))
