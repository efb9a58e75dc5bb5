"""What a channel may read of answers, and what is said of decisions."""

from __future__ import annotations

import pytest

from domain.participant import ParticipantStatus as S
from domain.review import deciding_rules, replies, standing, without_contacts
from domain.screener import Verdict
from tests.screened import SCREENER


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("mara.l+x@mail.example.com!", "m•••@mail.example.com!"),
        ("call 0171 2345678 please", "call ••• please"),
        ("+1 (212) 555-0100", "•••"),
        ("I have 3 phones since 2019", "I have 3 phones since 2019"),
        ("Mara Lindqvist here, marathon runner", "••• here, marathon runner"),
        ("mara lindqvist, MARA", "•••, •••"),
        ("Since 2026-11-24 10:00, 24.12.2026 or 3/4/2025", "Since 2026-11-24 10:00, 24.12.2026 or 3/4/2025"),
        ("2015-2019, then 0171-2345678", "2015-2019, then •••"),
        ("491712345678", "•••"),
    ],
)
def test_contact_details_and_the_name_stay_out_of_channels(text: str, shown: str) -> None:
    assert without_contacts(text, "Mara Lindqvist") == shown


def test_phone_like_text_of_any_length_is_looked_at_quickly() -> None:
    assert without_contacts("1() " * 1250 + "x")
    assert without_contacts("a@" * 2500)
    assert without_contacts("2019-11-" * 700)


def test_what_a_hand_or_a_reviewer_set_says_more_than_what_was_decided_before() -> None:
    assert standing(Verdict.UNDECIDED, S.SCREENER_QUALIFIED) is Verdict.QUALIFIED
    assert standing(Verdict.QUALIFIED, S.SCREENER_NOT_QUALIFIED) is Verdict.NOT_QUALIFIED
    assert standing(Verdict.QUALIFIED, S.INTERVIEW_SCHEDULED) is Verdict.QUALIFIED
    assert standing(Verdict.UNDECIDED, S.SCREENER_COMPLETED) is Verdict.UNDECIDED


def test_questions_left_out_are_shown_without_an_answer_and_the_rule_that_decided_is_named() -> None:
    found = replies(SCREENER, {"phone": "None"})
    assert [(each.question, each.answer) for each in found] == [
        ("Which phone do you use?", "None"),
        ("What do you use it for?", None),
    ]
    assert deciding_rules(SCREENER, {"phone": "None"}) == ("Not qualified: “Which phone do you use?” is ‘None’",)
    assert deciding_rules(SCREENER, {"phone": "Android"}) == ()
