"""`/callsheet governance`: the rules of contact, seen, written and changed."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from bot.blocks.ids import CallsheetId
from bot.commands.callsheet import governance
from bot.commands.callsheet.governance import Writing
from bot.slack.outcomes import Outcome, Update
from domain.contact_rules import RuleKind
from domain.errors import NotAllowed, NotFound, RuleError
from storage.models import GovernanceRule
from tests.builders import World, rows
from tests.commands.inputs import inputs_of, metadata_of
from tests.commands.screen import Screen, buttons, text_of

K = RuleKind


def rules(world: World) -> list[tuple[Any, ...]]:
    found = sa.select(GovernanceRule.kind, GovernanceRule.period_days, GovernanceRule.most, GovernanceRule.currency)
    return [tuple(row) for row in rows(world.database, found.order_by(GovernanceRule.id))]


def save(screen: Screen, world: World, kind: RuleKind, rule_id: int = 0, **fields: Any) -> Outcome:
    metadata = Writing("C0CORE", rule_id, kind.value).dump()
    return screen.run(governance.save, world.admin, fields=fields, metadata=metadata)


def test_the_whole_way_from_no_rules_to_one_that_is_changed_and_removed(screen: Screen, world: World) -> None:
    shown = screen.run(governance.show, world.admin)
    assert "There are no rules yet" in text_of(shown)
    form = screen.run(governance.add, world.admin, metadata=metadata_of(shown))
    assert isinstance(form, Update)
    fields = {**inputs_of(form), "most": "3", "period_days": "30"}
    typed = screen.run(governance.preview, world.admin, fields=fields, metadata=metadata_of(form))
    assert "Nobody is invited who was invited to other studies 3 times within 30 days." in text_of(typed)
    done = screen.run(governance.save, world.admin, fields=fields, metadata=metadata_of(typed))
    assert "✓ Added: Nobody is invited who was invited" in text_of(done)
    assert rules(world) == [(K.MOST_INVITATIONS, 30, 3, None)]
    change = screen.run(
        governance.change, world.admin, value=buttons(done)[CallsheetId.RULE_CHANGE], metadata=metadata_of(done)
    )
    assert inputs_of(change) == {"most": "3", "period_days": "30"}
    changed = screen.run(
        governance.save, world.admin, fields={"most": "2", "period_days": "60"}, metadata=metadata_of(change)
    )
    assert rules(world) == [(K.MOST_INVITATIONS, 60, 2, None)]
    value = buttons(changed)[CallsheetId.RULE_REMOVE]
    gone = screen.run(governance.remove, world.admin, value=value, metadata=metadata_of(changed))
    assert "✓ Removed" in text_of(gone)
    assert rules(world) == []
    with pytest.raises(NotFound, match="somebody else has removed it"):
        screen.run(governance.remove, world.admin, value=value, metadata=metadata_of(changed))


@pytest.mark.parametrize("kind", K)
def test_each_kind_has_its_own_inputs_and_reads_in_plain_words(screen: Screen, world: World, kind: RuleKind) -> None:
    form = screen.run(governance.add, world.admin, metadata="")
    chosen = screen.run(
        governance.choose_kind,
        world.admin,
        fields={**inputs_of(form), "kind": kind.value, "period_days": "90"},
        metadata=metadata_of(form),
    )
    asked = inputs_of(chosen)
    assert asked["period_days"] == "90", "what was typed stays"
    fields = {**asked, **{name: "2" for name in ("most", "amount") if name in asked}}
    read = text_of(screen.run(governance.preview, world.admin, fields=fields, metadata=metadata_of(chosen)))
    assert "within 90 days" in read
    saved = screen.run(governance.save, world.admin, fields=fields, metadata=metadata_of(chosen))
    assert "✓ Added" in text_of(saved)
    assert [row[0] for row in rules(world)] == [kind]


@pytest.mark.parametrize(
    ("kind", "fields", "field"),
    [
        (K.MOST_INVITATIONS, {"most": "0", "period_days": "30"}, "most"),
        (K.MOST_INVITATIONS, {"most": "two", "period_days": "30"}, "most"),
        (K.COOLDOWN_AFTER_INVITATION, {"period_days": "731"}, "period_days"),
        (K.COOLDOWN_AFTER_INVITATION, {"period_days": None}, "period_days"),
        (K.INCENTIVE_CAP, {"amount": "1.234", "currency": "EUR", "period_days": "30"}, "amount"),
    ],
)
def test_what_is_wrong_is_said_at_its_input_and_while_typing(
    screen: Screen, world: World, kind: RuleKind, fields: dict[str, Any], field: str
) -> None:
    with pytest.raises(RuleError) as refusal:
        save(screen, world, kind, **fields)
    assert refusal.value.field == field
    metadata = Writing("C0CORE", 0, kind.value).dump()
    typed = screen.run(governance.preview, world.admin, fields=fields, metadata=metadata)
    assert (refusal.value.message in text_of(typed)) == (fields["period_days"] is not None)
    assert rules(world) == []


def test_a_cap_is_shown_as_money_and_changed_so(screen: Screen, world: World) -> None:
    done = save(screen, world, K.INCENTIVE_CAP, amount="1200,50", currency="EUR", period_days="365")
    assert "1,200.50 EUR" in text_of(done)
    value = buttons(done)[CallsheetId.RULE_CHANGE]
    form = screen.run(governance.change, world.admin, value=value, metadata=metadata_of(done))
    assert inputs_of(form) == {"amount": "1200.50", "currency": "EUR", "period_days": "365"}


def test_who_may_not_change_rules_reads_them(screen: Screen, world: World) -> None:
    done = save(screen, world, K.COOLDOWN_AFTER_INVITATION, period_days="14")
    shown = screen.run(governance.show, world.observer)
    assert "Nobody is invited who was invited to another study within 14 days." in text_of(shown)
    assert "Admins and Ops Managers change these rules." in text_of(shown)
    assert buttons(shown) == {}
    value = buttons(done)[CallsheetId.RULE_CHANGE]
    for body in (governance.add, governance.change, governance.remove):
        with pytest.raises(NotAllowed, match="You may not change the rules of contact"):
            screen.run(body, world.researcher, value=value, metadata="")


def test_twenty_rules_fit_into_the_modal_and_no_more_are_taken(screen: Screen, world: World) -> None:
    for days in range(1, 21):
        shown = save(screen, world, K.MOST_INVITATIONS, most="1", period_days=str(days))
    assert CallsheetId.RULE_ADD not in text_of(shown)
    with pytest.raises(RuleError, match="20 rules are enough"):
        save(screen, world, K.MOST_INVITATIONS, most="1", period_days="21")
