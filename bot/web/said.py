"""Pages that say how something stands, and perhaps lead on: one template, in the words of each page."""

from __future__ import annotations

from dataclasses import dataclass

from domain.study import StudyStatus


@dataclass(frozen=True, slots=True)
class Said:
    """What a page says. `pill` stands above it in a tone; `button` posts to `action`, where there is one."""

    team_name: str
    study_name: str
    headline: str
    sentences: tuple[str, ...]
    pill: str = ""
    tone: str = ""
    action: str = ""
    button: str = ""
    is_plain: bool = True
    """Without colour: there is nothing to be glad of, or to do."""


HELD = {
    StudyStatus.DRAFT: (
        "It’s not time yet",
        "This study has not started. Keep your link, and open it again in a few days.",
    ),
    StudyStatus.PAUSED: (
        "This study is paused at the moment",
        "Keep your link, and open it again in a few days.",
    ),
    StudyStatus.CLOSED: (
        "This study is closed",
        "Thank you for wanting to take part. There is nothing that you need to do.",
    ),
}
"""What a study that is not active says: headline and sentence."""
FULL = ("All places are taken", "Nobody else can take part in this study at the moment. Thank you for wanting to.")
NOTHING = (
    "There is nothing for you here at the moment",
    "If you expected something else, ask the person who invited you.",
)


def thanks(first_name: str) -> str:
    return f"Thank you, {first_name}" if first_name else "Thank you"
