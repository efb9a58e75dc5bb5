"""Participants and their progress in a study (DOMAIN, "Participant status (per study) and stage")."""

from __future__ import annotations

from collections.abc import Iterable, Set
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from domain.study import StudyType


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


class Cause(StrEnum):
    """What moves an enrolment from one status to another."""

    ADDED = "added"
    GOVERNANCE = "governance"
    """A rule or a fact forbids contact, or does so no longer."""
    STUDY_INVITATION = "study_invitation"
    """The mail with the screener or the survey."""
    SCHEDULER = "scheduler"
    """The mail with the times, or the request to reschedule."""
    TEST_INVITATION = "test_invitation"
    SCREENER_OPENED = "screener_opened"
    SCREENER_SUBMITTED = "screener_submitted"
    REVIEWED = "reviewed"
    BOOKED = "booked"
    BOOKED_BY_HAND = "booked_by_hand"
    """By a member: ahead, or logged afterwards."""
    SESSION = "session"
    """What became of a session: cancelled, over, missed, corrected."""
    TASK_OPENED = "task_opened"
    """A survey or a test was begun."""
    TASK_FINISHED = "task_finished"
    INCENTIVE_OWED = "incentive_owed"
    PAID = "paid"
    CLAIMED = "claimed"
    PAYMENT_CANCELED = "payment_canceled"
    UNSUBSCRIBED = "unsubscribed"
    BOUNCED = "bounced"
    DELIVERED = "delivered"
    """A mail arrived after a soft bounce."""
    ADDRESS_CORRECTED = "address_corrected"
    BY_HAND = "by_hand"
    RESTORED = "restored"
    """By hand: who was removed from the study is what they were."""
    UNDONE = "undone"
    MERGED = "merged"


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
TOOK_PART = COMPLETED | INCENTIVE_OUT | {S.INCENTIVE_NOT_SENT}
HARD_ENDS = frozenset({S.INCENTIVE_CLAIMED, S.OPTED_OUT, S.HARD_BOUNCED})
CLOSED_TO_BOOKING = HARD_ENDS
SETTLED = HARD_ENDS | INCENTIVE_OUT
"""Statuses that no session changes: an incentive that has been sent, for one, is not taken back."""

LEFT = SETTLED | {S.CANCELED}
"""Statuses that the sessions someone has do not change: who was removed by hand comes back by a new session alone."""

BOUNCED = frozenset({S.HARD_BOUNCED, S.SOFT_BOUNCED})
SCREENER = frozenset({S.SCREENER_STARTED, S.SCREENER_COMPLETED, S.SCREENER_QUALIFIED, S.SCREENER_NOT_QUALIFIED})
REVIEWABLE = SCREENER - {S.SCREENER_STARTED}
VERDICTS = frozenset({S.SCREENER_QUALIFIED, S.SCREENER_NOT_QUALIFIED})
UNASKED = frozenset({S.NOT_CONTACTED, S.STUDY_INVITED})
INVITABLE = UNASKED | (SCREENER - {S.SCREENER_NOT_QUALIFIED}) | {S.INTERVIEW_CANCELED, S.NO_SHOWED}
"""From where the mail with the times, or with the test, leads on: it bypasses the screener."""
BOOKABLE = frozenset(
    {S.SCREENER_QUALIFIED, S.INTERVIEW_INVITED, S.INTERVIEW_CANCELED, S.NO_SHOWED, S.INTERVIEW_COMPLETED}
)
NO_SHOW_FROM = frozenset({S.INTERVIEW_SCHEDULED, S.INTERVIEW_COMPLETED, S.INCENTIVE_NOT_SENT})
OUTCOMES = frozenset({S.INTERVIEW_SCHEDULED, S.INTERVIEW_COMPLETED, S.INTERVIEW_CANCELED, S.NO_SHOWED})
"""Where sessions put somebody."""
BEGUN = frozenset({S.TEST_STARTED, S.SURVEY_STARTED})
CONTACTABLE = INVITABLE | SCREENER | BEGUN | {S.INTERVIEW_INVITED, S.TEST_INVITED, S.SOFT_BOUNCED}
"""Who is written to and has nothing booked or done: where a bounce is more than a flag."""
ANY = frozenset(S)
OPEN = ANY - HARD_ENDS - INCENTIVE_OUT
"""Where a person, and what they did, can be put right."""

ALL = frozenset(StudyType)
TALKS = frozenset({StudyType.INTERVIEW, StudyType.GROUP_INTERVIEW})
TESTS = frozenset({StudyType.UNMODERATED_TEST})
SURVEYS = frozenset({StudyType.SURVEY})

