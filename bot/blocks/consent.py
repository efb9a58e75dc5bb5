"""What participants of a study agree to: the modal for its text, and what is said once it is set."""

from __future__ import annotations

from bot.blocks import kit
from bot.blocks.ids import StudyId
from bot.blocks.kit import Block, View
from domain.consent import LONGEST, StudyConsent

NAME_SHOWN = 120
ON, OFF = "on", "off"
WHEN = "They see it before the first question, before they book and before a survey or a test."


def modal(found: StudyConsent, metadata: str) -> View:
    """The text, whether it is asked for, and which version it is. Nothing is asked of those who are booked already."""
    name = kit.literal(kit.fit(f"{found.study_key} {found.study_name}", NAME_SHOWN))
    text = found.version.text if found.version is not None else None
    options = [
        kit.option("Ask everybody to agree", ON, "Whoever has not agreed to this version reads it first"),
        kit.option("Ask nobody", OFF, "Who agreed to what stays kept"),
    ]
    is_on = found.is_on or found.version is None
    blocks: list[Block] = [
        kit.section(f"What do participants of *{name}* agree to? {WHEN}"),
        kit.context(state_text(found)),
        kit.field("state", "Consent", kit.radio("state", options, initial=ON if is_on else OFF)),
        kit.field(
            "text",
            "Text",
            kit.text_input("text", initial=text, multiline=True, longest=LONGEST),
            hint="Plain text. An empty line begins a paragraph, and web addresses become links. "
            "A changed text is a new version: whoever is not booked yet is asked anew.",
            optional=True,
        ),
    ]
    return kit.modal(
        "Consent", blocks, callback_id=StudyId.CONSENT_MODAL, submit="Save", metadata=metadata, close="Cancel"
    )


def state_text(found: StudyConsent) -> str:
    """Which version is asked for, by whom it is, and how many have agreed, in mrkdwn."""
    if found.version is None:
        return "There is no text yet."
    version = found.version
    state = "is asked for" if found.is_on else "is not asked for"
    agreed = ", ".join(f"{count:,} to version {number}" for number, count in found.agreed[:5])
    whose = f"by {kit.literal(version.author)}, {kit.at(version.at)}"
    return f"Version {version.number} {state} ({whose}). Agreed: {agreed or 'nobody yet'}."


def saved_text(found: StudyConsent) -> str:
    """What saving did, in mrkdwn."""
    if not found.is_on or found.version is None:
        return f"*{found.study_key}* asks nobody for consent. Who agreed to what stays kept."
    return f"*{found.study_key}* asks its participants for consent: version {found.version.number}. {WHEN}"
