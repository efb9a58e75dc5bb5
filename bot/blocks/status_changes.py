"""Statuses set by hand: choosing several, the review before, and what came of it with the way back."""

from __future__ import annotations

from collections.abc import Sequence

from bot.blocks import kit
from bot.blocks.enrolment_list import described
from bot.blocks.ids import ParticipantId
from bot.blocks.kit import Block, Element, View
from bot.blocks.participant import NOT_COUNTED, short
from domain.enrolment_list import EnrolmentPage, Listed
from domain.participant import ParticipantStatus, changes_by_hand
from domain.status_changes import LONGEST_REASON, MOST, Group, Leap, StatusesMade, StatusReview
from domain.study import StudyType

A_GROUP = 10
"""Checkboxes in one group: Slack takes no more."""
OFFERED = 50
GROUPS = tuple(f"group{number}" for number in range(OFFERED // A_GROUP))
RESTORED = "restored"
NAMED, EVERYBODY = "named", "everybody"
MEANT = {ParticipantStatus.CANCELED: "Removed from the study"}
"""What a status means that is set by hand, where its name does not say it."""
SKIPPED_SHOWN = 12
UNKNOWN_SHOWN = 10
NAME_SHOWN = 60


def choose_modal(page: EnrolmentPage, metadata: str, called: str = "") -> View:
    """Who is to be set to what? Of the list some are offered, and it as a whole."""
    blocks: list[Block] = [kit.section(f"*{page.line.key}* {short(page.line.name)}")]
    if page.people:
        options = [
            kit.option("Those ticked or named below", NAMED),
            kit.option(everybody_label(page), EVERYBODY, f"{MOST:,} people at most"),
        ]
        blocks.append(kit.field("whom", "Whom", kit.radio("whom", options, initial=NAMED)))
    for name, start in zip(GROUPS, range(0, len(page.people), A_GROUP), strict=False):
        part = [person_option(one) for one in page.people[start : start + A_GROUP]]
        numbers = f" {start + 1} to {start + len(part)}" if len(page.people) > A_GROUP else ""
        label = f"People{numbers} from this page on"
        blocks.append(kit.field(name, label, kit.checkboxes(name, part), optional=True))
    blocks += [
        kit.field(
            "called",
            "Or aliases and addresses",
            kit.text_input("called", initial=called, multiline=True, placeholder="P17, P18\nmara@example.com"),
            hint="Of people in this study, one a line or with commas between.",
            optional=True,
        ),
        kit.field("status", "Change to", kit.select("status", goals(page.line.type))),
        reason_input(),
        kit.context("You see what will happen before it does. No mail is sent."),
    ]
    return kit.modal(
        "Change statuses", blocks, callback_id=ParticipantId.STATUSES_MODAL, submit="Review", metadata=metadata
    )


def everybody_label(page: EnrolmentPage) -> str:
    number = "" if page.counts is None else f" {page.counts.shown(page.wanted.statuses(page.has_incentive))}"
    return kit.fit(f"Everybody in the list:{number} ({described(page)})", 75)


def person_option(one: Listed) -> Element:
    known = one.person.name or one.person.email
    label = f"{one.person.alias} · {known}" if known else one.person.alias
    return kit.option(label, str(one.enrolment_id), one.status.value)


def reason_input(initial: str = "") -> Block:
    text = kit.text_input("reason", initial=initial, multiline=True, longest=LONGEST_REASON)
    return kit.field("reason", "Why", text, hint="Kept with the change.", optional=True)


def goals(study_type: StudyType) -> list[Element]:
    """What somebody in such a study may be set to by hand from anywhere at all."""
    possible = {to for status in ParticipantStatus for to in changes_by_hand(status, study_type)}
    options = [kit.option(to.value, to.value, MEANT.get(to)) for to in ParticipantStatus if to in possible]
    return [*options, kit.option("Restored", RESTORED, "What they were before they were removed")]


def review_modal(found: StatusReview, metadata: str, close: str | None = None) -> View:
    """From where to where how many go, who is skipped and why, and what does not count."""
    blocks: list[Block] = [kit.section(f"*{found.study_key}* {short(found.study_name)}")]
    if found.number:
        blocks += kit.paragraphs([f"*{people(found.number)} will be changed*", *map(leap_line, found.leaps)])
        blocks.append(kit.context(listed(found.first, found.number)))
    else:
        blocks.append(kit.section("*Nobody will be changed.*"))
    blocks += kit.paragraphs(skipped_lines(found.skipped, "will be skipped"))
    if found.unknown:
        names = listed(found.unknown[:UNKNOWN_SHOWN], len(found.unknown))
        blocks.append(kit.section(f"Nobody in {found.study_key} that you can see is called: {names}"))
    blocks += not_counted(found.not_counted, found.number, found.only_id)
    if found.number:
        blocks.append(kit.context("No mail is sent. You can undo it afterwards."))
    return kit.modal(
        "Review the change",
        blocks,
        callback_id=ParticipantId.STATUSES_REVIEW_MODAL,
        submit=f"Change {people(found.number)}" if found.number else None,
        metadata=metadata,
        close=close or ("Cancel" if found.number else "Close"),
    )


def people(number: int) -> str:
    return "1 person" if number == 1 else f"{number:,} people"


def leap_line(leap: Leap) -> str:
    return f"• {leap.was.value} → *{leap.to.value}*: {leap.number:,}"


def listed(first: Sequence[str], number: int) -> str:
    """The first names, and how many more there are."""
    names = ", ".join(short(name, NAME_SHOWN) for name in first)
    return f"{names} and {number - len(first):,} more" if number > len(first) else names


def skipped_lines(skipped: Sequence[Group], will_be: str) -> list[str]:
    """Who is skipped, a line for each reason."""
    if not skipped:
        return []
    number = sum(group.number for group in skipped)
    lines = [f"*{people(number)} {will_be if number > 1 else will_be.replace('were', 'was')}*"]
    lines += [
        f"• {group.number:,}: {kit.escape(group.why)} ({listed(group.first, group.number)})"
        for group in skipped[:SKIPPED_SHOWN]
    ]
    if len(skipped) > SKIPPED_SHOWN:
        lines.append(f"and {len(skipped) - SKIPPED_SHOWN} more reasons")
    return lines


def not_counted(number: int, of: int, only_id: int | None) -> list[Block]:
    """That a status takes no seat; for one person with the way to log their session instead."""
    if not number:
        return []
    whom = "" if number == of else f" That is so for {people(number)} here."
    blocks = [kit.section(f"⚠ {NOT_COUNTED}{whom}")]
    if only_id is not None:
        blocks.append(kit.actions(log_button(only_id)))
    return blocks


def log_button(enrolment_id: int) -> Element:
    return kit.button("Log or book the session instead", ParticipantId.STATUS_LOG, str(enrolment_id))


def made(done: StatusesMade, first_line: str | None = None) -> tuple[str, list[Block]]:
    """What a change came to, with the button that undoes it."""
    text = first_line or f"{people(done.number)} changed in *{done.study_key}*. No mail was sent."
    lines = [text, *([] if first_line else map(leap_line, done.leaps)), *skipped_lines(done.skipped, "were skipped")]
    if done.not_counted and first_line is None:
        lines.append(NOT_COUNTED)
    undo = kit.spoken(
        kit.button("Undo", ParticipantId.STATUSES_UNDO, str(done.bulk_id)), f"Undo the change in {done.study_key}"
    )
    can_log = done.only_id is not None and done.not_counted
    buttons = [undo, *([log_button(done.only_id)] if can_log and done.only_id is not None else [])]
    return text, [*kit.paragraphs(lines), kit.actions(*buttons)]


def undone(done: StatusesMade) -> tuple[str, list[Block]]:
    """What undoing a change came to."""
    text = f"{people(done.number)} in *{done.study_key}* {'is' if done.number == 1 else 'are'} what they were."
    lines = [text, *map(leap_line, done.leaps), *skipped_lines(done.skipped, "were left as they are")]
    return text, kit.paragraphs(lines)
