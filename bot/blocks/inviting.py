"""Inviting people: who, the review with those who are held back, the mail as it will be, and what came of it."""

from __future__ import annotations

from collections.abc import Sequence

from bot.blocks import kit
from bot.blocks.ids import StudyId
from bot.blocks.kit import Block, Element, View
from bot.blocks.mails import pieces
from domain import tokens
from domain.drafts import added
from domain.invitation import (
    INVITES_TO,
    LONGEST_SUBJECT,
    LONGEST_TEXT,
    Candidate,
    Choosing,
    Group,
    InvitationPreview,
    InvitationReview,
    Invited,
    Sorted,
    group_text,
    is_invitable,
    ways,
)
from domain.mail import MailKind
from domain.person import Person

NAME_SHOWN = 60
AGAIN_SHOWN = 5
REASONS_SHOWN = 6
ENDINGS = ("csv", "tsv", "txt", "xlsx")


def short(text: str, limit: int = NAME_SHOWN) -> str:
    """A person's text for mrkdwn, cut before it is escaped so that no entity is torn."""
    return kit.literal(kit.fit(text, limit))


def choose_modal(found: Choosing, metadata: str) -> View:
    """Who is invited: everybody whom one of the inputs names."""
    first = ways(found.study_type, has_screener=found.has_screener)[0]
    chosen = [kit.option(label, str(id_)) for id_, label in found.chosen]
    statuses = [
        kit.option(f"{status.value} ({number:,})", status.value)
        for status, number in found.statuses
        if is_invitable(found.study_type, status)
    ]
    people = kit.typed_multi_select(
        StudyId.INVITE_PEOPLE_MENU, initial=chosen, placeholder="Type a name, an address or P17"
    )
    blocks: list[Block] = [
        kit.section(
            f"Invite people to {INVITES_TO[first]} in *{found.study_key}* {short(found.study_name, 120)}. "
            "Everybody whom you name below is on the list. You see it, and the mail, before anything goes out."
        ),
        kit.field("people", "People", people, optional=True),
    ]
    if statuses:
        blocks.append(
            kit.field(
                "statuses",
                "Everybody in this study who is",
                kit.multi_select("statuses", statuses, placeholder="Choose statuses"),
                optional=True,
            )
        )
    blocks += [
        kit.field(
            "property_name",
            "Everybody by a property",
            kit.typed_select(StudyId.INVITE_PROPERTY_MENU, placeholder="Type a property, such as Plan"),
            hint="Properties come from the columns of your files, and from answers to screeners.",
            optional=True,
        ),
        kit.field(
            "property_value", "Value of that property", kit.text_input("property_value", longest=200), optional=True
        ),
        kit.field(
            "addresses",
            "E-mail addresses",
            kit.text_input(
                "addresses", multiline=True, placeholder="mara@example.com, Mara Lindqvist\njon@example.com"
            ),
            hint="One a line. Those who are new are added to the study.",
            optional=True,
        ),
        kit.field(
            "file",
            "Or a CSV file",
            kit.file_input("file", ENDINGS),
            hint="With a column for the e-mail address. You get a message once it is read.",
            optional=True,
        ),
    ]
    return kit.modal("Invite people", blocks, callback_id=StudyId.INVITE_MODAL, submit="Review", metadata=metadata)


def people_options(people: Sequence[Person]) -> list[Element]:
    """People to choose from, called so as the reader may know them."""
    return [
        kit.option(
            f"{person.alias} · {person.name or person.email}" if person.name or person.email else person.alias,
            str(person.id),
            person.email if person.name else None,
        )
        for person in people
    ]


def property_options(names: Sequence[str]) -> list[Element]:
    return [kit.option(name, name) for name in names if len(name) <= 75]


