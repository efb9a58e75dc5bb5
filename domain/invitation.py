"""Inviting people to a study: to what, who gets the mail, who is held back and why (DOMAIN, "Participant status")."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from domain.governance import FREE, ContactFacts, ContactStatus, Evaluation, contact_status
from domain.mail import MailKind
from domain.participant import COMPLETED, INCENTIVE_OUT, Cause, ParticipantStatus
from domain.person import LinkPurpose, alias
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
    BEGUN = "has begun already"
    IN_REVIEW = "is waiting for a review"
    ANSWERED = "has answered the screener already"
    FURTHER = "is further already"
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

K = MailKind

INVITES_BY: dict[MailKind, Cause] = {
    K.SCREENER_INVITATION: Cause.STUDY_INVITATION,
    K.SURVEY_INVITATION: Cause.STUDY_INVITATION,
    K.SCHEDULER: Cause.SCHEDULER,
    K.TEST_INVITATION: Cause.TEST_INVITATION,
}
"""The mails that invite, and what each does to where somebody stands."""

TASKS = {StudyType.SURVEY: K.SURVEY_INVITATION, StudyType.UNMODERATED_TEST: K.TEST_INVITATION}
"""What invites to what is done elsewhere."""

HELD_BY_STATUS: dict[ParticipantStatus, Reason] = {
    S.OPTED_OUT: Reason.OPTED_OUT,
    S.HARD_BOUNCED: Reason.BOUNCED,
    S.INTERVIEW_SCHEDULED: Reason.BOOKED,
    **dict.fromkeys((*COMPLETED, *INCENTIVE_OUT, S.INCENTIVE_NOT_SENT), Reason.TOOK_PART),
    S.SCREENER_NOT_QUALIFIED: Reason.NOT_QUALIFIED,
    S.NOT_ELIGIBLE: Reason.NOT_ELIGIBLE,
    S.CANCELED: Reason.REMOVED,
}
"""Where an enrolment stands that is not invited to choose a time, and why; to all else nobody there is invited either.
From all other statuses it becomes Interview Invited.
"""

AFTER_SCREENER = dict.fromkeys((S.INTERVIEW_INVITED, S.INTERVIEW_CANCELED, S.NO_SHOWED, S.TEST_INVITED), Reason.FURTHER)

HELD: dict[MailKind, dict[ParticipantStatus, Reason]] = {
    K.SCHEDULER: HELD_BY_STATUS,
    K.TEST_INVITATION: HELD_BY_STATUS,
    K.SURVEY_INVITATION: {**HELD_BY_STATUS, **AFTER_SCREENER, S.SCREENER_COMPLETED: Reason.IN_REVIEW},
    K.SCREENER_INVITATION: {
        **HELD_BY_STATUS,
        **AFTER_SCREENER,
        **dict.fromkeys((S.SCREENER_COMPLETED, S.SCREENER_QUALIFIED), Reason.ANSWERED),
        **dict.fromkeys((S.SURVEY_STARTED, S.TEST_STARTED), Reason.BEGUN),
    },
}
"""Where an enrolment stands that does not get a mail, by the kind of mail, and why. Who has begun may be reminded."""

INVITES_TO = {
    K.SCREENER_INVITATION: "answer the screener",
    K.SCHEDULER: "choose a time",
    K.SURVEY_INVITATION: "do the survey",
    K.TEST_INVITATION: "do the test",
}
"""What a mail invites to, after "invited to"."""


def ways(kind: StudyType, *, has_screener: bool) -> tuple[MailKind, ...]:
    """The mails by which people may be invited to a study of that type, the standard first."""
    last = TASKS.get(kind, K.SCHEDULER)
    return (K.SCREENER_INVITATION, last) if has_screener else (last,)


def way_of(wanted: MailKind | None, possible: Sequence[MailKind]) -> MailKind:
    """The mail that was asked for, if the study still has it, else the standard one."""
    return wanted if wanted is not None and wanted in possible else possible[0]


def goes_on_with(kind: StudyType) -> MailKind:
    """The mail to those who qualified."""
    return TASKS.get(kind, K.SCHEDULER)


def is_invitable(kind: StudyType, status: ParticipantStatus) -> bool:
    """Whether somebody who stands so may be invited to anything in a study of that type."""
    return any(status not in HELD[way] for way in ways(kind, has_screener=True))


def start_of(mail: MailKind, status: ParticipantStatus, *, has_screener: bool) -> LinkPurpose:
    """Where an invitation to a screener, a survey or a test leads: who was not asked yet is asked first.

    Whoever is invited to a test has passed the screener, or was let past it.
    """
    is_asked_first = has_screener and status in (S.NOT_CONTACTED, S.STUDY_INVITED, S.SCREENER_STARTED)
    return LinkPurpose.SCREENER if mail is K.SCREENER_INVITATION or is_asked_first else LinkPurpose.TASK


HELD_BY_CONTACT = {
    ContactStatus.IN_BLOCKLIST: Reason.IN_BLOCKLIST,
    ContactStatus.OPTED_OUT: Reason.OPTED_OUT,
    ContactStatus.DO_NOT_CONTACT: Reason.DO_NOT_CONTACT,
}


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody who was chosen. `label` is what the reader may know them by; no `status`: they are not in the study.

    Instants are aware UTC. `invited_at` is when they were last invited to this study, None for never. `evaluation` is
    what the workspace's rules say of contact for the study.
    """

    participant_id: int
    number: int
    label: str
    contact: ContactFacts
    bounced_at: datetime | None = None
    enrolment_id: int | None = None
    status: ParticipantStatus | None = None
    invited_at: datetime | None = None
    evaluation: Evaluation = FREE

    @property
    def alias(self) -> str:
        return alias(self.number)

    def contact_at(self, now: datetime) -> ContactStatus:
        """The worst of what the rules and the facts say, without a bounced address: that is a reason of its own."""
        if self.evaluation is FREE:
            return contact_status(self.contact, now)
        barring = (one.status for one in self.evaluation.barring if not one.is_bounce)
        return next(barring, ContactStatus.FREE_TO_CONTACT)


