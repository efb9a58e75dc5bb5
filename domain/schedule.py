"""The schedule as a member sees it: lines with the reader's rights, filters and pages, what is about to be booked."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from domain.booking import OpenSession
from domain.interview import InterviewLine, InterviewStatus
from domain.roles import Actor, Permission
from domain.times import Span


@dataclass(frozen=True, slots=True)
class Seen:
    """An interview as one reader may see it: whether with participants' names, and whether they may manage it."""

    line: InterviewLine
    with_names: bool
    may_manage: bool


def seen(line: InterviewLine, actor: Actor, *, own_study: bool) -> Seen:
    """The line with the actor's rights."""
    return Seen(
        line=line,
        with_names=actor.may(Permission.SEE_CONTACT_DETAILS, own_study=own_study),
        may_manage=actor.may(Permission.MANAGE_INTERVIEWS, own_study=own_study),
    )


@dataclass(frozen=True, slots=True)
class Agenda:
    """The interviews of a stretch of days, by time. `more` is how many there are beyond those shown."""

    interviews: tuple[Seen, ...]
    more: int

    def for_channel(self, study_ids: Collection[int]) -> Agenda:
        """What a channel may hear of it: of these studies only, and participants go by their aliases."""
        heard = (replace(each, with_names=False) for each in self.interviews if each.line.study_id in study_ids)
        return Agenda(tuple(heard), 0)


@dataclass(frozen=True, slots=True)
class Filter:
    """Which interviews a list shows.

    `mine`: those that the actor hosts; `person`: a participant's address; `managed`: those that whoever may manage
    interviews of their own studies manages.
    """

    study_id: int | None = None
    status: InterviewStatus | None = None
    mine: bool = False
    person: str | None = None
    span: Span | None = None
    managed: bool = False

    @property
    def soonest_first(self) -> bool:
        """What is still ahead is read forwards, everything else from the latest back."""
        return self.status is InterviewStatus.UPCOMING

    def onwards(self, line: InterviewLine) -> Cursor:
        """Where a page begins whose first interview is this one."""
        return Cursor(line.starts_at, line.id - 1 if self.soonest_first else line.id + 1)


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where a page begins: right after the interview with this start (aware UTC) and id; `back`: right before it."""

    starts_at: datetime
    id: int
    back: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list. `previous` and `next` lead to its neighbours, None where there are none."""

    interviews: tuple[Seen, ...]
    previous: Cursor | None
    next: Cursor | None


@dataclass(frozen=True, slots=True)
class Proposal:
    """A time that somebody is about to book, or to move an interview to: shown back before it is done.

    `reference` is the interview that would move, None for a booking. `notes` say how the words were understood,
    `warnings` which rules would be bypassed. `time_zone` is the reader's. `is_past`: the session was held, and is to be
    logged. `joins` is the group session that takes the participant in; else `instead` are those of the day with seats.
    """

    reference: str | None
    study_key: str
    study_name: str
    person_label: str
    person_is_new: bool
    host_slack_ids: tuple[str, ...]
    span: Span
    time_zone: str
    notes: tuple[str, ...]
    warnings: tuple[str, ...]
    is_past: bool = False
    joins: OpenSession | None = None
    instead: tuple[OpenSession, ...] = ()


@dataclass(frozen=True, slots=True)
class Draft:
    """What the booking modal is filled with. Labels are what its menus show for the ids; `starts_at` is aware UTC.

    `were_together` are several who had seats in the session that is booked again, of whom one is to be chosen.
    """

    study_id: int | None = None
    study_label: str = ""
    participant_id: int | None = None
    participant_label: str = ""
    email: str = ""
    name: str = ""
    starts_at: datetime | None = None
    length: timedelta | None = None
    host_slack_ids: tuple[str, ...] = ()
    were_together: tuple[str, ...] = ()
    title: str = ""
    description: str = ""
