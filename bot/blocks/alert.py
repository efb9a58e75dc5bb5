"""Alerts: what happened to an interview, with the next steps as buttons."""

from __future__ import annotations

from bot.blocks import kit
from bot.blocks.ids import InterviewId
from bot.blocks.interview import button_for, mail_text, short
from bot.blocks.kit import Block, Element
from domain.alert import NEXT_STEPS, Alert, AlertKind
from domain.interview import InterviewAction, actions

LONGEST = 60
"""Characters of what strangers named."""

SENTENCES = {
    AlertKind.DECLINED: "{who} declined the invitation. The session stays until somebody decides.",
    AlertKind.MAYBE: "{who} answered “Maybe”: their attendance is unknown.",
    AlertKind.NO_REPLY: "{who} has not answered the invitation.",
    AlertKind.CANCELED_BY_PARTICIPANT: "{who} can't make it and cancelled.",
    AlertKind.CANCELED: "{by} cancelled it. {told}",
    AlertKind.MOVED_IN_CALENDAR: "It was moved in the calendar{moved}. {told}",
    AlertKind.DELETED_IN_CALENDAR: "The event was deleted in the calendar, so the session is cancelled. {told}",
    AlertKind.START_CHECK: "{hosts} Has it started?",
    AlertKind.SUSPECTED_NO_SHOW: "{hosts} {who} had not said that they would come, and nobody saw it start.",
    AlertKind.NO_SHOWED: "{by} marked it as a no-show.",
    AlertKind.MAIL_REFUSED: "A mail to {who} was refused: {why}",
    AlertKind.CALENDAR_FAILED: "The session can't be written into the calendar: {why}",
}


def message(alert: Alert, *, has_mail: bool) -> tuple[str, list[Block]]:
    """The alert's text for notifications, and its blocks."""
    line = alert.line
    study = short(line.study_name, LONGEST)
    title = f"⚠ *{alert.kind.headline}* · *{line.reference}* · {study}"
    said = sentence(alert, has_mail=has_mail)
    hosts = ", ".join(short(host.name, LONGEST) for host in line.hosts) or "nobody"
    blocks = [kit.section(f"{title}\n{said}"), kit.context(f"{kit.at(line.starts_at)} · Host: {hosts}")]
    if steps := next_steps(alert):
        blocks.append(kit.actions(*steps))
    return f"{alert.kind.headline}: {line.reference} {study}. {said}", blocks


def question(alert: Alert, *, has_mail: bool) -> tuple[str, list[Block]]:
    """The start-time check, as it stands in the card's thread."""
    said = sentence(alert, has_mail=has_mail)
    return f"{alert.line.reference}: {said}", [kit.section(said), kit.actions(*next_steps(alert))]


def sentence(alert: Alert, *, has_mail: bool) -> str:
    """What happened, in mrkdwn."""
    moved = f": {kit.at(alert.moved[0])} → {kit.at(alert.moved[1])}" if alert.moved else ""
    said = SENTENCES[alert.kind].format(
        who=who(alert),
        by=kit.user(alert.by) if alert.by else "Somebody",
        hosts=" ".join(kit.user(host.slack_user_id) for host in alert.line.hosts),
        moved=moved,
        told=mail_text("The participants are told by mail.", has_mail=has_mail),
        why=kit.literal(alert.why or "the reason is not known."),
    )
    if alert.moved and any(host.has_conflict for host in alert.line.hosts):
        said += " A host has something else at that time."
    return said.strip()


def who(alert: Alert) -> str:
    """The participant whom it is about: by name only where the team wants names in channels."""
    if alert.seat is None:
        return "The participant"
    return short(alert.seat.shown_as(with_name=alert.line.names_in_channel), LONGEST)


def next_steps(alert: Alert) -> list[Element]:
    """The buttons: what the alert's kind offers and the interview's status allows."""
    offered = NEXT_STEPS.get(alert.kind, (InterviewAction.DETAILS,))
    steps = [button_for(action, alert.line) for action in offered if action in actions(alert.line.status)]
    if alert.kind is AlertKind.START_CHECK:
        return [kit.button("Started", InterviewId.STARTED, str(alert.line.id), style="primary"), *steps]
    if alert.kind is AlertKind.SUSPECTED_NO_SHOW:
        return [kit.button("It took place", InterviewId.STARTED, str(alert.line.id), style="primary"), *steps]
    return steps
