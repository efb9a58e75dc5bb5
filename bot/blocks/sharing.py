"""A study's public link: shown, ended, made anew."""

from __future__ import annotations

from bot.blocks import kit
from bot.blocks.ids import StudyId
from bot.blocks.kit import Block
from domain.study import StudyStatus

NAME_SHOWN = 120
WARNINGS = {
    StudyStatus.DRAFT: "The study is a draft: who comes is told so. Start it with `/study start {key}`.",
    StudyStatus.PAUSED: "The study is paused: who comes is told so. Resume it with `/study resume {key}`.",
}


def shown(key: str, name: str, status: StudyStatus, address: str, value: str) -> tuple[str, list[Block]]:
    """The link to copy. `value` is what the buttons carry: the study's id and which link was seen."""
    text = f"Public link of {key}"
    blocks = [
        kit.section(f"*Public link of {key}* {kit.literal(kit.fit(name, NAME_SHOWN))}\n{address}"),
        kit.context("Whoever has it may come, as somebody new or by the address that you know them by."),
    ]
    if status in WARNINGS:
        blocks.append(kit.section(f"⚠ {WARNINGS[status].format(key=key)}"))
    blocks.append(kit.actions(new_button(key, value), end_button(key, value)))
    return text, blocks


def new_button(key: str, value: str) -> kit.Element:
    question = kit.confirm(
        f"A new link for {key}?",
        "The present one ends at once: who comes by it is told that it does not work any more.",
        "Make a new one",
        "Keep the old one",
    )
    return kit.spoken(kit.button("Make a new one", StudyId.SHARE_NEW, value, ask=question), f"A new link for {key}")


def end_button(key: str, value: str) -> kit.Element:
    question = kit.confirm(
        f"End the link of {key}?",
        "Nobody comes by it any more. Who has come already stays in the study.",
        "End this link",
        is_danger=True,
    )
    return kit.spoken(
        kit.button("End this link", StudyId.SHARE_END, value, style="danger", ask=question), f"End the link of {key}"
    )


def ended(key: str) -> tuple[str, list[Block]]:
    """What is said once the link has ended, and the way to another one."""
    text = f"*{key}* has no public link any more. Who came by it stays in the study."
    return text, [kit.section(text), kit.actions(kit.button("Make a new one", StudyId.SHARE, key))]
