"""What always holds of the people in a study, whatever has happened: read once after each step, and checked."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.services import governance
from bot.services.outgoing import Kind
from domain.interview import AttendeeKind, InterviewStatus
from domain.participant import (
    BOUNCED,
    COMPLETED,
    INCENTIVE_OUT,
    TOOK_PART,
    Cause,
    ParticipantStatus,
    exists_in,
    why_not,
)
from storage.models import (
    Attendee,
    Base,
    Enrolment,
    GovernanceOverride,
    Interview,
    OutboxRow,
    OutboxState,
    Participant,
    SentInvitation,
    StatusChange,
    Study,
)

S = ParticipantStatus
UPCOMING = InterviewStatus.UPCOMING
HANDS = {Cause.BY_HAND, Cause.RESTORED, Cause.UNDONE}
UNCOUNTED = {S.INTERVIEW_CANCELED, S.NO_SHOWED}
MAILS = (Kind.ENROLMENT_MAIL, Kind.MAIL)
refusal = cache(why_not)
Where = tuple[int, int | None]
"""A place in a study: an enrolment, and whose it was before it was merged into that."""


@dataclass(frozen=True)
class Seat:
    """Somebody's seat in a session of the study."""

    enrolment_id: int | None
    participant_id: int | None
    outcome: InterviewStatus
    starts_at: datetime
    interview_id: int
    ends_at: datetime
    status: InterviewStatus

    @property
    def is_open(self) -> bool:
        return self.outcome is UPCOMING and self.status is UPCOMING


@dataclass(frozen=True)
class Seen:
    """A study's people as they are stored: their history in order, their seats, and who was told what."""

    study: Study
    history: Sequence[StatusChange]
    enrolments: Sequence[Enrolment]
    people: dict[int, Participant]
    seats: Sequence[Seat]
    invitations: dict[int, datetime]
    mails: Sequence[OutboxRow]
    overridden: set[int]

    def is_booked(self, participant_id: int) -> bool:
        """Whether somebody has a seat in a session that is not settled."""
        return any(seat.participant_id == participant_id and seat.is_open for seat in self.seats)

    def sessions(self, *those: InterviewStatus) -> list[int]:
        """The sessions that are so, the last one first."""
        return sorted({seat.interview_id for seat in self.seats if seat.status in those}, reverse=True)


STUDY, WORKSPACE, AFTER = sa.bindparam("study"), sa.bindparam("workspace"), sa.bindparam("after")
HERE = sa.select(Enrolment.id).where(Enrolment.study_id == STUDY).scalar_subquery()
CHANGES = sa.select(StatusChange).where(StatusChange.enrolment_id.in_(HERE)).order_by(StatusChange.id)
PLACES = sa.select(Enrolment).where(Enrolment.study_id == STUDY).order_by(Enrolment.id)
PEOPLE = sa.select(Participant).where(Participant.workspace_id == WORKSPACE)
SEATS = (
    sa.select(
        Attendee.enrolment_id,
        Attendee.participant_id,
        Attendee.outcome,
        Attendee.starts_at,
        Interview.id,
        Interview.ends_at,
        Interview.status,
    )
    .join(Interview)
    .where(Interview.study_id == STUDY, Attendee.kind == AttendeeKind.PARTICIPANT)
)
INVITED = (
    sa.select(SentInvitation.enrolment_id, sa.func.max(SentInvitation.at))
    .where(SentInvitation.enrolment_id.in_(HERE))
    .group_by(SentInvitation.enrolment_id)
)
SENT = sa.select(OutboxRow).where(OutboxRow.workspace_id == WORKSPACE, OutboxRow.kind.in_(MAILS), OutboxRow.id > AFTER)
OVERRIDDEN = sa.select(GovernanceOverride.participant_id).where(
    GovernanceOverride.study_id == STUDY, GovernanceOverride.ended_at.is_(None)
)
"""Written once: to build a statement takes longer than to carry it out."""


def look(session: Session, workspace_id: int, study_id: int, after: int) -> Seen:
    """Everything that is checked, with the mails that were asked for after the row of that id."""
    given = {"study": study_id, "workspace": workspace_id, "after": after}
    study = session.get_one(Study, study_id)
    return Seen(
        study=study,
        history=session.scalars(CHANGES, given).all(),
        enrolments=session.scalars(PLACES, given).all(),
        people={one.id: one for one in session.scalars(PEOPLE, given)},
        seats=[Seat(*row) for row in session.execute(SEATS, given)] if study.type.has_interviews else [],
        invitations={row[0]: row[1] for row in session.execute(INVITED, given)},
        mails=session.scalars(SENT, given).all(),
        overridden=set(session.scalars(OVERRIDDEN, given)),
    )


def check(before: Seen, seen: Seen) -> None:
    """What holds after any step, in a study of any type."""
    check_history(seen)
    check_kept(before, seen)
    check_ways_back(seen)
    check_payments(seen)
    check_statuses(seen)
    check_taking_part(seen)
    check_invitations(seen)
    check_mails(before, seen)
    (check_sessions if seen.study.type.has_interviews else check_tasks)(seen)


