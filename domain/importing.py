"""What a file that somebody wants to bring in would do: shown to them before anything is written."""

from __future__ import annotations

from dataclasses import dataclass

MEANINGS = {
    "email": "E-mail",
    "name": "Name",
    "first_name": "First name",
    "last_name": "Last name",
    "phone": "Phone",
    "time_zone": "Time zone",
    "study": "Study",
    "when": "Start (date and time)",
    "date": "Date",
    "time": "Time",
    "end": "End",
    "duration": "Length",
    "host": "Host",
    "status": "Status",
    "title": "Title",
    "description": "Description",
    "property": "Keep as a property",
    "skip": "Leave out",
}
"""What a column may be, by what it is stored as."""

KINDS = {"participants": "Participants", "interviews": "Interviews"}


@dataclass(frozen=True, slots=True)
class DroppedFile:
    """A file in a direct message: where Slack keeps it, its size in bytes, and the message that it came with.

    One that came with an invitation has no message, but the id of the study; `list_id` is the list of those who were
    chosen besides, 0 for nobody.
    """

    id: str
    name: str
    url: str
    size: int
    channel_id: str
    message_ts: str
    study_id: int = 0
    list_id: int = 0


@dataclass(frozen=True, slots=True)
class ImportColumn:
    """A column of a file: its name, what stands in it first, and what it is taken for (a key of `MEANINGS`)."""

    place: int
    name: str
    sample: str
    meaning: str


@dataclass(frozen=True, slots=True)
class ImportChange:
    """Something that a file says otherwise of somebody who is known. `before` is empty where nothing was known."""

    who: str
    what: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class ImportPreview:
    """What bringing in a file would do. `kind` is a key of `KINDS`; `refusal` says why nothing of it can go in.

    `summary` is one sentence, `problems` are the rows that are refused, a sentence each; `changes` are the first of
    `changed` people of whom the file says something else; `good` is how many rows go in, 0 where all of them are known
    already; `merged` rows are about somebody whom an earlier row named.
    """

    kind: str
    columns: tuple[ImportColumn, ...]
    summary: str = ""
    problems: tuple[str, ...] = ()
    changes: tuple[ImportChange, ...] = ()
    changed: int = 0
    merged: int = 0
    good: int = 0
    remarks: tuple[str, ...] = ()
    refusal: str | None = None
