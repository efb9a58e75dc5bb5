"""Alerts: what happened to an interview, with the next steps as buttons."""

from __future__ import annotations

from datetime import datetime

from bot.blocks import kit
from bot.blocks.ids import InterviewId
from bot.blocks.interview import button_for, first_elements, mail_text, short, started_button
from bot.blocks.kit import Block, Element
from bot.blocks.thread import sentence as told
from bot.blocks.waiting import offer_button
from domain.alert import ASKED_AGAIN_AFTER, NEXT_STEPS, Alert, AlertKind
from domain.interview import InterviewAction, InterviewLine, InterviewStatus, TimelineLine, actions

LONGEST = 60
"""Characters of what strangers named."""

LONGEST_SAID = 300
"""Characters of what a participant says who cancels."""

SENTENCES = {
    AlertKind.DECLINED: "{who} declined the invitation. The session stays until somebody decides.",
    AlertKind.MAYBE: "{who} answered “Maybe”: their attendance is unknown.",
    AlertKind.NO_REPLY: "{who} has not answered the invitation.",
    AlertKind.CANCELED_BY_PARTICIPANT: "{who} can't make it and cancelled.",
    AlertKind.MOVED_BY_PARTICIPANT: "{who} moved their session{moved}.",
    AlertKind.CANCELED: "{by} cancelled it. {told}",
    AlertKind.MOVED_IN_CALENDAR: "It was moved in the calendar{moved}. {told}",
    AlertKind.DELETED_IN_CALENDAR: "The event was deleted in the calendar, so the session is cancelled. {told}",
    AlertKind.START_CHECK: "{hosts} Has it started?",
    AlertKind.SUSPECTED_NO_SHOW: "{hosts} {who} had not said that they would come, and nobody saw it start.",
    AlertKind.NO_SHOWED: "{by} marked it as a no-show.",
    AlertKind.HOST_NO_SHOW: "{by} said that {hosts} did not come. The participants who came have completed it.",
    AlertKind.MAIL_REFUSED: "A mail to {who} was refused: {why}",
    AlertKind.MAIL_RETURNED: "A mail to {who} came back: {why}.",
    AlertKind.OPTED_OUT: "{who} asked for no more mails and takes part in nothing any more: {freed}.",
    AlertKind.ERASED: "The data of {who} was erased, and they take part in nothing any more: {freed}.",
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
    return f"{alert.kind.headline}: {line.reference} {study}, {kit.at(line.starts_at)}. {said}", blocks


def question(alert: Alert, now: datetime, *, has_mail: bool) -> tuple[str, list[Block]]:
    """The start-time check, as it stands in the card's thread: what was answered, and the buttons that make sense yet.

    `now` is aware UTC.
    """
    said = sentence(alert, has_mail=has_mail)
    if alert.answer is not None and not alert.is_asking(now):
        said = answer_text(alert.answer)
    elif alert.answer is not None and alert.is_late(now):
        minutes = int(ASKED_AGAIN_AFTER.total_seconds() // 60)
        said = f"{said}\n{answer_text(alert.answer)}. Callsheet asks again {minutes} minutes after that."
    steps = answers(alert, now)
    return f"{alert.line.reference}: {said}", [kit.section(said), *([kit.actions(*steps)] if steps else [])]


def asked_again(alert: Alert) -> tuple[str, list[Block]]:
    """An earlier question, once the next one is asked."""
    said = f"{answer_text(alert.answer)}. Asked again below." if alert.answer is not None else "Asked again below."
    return f"{alert.line.reference}: {said}", [kit.section(said)]


def answer_text(answer: TimelineLine) -> str:
    """What somebody answered or did, and when."""
    return f"{kit.at(answer.at, '{time}')}  {told(answer)}"


def answers(alert: Alert, now: datetime) -> list[Element]:
    """The buttons below the start-time check: as long as it waits for an answer, and when none came in time."""
    line = alert.line
    no_show = labelled(button_for(no_show_of(line), line), "No-show…" if line.is_group else "No-show")
    if not alert.is_asking(now):
        return [*held, no_show] if (held := first_elements(line, now)) else []
    late = kit.button("Running late", InterviewId.RUNNING_LATE, str(line.id))
    return [
        started_button("Started", f"{line.reference} has started", line),
        *([] if alert.is_late(now) else [kit.spoken(late, f"{line.reference} is running late")]),
        no_show,
        labelled(button_for(InterviewAction.RESCHEDULE, line), "Moved…"),
    ]


def labelled(button: Element, label: str) -> Element:
    """The button with another text."""
    return {**button, "text": kit.plain(label, 75)}


def no_show_of(line: InterviewLine) -> InterviewAction:
    """What notes a no-show: in a group it is asked who came."""
    return InterviewAction.ATTENDANCE if line.is_group else InterviewAction.MARK_NO_SHOW


def sentence(alert: Alert, *, has_mail: bool) -> str:
    """What happened, in mrkdwn."""
    moved = f": {kit.at(alert.moved[0])} → {kit.at(alert.moved[1])}" if alert.moved else ""
    said = SENTENCES[alert.kind].format(
        who=who(alert),
        by=kit.user(alert.by) if alert.by else "Somebody",
        hosts=" ".join(kit.user(host.slack_user_id) for host in alert.line.hosts),
        moved=moved,
        told=mail_text("The participants are told by mail.", has_mail=has_mail),
        freed=freed(alert.line),
        why=kit.literal(alert.why or "the reason is not known."),
    )
    if alert.moved and any(host.has_conflict for host in alert.line.hosts):
        said += " A host has something else at that time."
    if alert.kind is AlertKind.CANCELED_BY_PARTICIPANT and alert.why:
        said += f" They said: “{short(alert.why, LONGEST_SAID)}”"
    return said.strip()


def freed(line: InterviewLine) -> str:
    """What becomes of the session of somebody who takes part in nothing any more."""
    return "the session is cancelled" if line.status is InterviewStatus.CANCELED else "their seat is free again"


def who(alert: Alert) -> str:
    """The participant whom it is about: by name only where the team wants names in channels."""
    if alert.seat is None:
        return "Somebody" if alert.line.is_group else "The participant"
    return short(alert.seat.shown_as(with_name=alert.line.names_in_channel), LONGEST)


def next_steps(alert: Alert) -> list[Element]:
    """The buttons: what the alert's kind offers and the interview's status allows."""
    offered = NEXT_STEPS.get(alert.kind, (InterviewAction.DETAILS,))
    steps = [
        button_for(no_show_of(alert.line) if action is InterviewAction.MARK_NO_SHOW else action, alert.line)
        for action in offered
        if action in actions(alert.line.status, alert.line.study_type)
    ]
    if alert.waiting and alert.freed_at is not None:
        return [offer_button(alert.line.study_id, alert.freed_at, alert.waiting), *steps]
    if alert.kind is AlertKind.SUSPECTED_NO_SHOW:
        return [started_button("It took place", f"{alert.line.reference} took place", alert.line), *steps]
    return steps
