"""Bad days: Slack, calendar or mail fail, a process is killed. Nothing is lost or doubled, and somebody is told."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.services import booking
from domain.interview import InterviewStatus
from domain.scheduling import from_local, local
from storage import members
from storage.engine import Database
from storage.models import Interview, OutboxRow, OutboxState, Study
from tests.scenario.conftest import CORE, LENA, TEAM, Open, Stage
from tests.scenario.driver import eventually, text_of
from tests.scenario.process import launch

CHECKOUT = "C0CHECKOUT"
LENA_CALENDAR = "lena@northwind.example"


def book(stage: Stage, email: str, days: int = 20, hour: int = 14) -> str:
    """Book a session of the Checkout study as Lena, past Slack. Its reference."""
    database = stage.callsheet.database
    now = stage.sandbox.clock.now()
    wall = (local(now, "Europe/Berlin") + timedelta(days=days)).replace(hour=hour, minute=0, second=0, microsecond=0)
    with database.unit_of_work() as session:
        lena = members.find_actor(session, TEAM, LENA)
        assert lena is not None
        study = session.scalars(sa.select(Study).where(Study.key == "CHK")).one()
        wanted = booking.Booking(study.id, email, from_local(wall.replace(tzinfo=None), "Europe/Berlin"))
        return booking.book(session, lena, wanted, now).reference


def settled(database: Database) -> None:
    """Wait until everything that is due has left."""

    def nothing_open() -> bool:
        with database.reading() as session:
            states = (OutboxState.PENDING, OutboxState.CLAIMED)
            return session.scalar(sa.select(OutboxRow.id).where(OutboxRow.state.in_(states)).limit(1)) is None

    eventually(nothing_open, "the outbox did not empty")


def cards(stage: Stage, reference: str) -> list[dict[str, object]]:
    """The messages in the study's channel that are about the interview."""
    return [m for m in stage.person(LENA).messages(CHECKOUT) if reference in text_of(m)]


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("rate_limit", {"count": 3, "retry_after": 30}),
        ("error", {"count": 3, "status": 500}),
        ("accept_then_drop", {"count": 1, "method": "chat.postMessage"}),
        ("gone", {}),
    ],
)
def test_a_card_is_posted_once_however_slack_fails(stage: Stage, kind: str, options: dict[str, object]) -> None:
    settled(stage.callsheet.database)
    stage.outside.fault("slack", kind, **options)
    reference = book(stage, "slackless@example.com")
    time.sleep(1.0)
    stage.outside.heal()
    for _ in range(4):
        stage.outside.advance(minutes=3)
        time.sleep(0.2)
    eventually(lambda: cards(stage, reference), "the card was not posted")
    settled(stage.callsheet.database)
    assert len(cards(stage, reference)) == 1


def test_ten_changes_while_slack_is_gone_make_one_update(stage: Stage) -> None:
    reference = book(stage, "tenfold@example.com")
    eventually(lambda: cards(stage, reference), "the card was not posted")
    settled(stage.callsheet.database)
    stage.outside.fault("slack", "gone")
    event = stage.outside.event(LENA_CALENDAR, "tenfold@example.com")
    for answer in ("accepted", "tentative") * 5:
        stage.outside.rsvp(LENA_CALENDAR, event["id"], "tenfold@example.com", answer)
        time.sleep(0.05)
    stage.outside.advance(minutes=10)
    stage.outside.heal()
    stage.outside.advance(minutes=10)
    eventually(lambda: "Attendance Unknown" in text_of(cards(stage, reference)), "the card was not brought up to date")
    assert len(cards(stage, reference)) == 1


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("error", {"status": 500, "count": 3}),
        ("rate_limit", {"count": 3}),
        ("accept_then_drop", {"method": "events.insert", "count": 2}),
        ("gone", {}),
    ],
)
def test_the_event_is_made_once_however_the_calendar_fails(stage: Stage, kind: str, options: dict[str, object]) -> None:
    settled(stage.callsheet.database)
    stage.outside.fault("calendar", kind, **options)
    reference = book(stage, "calendarless@example.com")
    time.sleep(0.5)
    stage.outside.heal()
    for _ in range(4):
        stage.outside.advance(minutes=3)
        time.sleep(0.2)
    stage.outside.event(LENA_CALENDAR, "calendarless@example.com")
    settled(stage.callsheet.database)
    ours = [e for e in stage.outside.events(LENA_CALENDAR) if reference in str(e.get("extendedProperties"))]
    assert len(ours) == 1


def test_a_calendar_that_is_gone_is_told_on_the_card_and_in_the_channel(stage: Stage) -> None:
    settled(stage.callsheet.database)
    assert stage.http.post(f"/control/calendar/{LENA_CALENDAR}/revoke", json={}).status_code == 200
    reference = book(stage, "revoked@example.com")
    eventually(lambda: "not in the calendar" in text_of(cards(stage, reference)).lower(), "the card does not say so")
    stage.person(LENA).posted(CORE, reference, "Not in the calendar")


def test_a_refused_mail_is_told_in_the_channel(stage: Stage) -> None:
    stage.outside.bounce("nobody@example.com")
    reference = book(stage, "nobody@example.com")
    alert = stage.person(LENA).posted(CORE, reference, "Mail")
    assert "nobody@example.com" not in text_of(alert), "an address may not stand in a channel"


