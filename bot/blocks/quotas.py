"""The modal with a study's quotas: how full each is, and one more."""

from __future__ import annotations

from collections.abc import Sequence

from bot.blocks import kit
from bot.blocks.ids import StudyId
from bot.blocks.kit import Block, View
from domain.quota import LONGEST_NAME, LONGEST_VALUE, MOST, MOST_SEATS, Meter
from domain.study import StudyLine

STEPS = 10
WORDS_SHOWN = 120


def modal(line: StudyLine, meters: Sequence[Meter], round_: int, metadata: str) -> View:
    """`round_` counts how often one was added: the inputs of the next are empty ones each time."""
    listed = [quota(meter) for meter in meters] or [kit.context("None yet: everybody counts alike.")]
    adding = inputs(round_) if len(meters) < MOST else [kit.context(f"That is all: a study has {MOST} quotas at most.")]
    return kit.modal(
        "Quotas",
        [
            kit.section(f"*{line.key}* {kit.literal(kit.fit(line.name, WORDS_SHOWN))}"),
            kit.context(
                "At most so many people with the same property take part. Booked and completed seats count. "
                "When a quota is full, people who match it can book no more."
            ),
            *listed,
            kit.divider(),
            *adding,
        ],
        callback_id=StudyId.QUOTAS_MODAL,
        submit="Add" if len(meters) < MOST else None,
        metadata=metadata,
        close="Close",
    )


def quota(meter: Meter) -> Block:
    """One quota: a bar, the numbers, and the button that removes it."""
    words = meter.quota.words
    name = kit.literal(kit.fit(words, WORDS_SHOWN))
    remove = kit.spoken(kit.button("Remove", StudyId.QUOTA_REMOVE, words), f"Remove {kit.fit(words, 60)}")
    return kit.section(f"*{name}*\n{bar(meter)} {meter.used:,} of {meter.quota.seats:,}", remove)


def bar(meter: Meter) -> str:
    filled = min(STEPS, meter.used * STEPS // meter.quota.seats)
    return "▰" * filled + "▱" * (STEPS - filled)


def inputs(round_: int) -> list[Block]:
    blocks = [
        kit.field(
            "property_name",
            "Property",
            kit.text_input("property_name", placeholder="Device", longest=LONGEST_NAME),
            hint="A column of your import, or what an answer of the screener is kept as.",
        ),
        kit.field(
            "property_value", "Value", kit.text_input("property_value", placeholder="Android", longest=LONGEST_VALUE)
        ),
        kit.field("seats", "Seats", kit.number_input("seats", least=1, most=MOST_SEATS)),
    ]
    return [kit.renamed(block, f"{block['block_id']}_{round_}") for block in blocks]


def meters_text(meters: Sequence[Meter]) -> str:
    """The quotas on one line: `Device: Android 4 of 6 · Device: iOS 6 of 6 (full)`."""
    return " · ".join(kit.literal(kit.fit(meter.text, WORDS_SHOWN)) for meter in meters)
