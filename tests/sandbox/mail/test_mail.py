"""Sending with smtplib, reading over the control API."""

from __future__ import annotations

import base64
import hashlib
import hmac
import queue
import smtplib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from sandbox.server import Sandbox

INVITATION = "BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nEND:VCALENDAR\r\n"


@pytest.fixture(scope="module")
def running() -> Iterator[Sandbox]:
    with Sandbox(port=0, smtp_port=0, world={"workspaces": [], "calendars": []}) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(running: Sandbox) -> Iterator[Sandbox]:
    yield running
    running.faults.remove()
    running.mail.inbox.clear()


@pytest.fixture
def control(sandbox: Sandbox) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=sandbox.base_url) as client:
        yield client


def mail(to: str = "pat@mail.example", subject: str = "Your interview") -> EmailMessage:
    message = EmailMessage()
    message["From"] = "Northwind Research <research@northwind.example>"
    message["To"] = to
    message["Subject"] = subject
    message.set_content("See you on Tuesday")
    return message


def connection(sandbox: Sandbox) -> smtplib.SMTP:
    address = urlsplit(sandbox.smtp_url)
    assert address.hostname is not None
    assert address.port is not None
    return smtplib.SMTP(address.hostname, address.port, timeout=2)


def send(sandbox: Sandbox, message: EmailMessage, **options: Any) -> None:
    with connection(sandbox) as smtp:
        smtp.send_message(message, **options)


def test_mail_comes_with_its_bodies_invitation_and_attachments(sandbox: Sandbox, control: httpx.Client) -> None:
    message = mail(subject="Grüße: your interview")
    message["Message-ID"] = "<chk-1@northwind.example>"
    message.add_alternative("<p>See you on <b>Tuesday</b></p>", subtype="html")
    message.add_alternative(INVITATION, subtype="calendar", params={"method": "REQUEST"})
    message.add_attachment(b"\x89PNG", maintype="image", subtype="png", filename="map.png")
    message.add_attachment("a,b\r\n", subtype="csv", filename="list.csv")
    send(sandbox, message, from_addr="bounce+chk1@northwind.example", to_addrs=["pat@mail.example", "cc@mail.example"])
    (kept,) = control.get("/control/mail").json()["mails"]
    assert kept["from"] == "Northwind Research <research@northwind.example>"
    assert kept["sender"] == "bounce+chk1@northwind.example"
    assert kept["to"] == ["pat@mail.example", "cc@mail.example"]
    assert kept["subject"] == "Grüße: your interview"
    assert kept["text"].strip() == "See you on Tuesday"
    assert "<b>Tuesday</b>" in kept["html"]
    assert kept["ics"] == INVITATION
    assert kept["headers"]["Message-ID"] == "<chk-1@northwind.example>"
    assert kept["attachments"] == [
        {
            "name": "map.png",
            "type": "image/png",
            "content": base64.b64encode(b"\x89PNG").decode(),
            "encoding": "base64",
        },
        {"name": "list.csv", "type": "text/csv", "content": "a,b\r\n"},
    ]
    assert "Subject: =?utf-8?" in control.get(f"/control/mail/{kept['id']}").json()["raw"]


def test_inbox_is_newest_first_and_searched_by_address(sandbox: Sandbox, control: httpx.Client) -> None:
    send(sandbox, mail(subject="First"))
    send(sandbox, mail(subject="Second", to="sam@mail.example"))
    send(sandbox, mail(subject="Third"))

    def subjects(**query: str) -> list[str]:
        return [each["subject"] for each in control.get("/control/mail", params=query).json()["mails"]]

    assert subjects() == ["Third", "Second", "First"]
    assert subjects(to="PAT@mail.example") == ["Third", "First"]
    control.delete("/control/mail").raise_for_status()
    assert subjects() == []


def test_unknown_mail_is_not_found(control: httpx.Client) -> None:
    answer = control.get("/control/mail/m999")
    assert (answer.status_code, answer.json()) == (404, {"error": "There is no such mail."})


def test_letters_of_any_script_arrive(sandbox: Sandbox, control: httpx.Client) -> None:
    message = mail()
    message.set_content("渡辺さん、こんにちは")
    send(sandbox, message)
    assert control.get("/control/mail").json()["mails"][0]["text"].strip() == "渡辺さん、こんにちは"


def test_any_name_and_password_sign_in(sandbox: Sandbox, control: httpx.Client) -> None:
    with connection(sandbox) as smtp:
        smtp.login("callsheet", "secret")
        smtp.send_message(mail())
    assert len(control.get("/control/mail").json()["mails"]) == 1