def why_held(
    candidate: Candidate, now: datetime, reviewed_at: datetime | None = None, mail: MailKind = K.SCHEDULER
) -> Reason | None:
    """Why the candidate is not invited, None when they are.

    Whoever was invited since the review was shown (`reviewed_at`) is not invited once more.
    """
    contact = candidate.contact_at(now)
    if contact in HELD_BY_CONTACT:
        return HELD_BY_CONTACT[contact]
    if candidate.bounced_at is not None:
        return Reason.BOUNCED
    if candidate.status is S.NOT_ELIGIBLE and contact is ContactStatus.IN_COOLDOWN:
        return Reason.IN_COOLDOWN
    if candidate.status in HELD[mail]:
        return HELD[mail][candidate.status]
    if reviewed_at is not None and candidate.invited_at is not None and candidate.invited_at >= reviewed_at:
        return Reason.INVITED_MEANWHILE
    if contact is ContactStatus.IN_COOLDOWN:
        return Reason.IN_COOLDOWN
    return None


@dataclass(frozen=True, slots=True)
class Group:
    """People held back for one reason: how many, and the first of them. `until` is when the last cooldown ends.

    `why` is all that stands against contact with them, with how many of them it concerns.
    """

    reason: Reason
    number: int
    first: tuple[str, ...]
    until: datetime | None = None
    why: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Sorted:
    """The candidates, sorted into who goes and who is held back; the groups stand in the order of the reasons."""

    going: tuple[Candidate, ...]
    held: tuple[Group, ...]
    overridable: tuple[Candidate, ...] = ()
    """Those who are held back by nothing but a cooldown or a do-not-contact."""

    @property
    def invited_before(self) -> tuple[Candidate, ...]:
        """Those who go and were invited before, the longest ago first."""
        again = [one for one in self.going if one.invited_at is not None]
        return tuple(sorted(again, key=lambda one: (one.invited_at, one.number)))


def sort_out(
    candidates: Sequence[Candidate],
    now: datetime,
    reviewed_at: datetime | None = None,
    mail: MailKind = K.SCHEDULER,
) -> Sorted:
    """Who of the candidates gets the mail, and who does not: see `why_held`."""
    going: list[Candidate] = []
    held: dict[Reason, list[Candidate]] = {reason: [] for reason in Reason}
    for one in candidates:
        reason = why_held(one, now, reviewed_at, mail)
        if reason is None:
            going.append(one)
        else:
            held[reason].append(one)
    by_rules = (*held[Reason.DO_NOT_CONTACT], *held[Reason.IN_COOLDOWN])
    return Sorted(
        tuple(going),
        tuple(group_of(reason, people) for reason, people in held.items() if people),
        tuple(one for one in by_rules if is_overridable(one, mail)),
    )


