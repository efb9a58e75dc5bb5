"""What people answered, for those who manage the study: lists, one in full, an interview's, a person's."""

from __future__ import annotations

from sqlalchemy.orm import Session

from bot.services import schedule
from domain.errors import NotAllowed, RuleError
from domain.interview import InterviewLine
from domain.review import ResponsePage, Review
from domain.roles import Actor, Permission
from domain.screener import Verdict
from domain.study import StudyLine
from storage import responses, screeners, studies

PAGE = 8
NOT_FOR_ALL = (
    "What people answered may say a lot about them: only those who manage {key} read it. Ask its owner to add you."
)


def page(
    session: Session, actor: Actor, key: str, verdict: Verdict | None = None, after: int | None = None
) -> ResponsePage:
    """Responses of the study that the actor calls by its key: those to review, unless said otherwise or there are none.

    Raises NotFound, NotAllowed, and RuleError for a study that nobody was ever asked in.
    """
    line = studies.by_key(session, actor, key)
    check_may(actor, line.key, is_own=line.is_own)
    counts = responses.counts(session, {line.id})[line.id]
    if not any(counts.values()) and screeners.last(session, line.id) is None:
        raise RuleError(no_screener(line))
    shown = verdict or first_filled(counts)
    found, further = responses.page(session, line.id, shown, after, PAGE)
    return ResponsePage(line.id, line.key, line.name, shown, counts, tuple(found), further)


def no_screener(line: StudyLine) -> str:
    return f"{line.key} has no screener: nobody is asked anything. Build one with /study screener {line.key}."


def first_filled(counts: dict[Verdict, int]) -> Verdict:
    order = (Verdict.UNDECIDED, Verdict.QUALIFIED, Verdict.NOT_QUALIFIED)
    return next((verdict for verdict in order if counts[verdict]), Verdict.UNDECIDED)


def of_interview(session: Session, actor: Actor, wanted: int | str) -> tuple[InterviewLine, tuple[Review, ...]]:
    """What the participants of an interview answered, whatever became of it. Raises NotFound, NotAllowed, RuleError."""
    line = schedule.find(session, actor, wanted).line
    check_may(actor, line.study_key, is_own=studies.is_own(session, actor, line.study_id))
    found = responses.of_interview(session, actor.workspace_id, line.id)
    if not found:
        if screeners.last(session, line.study_id) is None:
            raise RuleError(f"{line.study_key} has no screener: there are no responses to show for {line.reference}.")
        raise RuleError(f"Nobody in {line.reference} has answered the screener of {line.study_key}.")
    return line, tuple(found)


def of_person(session: Session, actor: Actor, participant_id: int) -> tuple[Review, ...]:
    """What somebody answered in the studies that the actor manages, latest first; nothing of the others."""
    return tuple(responses.of_person(session, actor, participant_id))


def check_may(actor: Actor, key: str, *, is_own: bool) -> None:
    """Raise NotAllowed unless the actor manages the study."""
    if not actor.may(Permission.MANAGE_INTERVIEWS, own_study=is_own):
        raise NotAllowed(NOT_FOR_ALL.format(key=key))
