"""Selecting several interviews, the review of what will be done to them, and the summary of what was."""

from __future__ import annotations

from collections.abc import Sequence

from bot.blocks import kit
from bot.blocks.ids import InterviewId
from bot.blocks.interview import choice, mail_text, short
from bot.blocks.kit import Block, View
from domain.bulk import MOST, BulkAction, BulkResult, Skipped
from domain.interview import CancelReason
from domain.schedule import Seen

A_GROUP = 10
"""Checkboxes in one group: Slack takes no more."""
SKIPPED_SHOWN = 20
A_PARAGRAPH = 5
"""Skipped interviews in one: with the longest sentences they fit."""
LONGEST_WHY = 100
SKIPPED_TOLD = 10
"""In the summary."""


def group_name(number: int) -> str:
    """The name of a group of checkboxes, from 0."""
    return f"group{number}"


GROUPS = tuple(group_name(number) for number in range(MOST // A_GROUP))


def modal(found: Sequence[Seen], metadata: str, time_zone: str, *, has_mail: bool) -> View:
    """Which interviews, and what is to be done to them?"""
    options = [choice(each, time_zone) for each in found[:MOST]]
    groups: list[Block] = []
    for name, start in zip(GROUPS, range(0, len(options), A_GROUP), strict=False):
        part = options[start : start + A_GROUP]
        label = f"Interviews {start + 1} to {start + len(part)}"
        groups.append(kit.field(name, label, kit.checkboxes(name, part), optional=True))
    actions = [action for action in BulkAction if has_mail or action is not BulkAction.REMIND]
    reasons = [kit.option(reason.value, reason.name) for reason in CancelReason]
    blocks = [
        kit.field("action", "What to do", kit.select("action", [kit.option(a.label, a.value) for a in actions])),
        kit.field(
            "reason", "If you cancel: why?", kit.select("reason", reasons, placeholder="Choose a reason"), optional=True
        ),
        *groups,
        kit.context(f"Those that you may manage, {MOST} at most. You see what will happen before it does."),
    ]
    return kit.modal(
        "Select interviews", blocks, callback_id=InterviewId.BULK_MODAL, submit="Review", metadata=metadata
    )


def review(found: BulkResult, metadata: str, *, has_mail: bool) -> View:
    """What will be done, and what won't be, and why. Where nothing can be done, it is only shown."""
    blocks = [kit.section(f"*{count(found.done)} will be {found.action.done}*\n{', '.join(found.done) or 'None.'}")]
    if found.skipped:
        blocks.append(kit.section(f"*{count(found.skipped)} will be skipped*"))
        shown = [skipped_text(one) for one in found.skipped[:SKIPPED_SHOWN]]
        starts = range(0, len(shown), A_PARAGRAPH)
        blocks.extend(kit.section("\n".join(shown[start : start + A_PARAGRAPH])) for start in starts)
        if len(found.skipped) > len(shown):
            blocks.append(kit.context(f"and {len(found.skipped) - len(shown)} more"))
    if found.action is BulkAction.CANCEL and found.done:
        blocks.append(kit.context(mail_text("The participants are told by mail.", has_mail=has_mail)))
    return kit.modal(
        "Review",
        blocks,
        callback_id=InterviewId.BULK_REVIEW_MODAL,
        submit="Do it" if found.done else None,
        metadata=metadata,
        close="Back",
    )


def count(some: Sequence[object]) -> str:
    return f"{len(some)} {'interview' if len(some) == 1 else 'interviews'}"


def skipped_text(one: Skipped) -> str:
    """Which is skipped, and why: the first sentence of the refusal, which mostly begins with the reference."""
    why = one.why.split(". ")[0].partition(": it can't be ")[0].rstrip(".")
    named = "" if one.reference is None or why.startswith(one.reference) else f"{one.reference}: "
    return f"• {named}{short(why, LONGEST_WHY)}"


def summary(found: BulkResult) -> str:
    """What was done, in mrkdwn: `12 reminded, 1 skipped` and why."""
    text = f"{len(found.done)} {found.action.done}"
    if not found.skipped:
        return f"{text}: {', '.join(found.done)}."
    told = [skipped_text(one) for one in found.skipped[:SKIPPED_TOLD]]
    while len("\n".join(told)) > kit.TEXT_CHARACTERS:
        told.pop()
    if len(found.skipped) > len(told):
        told.append(f"and {len(found.skipped) - len(told)} more")
    return "\n".join([f"{text}, {len(found.skipped)} skipped:", *told])
