"""The "…" menu of cards and lines: each option leads to the same code as the button or subcommand of its name."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from bot.blocks.ids import InterviewId
from bot.commands.interview import (
    attendance,
    book,
    cancel,
    compose,
    details,
    edit,
    host,
    limit,
    link,
    outcome,
    rate,
    reschedule,
)
from bot.slack.capability import Capability
from bot.slack.outcomes import Outcome
from domain.interview import InterviewAction
from domain.roles import Actor

capability = Capability()

A = InterviewAction
ASKS: dict[InterviewAction, Callable[[Session, Actor, int, str], Outcome]] = {
    A.BOOK_AGAIN: book.ask_again,
    A.EDIT: edit.ask,
    A.RATE: rate.ask,
    A.CHANGE_HOST: host.ask,
    A.CHANGE_LIMIT: limit.ask,
}
"""Actions that first open a modal."""


@capability.action(InterviewId.MORE)
def choose(
    session: Session,
    actor: Actor,
    value: str,
    channel_id: str,
    now: datetime,
    view: dict[str, Any],
    public_url: str | None,
    has_mail: bool,
) -> Outcome:
    """Do what was chosen: the option's value is `action:id`."""
    name, _, interview_id = value.partition(":")
    action = InterviewAction(name)
    if action in ASKS:
        return ASKS[action](session, actor, int(interview_id), channel_id)
    match action:
        case InterviewAction.MARK_COMPLETED:
            return outcome.complete(session, actor, int(interview_id), now, view)
        case InterviewAction.MARK_NO_SHOW:
            return outcome.no_show(session, actor, int(interview_id), now, view)
        case InterviewAction.ATTENDANCE:
            return attendance.ask(session, actor, int(interview_id), channel_id, now)
        case InterviewAction.RESCHEDULE:
            return reschedule.ask(session, actor, int(interview_id), channel_id, now, has_mail=has_mail)
        case InterviewAction.COMPOSE:
            compose.check_mail(has_mail=has_mail)
            return compose.ask(session, actor, int(interview_id), channel_id, public_url, now)
        case InterviewAction.CANCEL:
            return cancel.ask(session, actor, int(interview_id), channel_id, has_mail=has_mail)
        case InterviewAction.COPY_LINK:
            return link.clicked(session, actor, interview_id, now, public_url)
        case InterviewAction.DETAILS:
            return details.open_details(session, actor, interview_id, channel_id, now)
    raise AssertionError(f"{action} has a button of its own, or none")
