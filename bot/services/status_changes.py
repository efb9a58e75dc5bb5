"""Statuses set by hand, of one participant or of thousands: chosen, reviewed, made, and undone as a whole.

Nothing here sends anything. Each change says who made it and why, and is kept as one (`BulkChange`).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.orm import Session

from bot.services import audit, enrolment_list, participants, record, statuses
from bot.services.audit import Audited
from bot.services.interviews import follow_sessions
from bot.services.statuses import Change, Why
from domain.audit import AuditAction
from domain.enrolment_list import Wanted
from domain.errors import NotAllowed, NotFound, RuleError
from domain.participant import LEFT, OUTCOMES, Cause, ParticipantStatus, cause_by_hand, why_not, why_not_by_hand
from domain.person import alias
from domain.roles import Actor, Permission
from domain.schedule import Draft
from domain.status_changes import (
    CHANGED_MEANWHILE,
    FIRST_NAMES,
    GONE,
    LONGEST_REASON,
    MOST,
    NOT_TAKEN_BACK,
    TOUCHED_SINCE,
    Standing,
    StatusesMade,
    StatusReview,
    goal,
    leaps,
    sort_out,
    why_skipped,
)
from domain.study import StudyLine
from storage import bulk_changes, enrolments, interviews, seats, studies
from storage.bulk_changes import Goal
from storage.models import BulkChange, Enrolment, Participant, Study

S = ParticipantStatus
NOBODY = "Nobody was chosen. Tick people, choose everybody in the list, or paste aliases or addresses."


@dataclass(frozen=True, slots=True)
class Choice:
    """Who is to be set to what, and why: everybody whom any of it names.

    `enrolment_ids` were picked one by one, `everybody` is a list of the study's participants, `called` what was pasted:
    aliases (`P17`) and addresses. `to` is None for "restored to what they were".
    """

    study_id: int
    to: ParticipantStatus | None
    reason: str = ""
    enrolment_ids: tuple[int, ...] = ()
    everybody: Wanted | None = None
    called: str = ""


@dataclass(frozen=True, slots=True)
class Begun:
    """A choice that was kept, and those of the pasted names that nobody in the study has."""

    bulk_id: int
    unknown: tuple[str, ...]


def study_for(session: Session, actor: Actor, study_id: int) -> StudyLine:
    """The study, if the actor may manage its participants. Raises NotFound and NotAllowed."""
    line = enrolment_list.study_of(session, actor, study_id)
    actor.require(Permission.MANAGE_INTERVIEWS, own_study=line.is_own)
    return line


def begin(session: Session, actor: Actor, choice: Choice, now: datetime) -> Begun:
    """Keep who was chosen; nothing is changed yet. Raises RuleError for nobody, and for too many."""
    line = study_for(session, actor, choice.study_id)
    words = names_in(choice.called)
    named = bulk_changes.called(session, actor, line.id, words, all_named=names_all(actor, line)) if words else {}
    chosen = [*choice.enrolment_ids, *(named[word] for word in words if word in named)]
    if choice.everybody is not None:
        listing = enrolment_list.listing_of(session, actor, line, choice.everybody, now)
        chosen += enrolments.everybody(session, listing, MOST + 1)
    unique = list(dict.fromkeys(chosen))
    unknown = tuple(word for word in words if word not in named)
    if not unique:
        shown = ", ".join(unknown[:FIRST_NAMES])
        raise RuleError(f"Nobody in {line.key} that you can see is called {shown}." if unknown else NOBODY, "called")
    if len(unique) > MOST:
        raise RuleError(f"More than {MOST:,} people are too many at once: narrow the list.", "whom")
    reason = choice.reason.strip()[:LONGEST_REASON] or None
    return Begun(bulk_changes.keep(session, actor, line.id, unique, Goal(choice.to, reason), now).id, unknown)


def names_in(text: str) -> list[str]:
    """The aliases and addresses in what was pasted, each once. Raises RuleError for too many."""
    words = [word.strip("<>()\"'") for word in re.split(r"[\s,;]+", text)]
    unique = list(dict.fromkeys(word.lower() if "@" in word else word.upper() for word in words if word))
    if len(unique) > MOST:
        raise RuleError(f"More than {MOST:,} people are too many at once.", "called")
    return unique


def names_all(actor: Actor, line: StudyLine) -> bool:
    """Whether the actor may know everybody in the study by name."""
    return actor.may(Permission.SEE_CONTACT_DETAILS, own_study=line.is_own)


def review(session: Session, actor: Actor, bulk_id: int, now: datetime, unknown: tuple[str, ...] = ()) -> StatusReview:
    """What the change would do now. From here on counts what was seen: whoever is changed meanwhile is left alone."""
    kept = unmade(bulk_changes.own(session, actor, bulk_id))
    line = study_for(session, actor, kept.study_id)
    ids = [id_ for id_, _version in kept.enrolment_ids]
    people = bulk_changes.standings(session, actor, line.id, ids, all_named=names_all(actor, line))
    found = sort_out(people, lambda one: why_skipped(one, kept.status, line.type))
    kept.enrolment_ids = [[one.enrolment_id, one.version] for one in found.going]
    kept.seen_at = now
    session.flush()
    return StatusReview(
        bulk_id=kept.id,
        study_key=line.key,
        study_name=line.name,
        to=kept.status,
        reason=kept.reason or "",
        leaps=leaps((one.status, there) for one in found.going if (there := goal(one, kept.status))),
        first=tuple(one.label for one in found.going[:FIRST_NAMES]),
        skipped=found.skipped,
        unknown=unknown,
        only_id=found.going[0].enrolment_id if len(found.going) == 1 else None,
    )


def unmade(kept: BulkChange) -> BulkChange:
    """The change. Raises RuleError when it was made already."""
    if kept.made_at is not None:
        raise RuleError("This change has been made already.")
    return kept


def make(session: Session, actor: Actor, bulk_id: int, now: datetime) -> StatusesMade:
    """Make a change that was reviewed. Who has been changed since the review is skipped, and told.

    The statements are as many for one person as for thousands.
    """
    study_id = bulk_changes.own(session, actor, bulk_id).study_id
    study, line = lock_study(session, actor, study_id)
    kept = unmade(bulk_changes.own(session, actor, bulk_id, lock=True))
    seen: dict[int, int] = {id_: version for id_, version in kept.enrolment_ids if version is not None}
    found = {one.id: one for one in statuses.lock(session, seen) if one.study_id == study.id}
    people = bulk_changes.standings(session, actor, study.id, seen, all_named=names_all(actor, line))

    def why(one: Standing) -> str | None:
        if one.enrolment_id not in found:
            return GONE
        if one.version != seen[one.enrolment_id]:
            return CHANGED_MEANWHILE
        return why_skipped(one, kept.status, study.type)

    going, skipped = (result := sort_out(people, why)).going, result.skipped
    if not going:
        raise RuleError("Nobody is left to be changed: all of them have been changed by somebody else meanwhile.")
    changes = [(found[one.enrolment_id], there) for one in going if (there := goal(one, kept.status))]
    steps = leaps((one.status, there) for one, there in changes)
    write(session, actor, study, kept, changes, now)
    return StatusesMade(
        bulk_id=kept.id,
        study_key=study.key,
        leaps=steps,
        first=tuple(one.label for one in going[:FIRST_NAMES]),
        skipped=skipped,
        only_id=going[0].enrolment_id if len(going) == 1 else None,
    )


@dataclass(frozen=True, slots=True)
class OneChange:
    """A change of one status by hand, from what the person saw to what they want, and why."""

    enrolment_id: int
    seen: ParticipantStatus
    to: ParticipantStatus
    reason: str = ""


def change(session: Session, actor: Actor, wanted: OneChange, now: datetime) -> StatusesMade:
    """Set one participant's status by hand. It can be undone like that of many.

    Raises RuleError when the rules do not allow it, or when the status is no longer what the person saw.
    """
    seen = session.get(Enrolment, wanted.enrolment_id)
    if seen is None or not studies.is_visible(session, actor, seen.study_id):
        raise NotFound("There is no such participant in a study that you can see.")
    study, _line = lock_study(session, actor, seen.study_id)
    (enrolment,) = statuses.lock(session, [seen.id])
    if enrolment.status is not wanted.seen:
        raise RuleError(
            f"The status has changed to {enrolment.status.value} in the meantime. Close this and look again.", "status"
        )
    check(session, study, enrolment, wanted.to)
    reason = wanted.reason.strip()[:LONGEST_REASON] or None
    kept = bulk_changes.keep(session, actor, study.id, [enrolment.id], Goal(wanted.to, reason), now)
    steps = leaps([(enrolment.status, wanted.to)])
    write(session, actor, study, kept, [(enrolment, wanted.to)], now)
    return StatusesMade(kept.id, study.key, steps, (), (), enrolment.id)


def check(session: Session, study: Study, enrolment: Enrolment, to: ParticipantStatus) -> None:
    """Raise RuleError, with the reason, when the status of a locked enrolment may not be set by hand."""
    is_booked = enrolment.id in seats.booked(session, [enrolment.id])
    why = why_not_by_hand(enrolment.status, to, study.type, enrolment.status_before, is_booked=is_booked)
    if why is not None:
        raise RuleError(why, "status")


def to_log(session: Session, actor: Actor, enrolment_id: int) -> Draft:
    """A booking for somebody in their study, to be filled in: what counts, where a status set by hand does not."""
    person, line = participants.standing_by_id(session, actor, enrolment_id)
    study = studies.by_key(session, actor, line.study_key)
    return Draft(
        study_id=study.id,
        study_label=f"{study.key} · {study.name}",
        participant_id=person.id,
        participant_label=person.label,
    )


def lock_study(session: Session, actor: Actor, study_id: int) -> tuple[Study, StudyLine]:
    """The study, locked until the commit, if the actor may manage its participants. Raises NotFound and NotAllowed."""
    study = studies.lock(session, actor.workspace_id, study_id)
    return study, study_for(session, actor, study_id)


def write(
    session: Session, actor: Actor, study: Study, kept: BulkChange, changes: Sequence[Change], now: datetime
) -> None:
    """Make the change of a locked study, to locked enrolments for each of which it is allowed, and keep who made it."""
    steps = leaps((one.status, there) for one, there in changes)
    told = ", ".join(f"{step.was.value} → {step.to.value}" for step in steps[:3])
    only = session.get(Participant, changes[0][0].participant_id) if len(changes) == 1 else None
    who = f"the status of {len(changes):,} people" if only is None else f"{alias(only.number)}"
    by_hand = Why(Cause.BY_HAND, record.by(actor, now), kept.reason, kept.id)
    set_by_hand(session, {study.id: study}, changes, by_hand)
    kept.made_at, kept.enrolment_ids = now, []
    text = f"changed {who} in {study.key} by hand: {told}{' and others' if len(steps) > 3 else ''}"
    keep_in_audit(session, actor, text, study, only, now)
    session.flush()


def keep_in_audit(
    session: Session, actor: Actor, text: str, study: Study, only: Participant | None, now: datetime
) -> None:
    entry = Audited(AuditAction.CHANGED_STATUS, text, only.id if only is not None else None, study.id)
    audit.note(session, actor, entry, now)


def set_by_hand(session: Session, known: Mapping[int, Study], changes: Sequence[Change], why: Why) -> None:
    """Make changes by hand, each of which is allowed (`why_not_by_hand`), to locked enrolments of known studies.

    Who was removed and is restored is what they were, or what their sessions have made of them since. The statements
    are as many for any number of enrolments.
    """
    back = [(one, to) for one, to in changes if cause_by_hand(one.status, to, one.status_before) is Cause.RESTORED]
    ids = {one.id for one, _ in back}
    statuses.move(session, [(one, to) for one, to in changes if one.id not in ids], why)
    restored = statuses.move(session, back, replace(why, cause=Cause.RESTORED))
    follow(session, known, restored, why)


def follow(session: Session, known: Mapping[int, Study], back: Sequence[Enrolment], why: Why) -> None:
    """Let those who are in a study again be what their sessions have made of them meanwhile.

    Who was further than their sessions, invited anew after a no-show for one, is so again, but for a session ahead.
    """
    ids = {one.id for one in back}
    by_sessions = {one.id for one in back if one.status in OUTCOMES | {S.INCENTIVE_NOT_SENT}}
    seated = interviews.with_seats(session, by_sessions) | seats.booked(session, ids)
    if seated:
        follow_sessions(session, known, seated, replace(why, cause=Cause.SESSION), LEFT)


def undo(session: Session, actor: Actor, bulk_id: int, now: datetime) -> StatusesMade:
    """Take a change back, once: those who still stand where it put them become what they were; the others are told.

    For who made it, the study's owner, Ops Managers and Admins.
    """
    study_id = bulk_changes.one(session, actor, bulk_id).study_id
    study, line = lock_study(session, actor, study_id)
    kept = bulk_changes.one(session, actor, bulk_id, lock=True)
    check_may_undo(actor, kept, study)
    done = bulk_changes.steps(session, kept.id)
    found = {one.id: one for one in statuses.lock(session, done) if one.study_id == study.id}
    people = bulk_changes.standings(session, actor, study.id, done, all_named=names_all(actor, line))
    seated = seats.taken_since(session, done, kept.made_at)

    def why(one: Standing) -> str | None:
        step = done[one.enrolment_id]
        if one.status is not step.to or not step.is_last or one.enrolment_id in seated:
            return TOUCHED_SINCE
        refusal = why_not(Cause.UNDONE, step.to, step.was, study.type)
        return NOT_TAKEN_BACK.format(was=step.to.value) if refusal else None

    going, skipped = (result := sort_out(people, why)).going, result.skipped
    if not going:
        raise RuleError("Nothing is left to undo: all of them have been changed again since.")
    back = [(found[one.enrolment_id], done[one.enrolment_id].was) for one in going]
    steps = leaps((one.status, there) for one, there in back)
    undone = Why(Cause.UNDONE, record.by(actor, now), None, kept.id)
    removed = [one for one, _ in back if one.status is S.CANCELED]
    statuses.move(session, back, undone)
    follow(session, {study.id: study}, removed, undone)
    kept.undone_at = now
    keep_undone_in_audit(session, actor, study, [one for one, _ in back], now)
    session.flush()
    first = tuple(one.label for one in going[:FIRST_NAMES])
    return StatusesMade(kept.id, study.key, steps, first, skipped)


def keep_undone_in_audit(
    session: Session, actor: Actor, study: Study, back: Collection[Enrolment], now: datetime
) -> None:
    only = session.get(Participant, next(iter(back)).participant_id) if len(back) == 1 else None
    who = f"{len(back):,} people" if only is None else alias(only.number)
    keep_in_audit(session, actor, f"undid a change by hand of {who} in {study.key}", study, only, now)


def check_may_undo(actor: Actor, kept: BulkChange, study: Study) -> None:
    """Raise RuleError unless the change was made and not undone, and the actor may undo it."""
    is_owner = actor.member_id in (kept.member_id, study.owner_id)
    if not is_owner and not actor.may(Permission.MANAGE_INTERVIEWS):
        raise NotAllowed("Only who made this change, the study's owner, an Ops Manager or an Admin may undo it.")
    if kept.made_at is None:
        raise RuleError("This change was never made.")
    if kept.undone_at is not None:
        raise RuleError("This change has been undone already.")
