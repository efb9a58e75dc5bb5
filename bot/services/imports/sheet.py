"""Tables as people export them: workbooks, and text of whatever encoding and delimiter, as one header and rows."""

from __future__ import annotations

import codecs
import csv
import io
import itertools
from dataclasses import dataclass

from bot.services.imports import workbook
from bot.services.imports.report import FORMULA_STARTS
from domain.errors import RuleError

LARGEST_FILE = 10 * 1024 * 1024
MOST_COLUMNS = 100
DELIMITERS = ",;\t|"
BYTE_ORDER_MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
WORKBOOK = b"PK\x03\x04"
OLD_WORKBOOK = b"\xd0\xcf\x11\xe0"


@dataclass(frozen=True, slots=True)
class Row:
    """One row; `number` is what a spreadsheet calls it: the header is row 1."""

    number: int
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table of trimmed text. Empty rows are left out, rows shorter than the header are filled up. `remarks` are to be
    said of the file.
    """

    header: tuple[str, ...]
    rows: tuple[Row, ...]
    remarks: tuple[str, ...] = ()


def read_sheet(data: bytes) -> Sheet:
    """Read the bytes of a CSV file or of an .xlsx. Raises RuleError with what to do about a file that is neither."""
    if len(data) > LARGEST_FILE:
        raise RuleError("The file is larger than 10 MB. Split it into several.")
    if data.startswith(OLD_WORKBOOK):
        raise RuleError("That is an old or a protected spreadsheet. Save it as .xlsx or “CSV UTF-8” and try again.")
    found, remarks = workbook.records(data) if data.startswith(WORKBOOK) else (records(decoded(data)), ())
    if not found:
        raise RuleError("The file is empty.")
    (_, header), *rest = found
    if len(header) > MOST_COLUMNS:
        raise RuleError(f"The file has {len(header)} columns. Leave at most {MOST_COLUMNS}.")
    width = len(header)
    rows = tuple(Row(number, tuple(map(unquoted, cells)) + ("",) * (width - len(cells))) for number, cells in rest)
    return Sheet(header, rows, remarks)


def unquoted(cell: str) -> str:
    """The cell without the apostrophe that an export puts before what a spreadsheet would take for a formula."""
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(FORMULA_STARTS) else cell


def decoded(data: bytes) -> str:
    """The text: by its byte order mark, else UTF-8, else UTF-16 without a mark, else as Western Windows writes it."""
    for mark, encoding in BYTE_ORDER_MARKS.items():
        if data.startswith(mark):
            return data.decode(encoding, errors="replace")
    if b"\x00" in data[:200]:
        big_endian = data[:1] == b"\x00"
        return data.decode("utf-16-be" if big_endian else "utf-16-le", errors="replace")
    for encoding in ("utf-8", "cp1252"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    return data.decode("latin-1")


def records(text: str) -> list[tuple[int, tuple[str, ...]]]:
    """The records that hold anything, numbered as a spreadsheet would, with trailing empty cells left out."""
    text, given = without_hint(text.replace("\x00", ""))
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=given or delimiter_of(text))
    found = []
    numbers = itertools.count(2 if given else 1)
    try:
        for number, cells in zip(numbers, reader, strict=False):
            trimmed = trim(cells)
            if trimmed:
                found.append((number, trimmed))
    except csv.Error as error:
        raise RuleError(
            f"The file breaks off at line {reader.line_num} ({error}). A quotation mark may be missing before that."
        ) from error
    return found


def without_hint(text: str) -> tuple[str, str | None]:
    """The text without Excel's first line `sep=;`, and the delimiter that it names."""
    first, _, rest = text.partition("\n")
    hint = first.strip().lower()
    if hint.startswith("sep=") and len(hint) == 5:
        return rest, hint[4]
    return text, None


def delimiter_of(text: str) -> str:
    """The delimiter that the first line with anything in it uses most, outside of quotation marks."""
    line = next((line for line in text.splitlines() if line.strip()), "")
    outside = "".join(line.split('"')[::2])
    return max(DELIMITERS, key=outside.count)


def trim(cells: list[str]) -> tuple[str, ...]:
    trimmed = [cell.strip().lstrip("\ufeff") for cell in cells]
    while trimmed and not trimmed[-1]:
        trimmed.pop()
    return tuple(trimmed)
