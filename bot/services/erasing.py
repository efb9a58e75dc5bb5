"""Erasing people: all that is personal goes, and what must be kept stays under their alias (`docs/privacy.md`)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.services import audit, masking, opting_out, outgoing, record, review_cards
from bot.services.audit import Audited
from bot.services.outgoing import Kind
from bot.services.record import By
from domain.alert import AlertKind
from domain.audit import AuditAction
from domain.erasure import Erasure, Traces
from domain.interview import Door
from domain.participant import ParticipantStatus
from domain.person import alias
from domain.roles import Actor, Permission
from storage import erasing, participants, people, retention, suppressed, waiting
from storage.models import (
    Attendee,
    Enrolment,
    Interview,
    Participant,
    ParticipantNote,
    ScreenerResponse,
    Study,
    Team,
)
from storage.outbox import Projected, project_all
from storage.suppressed import Suppressed

WHY = "their data was erased"


def preview(session: Session, actor: Actor, called: str, now: datetime) -> Erasure:
    """What erasing the participant with that alias or address would do. Raises NotFound and NotAllowed."""
    actor.require(Permission.ERASE_PEOPLE)
    person, _ = people.one(session, actor, called)
    return foreseen(session, person, now)


def foreseen(session: Session, person: Participant, now: datetime) -> Erasure:
    """What there is of the person. Nothing changes."""
    seats = session.execute(
        sa.select(Interview.reference, Attendee.starts_at, Interview.id, Attendee.outcome)
        .join(Interview, Interview.id == Attendee.interview_id)
        .where(Attendee.participant_id == person.id)
        .order_by(Attendee.starts_at)
    ).all()
    ahead = [seat for seat in seats if seat.starts_at > now and seat.outcome == "upcoming"]
    enrolled = session.execute(
        sa.select(Study.key, Enrolment.status)
        .join(Study, Study.id == Enrolment.study_id)
        .where(Enrolment.participant_id == person.id)
        .order_by(Study.key)
    ).all()
    notes = sa.select(sa.func.count()).select_from(ParticipantNote).where(ParticipantNote.participant_id == person.id)
    answers = (
        sa.select(sa.func.count())
        .select_from(ScreenerResponse)
        .join(Enrolment, Enrolment.id == ScreenerResponse.enrolment_id)
        .where(Enrolment.participant_id == person.id)
    )
    return Erasure(
        number=person.number,
        label=person.name or person.email,
        sessions_ahead=tuple(seat.reference for seat in ahead),
        studies=len(enrolled),
        sessions_past=len(seats) - len(ahead),
        notes=session.scalar(notes) or 0,
        answers=session.scalar(answers) or 0,
        waits_unsent=erasing.unsent(session, person.workspace_id, person.id),
        owed=tuple(each.key for each in enrolled if each.status is ParticipantStatus.INCENTIVE_NOT_SENT),
        is_kept_away=is_kept_away(person),
        is_done=person.erased_at is not None,
    )


def is_kept_away(person: Participant) -> bool:
    """Whether somebody comes back as they left who is erased: opted out, or on the blocklist."""
    return person.opted_out_at is not None or person.blocklisted_at is not None


def erase(session: Session, actor: Actor, called: str, now: datetime, door: Door = Door.SLACK) -> Erasure:
    """Erase the participant with that alias or address. Once more changes nothing.

    What they have booked ahead is free again, and its team hears it. Raises NotFound and NotAllowed.
    """
    found = preview(session, actor, called, now)
    person, _ = people.one(session, actor, alias(found.number))
    if wipe(session, [person.id], actor.workspace_id, By(actor.name, Door.SYSTEM, now)):
        audit.note(session, actor, erased(person), now, door)
    return found


def erase_unused(
    session: Session, workspace_id: int, participant_ids: Sequence[int], before: datetime, now: datetime
) -> int:
    """Erase those of the people of whom nothing has happened since `before`, as the workspace wants it. How many.

    Whether it is so still is decided under the lock: somebody may have been booked since they were found.
    """
    gone = wipe(session, participant_ids, workspace_id, record.by_callsheet(now), retention.is_unused(before))
    kept = "nothing has happened for as long as people are kept"
    done = [Audited(AuditAction.ERASED, f"erased {alias(each.number)}: {kept}", each.id) for each in gone]
    audit.note_all_by_callsheet(session, workspace_id, done, now)
    return len(gone)


def erased(person: Participant) -> Audited:
    return Audited(AuditAction.ERASED, f"erased {alias(person.number)}", person.id)


def wipe(
    session: Session,
    participant_ids: Sequence[int],
    workspace_id: int,
    by: By,
    which: sa.ColumnElement[bool] | None = None,
) -> Sequence[Participant]:
    """Erase people of one workspace: those of them for whom `which` holds. Who was erased just now.

    With `which` it is people who have nothing booked: no seat of theirs is looked for. Else it is one person.

    Everything is locked in the order that everybody keeps: studies, sessions, the workspace, participants.
    """
    unlocked = list(participants.by_ids(session, participant_ids).values())
    released = [
        (locked, seats)
        for person in unlocked
        if person.erased_at is None and which is None
        for locked in [opting_out.lock_studies(session, person)]
        for seats in [[each for each in opting_out.lock_seats(session, person, by.at) if each[0].study_id in locked]]
    ]
    suppressed.key_of(session, workspace_id)
    locked_people = [person for person in participants.lock_all(session, participant_ids) if person.erased_at is None]
    if which is not None:
        found = [person.id for person in locked_people]
        still = set(session.scalars(sa.select(Participant.id).where(Participant.id.in_(found), which)))
        locked_people = [person for person in locked_people if person.id in still]
    ids = {person.id for person in locked_people}
    if not ids:
        return []
    named = erasing.traces(session, locked_people)
    keep_away(session, workspace_id, locked_people, named)
    for locked, seats in released:
        free(session, locked, [each for each in seats if each[1].participant_id in ids], by)
    places = leave_lists(session, ids)
    erasing.forget(session, ids, by.at)
    whose = erasing.seats_of(session, ids)
    posts = erasing.clean_sessions(session, whose, named)
    erasing.clean_audit(session, named)
    erasing.clean_outbox(session, workspace_id, named)
    erasing.clean_imports(session, workspace_id, named)
    erasing.empty(session, ids, by.at)
    session.expire_all()
    show_again(session, workspace_id, list(whose), posts, by.at)
    review_cards.show_all_again(session, workspace_id, places, by.at)
    outgoing.show_studies(session, workspace_id, set(places.values()), by.at)
    return participants.lock_all(session, ids)


def keep_away(session: Session, workspace_id: int, gone: Sequence[Participant], named: Mapping[int, Traces]) -> None:
    """Keep the hashes of the addresses of those who had opted out or were blocklisted."""
    kept: dict[str, Suppressed] = {}
    for person in gone:
        since = person.blocklisted_at or person.opted_out_at
        if since is not None:
            found = Suppressed(since, is_blocked=person.blocklisted_at is not None)
            kept |= dict.fromkeys(named[person.id].emails, found)
    suppressed.keep(session, workspace_id, kept)


def free(session: Session, locked: Mapping[int, Study], seats: Sequence[tuple[Interview, Attendee]], by: By) -> None:
    """Free the seats that somebody has ahead, and tell their teams."""
    entries = [
        opting_out.release(session, locked[interview.study_id], interview, seat, by, WHY) for interview, seat in seats
    ]
    session.flush()
    told = [(interview, seat, entry) for (interview, seat), entry in zip(seats, entries, strict=True)]
    opting_out.tell(session, told, by.at, AlertKind.ERASED)


def leave_lists(session: Session, participant_ids: Collection[int]) -> dict[int, int]:
    """Take the people off every waiting list. Their enrolments, each with its study."""
    rows = session.execute(
        sa.select(Enrolment.id, Enrolment.study_id).where(Enrolment.participant_id.in_(participant_ids))
    ).all()
    waiting.leave(session, [row.id for row in rows])
    return {row.id: row.study_id for row in rows}


def show_again(
    session: Session, workspace_id: int, interview_ids: Sequence[int], posts: Mapping[int, int], now: datetime
) -> None:
    """Draw again what shows the sessions: cards and App Homes, posts in threads, digests, calendar events.

    `posts` are posts in threads with their interviews' ids. What was never shown is not shown now.
    """
    carded = outgoing.shown_already(session, workspace_id, Kind.CARD, interview_ids)
    shown = session.scalars(
        sa.select(Interview).where(Interview.id.in_([int(id_) for id_ in carded])).order_by(Interview.id)
    ).all()
    outgoing.show_all(session, shown, now)
    channels = outgoing.channels_of(session, {interview.study_id for interview in shown})
    lane_of = {interview.id: outgoing.channel_lane(channels[interview.study_id]) for interview in shown}
    told = outgoing.shown_already(session, workspace_id, Kind.THREAD, posts)
    threads = [Projected(Kind.THREAD, post, lane_of[posts[int(post)]]) for post in told if posts[int(post)] in lane_of]
    project_all(session, workspace_id, threads, now)
    held = outgoing.shown_already(session, workspace_id, Kind.CALENDAR, interview_ids)
    outgoing.sync_calendars(session, erasing.past_sessions(session, [int(id_) for id_ in held]), now)
    teams = {interview.team_id for interview in shown}
    masking.draw_digests(session, workspace_id, now, Team.names_in_channel.is_(True), Team.id.in_(teams))
