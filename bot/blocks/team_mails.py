"""A team's own versions of what mails say: which there are, and one while it is written, with how it reads."""

from __future__ import annotations

from bot.blocks import kit
from bot.blocks.ids import CallsheetId
from bot.blocks.kit import Block, Element, View
from bot.blocks.mails import pieces
from domain.drafts import added
from domain.letters import TOKENS
from domain.mail import MailKind
from domain.mail_samples import NAME
from domain.team_mails import LONGEST_SUBJECT, LONGEST_TEXT, Changed, Editing, TeamMails
from domain.tokens import listed

AS_YOU_TYPE = {"trigger_actions_on": ["on_character_entered"]}


def list_modal(shown: TeamMails, metadata: str, told: str = "") -> View:
    """Every kind of mail, and whose words it has. `told` says, in mrkdwn, what was just done."""
    blocks = [
        kit.section(
            f"What participants of *{kit.literal(shown.team_name)}* read. Change the subject and the opening of any "
            "mail: when and where it is, the links and the way to opt out are always added."
        )
    ]
    if told:
        blocks.append(kit.context(told))
    for kind, changed in shown.kinds:
        value = f"{shown.team_id}:{kind.value}"
        change = kit.spoken(kit.button("Change", CallsheetId.MAILS_EDIT, value), f"Change: {kind.label}")
        blocks.append(kit.section(f"*{kind.label}*\n{whose(changed)}", accessory=change))
        if changed is not None:
            blocks.append(kit.actions(reset_button(kind, changed, value), block_id=f"reset_{kind.value}"))
    return kit.modal("Mails", blocks, callback_id=CallsheetId.MAILS_MODAL, metadata=metadata, close="Close")


def reset_button(kind: MailKind, changed: Changed, value: str) -> Element:
    """To give an own version up, after a question."""
    ask = kit.confirm(
        "Back to the standard wording?",
        f"{changed.by}'s version of the {kind.noun} is gone then, for the whole team.",
        "Back to standard",
        is_danger=True,
    )
    button = kit.button("Back to standard", CallsheetId.MAILS_RESET, value, ask=ask)
    return kit.spoken(button, f"Back to standard: {kind.label}")


def whose(changed: Changed | None) -> str:
    """Whose words a mail has, in mrkdwn."""
    return f"Own version by {kit.literal(changed.by)}, {kit.at(changed.at)}" if changed else "Standard wording"


def edit_modal(shown: Editing, metadata: str, told: str = "") -> View:
    """Subject and text with their tokens, and below how that reads. `told` says, in mrkdwn, what was just done."""
    words, kind = shown.words, shown.kind
    subject = live(kit.text_input("subject", initial=words.subject, longest=LONGEST_SUBJECT))
    text = live(kit.text_input("text", initial=words.text, multiline=True, longest=LONGEST_TEXT))
    hint = f"Tokens: {listed(TOKENS[kind])}"
    blocks = [
        kit.context(f"{whose(shown.changed)} · {kit.literal(shown.team_name)}"),
        kit.heard(kit.field("subject", "Subject", subject), CallsheetId.MAILS_TYPED),
        kit.heard(kit.field("text", "Text", text, hint=hint), CallsheetId.MAILS_TYPED),
        kit.divider(),
        *preview(shown),
        kit.actions(
            kit.button("Send a test to me", CallsheetId.MAILS_TEST, f"{shown.team_id}:{kind.value}"),
            block_id="mail_buttons",
        ),
    ]
    if told:
        blocks.append(kit.context(told))
    return kit.modal(
        kit.fit(kind.label, 24), blocks, callback_id=CallsheetId.MAILS_EDIT_MODAL, submit="Save", metadata=metadata
    )


def live(element: Element) -> Element:
    """The input, heard of as soon as something is typed into it."""
    return {**element, "dispatch_action_config": AS_YOU_TYPE}


def preview(shown: Editing) -> list[Block]:
    """How the version reads to a participant with a long name, or what is wrong with it."""
    if shown.shown.wrong is not None:
        return [kit.section("*Preview*"), kit.section(f":warning: {kit.escape(shown.shown.wrong)}")]
    return [
        kit.section(f"*Preview*, as {kit.literal(NAME)} reads it"),
        {"type": "section", "text": kit.plain(shown.shown.subject)},
        *({"type": "section", "text": kit.plain(piece)} for piece in pieces(shown.shown.text)),
        kit.context(kit.escape(added(shown.kind))),
    ]


def saved_text(team_name: str, kind: MailKind, *, is_own: bool) -> str:
    """What saving did, in mrkdwn."""
    whose_words = "has your words" if is_own else "has the standard wording"
    return f"The {kind.noun} of *{kit.literal(team_name)}* {whose_words} now. It goes for every mail from here on."
