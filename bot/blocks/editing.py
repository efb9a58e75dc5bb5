"""The modals in which an interview's details, host or participant limit are changed, and what is said of it."""

from __future__ import annotations

from collections.abc import Sequence

from bot.blocks import kit
from bot.blocks.ids import InterviewId
from bot.blocks.interview import headline, mail_text, mentions, short, when
from bot.blocks.kit import Block, Element, View
from domain import tokens
from domain.editing import (
    FEWEST_SEATS,
    LONGEST_DESCRIPTION,
    LONGEST_LINK,
    LONGEST_PASSCODE,
    LONGEST_TITLE,
    MOST_SEATS,
    TOKENS,
    Details,
    Edited,
)
from domain.hosting import Candidate, Candidates, HostChanged
from domain.interview import InterviewLine, InterviewStatus
from domain.study import LocationKind

OTHERS_SHOWN = 10
"""How many of those who can't host are named with the reason."""


def edit_modal(line: InterviewLine, present: Details, metadata: str) -> View:
    """The details as they are, to be changed. A description that no input takes is left as it is."""
    place = present.location
    kinds = [kit.option(kind.label, kind.value) for kind in LocationKind]
    passcode = kit.text_input("passcode", initial=place.passcode, longest=LONGEST_PASSCODE)
    blocks = [
        kit.section(f"{headline(line)}\n{when(line)}"),
        kit.field(
            "title",
            "Title",
            kit.text_input("title", initial=present.title, longest=LONGEST_TITLE),
            hint=f"Everybody who is invited reads it. It may hold {tokens.listed(TOKENS)}.",
        ),
        description_block(present.description),
        kit.field("location", "Where", kit.select("location", kinds, initial=place.kind.value)),
        kit.field(
            "link",
            "Link or place",
            kit.text_input("link", initial=place.link, longest=LONGEST_LINK),
            hint="With Google Meet and no link the calendar makes one. None needs neither link nor place.",
            optional=True,
        ),
        kit.field("passcode", "Passcode", passcode, optional=True),
        kit.context("The calendar tells everybody who is invited. Callsheet itself mails nobody about it."),
    ]
    return kit.modal(
        f"Edit {line.reference}", blocks, callback_id=InterviewId.EDIT_MODAL, submit="Save", metadata=metadata
    )


def description_block(description: str) -> Block:
    """The description's input, or why there is none."""
    if len(description) > LONGEST_DESCRIPTION:
        return kit.context(f"The description has {len(description)} characters: it is too long to be edited here.")
    written = kit.text_input("description", initial=description, multiline=True, longest=LONGEST_DESCRIPTION)
    return kit.field("description", "Description", written, hint="The same tokens may stand here.", optional=True)


def edited_text(edited: Edited) -> str:
    """What an edit changed, in mrkdwn."""
    if not edited.changes:
        return f"Nothing has changed in {edited.reference}: all of that was so already."
    return f"*{edited.reference}* has another {listed(edited.changes)} now."


def listed(words: Sequence[str]) -> str:
    """`title, link and passcode`."""
    return " and ".join(filter(None, (", ".join(words[:-1]), words[-1])))


def host_modal(found: Candidates, metadata: str, chosen: Candidate | None = None) -> View:
    """Who is to host, and why some of the team are not on offer. `chosen` is filled in."""
    line, others = found.line, others_block(found)
    first = kit.section(f"{headline(line)}\n{when(line)}\n*Host:* {mentions(line)}")
    title, callback_id = f"Host of {line.reference}", InterviewId.HOST_MODAL
    if not found.eligible:
        nobody = kit.section("Nobody else in the study's team can host it then.")
        return kit.modal(title, [first, nobody, *others], callback_id=callback_id, metadata=metadata, close="Close")
    menu = kit.typed_select(
        InterviewId.HOST_MENU, initial=host_option(chosen) if chosen else None, placeholder="Type a name"
    )
    blocks = [
        first,
        kit.field("host", "New host", menu),
        *instead_blocks(line),
        *others,
        kit.context(what_follows(line)),
    ]
    return kit.modal(title, blocks, callback_id=callback_id, submit="Change the host", metadata=metadata)


def instead_blocks(line: InterviewLine) -> list[Block]:
    """Of several hosts: who is to go?"""
    if len(line.hosts) < 2:
        return []
    options = [kit.option(host.name, str(host.member_id)) for host in line.hosts]
    menu = kit.select("instead_of", options, initial=options[0]["value"])
    return [kit.field("instead_of", "Instead of", menu)]


def others_block(found: Candidates) -> list[Block]:
    """Those of the team who can't host it, each with the reason."""
    others = found.others
    if not others:
        return []
    told = [f"{short(each.name, 60)}: {each.why_not}" for each in others[:OTHERS_SHOWN]]
    if len(others) > OTHERS_SHOWN:
        told.append(f"and {len(others) - OTHERS_SHOWN} more")
    return [kit.context("*Not on offer*\n" + "\n".join(told))]


def what_follows(line: InterviewLine) -> str:
    """What a change of host brings about."""
    told = "The participants and the new host are told. The event stays in the calendar that holds it."
    if line.location is LocationKind.GOOGLE_MEET:
        return f"{told} A meeting link that the calendar made is made anew while Callsheet can write there."
    return told


def host_options(found: Sequence[Candidate]) -> list[Element]:
    return [host_option(each) for each in found]


def host_option(candidate: Candidate) -> Element:
    """A member who can host it; a busy calendar is a warning and no bar."""
    warning = "⚠ The calendar is busy then" if candidate.is_busy else None
    return kit.option(candidate.name or candidate.slack_user_id, str(candidate.member_id), warning)


def host_changed_text(done: HostChanged, *, has_mail: bool) -> str:
    """What a change of host did, in mrkdwn."""
    instead = f" instead of {kit.user(done.old_slack_id)}" if done.old_slack_id else ""
    told = mail_text("The participants are told by mail.", has_mail=has_mail)
    lines = [f"{kit.user(done.host_slack_id)} hosts *{done.reference}* now{instead}. {told}"]
    if done.makes_link:
        lines.append("The calendar is making a new meeting link.")
    if done.keeps_link:
        lines.append("The meeting link stays as it is: see that the new host can open the meeting.")
    if done.is_busy:
        lines.append("⚠ Their calendar is busy then.")
    return "\n".join(lines)


def limit_modal(line: InterviewLine, metadata: str) -> View:
    """How many may take part?"""
    taken = sum(seat.outcome is not InterviewStatus.CANCELED for seat in line.seats)
    number = kit.number_input("limit", initial=line.capacity, least=FEWEST_SEATS, most=MOST_SEATS)
    seats = "1 seat is taken" if taken == 1 else f"{taken} seats are taken"
    blocks = [
        kit.section(f"{headline(line)}\n{when(line)}"),
        kit.field("limit", "Participants at most", number, hint=f"{seats}: it can't be lower than that."),
    ]
    return kit.modal(
        f"Limit of {line.reference}", blocks, callback_id=InterviewId.LIMIT_MODAL, submit="Save", metadata=metadata
    )
