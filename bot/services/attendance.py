"""Who came: an outcome for each participant of a session, and whether the host did."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from bot.services import outgoing, record
from bot.services.interviews import counting, keep_for_undo, move_enrolments, take
from bot.services.outcomes import last_word, paid
from bot.services.record import NO_CHANGE, By, Change
from domain.alert import AlertKind
from domain.errors import RuleError, Stale
from domain.interview import InterviewAction, InterviewStatus, TimelineKind, seat_field
from domain.person import alias
from domain.roles import Actor
from domain.times import spelled_time
from storage import interviews
from storage.models import Attendee, Interview, Study, TimelineEntry

COMPLETED, NO_SHOWED = InterviewStatus.COMPLETED, InterviewStatus.NO_SHOWED


@dataclass(frozen=True, slots=True)
class Came:
    """What somebody noted: for each seat, by its id, whether the participant came, and whether the host did.

    `settled_at` is when the outcome that they saw was given (aware UTC), None for one that nobody had given.
    """

    seats: Mapping[int, bool]
    host: bool
    settled_at: datetime | None


@dataclass(frozen=True, slots=True)
class Place:
    """A participant's seat that they have not given up, with their number, and what becomes of it."""

    seat: Attendee
    number: int
    to: InterviewStatus


def note(session: Session, actor: Actor, interview_id: int, came: Came, now: datetime) -> Interview:
    """Give each participant an outcome. The session is No Showed only if all of them are, else Completed; verified.

    Who is not named keeps what they have, or has come. That the host did not come is a fact of its own: the
    participants who came have completed it. Raises RuleError before the start, and for a no-show of somebody whose
    incentive has been sent; Stale when somebody else has given an outcome since.
    """
    interview, study = take(session, actor, interview_id, InterviewAction.ATTENDANCE)
    check_begun(interview.reference, interview.starts_at, now, actor.time_zone)
    if interview.settled_at != came.settled_at:
        raise Stale(f"{last_word(session, actor, interview.id)}Look again at who came to {interview.reference}.")
    places = places_of(session, interview, came)
    refuse_old_news(interview, places, came)
    refuse_paid(session, places)
    by, was_missed = record.by(actor, now), interview.status is NO_SHOWED
    entries = [note_participants(session, study, interview, places, by), *note_host(session, interview, came, by)]
    outgoing.show(session, interview, now)
    session.flush()
    outgoing.threads(session, [(interview, entry) for entry in entries], now)
    news = {
        AlertKind.NO_SHOWED: interview.status is NO_SHOWED and not was_missed,
        AlertKind.HOST_NO_SHOW: interview.host_no_show and len(entries) > 1,
    }
    for kind in (kind for kind, is_so in news.items() if is_so):
        outgoing.alert(session, interview, kind, now, once=str(interview.version), by=actor.slack_user_id)
    return interview


def check_begun(reference: str, starts_at: datetime, now: datetime, time_zone: str) -> None:
    """Raise RuleError before the session has begun."""
    if now < starts_at:
        when = spelled_time(starts_at, time_zone)
        raise RuleError(f"{reference} has not begun: who came can be said from {when} on.")


def places_of(session: Session, interview: Interview, came: Came) -> list[Place]:
    """The seats of those who have not cancelled, also while somebody was noting who came."""
    return [
        Place(seat, number, outcome_of(seat, came))
        for seat, number in interviews.attendees_of(session, [interview.id])
        if seat.participant_id is not None and seat.outcome is not InterviewStatus.CANCELED
    ]


def outcome_of(seat: Attendee, came: Came) -> InterviewStatus:
    """What becomes of a seat: what was noted, else what it is, but nothing is ahead any more."""
    has_come = came.seats.get(seat.id, seat.outcome is not NO_SHOWED)
    return COMPLETED if has_come else NO_SHOWED


def refuse_old_news(interview: Interview, places: Sequence[Place], came: Came) -> None:
    """Raise RuleError when all of it is noted already."""
    is_same = all(place.seat.outcome is place.to for place in places) and interview.host_no_show is not came.host
    if is_same and interview.is_verified and interview.status is not InterviewStatus.UPCOMING:
        raise RuleError(f"That is what is noted of {interview.reference} already.")


def refuse_paid(session: Session, places: Sequence[Place]) -> None:
    """Raise RuleError when somebody would become a no-show whose incentive has been sent."""
    missing = [place for place in places if place.to is NO_SHOWED and place.seat.outcome is not NO_SHOWED]
    out = {seat.id for seat in paid(session, [place.seat for place in missing])}
    for place in missing:
        if place.seat.id in out:
            raise RuleError(
                f"The incentive for {alias(place.number)} has been sent: they can't become a no-show.",
                seat_field(place.seat.id),
            )


def note_participants(
    session: Session, study: Study, interview: Interview, places: Sequence[Place], by: By
) -> TimelineEntry:
    """Set the outcomes of a locked interview and of its seats. What is to be told of it."""
    is_missed = bool(places) and all(place.to is NO_SHOWED for place in places)
    to = NO_SHOWED if is_missed else COMPLETED
    before = interview.status
    seats = [place.seat for place in places]
    keep_for_undo(session, interview, seats, by)
    interview.status, interview.is_verified = to, True
    with counting(study, seats):
        for place in places:
            place.seat.outcome = place.to
    move_enrolments(session, study, seats, by)
    change = Change(before.label, to.label) if before is not to else NO_CHANGE
    kind = TimelineKind.NO_SHOWED if is_missed else TimelineKind.COMPLETED
    return record.entry(session, interview, by, kind, words(places), change)


def words(places: Sequence[Place]) -> str:
    """Who came and who did not, by alias, as the timeline tells it."""
    came, missing = (
        ", ".join(alias(place.number) for place in places if place.to is outcome) for outcome in (COMPLETED, NO_SHOWED)
    )
    said = [f"{came} came"] if came else []
    said += [f"{missing} did not come"] if missing else []
    return f"noted that {' and '.join(said) or 'it took place'}"


def note_host(session: Session, interview: Interview, came: Came, by: By) -> list[TimelineEntry]:
    """Note whether the host came, if that is news. What is to be told of it."""
    if interview.host_no_show is not came.host:
        return []
    interview.host_no_show = not came.host
    text = "said that the host came after all" if came.host else "said that the host did not come"
    return [record.entry(session, interview, by, TimelineKind.HOST_NO_SHOW, text)]
