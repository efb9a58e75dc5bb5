"""Push channels: real posts to a real receiver."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator
from email.message import Message
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import httpx
import pytest

from tests.sandbox.google.conftest import Connect, Person, body
from tests.sandbox.google.test_events import refused


class Receiver:
    """A web server that keeps the headers of what is posted to it, and fails as often as told first."""

    def __init__(self) -> None:
        self.posts: queue.Queue[Message] = queue.Queue()
        self.failures = 0
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                if receiver.failures:
                    receiver.failures -= 1
                    self.send_error(503)
                    return
                receiver.posts.put(self.headers)
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/google/push"

    def next(self) -> Message:
        return self.posts.get(timeout=5)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    thread = threading.Thread(target=receiver.server.serve_forever, args=(0.02,))
    thread.start()
    yield receiver
    receiver.server.shutdown()
    thread.join()
    receiver.server.server_close()


def test_channel_tells_sync_then_each_change_until_stopped(
    connect: Connect, person: Person, receiver: Receiver, control: httpx.Client
) -> None:
    host = person()
    client = connect(host)
    asked = {"id": "channel-1", "type": "web_hook", "address": receiver.url, "token": "secret"}
    channel = client.events().watch(calendarId="primary", body=asked).execute()
    first = receiver.next()
    assert first["X-Goog-Channel-ID"] == "channel-1"
    assert first["X-Goog-Channel-Token"] == "secret"
    assert first["X-Goog-Resource-ID"] == channel["resourceId"]
    assert (first["X-Goog-Resource-State"], first["X-Goog-Message-Number"]) == ("sync", "1")
    guests = [{"email": "pat@mail.example"}]
    made = client.events().insert(calendarId="primary", body=body(attendees=guests)).execute()
    change = receiver.next()
    assert (change["X-Goog-Resource-State"], change["X-Goog-Message-Number"]) == ("exists", "2")
    answer = {"email": "pat@mail.example", "response": "accepted"}
    control.post(f"/control/calendar/{host}/events/{made['id']}/rsvp", json=answer).raise_for_status()
    assert receiver.next()["X-Goog-Message-Number"] == "3"
    client.channels().stop(body={"id": "channel-1", "resourceId": channel["resourceId"]}).execute()
    client.events().delete(calendarId="primary", eventId=made["id"]).execute()
    with pytest.raises(queue.Empty):
        receiver.posts.get(timeout=0.2)
    gone = client.channels().stop(body={"id": "channel-1", "resourceId": channel["resourceId"]})
    assert refused(gone) == (404, "notFound")


def test_failed_post_is_tried_again(connect: Connect, person: Person, receiver: Receiver) -> None:
    receiver.failures = 1
    asked = {"id": "channel-2", "type": "web_hook", "address": receiver.url}
    connect(person()).events().watch(calendarId="primary", body=asked).execute()
    assert receiver.next()["X-Goog-Resource-State"] == "sync"


def test_channel_expires_with_the_sandboxs_clock(
    connect: Connect, person: Person, receiver: Receiver, control: httpx.Client
) -> None:
    client = connect(person())
    asked = {"id": "channel-3", "type": "web_hook", "address": receiver.url, "params": {"ttl": "3600"}}
    client.events().watch(calendarId="primary", body=asked).execute()
    receiver.next()
    control.post("/control/clock", json={"advance_seconds": 3601}).raise_for_status()
    client.events().insert(calendarId="primary", body=body()).execute()
    with pytest.raises(queue.Empty):
        receiver.posts.get(timeout=0.2)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"address": "http://callsheet.example/push"}, "push.webhookUrlNotHttps"),
        ({"type": "email"}, "invalid"),
        ({"id": "with space"}, "invalid"),
        ({"id": None}, "required"),
        ({"expiration": "1000"}, "invalid"),
    ],
)
def test_wrong_channel_is_refused(connect: Connect, person: Person, fields: Any, expected: str) -> None:
    asked = {"id": "channel-4", "type": "web_hook", "address": "https://callsheet.example/push", **fields}
    assert refused(connect(person()).events().watch(calendarId="primary", body=asked)) == (400, expected)


def test_channel_id_is_unique(connect: Connect, person: Person, receiver: Receiver) -> None:
    asked = {"id": "channel-5", "type": "web_hook", "address": receiver.url}
    connect(person()).events().watch(calendarId="primary", body=asked).execute()
    again = connect(person()).events().watch(calendarId="primary", body=asked)
    assert refused(again) == (400, "channelIdNotUnique")
