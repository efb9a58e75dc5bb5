"""Who is invited, and who is held back for which reason."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from domain.governance import ContactFacts
from domain.invitation import (
    HELD,
    INVITES_BY,
    Candidate,
    Reason,
    group_text,
    sort_out,
    start_of,
    way_of,
    ways,
    why_held,
    why_no_task,
    why_nothing_goes_out,
)
from domain.mail import MailKind
from domain.participant import INVITES, STAYS_WHEN_INVITED, ParticipantStatus, exists_in, why_not
from domain.person import LinkPurpose
from domain.study import StudyCounts, StudyStatus, StudyType

NOW = datetime(2026, 12, 1, 9, tzinfo=UTC)
FREE = Candidate(1, 1, "Mara", ContactFacts())
S, K = ParticipantStatus, MailKind


@pytest.mark.parametrize(
    "status",
    [
        None,
        S.NOT_CONTACTED,
        S.STUDY_INVITED,
        S.SCREENER_STARTED,
        S.SCREENER_COMPLETED,
        S.SCREENER_QUALIFIED,
        S.INTERVIEW_INVITED,
        S.INTERVIEW_CANCELED,
        S.NO_SHOWED,
        S.SOFT_BOUNCED,
    ],
)
def test_people_are_invited_from_where_the_table_says_so(status: ParticipantStatus | None) -> None:
    assert why_held(replace(FREE, status=status), NOW) is None


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (S.INTERVIEW_SCHEDULED, Reason.BOOKED),
        (S.INTERVIEW_COMPLETED, Reason.TOOK_PART),
        (S.INCENTIVE_NOT_SENT, Reason.TOOK_PART),
        (S.INCENTIVE_CLAIMED, Reason.TOOK_PART),
        (S.SCREENER_NOT_QUALIFIED, Reason.NOT_QUALIFIED),
        (S.NOT_ELIGIBLE, Reason.NOT_ELIGIBLE),
        (S.CANCELED, Reason.REMOVED),
        (S.OPTED_OUT, Reason.OPTED_OUT),
        (S.HARD_BOUNCED, Reason.BOUNCED),
    ],
)
def test_where_people_stand_holds_them_back(status: ParticipantStatus, reason: Reason) -> None:
    assert why_held(replace(FREE, status=status), NOW) is reason


def test_the_worst_of_what_is_true_of_a_person_is_the_reason() -> None:
    facts = ContactFacts(
        blocklisted_at=NOW, opted_out_at=NOW, do_not_contact_reason="asked", cooldown_until=NOW + timedelta(days=3)
    )
    person = replace(FREE, contact=facts, bounced_at=NOW)
    assert why_held(person, NOW) is Reason.IN_BLOCKLIST
    person = replace(person, contact=replace(facts, blocklisted_at=None))
    assert why_held(person, NOW) is Reason.OPTED_OUT
    person = replace(person, contact=replace(facts, blocklisted_at=None, opted_out_at=None))
    assert why_held(person, NOW) is Reason.DO_NOT_CONTACT
    person = replace(person, contact=ContactFacts(cooldown_until=facts.cooldown_until))
    assert why_held(person, NOW) is Reason.BOUNCED
    assert why_held(replace(person, bounced_at=None), NOW) is Reason.IN_COOLDOWN


def test_a_cooldown_that_is_over_holds_nobody_back() -> None:
    assert why_held(replace(FREE, contact=ContactFacts(cooldown_until=NOW)), NOW) is None


def test_who_was_invited_since_the_review_is_held_back_and_who_was_before_is_not() -> None:
    reviewed_at = NOW - timedelta(minutes=1)
    before = replace(FREE, status=S.INTERVIEW_INVITED, invited_at=NOW - timedelta(days=2))
    meanwhile = replace(before, participant_id=2, number=2, invited_at=NOW)
    found = sort_out([before, meanwhile], NOW, reviewed_at)
    assert found.going == found.invited_before == (before,)
    assert [(group.reason, group.number) for group in found.held] == [(Reason.INVITED_MEANWHILE, 1)]


def test_a_group_names_its_first_people_and_when_the_last_cooldown_ends() -> None:
    people = [
        Candidate(id_, id_, f"P{id_}", ContactFacts(cooldown_until=NOW + timedelta(days=id_))) for id_ in range(1, 8)
    ]
    (group,) = sort_out(people, NOW).held
    assert (group.number, group.first) == (7, ("P1", "P2", "P3", "P4", "P5"))
    assert group.until == NOW + timedelta(days=7)
    assert group_text(group) == "7 are in cooldown"


@pytest.mark.parametrize("reason", Reason)
def test_every_reason_reads_well_for_one_and_for_several(reason: Reason) -> None:
    assert reason.value.split()[0] in ("is", "has", "did", "was")
    assert reason.of_several.split()[0] in ("are", "have", "did", "were")


def test_a_study_that_is_not_active_says_how_to_start_it() -> None:
    assert "/study start CHK" in (why_nothing_goes_out("CHK", StudyStatus.DRAFT) or "")
    assert "/study resume CHK" in (why_nothing_goes_out("CHK", StudyStatus.PAUSED) or "")
    assert "/study resume CHK" in (why_nothing_goes_out("CHK", StudyStatus.CLOSED) or "")
    assert why_nothing_goes_out("CHK", StudyStatus.ACTIVE) is None


def test_who_is_asked_first_is_invited_to_the_screener_and_may_be_let_past_it() -> None:
    assert ways(StudyType.INTERVIEW, has_screener=False) == (K.SCHEDULER,)
    assert ways(StudyType.GROUP_INTERVIEW, has_screener=True) == (K.SCREENER_INVITATION, K.SCHEDULER)
    assert ways(StudyType.SURVEY, has_screener=False) == (K.SURVEY_INVITATION,)
    assert ways(StudyType.UNMODERATED_TEST, has_screener=True) == (K.SCREENER_INVITATION, K.TEST_INVITATION)
    assert way_of(None, (K.SCREENER_INVITATION, K.SCHEDULER)) is K.SCREENER_INVITATION
    assert way_of(K.SCHEDULER, (K.SCREENER_INVITATION, K.SCHEDULER)) is K.SCHEDULER
    assert way_of(K.SCREENER_INVITATION, (K.SCHEDULER,)) is K.SCHEDULER, "the screener was ended meanwhile"


@pytest.mark.parametrize("mail", HELD)
@pytest.mark.parametrize("study_type", StudyType)
def test_whoever_gets_a_mail_can_be_moved_on_by_it(mail: MailKind, study_type: StudyType) -> None:
    if mail not in ways(study_type, has_screener=True):
        return
    cause = INVITES_BY[mail]
    for status in S:
        if status in HELD[mail] or not exists_in(status, study_type):
            continue
        leads = why_not(cause, status, INVITES[cause], study_type) is None
        assert leads or status in STAYS_WHEN_INVITED[cause], (mail, study_type, status)


@pytest.mark.parametrize(
    ("mail", "status", "reason"),
    [
        (K.SCREENER_INVITATION, S.SCREENER_STARTED, None),
        (K.SCREENER_INVITATION, S.SCREENER_COMPLETED, Reason.ANSWERED),
        (K.SCREENER_INVITATION, S.SCREENER_QUALIFIED, Reason.ANSWERED),
        (K.SCREENER_INVITATION, S.INTERVIEW_INVITED, Reason.FURTHER),
        (K.SCREENER_INVITATION, S.TEST_STARTED, Reason.BEGUN),
        (K.SURVEY_INVITATION, S.SCREENER_COMPLETED, Reason.IN_REVIEW),
        (K.SURVEY_INVITATION, S.SCREENER_QUALIFIED, None),
        (K.SURVEY_INVITATION, S.SURVEY_STARTED, None),
        (K.TEST_INVITATION, S.SCREENER_COMPLETED, None),
        (K.TEST_INVITATION, S.SCREENER_NOT_QUALIFIED, Reason.NOT_QUALIFIED),
        (K.TEST_INVITATION, S.TEST_COMPLETED, Reason.TOOK_PART),
    ],
)
def test_where_people_stand_holds_them_back_by_the_mail(
    mail: MailKind, status: ParticipantStatus, reason: Reason | None
) -> None:
    assert why_held(replace(FREE, status=status), NOW, mail=mail) is reason


@pytest.mark.parametrize(
    ("mail", "status", "has_screener", "purpose"),
    [
        (K.SCREENER_INVITATION, S.STUDY_INVITED, True, LinkPurpose.SCREENER),
        (K.SURVEY_INVITATION, S.STUDY_INVITED, False, LinkPurpose.TASK),
        (K.SURVEY_INVITATION, S.STUDY_INVITED, True, LinkPurpose.SCREENER),
        (K.SURVEY_INVITATION, S.SCREENER_QUALIFIED, True, LinkPurpose.TASK),
        (K.TEST_INVITATION, S.TEST_INVITED, True, LinkPurpose.TASK),
    ],
)
def test_who_was_not_asked_yet_is_led_to_the_screener(
    mail: MailKind, status: ParticipantStatus, has_screener: bool, purpose: LinkPurpose
) -> None:
    assert start_of(mail, status, has_screener=has_screener) is purpose


def test_a_survey_without_a_link_says_how_to_set_it() -> None:
    assert "/study task SUR" in (why_no_task("SUR", StudyType.SURVEY, None) or "")
    assert why_no_task("SUR", StudyType.SURVEY, "https://survey.example") is None
    assert why_no_task("CHK", StudyType.INTERVIEW, None) is None


def test_the_counts_of_a_study_say_how_many_places_are_left() -> None:
    assert StudyCounts(24, 9, 12, 0).text == "Invited 24 · Booked 9 · 3 places left (limit 12)"
    assert StudyCounts(1, 13, 12, 2).text == "Invited 1 · Booked 13 · 0 places left (limit 12) · Waiting 2"
    assert StudyCounts(0, 0, None, 0).text == "Invited 0 · Booked 0"
    assert StudyCounts(9, 1, None, 0, 12, 3).text == "Invited 9 · Qualified 12 · To review 3 · Booked 1"
