"""What a mail server's status means for the address."""

from __future__ import annotations

import pytest

from domain import bounce
from domain.mail import MailFate, MailKind
from domain.participant import ParticipantStatus

HARD, SOFT = MailFate.HARD_BOUNCED, MailFate.SOFT_BOUNCED


@pytest.mark.parametrize(
    ("reply", "said", "code"),
    [
        (550, "550 5.1.1 <…>: no such user", "5.1.1"),
        (550, "550-5.7.26 unauthenticated mail", "5.7.26"),
        (550, "550 user unknown", "5.1.1"),
        (552, "552 over quota", "5.2.2"),
        (452, "452 mailbox full", "4.2.2"),
        (554, "554 no thanks, see 10.1.2.3", "5.0.0"),
        (550, "550 4.2.2 said with the wrong class", "5.1.1"),
        (451, "451 4.7.1 greylisted", "4.7.1"),
    ],
)
def test_status_is_the_servers_own_else_what_its_reply_stands_for(reply: int, said: str, code: str) -> None:
    assert bounce.enhanced(reply, said) == code


@pytest.mark.parametrize(
    ("code", "found"), [("5.1.1", HARD), ("5.0.0", HARD), ("5.2.2", SOFT), ("4.2.2", SOFT), ("4.4.7", SOFT)]
)
def test_class_decides_but_for_a_full_mailbox(code: str, found: MailFate) -> None:
    assert bounce.fate(code) is found


@pytest.mark.parametrize(
    ("code", "is_so"), [("4.2.2", True), ("4.7.1", True), ("4.3.0", False), ("4.4.1", False), ("", False)]
)
def test_trouble_of_the_server_says_nothing_about_the_address(code: str, is_so: bool) -> None:
    assert bounce.is_about_address(code) is is_so


def test_every_status_has_words() -> None:
    assert bounce.words("5.1.1") == "there is no such address (5.1.1)"
    assert bounce.words("5.9.9") == "the address takes no mail (5.9.9)"
    assert bounce.words("4.9.9") == "it takes no mail for now (4.9.9)"


def test_bounce_is_no_step_back_from_anything_that_was_reached() -> None:
    moved = {status for status in ParticipantStatus if bounce.status_after(status, HARD) is not None}

    assert {ParticipantStatus.NOT_CONTACTED, ParticipantStatus.NO_SHOWED, ParticipantStatus.SOFT_BOUNCED} <= moved
    assert moved.isdisjoint(bounce.STAYS)
    assert bounce.status_after(ParticipantStatus.HARD_BOUNCED, SOFT) is None


def test_mail_that_arrives_puts_the_person_where_it_invites_them_else_back() -> None:
    restored = bounce.status_restored

    assert restored(MailKind.SCHEDULER, ParticipantStatus.STUDY_INVITED) is ParticipantStatus.INTERVIEW_INVITED
    assert restored(MailKind.CUSTOM, ParticipantStatus.STUDY_INVITED) is ParticipantStatus.STUDY_INVITED
    assert restored(MailKind.CUSTOM, None) is ParticipantStatus.NOT_CONTACTED
