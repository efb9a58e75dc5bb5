"""Study statuses and keys."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain import study
from domain.errors import RuleError
from domain.study import LocationKind, StudyAction, StudyStatus, StudyType

LEADS_TO = {
    ("draft", "start"): "active",
    ("active", "pause"): "paused",
    ("active", "close"): "closed",
    ("paused", "resume"): "active",
    ("paused", "close"): "closed",
    ("closed", "resume"): "active",
}


@pytest.mark.parametrize("action", StudyAction)
@pytest.mark.parametrize("status", StudyStatus)
def test_the_transitions_are_those_of_the_table(status: StudyStatus, action: StudyAction) -> None:
    to = LEADS_TO.get((status.value, action.value))
    assert (action in study.allowed_actions(status)) == (to is not None)
    if to is None:
        with pytest.raises(RuleError, match=f"^A study that is {status.label} can't be .*Possible now: "):
            study.next_status(status, action)
    else:
        assert study.next_status(status, action) == to


def test_a_refused_transition_says_what_is_possible_instead() -> None:
    with pytest.raises(RuleError) as refusal:
        study.next_status(StudyStatus.PAUSED, StudyAction.PAUSE)
    assert refusal.value.message == "A study that is Paused can't be paused. Possible now: resume, close."


@pytest.mark.parametrize(("typed", "key"), [("CHK", "CHK"), (" chk ", "CHK"), ("a1", "A1"), ("Abcdefg8", "ABCDEFG8")])
def test_a_key_is_kept_in_capitals(typed: str, key: str) -> None:
    assert study.study_key(typed) == key


@pytest.mark.parametrize("typed", ["", "C", "1CHK", "CHK-1", "ABCDEFGHI", "CH K", "ÄBC", "CHK٣", "CHK\n1"])
def test_what_is_no_key_is_refused_in_its_field(typed: str) -> None:
    with pytest.raises(RuleError) as refusal:
        study.study_key(typed)
    assert refusal.value.field == "key"


@given(st.text(max_size=12))
def test_a_key_that_is_taken_is_short_plain_and_stays_the_same(typed: str) -> None:
    try:
        key = study.study_key(typed)
    except RuleError:
        return
    assert key.isascii()
    assert key.isalnum()
    assert 2 <= len(key) <= 8
    assert study.study_key(key) == key


def test_only_interview_studies_have_interviews() -> None:
    assert [kind for kind in StudyType if kind.has_interviews] == [StudyType.INTERVIEW, StudyType.GROUP_INTERVIEW]


def test_only_meetings_need_a_link() -> None:
    needing = [kind for kind in LocationKind if kind.needs_link]
    assert needing == [LocationKind.GOOGLE_MEET, LocationKind.ZOOM, LocationKind.TEAMS]
    assert all(kind.label for kind in LocationKind)
