"""What always holds of the people in a study, whatever has happened: read once after each step, and checked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.services import governance
from bot.services.outgoing import Kind
from domain.interview import AttendeeKind, InterviewStatus
from domain.participant import (
    COMPLETED,
    INCENTIVE_OUT,
    TOOK_PART,
    Cause,
    ParticipantStatus,
    exists_in,
    why_not,
)
from storage.models import Attendee, Enrolment, Interview, OutboxRow, Participant, SentInvitation, StatusChange, Study

S = ParticipantStatus
UPCOMING = InterviewStatus.UPCOMING
HANDS = {Cause.BY_HAND, Cause.RESTORED, Cause.UNDONE}
UNCOUNTED = {S.INTERVIEW_CANCELED, S.NO_SHOWED}


@dataclass(frozen=True)
class Seen:
    """A study's people as they are stored: their history in order, their seats, and who was told what."""

    study: Study
    history: Sequence[StatusChange]
    enrolments: Sequence[Enrolment]
    people: dict[int, Participant]
    seats: Sequence[tuple[int | None, InterviewStatus, datetime]]
    invitations: dict[int, datetime]
    mails: Sequence[OutboxRow]


def look(session: Session, study_id: int, after: int) -> Seen:
    """Everything that is checked, with the mails that were asked for after the row of that id."""
    study = session.get_one(Study, study_id)
    here = sa.select(Enrolment.id).where(Enrolment.study_id == study_id).scalar_subquery()
    changes = sa.select(StatusChange).where(StatusChange.enrolment_id.in_(here)).order_by(StatusChange.id)
    people = sa.select(Participant).where(Participant.workspace_id == study.workspace_id)
    seats = (
        sa.select(Attendee.enrolment_id, Attendee.outcome, Attendee.starts_at)
        .join(Interview)
        .where(Interview.study_id == study_id, Attendee.kind == AttendeeKind.PARTICIPANT)
    )
    invited = (
        sa.select(SentInvitation.enrolment_id, sa.func.max(SentInvitation.at))
        .where(SentInvitation.enrolment_id.in_(here))
        .group_by(SentInvitation.enrolment_id)
    )
    mails = sa.select(OutboxRow).where(
        OutboxRow.workspace_id == study.workspace_id,
        OutboxRow.kind.in_((Kind.ENROLMENT_MAIL, Kind.MAIL)),
        OutboxRow.id > after,
    )
    return Seen(
        study=study,
        history=session.scalars(changes).all(),
        enrolments=session.scalars(sa.select(Enrolment).where(Enrolment.study_id == study_id)).all(),
        people={one.id: one for one in session.scalars(people)},
        seats=[(row[0], row[1], row[2]) for row in session.execute(seats)],
        invitations={row[0]: row[1] for row in session.execute(invited)},
        mails=session.scalars(mails).all(),
    )


def check_history(seen: Seen) -> None:
    """Each step is one that the table knows for its cause, and the steps of each place are a chain that ends there."""
    last: dict[tuple[int, int | None], ParticipantStatus] = {}
    for change in seen.history:
        place = (change.enrolment_id, change.former_id)
        assert change.was is last.get(place), change
        is_note = change.cause is Cause.MERGED and change.was is change.to
        assert is_note or why_not(change.cause, change.was, change.to, seen.study.type) is None, change
        last[place] = change.to
    ends = {enrolment_id: status for (enrolment_id, former_id), status in last.items() if former_id is None}
    assert ends == {one.id: one.status for one in seen.enrolments}


def check_statuses(seen: Seen) -> None:
    """Nobody stands where there is no such thing in the study, and what they were before is what history says."""
    is_paid = seen.study.incentive_amount_minor is not None
    before = {one.enrolment_id: one.was for one in seen.history if one.former_id is None and one.was is not one.to}
    for one in seen.enrolments:
        assert exists_in(one.status, seen.study.type)
        assert one.status not in INCENTIVE_OUT | {S.INCENTIVE_NOT_SENT} or is_paid
        if one.status is not S.OPTED_OUT:
            assert one.status_before is before[one.id]
        person = seen.people[one.participant_id]
        if person.erased_at is not None:
            continue
        assert one.status is not S.HARD_BOUNCED or person.bounced_at is not None
        if person.opted_out_at is not None:
            assert one.status in (S.OPTED_OUT, S.INCENTIVE_CLAIMED) or came_later(seen, one)


