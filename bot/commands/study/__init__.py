"""Studies in Slack: the list, one in detail, a new one, and its status."""

from bot.commands.study import (
    consent,
    invite,
    limit,
    listing,
    new,
    participants,
    people,
    quotas,
    responses,
    review,
    schedule,
    screener,
    screener_question,
    share,
    show,
    slots,
    status,
    task,
    waiting,
)
from bot.slack.capability import Capability

CAPABILITIES: tuple[Capability, ...] = (
    listing.capability,
    new.capability,
    show.capability,
    participants.capability,
    schedule.capability,
    slots.capability,
    screener.capability,
    screener_question.capability,
    consent.capability,
    invite.capability,
    waiting.capability,
    responses.capability,
    review.capability,
    task.capability,
    share.capability,
    limit.capability,
    people.capability,
    quotas.capability,
    status.capability,
)
"""In the order in which menu and help name them."""
