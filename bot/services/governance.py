"""Whether people may be contacted: the workspace's rules, and what they say of whom (DOMAIN, "Contact status")."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.orm import Session

from bot.services import audit, record
from bot.services.audit import Audited
from domain.audit import AuditAction
from domain.contact_rules import MOST_RULES, Rule, checked
from domain.errors import RuleError
from domain.governance import FREE, ContactFacts, Evaluation
from domain.roles import Actor, Permission
from storage import governance as stored
from storage import members
from storage.models import GovernanceRule, Participant


def touched(session: Session, participant_ids: Collection[int], now: datetime) -> None:
    """Something happened to these people that the rules count: they are looked at again at the next sweep.

    One statement for any number of people. Call it where an enrolment is added, an invitation sent, and where it is set
    or taken back that somebody took part, did not come, bounced or opted out; lock several people before, in order.
    """
    stored.touch(session, participant_ids, now)


def reopened(session: Session, study_id: int, now: datetime) -> None:
    """A study was closed and is not any more: its enrolments follow the rules again."""
    stored.touch_study(session, study_id, now)


def evaluate(
    session: Session, workspace_id: int, participant_ids: Collection[int], now: datetime, study_id: int | None = None
) -> dict[int, Evaluation]:
    """What the workspace's rules say of each of these people, by a fixed number of statements.

    With `study_id` it is for that study: what happened in it does not count, what it pays does, and an override for it
    lifts a cooldown and a do-not-contact. Who is not of the workspace is left out. Raises NotFound for a study that is
    not.
    """
    rules = stored.rules(session, workspace_id)
    return stored.evaluations(session, workspace_id, rules, participant_ids, now, study_id)


def contact_facts(session: Session, person: Participant, study_id: int) -> ContactFacts:
    """What the person's contact status is derived from in one study, in which they may book and get mails.

    Rules do not bear on that: whoever was invited may book, even in the cooldown that the invitation began. An override
    for the study lifts what a member set by hand.
    """
    facts = record.contact_facts(person)
    if facts.do_not_contact_reason is None or (person.id, study_id) not in stored.overrides(session, [person.id]):
        return facts
    return replace(facts, do_not_contact_reason=None, cooldown_until=None)


def rules_against(
    session: Session, person: Participant, study_id: int, zone_name: str, now: datetime
) -> tuple[str, ...]:
    """Which rules whoever books the person in the study by hand goes against, each as a sentence with their alias. What
    a member set by hand, and an address that bounced, are no rules.
    """
    found = evaluate(session, person.workspace_id, [person.id], now, study_id).get(person.id, FREE)
    who = record.alias_of(person)
    return tuple(f"{who} {one.sentence(zone_name, now)}." for one in found.barring if one.rule is not None)


@dataclass(frozen=True, slots=True)
class Rules:
    """The workspace's rules as a page shows them; how many places in open studies are Not Eligible now."""

    rules: tuple[Rule, ...]
    not_eligible: int
    may_change: bool


def listing(session: Session, actor: Actor) -> Rules:
    """The rules that the actor's workspace has. Everybody may know them."""
    return Rules(
        rules=tuple(stored.rules(session, actor.workspace_id)),
        not_eligible=stored.number_not_eligible(session, actor.workspace_id),
        may_change=actor.may(Permission.CHANGE_RULES),
    )


def rule(session: Session, actor: Actor, rule_id: int) -> Rule:
    """A rule that the actor is about to change. Raises NotFound and NotAllowed."""
    actor.require(Permission.CHANGE_RULES)
    return stored.rule_of(stored.rule_row(session, actor.workspace_id, rule_id))


def add_rule(session: Session, actor: Actor, new: Rule, now: datetime) -> Rule:
    """Give the workspace one more rule. Raises NotAllowed, and RuleError at the field that is wrong."""
    others = begin_change(session, actor)
    if len(others) >= MOST_RULES:
        raise RuleError(f"{MOST_RULES} rules are enough: change or remove one.", "period_days")
    wanted = checked(new, others)
    row = GovernanceRule(workspace_id=actor.workspace_id)
    session.add(fill(row, wanted, actor, now))
    session.flush()
    note(session, actor, f"added a rule: {wanted.text}", now)
    return stored.rule_of(row)


def change_rule(session: Session, actor: Actor, changed: Rule, now: datetime) -> Rule:
    """Change the rule of that id; it stays of its kind. Raises as `add_rule`, and NotFound when it is gone."""
    others = begin_change(session, actor)
    row = stored.rule_row(session, actor.workspace_id, changed.id)
    before = stored.rule_of(row)
    if changed.kind is not before.kind:
        raise RuleError("A rule stays of its kind: remove it, and add another one.", "period_days")
    wanted = checked(changed, others)
    if wanted == before:
        return before
    fill(row, wanted, actor, now)
    session.flush()
    note(session, actor, f"changed a rule: {before.text} → {wanted.text}", now)
    return wanted


def remove_rule(session: Session, actor: Actor, rule_id: int, now: datetime) -> Rule:
    """Take a rule away. Raises NotAllowed, and NotFound when it is gone."""
    begin_change(session, actor)
    row = stored.rule_row(session, actor.workspace_id, rule_id)
    gone = stored.rule_of(row)
    session.delete(row)
    session.flush()
    note(session, actor, f"removed a rule: {gone.text}", now)
    return gone


def begin_change(session: Session, actor: Actor) -> list[Rule]:
    """The rules as they are, nobody else changing them until the commit. All people are looked at again after it."""
    actor.require(Permission.CHANGE_RULES)
    members.lock_workspace(session, actor.workspace_id)
    stored.look_at_everybody(session, actor.workspace_id)
    return stored.rules(session, actor.workspace_id)


def fill(row: GovernanceRule, wanted: Rule, actor: Actor, now: datetime) -> GovernanceRule:
    row.kind, row.period_days, row.most = wanted.kind, wanted.period_days, wanted.most
    row.currency, row.study_type = wanted.currency, wanted.study_type
    row.updated_by, row.updated_at = actor.name, now
    return row


def note(session: Session, actor: Actor, text: str, now: datetime) -> None:
    audit.note(session, actor, Audited(AuditAction.CHANGED_RULES, text), now)
