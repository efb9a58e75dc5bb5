"""Inviting people to schedule: who gets the mail, who is held back and why (DOMAIN, "Participant status")."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from domain.errors import RuleError
from domain.participant import (
    COMPLETED,
    INCENTIVE_OUT,
    ContactFacts,
    ContactStatus,
    ParticipantStatus,
    alias,
    contact_status,
)
from domain.study import StudyStatus, StudyType

MOST = 5000
"""People in one invitation."""
FIRST_NAMES = 5
"""How many of the people of a group are named."""
LONGEST_SUBJECT, LONGEST_TEXT = 200, 3000


class Reason(StrEnum):
    """Why somebody is held back, in the order in which the reasons are looked at. The value follows "1 person …"."""

    IN_BLOCKLIST = "is on the blocklist"
    OPTED_OUT = "has opted out"
    DO_NOT_CONTACT = "is not to be contacted"
    BOUNCED = "has an address that bounced"
    BOOKED = "has a session booked already"
    TOOK_PART = "has taken part already"
    NOT_QUALIFIED = "did not qualify"
    NOT_ELIGIBLE = "is not eligible for this study"
    REMOVED = "was removed from this study"
    IN_COOLDOWN = "is in cooldown"
    INVITED_MEANWHILE = "has just been invited"

    @property
    def of_several(self) -> str:
        """As the value, for more than one."""
        return SEVERAL.get(self, self.value.replace("is ", "are ", 1).replace("has ", "have ", 1))


SEVERAL = {
    Reason.DO_NOT_CONTACT: "are not to be contacted",
    Reason.BOUNCED: "have addresses that bounced",
    Reason.BOOKED: "have a session booked already",
    Reason.NOT_QUALIFIED: "did not qualify",
    Reason.REMOVED: "were removed from this study",
}

S = ParticipantStatus

HELD_BY_STATUS: dict[ParticipantStatus, Reason] = {
    S.OPTED_OUT: Reason.OPTED_OUT,
    S.HARD_BOUNCED: Reason.BOUNCED,
    S.INTERVIEW_SCHEDULED: Reason.BOOKED,
    **dict.fromkeys((*COMPLETED, *INCENTIVE_OUT, S.INCENTIVE_NOT_SENT), Reason.TOOK_PART),
    S.SCREENER_NOT_QUALIFIED: Reason.NOT_QUALIFIED,
    S.NOT_ELIGIBLE: Reason.NOT_ELIGIBLE,
    S.CANCELED: Reason.REMOVED,
}
"""Where an enrolment stands that is not invited, and why. From all other statuses it becomes Interview Invited."""

HELD_BY_CONTACT = {
    ContactStatus.IN_BLOCKLIST: Reason.IN_BLOCKLIST,
    ContactStatus.OPTED_OUT: Reason.OPTED_OUT,
    ContactStatus.DO_NOT_CONTACT: Reason.DO_NOT_CONTACT,
}


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody who was chosen. `label` is what the reader may know them by; no `status`: they are not in the study.

    Instants are aware UTC. `invited_at` is when they were last invited to this study, None for never.
    """

    participant_id: int
    number: int
    label: str
    contact: ContactFacts
    bounced_at: datetime | None = None
    enrolment_id: int | None = None
    status: ParticipantStatus | None = None
    invited_at: datetime | None = None

    @property
    def alias(self) -> str:
        return alias(self.number)


def why_held(candidate: Candidate, now: datetime, reviewed_at: datetime | None = None) -> Reason | None:
    """Why the candidate is not invited, None when they are.

    Whoever was invited since the review was shown (`reviewed_at`) is not invited once more.
    """
    contact = contact_status(candidate.contact, now)
    if contact in HELD_BY_CONTACT:
        return HELD_BY_CONTACT[contact]
    if candidate.bounced_at is not None:
        return Reason.BOUNCED
    if candidate.status in HELD_BY_STATUS:
        return HELD_BY_STATUS[candidate.status]
    if reviewed_at is not None and candidate.invited_at is not None and candidate.invited_at >= reviewed_at:
        return Reason.INVITED_MEANWHILE
    if contact is ContactStatus.IN_COOLDOWN:
        return Reason.IN_COOLDOWN
    return None


