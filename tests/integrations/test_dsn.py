"""What mail servers report, and what else arrives in a bounce mailbox."""

from __future__ import annotations

import pytest

from bot.integrations import dsn
from domain.bounce import Action, Report

OURS = "<0123456789abcdef@callsheet.example>"
POSTFIX = """\
Return-Path: <>
From: MAILER-DAEMON@mx.example (Mail Delivery System)
To: bounces@northwind.example
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="B1"

--B1
Content-Description: Notification
Content-Type: text/plain; charset=us-ascii

<anna@mail.example>: host mx.mail.example said: 550 5.1.1 no such user

--B1
Content-Description: Delivery report
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example
Arrival-Date: Mon, 4 Mar 2030 09:30:00 +0000

Final-Recipient: rfc822; anna@mail.example
Original-Recipient: rfc822;anna@mail.example
Action: {action}
{status}
Diagnostic-Code: smtp; {said}

--B1
Content-Description: Undelivered Message
Content-Type: {kind}

Message-ID: {message_id}
{more}From: Northwind <research@northwind.example>
To: anna@mail.example
Subject: You are booked

--B1--
"""


def report(
    action: str = "failed",
    status: str = "Status: 5.1.1",
    said: str = "550 5.1.1 <anna@mail.example>: no such user",
    kind: str = "message/rfc822",
    message_id: str = OURS,
    more: str = "",
) -> bytes:
    text = POSTFIX.format(action=action, status=status, said=said, kind=kind, message_id=message_id, more=more)
    return text.encode()


@pytest.mark.parametrize("kind", ["message/rfc822", "text/rfc822-headers", "message/global-headers"])
def test_failure_is_read_with_its_status_and_the_mail_that_it_is_about(kind: str) -> None:
    assert dsn.read(report(kind=kind)) == (Report(OURS, Action.FAILED, "5.1.1", "smtp; 550 5.1.1 <…>: no such user"),)


def test_lines_may_end_as_on_the_wire() -> None:
    assert dsn.read(report().replace(b"\n", b"\r\n"))[0].message_id == OURS


def test_our_own_name_of_the_mail_comes_before_one_that_it_was_given_on_the_way() -> None:
    raw = report(message_id="<CA+xyz@mail.gmail.com>", more=f"X-Callsheet-Mail: {OURS}\n")

    assert [found.message_id for found in dsn.read(raw)] == [OURS, "<CA+xyz@mail.gmail.com>"]


@pytest.mark.parametrize("action", ["delayed", "delivered", "relayed"])
def test_other_news_than_failure_is_told_as_what_it_is(action: str) -> None:
    (found,) = dsn.read(report(action=action, status="Status: 4.4.1", said="smtp; 451 4.4.1 no answer"))

    assert found.action == action


@pytest.mark.parametrize(
    ("status", "said", "code"),
    [
        ("Status: 5.2.2 (mailbox full)", "smtp; 552 over quota", "5.2.2"),
        ("X-Status: 1", "smtp; 550 5.7.1 not wanted", "5.7.1"),
        ("X-Status: 1", "smtp; user unknown", "5.0.0"),
        ("Status: 2.0.0", "smtp; nonsense", "5.0.0"),
        ("Status: 4.4.7", "smtp; delivery time expired", "4.4.7"),
    ],
)
def test_status_is_the_reports_else_that_of_the_servers_words(status: str, said: str, code: str) -> None:
    assert dsn.read(report(status=status, said=said))[0].code == code


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\xff\x00\xfe no mail at all \x80",
        b"Subject: Re: You are booked\n\nI can't make it, sorry.\n",
        b"Content-Type: multipart/report; boundary=B1\n\n--B1\nContent-Type: message/delivery-status\n\nnonsense\n",
        report(action="exploded"),
        report(message_id="no name"),
        report(message_id="<" + "x" * 300 + "@callsheet.example>"),
        report().replace(b"message/delivery-status", b"text/plain"),
        b"Content-Type: message/rfc822\n\n" * 3000,
    ],
)
def test_what_is_no_report_of_a_mail_says_nothing(raw: bytes) -> None:
    assert dsn.read(raw) == ()