@pytest.mark.parametrize(("kind", "code"), [("refuse", 550), ("defer", 452)])
def test_bouncing_address_is_refused_at_the_door(sandbox: Sandbox, control: httpx.Client, kind: str, code: int) -> None:
    put = control.put("/control/mail/bounces/Pat@mail.example", json={"kind": kind})
    assert put.json() == {"bounces": {"pat@mail.example": kind}}
    with pytest.raises(smtplib.SMTPRecipientsRefused) as caught:
        send(sandbox, mail())
    assert caught.value.recipients["pat@mail.example"][0] == code
    control.put("/control/mail/bounces/pat@mail.example", json={"kind": "none"}).raise_for_status()
    assert control.get("/control/mail/bounces").json() == {"bounces": {}}
    send(sandbox, mail())
    assert len(control.get("/control/mail").json()["mails"]) == 1


def test_mail_to_a_returning_address_is_taken_and_reported_to_the_bot(sandbox: Sandbox, control: httpx.Client) -> None:
    control.put("/control/mail/bounces/pat@mail.example", json={"kind": "return"}).raise_for_status()
    with bot() as (address, posted):
        sandbox.mail.report_to(address)
        send(sandbox, mail())
        signature, raw = posted.get(timeout=5)
    control.put("/control/mail/bounces/pat@mail.example", json={"kind": "none"}).raise_for_status()

    wanted = hmac.new(sandbox.mail.report_secret.encode(), raw, hashlib.sha256).hexdigest()
    assert signature == f"sha256={wanted}"
    assert b"Action: failed" in raw
    assert b"Subject: Your interview" in raw
    assert len(control.get("/control/mail").json()["mails"]) == 1


@contextmanager
def bot() -> Iterator[tuple[str, queue.Queue[tuple[str, bytes]]]]:
    """A program that takes reports: its address, and what was posted, with the signature."""
    posted: queue.Queue[tuple[str, bytes]] = queue.Queue()

    class Endpoint(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers["Content-Length"]))
            posted.put((self.headers["X-Callsheet-Signature"], raw))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Endpoint) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}/mail/bounces", posted
        finally:
            server.shutdown()
            thread.join()


def test_unknown_bounce_is_refused(control: httpx.Client) -> None:
    answer = control.put("/control/mail/bounces/pat@mail.example", json={"kind": "explode"})
    assert answer.status_code == 400
    assert "explode" in answer.json()["error"]


@pytest.mark.parametrize(
    ("fault", "code"),
    [({"kind": "rate_limit"}, 452), ({"kind": "error"}, 451), ({"kind": "error", "status": 554}, 554)],
)
def test_refused_mail_is_not_kept(sandbox: Sandbox, control: httpx.Client, fault: dict[str, Any], code: int) -> None:
    control.post("/control/faults", json={"service": "mail", "count": 1, **fault}).raise_for_status()
    with pytest.raises(smtplib.SMTPDataError) as caught:
        send(sandbox, mail())
    assert caught.value.smtp_code == code
    assert control.get("/control/mail").json() == {"mails": []}
    send(sandbox, mail())
    assert len(control.get("/control/mail").json()["mails"]) == 1


def test_mail_server_that_is_gone_cuts_every_connection(sandbox: Sandbox) -> None:
    with connection(sandbox) as smtp:
        sandbox.faults.add("mail", "gone")
        with pytest.raises(OSError):
            connection(sandbox)
        with pytest.raises(smtplib.SMTPServerDisconnected):
            smtp.send_message(mail())
    assert sandbox.mail.inbox.mails() == []


def test_accept_then_drop_keeps_the_mail_without_saying_so(sandbox: Sandbox) -> None:
    sandbox.faults.add("mail", "accept_then_drop", count=1)
    with pytest.raises(smtplib.SMTPServerDisconnected):
        send(sandbox, mail())
    assert len(sandbox.mail.inbox.mails()) == 1


def test_timeout_keeps_the_mail_and_the_sender_waiting(sandbox: Sandbox) -> None:
    sandbox.faults.add("mail", "timeout", count=1, seconds=0.6)
    smtp = connection(sandbox)
    assert smtp.sock is not None
    smtp.sock.settimeout(0.2)
    with pytest.raises((TimeoutError, smtplib.SMTPServerDisconnected)):
        smtp.send_message(mail())
    smtp.close()
    assert len(sandbox.mail.inbox.mails()) == 1
