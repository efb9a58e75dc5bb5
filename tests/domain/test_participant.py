"""Participants: stages, changes by hand, contact status, addresses."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain import participant, person
from domain.errors import RuleError
from domain.governance import ContactFacts, ContactStatus, contact_status
from domain.participant import Cause, Facts, Leg, ParticipantStatus, Stage
from domain.study import StudyType

S = ParticipantStatus
NOW = datetime(2026, 11, 23, 8, 30, tzinfo=UTC)
INTERVIEWS = (StudyType.INTERVIEW, StudyType.GROUP_INTERVIEW)
HARD_ENDS = {S.INCENTIVE_CLAIMED, S.OPTED_OUT, S.HARD_BOUNCED}

STAGES = {
    Stage.NOT_STARTED: {S.NOT_CONTACTED, S.NOT_ELIGIBLE},
    Stage.INVITED: {S.STUDY_INVITED},
    Stage.SCREENING: {S.SCREENER_STARTED, S.SCREENER_COMPLETED, S.SCREENER_QUALIFIED, S.SCREENER_NOT_QUALIFIED},
    Stage.IN_PROGRESS: {
        S.INTERVIEW_INVITED,
        S.INTERVIEW_SCHEDULED,
        S.TEST_INVITED,
        S.TEST_STARTED,
        S.SURVEY_STARTED,
    },
    Stage.PENDING_INCENTIVE: {S.INCENTIVE_NOT_SENT},
    Stage.DONE: {S.INCENTIVE_SENT, S.INCENTIVE_CLAIMED},
    Stage.CANCELLED: {S.CANCELED, S.INTERVIEW_CANCELED, S.NO_SHOWED, S.OPTED_OUT, S.HARD_BOUNCED, S.SOFT_BOUNCED},
}
DONE = {S.INTERVIEW_COMPLETED, S.TEST_COMPLETED, S.SURVEY_COMPLETED}


@pytest.mark.parametrize("status", ParticipantStatus)
@pytest.mark.parametrize("has_incentive", [True, False])
def test_every_status_has_the_stage_of_the_table(status: ParticipantStatus, has_incentive: bool) -> None:
    if status in DONE:
        expected = Stage.PENDING_INCENTIVE if has_incentive else Stage.DONE
    else:
        (expected,) = (stage for stage, statuses in STAGES.items() if status in statuses)
    assert participant.stage(status, has_incentive) is expected


REVIEWED = {S.SCREENER_COMPLETED, S.SCREENER_QUALIFIED, S.SCREENER_NOT_QUALIFIED}
BEFORE_BOOKING = set(S) - HARD_ENDS - {S.INCENTIVE_SENT}
BY_HAND = {
    S.SCREENER_QUALIFIED: REVIEWED - {S.SCREENER_QUALIFIED},
    S.SCREENER_NOT_QUALIFIED: REVIEWED - {S.SCREENER_NOT_QUALIFIED},
    S.STUDY_INVITED: {S.NOT_CONTACTED},
    S.INTERVIEW_INVITED: {S.NOT_CONTACTED},
    S.TEST_INVITED: {S.NOT_CONTACTED},
    S.SURVEY_COMPLETED: {S.SURVEY_STARTED},
    S.TEST_COMPLETED: {S.TEST_STARTED},
    S.NO_SHOWED: {S.INTERVIEW_SCHEDULED, S.INTERVIEW_COMPLETED, S.INCENTIVE_NOT_SENT},
    S.INTERVIEW_COMPLETED: BEFORE_BOOKING - {S.INTERVIEW_COMPLETED},
    S.INTERVIEW_SCHEDULED: BEFORE_BOOKING - {S.INTERVIEW_SCHEDULED} - DONE,
    S.CANCELED: BEFORE_BOOKING - {S.CANCELED},
}


EARLIER = NOW - timedelta(days=3)


def belongs(status: ParticipantStatus, study_type: StudyType) -> bool:
    word = status.value.split()[0]
    if status is S.NO_SHOWED or word == "Interview":
        return study_type in INTERVIEWS
    return {"Test": study_type is StudyType.UNMODERATED_TEST, "Survey": study_type is StudyType.SURVEY}.get(word, True)


@pytest.mark.parametrize("study_type", StudyType)
@pytest.mark.parametrize("current", ParticipantStatus)
def test_the_changes_by_hand_are_those_of_the_table(current: ParticipantStatus, study_type: StudyType) -> None:
    expected = [to for to in S if current in BY_HAND.get(to, ()) and belongs(to, study_type)]
    assert list(participant.changes_by_hand(current, study_type)) == expected
    for to in S:
        if to not in expected:
            assert participant.why_not_by_hand(current, to, study_type) is not None


NO_WAY_BACK = "The incentive has been sent: there is no step back."
ONLY_THEY = "This person has opted out; only they can change that."
NO_MAIL = "Mail to this person does not arrive. Correct their address first."
REMOVED = "This person was removed from the study. Restore them first."
HELD_BACK = "The rules about contact hold this person back. Override them with a reason, or wait."
INTERVIEW, SURVEY, TEST = StudyType.INTERVIEW, StudyType.SURVEY, StudyType.UNMODERATED_TEST

REFUSED_BY_HAND = [
    (S.CANCELED, S.CANCELED, SURVEY, "The status is Canceled already."),
    (S.NOT_CONTACTED, S.TEST_INVITED, SURVEY, "Test Invited does not exist in a study of type Survey."),
    (S.OPTED_OUT, S.INTERVIEW_INVITED, INTERVIEW, ONLY_THEY),
    (S.OPTED_OUT, S.INCENTIVE_SENT, INTERVIEW, ONLY_THEY),
    (S.OPTED_OUT, S.CANCELED, INTERVIEW, ONLY_THEY),
    (S.HARD_BOUNCED, S.CANCELED, INTERVIEW, NO_MAIL),
    (S.HARD_BOUNCED, S.INTERVIEW_COMPLETED, INTERVIEW, NO_MAIL),
    (S.INTERVIEW_COMPLETED, S.INCENTIVE_SENT, INTERVIEW, "Incentive Sent is set by a payment, never by hand."),
    (S.INCENTIVE_SENT, S.INCENTIVE_CLAIMED, INTERVIEW, "Incentive Claimed is set by a payment, never by hand."),
    (S.INCENTIVE_SENT, S.NO_SHOWED, INTERVIEW, NO_WAY_BACK),
    (S.INCENTIVE_SENT, S.CANCELED, SURVEY, NO_WAY_BACK),
    (S.INCENTIVE_CLAIMED, S.INTERVIEW_COMPLETED, INTERVIEW, NO_WAY_BACK),
    (
        S.INTERVIEW_COMPLETED,
        S.INCENTIVE_NOT_SENT,
        INTERVIEW,
        "Incentive Not Sent follows by itself once it is certain that they took part.",
    ),
    (S.STUDY_INVITED, S.SOFT_BOUNCED, TEST, "Soft Bounced is what a mail server says, never set by hand."),
    (S.STUDY_INVITED, S.HARD_BOUNCED, TEST, "Hard Bounced is what a mail server says, never set by hand."),
    (
        S.STUDY_INVITED,
        S.OPTED_OUT,
        TEST,
        "Only the person can opt out. Mark them as “do not contact” instead.",
    ),
    (
        S.STUDY_INVITED,
        S.NOT_CONTACTED,
        SURVEY,
        "Nobody becomes Not Contacted again by hand: undo the change instead, as long as that is possible.",
    ),
    (
        S.NOT_CONTACTED,
        S.NOT_ELIGIBLE,
        SURVEY,
        "Not Eligible follows from the rules about contact, never by hand.",
    ),
    (S.NOT_ELIGIBLE, S.STUDY_INVITED, SURVEY, HELD_BACK),
    (S.CANCELED, S.STUDY_INVITED, SURVEY, REMOVED),
    (S.CANCELED, S.NO_SHOWED, INTERVIEW, REMOVED),
    (
        S.STUDY_INVITED,
        S.SCREENER_STARTED,
        TEST,
        "Screener Started is what the person does, never set by hand.",
    ),
    (
        S.SCREENER_STARTED,
        S.SCREENER_COMPLETED,
        TEST,
        "Screener Completed is what the person does, never set by hand.",
    ),
    (S.STUDY_INVITED, S.SURVEY_STARTED, SURVEY, "Survey Started is what the person does, never set by hand."),
    (S.TEST_INVITED, S.TEST_STARTED, TEST, "Test Started is what the person does, never set by hand."),
    (
        S.INTERVIEW_SCHEDULED,
        S.SCREENER_NOT_QUALIFIED,
        INTERVIEW,
        "Only a completed screener can be reviewed, until something is booked: this is Interview Scheduled.",
    ),
    (
        S.SCREENER_STARTED,
        S.SCREENER_QUALIFIED,
        INTERVIEW,
        "Only a completed screener can be reviewed, until something is booked: this is Screener Started.",
    ),
    (
        S.SCREENER_QUALIFIED,
        S.INTERVIEW_INVITED,
        INTERVIEW,
        "Only somebody who is Not Contacted can be noted as Interview Invited: this is Screener Qualified. "
        "Send the mail instead.",
    ),
    (
        S.STUDY_INVITED,
        S.SURVEY_COMPLETED,
        SURVEY,
        "Only a survey that was started can be noted as completed: this is Study Invited.",
    ),
    (
        S.TEST_INVITED,
        S.TEST_COMPLETED,
        TEST,
        "Only a test that was started can be noted as completed: this is Test Invited.",
    ),
    (
        S.INTERVIEW_INVITED,
        S.NO_SHOWED,
        INTERVIEW,
        "Only somebody with a session can be a no-show: this is Interview Invited.",
    ),
    (
        S.INTERVIEW_SCHEDULED,
        S.INTERVIEW_CANCELED,
        INTERVIEW,
        "Cancel the session instead: Interview Canceled follows from that.",
    ),
    (
        S.INTERVIEW_COMPLETED,
        S.INTERVIEW_SCHEDULED,
        INTERVIEW,
        "Interview Completed is not taken back. Book another session instead.",
    ),
]


@pytest.mark.parametrize(("current", "to", "study_type", "sentence"), REFUSED_BY_HAND)
def test_a_refused_change_says_why(
    current: ParticipantStatus, to: ParticipantStatus, study_type: StudyType, sentence: str
) -> None:
    assert participant.why_not_by_hand(current, to, study_type) == sentence


def test_every_kind_of_refusal_by_hand_is_read_above() -> None:
    """A sentence that nobody has read is in none of the examples."""
    read = {sentence for *_, sentence in REFUSED_BY_HAND}
    for current, to, study_type in itertools.product(S, S, StudyType):
        why = participant.why_not(Cause.BY_HAND, current, to, study_type)
        if why is None or not participant.exists_in(current, study_type):
            continue
        kinds = {pattern(sentence) for sentence in read}
        assert pattern(why) in kinds, why


def pattern(sentence: str) -> str:
    """The sentence without the statuses and the study types in it."""
    for name in sorted([*(s.value for s in S), *(t.label for t in StudyType)], key=len, reverse=True):
        sentence = sentence.replace(name, "…")
    return sentence


@pytest.mark.parametrize(
    ("cause", "was", "to", "sentence"),
    [
        (Cause.SCHEDULER, S.OPTED_OUT, S.INTERVIEW_INVITED, ONLY_THEY),
        (Cause.SCHEDULER, S.HARD_BOUNCED, S.INTERVIEW_INVITED, NO_MAIL),
        (Cause.SCHEDULER, S.NOT_ELIGIBLE, S.INTERVIEW_INVITED, HELD_BACK),
        (Cause.SCHEDULER, S.CANCELED, S.INTERVIEW_INVITED, REMOVED),
        (Cause.BOOKED, S.INCENTIVE_CLAIMED, S.INTERVIEW_SCHEDULED, NO_WAY_BACK),
        (
            Cause.SCHEDULER,
            S.SCREENER_NOT_QUALIFIED,
            S.INTERVIEW_INVITED,
            "Screener Not Qualified does not become Interview Invited in this way.",
        ),
        (Cause.ADDED, None, S.STUDY_INVITED, "Nobody comes into a study as Study Invited in this way."),
    ],
)
def test_a_refused_step_says_why(
    cause: Cause, was: ParticipantStatus | None, to: ParticipantStatus, sentence: str
) -> None:
    assert participant.why_not(cause, was, to, INTERVIEW) == sentence


@pytest.mark.parametrize("study_type", StudyType)
def test_nothing_leads_out_of_an_opt_out(study_type: StudyType) -> None:
    for cause, to in itertools.product(Cause, S):
        assert participant.why_not(cause, S.OPTED_OUT, to, study_type) is not None


def test_who_was_removed_is_restored_to_what_they_were_and_to_nothing_else() -> None:
    assert S.SCREENER_STARTED in participant.changes_by_hand(S.CANCELED, INTERVIEW, S.SCREENER_STARTED)
    assert S.SCREENER_STARTED not in participant.changes_by_hand(S.CANCELED, INTERVIEW, S.STUDY_INVITED)
    for end in HARD_ENDS | {S.INCENTIVE_SENT}:
        assert end not in participant.changes_by_hand(S.CANCELED, INTERVIEW, end)


@pytest.mark.parametrize(
    ("current", "to", "sentence"),
    [
        (
            S.INTERVIEW_SCHEDULED,
            S.NO_SHOWED,
            "They have a session that is not settled yet. Mark that as a no-show: the status follows.",
        ),
        (
            S.INTERVIEW_SCHEDULED,
            S.INTERVIEW_COMPLETED,
            "They have a session that is not settled yet. Mark that as completed: the status follows.",
        ),
        (S.INTERVIEW_SCHEDULED, S.CANCELED, "They have a session that is not settled yet. Cancel it first."),
        (S.OPTED_OUT, S.CANCELED, ONLY_THEY),
    ],
)
def test_of_whom_has_a_session_ahead_the_session_says_where_they_stand(
    current: ParticipantStatus, to: ParticipantStatus, sentence: str
) -> None:
    assert participant.why_not_by_hand(current, to, INTERVIEW, is_booked=True) == sentence


def test_who_has_a_session_ahead_may_be_restored_and_set_to_what_they_are_and_nothing_else() -> None:
    possible = participant.changes_by_hand(S.CANCELED, INTERVIEW, S.INTERVIEW_CANCELED, is_booked=True)
    assert set(possible) == {S.INTERVIEW_SCHEDULED, S.INTERVIEW_CANCELED}


STEPS_OF_DOMAIN = [
    (Cause.ADDED, {None}, {S.NOT_CONTACTED}),
    (Cause.GOVERNANCE, {S.NOT_CONTACTED}, {S.NOT_ELIGIBLE}),
    (Cause.GOVERNANCE, {S.NOT_ELIGIBLE}, {S.NOT_CONTACTED}),
    (Cause.STUDY_INVITATION, {S.NOT_CONTACTED}, {S.STUDY_INVITED}),
    (
        Cause.SCHEDULER,
        {S.NOT_CONTACTED, S.STUDY_INVITED, S.SCREENER_STARTED, S.SCREENER_COMPLETED, S.SCREENER_QUALIFIED}
        | {S.INTERVIEW_CANCELED, S.NO_SHOWED},
        {S.INTERVIEW_INVITED},
    ),
    (
        Cause.TEST_INVITATION,
        {S.NOT_CONTACTED, S.STUDY_INVITED, S.SCREENER_STARTED, S.SCREENER_COMPLETED, S.SCREENER_QUALIFIED},
        {S.TEST_INVITED},
    ),
    (Cause.SCREENER_OPENED, {None, S.NOT_CONTACTED, S.STUDY_INVITED}, {S.SCREENER_STARTED}),
    (Cause.SCREENER_SUBMITTED, {S.SCREENER_STARTED}, REVIEWED),
    (Cause.REVIEWED, REVIEWED, {S.SCREENER_QUALIFIED, S.SCREENER_NOT_QUALIFIED}),
    (
        Cause.BOOKED,
        {S.SCREENER_QUALIFIED, S.INTERVIEW_INVITED, S.INTERVIEW_CANCELED, S.NO_SHOWED, S.INTERVIEW_COMPLETED},
        {S.INTERVIEW_SCHEDULED},
    ),
    (Cause.BOOKED_BY_HAND, {None, *S} - HARD_ENDS, {S.INTERVIEW_SCHEDULED, S.INTERVIEW_COMPLETED}),
    (Cause.SESSION, {S.INTERVIEW_SCHEDULED}, {S.INTERVIEW_CANCELED, S.INTERVIEW_COMPLETED}),
    (Cause.SESSION, {S.INTERVIEW_SCHEDULED, S.INTERVIEW_COMPLETED, S.INCENTIVE_NOT_SENT}, {S.NO_SHOWED}),
    (Cause.SESSION, {S.NO_SHOWED}, {S.INTERVIEW_COMPLETED}),
    (Cause.TASK_OPENED, {None, S.NOT_CONTACTED, S.STUDY_INVITED}, {S.SURVEY_STARTED, S.TEST_STARTED}),
    (Cause.TASK_OPENED, {S.TEST_INVITED}, {S.TEST_STARTED}),
    (Cause.TASK_FINISHED, {S.SURVEY_STARTED}, {S.SURVEY_COMPLETED}),
    (Cause.TASK_FINISHED, {S.TEST_STARTED}, {S.TEST_COMPLETED}),
    (Cause.INCENTIVE_OWED, DONE, {S.INCENTIVE_NOT_SENT}),
    (Cause.PAID, DONE | {S.INCENTIVE_NOT_SENT}, {S.INCENTIVE_SENT}),
    (Cause.CLAIMED, {S.INCENTIVE_SENT}, {S.INCENTIVE_CLAIMED}),
    (Cause.PAYMENT_CANCELED, {S.INCENTIVE_SENT}, {S.INCENTIVE_NOT_SENT}),
    (Cause.UNSUBSCRIBED, set(S) - {S.INCENTIVE_CLAIMED}, {S.OPTED_OUT}),
]
"""DOMAIN's table, read once more."""


