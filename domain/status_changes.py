"""Statuses set by hand, one or many: what the review shows before, and what came of it (DOMAIN, "By hand")."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from domain.participant import DOES_NOT_COUNT, ParticipantStatus, why_not_by_hand
from domain.study import StudyType

MOST = 5_000
"""People in one change."""
FIRST_NAMES = 5
"""How many of the people of a group are named."""
LONGEST_REASON = 1_000

NOT_REMOVED = "Only somebody who was removed can be restored: this is {was}."
CHANGED_MEANWHILE = "Changed by somebody else after you looked: it stays so."
GONE = "No longer in this study."
TOUCHED_SINCE = "Changed again since: it stays so."
NOT_TAKEN_BACK = "{was} is not taken back."


@dataclass(frozen=True, slots=True)
class Standing:
    """Somebody who was chosen, and where they stand. `label` is what the reader may know them by; `before` is what they
    were last. `version` is the enrolment's, by which a change since is noticed. `is_booked`: they have a seat in a
    session that is not settled.
    """

    enrolment_id: int
    version: int
    label: str
    status: ParticipantStatus
    before: ParticipantStatus | None
    is_booked: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """People to whom the same applies: `why` is a sentence; how many, and the first of them."""

    why: str
    number: int
    first: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Leap:
    """How many go from one status to another."""

    was: ParticipantStatus
    to: ParticipantStatus
    number: int


def goal(one: Standing, to: ParticipantStatus | None) -> ParticipantStatus | None:
    """Where somebody is to go: `to`, or (None: restored) to what they were before they were removed."""
    if to is not None:
        return to
    return one.before if one.status is ParticipantStatus.CANCELED else None


def why_skipped(one: Standing, to: ParticipantStatus | None, study_type: StudyType) -> str | None:
    """Why somebody can't be set so by hand, as a sentence; None when they can. `to` is None for "restored"."""
    there = goal(one, to)
    if there is None:
        return NOT_REMOVED.format(was=one.status.value)
    return why_not_by_hand(one.status, there, study_type, one.before, is_booked=one.is_booked)


@dataclass(frozen=True, slots=True)
class Sorted:
    """Those who were chosen, sorted into who goes and who is skipped."""

    going: tuple[Standing, ...]
    skipped: tuple[Group, ...]


def sort_out(chosen: Iterable[Standing], why: Callable[[Standing], str | None]) -> Sorted:
    """Who goes, and who is skipped for the reason that `why` gives; the largest group first."""
    going: list[Standing] = []
    skipped: dict[str, list[str]] = {}
    for one in chosen:
        reason = why(one)
        if reason is None:
            going.append(one)
        else:
            skipped.setdefault(reason, []).append(one.label)
    groups = [Group(reason, len(labels), tuple(labels[:FIRST_NAMES])) for reason, labels in skipped.items()]
    return Sorted(tuple(going), tuple(sorted(groups, key=lambda group: -group.number)))


def leaps(steps: Iterable[tuple[ParticipantStatus, ParticipantStatus]]) -> tuple[Leap, ...]:
    """How many go from where to where, in the order of the statuses."""
    numbers: dict[tuple[ParticipantStatus, ParticipantStatus], int] = {}
    for step in steps:
        numbers[step] = numbers.get(step, 0) + 1
    order = list(ParticipantStatus)
    ordered = sorted(numbers.items(), key=lambda item: (order.index(item[0][0]), order.index(item[0][1])))
    return tuple(Leap(was, to, number) for (was, to), number in ordered)


@dataclass(frozen=True, slots=True)
class StatusReview:
    """What a change would do, before it does anything. `to` is None for "restored"; `unknown` are names, as they were
    pasted, of nobody in the study. `only_id` is the enrolment when one person alone goes.
    """

    bulk_id: int
    study_key: str
    study_name: str
    to: ParticipantStatus | None
    reason: str
    leaps: tuple[Leap, ...]
    first: tuple[str, ...]
    skipped: tuple[Group, ...]
    unknown: tuple[str, ...] = ()
    only_id: int | None = None

    @property
    def number(self) -> int:
        """How many would be changed."""
        return sum(leap.number for leap in self.leaps)

    @property
    def not_counted(self) -> int:
        """How many would be set to what does not count."""
        return sum(leap.number for leap in self.leaps if leap.to in DOES_NOT_COUNT)


@dataclass(frozen=True, slots=True)
class StatusesMade:
    """What a change by hand came to, or undoing one: who went from where to where, and who was left and why."""

    bulk_id: int
    study_key: str
    leaps: tuple[Leap, ...]
    first: tuple[str, ...]
    skipped: tuple[Group, ...]
    only_id: int | None = None

    @property
    def number(self) -> int:
        return sum(leap.number for leap in self.leaps)

    @property
    def not_counted(self) -> int:
        return sum(leap.number for leap in self.leaps if leap.to in DOES_NOT_COUNT)
