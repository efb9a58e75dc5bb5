"""What is said after an address was corrected, or when it is somebody else's."""

from __future__ import annotations

from dataclasses import dataclass

from bot.blocks import kit
from bot.blocks.ids import ParticipantId
from bot.blocks.kit import Block, Element, View
from domain.mail import LostMail
from domain.participant import ParticipantStatus
from domain.person import alias


@dataclass(frozen=True, slots=True)
class Told:
    """What correcting an address came to: see `bot.services.addresses.Corrected`."""

    number: int
    is_old_kept: bool
    back: tuple[tuple[str, ParticipantStatus], ...]
    lost: tuple[LostMail, ...]
    sessions: tuple[str, ...]


def corrected(found: Told) -> tuple[str, list[Block]]:
    """What has changed, and what can be sent again, with a button for each invitation."""
    name = alias(found.number)
    old = "The old one leads to them too." if found.is_old_kept else "The old one is forgotten."
    text = f"The address of *{name}* is corrected. {old} Nothing was sent."
    blocks = [kit.section(text)]
    if found.back:
        blocks.append(kit.section("\n".join(f"• *{key}*: {status.value} again" for key, status in found.back)))
    if found.sessions:
        blocks.append(kit.context(f"Their calendar events get the new address: {', '.join(found.sessions)}."))
    if found.lost:
        blocks.append(kit.section("*Did not arrive before, and can be sent again*"))
        blocks += [kit.section(f"*{each.study_key}* {each.kind.label}", invite(each)) for each in found.lost]
    return text, blocks


def invite(lost: LostMail) -> Element | None:
    if not lost.is_invitable:
        return None
    button = kit.button("Invite", ParticipantId.INVITE, str(lost.enrolment_id))
    return kit.spoken(button, f"Invite to {lost.study_key}")


def taken(message: str, called: str, holder: str) -> tuple[str, list[Block]]:
    """That somebody else has the address, with the way to merge the two, who are called by their aliases."""
    merge = kit.button(f"Merge with {holder}…", ParticipantId.MERGE, f"{called} {holder}")
    return message, [kit.section(kit.escape(message)), kit.actions(merge)]


def taken_modal(message: str, called: str, holder: str) -> View:
    """As `taken`, above the modal in which the address was typed."""
    _, blocks = taken(message, called, holder)
    return kit.modal("Not free", blocks, callback_id="notice", close="Back")
