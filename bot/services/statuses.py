"""Where enrolments stand: the one place that moves them, and their history. Nothing else writes a status.

What leads from where to where is the table in `domain.participant`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from bot.services import governance
from bot.services.record import By
from domain.errors import RuleError
from domain.participant import (
    BOUNCED,
    INCENTIVE_OUT,
    INVITES,
    STAYS_WHEN_INVITED,
    Cause,
    Facts,
    Leg,
    ParticipantStatus,
    facts_after,
    legs,
    why_not,
    why_not_all,
)
from storage import participants
from storage import statuses as stored
from storage.models import Enrolment
from storage.participants import Place
from storage.statuses import Moved, Signature

S = ParticipantStatus
Change = tuple[Enrolment, ParticipantStatus]
"""A locked enrolment, and where it is to go."""


@dataclass(frozen=True, slots=True)
class Why:
    """What moves enrolments: the cause, who did it through which door and when, and the reason that they gave.

    `bulk_id` is the change by hand that it is part of.
    """

    cause: Cause
    by: By
    reason: str | None = None
    bulk_id: int | None = None


def lock(session: Session, enrolment_ids: Collection[int]) -> Sequence[Enrolment]:
    """Those enrolments, locked until the commit, each kind in a fixed order: first the people, then they. Two
    statements. What the rules about contact count is noted at the people, so whoever moves enrolments locks them so.
    """
    stored.lock_people_of(session, enrolment_ids)
    return participants.lock_enrolments(session, enrolment_ids)


def possible(session: Session, changes: Iterable[Change], cause: Cause) -> list[Change]:
    """Those of the changes that the table allows, and that change something."""
    wanted = [(one, to) for one, to in changes if one.status is not to]
    types = stored.study_types(session, {one.study_id for one, _ in wanted})
    return [
        (one, to)
        for one, to in wanted
        if why_not_all(legs(cause, one.status, to, types[one.study_id]), types[one.study_id]) is None
    ]


def move(session: Session, changes: Iterable[Change], why: Why) -> list[Enrolment]:
    """Move locked enrolments on, by as many statements as one takes: which were moved.

    Whoever is there already stays as they are. Raises RuleError, having written nothing, for a step that the table does
    not know (`domain.participant.why_not`): whoever moves many leaves those out before.
    """
    wanted = [(one, to) for one, to in changes if one.status is not to]
    if not wanted:
        return []
    types = stored.study_types(session, {one.study_id for one, _ in wanted})
    ways = [(one, legs(why.cause, one.status, to, types[one.study_id])) for one, to in wanted]
    for one, way in ways:
        if refusal := why_not_all(way, types[one.study_id]):
            raise RuleError(refusal, "status")
    now = why.by.at
    moved = [Moved(one, way[-1].was, way[-1].to, facts_at_end(facts_of(one), way, why)) for one, way in ways]
    anew = [one.enrolment for one in moved if one.facts != facts_of(one.enrolment)]
    contacted = [one for one, way in ways if way[-1].cause is Cause.BY_HAND and way[-1].to in INVITES.values()]
    taken_back = [one for one, way in ways if is_taken_back(way[-1])]
    stored.write(session, moved, Signature(why.by.name, now, why.reason))
    stored.remember(session, [history_row(one.id, leg.cause, leg.was, leg.to, why) for one, way in ways for leg in way])
    if contacted:
        stored.note_invitations(session, contacted, now)
    if taken_back:
        stored.forget_invitations(session, taken_back)
    count_anew(session, [*anew, *contacted, *taken_back], why)
    return [one for one, _ in wanted]


def facts_of(enrolment: Enrolment) -> Facts:
    return Facts(enrolment.took_part_at, enrolment.no_showed_at)


def facts_at_end(facts: Facts, way: Iterable[Leg], why: Why) -> Facts:
    """What holds of somebody when they have gone the way."""
    for leg in way:
        facts = facts_after(leg, facts, why.by.at)
    return facts


def is_taken_back(leg: Leg) -> bool:
    """Whether it undoes that somebody was noted as contacted elsewhere."""
    return leg.cause is Cause.UNDONE and leg.to is S.NOT_CONTACTED and leg.was in INVITES.values()


def count_anew(session: Session, enrolments: Iterable[Enrolment], why: Why) -> None:
    """Let the rules about contact look again at those whose enrolments they are."""
    people = {one.participant_id for one in enrolments}
    if people:
        governance.touched(session, people, why.by.at)


def enrol(session: Session, places: Mapping[Place, ParticipantStatus], why: Why) -> dict[Place, int]:
    """Take free places in studies, each with its first status: the enrolments' ids, by as many statements as one takes.

    Raises RuleError for a status with which nobody comes into a study in this way.
    """
    if not places:
        return {}
    types = stored.study_types(session, {study_id for study_id, _ in places})
    for (study_id, _), to in places.items():
        if refusal := why_not(why.cause, None, to, types[study_id]):
            raise RuleError(refusal, "status")
    people = {participant_id for _, participant_id in places}
    stored.lock_people(session, people)
    ids = participants.enrol_all(session, places, why.by.name, why.by.at)
    stored.remember(session, [history_row(ids[place], why.cause, None, to, why) for place, to in places.items()])
    governance.touched(session, people, why.by.at)
    return ids


def invited(session: Session, enrolment_ids: Collection[int], why: Why) -> set[int]:
    """Note that people were mailed an invitation to their studies, of the kind that the cause says: who they are.

    They are what it makes of them (`INVITES`), or were so, or further on, and are invited once more. Those who stand
    where nobody is invited by now are left as they are. As many statements for any number of people.
    """
    to, stays = INVITES[why.cause], STAYS_WHEN_INVITED[why.cause]
    enrolments = lock(session, enrolment_ids)
    changes = possible(session, [(one, to) for one in enrolments if one.status not in stays], why.cause)
    going = [one for one in enrolments if one.status in stays] + [one for one, _ in changes]
    if not going:
        return set()
    move(session, changes, why)
    stored.note_invitations(session, going, why.by.at)
    count_anew(session, going, why)
    return {one.id for one in going}


def not_mailed(session: Session, enrolment: Enrolment, why: Why, cause: Cause) -> None:
    """Take back the last invitation of the owner of a locked enrolment, of the kind that `cause` says: its mail does
    not go out. They are again what they were, unless they have gone on since, and the rules count it no longer.
    """
    invited_at, was = enrolment.invited_at, enrolment.status_before
    is_of_it = enrolment.status is INVITES[cause] and enrolment.status_changed_at == invited_at
    if is_of_it and was is not None:
        move(session, possible(session, [(enrolment, was)], Cause.UNDONE), why)
    if enrolment.invited_at == invited_at:
        stored.forget_invitations(session, [enrolment])
        count_anew(session, [enrolment], why)


def address_corrected(session: Session, participant_id: int, by: By) -> list[Enrolment]:
    """Let somebody with a new address be again what they were in their studies before mail came back. Which moved."""
    ids = stored.bounced(session, participant_id)
    enrolments, before = lock(session, ids), stored.last_but(session, ids, BOUNCED)
    back = [(one, before.get(one.id) or before_history(one)) for one in enrolments if one.status in BOUNCED]
    return move(session, possible(session, back, Cause.ADDRESS_CORRECTED), Why(Cause.ADDRESS_CORRECTED, by))


def before_history(enrolment: Enrolment) -> ParticipantStatus:
    """What somebody was before mail came back, of whom no earlier step is kept."""
    was = enrolment.status_before
    return S.NOT_CONTACTED if was is None or was in BOUNCED else was


def merged(session: Session, given_up: Iterable[tuple[Enrolment, Enrolment]], why: Why) -> None:
    """Note, in the history of the place that is kept (the second), that another in the study was merged into it.

    It stays where it is. The steps of the other one go on being told as those of a place of its own (`former_id`).
    """
    pairs = list(given_up)
    if pairs:
        stored.set_apart(session, [one.id for one, _ in pairs])
        stored.remember(
            session, [history_row(kept.id, Cause.MERGED, kept.status, kept.status, why) for _, kept in pairs]
        )


def keep_owed(enrolment: Enrolment, to: ParticipantStatus) -> None:
    """Note of a locked enrolment that is Opted Out where their sessions would put them: an incentive that they have
    earned stays owed (`status_before`), until it turns out that they did not come. What was sent stays sent.
    """
    if enrolment.status is not S.OPTED_OUT or enrolment.status_before in INCENTIVE_OUT:
        return
    if to is S.INCENTIVE_NOT_SENT or (enrolment.status_before is S.INCENTIVE_NOT_SENT and to is S.NO_SHOWED):
        enrolment.status_before = to


def history_row(
    enrolment_id: int, cause: Cause, was: ParticipantStatus | None, to: ParticipantStatus, why: Why
) -> dict[str, object]:
    return {
        "enrolment_id": enrolment_id,
        "at": why.by.at,
        "was": was,
        "to": to,
        "cause": cause,
        "door": why.by.door,
        "actor": why.by.name,
        "reason": why.reason,
        "bulk_id": why.bulk_id,
    }
