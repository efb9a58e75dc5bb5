"""Participants: stages, changes by hand, contact status, addresses."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain import participant
from domain.errors import RuleError
from domain.participant import ContactFacts, ContactStatus, ParticipantStatus, Stage
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
            with pytest.raises(RuleError) as refusal:
                participant.check_change_by_hand(current, to, study_type)
            assert refusal.value.field == "status"


@pytest.mark.parametrize(
    ("current", "to", "study_type", "sentence"),
    [
        (S.OPTED_OUT, S.INTERVIEW_INVITED, StudyType.INTERVIEW, "has opted out; only they can change that"),
        (S.INTERVIEW_COMPLETED, S.INCENTIVE_SENT, StudyType.INTERVIEW, "is set by a payment, never by hand"),
        (S.INCENTIVE_SENT, S.NO_SHOWED, StudyType.INTERVIEW, "there is no step back"),
        (S.NOT_CONTACTED, S.TEST_INVITED, StudyType.SURVEY, "does not exist in a study of type Survey"),
        (S.CANCELED, S.CANCELED, StudyType.SURVEY, "is Canceled already"),
    ],
)
def test_a_refused_change_says_why(
    current: ParticipantStatus, to: ParticipantStatus, study_type: StudyType, sentence: str
) -> None:
    with pytest.raises(RuleError, match=sentence):
        participant.check_change_by_hand(current, to, study_type)


past_or_ahead = st.one_of(st.none(), st.sampled_from([NOW - timedelta(days=1), NOW, NOW + timedelta(days=1)]))


@given(past_or_ahead, past_or_ahead, st.one_of(st.none(), st.just("asked us not to")), past_or_ahead)
def test_the_worst_contact_status_wins(
    blocklisted: datetime | None, opted_out: datetime | None, reason: str | None, cooldown: datetime | None
) -> None:
    found = participant.contact_status(ContactFacts(blocklisted, opted_out, reason, cooldown), NOW)
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
    assert participant.email_address(typed) == address


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
        participant.email_address(typed)
    assert refusal.value.field == "email"


@given(st.text(max_size=40))
def test_no_accepted_address_can_break_a_mail_header(typed: str) -> None:
    try:
        address = participant.email_address(typed + "@example.com")
    except RuleError:
        return
    assert address.count("@") == 1
    assert not set(address) & set("<>,;:\"'\\ \t\r\n\x00")
    assert participant.email_address(address) == address
