"""What a survey's or test's page says when there is nothing to begin (any more)."""

from __future__ import annotations

from dataclasses import replace

from bot.services.visits import first_name
from bot.web.said import FULL, HELD, NOTHING, Said, thanks
from domain.task import TaskPage, TaskState


def said(page: TaskPage) -> Said:
    """How it stands."""
    view = Said(page.team_name, page.study_name, "", ())
    match page.state:
        case TaskState.DONE:
            return finished(page)
        case TaskState.NOT_ACTIVE:
            headline, sentence = HELD[page.study_status]
            return replace(view, headline=headline, sentences=(sentence,))
        case TaskState.FULL:
            return replace(view, headline=FULL[0], sentences=(FULL[1],))
    return replace(view, headline=NOTHING[0], sentences=(NOTHING[1],))


def came_back(page: TaskPage) -> Said:
    """What somebody reads who is sent back by the tool: thanks, whatever we know of them."""
    return finished(page) if page.state is TaskState.DONE else replace(finished(page), sentences=(CLOSE,))


CLOSE = "You can close this page now."


def finished(page: TaskPage) -> Said:
    reward = (f"You get {page.reward} for it: you hear from us about that.",) if page.reward else ()
    return Said(
        team_name=page.team_name,
        study_name=page.study_name,
        headline=thanks(first_name(page.participant_name)),
        sentences=(f"You have finished the {page.noun}: that’s all.", *reward, CLOSE),
        pill="Finished",
        tone="good",
        is_plain=False,
    )