ONLY_FOR: dict[ParticipantStatus, frozenset[StudyType]] = {
    **dict.fromkeys(OUTCOMES | {S.INTERVIEW_INVITED}, TALKS),
    **dict.fromkeys((S.TEST_INVITED, S.TEST_STARTED, S.TEST_COMPLETED), TESTS),
    **dict.fromkeys((S.SURVEY_STARTED, S.SURVEY_COMPLETED), SURVEYS),
}
"""Statuses that belong to some study types only."""


def stage(status: ParticipantStatus, has_incentive: bool) -> Stage:
    """The stage that a status belongs to, in a study with or without an incentive."""
    if status in COMPLETED:
        return Stage.PENDING_INCENTIVE if has_incentive else Stage.DONE
    return STAGES[status]


def exists_in(status: ParticipantStatus, study_type: StudyType) -> bool:
    """Whether somebody can have the status in a study of that type."""
    return study_type in ONLY_FOR.get(status, ALL)


@dataclass(frozen=True, slots=True)
class Step:
    """A line of the table: the cause leads from any status of `was` to any of `to`. `what` says it to people.

    None among `was`: they were not in the study. `is_own`: DOMAIN does not say it, but decision 0009.
    """

    cause: Cause
    was: Set[ParticipantStatus | None]
    to: Set[ParticipantStatus]
    types: frozenset[StudyType]
    what: str
    is_own: bool = False

    def leads(self, was: ParticipantStatus | None, to: ParticipantStatus, study_type: StudyType) -> bool:
        """Whether the line holds a step between the two in a study of that type."""
        is_there = study_type in self.types and exists_in(to, study_type)
        return is_there and was is not to and was in self.was and to in self.to


C = Cause
NEW = None

