"""The modal in which somebody says what they want as a file."""

from __future__ import annotations

from collections.abc import Sequence

from bot.blocks import kit
from bot.blocks.ids import CallsheetId
from bot.blocks.kit import View

SAYS = {
    "participants": "Who there is; of a study, where each stands",
    "interviews": "Every session, a line a participant",
    "timeline": "What happened to each session",
}


def modal(what: Sequence[str], formats: Sequence[str], metadata: str) -> View:
    tables = [kit.option(table.capitalize(), table, SAYS.get(table)) for table in what]
    forms = [kit.option(form.upper(), form) for form in formats]
    study = kit.typed_select(CallsheetId.EXPORT_STUDY_MENU, placeholder="Type a key or a name")
    blocks = [
        kit.field("what", "What", kit.radio("what", tables, initial=what[0])),
        kit.field("study", "Study", study, hint="Left empty: the whole workspace, for those who may.", optional=True),
        kit.field("format", "As", kit.radio("format", forms, initial=formats[0])),
        kit.context("The file comes in a direct message. It holds personal data; the audit log notes who took it."),
    ]
    return kit.modal("Export", blocks, callback_id=CallsheetId.EXPORT_MODAL, submit="Export", metadata=metadata)
