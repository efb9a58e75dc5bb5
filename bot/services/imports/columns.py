"""Columns are known by their names, in whatever way these are written; what is not known is kept or said."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from bot.services.imports.report import ImportKind, quoted
from bot.services.imports.sheet import Row, Sheet
from bot.services.imports.values import day_comes_first
from domain.errors import RuleError


class Field(StrEnum):
    """What a column may hold. The values are the names that rules give to what they complain about."""

    EMAIL = "email"
    NAME = "name"
    FIRST_NAME = "first_name"
    LAST_NAME = "last_name"
    PHONE = "phone"
    TIME_ZONE = "time_zone"
    STUDY = "study"
    START = "when"
    DATE = "date"
    TIME = "time"
    END = "end"
    LENGTH = "duration"
    HOST = "host"
    STATUS = "status"
    TITLE = "title"
    DESCRIPTION = "description"


class Other(StrEnum):
    """What a column may be that Callsheet has no name for."""

    PROPERTY = "property"
    SKIP = "skip"


Meaning = Field | Other
Chosen = Mapping[int, Meaning]
"""What a person says that columns mean, by their places; the others mean what their names say."""

WORDS: dict[Field, str] = {
    Field.EMAIL: "email emailaddress emailid mail mailaddress participantemail participantemailaddress contactemail",
    Field.NAME: "name fullname participantname participant contactname displayname",
    Field.FIRST_NAME: "firstname givenname forename first",
    Field.LAST_NAME: "lastname surname familyname last",
    Field.PHONE: "phone phonenumber mobile mobilephone mobilenumber telephone tel cell cellphone",
    Field.TIME_ZONE: "timezone tz zone timezoneiana iana participanttimezone",
    Field.STUDY: "study studykey studyname project projectkey key",
    Field.START: "start starts startsat startat starttime startdatetime startdateandtime when datetime dateandtime "
    "scheduledat scheduledfor sessionstart interviewstart",
    Field.DATE: "date day startdate interviewdate sessiondate",
    Field.TIME: "time timeofday localtime interviewtime sessiontime",
    Field.END: "end ends endsat endat endtime enddatetime finish sessionend interviewend",
    Field.LENGTH: "duration durationmin durationmins durationminutes durationinminutes length lengthmin lengthmins "
    "lengthminutes lengthinminutes minutes mins",
    Field.HOST: "host hosts hostemail hostemails hostname moderator moderators interviewer interviewers facilitator "
    "researcher",
    Field.STATUS: "status outcome result state interviewstatus sessionstatus",
    Field.TITLE: "title sessiontitle interviewtitle subject topic",
    Field.DESCRIPTION: "description notes note agenda",
}
"""The names of each column, as `plain_name` leaves them."""

OWN_COLUMNS = frozenset(
    {
        *("alias", "contactstatus", "studystatus", "stage", "statussince", "statusreason", "addedat"),
        *("reference", "outcome", "attendance", "isverified", "location", "cancelreason"),
    }
)
"""Columns of Callsheet's own exports that say nothing of a person: left out where such a file comes back."""

MEANING = {word: found for found, words in WORDS.items() for word in words.split()}

OF_PARTICIPANTS = frozenset(
    {Field.EMAIL, Field.NAME, Field.FIRST_NAME, Field.LAST_NAME, Field.PHONE, Field.TIME_ZONE, Field.STUDY}
)
OF_INTERVIEWS = frozenset(Field) - {Field.PHONE}

CALLED = {
    Field.EMAIL: "the e-mail address (“E-mail”)",
    Field.STUDY: "the study's key (“Study”)",
    Field.START: "the start (“Start”, or “Date” and “Time”)",
}


def plain_name(text: str) -> str:
    """A column's name without case, spaces and punctuation."""
    return re.sub(r"[\W_]", "", unicodedata.normalize("NFKC", text).casefold())


@dataclass(frozen=True, slots=True)
class Table:
    """A sheet whose columns are understood. `day_first` says how its dates are written, None: nobody knows.

    `extra` are the columns that are kept as properties: name and place. `remarks` are to be said of the file.
    """

    kind: ImportKind
    header: tuple[str, ...]
    places: dict[Field, int]
    extra: tuple[tuple[str, int], ...]
    rows: tuple[Row, ...]
    day_first: bool | None = None
    remarks: tuple[str, ...] = ()

    def cell(self, row: Row, wanted: Field) -> str:
        """The row's cell, empty when there is no such column."""
        place = self.places.get(wanted)
        return row.cells[place] if place is not None else ""

    def column(self, complaint: str | None) -> str | None:
        """The name of the column that a rule complains about, as the file has it."""
        if complaint == "participant":
            complaint = Field.EMAIL
        places = [self.places[wanted] for wanted in also(complaint) if wanted in self.places]
        return self.header[places[0]] if places else None

    def parts(self, size: int) -> Iterator[Table]:
        """The table in parts of `size` rows, the last of which may have fewer."""
        for at in range(0, len(self.rows), size):
            yield replace(self, rows=self.rows[at : at + size])