# fmt: off
STEPS: tuple[Step, ...] = (
    Step(C.ADDED, {NEW}, {S.NOT_CONTACTED}, ALL,
         "is added to the study"),
    Step(C.ADDED, {NEW}, {S.NOT_ELIGIBLE}, ALL,
         "is added to the study while governance forbids contact", is_own=True),
    Step(C.GOVERNANCE, {S.NOT_CONTACTED}, {S.NOT_ELIGIBLE}, ALL,
         "governance forbids contact"),
    Step(C.GOVERNANCE, {S.NOT_ELIGIBLE}, {S.NOT_CONTACTED}, ALL,
         "governance allows it again, or is overridden"),
    Step(C.STUDY_INVITATION, {S.NOT_CONTACTED}, {S.STUDY_INVITED}, ALL,
         "gets the mail with the screener or the survey"),
    Step(C.SCHEDULER, INVITABLE, {S.INTERVIEW_INVITED}, TALKS,
         "gets the mail with the times, or the request to reschedule"),
    Step(C.TEST_INVITATION, INVITABLE, {S.TEST_INVITED}, TESTS,
         "gets the mail with the test"),
    Step(C.SCREENER_OPENED, {NEW} | UNASKED, {S.SCREENER_STARTED}, ALL,
         "opens the screener"),
    Step(C.SCREENER_SUBMITTED, {S.SCREENER_STARTED}, REVIEWABLE, ALL,
         "submits the screener: a rule qualifies, a rule disqualifies, or neither"),
    Step(C.REVIEWED, REVIEWABLE, VERDICTS, ALL,
         "a reviewer decides"),
    Step(C.REVIEWED, {S.INTERVIEW_INVITED, S.TEST_INVITED}, {S.SCREENER_NOT_QUALIFIED}, ALL,
         "a reviewer changes their mind, after the invitation and before anything is booked or begun", is_own=True),
    Step(C.BOOKED, BOOKABLE, {S.INTERVIEW_SCHEDULED}, TALKS,
         "books a session"),
    Step(C.BOOKED, {S.NOT_CONTACTED}, {S.INTERVIEW_SCHEDULED}, TALKS,
         "books by a personal link that a member handed them", is_own=True),
    Step(C.BOOKED_BY_HAND, {NEW} | (ANY - HARD_ENDS), {S.INTERVIEW_SCHEDULED, S.INTERVIEW_COMPLETED}, TALKS,
         "a member books a session ahead, or logs one of the past"),
    Step(C.BOOKED_BY_HAND, ANY - HARD_ENDS, {S.NO_SHOWED, S.INTERVIEW_CANCELED}, TALKS,
         "a member logs a session of the past that was missed or called off", is_own=True),
    Step(C.SESSION, {S.INTERVIEW_SCHEDULED}, {S.INTERVIEW_CANCELED}, TALKS,
         "anybody cancels the session, or the participant's seat"),
    Step(C.SESSION, {S.INTERVIEW_SCHEDULED}, {S.INTERVIEW_COMPLETED}, TALKS,
         "the session ends, or is marked as completed"),
    Step(C.SESSION, NO_SHOW_FROM, {S.NO_SHOWED}, TALKS,
         "is marked as a no-show"),
    Step(C.SESSION, {S.NO_SHOWED}, {S.INTERVIEW_COMPLETED}, TALKS,
         "the no-show is corrected"),
    Step(C.SESSION, OPEN - {S.CANCELED}, OUTCOMES, TALKS,
         "a session says otherwise than a mail or a hand since, or another session of theirs decides", is_own=True),
    Step(C.TASK_OPENED, {NEW} | UNASKED, {S.SURVEY_STARTED}, SURVEYS,
         "opens the survey"),
    Step(C.TASK_FINISHED, {S.SURVEY_STARTED}, {S.SURVEY_COMPLETED}, SURVEYS,
         "submits the survey"),
    Step(C.TASK_OPENED, {NEW, S.TEST_INVITED} | UNASKED, {S.TEST_STARTED}, TESTS,
         "opens the test, by the mail or by a share link"),
    Step(C.TASK_FINISHED, {S.TEST_STARTED}, {S.TEST_COMPLETED}, TESTS,
         "finishes the test"),
    Step(C.TASK_OPENED, {S.SCREENER_QUALIFIED}, BEGUN, TESTS | SURVEYS,
         "goes straight on from the screener", is_own=True),
    Step(C.INCENTIVE_OWED, COMPLETED, {S.INCENTIVE_NOT_SENT}, ALL,
         "there is an incentive, and the outcome is verified"),
    Step(C.PAID, COMPLETED | {S.INCENTIVE_NOT_SENT}, {S.INCENTIVE_SENT}, ALL,
         "the incentive is sent"),
    Step(C.CLAIMED, {S.INCENTIVE_SENT}, {S.INCENTIVE_CLAIMED}, ALL,
         "the incentive is redeemed"),
    Step(C.PAYMENT_CANCELED, {S.INCENTIVE_SENT}, {S.INCENTIVE_NOT_SENT}, ALL,
         "the incentive is cancelled before it is redeemed"),
    Step(C.UNSUBSCRIBED, ANY - {S.INCENTIVE_CLAIMED}, {S.OPTED_OUT}, ALL,
         "unsubscribes"),
    Step(C.BOUNCED, CONTACTABLE, BOUNCED, ALL,
         "a mail comes back, and nothing is booked or done"),
    Step(C.DELIVERED, {S.SOFT_BOUNCED}, CONTACTABLE - BOUNCED, ALL,
         "a mail arrives after all: what that mail sets, else what they were"),
    Step(C.ADDRESS_CORRECTED, BOUNCED, CONTACTABLE - BOUNCED, ALL,
         "the address is corrected: what they were before mail came back"),
    Step(C.BY_HAND, REVIEWABLE, VERDICTS, ALL,
         "reviewed"),
    Step(C.BY_HAND, {S.NOT_CONTACTED}, {S.STUDY_INVITED, S.INTERVIEW_INVITED, S.TEST_INVITED}, ALL,
         "contacted elsewhere"),
    Step(C.BY_HAND, {S.SURVEY_STARTED}, {S.SURVEY_COMPLETED}, SURVEYS,
         "linked survey elsewhere"),
    Step(C.BY_HAND, {S.TEST_STARTED}, {S.TEST_COMPLETED}, TESTS,
         "linked test elsewhere"),
    Step(C.BY_HAND, NO_SHOW_FROM, {S.NO_SHOWED}, TALKS,
         "did not come"),
    Step(C.BY_HAND, OPEN, {S.INTERVIEW_COMPLETED}, TALKS,
         "corrected, or held elsewhere, which does not count"),
    Step(C.BY_HAND, OPEN - COMPLETED, {S.INTERVIEW_SCHEDULED}, TALKS,
         "scheduled elsewhere, which does not count"),
    Step(C.BY_HAND, OPEN, {S.CANCELED}, ALL,
         "removed from the study"),
    Step(C.RESTORED, {S.CANCELED}, OPEN, ALL,
         "restored: to what they were, and to nothing else"),
    Step(C.UNDONE, OPEN, OPEN, ALL,
         "what was done is undone: to what they were, and to nothing else", is_own=True),
    Step(C.MERGED, ANY - {S.OPTED_OUT, S.INCENTIVE_CLAIMED}, {S.OPTED_OUT}, ALL,
         "turns out to be one person with somebody who has opted out", is_own=True),
)
# fmt: on
"""Every step that there is: DOMAIN's table, line by line."""


