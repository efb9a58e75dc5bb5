"""Which mails a person may send when."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from domain.governance import ContactFacts
from domain.interview import InterviewStatus
from domain.mail import MailKind, Situation, offered_kinds, why_barred
from domain.study import StudyStatus

NOW = datetime(2026, 11, 23, 8, 30, tzinfo=UTC)
K, ST = MailKind, InterviewStatus


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
