"""Participants and their progress in a study (DOMAIN, "Participant status (per study) and stage")."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from domain.errors import RuleError
from domain.study import StudyType


class LinkPurpose(StrEnum):
    """What a participant's personal link is for. Each link has one purpose."""

    PAGE = "page"
    """Their page in a study: to book, confirm, move and cancel."""
    UNSUBSCRIBE = "unsubscribe"
    CLAIM = "claim"
    """To take a time that was offered to them."""


class Stage(StrEnum):
    NOT_STARTED = "Not Started"
    INVITED = "Invited"
    SCREENING = "Screening"
    IN_PROGRESS = "In Progress"
    PENDING_INCENTIVE = "Pending Incentive"
    DONE = "Done"
    CANCELLED = "Cancelled"


class ParticipantStatus(StrEnum):
    """Where a participant stands in one study."""

    NOT_CONTACTED = "Not Contacted"
    NOT_ELIGIBLE = "Not Eligible"
    STUDY_INVITED = "Study Invited"
    SCREENER_STARTED = "Screener Started"
    SCREENER_COMPLETED = "Screener Completed"
    SCREENER_QUALIFIED = "Screener Qualified"
    SCREENER_NOT_QUALIFIED = "Screener Not Qualified"
    INTERVIEW_INVITED = "Interview Invited"
    INTERVIEW_SCHEDULED = "Interview Scheduled"
    TEST_INVITED = "Test Invited"
    TEST_STARTED = "Test Started"
    SURVEY_STARTED = "Survey Started"
    INTERVIEW_COMPLETED = "Interview Completed"
    TEST_COMPLETED = "Test Completed"
    SURVEY_COMPLETED = "Survey Completed"
    INCENTIVE_NOT_SENT = "Incentive Not Sent"
    INCENTIVE_SENT = "Incentive Sent"
    INCENTIVE_CLAIMED = "Incentive Claimed"
    CANCELED = "Canceled"
    INTERVIEW_CANCELED = "Interview Canceled"
    NO_SHOWED = "No Showed"
    OPTED_OUT = "Opted Out"
    HARD_BOUNCED = "Hard Bounced"
    SOFT_BOUNCED = "Soft Bounced"


S = ParticipantStatus

STAGES: dict[ParticipantStatus, Stage] = {
    S.NOT_CONTACTED: Stage.NOT_STARTED,
    S.NOT_ELIGIBLE: Stage.NOT_STARTED,
    S.STUDY_INVITED: Stage.INVITED,
    S.SCREENER_STARTED: Stage.SCREENING,
    S.SCREENER_COMPLETED: Stage.SCREENING,
    S.SCREENER_QUALIFIED: Stage.SCREENING,
    S.SCREENER_NOT_QUALIFIED: Stage.SCREENING,
    S.INTERVIEW_INVITED: Stage.IN_PROGRESS,
    S.INTERVIEW_SCHEDULED: Stage.IN_PROGRESS,
    S.TEST_INVITED: Stage.IN_PROGRESS,
    S.TEST_STARTED: Stage.IN_PROGRESS,
    S.SURVEY_STARTED: Stage.IN_PROGRESS,
    S.INCENTIVE_NOT_SENT: Stage.PENDING_INCENTIVE,
    S.INCENTIVE_SENT: Stage.DONE,
    S.INCENTIVE_CLAIMED: Stage.DONE,
    S.CANCELED: Stage.CANCELLED,
    S.INTERVIEW_CANCELED: Stage.CANCELLED,
    S.NO_SHOWED: Stage.CANCELLED,
    S.OPTED_OUT: Stage.CANCELLED,
    S.HARD_BOUNCED: Stage.CANCELLED,
    S.SOFT_BOUNCED: Stage.CANCELLED,
}
"""The stage of every status but the three "… Completed", whose stage depends on the study's incentive."""

