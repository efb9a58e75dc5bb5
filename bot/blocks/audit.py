"""Pages of the audit log."""

from __future__ import annotations

from collections.abc import Sequence

from bot.blocks import kit
from bot.blocks.ids import CallsheetId
from bot.blocks.kit import Block
from domain.audit import AuditLine
from domain.interview import Door

LONGEST = 400
THROUGH = {
    Door.PAGE: "on a page",
    Door.CALENDAR: "in the calendar",
    Door.MAIL: "by mail",
    Door.IMPORT: "by an import",
    Door.SYSTEM: "",
    Door.SLACK: "",
}


def page(title: str, lines: Sequence[AuditLine], following: str | None) -> tuple[str, list[Block]]:
    """A page, newest first, each with its time in the reader's zone; `following` is the value of the button for more.

    `title` is mrkdwn.
    """
    if not lines:
        text = f"{title}: nothing yet."
        return text, [kit.section(text)]
    blocks = [kit.section(f"*{title}*"), *kit.paragraphs(map(said, lines))]
    if following is not None:
        blocks.append(kit.actions(kit.button("Older →", CallsheetId.AUDIT_PAGE, following)))
    return f"{title}: {len(lines)} entries", blocks


def said(line: AuditLine) -> str:
    door = THROUGH.get(line.door, "")
    words = kit.literal(kit.fit(f"{line.actor} {line.text}", LONGEST))
    return f"{kit.at(line.at)} · {words}{f' ({door})' if door else ''}"