def is_overridable(one: Candidate, mail: MailKind) -> bool:
    """Whether somebody would be invited if the rules were overridden: nothing else holds them back."""
    stands_so = one.status is None or one.status is S.NOT_ELIGIBLE or one.status not in HELD[mail]
    return one.evaluation.may_be_overridden and stands_so


def group_of(reason: Reason, people: Sequence[Candidate]) -> Group:
    until = [end for one in people if (end := cooled_down_at(one)) is not None]
    last = max(until) if reason is Reason.IN_COOLDOWN and until else None
    why = reasons_of(people) if reason in (Reason.DO_NOT_CONTACT, Reason.IN_COOLDOWN) else ()
    return Group(reason, len(people), tuple(one.label for one in people[:FIRST_NAMES]), last, why)


def cooled_down_at(one: Candidate) -> datetime | None:
    """When the last cooldown of somebody ends."""
    ends = [each.clears_at for each in one.evaluation.reasons if each.status is ContactStatus.IN_COOLDOWN]
    return max((end for end in (*ends, one.contact.cooldown_until) if end is not None), default=None)


def reasons_of(people: Sequence[Candidate]) -> tuple[tuple[str, int], ...]:
    """All that stands against contact with these people, what concerns most of them first: rules in their own words."""
    counted = Counter(
        text
        for one in people
        for text in {each.rule.text if each.rule else f"Somebody {each.text}." for each in one.evaluation.barring}
    )
    return tuple(counted.most_common())


HOW_TO_START = {
    StudyStatus.DRAFT: "is a draft: nothing goes out before it is started. Start it with /study start {key}.",
    StudyStatus.PAUSED: "is paused: nothing goes out meanwhile. Resume it with /study resume {key}.",
    StudyStatus.CLOSED: "is closed: nothing goes out any more. Resume it with /study resume {key}.",
}


def why_nothing_goes_out(key: str, status: StudyStatus) -> str | None:
    """Why nobody is invited to the study as it is, and what to do; None when people are."""
    return f"{key} {HOW_TO_START[status].format(key=key)}" if status in HOW_TO_START else None


def why_no_task(key: str, kind: StudyType, task_url: str | None) -> str | None:
    """Why nobody is invited to a survey or a test that has no link yet; None when it has one, or needs none."""
    if kind.has_interviews or task_url:
        return None
    return f"{key} has no link to its {TASK_WORDS[kind]} yet. Set it first: /study task {key}."


TASK_WORDS = {StudyType.SURVEY: "survey", StudyType.UNMODERATED_TEST: "test"}


@dataclass(frozen=True, slots=True)
class Choosing:
    """What the choice of people begins with: the study, how many stand where in it, and who is chosen already."""

    study_id: int
    study_key: str
    study_name: str
    study_type: StudyType
    has_screener: bool
    statuses: tuple[tuple[ParticipantStatus, int], ...]
    chosen: tuple[tuple[int, str], ...] = ()


@dataclass(frozen=True, slots=True)
class InvitationReview:
    """What would happen, before anything does. `names` are the first of those who go.

    `refusal` says why nothing goes out at all, `warnings` what to know: nobody could find a time, fewer places than
    people. `mail` is what goes out, one of the `ways`. `subject` and `text` are the mail's, tokens and all; `tokens`
    are those that it may have.
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
    mail: MailKind = K.SCHEDULER
    ways: tuple[MailKind, ...] = (K.SCHEDULER,)
    refusal: str | None = None
    warnings: tuple[str, ...] = ()
    overridable: int = 0
    """How many are held back only by what the reader may override."""

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
    mail: MailKind = K.SCHEDULER


@dataclass(frozen=True, slots=True)
class Invited:
    """What sending came to: how many were invited, and who was held back meanwhile."""

    study_key: str
    number: int
    held: tuple[Group, ...]
    mail: MailKind = K.SCHEDULER


def group_text(group: Group) -> str:
    """`3 have opted out`."""
    return f"{group.number:,} {group.reason.value if group.number == 1 else group.reason.of_several}"
