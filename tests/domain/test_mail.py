"""Which mails a person may send when, and what they begin with."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from domain import drafts
from domain.interview import InterviewStatus
from domain.mail import (
    BY_HAND,
    MailContext,
    MailKind,
    MailLinks,
    Situation,
    offered_kinds,
    token_values,
    why_barred,
)
from domain.participant import ContactFacts
from domain.study import StudyStatus
from domain.tokens import names, render

NOW = datetime(2026, 11, 23, 8, 30, tzinfo=UTC)
K, ST = MailKind, InterviewStatus
CONTEXT = MailContext(
    participant_name="Anna Köhler",
    participant_first_name="Anna",
    study_name="Shopping online",
    title="Paying",
    starts_at=NOW,
    ends_at=NOW + timedelta(hours=1),
    time_zone="Europe/Berlin",
    host_first_name="Sofia",
    team_name="Northwind",
    location="Google Meet",
    link="https://meet.example/x",
    links=MailLinks("https://call.example/s/1", "https://call.example/s/1"),
    incentive="50.00 EUR",
)
BARE = MailContext("", "", "Shopping online", "Paying", NOW, NOW + timedelta(hours=1), "UTC", "Sofia", "Northwind")


def kinds(status: InterviewStatus, study: StudyStatus = StudyStatus.ACTIVE, *, incentive: bool = True) -> set[MailKind]:
    return set(offered_kinds(Situation(frozenset({status}), study, has_incentive=incentive, is_over=False))[0])


@pytest.mark.parametrize(
    ("status", "offered"),
    [
        (ST.UPCOMING, {K.REMINDER, K.CUSTOM, K.RESCHEDULE_REQUEST}),
        (ST.COMPLETED, {K.INCENTIVE, K.CUSTOM, K.RESCHEDULE_REQUEST}),
        (ST.NO_SHOWED, {K.CUSTOM, K.RESCHEDULE_REQUEST}),
        (ST.CANCELED, {K.CUSTOM, K.RESCHEDULE_REQUEST}),
    ],
)
def test_status_decides_which_mails_can_be_written(status: InterviewStatus, offered: set[MailKind]) -> None:
    assert kinds(status) == offered


@pytest.mark.parametrize("study", [StudyStatus.PAUSED, StudyStatus.CLOSED])
def test_paused_or_closed_study_asks_nobody_to_come_and_promises_nothing(study: StudyStatus) -> None:
    assert kinds(ST.COMPLETED, study) == {K.CUSTOM}
    assert kinds(ST.UPCOMING, study) == {K.REMINDER, K.CUSTOM}
    found = Situation(frozenset({ST.COMPLETED}), study, has_incentive=True, is_over=True)
    assert offered_kinds(found)[1][K.INCENTIVE] == f"the study is {study.label}"


def test_incentive_mail_needs_an_incentive_and_a_reminder_a_session_ahead() -> None:
    assert K.INCENTIVE not in kinds(ST.COMPLETED, incentive=False)
    over = Situation(frozenset({ST.UPCOMING}), StudyStatus.ACTIVE, has_incentive=False, is_over=True)
    assert offered_kinds(over)[1] == {
        K.REMINDER: "the session is over",
        K.INCENTIVE: "the session is not completed",
    }


@pytest.mark.parametrize(
    ("facts", "bounced", "why"),
    [
        (ContactFacts(), None, None),
        (ContactFacts(cooldown_until=NOW + timedelta(days=1)), None, None),
        (ContactFacts(opted_out_at=NOW), None, "has opted out"),
        (ContactFacts(blocklisted_at=NOW, opted_out_at=NOW), NOW, "is on the blocklist"),
        (ContactFacts(do_not_contact_reason="asked"), None, "is not to be contacted"),
        (ContactFacts(cooldown_until=NOW + timedelta(days=1)), NOW, "has an address that bounced"),
    ],
)
def test_who_may_not_be_written_to_is_told_why(facts: ContactFacts, bounced: datetime | None, why: str | None) -> None:
    assert why_barred(facts, bounced, NOW) == why


def test_tokens_are_what_there_is_on_one_line_each() -> None:
    full = token_values(CONTEXT)
    assert full["interview.when"] == "Monday, 23 November 2026, 09:30–10:30 (Berlin time, UTC+1)"
    assert (full["interview.length"], full["study.incentive"]) == ("1 hour", "50.00 EUR")
    bare = token_values(BARE)
    assert bare["participant.first_name"] == "there"
    assert not {"links.confirm", "interview.link", "study.incentive"} & bare.keys()
    sly = MailContext("A\nBcc: x", "A", "S", "T", NOW, NOW, "UTC", "H", "N")
    assert token_values(sly)["participant.name"] == "A Bcc: x"


@pytest.mark.parametrize("kind", BY_HAND)
@pytest.mark.parametrize("context", [CONTEXT, BARE])
def test_every_draft_can_be_sent_as_it_is(kind: MailKind, context: MailContext) -> None:
    values = token_values(context)
    if kind is K.INCENTIVE:
        values["study.incentive"] = "50.00 EUR"
    text = drafts.text_for(kind, values)

    said = render(drafts.SUBJECTS[kind], values) + render(text, values)
    assert "{{" not in said
    assert "\n\n\n" not in text
    assert "Shopping online" in said


def test_reminder_says_how_to_join_and_confirm_only_where_that_is_known() -> None:
    assert {"interview.link", "links.confirm"} <= names(drafts.text_for(K.REMINDER, token_values(CONTEXT)))
    without = drafts.text_for(K.REMINDER, token_values(BARE))
    assert "Join" not in without
    assert "Are you coming" not in without


def test_cancellation_for_one_is_filled_and_for_several_says_what_differs_by_tokens() -> None:
    values = token_values(CONTEXT)
    one = drafts.cancellation_for(values, is_own=False, is_for_one=True)
    several = drafts.cancellation_for(values, is_own=False, is_for_one=False)

    assert one.startswith("Hi Anna,\n\nyour session with Sofia for Shopping online, Monday, 23 November")
    assert names(several) == {"participant.first_name", "interview.when"}
    assert "thank you for letting us know" in drafts.cancellation_for(values, is_own=True, is_for_one=True)


def test_name_that_looks_like_a_token_is_none_in_a_filled_text() -> None:
    values = token_values(CONTEXT) | {"participant.first_name": "{{ 7 * 7 }}"}
    text = drafts.cancellation_for(values, is_own=False, is_for_one=True)

    assert names(text) == set()
    assert render(text, values) == text
