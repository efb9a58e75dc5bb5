"""A file that was dropped: what it would do, and what its columns are."""

from __future__ import annotations

from collections.abc import Sequence

from bot.blocks import kit
from bot.blocks.ids import CallsheetId
from bot.blocks.kit import Block, View
from domain.importing import KINDS, MEANINGS, ImportColumn, ImportPreview

PROBLEMS_SHOWN = 10
COLUMNS_SHOWN = 90
COLUMNS_NAMED = 30
SHOWN = 60


def preview(file_name: str, found: ImportPreview, value: str) -> tuple[str, list[Block]]:
    """What bringing in the file would do, with the buttons to do it, which carry the `value_of` it."""
    name = f"“{short(file_name)}”"
    if found.refusal is not None:
        text = f"{name} can't be brought in as it is. {kit.escape(found.refusal)}"
        return text, [kit.section(f"⚠ {text}"), kit.actions(columns_button(value), drop_button(value))]
    title = f"{name} has not been brought in yet. This is what would happen:"
    blocks = [
        kit.section(title),
        kit.section(f"*{kit.escape(found.summary)}*"),
        kit.section(columns_text(found.columns)),
    ]
    if found.changes:
        blocks.append(kit.section(changes_text(found)))
    if found.merged:
        rows = "1 row is" if found.merged == 1 else f"{found.merged:,} rows are"
        blocks.append(kit.context(f"{rows} about somebody whom an earlier row names: they become one person."))
    if found.problems:
        blocks.append(kit.section(problems_text(found.problems)))
    if found.remarks:
        blocks.append(kit.context(*(kit.escape(remark) for remark in found.remarks[:5])))
    buttons = [columns_button(value), drop_button(value)]
    if found.good:
        rows = "1 row" if found.good == 1 else f"{found.good:,} rows"
        buttons.insert(0, kit.button(f"Bring in {rows}", CallsheetId.IMPORT_GO, value, style="primary"))
    return f"{title} {kit.escape(found.summary)}", [*blocks, kit.actions(*buttons)]


def value_of(pending_id: int, round_: int) -> str:
    """What the buttons carry: which file, and which choice of its columns they were shown with."""
    return f"{pending_id}:{round_}"


def short(text: str) -> str:
    return kit.literal(kit.fit(text, SHOWN))


def columns_button(value: str) -> kit.Element:
    return kit.button("Choose the columns…", CallsheetId.IMPORT_COLUMNS, value)


def drop_button(value: str) -> kit.Element:
    return kit.button("Leave it", CallsheetId.IMPORT_DROP, value)


def columns_text(columns: Sequence[ImportColumn]) -> str:
    """What each column is taken for: `E-mail ← “Work mail”`; the properties and what is left out by their names."""
    named = [column for column in columns if column.meaning not in ("property", "skip")]
    lines = [f"{MEANINGS[column.meaning]} ← “{short(column.name)}”" for column in named[:COLUMNS_NAMED]]
    for meaning, label in (("property", "Properties"), ("skip", "Left out")):
        names = [f"“{short(column.name)}”" for column in columns if column.meaning == meaning and column.name]
        if names:
            more = f" and {len(names) - COLUMNS_NAMED} more" if len(names) > COLUMNS_NAMED else ""
            lines.append(f"{label}: {', '.join(names[:COLUMNS_NAMED])}{more}")
    return kit.fit("\n".join(lines), 2900)


def changes_text(found: ImportPreview) -> str:
    """The first of those of whom something else is known then."""
    people = "1 person is" if found.changed == 1 else f"{found.changed:,} people are"
    lines = [
        f"{change.who} · {short(change.what)}: {short(change.before) or '–'} → {short(change.after)}"
        for change in found.changes
    ]
    more = ["…"] if found.changed > 1 and len(found.changes) == 5 else []
    return "\n".join([f"{people} known by their address already, and would change:", *lines, *more])


def problems_text(problems: Sequence[str]) -> str:
    """The first rows that would not go in."""
    lines = [kit.escape(problem) for problem in problems[:PROBLEMS_SHOWN]]
    if len(problems) > PROBLEMS_SHOWN:
        lines.append(f"… and {len(problems) - PROBLEMS_SHOWN:,} more rows.")
    return kit.fit("\n".join(["These rows would not go in:", *lines]), 2900)


def columns_modal(file_name: str, kind: str, columns: Sequence[ImportColumn], metadata: str) -> View:
    """What the file holds, and what each of its columns is."""
    kinds = [kit.option(label, value) for value, label in KINDS.items()]
    meanings = [kit.option(label, value) for value, label in MEANINGS.items()]
    fields = [
        kit.field(
            f"column_{column.place}",
            kit.fit(column.name or f"Column {column.place + 1}", 150),
            kit.select(f"column_{column.place}", meanings, initial=column.meaning),
            hint=kit.fit(f"Such as {column.sample}", 150) if column.sample else None,
        )
        for column in columns[:COLUMNS_SHOWN]
    ]
    more = len(columns) - COLUMNS_SHOWN
    rest = [kit.context(f"{more} more columns are taken for what their names say.")] if more > 0 else []
    return kit.modal(
        "Columns of the file",
        [
            kit.section(f"“{short(file_name)}”"),
            kit.field("kind", "It holds", kit.select("kind", kinds, initial=kind)),
            kit.divider(),
            *fields,
            *rest,
        ],
        callback_id=CallsheetId.IMPORT_COLUMNS_MODAL,
        submit="Look again",
        metadata=metadata,
    )


def decided_text(file_name: str, what: str) -> str:
    return f"“{short(file_name)}” {what}"