COMPLETED = frozenset({S.INTERVIEW_COMPLETED, S.TEST_COMPLETED, S.SURVEY_COMPLETED})
INCENTIVE_OUT = frozenset({S.INCENTIVE_SENT, S.INCENTIVE_CLAIMED})
CLOSED_TO_BOOKING = frozenset({S.OPTED_OUT, S.HARD_BOUNCED, S.INCENTIVE_CLAIMED})
NO_SHOW_FROM = frozenset({S.INTERVIEW_SCHEDULED, S.INTERVIEW_COMPLETED, S.INCENTIVE_NOT_SENT})

ONLY_FOR: dict[ParticipantStatus, frozenset[StudyType]] = {
    **dict.fromkeys(
        (S.INTERVIEW_INVITED, S.INTERVIEW_SCHEDULED, S.INTERVIEW_COMPLETED, S.INTERVIEW_CANCELED, S.NO_SHOWED),
        frozenset({StudyType.INTERVIEW, StudyType.GROUP_INTERVIEW}),
    ),
    **dict.fromkeys((S.TEST_INVITED, S.TEST_STARTED, S.TEST_COMPLETED), frozenset({StudyType.UNMODERATED_TEST})),
    **dict.fromkeys((S.SURVEY_STARTED, S.SURVEY_COMPLETED), frozenset({StudyType.SURVEY})),
}
"""Statuses that belong to some study types only."""


def stage(status: ParticipantStatus, has_incentive: bool) -> Stage:
    """The stage that a status belongs to, in a study with or without an incentive."""
    if status in COMPLETED:
        return Stage.PENDING_INCENTIVE if has_incentive else Stage.DONE
    return STAGES[status]


BY_HAND: dict[ParticipantStatus, frozenset[ParticipantStatus]] = {
    S.SCREENER_QUALIFIED: frozenset({S.SCREENER_COMPLETED, S.SCREENER_NOT_QUALIFIED}),
    S.SCREENER_NOT_QUALIFIED: frozenset({S.SCREENER_COMPLETED, S.SCREENER_QUALIFIED}),
    S.STUDY_INVITED: frozenset({S.NOT_CONTACTED}),
    S.INTERVIEW_INVITED: frozenset({S.NOT_CONTACTED}),
    S.TEST_INVITED: frozenset({S.NOT_CONTACTED}),
    S.SURVEY_COMPLETED: frozenset({S.SURVEY_STARTED}),
    S.TEST_COMPLETED: frozenset({S.TEST_STARTED}),
    S.NO_SHOWED: NO_SHOW_FROM,
    S.INTERVIEW_COMPLETED: frozenset(S) - CLOSED_TO_BOOKING - INCENTIVE_OUT,
    S.INTERVIEW_SCHEDULED: frozenset(S) - CLOSED_TO_BOOKING - INCENTIVE_OUT - COMPLETED,
    S.CANCELED: frozenset(S) - CLOSED_TO_BOOKING - INCENTIVE_OUT,
}
"""Changes that a person may make by hand: to → from which. Scheduled and Completed set by hand do not count."""

DOES_NOT_COUNT = frozenset({S.INTERVIEW_SCHEDULED, S.INTERVIEW_COMPLETED})
"""Set by hand these take no seat: log the booking to have it counted."""


def check_change_by_hand(current: ParticipantStatus, to: ParticipantStatus, study_type: StudyType) -> None:
    """Raise RuleError, with the reason, when the status may not be set by hand."""
    if to is current:
        raise RuleError(f"The status is {current.value} already.", "status")
    if study_type not in ONLY_FOR.get(to, frozenset(StudyType)):
        raise RuleError(f"{to.value} does not exist in a study of type {study_type.label}.", "status")
    if current is S.OPTED_OUT:
        raise RuleError("This person has opted out; only they can change that.", "status")
    if to in INCENTIVE_OUT:
        raise RuleError(f"{to.value} is set by a payment, never by hand.", "status")
    if current in INCENTIVE_OUT:
        raise RuleError("The incentive has been sent: there is no step back.", "status")
    if current not in BY_HAND.get(to, frozenset()):
        raise RuleError(f"{current.value} can't be changed to {to.value} by hand.", "status")


