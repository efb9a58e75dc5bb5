"""Exports as bytes: JSON as it is, CSV in which no cell is a formula."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from xlsxwriter import Workbook

from domain.errors import RuleError

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""What a spreadsheet takes for the beginning of a formula, wide signs too, or skips before one."""
LONGEST_CELL = 32_767
ASKED_AT = "asked_at"
"""In what is wanted: the moment when it was asked for, as it stands in the file's name."""
LONGEST_SHEET_NAME = 31


class ExportKind(StrEnum):
    """What can be taken out."""

    PERSON = "person"
    PARTICIPANTS = "participants"
    INTERVIEWS = "interviews"
    TIMELINE = "timeline"


class ExportFormat(StrEnum):
    JSON = "json"
    CSV = "csv"
    XLSX = "xlsx"


OF_A_PERSON = (ExportFormat.JSON, ExportFormat.CSV)
OF_A_TABLE = (ExportFormat.CSV, ExportFormat.XLSX)


@dataclass(frozen=True, slots=True)
class ExportedFile:
    """A file that is ready. `title` is what it is called where it is shown, without anybody's name."""

    name: str
    title: str
    data: bytes


def dated(stem: str, form: ExportFormat, wanted: Mapping[str, Any], now: datetime) -> str:
    """The file's name. What somebody asked for in Slack is called by that moment, however often it is tried to bring
    it, so that it can be told from what they asked for before.
    """
    return f"{stem}-{wanted.get(ASKED_AT) or f'{now:%Y-%m-%d}'}.{form.value}"


def format_called(text: str, offered: Sequence[ExportFormat] = OF_A_PERSON) -> ExportFormat:
    """The format of that name, the first of those that are offered for none. Raises RuleError for another."""
    wanted = text.strip().lower() or offered[0]
    if wanted not in offered:
        raise RuleError(f"The formats are {' and '.join(each.value for each in offered)}.", "format")
    return ExportFormat(wanted)


def cell(value: object) -> str:
    """A value as a spreadsheet's cell that is text and no formula: an apostrophe stands before what would be one."""
    text = plain(value)
    return f"'{text}" if text.lstrip(" ").startswith(FORMULA_STARTS) else text


def plain(value: object) -> str:
    """A value as text: instants in ISO 8601, yes and no, lists with semicolons, nothing for None."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, list | tuple):
        return "; ".join(map(plain, value))
    return str(value)


def as_json(found: Mapping[str, Any]) -> bytes:
    """The data as indented JSON in UTF-8; instants are ISO 8601 in UTC."""
    return (json.dumps(found, ensure_ascii=False, indent=2, default=plain) + "\n").encode()


def as_csv(header: Sequence[str], lines: Iterable[Sequence[object]]) -> bytes:
    """The lines as CSV in UTF-8, with the mark by which spreadsheets know it. Columns may have strangers' names."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow([cell(name) for name in header])
    writer.writerows([cell(value) for value in line] for line in lines)
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def as_xlsx(header: Sequence[str], lines: Iterable[Sequence[object]], title: str) -> bytes:
    """The lines as a workbook of one sheet, its header frozen. Every cell is text: none is a formula or a link."""
    out = io.BytesIO()
    workbook = Workbook(out, {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    sheet = workbook.add_worksheet(title[:LONGEST_SHEET_NAME])
    bold = workbook.add_format({"bold": True})
    sheet.freeze_panes(1, 0)
    for place, name in enumerate(header):
        sheet.write_string(0, place, name, bold)
    for number, line in enumerate(lines, start=1):
        for place, value in enumerate(line):
            sheet.write_string(number, place, plain(value)[:LONGEST_CELL])
    workbook.close()
    return out.getvalue()


def flat(found: Mapping[str, Any], section: str = "") -> Iterator[tuple[str, str, object]]:
    """Nested data as (section, field, value): `studies 1 history 2`, `to`, `Interview Invited`."""
    for name, value in found.items():
        if isinstance(value, Mapping):
            yield from flat(value, f"{section} {name}".strip())
        elif isinstance(value, list | tuple) and value and all(isinstance(each, Mapping) for each in value):
            for number, each in enumerate(value, start=1):
                yield from flat(each, f"{section} {name} {number}".strip())
        else:
            yield section, name, value
