"""Not Contacted ⇄ Not Eligible: enrolments follow what the rules say, when something happens and when time passes."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.orm import Session

from bot.services import blocklist, record, statuses
from bot.services.statuses import Why
from domain.contact_rules import Rule
from domain.governance import evaluate
from domain.participant import Cause, ParticipantStatus
from storage import governance as stored
from storage import members, participants, studies
from storage.governance import FOLLOWING

PEOPLE = 2000
"""In one transaction."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What the rules say of people: which enrolments move, to what, and when each person is to be looked at next."""

    rules: Sequence[Rule]
    moves: dict[int, ParticipantStatus] = field(default_factory=dict)
    of_person: dict[int, int] = field(default_factory=dict)
    study_of: dict[int, int] = field(default_factory=dict)
    rechecks: dict[int, datetime | None] = field(default_factory=dict)


def look(session: Session, workspace_id: int, participant_ids: Collection[int], now: datetime) -> Seen:
    """What the rules say of those people in every study in which they are Not Contacted or Not Eligible."""
    rules = stored.rules(session, workspace_id)
    seen = Seen(rules, rechecks=dict.fromkeys(participant_ids))
    places = stored.following(session, participant_ids)
    study_of = {one.enrolment_id: one.about.study_id for one in places}
    known = stored.facts(session, workspace_id, rules, {one.participant_id for one in places}, now, study_of)
    overridden = stored.overrides(session, known)
    for one in places:
        facts = known.get(one.participant_id)
        if facts is None:
            continue
        lifted = (one.participant_id, one.about.study_id) in overridden
        found = evaluate(rules, facts, now, about=one.about, is_overridden=lifted)
        to = ParticipantStatus.NOT_CONTACTED if found.is_free else ParticipantStatus.NOT_ELIGIBLE
        if one.status is not to:
            seen.moves[one.enrolment_id] = to
            seen.of_person[one.enrolment_id] = one.participant_id
            seen.study_of[one.enrolment_id] = one.about.study_id
        seen.rechecks[one.participant_id] = earliest(seen.rechecks[one.participant_id], found.clears_at)
    return seen


def earliest(one: datetime | None, other: datetime | None) -> datetime | None:
    """The earlier of two instants of which there may be none."""
    return min((each for each in (one, other) if each is not None), default=None)


def follow(session: Session, workspace_id: int, participant_ids: Sequence[int], now: datetime) -> int:
    """Let those people's enrolments stand where the rules say, and suggest for the blocklist who missed too often.

    As many statements for two thousand people as for one. It is looked twice: at first to lock the studies in which
    somebody moves before the people, as everybody does, then at what is true while nobody else changes it. How many
    enrolments moved.
    """
    if not participant_ids:
        return 0
    locked = lock(session, workspace_id, participant_ids, now)
    seen = look(session, workspace_id, participant_ids, now)
    ready = [id_ for id_, study_id in seen.study_of.items() if study_id in locked]
    for id_ in seen.moves.keys() - set(ready):
        seen.rechecks[seen.of_person[id_]] = now
    moved = move(session, seen, ready, now)
    blocklist.suggest_for_no_shows(session, workspace_id, seen.rules, participant_ids, now)
    stored.set_rechecks(session, seen.rechecks)
    return moved


def lock(
    session: Session, workspace_id: int, participant_ids: Collection[int], now: datetime, also: Collection[int] = ()
) -> set[int]:
    """Lock the studies in which those people are to move, and the studies `also`, then the people, until the commit.

    The ids of these studies.
    """
    wanted = {*look(session, workspace_id, participant_ids, now).study_of.values(), *also}
    locked = studies.lock_all(session, workspace_id, wanted) if wanted else {}
    stored.lock_people(session, participant_ids)
    return set(locked)


def move(session: Session, seen: Seen, enrolment_ids: Collection[int], now: datetime) -> int:
    """Move those enrolments that still stand where they follow the rules. How many."""
    if not enrolment_ids:
        return 0
    enrolments = participants.lock_enrolments(session, enrolment_ids)
    changes = [(one, seen.moves[one.id]) for one in enrolments if one.status in FOLLOWING]
    return len(statuses.move(session, changes, Why(Cause.GOVERNANCE, record.by_callsheet(now))))


@dataclass(frozen=True, slots=True)
class Turn:
    """A workspace all of whose people are looked at again: the next of them, after the person `after`."""

    workspace_id: int
    after: int
    participant_ids: Sequence[int]
    rules: Sequence[Rule]


def next_turn(session: Session, workspace_id: int, after: int) -> Turn:
    """The people whose turn is next, and the rules as they are."""
    ids = stored.next_people(session, workspace_id, after, PEOPLE)
    return Turn(workspace_id, after, ids, stored.rules(session, workspace_id))


def finish_turn(session: Session, turn: Turn) -> None:
    """Note that those people have been looked at, unless a rule was changed meanwhile or another machine was faster."""
    members.lock_workspace(session, turn.workspace_id)
    if stored.rules(session, turn.workspace_id) == list(turn.rules):
        is_last = len(turn.participant_ids) < PEOPLE
        stored.advance(session, turn.workspace_id, turn.after, None if is_last else turn.participant_ids[-1])