def test_a_deferred_mail_goes_out_later_and_once(stage: Stage) -> None:
    stage.outside.bounce("later@example.com", "defer")
    book(stage, "later@example.com")
    time.sleep(0.5)
    stage.outside.bounce("later@example.com", "none")
    stage.outside.advance(minutes=10)
    stage.outside.mail("later@example.com")
    settled(stage.callsheet.database)
    assert len(stage.outside.mails("later@example.com")) == 1


def test_the_same_command_and_click_delivered_twice_do_it_once(stage: Stage) -> None:
    lena = stage.person(LENA)
    shown = lena.type(CORE, "/interview book CHK twice@example.com in 30 days at 2pm")
    lena.click(CORE, shown, "Book it")
    lena.post("redeliver")
    settled(stage.callsheet.database)
    assert len(stage.outside.mails("twice@example.com")) == 1
    with stage.callsheet.database.reading() as session:
        statement = sa.select(sa.func.count()).select_from(Interview).where(Interview.title != "")
        before = session.scalar(statement)
    lena.post("redeliver")
    with stage.callsheet.database.reading() as session:
        assert session.scalar(statement) == before


@pytest.fixture
def killable(open_stage: Open, database_url: str) -> Iterator[tuple[Stage, Callable[[], object]]]:
    """A stage whose bot has been stopped, and a function that starts it as a process of its own."""
    stage = open_stage(database_url, "socket")
    settled(stage.callsheet.database)
    stage.callsheet.stop()
    running = []

    def start() -> object:
        process = launch(stage.settings(), stage.sandbox.base_url)
        running.append(process)
        return process

    yield stage, start
    for process in running:
        process.kill()
        process.communicate()
    stage.callsheet = stage.callsheet


def test_killed_between_commit_and_send_sends_it_after_the_restart(
    killable: tuple[Stage, Callable[[], object]], database_url: str
) -> None:
    stage, start = killable
    stage.outside.fault("slack", "error", method="chat.postMessage", status=503)
    process = start()
    lena = stage.person(LENA)
    shown = lena.type(CORE, "/interview book CHK killed@example.com in 30 days at 2pm")
    lena.click(CORE, shown, "Book it")
    process.send_signal(signal.SIGKILL)  # type: ignore[attr-defined]
    process.wait()  # type: ignore[attr-defined]
    stage.outside.heal()
    start()
    for _ in range(5):
        stage.outside.advance(minutes=3)
        time.sleep(0.5)
    database = Database(database_url)
    with database.reading() as session:
        statement = sa.select(Interview.reference).where(Interview.status == InterviewStatus.UPCOMING)
        reference = session.scalars(statement.order_by(Interview.id.desc())).first()
    assert reference is not None
    eventually(lambda: cards(stage, reference), "the card was not posted after the restart")
    settled(database)
    assert len(cards(stage, reference)) == 1
    assert len(stage.outside.mails("killed@example.com")) == 1
    database.dispose()


def test_killed_between_send_and_mark_does_not_send_it_again(
    killable: tuple[Stage, Callable[[], object]], database_url: str
) -> None:
    stage, start = killable
    process = start()
    stage.outside.fault("slack", "timeout", method="chat.postMessage", seconds=8, count=1)
    lena = stage.person(LENA)
    shown = lena.type(CORE, "/interview book CHK killed@example.com in 30 days at 2pm")
    lena.click(CORE, shown, "Book it")
    eventually(lambda: [c for c in stage.outside.calls("chat.postMessage") if "killed" in str(c)] or True, "")
    time.sleep(1.0)
    process.send_signal(signal.SIGKILL)  # type: ignore[attr-defined]
    process.wait()  # type: ignore[attr-defined]
    posted_before = len(lena.messages(CHECKOUT))
    start()
    for _ in range(5):
        stage.outside.advance(minutes=3)
        time.sleep(0.5)
    database = Database(database_url)
    settled(database)
    database.dispose()
    assert len(stage.outside.mails("killed@example.com")) == 1
    booked = [m for m in lena.messages(CHECKOUT) if m["ts"] > shown["ts"] and not m.get("ephemeral")]
    assert len(booked) == 1, f"posted {posted_before} before the kill"


def test_two_processes_on_one_postgresql_do_everything_once(
    open_stage: Open, postgresql_url: str, tmp_path: Path
) -> None:
    from tests.conftest import emptied

    emptied(postgresql_url).dispose()
    stage = open_stage(postgresql_url, "socket")
    settled(stage.callsheet.database)
    second = launch(stage.settings(), stage.sandbox.base_url)
    try:
        addresses = [f"pair{number}@example.com" for number in range(6)]
        references = [book(stage, address, days=20 + number) for number, address in enumerate(addresses)]
        for reference, address in zip(references, addresses, strict=True):
            eventually(lambda reference=reference: cards(stage, reference), f"{reference} has no card")
            stage.outside.mail(address)
        stage.outside.next("09:01", "Europe/Berlin")
        settled(stage.callsheet.database)
        time.sleep(1.0)
        for reference, address in zip(references, addresses, strict=True):
            assert len(cards(stage, reference)) == 1
            assert len(stage.outside.mails(address)) == 1
    finally:
        second.kill()
        second.communicate()
