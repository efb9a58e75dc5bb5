"""Keeping a message as a note: to which interview, and what is said about it."""

from __future__ import annotations

from collections.abc import Sequence

from bot.blocks import kit
from bot.blocks.ids import InterviewId
from bot.blocks.interview import choice, short
from bot.blocks.kit import Element, View
from domain.schedule import Seen

LONGEST_WORDS = 200


def modal(message: str, metadata: str, *, is_private: bool) -> View:
    """To which interview does the message belong? `message` is its text, on one line."""
    shown = short(message, 300) if message else "it has no text, so only its link is kept."
    blocks = [
        kit.section(f"*The message:* {shown}"),
        kit.field(
            "interview",
            "Interview",
            kit.typed_select(InterviewId.INTERVIEW_MENU, placeholder="Type CHK-7, a study's key, or P17"),
        ),
        kit.field(
            "words",
            "Anything to add?",
            kit.text_input("words", multiline=True, longest=LONGEST_WORDS),
            hint="It stands before the message on the interview's timeline.",
            optional=True,
        ),
        kit.context(told(is_private=is_private)),
    ]
    return kit.modal(
        "Add to interview", blocks, callback_id=InterviewId.NOTE_MODAL, submit="Add the note", metadata=metadata
    )


def told(*, is_private: bool) -> str:
    """Who will read the note."""
    if is_private:
        return (
            "The message is not public: the note holds a link to it but not its text, so that only who may read it "
            "there can. Everybody who sees the interview reads the note."
        )
    return "Everybody who sees the interview reads the note: it stands on its timeline and in its card's thread."


def options(found: Sequence[Seen], time_zone: str) -> list[Element]:
    """The interviews to choose from."""
    return [choice(each, time_zone) for each in found]


def added_text(reference: str, *, is_text_left_out: bool) -> str:
    """What adding the note did, in mrkdwn."""
    if is_text_left_out:
        return f"{reference} has a note with a link to the message. Its text is left out, because it is private."
    return f"{reference} has the note."
