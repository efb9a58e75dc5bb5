"""Who is invited, and who is held back for which reason."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from domain.errors import RuleError
from domain.invitation import Candidate, Reason, check_type, group_text, sort_out, why_held, why_nothing_goes_out
from domain.participant import ContactFacts, ParticipantStatus
from domain.study import StudyCounts, StudyStatus, StudyType

NOW = datetime(2026, 12, 1, 9, tzinfo=UTC)
FREE = Candidate(1, 1, "Mara", ContactFacts())
S = ParticipantStatus


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


def test_nobody_is_invited_to_schedule_in_a_survey() -> None:
    with pytest.raises(RuleError, match="SUR is of type Survey"):
        check_type("SUR", StudyType.SURVEY)


def test_the_counts_of_a_study_say_how_many_places_are_left() -> None:
    assert StudyCounts(24, 9, 12, 0).text == "Invited 24 · Booked 9 · 3 places left (limit 12)"
    assert StudyCounts(1, 13, 12, 2).text == "Invited 1 · Booked 13 · 0 places left (limit 12) · Waiting 2"
    assert StudyCounts(0, 0, None, 0).text == "Invited 0 · Booked 0"