@dataclass(frozen=True, slots=True)
class Group:
    """People held back for one reason: how many, and the first of them. `until` is when the last cooldown ends."""

    reason: Reason
    number: int
    first: tuple[str, ...]
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Sorted:
    """The candidates, sorted into who goes and who is held back; the groups stand in the order of the reasons."""

    going: tuple[Candidate, ...]
    held: tuple[Group, ...]

    @property
    def invited_before(self) -> tuple[Candidate, ...]:
        """Those who go and were invited before, the longest ago first."""
        again = [one for one in self.going if one.invited_at is not None]
        return tuple(sorted(again, key=lambda one: (one.invited_at, one.number)))


def sort_out(candidates: Sequence[Candidate], now: datetime, reviewed_at: datetime | None = None) -> Sorted:
    """Who of the candidates is invited, and who is not: see `why_held`."""
    going: list[Candidate] = []
    held: dict[Reason, list[Candidate]] = {reason: [] for reason in Reason}
    for one in candidates:
        reason = why_held(one, now, reviewed_at)
        if reason is None:
            going.append(one)
        else:
            held[reason].append(one)
    return Sorted(tuple(going), tuple(group_of(reason, people) for reason, people in held.items() if people))


def group_of(reason: Reason, people: Sequence[Candidate]) -> Group:
    until = [one.contact.cooldown_until for one in people if one.contact.cooldown_until is not None]
    last = max(until) if reason is Reason.IN_COOLDOWN and until else None
    return Group(reason, len(people), tuple(one.label for one in people[:FIRST_NAMES]), last)


HOW_TO_START = {
    StudyStatus.DRAFT: "is a draft: nothing goes out before it is started. Start it with /study start {key}.",
    StudyStatus.PAUSED: "is paused: nothing goes out meanwhile. Resume it with /study resume {key}.",
    StudyStatus.CLOSED: "is closed: nothing goes out any more. Resume it with /study resume {key}.",
}


def why_nothing_goes_out(key: str, status: StudyStatus) -> str | None:
    """Why nobody is invited to the study as it is, and what to do; None when people are."""
    return f"{key} {HOW_TO_START[status].format(key=key)}" if status in HOW_TO_START else None


def check_type(key: str, kind: StudyType) -> None:
    """Raise RuleError for a study in which nothing is scheduled."""
    if not kind.has_interviews:
        raise RuleError(f"{key} is of type {kind.label}: nobody schedules a session in it.")


@dataclass(frozen=True, slots=True)
class Choosing:
    """What the choice of people begins with: the study, how many stand where in it, and who is chosen already."""

    study_id: int
    study_key: str
    study_name: str
    statuses: tuple[tuple[ParticipantStatus, int], ...]
    chosen: tuple[tuple[int, str], ...] = ()


@dataclass(frozen=True, slots=True)
class InvitationReview:
    """What would happen, before anything does. `names` are the first of those who go.

    `refusal` says why nothing goes out at all, `warnings` what to know: nobody could find a time, fewer places than
    people. `subject` and `text` are the mail's, tokens and all; `tokens` are those that it may have.
    """

    list_id: int
    study_key: str
    study_name: str
    sorted: Sorted
    names: tuple[str, ...]
    named_twice: int
    subject: str
    text: str
    tokens: tuple[str, ...]
    refusal: str | None = None
    warnings: tuple[str, ...] = ()

    @property
    def number(self) -> int:
        """How many mails go out."""
        return 0 if self.refusal else len(self.sorted.going)


@dataclass(frozen=True, slots=True)
class InvitationPreview:
    """The mail as the first of its recipients gets it, who is called so to the reader."""

    list_id: int
    recipient: str
    number: int
    subject: str
    text: str


@dataclass(frozen=True, slots=True)
class Invited:
    """What sending came to: how many were invited, and who was held back meanwhile."""

    study_key: str
    number: int
    held: tuple[Group, ...]


def group_text(group: Group) -> str:
    """`3 have opted out`."""
    return f"{group.number:,} {group.reason.value if group.number == 1 else group.reason.of_several}"
