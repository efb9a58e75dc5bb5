"""A study's card in its channel: how far it is, who invited whom last, and what to do next."""

from __future__ import annotations

from bot.blocks import kit
from bot.blocks.ids import StudyId
from bot.blocks.kit import Block, Element
from bot.blocks.quotas import meters_text
from domain.study import InvitedBy, StudyAction, StudyCard, StudyStatus, allowed_actions

NAME_SHOWN = 120
STATUS_BUTTONS = {
    StudyAction.START: ("Start", StudyId.CARD_START),
    StudyAction.PAUSE: ("Pause", StudyId.CARD_PAUSE),
    StudyAction.RESUME: ("Resume", StudyId.CARD_RESUME),
}
"""Closing is not done by a tap in the channel."""


def card(found: StudyCard) -> tuple[str, list[Block]]:
    """The card's text for notifications, and its blocks."""
    name = kit.literal(kit.fit(found.name, NAME_SHOWN))
    head = f"*{found.key}* {name} · {found.status.label}\n{found.counts.text}"
    blocks = [kit.section(head)]
    if found.meters:
        blocks.append(kit.context(meters_text(found.meters)))
    if found.invited_by:
        blocks.append(kit.context(*(invited_text(one) for one in found.invited_by)))
    blocks.append(kit.actions(*buttons(found)))
    return f"{found.key} {name}: {found.status.label}. {found.counts.text}", blocks


def invited_text(one: InvitedBy) -> str:
    """`@Ana invited 24 people, 3 Dec at 10:00`, in every reader's own zone."""
    people = "1 person" if one.number == 1 else f"{one.number:,} people"
    return f"{kit.user(one.slack_user_id)} invited {people}, {kit.at(one.at)}"


def responses_label(to_review: int) -> str:
    """`3 to review`, `Responses`."""
    return f"{to_review:,} to review" if to_review else "Responses"


def buttons(found: StudyCard) -> list[Element]:
    """What may be done next. Each button says of which study it is."""
    slots = kit.spoken(kit.button("Slots", StudyId.SLOTS, found.key), f"Slots of {found.key}")
    invite = kit.spoken(kit.button("Invite", StudyId.INVITE, found.key), f"Invite people to {found.key}")
    waiting = kit.spoken(kit.button("Waiting list", StudyId.WAITING, found.key), f"Waiting list of {found.key}")
    offered = [slots, invite, waiting] if found.type.has_interviews else [invite]
    if found.status is StudyStatus.CLOSED:
        offered = [one for one in offered if one is waiting]
    if found.counts.qualified or found.counts.to_review:
        review = kit.button(responses_label(found.counts.to_review), StudyId.RESPONSES, found.key)
        offered.insert(0, kit.spoken(review, f"Responses to the screener of {found.key}"))
    possible = (action for action in allowed_actions(found.status) if action in STATUS_BUTTONS)
    for action in possible:
        label, action_id = STATUS_BUTTONS[action]
        offered.append(kit.spoken(kit.button(label, action_id, str(found.id)), f"{label} {found.key}"))
    return offered