def test_the_steps_are_those_of_the_table() -> None:
    """But for what the table itself says is its own; and bounces, restoring and hands, which are tested apart."""
    read: set[tuple[Cause, object, object]] = set()
    for cause, was, to in STEPS_OF_DOMAIN:
        read |= {(cause, one, other) for one in was for other in to if one is not other}
    apart = {Cause.BOUNCED, Cause.DELIVERED, Cause.ADDRESS_CORRECTED, Cause.BY_HAND, Cause.RESTORED}
    held = {
        (step.cause, was, to)
        for step in participant.STEPS
        for was in step.was
        for to in step.to
        if was is not to and not step.is_own and step.cause not in apart
        if any(step.leads(was, to, kind) and (was is None or participant.exists_in(was, kind)) for kind in StudyType)
    }
    assert held == {
        (cause, was, to)
        for cause, was, to in read
        if any(
            participant.exists_in(to, kind) and (was is None or participant.exists_in(was, kind)) for kind in StudyType
        )
    }


BEFORE_ANYTHING = {
    *(S.NOT_CONTACTED, S.STUDY_INVITED, S.SCREENER_STARTED, S.SCREENER_COMPLETED, S.SCREENER_QUALIFIED),
    *(S.SCREENER_NOT_QUALIFIED, S.INTERVIEW_INVITED, S.TEST_INVITED, S.TEST_STARTED, S.SURVEY_STARTED),
    *(S.INTERVIEW_CANCELED, S.NO_SHOWED),
}


