"""“Don't”, “Keep it open”: the question goes away, and nothing is done."""

from __future__ import annotations

from bot.blocks.ids import CommonId
from bot.slack.capability import Capability
from bot.slack.outcomes import Outcome, Remove

capability = Capability()


@capability.action(CommonId.DISMISS, reads=True)
def dismiss() -> Outcome:
    return Remove()