def also(complaint: str | None) -> tuple[Field, ...]:
    """The columns that a complaint may be about, the likeliest first."""
    if complaint not in set(Field):
        return ()
    wanted = Field(complaint)
    others = {
        Field.START: (Field.TIME, Field.DATE),
        Field.LENGTH: (Field.END,),
        Field.NAME: (Field.LAST_NAME, Field.FIRST_NAME),
    }
    return (wanted, *others.get(wanted, ()))


def understood(sheet: Sheet, kind: ImportKind | None = None, chosen: Chosen | None = None) -> Table:
    """The table that a sheet holds; without a kind its columns decide.

    Raises RuleError when columns are missing, or two mean the same.
    """
    kind = kind or kind_of(sheet)
    meanings = {**guessed(sheet.header, kind), **(chosen or {})}
    known = fields_of(kind)
    places: dict[Field, int] = {}
    for place, meaning in meanings.items():
        if not isinstance(meaning, Field) or meaning not in known:
            continue
        if meaning in places:
            first, second = sheet.header[places[meaning]], sheet.header[place]
            raise RuleError(
                f"Two columns mean the same: “{quoted(first)}” and “{quoted(second)}”. Rename or remove one."
            )
        places[meaning] = place
    settle_start(places)
    require(kind, places, sheet.header)
    start = places.get(Field.START, places.get(Field.DATE))
    day_first = (
        None if start is None else day_comes_first(row.cells[start] for row in sheet.rows if is_whole(row, sheet))
    )
    extra = tuple((sheet.header[place], place) for place, meaning in meanings.items() if meaning is Other.PROPERTY)
    return Table(kind, sheet.header, places, extra, sheet.rows, day_first, sheet.remarks)


def guessed(header: Sequence[str], kind: ImportKind) -> dict[int, Meaning]:
    """What the columns mean by their names, by place. One without a name is skipped."""
    known = fields_of(kind)
    names = [plain_name(name) for name in header]
    is_own = "alias" in names
    found: dict[int, Meaning] = {}
    for place, name in enumerate(header):
        meaning = MEANING.get(names[place])
        if is_own and names[place] in OWN_COLUMNS:
            found[place] = Other.SKIP
            continue
        found[place] = meaning if meaning in known and meaning is not None else Other.PROPERTY if name else Other.SKIP
    return found


def fields_of(kind: ImportKind) -> frozenset[Field]:
    """What columns of a file of that kind may mean."""
    return OF_PARTICIPANTS if kind is ImportKind.PARTICIPANTS else OF_INTERVIEWS


def is_whole(row: Row, sheet: Sheet) -> bool:
    return len(row.cells) == len(sheet.header)


def kind_of(sheet: Sheet) -> ImportKind:
    """Interviews have a start; everything else is taken for participants."""
    meanings = {MEANING.get(plain_name(name)) for name in sheet.header}
    has_start = not meanings.isdisjoint({Field.START, Field.DATE})
    return ImportKind.INTERVIEWS if has_start and Field.STUDY in meanings else ImportKind.PARTICIPANTS


def settle_start(places: dict[Field, int]) -> None:
    """“Date” beside “Start time” is a date and a time; “Date” alone is the whole start."""
    if Field.DATE in places and Field.START in places and Field.TIME not in places:
        places[Field.TIME] = places.pop(Field.START)
    if Field.DATE in places and Field.TIME not in places:
        places[Field.START] = places.pop(Field.DATE)


def require(kind: ImportKind, places: dict[Field, int], header: tuple[str, ...]) -> None:
    """Raise RuleError, with what was found and what is needed, when columns are missing."""
    needed = {Field.EMAIL}
    if kind is ImportKind.INTERVIEWS:
        needed |= {Field.STUDY, Field.START}
    has_start = Field.START in places or Field.DATE in places
    missing = [CALLED[wanted] for wanted in CALLED if wanted in needed and wanted not in places]
    if has_start and CALLED[Field.START] in missing:
        missing.remove(CALLED[Field.START])
    if missing:
        found = ", ".join(f"“{quoted(name)}”" for name in header[:20] if name) or "none"
        raise RuleError(
            f"A file of {kind.value} needs a column with {' and one with '.join(missing)}. Columns found: {found}."
        )