def came_later(seen: Seen, enrolment: Enrolment) -> bool:
    """Whether somebody came into the study who had opted out before: a member may add anybody."""
    first = next(one for one in seen.history if one.enrolment_id == enrolment.id and one.former_id is None)
    out = seen.people[enrolment.participant_id].opted_out_at
    return out is not None and first.at >= out


def check_taking_part(seen: Seen) -> None:
    """Who took part, and who missed it, is noted as the history tells it."""
    came: dict[tuple[int, int | None], bool] = {}
    for change in seen.history:
        place = (change.enrolment_id, change.former_id)
        if change.cause is Cause.MERGED and change.was is change.to:
            came[place] = any(has_come for (id_, _), has_come in came.items() if id_ == change.enrolment_id)
        elif change.to in TOOK_PART:
            came[place] = True
        elif change.was in TOOK_PART:
            is_undone = change.cause is Cause.UNDONE
            is_corrected = change.cause in (Cause.SESSION, Cause.BY_HAND) and change.to in UNCOUNTED
            came[place] = came.get(place, False) and not is_undone and not is_corrected
    for one in seen.enrolments:
        assert (one.took_part_at is not None) is came.get((one.id, None), False), one.status
        assert one.status is not S.NO_SHOWED or one.no_showed_at is not None
        if one.status in (S.NOT_CONTACTED, S.NOT_ELIGIBLE):
            assert one.took_part_at is one.no_showed_at is None


def check_sessions(seen: Seen) -> None:
    """Seats are counted, and who has one ahead is booked: but for what a hand said, and who is out."""
    counted = sum(outcome in (UPCOMING, InterviewStatus.COMPLETED) for _, outcome, _ in seen.seats)
    assert seen.study.seats_taken == counted
    ahead = {enrolment_id: starts_at for enrolment_id, outcome, starts_at in seen.seats if outcome is UPCOMING}
    last = {one.enrolment_id: one.cause for one in seen.history if one.former_id is None and one.was is not one.to}
    for one in seen.enrolments:
        if one.id in ahead:
            assert one.status in (S.INTERVIEW_SCHEDULED, S.CANCELED, S.OPTED_OUT, S.HARD_BOUNCED), one.status
            assert one.status is not S.OPTED_OUT or ahead[one.id] <= one.status_changed_at
        elif one.status is S.INTERVIEW_SCHEDULED:
            assert last[one.id] in HANDS


def check_tasks(seen: Seen) -> None:
    """Everybody who has done the survey or the test is counted once; whom a hand has set so is not."""
    done = {one.enrolment_id for one in seen.history if one.cause is Cause.TASK_FINISHED}
    assert seen.study.seats_taken == len(done)
    for one in seen.enrolments:
        assert one.status not in COMPLETED | {S.INCENTIVE_NOT_SENT} or one.took_part_at is not None


def check_invitations(seen: Seen) -> None:
    """When somebody was last invited is what the rules about contact count."""
    assert {one.id: one.invited_at for one in seen.enrolments if one.invited_at is not None} == seen.invitations


def check_mails(seen: Seen, before: Seen | None) -> None:
    """Nobody is sent anything anew who was out of reach before; who is blocked hears of their session only."""
    if before is None:
        return
    place = {one.id: one for one in before.enrolments}
    for mail in seen.mails:
        if mail.kind != Kind.ENROLMENT_MAIL or mail.payload["enrolment_id"] not in place:
            continue
        person = before.people[place[mail.payload["enrolment_id"]].participant_id]
        assert person.opted_out_at is person.bounced_at is person.blocklisted_at is None, mail.payload["mail"]


def check_rules(session: Session, seen: Seen, now: datetime) -> None:
    """Once everybody was looked at, who is Not Eligible is who must not be contacted."""
    found = governance.evaluate(session, seen.study.workspace_id, list(seen.people), now, seen.study.id)
    for one in seen.enrolments:
        if one.status in (S.NOT_CONTACTED, S.NOT_ELIGIBLE) and one.participant_id in found:
            assert (one.status is S.NOT_CONTACTED) is found[one.participant_id].is_free
