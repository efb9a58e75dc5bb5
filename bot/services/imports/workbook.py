"""Workbooks (.xlsx): the cells of one sheet as the text that a person sees in them."""

from __future__ import annotations

import io
import zipfile
from datetime import date, datetime, time, timedelta
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook, PasswordError

from domain.errors import RuleError

LARGEST_UNPACKED = 200 * 1024 * 1024
Record = tuple[int, tuple[str, ...]]
"""A row's number, as the spreadsheet counts, and its cells."""


def records(data: bytes) -> tuple[list[Record], tuple[str, ...]]:
    """The rows that hold anything, of the first sheet that has any, and a remark where there are more sheets.

    Raises RuleError with what to do about a file that can't be read.
    """
    check_size(data)
    try:
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(data))
        sheets = [
            (name, workbook.get_sheet_by_name(name).to_python(skip_empty_area=False)) for name in workbook.sheet_names
        ]
    except PasswordError as error:
        raise RuleError("The file is protected by a password. Take it off, or save the file as CSV.") from error
    except (CalamineError, OSError) as error:
        raise RuleError("The spreadsheet can't be read. Save it again as .xlsx, or as “CSV UTF-8”.") from error
    filled = [(name, found) for name, rows in sheets if (found := numbered(rows))]
    if not filled:
        return [], ()
    name, found = filled[0]
    others = len(filled) - 1
    return found, (f"Only the first sheet was read, “{name[:60]}”: there are {others} more.",) if others else ()


def check_size(data: bytes) -> None:
    """Raise RuleError for a file that is no archive, or one that would fill the memory when it is unpacked."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            size = sum(entry.file_size for entry in archive.infolist())
    except zipfile.BadZipFile as error:
        raise RuleError("The spreadsheet is damaged. Save it again as .xlsx, or as “CSV UTF-8”.") from error
    if size > LARGEST_UNPACKED:
        raise RuleError("The spreadsheet is too large once it is unpacked. Split it into several.")


def numbered(rows: list[list[Any]]) -> list[Record]:
    """The rows with anything in them, without their trailing empty cells."""
    found = []
    for number, cells in enumerate(rows, 1):
        texts = [text_of(cell) for cell in cells]
        while texts and not texts[-1]:
            texts.pop()
        if texts:
            found.append((number, tuple(texts)))
    return found


def text_of(cell: Any) -> str:
    """A cell as text: whole numbers without a fraction, dates and times as ISO writes them."""
    match cell:
        case bool():
            return "yes" if cell else "no"
        case float() if cell.is_integer():
            return str(int(cell))
        case datetime():
            return f"{cell:%Y-%m-%d %H:%M}"
        case date():
            return cell.isoformat()
        case time():
            return f"{cell:%H:%M}"
        case timedelta():
            minutes = int(cell.total_seconds()) // 60
            return f"{minutes // 60}:{minutes % 60:02}"
    return str(cell).strip()