def review_modal(found: InvitationReview, metadata: str, close: str = "Back") -> View:
    """How many mails go out, who is held back and why, and the mail, which can be changed here."""
    number = found.number
    blocks: list[Block] = [kit.section(f"*{found.study_key}* {short(found.study_name, 120)}\n{going_text(found)}")]
    if found.refusal:
        blocks.append(kit.section(f"⚠ {kit.escape(found.refusal)}"))
    blocks += [kit.section(f"⚠ {kit.escape(warning)}") for warning in found.warnings]
    if found.sorted.invited_before and not found.refusal:
        blocks.append(kit.section(again_text(found.sorted.invited_before)))
    if found.sorted.held:
        blocks += kit.paragraphs(held_lines(found.sorted.held))
    if found.overridable:
        blocks.append(override_button(found))
    if found.named_twice:
        times = "Once somebody was" if found.named_twice == 1 else f"{found.named_twice:,} times somebody was"
        blocks.append(kit.context(f"{times} named again: each person gets one mail."))
    if len(found.ways) > 1:
        blocks.append(way_input(found))
    if number:
        blocks += mail_inputs(found)
    return kit.modal(
        "Review the invitation",
        blocks,
        callback_id=StudyId.INVITE_REVIEW_MODAL,
        submit=send_label(number) if number else None,
        metadata=metadata,
        close=close if number else "Close",
    )


def override_button(found: InvitationReview) -> Block:
    """For those who are held back by nothing but a cooldown or a do-not-contact."""
    who = "1 person" if found.overridable == 1 else f"{found.overridable:,} people"
    return kit.actions(
        kit.button(f"Override for {who}…", StudyId.INVITE_OVERRIDE, str(found.list_id)), block_id="override"
    )


def override_modal(study_key: str, held: Sorted, metadata: str, close: str) -> View:
    """Whom the rules hold back and why, and the question why they are to be invited all the same."""
    number = len(held.overridable)
    who = "1 person" if number == 1 else f"{number:,} people"
    groups = [group for group in held.held if group.why]
    text = kit.text_input("reason", multiline=True, longest=1000)
    blocks: list[Block] = [
        kit.section(f"Invite {who} to *{study_key}* although the rules of contact or a colleague say no:"),
        *kit.paragraphs(line for group in groups for line in why_lines(group)),
        kit.field("reason", "Why?", text, hint="It is kept with your name. Call people by their alias, such as P17."),
        kit.context("Nobody on the blocklist and nobody who has opted out is among them: that can't be overridden."),
        kit.actions(kit.button("Back to the review", StudyId.INVITE_OVERRIDE_BACK, "back"), block_id="back"),
    ]
    label = "Override for 1" if number == 1 else f"Override for {number:,}"
    return kit.modal(
        "Override", blocks, callback_id=StudyId.INVITE_OVERRIDE_MODAL, submit=label, metadata=metadata, close=close
    )


def why_lines(group: Group) -> list[str]:
    """All that holds a group back, what concerns most of them first."""
    lines = [
        f"\u2003◦ {kit.escape(text)}{f' ({number:,})' if group.number > 1 else ''}"
        for text, number in group.why[:REASONS_SHOWN]
    ]
    more = len(group.why) - REASONS_SHOWN
    return [*lines, f"\u2003◦ and {more} more"] if more > 0 else lines


BYPASSING = {
    MailKind.SCHEDULER: "Choose a time (bypasses the screener)",
    MailKind.TEST_INVITATION: "Do the test (bypasses the screener)",
    MailKind.SURVEY_INVITATION: "Do the survey (who was not asked yet answers the screener first)",
}


def way_input(found: InvitationReview) -> Block:
    """To what people are invited; who is held back, and the mail, follow from it."""
    options = [
        kit.option(BYPASSING.get(mail, f"{INVITES_TO[mail][0].upper()}{INVITES_TO[mail][1:]}"), mail.value)
        for mail in found.ways
    ]
    radio = kit.radio("way", options, initial=found.mail.value)
    return kit.heard(kit.field("way", "Invite to", radio), StudyId.INVITE_WAY)


