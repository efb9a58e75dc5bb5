"""A workspace's privacy: for how long people are kept, and which channels see names."""

from __future__ import annotations

from collections.abc import Sequence

from bot.blocks import kit
from bot.blocks.ids import CallsheetId
from bot.blocks.kit import View
from domain.erasure import RETENTION_DAYS, RETENTION_LABELS

NEVER = "never"
TEAMS_SHOWN = 25


def modal(days: int | None, foreseen: str, teams: Sequence[tuple[str, str, bool]], metadata: str) -> View:
    """The period, what it would do now (`foreseen`), and each team (name, channel, whether names are shown there)."""
    periods = [kit.option(RETENTION_LABELS[each], str(each) if each else NEVER) for each in RETENTION_DAYS]
    menu = kit.select("retention", periods, initial=str(days) if days else NEVER)
    field = kit.field(
        "retention",
        "Erase people to whom nothing has happened for",
        menu,
        hint="Counted from the last that happened: added, mailed, moved on in a study, a session. "
        "Nobody is erased who has a session ahead or an incentive to get.",
    )
    lines = [
        f"• {kit.literal(kit.fit(name, 80))} in {kit.channel(channel_id)}: "
        f"{'*names*' if has_names else 'aliases such as P17'}"
        for name, channel_id, has_names in teams[:TEAMS_SHOWN]
    ]
    if len(teams) > TEAMS_SHOWN:
        lines.append(f"and {len(teams) - TEAMS_SHOWN} more")
    blocks = [
        kit.heard(field, CallsheetId.PRIVACY_PERIOD),
        kit.context(foreseen),
        kit.section("*In channels participants go by*\n" + ("\n".join(lines) or "There is no team yet.")),
        kit.context("Each team sets that for itself: `/callsheet settings` in its channel."),
        kit.context("One person at once: `/participant export P17` and `/participant erase P17`."),
    ]
    return kit.modal("Privacy", blocks, callback_id=CallsheetId.PRIVACY_MODAL, submit="Save", metadata=metadata)


def foreseen(days: int | None, number: int, *, is_more: bool) -> str:
    """What a period would do now."""
    if days is None:
        return "Nobody is erased by itself."
    if not number and not is_more:
        return "Nobody would be erased now; whom it concerns later is erased within a day. That can't be undone."
    at_least = "At least " if is_more else ""
    people = "person" if number == 1 and not is_more else "people"
    return f"{at_least}*{number:,} {people}* would be erased within a day. That can't be undone."
