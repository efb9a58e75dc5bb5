"""`/study quotas`: one added after the other, seen with its meter, and removed."""

from __future__ import annotations

from bot.blocks.ids import StudyId
from bot.commands.study import quotas
from bot.slack.outcomes import Open, Update
from tests.builders import World
from tests.commands.inputs import metadata_of, view_of
from tests.commands.screen import Screen, buttons, text_of


def test_quotas_are_added_one_after_the_other_and_removed(screen: Screen, world: World) -> None:
    opened = screen.run(quotas.typed, world.researcher, arguments="chk")
    assert isinstance(opened, Open)
    assert "everybody counts alike" in text_of(opened)
    first = {"property_name": "Device", "property_value": "<Android>", "seats": "6"}
    added = screen.run(quotas.add, world.researcher, fields=first, metadata=metadata_of(opened))
    assert isinstance(added, Update)
    assert "*Device: &lt;Android&gt;*\\n▱▱▱▱▱▱▱▱▱▱ 0 of 6" in text_of(added)
    assert "property_name_1" in text_of(added)
    gone = screen.run(
        quotas.remove, world.researcher, value=buttons(added)[StudyId.QUOTA_REMOVE], metadata=metadata_of(added)
    )
    assert "everybody counts alike" in text_of(gone)


def test_after_six_there_is_nothing_to_add(screen: Screen, world: World) -> None:
    shown = screen.run(quotas.typed, world.researcher, arguments="CHK")
    for number in range(6):
        fields = {"property_name": "Team", "property_value": f"{number}", "seats": "1"}
        shown = screen.run(quotas.add, world.researcher, fields=fields, metadata=metadata_of(shown))
    assert "submit" not in view_of(shown)
    assert "6 quotas at most" in text_of(shown)
