"""What a member decides about contact with one person: an override for a study, do not contact, a cooldown."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.services import audit, eligibility, governance, record
from bot.services.audit import Audited
from bot.services.blocklist import reason_given
from domain.audit import AuditAction
from domain.contact_rules import LONGEST_PERIOD
from domain.errors import NotFound, RuleError
from domain.governance import Evaluation
from domain.person import Person, alias
from domain.roles import Actor, Permission
from domain.study import StudyLine
from domain.times import local_day, today
from storage import blocklist, participants, people, studies
from storage.models import GovernanceOverride, Participant
from storage.people import person_of


@dataclass(frozen=True, slots=True)
class Overriding:
    """Somebody for whom the rules may be overridden in one study, and what they say. `since`: they are already."""

    enrolment_id: int
    participant_id: int
    person: Person
    study: StudyLine
    found: Evaluation
    since: GovernanceOverride | None


def place_of(session: Session, actor: Actor, enrolment_id: int) -> tuple[Person, StudyLine]:
    """Who and which study it is, if the actor may override the rules there. Raises NotFound and NotAllowed."""
    actor.require(Permission.OVERRIDE_RULES)
    person, line = people.standing_by_id(session, actor, enrolment_id)
    study = studies.by_key(session, actor, line.study_key)
    actor.require(Permission.MANAGE_INTERVIEWS, own_study=study.is_own)
    return person, study


def to_override(session: Session, actor: Actor, enrolment_id: int, now: datetime) -> Overriding:
    """What the rules say of somebody in a study, and the override if there is one. Raises NotFound and NotAllowed."""
    person, study = place_of(session, actor, enrolment_id)
    found = governance.evaluate(session, actor.workspace_id, [person.id], now, study.id)[person.id]
    return Overriding(enrolment_id, person.id, person, study, found, active(session, person.id, study.id))


def active(session: Session, participant_id: int, study_id: int) -> GovernanceOverride | None:
    """The override that holds for somebody in a study."""
    return session.scalar(
        sa.select(GovernanceOverride)
        .where(
            GovernanceOverride.participant_id == participant_id,
            GovernanceOverride.study_id == study_id,
            GovernanceOverride.ended_at.is_(None),
        )
        .order_by(GovernanceOverride.id)
        .limit(1)
    )


def override(session: Session, actor: Actor, enrolment_id: int, reason: str, now: datetime) -> Evaluation:
    """Let somebody be contacted for one study although a cooldown or a do-not-contact says no.

    It holds until it is ended. Who is Not Eligible in the study is Not Contacted at once. Raises NotFound, NotAllowed,
    and RuleError without a reason, for who may be contacted anyway, and for what can't be overridden.
    """
    person, study = place_of(session, actor, enrolment_id)
    given = reason_given(reason)
    eligibility.lock(session, actor.workspace_id, [person.id], now, also=[study.id])
    person, study = place_of(session, actor, enrolment_id)
    found = governance.evaluate(session, actor.workspace_id, [person.id], now, study.id)[person.id]
    check_may_be_overridden(person.alias, study.key, found)
    write(session, actor, study, {person.id: person.number}, given, now)
    return governance.evaluate(session, actor.workspace_id, [person.id], now, study.id)[person.id]


def check_may_be_overridden(who: str, study_key: str, found: Evaluation) -> None:
    """Raise RuleError when an override would be of no use."""
    if found.is_overridden:
        raise RuleError(f"The rules are overridden for {who} in {study_key} already.", "reason")
    if found.is_free:
        raise RuleError(f"{who} may be contacted for {study_key}: there is nothing to override.", "reason")
    if not found.may_be_overridden:
        final = "; ".join(one.text for one in found.reasons if one.is_final)
        raise RuleError(f"{who} {final}: that can't be overridden.", "reason")


def override_all(
    session: Session, actor: Actor, study: StudyLine, participant_ids: Collection[int], reason: str, now: datetime
) -> int:
    """As `override`, for everybody of these who is barred only by what an override lifts, by as many statements as for
    one; they need not be in the study yet. How many.
    """
    actor.require(Permission.OVERRIDE_RULES)
    actor.require(Permission.MANAGE_INTERVIEWS, own_study=study.is_own)
    given = reason_given(reason)
    eligibility.lock(session, actor.workspace_id, sorted(participant_ids), now, also=[study.id])
    found = governance.evaluate(session, actor.workspace_id, participant_ids, now, study.id)
    barred = [id_ for id_, each in found.items() if each.may_be_overridden]
    if not barred:
        raise RuleError("Nobody is held back by something that can be overridden any more.", "reason")
    rows = session.execute(sa.select(Participant.id, Participant.number).where(Participant.id.in_(barred)))
    write(session, actor, study, {row[0]: row[1] for row in rows}, given, now)
    return len(barred)


def write(
    session: Session, actor: Actor, study: StudyLine, numbers: dict[int, int], reason: str, now: datetime
) -> None:
    """Keep the overrides for good, and let the enrolments follow at once. `numbers` are the people's, by id."""
    rows = [
        {
            "participant_id": id_,
            "study_id": study.id,
            "member_id": actor.member_id,
            "author": actor.name,
            "reason": reason,
            "at": now,
        }
        for id_ in numbers
    ]
    session.execute(sa.insert(GovernanceOverride), rows)
    audit.note_all(
        session,
        actor,
        [
            Audited(
                AuditAction.OVERRODE,
                f"overrode the rules of contact for {alias(number)} in {study.key}",
                id_,
                study.id,
            )
            for id_, number in numbers.items()
        ],
        now,
    )
    eligibility.follow(session, actor.workspace_id, sorted(numbers), now)