def check_history(seen: Seen) -> None:
    """Each step is one that the table knows for its cause, and the steps of each place are a chain that ends there."""
    last: dict[Where, ParticipantStatus] = {}
    for change in seen.history:
        place = (change.enrolment_id, change.former_id)
        assert change.was is last.get(place), change
        is_note = change.cause is Cause.MERGED and change.was is change.to
        assert is_note or refusal(change.cause, change.was, change.to, seen.study.type) is None, change
        last[place] = change.to
    ends = {enrolment_id: status for (enrolment_id, former_id), status in last.items() if former_id is None}
    assert ends == {one.id: one.status for one in seen.enrolments}


def steps_of(seen: Seen) -> dict[Where, list[StatusChange]]:
    """The steps of each place, in order."""
    steps: dict[Where, list[StatusChange]] = {}
    for change in seen.history:
        steps.setdefault((change.enrolment_id, change.former_id), []).append(change)
    return steps


def check_kept(before: Seen, seen: Seen) -> None:
    """The history is only added to, whoever is merged or erased: what was paid was paid."""
    now = {one.id: (one.at, one.was, one.to, one.cause, one.bulk_id) for one in seen.history}
    assert all(now[one.id] == (one.at, one.was, one.to, one.cause, one.bulk_id) for one in before.history)


def check_ways_back(seen: Seen) -> None:
    """Who goes back becomes what they were: before mail came back, were removed, or were set."""
    for steps in steps_of(seen).values():
        for number, step in enumerate(steps):
            earlier = steps[:number]
            if step.cause is Cause.ADDRESS_CORRECTED:
                assert step.to is [one.to for one in earlier if one.to not in BOUNCED][-1]
            elif step.cause is Cause.RESTORED:
                assert step.to is [one.was for one in earlier if one.to is S.CANCELED is not one.was][-1]
            elif step.cause is Cause.UNDONE and step.bulk_id is not None:
                assert step.to is next(one.was for one in earlier if one.bulk_id == step.bulk_id)


def check_payments(seen: Seen) -> None:
    """Who has the status has been paid, once: until it is cancelled, or a member books them another session."""
    is_out: dict[Where, bool] = {}
    for where, steps in steps_of(seen).items():
        is_sent = is_claimed = False
        for step in steps:
            if step.cause is Cause.PAID:
                assert not is_sent, "paid twice"
            elif step.cause in (Cause.CLAIMED, Cause.PAYMENT_CANCELED):
                assert is_sent, "nothing was out"
                assert not is_claimed, "it was redeemed"
            else:
                assert step.to not in INCENTIVE_OUT or step.was is step.to, "nothing else pays"
            is_again = step.cause is Cause.BOOKED_BY_HAND and step.was is S.INCENTIVE_SENT
            is_sent = step.cause is Cause.PAID or (
                is_sent and step.cause is not Cause.PAYMENT_CANCELED and not is_again
            )
            is_claimed = is_sent and (is_claimed or step.cause is Cause.CLAIMED)
        is_out[where] = is_sent
    for one in seen.enrolments:
        stands = one.status_before if one.status is S.OPTED_OUT else one.status
        assert (stands in INCENTIVE_OUT) is is_out[one.id, None], one.status


def check_statuses(seen: Seen) -> None:
    """Nobody stands where there is no such thing in the study, and what they were before is what history says."""
    is_paid = seen.study.incentive_amount_minor is not None
    before = {one.enrolment_id: one.was for one in seen.history if one.former_id is None and one.was is not one.to}
    for one in seen.enrolments:
        assert exists_in(one.status, seen.study.type)
        assert one.status not in INCENTIVE_OUT | {S.INCENTIVE_NOT_SENT} or is_paid
        assert one.status_before is before[one.id] or is_owed_since(one, before[one.id])
        person = seen.people[one.participant_id]
        if person.erased_at is not None:
            continue
        assert one.status is not S.HARD_BOUNCED or person.bounced_at is not None
        if person.opted_out_at is not None:
            assert one.status in (S.OPTED_OUT, S.INCENTIVE_CLAIMED) or came_later(seen, one)


def is_owed_since(enrolment: Enrolment, before: ParticipantStatus | None) -> bool:
    """Whether somebody who opted out has earned an incentive since, or turned out not to have: none was sent before."""
    owed = {S.INCENTIVE_NOT_SENT, S.NO_SHOWED}
    return enrolment.status is S.OPTED_OUT and before not in INCENTIVE_OUT and enrolment.status_before in owed


def came_later(seen: Seen, enrolment: Enrolment) -> bool:
    """Whether somebody came into the study who had opted out before: a member may add anybody."""
    first = next(one for one in seen.history if one.enrolment_id == enrolment.id and one.former_id is None)
    out = seen.people[enrolment.participant_id].opted_out_at
    return out is not None and first.at >= out