def why_not(cause: Cause, was: ParticipantStatus | None, to: ParticipantStatus, study_type: StudyType) -> str | None:
    """Why the cause does not lead from the one status to the other, as a sentence; None when it does.

    Whether there is an incentive, whether an outcome is verified, and what somebody was before, the caller knows.
    """
    if was is to:
        return f"The status is {to.value} already."
    if not exists_in(to, study_type):
        return f"{to.value} does not exist in a study of type {study_type.label}."
    if any(step.cause is cause and step.leads(was, to, study_type) for step in STEPS):
        return None
    if was is None:
        return f"Nobody comes into a study as {to.value} in this way."
    if was is S.OPTED_OUT or (was in STUCK and to not in INCENTIVE_OUT):
        return STUCK[was]
    if cause in (C.BY_HAND, C.RESTORED):
        return NEVER_BY_HAND.get(to, "{was} can't be changed to {to} by hand.").format(was=was.value, to=to.value)
    return f"{was.value} does not become {to.value} in this way."


STUCK = {
    S.OPTED_OUT: "This person has opted out; only they can change that.",
    **dict.fromkeys(INCENTIVE_OUT, "The incentive has been sent: there is no step back."),
    S.HARD_BOUNCED: "Mail to this person does not arrive. Correct their address first.",
    S.CANCELED: "This person was removed from the study. Restore them first.",
    S.NOT_ELIGIBLE: "The rules about contact hold this person back. Override them with a reason, or wait.",
}
"""What keeps somebody where they are, whatever is wanted."""

NEVER_BY_HAND = {
    **dict.fromkeys(INCENTIVE_OUT, "{to} is set by a payment, never by hand."),
    S.INCENTIVE_NOT_SENT: "{to} follows by itself once it is certain that they took part.",
    **dict.fromkeys(BOUNCED, "{to} is what a mail server says, never set by hand."),
    S.OPTED_OUT: "Only the person can opt out. Mark them as “do not contact” instead.",
    S.NOT_CONTACTED: "Nobody becomes {to} again by hand: undo the change instead, as long as that is possible.",
    S.NOT_ELIGIBLE: "{to} follows from the rules about contact, never by hand.",
    **dict.fromkeys(
        (S.SCREENER_STARTED, S.SCREENER_COMPLETED, *BEGUN), "{to} is what the person does, never set by hand."
    ),
    **dict.fromkeys(VERDICTS, "Only a completed screener can be reviewed, until something is booked: this is {was}."),
    **dict.fromkeys(
        (S.STUDY_INVITED, S.INTERVIEW_INVITED, S.TEST_INVITED),
        "Only somebody who is Not Contacted can be noted as {to}: this is {was}. Send the mail instead.",
    ),
    S.SURVEY_COMPLETED: "Only a survey that was started can be noted as completed: this is {was}.",
    S.TEST_COMPLETED: "Only a test that was started can be noted as completed: this is {was}.",
    S.NO_SHOWED: "Only somebody with a session can be a no-show: this is {was}.",
    S.INTERVIEW_CANCELED: "Cancel the session instead: {to} follows from that.",
    S.INTERVIEW_SCHEDULED: "{was} is not taken back. Book another session instead.",
}
"""Why a status can't be set by hand, by what is wanted."""

DOES_NOT_COUNT = frozenset({S.INTERVIEW_SCHEDULED, S.INTERVIEW_COMPLETED})
"""Set by hand these take no seat: log the booking to have it counted."""

WHILE_BOOKED = {
    S.NO_SHOWED: "They have a session that is not settled yet. Mark that as a no-show: the status follows.",
    S.INTERVIEW_COMPLETED: "They have a session that is not settled yet. Mark that as completed: the status follows.",
}
"""Why a status is not set by hand of somebody with a seat in such a session, by what is wanted."""
SETTLE_FIRST = "They have a session that is not settled yet. Cancel it first."


def cause_by_hand(current: ParticipantStatus, to: ParticipantStatus, before: ParticipantStatus | None = None) -> Cause:
    """What a change by hand is: who was removed and becomes what they were `before` is restored."""
    return Cause.RESTORED if current is S.CANCELED and to is before else Cause.BY_HAND


