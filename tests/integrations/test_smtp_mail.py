"""What arrives in a mailbox, and what a mail server may answer instead."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_string, policy
from typing import Any

import httpx
import pytest

from bot.integrations.mime import Sender
from bot.integrations.ports import Mail, Refused, Unavailable
from bot.integrations.smtp_mail import SmtpMailer, SmtpServer, refusal
from sandbox.server import Sandbox

SENT = datetime(2030, 3, 4, 9, 30, tzinfo=UTC)
INVITATION = b"BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nSUMMARY:Gespr\xc3\xa4ch\r\nEND:VCALENDAR\r\n"
MAIL = Mail(
    message_id="<chk-7.confirmation@callsheet.example>",
    to="anna@mail.example",
    to_name="Anna Köhler",
    reply_to="sofia@northwind.example",
    subject="You’re booked",
    text="See you on Tuesday.\n",
    html="<p>See you on <b>Tuesday</b>.</p>\n",
)


class StoppedClock:
    def now(self) -> datetime:
        return SENT


def mailer(url: str, timeout: float = 1.0) -> SmtpMailer:
    return SmtpMailer(url, Sender("Northwind Research", "research@northwind.example"), StoppedClock(), timeout)


@pytest.fixture
def sender(sandbox: Sandbox) -> SmtpMailer:
    return mailer(sandbox.smtp_url)


def arrived(control: httpx.Client, to: str = MAIL.to) -> dict[str, Any]:
    mails = control.get("/control/mail", params={"to": to}).raise_for_status().json()["mails"]
    assert len(mails) == 1
    found: dict[str, Any] = control.get(f"/control/mail/{mails[0]['id']}").raise_for_status().json()
    return found


def bounce(control: httpx.Client, address: str, kind: str) -> None:
    control.put(f"/control/mail/bounces/{address}", json={"kind": kind}).raise_for_status()


def test_mail_arrives_with_its_headers_and_both_bodies(sender: SmtpMailer, control: httpx.Client) -> None:
    sender.send(replace(MAIL, unsubscribe="https://callsheet.example/u/1"))
    mail = arrived(control)

    assert (mail["sender"], mail["to"]) == ("research@northwind.example", ["anna@mail.example"])
    assert (mail["text"].strip(), mail["html"].strip()) == (MAIL.text.strip(), MAIL.html.strip())
    wanted = {
        "Message-ID": MAIL.message_id,
        "Date": "Mon, 04 Mar 2030 09:30:00 +0000",
        "From": "Northwind Research <research@northwind.example>",
        "To": "Anna Köhler <anna@mail.example>",
        "Reply-To": "sofia@northwind.example",
        "Subject": "You’re booked",
        "Auto-Submitted": "auto-generated",
        "List-Unsubscribe": "<https://callsheet.example/u/1>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        "X-Callsheet-Mail": MAIL.message_id,
    }
    assert {name: mail["headers"].get(name) for name in wanted} == wanted


@pytest.mark.parametrize(
    "subject",
    ["You're booked: How you pay with your phone, Saturday, 28 November 2026, 16:00", "プロジェクトの" * 12, "ä " * 60],
)
def test_subject_of_any_length_begins_beside_its_name(sender: SmtpMailer, control: httpx.Client, subject: str) -> None:
    sender.send(replace(MAIL, subject=subject, unsubscribe=f"https://callsheet.example/u/{'x' * 80}"))
    mail = arrived(control)

    assert mail["headers"]["Subject"] == subject.strip()
    assert "Subject:\r\n" not in mail["raw"]
    assert f"List-Unsubscribe: <https://callsheet.example/u/{'x' * 80}>\r\n" in mail["raw"]


def test_study_gives_the_sender_a_name_and_the_envelope_an_address_of_its_own(
    sandbox: Sandbox, control: httpx.Client
) -> None:
    sender = Sender("Northwind Research", "research@northwind.example", "bounces@northwind.example")
    SmtpMailer(sandbox.smtp_url, sender, StoppedClock()).send(replace(MAIL, from_name="Zoë, Checkout"))
    mail = arrived(control)

    assert mail["sender"] == "bounces@northwind.example"
    assert mail["headers"]["From"] == '"Zoë, Checkout" <research@northwind.example>'
    assert "List-Unsubscribe" not in mail["headers"]


def test_invitation_is_the_last_alternative_and_a_file(sender: SmtpMailer, control: httpx.Client) -> None:
    sender.send(replace(MAIL, calendar=INVITATION, calendar_method="CANCEL"))
    message = message_from_string(arrived(control)["raw"], policy=policy.default)

    alternatives, file = message.iter_parts()
    parts = list(alternatives.iter_parts())
    assert [part.get_content_type() for part in parts] == ["text/plain", "text/html", "text/calendar"]
    shown = parts[-1]
    assert dict(shown["Content-Type"].params) == {"method": "CANCEL", "charset": "utf-8"}
    assert shown.get_payload(decode=True) == INVITATION
    assert file.get_filename() == "invite.ics"
    assert file.get_payload(decode=True) == INVITATION


@pytest.mark.parametrize("field", ["to_name", "subject"])
def test_line_breaks_of_strangers_make_no_headers(sender: SmtpMailer, control: httpx.Client, field: str) -> None:
    changed: dict[str, Any] = {field: "Anna\r\nBcc: everybody@mail.example\r\n\r\nBuy now\x00\u2028"}
    sender.send(replace(MAIL, **changed))
    mail = arrived(control)

    assert "Bcc" not in mail["headers"]
    assert mail["to"] == ["anna@mail.example"]
    assert "Anna Bcc: everybody@mail.example Buy now" in mail["headers"]["To" if field == "to_name" else "Subject"]


@pytest.mark.parametrize("address", ["", "anna", "anna@mail.example\r\nRCPT TO:<ben@mail.example>", "a@b, c@d"])
def test_what_is_no_address_is_refused(sender: SmtpMailer, sandbox: Sandbox, address: str) -> None:
    with pytest.raises(Refused, match="not an e-mail address"):
        sender.send(replace(MAIL, to=address))

    assert sandbox.mail.inbox.mails() == []


def test_refused_address_is_refused_for_good_and_not_repeated(sender: SmtpMailer, control: httpx.Client) -> None:
    bounce(control, "gone@mail.example", "refuse")

    with pytest.raises(Refused, match=r"mail\.example does not take mail for this address: 550 5\.1\.1") as failure:
        sender.send(replace(MAIL, to="gone@mail.example"))

    assert "gone@" not in failure.value.why
    assert failure.value.code == "5.1.1"
    assert failure.value.__cause__ is None


def test_full_mailbox_is_worth_another_try(sender: SmtpMailer, control: httpx.Client) -> None:
    bounce(control, "full@mail.example", "defer")

    with pytest.raises(Unavailable, match="452") as failure:
        sender.send(replace(MAIL, to="full@mail.example"))

    assert (failure.value.went_out, failure.value.code) == (False, "4.2.2")


@pytest.mark.parametrize(("status", "outcome"), [(554, Refused), (451, Unavailable)])
def test_answer_to_the_mail_itself_counts_too(
    sender: SmtpMailer, sandbox: Sandbox, status: int, outcome: type[Exception]
) -> None:
    sandbox.faults.add("mail", "error", status=status)

    with pytest.raises(outcome, match=str(status)):
        sender.send(MAIL)


def test_connection_lost_after_the_mail_leaves_it_open(
    sender: SmtpMailer, sandbox: Sandbox, control: httpx.Client
) -> None:
    sandbox.faults.add("mail", "accept_then_drop", count=1)

    with pytest.raises(Unavailable) as failure:
        sender.send(MAIL)

    assert failure.value.went_out is None
    assert arrived(control)["headers"]["Message-ID"] == MAIL.message_id


def test_server_that_says_nothing_leaves_it_open(sandbox: Sandbox) -> None:
    sandbox.faults.add("mail", "timeout", seconds=1.0, count=1)

    with pytest.raises(Unavailable) as failure:
        mailer(sandbox.smtp_url, timeout=0.3).send(MAIL)

    assert failure.value.went_out is None


def test_server_that_hangs_up_at_once_took_nothing(sender: SmtpMailer, sandbox: Sandbox) -> None:
    sandbox.faults.add("mail", "gone")

    with pytest.raises(Unavailable, match="can't be reached") as failure:
        sender.send(MAIL)

    assert failure.value.went_out is False


def test_nobody_listening_means_nothing_went_out() -> None:
    with pytest.raises(Unavailable, match="can't be reached") as failure:
        mailer("smtp://127.0.0.1:1").send(MAIL)

    assert failure.value.went_out is False


def test_user_and_password_are_those_of_the_url(sandbox: Sandbox, control: httpx.Client) -> None:
    mailer(sandbox.smtp_url.replace("//", "//call%40sheet:p%2Fw@") + "?starttls=0").send(MAIL)

    assert arrived(control)["to"] == [MAIL.to]


def test_encryption_that_is_asked_for_but_not_offered_sends_nothing(sandbox: Sandbox) -> None:
    with pytest.raises(Unavailable, match="STARTTLS") as failure:
        mailer(f"{sandbox.smtp_url}?starttls=1").send(MAIL)

    assert failure.value.went_out is False
    assert sandbox.mail.inbox.mails() == []


@pytest.mark.parametrize(
    ("url", "port", "is_tls", "needs_tls"),
    [
        ("smtp://127.0.0.1:3125", 3125, False, False),
        ("smtp://user:secret@mail.example.com:587", 587, False, True),
        ("smtp://user:secret@mail.example.com:587?starttls=0", 587, False, False),
        ("smtp://mail.example.com", 25, False, False),
        ("smtps://user:secret@mail.example.com", 465, True, True),
    ],
)
def test_password_goes_to_another_machine_only_encrypted(url: str, port: int, is_tls: bool, needs_tls: bool) -> None:
    server = SmtpServer.from_url(url)

    assert (server.port, server.is_tls, server.needs_tls) == (port, is_tls, needs_tls)


def test_url_of_something_else_is_an_error() -> None:
    with pytest.raises(ValueError, match="smtp://"):
        SmtpServer.from_url("https://mail.example.com")


def test_words_of_a_server_do_not_tell_whose_mailbox_it_is() -> None:
    found = refusal(
        "maria.schmidt@mail.example", 550, b"5.1.1 Mailbox Maria.Schmidt <maria.schmidt@mail.example> unknown"
    )

    assert str(found) == "mail.example does not take mail for this address: 550 5.1.1 Mailbox … <…> unknown"


def test_a_wrong_address_for_answers_holds_no_mail_up(sender: SmtpMailer, control: httpx.Client) -> None:
    sender.send(replace(MAIL, reply_to="Lena at Northwind"))

    assert "Reply-To" not in arrived(control)["headers"]
