"""The rules of contact of a workspace: their list, and one while it is written, with what it says in plain words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.blocks import kit
from bot.blocks.ids import CallsheetId
from bot.blocks.kit import Block, View
from domain import incentive
from domain.contact_rules import LONGEST_PERIOD, MOST_RULES, MOST_TIMES, Rule, RuleKind
from domain.study import StudyType

ANY_TYPE = "any"
AS_YOU_TYPE = {"trigger_actions_on": ["on_character_entered"]}
TIMES_LABELS = {
    RuleKind.MOST_INVITATIONS: "How many invitations at most?",
    RuleKind.MOST_PARTICIPATIONS: "In how many studies at most?",
    RuleKind.SUGGEST_BLOCKLIST: "After how many no-shows?",
}
PERIOD_HINT = "A day is 24 hours: what happened exactly so long ago counts no more."
HOW_IT_WORKS = (
    "Rules hold in the whole workspace, and all of them are looked at. What happened in the study itself does not "
    "count: who was invited to it may be reminded. In open studies whoever is Not Contacted becomes Not Eligible by "
    "itself while a rule holds them back."
)


def list_modal(rules: Sequence[Rule], not_eligible: int, metadata: str, *, may_change: bool, told: str = "") -> View:
    """Every rule in words. `told` says, in mrkdwn, what was just done."""
    blocks: list[Block] = [kit.context(HOW_IT_WORKS)]
    if told:
        blocks.append(kit.section(told))
    if not rules:
        blocks.append(kit.section("*There are no rules yet*: anybody may be invited as often as you like."))
    for rule in rules:
        blocks.append(kit.section(f"*{rule.kind.label}*\n{kit.escape(rule.text)}"))
        if may_change:
            blocks.append(rule_buttons(rule))
    if not_eligible:
        who = "1 person is" if not_eligible == 1 else f"{not_eligible:,} places in open studies are"
        blocks.append(kit.context(f"{who} Not Eligible at the moment."))
    if may_change and len(rules) < MOST_RULES:
        blocks.append(kit.actions(kit.button("Add a rule", CallsheetId.RULE_ADD, style="primary"), block_id="add"))
    if not may_change:
        blocks.append(kit.context("Admins and Ops Managers change these rules."))
    return kit.modal("Rules of contact", blocks, callback_id=CallsheetId.RULES_MODAL, metadata=metadata, close="Close")


def rule_buttons(rule: Rule) -> Block:
    ask = kit.confirm("Remove this rule?", rule.text, "Remove", is_danger=True)
    words = f"{rule.kind.label}, {rule.period_days} days"
    return kit.actions(
        kit.spoken(kit.button("Change", CallsheetId.RULE_CHANGE, str(rule.id)), f"Change: {words}"),
        kit.spoken(kit.button("Remove", CallsheetId.RULE_REMOVE, str(rule.id), ask=ask), f"Remove: {words}"),
        block_id=f"rule_{rule.id}",
    )


@dataclass(frozen=True, slots=True)
class RuleForm:
    """A rule while it is written: what stands in the inputs, and what it says so far, or (`is_wrong`) what is amiss."""

    kind: RuleKind
    period_days: str = ""
    most: str = ""
    amount: str = ""
    currency: str = "EUR"
    study_type: str = ANY_TYPE
    preview: str = ""
    is_wrong: bool = False
    is_new: bool = True


def form_of(rule: Rule) -> RuleForm:
    """A stored rule as it is changed."""
    is_cap = rule.kind is RuleKind.INCENTIVE_CAP
    currency = rule.currency or "EUR"
    amount = incentive.shown(rule.most or 0, currency).rpartition(" ")[0].replace(",", "") if is_cap else ""
    return RuleForm(
        kind=rule.kind,
        period_days=str(rule.period_days),
        most="" if is_cap or rule.most is None else str(rule.most),
        amount=amount,
        currency=currency,
        study_type=rule.study_type or ANY_TYPE,
        preview=rule.text,
        is_new=False,
    )


def rule_modal(form: RuleForm, metadata: str) -> View:
    """The inputs that the rule's kind has, and below what it says."""
    blocks: list[Block] = []
    if form.is_new:
        kinds = [kit.option(kind.label, kind.value) for kind in RuleKind]
        menu = kit.select("kind", kinds, initial=form.kind.value)
        blocks.append(kit.heard(kit.field("kind", "What kind of rule?", menu), CallsheetId.RULE_KIND))
    else:
        blocks.append(kit.section(f"*{form.kind.label}*"))
    blocks += [*kind_inputs(form), period_input(form), kit.divider()]
    if form.preview:
        sign = "⚠ " if form.is_wrong else ""
        blocks.append(kit.section(f"{sign}{kit.escape(form.preview)}"))
    blocks.append(kit.actions(kit.button("Back to the rules", CallsheetId.RULES), block_id="back"))
    return kit.modal(
        "Add a rule" if form.is_new else "Change a rule",
        blocks,
        callback_id=CallsheetId.RULE_MODAL,
        submit="Add" if form.is_new else "Save",
        metadata=metadata,
    )


def kind_inputs(form: RuleForm) -> list[Block]:
    """What a rule of the kind asks for besides its period."""
    kind = form.kind
    if kind is RuleKind.INCENTIVE_CAP:
        currencies = list(dict.fromkeys((*incentive.OFFERED, form.currency)))
        menu = kit.select("currency", [kit.option(code, code) for code in currencies], initial=form.currency)
        text = kit.text_input("amount", initial=form.amount or None, placeholder="200", longest=12)
        return [live("amount", "At most how much?", text), heard("currency", "Currency", menu)]
    if not kind.counts:
        return []
    times = kit.text_input("most", initial=form.most or None, placeholder="2", longest=4)
    blocks = [live("most", TIMES_LABELS[kind], times, f"A whole number from 1 to {MOST_TIMES:,}.")]
    if kind is RuleKind.MOST_PARTICIPATIONS:
        types = [kit.option("Any type", ANY_TYPE), *(kit.option(each.label, each.value) for each in StudyType)]
        menu = kit.select("study_type", types, initial=form.study_type)
        blocks.append(heard("study_type", "Studies of which type?", menu))
    return blocks


def period_input(form: RuleForm) -> Block:
    text = kit.text_input("period_days", initial=form.period_days or None, placeholder="90", longest=4)
    label = f"Within how many days? (1 to {LONGEST_PERIOD})"
    return live("period_days", label, text, PERIOD_HINT)


def live(name: str, label: str, element: kit.Element, hint: str | None = None) -> Block:
    """An input that is heard of as soon as something is typed into it."""
    field = kit.field(name, label, {**element, "dispatch_action_config": AS_YOU_TYPE}, hint=hint)
    return kit.heard(field, CallsheetId.RULE_TYPED)


def heard(name: str, label: str, element: kit.Element) -> Block:
    return kit.heard(kit.field(name, label, element), CallsheetId.RULE_TYPED)
