"""Erasing a participant: the question that is asked before, and what is said after."""

from __future__ import annotations

from bot.blocks import kit
from bot.blocks.ids import ParticipantId
from bot.blocks.kit import View
from domain.erasure import Erasure, goes, stays


def modal(found: Erasure, metadata: str) -> View:
    """What goes, what stays and why; the alias is typed to confirm."""
    blocks = [
        kit.section(f"*{found.alias}* {kit.literal(kit.fit(found.label, 120))}"),
        kit.section("*This goes, and can't be brought back*\n" + listed(goes(found))),
        kit.section("*This stays*\n" + listed(stays(found))),
    ]
    if found.owed:
        owed = f"⚠ An incentive is still owed in {', '.join(found.owed)}. Nobody can send it afterwards: pay it first."
        blocks.append(kit.section(owed))
    blocks += [
        kit.context("What went out already stays where it is: mails in their mailbox, and exports that were made."),
        kit.field("confirm", f"Type {found.alias} to confirm", kit.text_input("confirm", longest=20)),
    ]
    return kit.modal(
        "Erase a participant", blocks, callback_id=ParticipantId.ERASE_MODAL, submit="Erase", metadata=metadata
    )


def listed(lines: tuple[str, ...]) -> str:
    return "\n".join(f"• {kit.escape(line)}" for line in lines)


def done(found: Erasure) -> str:
    """What erasing somebody came to, in mrkdwn."""
    if found.is_done:
        return f"*{found.alias}* was erased before: nothing changed."
    freed = f" Their seats are free again: {', '.join(found.sessions_ahead)}." if found.sessions_ahead else ""
    return f"*{found.alias}* is erased.{freed} What shows them is being brought up to date."
