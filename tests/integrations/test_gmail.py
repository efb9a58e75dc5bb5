"""Mail by Gmail: what arrives, and what Google may answer instead."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from bot.doctor import Verdict, mail_goes_out
from bot.integrations.gmail import GmailMailer
from bot.integrations.mime import Sender
from bot.integrations.ports import Refused, Unavailable
from bot.settings import Settings, load_settings
from sandbox.server import Sandbox
from tests.fakes import FakeClock
from tests.integrations.conftest import Person
from tests.integrations.test_google_failures import token_endpoint
from tests.integrations.test_smtp_mail import INVITATION, MAIL, arrived

SENT = datetime(2030, 3, 4, 9, 30, tzinfo=UTC)


@pytest.fixture
def address(person: Person) -> str:
    return person("research")


@pytest.fixture
def gmail(sandbox: Sandbox, account: dict[str, Any], address: str) -> Iterator[GmailMailer]:
    sender = Sender("Northwind Research", address)
    mailer = GmailMailer(account, sender, FakeClock(SENT), sandbox.google.gmail_endpoint, timeout=1.0)
    yield mailer
    mailer.close()


def test_mail_arrives_as_it_does_by_smtp(gmail: GmailMailer, control: httpx.Client, address: str) -> None:
    gmail.send(
        replace(
            MAIL,
            calendar=INVITATION,
            from_name="Checkout team\r\nBcc: everybody@mail.example",
            unsubscribe="https://callsheet.example/u/1",
        )
    )
    mail = arrived(control)

    assert (mail["sender"], mail["to"]) == (address, ["anna@mail.example"])
    wanted = {
        "Message-ID": MAIL.message_id,
        "X-Callsheet-Mail": MAIL.message_id,
        "Date": "Mon, 04 Mar 2030 09:30:00 +0000",
        "From": f'"Checkout team Bcc: everybody@mail.example" <{address}>',
        "To": "Anna Köhler <anna@mail.example>",
        "Subject": "You’re booked",
        "List-Unsubscribe": "<https://callsheet.example/u/1>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }
    assert {name: mail["headers"].get(name) for name in wanted} == wanted
    assert "Bcc" not in mail["headers"]
    assert mail["ics"].encode() == INVITATION
    assert mail["text"].strip() == MAIL.text.strip()


def test_what_is_no_address_is_refused(gmail: GmailMailer, sandbox: Sandbox) -> None:
    with pytest.raises(Refused, match="not an e-mail address") as failure:
        gmail.send(replace(MAIL, to="anna"))

    assert failure.value.code == "5.1.3"
    assert sandbox.mail.inbox.mails() == []


def test_limit_of_the_mailbox_is_waited_for(gmail: GmailMailer, sandbox: Sandbox) -> None:
    sandbox.faults.add("mail", "rate_limit", retry_after=70)

    with pytest.raises(Unavailable, match="fewer calls") as failure:
        gmail.send(MAIL)

    assert (failure.value.retry_after, failure.value.went_out, failure.value.code) == (70, False, "")


def test_wait_that_google_names_in_its_words_only_is_kept(gmail: GmailMailer) -> None:
    said = "Gmail asks for fewer calls: User-rate limit exceeded. Retry after 2030-03-04T10:00:00.000Z"

    assert gmail.with_wait(Unavailable(said, went_out=False)).retry_after == timedelta(minutes=30).total_seconds()
    assert gmail.with_wait(Unavailable("Retry after lunch")).retry_after is None


def test_connection_lost_after_the_mail_leaves_it_open(gmail: GmailMailer, sandbox: Sandbox) -> None:
    sandbox.faults.add("mail", "accept_then_drop", count=2)

    with pytest.raises(Unavailable) as failure:
        gmail.send(MAIL)

    assert failure.value.went_out is None
    came = [mail.as_dict()["headers"]["Message-ID"] for mail in sandbox.mail.inbox.mails()]
    assert set(came) == {MAIL.message_id}


@pytest.mark.parametrize("status", [400, 401, 403, 404, 413])
def test_what_is_wrong_with_the_mailbox_is_held_against_no_participant(
    gmail: GmailMailer, sandbox: Sandbox, status: int
) -> None:
    sandbox.faults.add("mail", "error", status=status)

    with pytest.raises(Unavailable) as failure:
        gmail.send(MAIL)

    assert failure.value.went_out is False


def test_mailbox_that_google_does_not_know_is_said_plainly(sandbox: Sandbox, account: dict[str, Any]) -> None:
    sender = Sender("Northwind", "nobody@elsewhere.example")
    mailer = GmailMailer(account, sender, FakeClock(SENT), sandbox.google.gmail_endpoint)

    with pytest.raises(Unavailable, match="CALLSHEET_MAIL_FROM is a person's mailbox"):
        mailer.send(MAIL)
    mailer.close()


def settings(sandbox: Sandbox, account: dict[str, Any], address: str) -> Settings:
    return load_settings(
        None,
        database_url="sqlite://",
        mail_by="gmail",
        mail_from=f"Northwind <{address}>",
        google_service_account=json.dumps(account),
        gmail_api_endpoint=sandbox.google.gmail_endpoint,
    )


def test_doctor_tries_it_without_sending(sandbox: Sandbox, account: dict[str, Any], address: str) -> None:
    finding = mail_goes_out(settings(sandbox, account, address), FakeClock(SENT))

    assert (finding.verdict, finding.what) == (Verdict.OK, f"Gmail lets us in; mails come from {address}.")
    assert sandbox.mail.inbox.mails() == []


def test_doctor_says_what_to_allow(sandbox: Sandbox, account: dict[str, Any], address: str) -> None:
    with token_endpoint(401, b'{"error": "unauthorized_client"}') as endpoint:
        given = settings(sandbox, {**account, "token_uri": endpoint}, address)
        finding = mail_goes_out(given, FakeClock(SENT))

    assert finding.verdict is Verdict.FAILED
    assert "domain-wide delegation" in finding.what
    assert "gmail.send" in finding.what_to_do