def changes_by_hand(current: ParticipantStatus, study_type: StudyType) -> tuple[ParticipantStatus, ...]:
    """The statuses that a person may set by hand from here."""

    def allowed(to: ParticipantStatus) -> bool:
        try:
            check_change_by_hand(current, to, study_type)
        except RuleError:
            return False
        return True

    return tuple(filter(allowed, ParticipantStatus))


class ContactStatus(StrEnum):
    """Whether a person may be contacted at all, in any study. Worst first: the first that is true is shown."""

    IN_BLOCKLIST = "In Blocklist"
    OPTED_OUT = "Opted Out"
    DO_NOT_CONTACT = "Do Not Contact"
    IN_COOLDOWN = "In Cooldown"
    FREE_TO_CONTACT = "Free to contact"


@dataclass(frozen=True, slots=True)
class ContactFacts:
    """The facts that the contact status is derived from. All instants aware UTC."""

    blocklisted_at: datetime | None = None
    opted_out_at: datetime | None = None
    do_not_contact_reason: str | None = None
    cooldown_until: datetime | None = None


def contact_status(facts: ContactFacts, now: datetime) -> ContactStatus:
    """The contact status: the worst of what is true at `now`."""
    if facts.blocklisted_at is not None:
        return ContactStatus.IN_BLOCKLIST
    if facts.opted_out_at is not None:
        return ContactStatus.OPTED_OUT
    if facts.do_not_contact_reason is not None:
        return ContactStatus.DO_NOT_CONTACT
    if facts.cooldown_until is not None and facts.cooldown_until > now:
        return ContactStatus.IN_COOLDOWN
    return ContactStatus.FREE_TO_CONTACT


EMAIL_PATTERN = re.compile(
    r"[^@\s\x00-\x1f\x7f<>\"',;:\\]{1,64}@[^@\s\x00-\x1f\x7f<>\"',;:\\.]+(\.[^@\s\x00-\x1f\x7f<>\"',;:\\.]+)+"
)


def email_address(text: str) -> str:
    """The address in its canonical form (lower case). Raises RuleError when it is none."""
    address = text.strip().lower()
    if len(address) > 254 or not EMAIL_PATTERN.fullmatch(address):
        raise RuleError(f"“{text.strip()[:80]}” is not an e-mail address.", "email")
    return address


def masked_email(address: str) -> str:
    """`m•••@example.com`: enough for its owner to know it again, and for nobody else to write to it."""
    name, _, host = address.partition("@")
    return f"{name[:1]}•••@{host}"


def masked_name(name: str) -> str:
    """`Mira K.`: the first name, and of the last one only how it begins. Empty when there is none."""
    first, *others = name.split() or [""]
    return f"{first} {others[-1][:1]}." if others else first


def alias(number: int) -> str:
    """How a participant is called where names may not be shown, e.g. `P17`."""
    return f"P{number}"


@dataclass(frozen=True, slots=True)
class Person:
    """A participant as they may be shown: `name` and `email` are None to readers who may not see them."""

    id: int
    number: int
    name: str | None
    email: str | None

    @property
    def alias(self) -> str:
        return alias(self.number)

    @property
    def label(self) -> str:
        return self.name or self.email or self.alias


@dataclass(frozen=True, slots=True)
class EnrolmentLine:
    """A participant's place in one study."""

    enrolment_id: int
    study_key: str
    study_name: str
    study_type: StudyType
    status: ParticipantStatus
    stage: Stage
    status_changed_at: datetime
    may_manage: bool


@dataclass(frozen=True, slots=True)
class ParticipantDetails:
    """A participant as their own page shows them.

    `bounced_at` is since when no mail reaches them, `soft_bounced_at` since when none did for now (aware UTC).
    """

    person: Person
    time_zone: str | None
    phone: str | None
    contact_status: ContactStatus
    properties: tuple[tuple[str, str], ...]
    enrolments: tuple[EnrolmentLine, ...]
    interview_references: tuple[str, ...]
    bounced_at: datetime | None = None
    soft_bounced_at: datetime | None = None