def why_not_by_hand(
    current: ParticipantStatus,
    to: ParticipantStatus,
    study_type: StudyType,
    before: ParticipantStatus | None = None,
    *,
    is_booked: bool = False,
) -> str | None:
    """Why the status may not be set by hand, as a sentence; None when it may. `before` is what it was last.

    Of whom `is_booked`, with a seat in a session that is not settled, the session says where they stand.
    """
    cause = cause_by_hand(current, to, before)
    why = why_not(cause, current, to, study_type)
    if why is None and is_booked and cause is not C.RESTORED and to is not S.INTERVIEW_SCHEDULED:
        return WHILE_BOOKED.get(to, SETTLE_FIRST)
    return why


def changes_by_hand(
    current: ParticipantStatus,
    study_type: StudyType,
    before: ParticipantStatus | None = None,
    *,
    is_booked: bool = False,
) -> tuple[ParticipantStatus, ...]:
    """The statuses that a person may set by hand from here, as `why_not_by_hand` says."""
    return tuple(to for to in S if why_not_by_hand(current, to, study_type, before, is_booked=is_booked) is None)


@dataclass(frozen=True, slots=True)
class Leg:
    """One step that somebody goes."""

    cause: Cause
    was: ParticipantStatus
    to: ParticipantStatus


def legs(cause: Cause, was: ParticipantStatus, to: ParticipantStatus, study_type: StudyType) -> tuple[Leg, ...]:
    """The steps that the cause would take somebody, one after the other: where an incentive is owed at once they are
    Completed first. Whether the table knows them is for `why_not_all` to say.
    """
    if to is not S.INCENTIVE_NOT_SENT or cause not in COMPLETES:
        return (Leg(cause, was, to),)
    (done,) = (status for status in COMPLETED if exists_in(status, study_type))
    owed = Leg(C.INCENTIVE_OWED, done, to)
    return (owed,) if was is done else (Leg(cause, was, done), owed)


def why_not_all(steps: Iterable[Leg], study_type: StudyType) -> str | None:
    """As `why_not`, for steps that follow each other: why the first can't be gone that can't."""
    refusals = (why_not(leg.cause, leg.was, leg.to, study_type) for leg in steps)
    return next((why for why in refusals if why is not None), None)


COMPLETES = frozenset({C.BOOKED_BY_HAND, C.SESSION, C.TASK_FINISHED})
"""What makes an outcome, so that an incentive may be owed with it."""

INVITES = {
    C.STUDY_INVITATION: S.STUDY_INVITED,
    C.SCHEDULER: S.INTERVIEW_INVITED,
    C.TEST_INVITATION: S.TEST_INVITED,
}
"""What an invitation makes of somebody."""

STAYS_WHEN_INVITED = {
    C.STUDY_INVITATION: frozenset(
        {S.STUDY_INVITED, S.SCREENER_STARTED, S.SCREENER_QUALIFIED, S.SURVEY_STARTED, S.SOFT_BOUNCED}
    ),
    C.SCHEDULER: frozenset({S.INTERVIEW_INVITED, S.SOFT_BOUNCED}),
    C.TEST_INVITATION: frozenset({S.TEST_INVITED, S.TEST_STARTED, S.SOFT_BOUNCED}),
}
"""Who is invited once more and stays what they are: after a soft bounce it is the mail that arrives which counts."""


@dataclass(frozen=True, slots=True)
class Facts:
    """Since when somebody has taken part in a study, and since when they have missed it (aware UTC, None: not so)."""

    took_part_at: datetime | None = None
    no_showed_at: datetime | None = None


def facts_after(leg: Leg, facts: Facts, at: datetime) -> Facts:
    """What holds after a step. A correction, or its undoing, takes back what was said; another session does not."""
    took_part, missed = facts.took_part_at, facts.no_showed_at
    if leg.to in TOOK_PART:
        took_part = took_part or at
    elif leg.to is S.NO_SHOWED:
        missed = missed or at
    is_undone = leg.cause is C.UNDONE
    is_corrected = leg.cause in CORRECTS and leg.to in CORRECTED
    if (is_undone or is_corrected) and leg.was in TOOK_PART and leg.to not in TOOK_PART:
        took_part = None
    was_missed = leg.was is S.NO_SHOWED if is_undone else is_corrected and leg.was is not S.INTERVIEW_SCHEDULED
    if was_missed and leg.to is not S.NO_SHOWED:
        missed = None
    return Facts(took_part, missed)


CORRECTS = frozenset({C.SESSION, C.BY_HAND})
CORRECTED = OUTCOMES - {S.INTERVIEW_SCHEDULED}
