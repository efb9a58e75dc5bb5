"""Merging two participants who are one person: what it would do, and doing it. It can't be undone."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import combinations
from typing import Any

from sqlalchemy.orm import Session

from bot.services import audit, governance, outgoing, record, statuses
from bot.services.audit import Audited
from bot.services.interviews import COUNTED, follow_sessions
from bot.services.opting_out import STAYS
from bot.services.outgoing import Kind
from bot.services.record import By
from bot.services.statuses import Why
from domain import merging as rules
from domain.audit import AuditAction
from domain.errors import NotFound, RuleError, Stale
from domain.interview import InterviewStatus, TimelineKind
from domain.merging import Known, Meeting, Merging, Place
from domain.participant import LEFT, Cause, ParticipantStatus
from domain.person import Person, alias
from domain.roles import Actor, Permission
from storage import interviews, members, participants, people, rows, seats, studies
from storage import merging as stored
from storage.models import Attendee, Enrolment, Interview, Participant, ParticipantAddress
from storage.participants import folded, surname_first

CHANGED = "Something has just changed about one of the two. Look at it once more."
KEPT_FIRST = (
    InterviewStatus.UPCOMING,
    InterviewStatus.COMPLETED,
    InterviewStatus.NO_SHOWED,
    InterviewStatus.CANCELED,
)
"""Of two seats of one person in a session the one that is kept: the first of these."""

SeatIn = tuple[Attendee, Interview]


@dataclass(frozen=True, slots=True)
class Merged:
    """What merging came to: the numbers of who stayed and who went."""

    number: int
    gone: int


def preview(session: Session, actor: Actor, stays: str, goes: str) -> Merging:
    """What merging the second participant into the first would do, each called by alias or address.

    Raises NotFound, NotAllowed, and RuleError for two who can't be merged as they are.
    """
    actor.require(Permission.MERGE_PEOPLE)
    own, other = two(session, actor, stays, goes)
    found = foreseen(session, own, other)
    rules.check(found)
    return found


def two(session: Session, actor: Actor, stays: str, goes: str) -> tuple[Participant, Participant]:
    """The two participants of those aliases or addresses. Raises as `person`, and RuleError for one and the same."""
    own, other = person(session, actor, stays), person(session, actor, goes)
    if own.id == other.id:
        raise RuleError(f"That is {alias(own.number)} both times: there is nothing to merge.", "participant")
    return own, other


def first(session: Session, actor: Actor, called: str) -> Person:
    """The participant with whom another one is to be merged. Raises NotFound and NotAllowed."""
    actor.require(Permission.MERGE_PEOPLE)
    return people.person_of(person(session, actor, called), by_name=True)


def alias_of(session: Session, actor: Actor, participant_id: int) -> str:
    """How the participant is called whom somebody chose. Raises NotFound."""
    return alias(participants.participant(session, actor.workspace_id, participant_id).number)


def person(session: Session, actor: Actor, called: str) -> Participant:
    """The participant of that alias or address. Raises NotFound, and RuleError for one who was erased."""
    found, _ = people.one(session, actor, called)
    if found.erased_at is not None:
        raise RuleError(f"{alias(found.number)} was erased: nobody knows who that was.", "participant")
    return found


def foreseen(session: Session, own: Participant, other: Participant) -> Merging:
    """What there is of the two. Nothing changes, and the statements are as many for little as for much."""
    seats = [(seat, interview) for seat, interview in stored.seats(session, (own.id, other.id))]
    ahead = [each for each in seats if stored.is_ahead(*each)]
    places: dict[int, dict[int, Place]] = {own.id: {}, other.id: {}}
    for enrolment, key in stored.places(session, (own.id, other.id)):
        places[enrolment.participant_id][enrolment.study_id] = place_of(enrolment, key, ahead)
    theirs, others = places[own.id], places[other.id]
    both = sorted(theirs.keys() & others.keys())
    return Merging(
        stays=people.person_of(own, by_name=True),
        goes=people.person_of(other, by_name=True),
        own=known(own),
        other=known(other),
        meetings=tuple(Meeting(theirs[study_id], others[study_id]) for study_id in both),
        places=tuple(place for study_id, place in others.items() if study_id not in theirs),
        own_ahead=tuple(interview.reference for seat, interview in ahead if seat.participant_id == own.id),
        comes_over=stored.counts(session, other.id),
        overlaps=overlaps(ahead),
    )


def place_of(enrolment: Enrolment, key: str, ahead: Sequence[SeatIn]) -> Place:
    references = tuple(interview.reference for seat, interview in ahead if seat.enrolment_id == enrolment.id)
    return Place(enrolment.id, enrolment.study_id, key, enrolment.status, enrolment.status_before, references)


def overlaps(ahead: Sequence[SeatIn]) -> tuple[tuple[str, str], ...]:
    """Pairs of sessions ahead, of one and of the other, that meet in time."""
    return tuple(
        (first.reference, second.reference)
        for (seat, first), (other, second) in combinations(ahead, 2)
        if seat.participant_id != other.participant_id
        and first.id != second.id
        and first.starts_at < second.ends_at
        and second.starts_at < first.ends_at
    )


def known(of: Participant) -> Known:
    """What is known of somebody that matters here."""
    return Known(
        email=of.email,
        name=of.name,
        phone=of.phone,
        time_zone=of.time_zone,
        properties={str(name): str(value) for name, value in of.properties.items()},
        bounced_at=of.bounced_at,
        soft_bounced_at=of.soft_bounced_at,
        blocklisted_at=of.blocklisted_at,
        blocklist_reason=of.blocklist_reason,
        opted_out_at=of.opted_out_at,
        do_not_contact_reason=of.do_not_contact_reason,
        cooldown_until=of.cooldown_until,
    )


def merge(session: Session, actor: Actor, stays: str, goes: str, taken: Collection[str], now: datetime) -> Merged:
    """Merge the second participant into the first. The fields in `taken` are kept as the second has them.

    Raises as `preview`, and Stale when somebody is just changing one of the two.
    """
    actor.require(Permission.MERGE_PEOPLE)
    own, other = two(session, actor, stays, goes)
    found = lock(session, actor.workspace_id, own.id, other.id)
    rules.check(found.seen)
    numbers = Merged(found.own.number, found.other.number)
    by = record.by(actor, now)
    touched = move_seats(session, found)
    move_places(session, found, by)
    follow(session, found, by)
    take_in(session, found, frozenset(taken) & rules.FIELDS.keys(), now)
    settle(session, found, by)
    tell(session, actor.workspace_id, found, touched, by)
    text = f"merged {alias(numbers.gone)} into {alias(numbers.number)}"
    audit.note(session, actor, Audited(AuditAction.MERGED, text, found.own.id), now)
    return numbers


@dataclass(frozen=True, slots=True)
class Locked:
    """The two with everything of theirs that is locked until the commit."""

    own: Participant
    other: Participant
    seen: Merging
    studies: dict[int, Any]
    seats: list[SeatIn]


def lock(session: Session, workspace_id: int, own_id: int, other_id: int) -> Locked:
    """Lock what is changed, in the order that everybody keeps: mails, studies, sessions, the workspace, people, places.

    Raises Stale when there is more by then than was locked, NotFound when one of the two is gone.
    """
    ids = (own_id, other_id)
    stored.lock_mails(session, other_id)
    study_ids = {enrolment.study_id for enrolment, _ in stored.places(session, ids)}
    locked = studies.lock_all(session, workspace_id, study_ids)
    interview_ids = {interview.id for _, interview in stored.seats(session, ids)}
    interviews.lock_all(session, workspace_id, interview_ids)
    members.lock_workspace(session, workspace_id)
    both = stored.lock_people(session, ids)
    if both.keys() != set(ids):
        raise NotFound("One of the two is not there any more: somebody has just merged them.", "participant")
    stored.lock_places(session, ids)
    seats = [(seat, interview) for seat, interview in stored.seats(session, ids)]
    found = foreseen(session, both[own_id], both[other_id])
    here = {place.study_id for place in found.places} | {meeting.own.study_id for meeting in found.meetings}
    if not here <= locked.keys() or not {interview.id for _, interview in seats} <= interview_ids:
        raise Stale(CHANGED)
    return Locked(both[own_id], both[other_id], found, locked, seats)


def move_seats(session: Session, found: Locked) -> list[int]:
    """Let the seats of the one who goes be those of the one who stays; of two in one session the better is kept.

    The ids of the sessions that they are in.
    """
    theirs = {interview.id: (seat, interview) for seat, interview in found.seats if seat.participant_id == found.own.id}
    moved = [(seat, interview) for seat, interview in found.seats if seat.participant_id == found.other.id]
    moved_in = [interview.id for _, interview in moved]
    given_up: dict[int, int] = {}
    for seat, interview in moved:
        if interview.id not in theirs:
            continue
        own, _ = theirs[interview.id]
        kept, dropped = sorted((own, seat), key=lambda each: KEPT_FIRST.index(each.outcome))
        given_up[dropped.id] = kept.id
        if kept.outcome in COUNTED and dropped.outcome in COUNTED:
            found.studies[interview.study_id].seats_taken -= 1
    stored.move(session, Attendee, given_up)
    stored.delete(session, Attendee, given_up.keys())
    return moved_in


def move_places(session: Session, found: Locked, by: By) -> None:
    """Let the one who stays be wherever the other one was. Of two places in a study the further one is kept, with what
    belongs to the other, and its history.
    """
    pairs = {meeting.given_up.enrolment_id: meeting.kept.enrolment_id for meeting in found.seen.meetings}
    places = {one.id: one for one, _ in stored.places(session, (found.own.id, found.other.id))}
    text = f"{alias(found.other.number)} and {alias(found.own.number)} are one person"
    for old in stored.finished_twice(session, pairs):
        found.studies[places[old].study_id].seats_taken -= 1
    statuses.merged(session, [(places[old], places[new]) for old, new in pairs.items()], Why(Cause.MERGED, by, text))
    if pairs:
        stored.keep_latest(session, [(places[new], places[old]) for old, new in pairs.items()])
        stored.prefer_submitted(session, pairs)
        stored.lead_claims(session, pairs)
    stored.move(session, Enrolment, pairs)
    stored.delete(session, Enrolment, pairs.keys())
    stored.hand_over(session, found.other.id, found.own.id)


def follow(session: Session, found: Locked, by: By) -> None:
    """Let a place that is kept stand where a session ahead puts it that comes over from the other one."""
    ids = [each.kept.enrolment_id for each in found.seen.meetings if each.given_up.ahead]
    if ids:
        follow_sessions(session, found.studies, ids, Why(Cause.SESSION, by), LEFT)


def take_in(session: Session, found: Locked, taken: frozenset[str], now: datetime) -> None:
    """Let the one who stays be all that the two were, and the other one be gone."""
    own, other = found.own, found.other
    after = rules.merged(found.seen.own, found.seen.other, taken)
    added, other_email = min(own.created_at, other.created_at), found.seen.other.email
    given_up = found.seen.own.email if after.email == other_email else other_email
    stored.move(session, Participant, {other.id: own.id}, but=[Enrolment])
    stored.remember_number(session, other, own.id, now)
    session.flush()
    stored.delete(session, Participant, [other.id])
    for column in (
        "email", "name", "phone", "time_zone", "bounced_at", "soft_bounced_at", "blocklisted_at", "blocklist_reason",
        "opted_out_at", "do_not_contact_reason", "cooldown_until",
    ):  # fmt: skip
        setattr(own, column, getattr(after, column))
    own.properties = dict(after.properties)
    own.sort_name, own.sort_surname = folded(after.name), surname_first(after.name)
    own.created_at = added
    session.add(ParticipantAddress(workspace_id=own.workspace_id, email=given_up, participant_id=own.id, added_at=now))
    session.flush()


def settle(session: Session, found: Locked, by: By) -> None:
    """Let the one person stand in every study where they do as one: opted out everywhere, or reached again."""
    own = found.own
    if own.opted_out_at is not None:
        ids = [enrolment.id for enrolment, _ in stored.places(session, [own.id])]
        left = [one for one in statuses.lock(session, ids) if one.status not in STAYS]
        statuses.move(session, [(one, ParticipantStatus.OPTED_OUT) for one in left], Why(Cause.MERGED, by))
    elif own.bounced_at is None:
        back = statuses.address_corrected(session, own.id, by)
        if booked := seats.booked(session, [one.id for one in back]):
            follow_sessions(session, found.studies, booked, Why(Cause.SESSION, by), LEFT)
    governance.touched(session, [own.id], by.at)


def tell(session: Session, workspace_id: int, found: Locked, interview_ids: Sequence[int], by: By) -> None:
    """Bring up to date what shows the one person by another alias or address, or counts them twice.

    A session of the past that has no card, as it was logged, gets none now.
    """
    touched = interviews.lock_all(session, workspace_id, interview_ids)
    gone, stayed = found.seen.goes.alias, found.seen.stays.alias
    ahead = [interview for interview in touched if interview.status is InterviewStatus.UPCOMING]
    text = f"merged {gone} into {stayed}"
    rows.insert_all(session, [record.draft_entry(each, by, TimelineKind.DETAILS_CHANGED, text) for each in ahead])
    carded = set(outgoing.shown_already(session, workspace_id, Kind.CARD, interview_ids))
    outgoing.show_all(session, [each for each in touched if each in ahead or str(each.id) in carded], by.at)
    outgoing.sync_calendars(session, ahead, by.at)
    outgoing.show_studies(session, workspace_id, found.studies.keys(), by.at)