def end_override(session: Session, actor: Actor, enrolment_id: int, now: datetime) -> None:
    """Let the rules hold again for somebody in a study, at once. Raises NotFound and NotAllowed."""
    person, study = place_of(session, actor, enrolment_id)
    eligibility.lock(session, actor.workspace_id, [person.id], now, also=[study.id])
    person, study = place_of(session, actor, enrolment_id)
    ended = session.execute(
        sa.update(GovernanceOverride)
        .where(
            GovernanceOverride.participant_id == person.id,
            GovernanceOverride.study_id == study.id,
            GovernanceOverride.ended_at.is_(None),
        )
        .values(ended_at=now)
        .returning(GovernanceOverride.id)
    ).all()
    if not ended:
        raise NotFound(f"Nothing is overridden for {person.alias} in {study.key} any more.")
    what = Audited(AuditAction.OVERRODE, f"ended the override for {person.alias} in {study.key}", person.id, study.id)
    audit.note(session, actor, what, now)
    eligibility.follow(session, actor.workspace_id, [person.id], now)


@dataclass(frozen=True, slots=True)
class Contact:
    """Somebody whose contact a member decides about, as they know them: what was set by hand so far."""

    person: Person
    do_not_contact_reason: str | None
    cooldown_until: datetime | None
    may_lift: bool


def to_decide(session: Session, actor: Actor, participant_id: int, now: datetime) -> Contact:
    """What was set by hand for somebody. Raises NotFound and NotAllowed."""
    person, by_name = blocklist.seen(session, actor, participant_id)
    check_may_decide(session, actor, person.id)
    until = person.cooldown_until if person.cooldown_until is not None and person.cooldown_until > now else None
    may_lift = actor.may(Permission.OVERRIDE_RULES)
    return Contact(person_of(person, by_name), person.do_not_contact_reason, until, may_lift)


def check_may_decide(session: Session, actor: Actor, participant_id: int) -> None:
    """Raise NotAllowed unless the actor manages participants, or a study that this one is in."""
    own = blocklist.is_in_own_study(session, actor, participant_id)
    actor.require(Permission.MANAGE_INTERVIEWS, own_study=own)


def locked(session: Session, actor: Actor, participant_id: int) -> Participant:
    """Somebody whose contact the actor may decide about, locked until the commit."""
    blocklist.seen(session, actor, participant_id)
    (person,) = participants.lock_all(session, [participant_id])
    blocklist.seen(session, actor, participant_id)
    check_may_decide(session, actor, participant_id)
    if person.erased_at is not None:
        raise RuleError(f"{record.alias_of(person)} was erased: nobody can contact them.")
    return person


def do_not_contact(session: Session, actor: Actor, participant_id: int, reason: str, now: datetime) -> Participant:
    """Say that nobody is to contact somebody, in any study. Raises NotFound, NotAllowed, RuleError without a reason."""
    given = reason_given(reason)
    person = locked(session, actor, participant_id)
    if person.do_not_contact_reason == given:
        return person
    person.do_not_contact_reason, person.recheck_at = given, now
    note(session, actor, person, f"said that {record.alias_of(person)} is not to be contacted", now)
    return person


def may_contact_again(session: Session, actor: Actor, participant_id: int, now: datetime) -> Participant:
    """Take back that nobody is to contact somebody. Raises NotFound, and NotAllowed for who may not override rules."""
    actor.require(Permission.OVERRIDE_RULES)
    person = locked(session, actor, participant_id)
    if person.do_not_contact_reason is None:
        raise RuleError(f"{record.alias_of(person)} is not marked as “do not contact” any more.")
    person.do_not_contact_reason, person.recheck_at = None, now
    note(session, actor, person, f"took back that {record.alias_of(person)} is not to be contacted", now)
    return person


def cool_down(session: Session, actor: Actor, participant_id: int, until: date | None, now: datetime) -> Participant:
    """Let nobody invite somebody up to a day and all through it, in the actor's zone; None ends that.

    To end or shorten it takes the role to override rules. Raises NotFound, NotAllowed, and RuleError for a day that is
    over or too far away.
    """
    person = locked(session, actor, participant_id)
    end = None
    if until is not None:
        if until < today(now, actor.time_zone):
            raise RuleError("This day is over: pick a later one.", "until")
        end = local_day(until, actor.time_zone).end
        if end > now + timedelta(days=LONGEST_PERIOD + 1):
            raise RuleError(f"A cooldown is at most {LONGEST_PERIOD} days long.", "until")
    present = person.cooldown_until if person.cooldown_until is not None and person.cooldown_until > now else None
    if present == end:
        return person
    if present is not None and (end is None or end < present):
        actor.require(Permission.OVERRIDE_RULES)
    who = record.alias_of(person)
    said = f"let nobody invite {who} up to {until:%Y-%m-%d}" if until is not None else f"ended the cooldown of {who}"
    person.cooldown_until, person.recheck_at = end, now
    note(session, actor, person, said, now)
    return person


def note(session: Session, actor: Actor, person: Participant, text: str, now: datetime) -> None:
    session.flush()
    audit.note(session, actor, Audited(AuditAction.CHANGED_DETAILS, text, person.id), now)