@pytest.mark.parametrize("status", ParticipantStatus)
def test_mail_that_comes_back_moves_whoever_has_nothing_booked_and_a_new_address_moves_them_back(
    status: ParticipantStatus,
) -> None:
    kinds = [kind for kind in StudyType if participant.exists_in(status, kind)]
    for kind, bounced in itertools.product(kinds, (S.HARD_BOUNCED, S.SOFT_BOUNCED)):
        is_moved = participant.why_not(Cause.BOUNCED, status, bounced, kind) is None
        assert is_moved is (status in BEFORE_ANYTHING or (status, bounced) == (S.SOFT_BOUNCED, S.HARD_BOUNCED))
        is_back = participant.why_not(Cause.ADDRESS_CORRECTED, bounced, status, kind) is None
        assert is_back is (status in BEFORE_ANYTHING)


@pytest.mark.parametrize(
    ("cause", "was", "to", "had", "has"),
    [
        (Cause.SESSION, S.INTERVIEW_SCHEDULED, S.INTERVIEW_COMPLETED, (None, None), (NOW, None)),
        (Cause.SESSION, S.INTERVIEW_SCHEDULED, S.NO_SHOWED, (None, None), (None, NOW)),
        (Cause.SESSION, S.NO_SHOWED, S.INTERVIEW_COMPLETED, (None, EARLIER), (NOW, None)),
        (Cause.SESSION, S.INTERVIEW_INVITED, S.INTERVIEW_COMPLETED, (None, EARLIER), (NOW, None)),
        (Cause.SESSION, S.INCENTIVE_NOT_SENT, S.NO_SHOWED, (EARLIER, None), (None, NOW)),
        (Cause.BY_HAND, S.INTERVIEW_COMPLETED, S.NO_SHOWED, (EARLIER, None), (None, NOW)),
        (Cause.SESSION, S.INTERVIEW_COMPLETED, S.INTERVIEW_CANCELED, (EARLIER, None), (None, None)),
        (Cause.UNDONE, S.INTERVIEW_COMPLETED, S.INTERVIEW_SCHEDULED, (EARLIER, None), (None, None)),
        (Cause.UNDONE, S.NO_SHOWED, S.INTERVIEW_SCHEDULED, (None, EARLIER), (None, None)),
        (Cause.INCENTIVE_OWED, S.INTERVIEW_COMPLETED, S.INCENTIVE_NOT_SENT, (EARLIER, None), (EARLIER, None)),
        (Cause.PAYMENT_CANCELED, S.INCENTIVE_SENT, S.INCENTIVE_NOT_SENT, (EARLIER, None), (EARLIER, None)),
        (Cause.BOOKED, S.INTERVIEW_COMPLETED, S.INTERVIEW_SCHEDULED, (EARLIER, None), (EARLIER, None)),
        (Cause.SESSION, S.INTERVIEW_SCHEDULED, S.NO_SHOWED, (EARLIER, None), (EARLIER, NOW)),
        (Cause.BY_HAND, S.INTERVIEW_COMPLETED, S.CANCELED, (EARLIER, None), (EARLIER, None)),
        (Cause.SCHEDULER, S.NO_SHOWED, S.INTERVIEW_INVITED, (None, EARLIER), (None, EARLIER)),
        (Cause.UNDONE, S.CANCELED, S.INTERVIEW_INVITED, (None, EARLIER), (None, EARLIER)),
        (Cause.UNSUBSCRIBED, S.INTERVIEW_COMPLETED, S.OPTED_OUT, (EARLIER, None), (EARLIER, None)),
    ],
)
def test_what_is_known_of_taking_part_follows_corrections_and_outlives_other_sessions(
    cause: Cause,
    was: ParticipantStatus,
    to: ParticipantStatus,
    had: tuple[datetime | None, datetime | None],
    has: tuple[datetime | None, datetime | None],
) -> None:
    found = participant.facts_after(Leg(cause, was, to), Facts(*had), NOW)
    assert (found.took_part_at, found.no_showed_at) == has