def check_taking_part(seen: Seen) -> None:
    """Who took part, and who missed it, is noted as the history tells it."""
    came: dict[Where, bool] = {}
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
    """Seats are counted, and who has one ahead is booked: but for what a hand said, who is out, and who was paid before
    they turned out to be one with somebody who is booked.
    """
    merged = {one.enrolment_id for one in seen.history if one.cause is Cause.MERGED}
    counted = sum(seat.outcome in (UPCOMING, InterviewStatus.COMPLETED) for seat in seen.seats)
    assert seen.study.seats_taken == counted
    ahead = {seat.enrolment_id: seat.starts_at for seat in seen.seats if seat.outcome is UPCOMING}
    places = {one.id: one.participant_id for one in seen.enrolments}
    assert all(places[seat.enrolment_id] == seat.participant_id for seat in seen.seats if seat.enrolment_id is not None)
    last = {one.enrolment_id: one.cause for one in seen.history if one.former_id is None and one.was is not one.to}
    for one in seen.enrolments:
        if one.id in ahead:
            is_paid = one.status in INCENTIVE_OUT and one.id in merged
            assert is_paid or one.status in (S.INTERVIEW_SCHEDULED, S.CANCELED, S.OPTED_OUT, S.HARD_BOUNCED), one.status
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


def check_mails(before: Seen, seen: Seen) -> None:
    """Nobody is sent anything anew who was out of reach before; who is blocked hears of their session only."""
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


FURTHER = (
    (S.NOT_CONTACTED,),
    (S.STUDY_INVITED,),
    (S.SCREENER_STARTED,),
    (S.SCREENER_COMPLETED,),
    (S.SCREENER_NOT_QUALIFIED, S.SCREENER_QUALIFIED),
    (S.INTERVIEW_INVITED, S.TEST_INVITED),
    (S.TEST_STARTED, S.SURVEY_STARTED),
    (S.INTERVIEW_CANCELED, S.NO_SHOWED),
    tuple(COMPLETED),
    (S.INTERVIEW_SCHEDULED,),
    (S.INCENTIVE_NOT_SENT,),
    (S.INCENTIVE_SENT,),
    (S.INCENTIVE_CLAIMED,),
)
"""How far somebody has come, the least far first; all others are behind these."""


def far(one: Enrolment) -> int:
    stood = one.status_before if one.status is S.OPTED_OUT else one.status
    return next((number for number, those in enumerate(FURTHER) if stood in those), -1)


def check_merged(session: Session, before: Seen, stays: Participant, goes: Participant) -> None:
    """Two are one: they have the further of their places in the study, with all their seats."""
    theirs = [one for one in before.enrolments if one.participant_id in (stays.id, goes.id)]
    theirs.sort(key=lambda one: (far(one), one.participant_id == stays.id), reverse=True)
    assert session.get(Participant, goes.id) is None
    person = session.get_one(Participant, stays.id)
    assert person.email == stays.email
    found = session.scalars(PLACES.where(Enrolment.participant_id == stays.id), {"study": before.study.id}).all()
    assert [one.id for one in found] == [one.id for one in theirs[:1]]
    for one, kept in zip(found, theirs, strict=False):
        if person.opted_out_at is not None:
            assert one.status in (S.OPTED_OUT, S.INCENTIVE_CLAIMED)
        elif any(before.is_booked(id_) for id_ in (stays.id, goes.id)):
            assert one.status in INCENTIVE_OUT | {S.INTERVIEW_SCHEDULED, S.CANCELED}
        else:
            assert one.status is kept.status or kept.status in BOUNCED
        dates = ("took_part_at", "no_showed_at", "invited_at")
        assert all(
            (getattr(one, date) is None) is all(getattr(each, date) is None for each in theirs) for date in dates
        )


TEXTS = sa.union_all(
    *(
        sa.select(sa.literal(f"{column}")).where(sa.func.lower(sa.cast(column, sa.Text)).contains(sa.bindparam("word")))
        for table in Base.metadata.sorted_tables
        for column in table.columns
        if isinstance(column.type, sa.String | sa.JSON) and not isinstance(column.type, sa.Enum)
    )
)
"""The columns that hold a word, written small."""


def check_erased(session: Session, before: Seen, gone: Participant, names: Iterable[str]) -> None:
    """Nothing tells who it was, nothing more goes out to them, and what is owed or was paid stays so."""
    for name in names:
        assert session.scalars(TEXTS, {"word": name}).all() == []
    theirs = [one for one in before.enrolments if one.participant_id == gone.id]
    lanes = [f"mail:{gone.id}", *(f"mail:enrolment:{one.id}" for one in theirs)]
    is_waiting = OutboxRow.state.in_((OutboxState.PENDING, OutboxState.DEAD))
    assert session.scalars(sa.select(OutboxRow.id).where(OutboxRow.lane.in_(lanes), is_waiting)).all() == []
    assert session.get_one(Participant, gone.id).email == f"p{gone.number}@erased.invalid"
    for one in theirs:
        status = session.get_one(Enrolment, one.id).status
        assert status is one.status or one.status is S.INTERVIEW_SCHEDULED
