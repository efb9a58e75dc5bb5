"""What everything that is done to an interview is made of: the row under its lock, its seats, where they stand.

Every use case (`outcomes`, `cancellations`, `moves`, …) locks the row, checks permission and status, changes rows,
writes the timeline, and asks for what is to be sent. None commits.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager

from sqlalchemy.orm import Session

from bot.services import statuses
from bot.services.record import By
from bot.services.statuses import Why
from domain import interview as rules
from domain.interview import AttendeeKind, Door, InterviewAction, InterviewLine, InterviewStatus, TimelineKind
from domain.participant import LEFT, Cause, ParticipantStatus
from domain.roles import Actor, Permission
from domain.study import StudyType
from domain.times import spelled_time
from storage import interviews, studies, timeline
from storage.models import Attendee, Interview, Study

COUNTED = frozenset({InterviewStatus.UPCOMING, InterviewStatus.COMPLETED})
"""Statuses whose seats count against the participation limit."""


def take(session: Session, actor: Actor, interview_id: int, action: InterviewAction) -> tuple[Interview, Study]:
    """The interview and its study, locked, if the actor may do this to it now.

    Raises NotFound (foreign or unseen), NotAllowed (role), Stale (the status no longer allows it).
    """
    interview, study = lock_to_manage(session, actor, interview_id)
    check(session, actor, action, interview, study.type)
    return interview, study


def check(
    session: Session, actor: Actor, action: InterviewAction, found: Interview | InterviewLine, study_type: StudyType
) -> None:
    """Raise Stale unless the interview's status and study type allow the action: it says who was faster, and when."""
    if not rules.allows(action, found.status, study_type):
        how = how_settled(session, actor, found)
        raise rules.refusal(action, found.status, study_type, found.reference, how)


def how_settled(session: Session, actor: Actor, found: Interview | InterviewLine) -> str:
    """How the interview came to its status, in the actor's zone: `was cancelled by Ana on Monday 7 December, 14:02`.

    Without an entry in the timeline: what it is.
    """
    kind, done = rules.SETTLED_BY.get(found.status, (None, ""))
    entry = timeline.latest(session, found.id, {kind}) if kind else None
    if entry is None:
        return rules.UNFIT[found.status]
    return f"{done} by {entry.actor} on {spelled_time(entry.at, actor.time_zone)}"


def last_changed(session: Session, actor: Actor, interview_id: int, *kinds: TimelineKind) -> str:
    """Who did the last thing of those kinds, and when, in the actor's zone: `Ana on Monday 7 December, 14:02`."""
    entry = timeline.latest(session, interview_id, kinds)
    return f"{entry.actor} on {spelled_time(entry.at, actor.time_zone)}" if entry else "somebody else"


def lock_to_manage(session: Session, actor: Actor, interview_id: int) -> tuple[Interview, Study]:
    """The interview and its study, locked in the order that everybody keeps. Raises NotFound or NotAllowed."""
    line, is_own = interviews.by_id(session, actor, interview_id)
    actor.require(Permission.MANAGE_INTERVIEWS, own_study=is_own)
    study = studies.lock(session, actor.workspace_id, line.study_id)
    return interviews.lock(session, actor.workspace_id, interview_id), study


def set_outcome(
    session: Session, study: Study, interview: Interview, to: InterviewStatus, by: By, *, is_verified: bool
) -> None:
    """Set the status of a locked interview and of its seats, move the enrolments, and keep the seats counted.

    What a person did in Slack can be undone for a while, so what was is kept.
    """
    seats = seats_held(session, interview)
    keep_for_undo(session, interview, seats, by)
    interview.status, interview.is_verified = to, is_verified
    if to is InterviewStatus.CANCELED:
        interview.host_no_show = False
    with counting(study, seats):
        for seat in seats:
            seat.outcome = to
    move_enrolments(session, study, seats, by)


@contextmanager
def counting(study: Study, seats: Sequence[Attendee]) -> Iterator[None]:
    """Keep the seats of a locked study counted while the outcomes of some of them are set."""
    before = sum(seat.outcome in COUNTED for seat in seats)
    yield
    study.seats_taken += sum(seat.outcome in COUNTED for seat in seats) - before


def keep_for_undo(session: Session, interview: Interview, seats: Sequence[Attendee], by: By) -> None:
    """Note what a locked interview and its held seats are before a person in Slack changes them; nobody else can undo.

    It is written at once, so that all seats are written by one statement, and by one more when they are changed.
    """
    is_undoable = by.door is Door.SLACK
    for seat in seats:
        seat.outcome_before = seat.outcome if is_undoable else None
    session.flush()
    interview.settled_at = by.at if is_undoable else None
    interview.status_before = interview.status if is_undoable else None
    interview.was_verified = interview.is_verified if is_undoable else None
    interview.host_no_show_before = interview.host_no_show if is_undoable else None


STATUS_AFTER = {
    InterviewStatus.UPCOMING: ParticipantStatus.INTERVIEW_SCHEDULED,
    InterviewStatus.COMPLETED: ParticipantStatus.INTERVIEW_COMPLETED,
    InterviewStatus.NO_SHOWED: ParticipantStatus.NO_SHOWED,
    InterviewStatus.CANCELED: ParticipantStatus.INTERVIEW_CANCELED,
}
"""Where the outcome of a participant's session puts them."""


def move_enrolments(
    session: Session, study: Study, seats: Sequence[Attendee], by: By, cause: Cause = Cause.SESSION
) -> None:
    """Let the enrolments of those who have or had these seats follow their sessions in the study, which is locked."""
    ids = {seat.enrolment_id for seat in seats if seat.enrolment_id is not None}
    follow_sessions(session, {study.id: study}, ids, Why(cause, by), LEFT)


def follow_sessions(
    session: Session,
    locked: Mapping[int, Study],
    enrolment_ids: Collection[int],
    why: Why,
    but: Collection[ParticipantStatus],
) -> None:
    """Let enrolments follow their sessions in locked studies: one that is ahead, else the latest held.

    Interview Canceled when all were called off. Who is in one of the statuses `but` stays there; an incentive that
    somebody has earned who opted out meanwhile is owed all the same. The statements are as many as one enrolment takes.
    """
    enrolments = statuses.lock(session, enrolment_ids)
    decisive = interviews.decisive_seats(session, enrolment_ids)
    changes = []
    for enrolment in enrolments:
        outcome, is_verified = decisive.get(enrolment.id, (InterviewStatus.CANCELED, False))
        to = status_after(locked[enrolment.study_id], outcome, is_verified=is_verified)
        if enrolment.status not in but:
            changes.append((enrolment, to))
        else:
            statuses.keep_owed(enrolment, to)
    statuses.move(session, changes, why)


def status_after(study: Study, outcome: InterviewStatus, *, is_verified: bool) -> ParticipantStatus:
    """Where a session with that outcome puts a participant: an incentive is owed only once it is verified."""
    if outcome is InterviewStatus.COMPLETED and is_verified and study.incentive_amount_minor is not None:
        return ParticipantStatus.INCENTIVE_NOT_SENT
    return STATUS_AFTER[outcome]


def participant_seats(session: Session, interview: Interview) -> list[Attendee]:
    """The participants' places in the interview."""
    return [a for a in interviews.attendees(session, interview.id) if a.kind is AttendeeKind.PARTICIPANT]


def seats_held(session: Session, interview: Interview) -> list[Attendee]:
    """The places of those participants who have not cancelled."""
    return [s for s in participant_seats(session, interview) if s.outcome is not InterviewStatus.CANCELED]