def test_an_incentive_is_owed_only_to_whom_a_session_has_completed() -> None:
    scheduled, owed, done = S.INTERVIEW_SCHEDULED, S.INCENTIVE_NOT_SENT, S.INTERVIEW_COMPLETED
    assert participant.legs(Cause.SESSION, scheduled, owed, INTERVIEW) == (
        Leg(Cause.SESSION, scheduled, done),
        Leg(Cause.INCENTIVE_OWED, done, owed),
    )
    assert participant.legs(Cause.SESSION, done, owed, INTERVIEW) == (Leg(Cause.INCENTIVE_OWED, done, owed),)
    assert participant.why_not_all(participant.legs(Cause.BOOKED, scheduled, owed, INTERVIEW), INTERVIEW) is not None


past_or_ahead = st.one_of(st.none(), st.sampled_from([NOW - timedelta(days=1), NOW, NOW + timedelta(days=1)]))


@given(past_or_ahead, past_or_ahead, st.one_of(st.none(), st.just("asked us not to")), past_or_ahead)
def test_the_worst_contact_status_wins(
    blocklisted: datetime | None, opted_out: datetime | None, reason: str | None, cooldown: datetime | None
) -> None:
    found = contact_status(ContactFacts(blocklisted, opted_out, reason, cooldown), NOW)
    true = {
        ContactStatus.IN_BLOCKLIST: blocklisted is not None,
        ContactStatus.OPTED_OUT: opted_out is not None,
        ContactStatus.DO_NOT_CONTACT: reason is not None,
        ContactStatus.IN_COOLDOWN: cooldown is not None and cooldown > NOW,
        ContactStatus.FREE_TO_CONTACT: True,
    }
    assert found is next(status for status in ContactStatus if true[status])


