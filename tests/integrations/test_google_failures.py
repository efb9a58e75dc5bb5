"""What goes wrong with Google, and whether it is worth another try."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from bot.integrations.google_calendar import GoogleCalendar
from bot.integrations.ports import EventAttendee, Refused, Unavailable
from domain.attendance import Rsvp
from domain.times import Span
from sandbox.server import Sandbox
from tests.integrations.conftest import HOUR, START, Google, draft


def test_rate_limit_says_when_to_come_back(calendar: GoogleCalendar, google: Google, sandbox: Sandbox) -> None:
    sandbox.faults.add("calendar", "rate_limit", method="events.insert", retry_after=7)

    with pytest.raises(Unavailable) as failure:
        calendar.save(google.host, draft(google.host))

    assert failure.value.retry_after == 7
    assert failure.value.went_out is False


@pytest.mark.parametrize("status", [500, 503])
def test_after_a_server_error_nobody_knows_what_happened(
    calendar: GoogleCalendar, google: Google, sandbox: Sandbox, status: int
) -> None:
    sandbox.faults.add("calendar", "error", method="events.insert", status=status)

    with pytest.raises(Unavailable) as failure:
        calendar.save(google.host, draft(google.host))

    assert failure.value.went_out is None


def test_slow_answer_is_unavailable_and_the_next_call_works(
    calendar: GoogleCalendar, google: Google, sandbox: Sandbox
) -> None:
    wanted = draft(google.host)
    sandbox.faults.add("calendar", "timeout", method="events.insert", seconds=1.5, count=1)

    with pytest.raises(Unavailable, match="did not answer in time") as failure:
        calendar.save(google.host, wanted)

    assert failure.value.went_out is None
    assert calendar.save(google.host, wanted).reference == wanted.reference


def test_insert_whose_answer_was_lost_makes_one_event(
    calendar: GoogleCalendar, google: Google, sandbox: Sandbox
) -> None:
    wanted = draft(google.host)
    sandbox.faults.add("calendar", "accept_then_drop", method="events.insert", count=2)

    with pytest.raises(Unavailable) as failure:
        calendar.save(google.host, wanted)
    assert failure.value.went_out is None
    calendar.save(google.host, wanted)

    events = calendar.changes(google.host, None, START - HOUR).events
    assert [event.event_id for event in events] == [wanted.event_id]


def test_nobody_listening_means_nothing_went_out(account: dict[str, Any], google: Google) -> None:
    nowhere = GoogleCalendar({**account, "token_uri": "http://127.0.0.1:1/token"}, "http://127.0.0.1:1/calendar/v3/")

    with pytest.raises(Unavailable, match="can't be reached") as failure:
        nowhere.save(google.host, draft(google.host))

    assert failure.value.went_out is False
    nowhere.close()


def test_revoked_access_asks_to_reconnect_without_naming_the_person(calendar: GoogleCalendar, google: Google) -> None:
    calendar.save(google.host, draft(google.host))
    google.revoke()

    with pytest.raises(Refused, match="Reconnect the calendar") as failure:
        calendar.changes(google.host, None, START)

    assert google.host not in failure.value.why
    assert failure.value.__cause__ is None


def test_unknown_person_asks_to_reconnect(calendar: GoogleCalendar) -> None:
    with pytest.raises(Refused, match="Reconnect the calendar"):
        calendar.save("nobody@elsewhere.example", draft("nobody@elsewhere.example"))


def test_calendar_that_is_not_there_is_refused(calendar: GoogleCalendar, google: Google, sandbox: Sandbox) -> None:
    sandbox.faults.add("calendar", "error", method="events.insert", status=404)

    with pytest.raises(Refused, match="no Google calendar that Callsheet may use"):
        calendar.save(google.host, draft(google.host))


def test_what_google_refuses_is_refused_in_its_words_without_addresses(
    calendar: GoogleCalendar, google: Google
) -> None:
    with pytest.raises(Refused, match=r"HTTPS.*HTTP 400"):
        calendar.watch(google.host, "channel-1", "secret", "http://elsewhere.example/push", START)
    with pytest.raises(Refused, match="HTTP 400") as failure:
        calendar.save(google.host, draft(google.host, ends_at=START - HOUR))

    told = "".join(traceback.format_exception(failure.value))
    assert google.host.removesuffix("@northwind.example") not in told


def test_failing_sign_in_is_worth_another_try(calendar: GoogleCalendar, google: Google, sandbox: Sandbox) -> None:
    sandbox.faults.add("calendar", "error", method="token", status=502)

    with pytest.raises(Unavailable, match="sign-in failed") as failure:
        calendar.save(google.host, draft(google.host))

    assert failure.value.went_out is False


@contextmanager
def token_endpoint(status: int, answer: bytes) -> Iterator[str]:
    """The address of a sign-in that answers everybody the same."""

    class Endpoint(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(status)
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Endpoint) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}/token"
        finally:
            server.shutdown()
            thread.join()


@pytest.mark.parametrize(
    ("status", "answer", "failure", "said"),
    [
        (401, b'{"error": "unauthorized_client"}', Refused, "domain-wide delegation"),
        (401, b'{"error": "invalid_client"}', Refused, "new key"),
        (400, b'{"error": "invalid_grant"}', Refused, "Reconnect the calendar"),
        (400, b'{"error": "something_new"}', Unavailable, "sign-in failed"),
        (502, b"<h1>Bad Gateway</h1>", Unavailable, "sign-in failed"),
    ],
)
def test_only_a_sign_in_that_is_refused_for_good_is_given_up(
    account: dict[str, Any], google: Google, status: int, answer: bytes, failure: type[Exception], said: str
) -> None:
    with (
        token_endpoint(status, answer) as address,
        closing(GoogleCalendar({**account, "token_uri": address}, "http://127.0.0.1:1/")) as calendar,
        pytest.raises(failure, match=said),
    ):
        calendar.save(google.host, draft(google.host))


def test_token_that_ran_out_is_renewed(calendar: GoogleCalendar, google: Google, sandbox: Sandbox) -> None:
    wanted = draft(google.host)
    calendar.save(google.host, wanted)
    sandbox.clock.advance(timedelta(hours=2))

    assert calendar.save(google.host, wanted).reference == wanted.reference


def test_answer_given_while_we_write_is_not_overwritten(
    calendar: GoogleCalendar, google: Google, sandbox: Sandbox
) -> None:
    wanted = draft(google.host)
    calendar.save(google.host, wanted)
    sandbox.faults.add("calendar", "timeout", method="events.get", seconds=0.4, count=1)

    with ThreadPoolExecutor(1) as threads:
        more = replace(wanted, attendees=(*wanted.attendees, EventAttendee("ben@mail.example")))
        saving = threads.submit(calendar.save, google.host, more)
        while sandbox.faults.list():
            time.sleep(0.01)
        time.sleep(0.1)
        google.answer(wanted.event_id, "anna@mail.example", "accepted")
        saved = saving.result()

    answers = {attendee.email: attendee.rsvp for attendee in saved.attendees}
    assert answers["anna@mail.example"] is Rsvp.ACCEPTED
    assert "ben@mail.example" in answers


def test_event_that_never_rests_is_left_for_later(calendar: GoogleCalendar, google: Google, sandbox: Sandbox) -> None:
    wanted = draft(google.host)
    calendar.save(google.host, wanted)
    sandbox.faults.add("calendar", "error", method="events.patch", status=412)

    with pytest.raises(Unavailable, match="keep changing") as failure:
        calendar.save(google.host, replace(wanted, title="Another title"))

    assert failure.value.went_out is False


def test_slow_calendar_is_given_up_after_two_seconds(
    calendar: GoogleCalendar, google: Google, sandbox: Sandbox
) -> None:
    sandbox.faults.add("calendar", "timeout", method="events.list", seconds=4)

    began = time.monotonic()
    with pytest.raises(Unavailable):
        calendar.look(google.host, Span(START, START + HOUR))

    assert time.monotonic() - began < 3.5


def test_many_threads_share_one_calendar(calendar: GoogleCalendar, google: Google) -> None:
    drafts = [draft(google.host) for _ in range(12)]
    with ThreadPoolExecutor(6) as threads:
        saved = list(threads.map(lambda wanted: calendar.save(google.host, wanted), drafts))

    assert [event.reference for event in saved] == [wanted.reference for wanted in drafts]


def test_googles_client_is_not_imported_before_it_is_used() -> None:
    program = "import sys, bot.integrations.google_calendar; sys.exit('googleapiclient' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", program], env=os.environ, check=False).returncode == 0