def mail_inputs(found: InvitationReview) -> list[Block]:
    """The mail's words, to be changed, and the button that shows it as it will be."""
    allowed = tokens.listed(found.tokens)
    return [
        kit.divider(),
        kit.renamed(
            kit.field("subject", "Subject", kit.text_input("subject", initial=found.subject, longest=LONGEST_SUBJECT)),
            f"subject_{found.mail}",
        ),
        kit.renamed(
            kit.field(
                "text",
                "What the mail says",
                kit.text_input("text", initial=found.text, multiline=True, longest=LONGEST_TEXT),
                hint=f"{added(found.mail)} These stand for something else in each mail: {allowed}.",
            ),
            f"text_{found.mail}",
        ),
        kit.actions(kit.button("Preview the mail", StudyId.INVITE_PREVIEW, str(found.list_id))),
    ]


def send_label(number: int) -> str:
    return "Send 1 invitation" if number == 1 else f"Send {number:,} invitations"


def going_text(found: InvitationReview) -> str:
    """`24 people get the mail: Mara Lindqvist, … and 19 more.`"""
    number = found.number
    if not number:
        return "*Nobody gets a mail.*"
    return f"*{'1 person gets' if number == 1 else f'{number:,} people get'} the mail:* {listed(found.names, number)}."


def listed(first: Sequence[str], number: int) -> str:
    """The first names, and how many more there are."""
    names = ", ".join(short(name) for name in first)
    return f"{names} and {number - len(first):,} more" if number > len(first) else names


def held_lines(held: Sequence[Group]) -> list[str]:
    """Who is held back, a line for each reason."""
    number = sum(group.number for group in held)
    title = "*1 person is held back*" if number == 1 else f"*{number:,} people are held back*"
    return [title, *(line for group in held for line in (f"• {group_line(group)}", *why_lines(group)))]


def group_line(group: Group) -> str:
    until = f" until {kit.at(group.until, '{date_short_pretty}')}" if group.until is not None else ""
    latest = " at the latest" if until and group.number > 1 else ""
    return f"{group_text(group)}{until}{latest}: {listed(group.first, group.number)}"


def again_text(again: Sequence[Candidate]) -> str:
    """Who of those who get the mail had one before, and when."""
    title = (
        "*1 of them was invited before*, and gets another mail"
        if len(again) == 1
        else f"*{len(again):,} of them were invited before*, and get another mail"
    )
    told = [
        f"{short(one.label)} on {kit.at(one.invited_at, '{date_short}')}"
        for one in again[:AGAIN_SHOWN]
        if one.invited_at is not None
    ]
    more = f" and {len(again) - AGAIN_SHOWN:,} more" if len(again) > AGAIN_SHOWN else ""
    return f"{title}: {', '.join(told)}{more}."


def preview_modal(found: InvitationPreview) -> View:
    """The mail as the first of its recipients gets it; it only shows."""
    others = "" if found.number == 1 else f" The other {found.number - 1:,} get theirs."
    blocks: list[Block] = [
        kit.context(f"As {short(found.recipient)} gets it.{others}"),
        {"type": "section", "text": kit.plain(found.subject)},
        kit.divider(),
        *({"type": "section", "text": kit.plain(piece)} for piece in pieces(found.text)),
        kit.context(kit.escape(added(found.mail))),
    ]
    return kit.modal("The mail", blocks, callback_id=StudyId.INVITE_PREVIEW_MODAL, close="Back")


def done_text(done: Invited) -> str:
    """What sending came to, in mrkdwn."""
    people = "1 person is invited" if done.number == 1 else f"{done.number:,} people are invited"
    mails = "The mail is on its way." if done.number == 1 else "The mails are on their way."
    text = f"{people} to {INVITES_TO[done.mail]} in *{done.study_key}*. {mails}"
    return "\n".join([text, *held_lines(done.held)]) if done.held else text


def file_taken(name: str, study_key: str) -> str:
    """What is said when a file is being read."""
    return f"“{short(name)}” is being read for *{study_key}*. You get a direct message once you can review it."


def report(text: str, list_id: int | None) -> list[Block]:
    """What became of a file, as plain text, with the way on to the review."""
    blocks: list[Block] = [{"type": "section", "text": kit.plain(text)}]
    if list_id is not None:
        button = kit.button("Review the invitation", StudyId.INVITE_LIST, str(list_id), style="primary")
        blocks.append(kit.actions(button))
    return blocks
