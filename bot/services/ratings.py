"""What members think of a session that took place, and what comes next for its incentive."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from bot.services import outgoing, record
from bot.services.interviews import take
from bot.services.record import NO_CHANGE, Change
from domain.errors import RuleError
from domain.incentive import shown
from domain.interview import LONGEST_RATING_NOTE, SCORES, InterviewAction, InterviewLine, Rating, TimelineKind
from domain.roles import Actor
from storage import interviews, ratings
from storage.models import Study


@dataclass(frozen=True, slots=True)
class Settled:
    """A session with the incentive that its study promises each participant, e.g. `25.00 EUR`; None without one."""

    line: InterviewLine
    incentive: str | None


def own(session: Session, actor: Actor, interview_id: int) -> Rating | None:
    """What the actor has said of the session, None when they have not."""
    found = ratings.of_member(session, interview_id, actor.member_id)
    return Rating(actor.name, found.score, found.note) if found is not None else None


def rate(session: Session, actor: Actor, interview_id: int, score: int, note: str, now: datetime) -> Settled:
    """Let the actor rate a completed session, or change their rating. The note stands in the details alone."""
    if score not in SCORES:
        raise RuleError(f"Rate it from {min(SCORES)} (poor) to {max(SCORES)} (excellent).", "score")
    if len(note) > LONGEST_RATING_NOTE:
        raise RuleError(f"A note has at most {LONGEST_RATING_NOTE} characters.", "note")
    interview, _ = take(session, actor, interview_id, InterviewAction.RATE)
    before, rating = own(session, actor, interview_id), Rating(actor.name, score, note)
    if rating == before:
        return settled(session, actor, interview_id)
    ratings.put(session, interview_id, actor.member_id, rating, now)
    text, change = what_changed(before, score)
    entry = record.entry(session, interview, record.by(actor, now), TimelineKind.RATED, text, change)
    if before is None or before.score != score:
        outgoing.thread(session, interview, entry, now)
    return settled(session, actor, interview_id)


def what_changed(before: Rating | None, score: int) -> tuple[str, Change]:
    """What the timeline says of a rating; of its note only that it changed."""
    best = max(SCORES)
    if before is None:
        return f"rated it {score} of {best}", NO_CHANGE
    if before.score == score:
        return "changed the note on their rating", NO_CHANGE
    return "changed their rating", Change(f"{before.score} of {best}", f"{score} of {best}")


def settled(session: Session, actor: Actor, interview_id: int) -> Settled:
    """The session as it is now, and what its participants are promised."""
    session.flush()
    line = interviews.by_id(session, actor, interview_id)[0]
    study = session.get_one(Study, line.study_id)
    amount, currency = study.incentive_amount_minor, study.incentive_currency
    return Settled(line, shown(amount, currency) if amount is not None and currency is not None else None)
