"""`/callsheet governance`: the rules of contact of the workspace, and changing them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from bot.blocks import governance as blocks
from bot.blocks import kit
from bot.blocks.governance import ANY_TYPE, RuleForm
from bot.blocks.ids import CallsheetId
from bot.services import governance
from bot.slack.capability import Capability
from bot.slack.metadata import Metadata
from bot.slack.outcomes import Open, Outcome, Update
from domain import contact_rules, incentive
from domain.contact_rules import Rule, RuleKind, checked
from domain.errors import RuleError
from domain.roles import Actor, Permission
from domain.study import StudyType

capability = Capability()


@dataclass(frozen=True, slots=True)
class Writing(Metadata):
    """The rule that is being changed, 0 for a new one, and its kind; a new one's kind can be chosen."""

    rule_id: int = 0
    kind: str = ""


@capability.subcommand(
    "/callsheet", "governance", summary="Who may be invited how often: the rules of contact", menu="Rules", reads=True
)
def show(session: Session, actor: Actor, channel_id: str) -> Outcome:
    return Open(rules_view(session, actor, channel_id))


@capability.action(CallsheetId.RULES, reads=True)
def back(session: Session, actor: Actor, metadata: str) -> Outcome:
    return Update(rules_view(session, actor, Metadata.load(metadata).channel_id))


def rules_view(session: Session, actor: Actor, channel_id: str, told: str = "") -> kit.View:
    found = governance.listing(session, actor)
    metadata = Metadata(channel_id).dump()
    return blocks.list_modal(found.rules, found.not_eligible, metadata, may_change=found.may_change, told=told)


@capability.action(CallsheetId.RULE_ADD, reads=True)
def add(actor: Actor, metadata: str) -> Outcome:
    actor.require(Permission.CHANGE_RULES)
    kind = RuleKind.MOST_INVITATIONS
    writing = Writing(Metadata.load(metadata).channel_id, 0, kind.value)
    return Update(blocks.rule_modal(RuleForm(kind), writing.dump()))


@capability.action(CallsheetId.RULE_CHANGE, reads=True)
def change(session: Session, actor: Actor, value: str, metadata: str) -> Outcome:
    rule = governance.rule(session, actor, int(value))
    writing = Writing(Metadata.load(metadata).channel_id, rule.id, rule.kind.value)
    return Update(blocks.rule_modal(blocks.form_of(rule), writing.dump()))


@capability.action(CallsheetId.RULE_KIND, reads=True)
def choose_kind(session: Session, actor: Actor, fields: dict[str, Any], metadata: str) -> Outcome:
    """Other inputs for another kind; what stands in those that stay is kept."""
    writing = replace(Writing.load(metadata), kind=fields.get("kind") or RuleKind.MOST_INVITATIONS.value)
    return Update(blocks.rule_modal(written(session, actor, fields, writing), writing.dump()))


@capability.action(CallsheetId.RULE_TYPED, reads=True)
def preview(session: Session, actor: Actor, fields: dict[str, Any], metadata: str) -> Outcome:
    """What it says so far. What is typed stays: to Slack the inputs are the same."""
    writing = Writing.load(metadata)
    return Update(blocks.rule_modal(written(session, actor, fields, writing), metadata), is_live=True)


def written(session: Session, actor: Actor, fields: dict[str, Any], writing: Writing) -> RuleForm:
    """The form as it stands, with the rule in words; nothing is said of what is not filled in yet."""
    form = RuleForm(
        kind=RuleKind(writing.kind),
        period_days=fields.get("period_days") or "",
        most=fields.get("most") or "",
        amount=fields.get("amount") or "",
        currency=fields.get("currency") or "EUR",
        study_type=fields.get("study_type") or ANY_TYPE,
        is_new=not writing.rule_id,
    )
    needed = (form.period_days, form.most if form.kind.counts else "1")
    if not all(needed) or (form.kind is RuleKind.INCENTIVE_CAP and not form.amount):
        return form
    try:
        return replace(form, preview=checked(rule_of(fields, writing), governance.listing(session, actor).rules).text)
    except RuleError as error:
        return replace(form, preview=error.message, is_wrong=True)


def rule_of(fields: dict[str, Any], writing: Writing) -> Rule:
    """The rule that was written. Raises RuleError at the input that is wrong."""
    kind = RuleKind(writing.kind)
    most, currency, study_type = None, None, None
    if kind is RuleKind.INCENTIVE_CAP:
        currency = incentive.currency_code(fields.get("currency") or "")
        most = incentive.minor_units(fields.get("amount") or "", currency)
    elif kind.counts:
        most = contact_rules.most(fields.get("most") or "")
        chosen = fields.get("study_type") or ANY_TYPE
        study_type = None if chosen == ANY_TYPE else StudyType(chosen)
    period_days = contact_rules.period(fields.get("period_days") or "")
    return Rule(kind, period_days, most, currency, study_type, writing.rule_id)


@capability.submission(CallsheetId.RULE_MODAL)
def save(session: Session, actor: Actor, fields: dict[str, Any], metadata: str, now: datetime) -> Outcome:
    """Back to the list, which says what was done."""
    writing = Writing.load(metadata)
    rule = rule_of(fields, writing)
    if rule.id:
        done, told = governance.change_rule(session, actor, rule, now), "Changed"
    else:
        done, told = governance.add_rule(session, actor, rule, now), "Added"
    said = f"✓ {told}: {kit.escape(done.text)} Who is concerned follows within a few minutes."
    return Update(rules_view(session, actor, writing.channel_id, said))


@capability.action(CallsheetId.RULE_REMOVE)
def remove(session: Session, actor: Actor, value: str, metadata: str, now: datetime) -> Outcome:
    gone = governance.remove_rule(session, actor, int(value), now)
    said = f"✓ Removed: {kit.escape(gone.text)} Who is concerned follows within a few minutes."
    return Update(rules_view(session, actor, Metadata.load(metadata).channel_id, said))