@pytest.mark.parametrize(
    ("typed", "address"),
    [
        (" Mara.Lindqvist+x@Example.COM ", "mara.lindqvist+x@example.com"),
        ("a@b.co", "a@b.co"),
        ("o’neil@example.com", "o’neil@example.com"),
        ("josé@münchen.example", "josé@münchen.example"),
    ],
)
def test_an_address_is_kept_in_lower_case(typed: str, address: str) -> None:
    assert person.email_address(typed) == address


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "mara",
        "mara@",
        "@example.com",
        "mara@example",
        "mara@example.",
        "mara@.com",
        "mara@exa mple.com",
        "mara@example.com, b@example.com",
        "mara@example.com\nBcc: x@example.com",
        "Mara <mara@example.com>",
        "mara@@example.com",
        "mara@example.com;",
        "ma\x00ra@example.com",
        "mara@exam\x7fple.com",
        f"{'m' * 65}@example.com",
        f"m@{'e' * 260}.com",
    ],
)
def test_what_is_no_address_is_refused_in_its_field(typed: str) -> None:
    with pytest.raises(RuleError, match="is not an e-mail address") as refusal:
        person.email_address(typed)
    assert refusal.value.field == "email"


@given(st.text(max_size=40))
def test_no_accepted_address_can_break_a_mail_header(typed: str) -> None:
    try:
        address = person.email_address(typed + "@example.com")
    except RuleError:
        return
    assert address.count("@") == 1
    assert not set(address) & set("<>,;:\"'\\ \t\r\n\x00")
    assert person.email_address(address) == address
