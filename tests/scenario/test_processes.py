"""Processes that are killed, processes that share a database, and what Slack delivers twice: all is done once."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from multiprocessing.context import ForkServerProcess

import pytest

from tests.scenario.conftest import Open
from tests.scenario.driver import Json, eventually, text_of
from tests.scenario.process import launch
from tests.scenario.stage import BERLIN, CHECKOUT, CORE, LENA, LENA_CALENDAR, MARCUS, Stage, free_port

Launcher = Callable[[Stage], ForkServerProcess]


@pytest.fixture
def launcher() -> Iterator[Launcher]:
    """Starts the bot on a stage as a process of its own. The test's end kills what still runs."""
    running: list[ForkServerProcess] = []

    def start(stage: Stage) -> ForkServerProcess:
        process = launch(stage.settings(free_port()), stage.sandbox.base_url)
        running.append(process)
        return process

    yield start
    for process in running:
        process.kill()
        process.join()


@pytest.fixture
def process_stage(open_stage: Open, database_kind: str) -> Stage:
    """A stage whose own bot is stopped: another process takes its place."""
    stage = open_stage(database_kind, "socket")
    stage.stop_bot()
    return stage


def kill(process: ForkServerProcess) -> None:
    """SIGKILL: there is no time for anything."""
    process.kill()
    process.join()


def test_killed_between_commit_and_send_sends_it_after_the_restart(process_stage: Stage, launcher: Launcher) -> None:
    stage, outside, address = process_stage, process_stage.outside, "killed@example.com"
    lena = stage.person(LENA)
    process = launcher(stage)
    outside.fault("slack", "error", method="chat.postMessage", status=503)
    for service in ("calendar", "mail"):
        outside.fault(service, "gone")
    lena.click(CORE, lena.type(CORE, f"/interview book CHK {address} in 30 days at 2pm"), "Book it")
    reference = stage.newest_reference()
    kill(process)
    outside.heal()
    assert stage.cards(reference) == []
    launcher(stage)
    outside.advance(minutes=3)
    stage.outlast()
    assert len(stage.cards(reference)) == 1
    assert len(stage.events(LENA_CALENDAR, reference)) == 1
    assert len(outside.mails(address)) == 1
    assert stage.doubles() == []


def test_killed_between_send_and_mark_does_not_send_it_again(process_stage: Stage, launcher: Launcher) -> None:
    stage, outside, address = process_stage, process_stage.outside, "killed@example.com"
    lena = stage.person(LENA)
    process = launcher(stage)
    outside.fault("slack", "timeout", method="chat.postMessage", seconds=60, count=1)
    outside.fault("calendar", "timeout", method="events.insert", seconds=60, count=1)
    lena.click(CORE, lena.type(CORE, f"/interview book CHK {address} in 30 days at 2pm"), "Book it")
    reference = stage.newest_reference()
    eventually(lambda: stage.cards(reference), "the card was not posted")
    eventually(lambda: stage.events(LENA_CALENDAR, reference), "the event was not made")
    kill(process)
    launcher(stage)
    outside.advance(minutes=3)
    stage.outlast()
    (card,) = stage.cards(reference)
    assert sum("booked" in text_of(reply) for reply in lena.thread(CHECKOUT, card["ts"])[1:]) == 1
    assert len(stage.events(LENA_CALENDAR, reference)) == 1
    assert len({mail["headers"]["Message-ID"] for mail in outside.mails(address)}) == 1
    assert stage.doubles(with_mails=False) == []


def test_two_processes_on_one_postgresql_do_everything_once(
    open_stage: Open, empty_postgresql: str, launcher: Launcher
) -> None:
    stage = open_stage(empty_postgresql, "socket")
    outside, lena, marcus = stage.outside, stage.person(LENA), stage.person(MARCUS)
    launcher(stage)
    assert outside.connections() == 2
    addresses = [f"pair{number}@example.com" for number in range(4)]
    for number, address in enumerate(addresses):
        shown = lena.type(CORE, f"/interview book CHK {address} in {20 + number} days at 2pm")
        lena.click(CORE, shown, "Book it")
        lena.redeliver()
    day = (outside.now() + timedelta(days=29)).date()
    proposals = {
        person: person.type(CORE, f"/interview book CHK {name}@example.com {day} {hour} with <@{LENA}>")
        for person, name, hour in ((lena, "first", "2pm"), (marcus, "second", "1pm"))
    }
    with ThreadPoolExecutor(len(proposals)) as clicking:
        list(clicking.map(lambda person: person.click(CORE, proposals[person], "Book it"), proposals))
    stage.outlast()
    outside.next("09:00", BERLIN)
    today = f"{outside.now():%A} {outside.now().day} {outside.now():%B} ·"
    lena.posted(CORE, today)
    stage.still()
    for address in addresses:
        assert len(outside.mails(address)) == 1
        (event,) = [e for e in outside.events(LENA_CALENDAR) if address in str(e)]
        assert len(stage.cards(event["extendedProperties"]["private"]["callsheet"])) == 1
    assert len(outside.mails("first@example.com")) + len(outside.mails("second@example.com")) == 1
    told = [text_of(person.ephemerals(CORE)) for person in proposals]
    assert sum("Lena Vogt is already booked at" in text for text in told) == 1
    assert len([m for m in lena.messages(CORE) if text_of(m["blocks"][:1]).startswith(today)]) == 1
    assert stage.doubles() == []


def test_a_click_that_slack_delivers_twice_books_once(stage: Stage) -> None:
    lena, address = stage.person(LENA), "twice@example.com"
    lena.click(CORE, lena.type(CORE, f"/interview book CHK {address} in 40 days at 8am"), "Book it")
    reference = stage.newest_reference()
    assert lena.redeliver() == {"ok": True}
    stage.outlast()
    assert stage.newest_reference() == reference
    assert len(stage.cards(reference)) == 1
    assert len(stage.outside.mails(address)) == 1
    assert "already booked" not in text_of(lena.ephemerals(CORE)[-1])


def test_a_command_that_slack_delivers_twice_posts_one_digest(stage: Stage) -> None:
    lena = stage.person(LENA)
    stage.outside.next("10:00", BERLIN)
    reference = stage.book("digest-twice@example.com", days=0, hour=23)
    before = {m["ts"] for m in lena.messages(CORE)}
    answer = lena.type(CORE, "/callsheet digest now")
    stage.outside.advance(minutes=2)
    lena.redeliver()
    stage.outlast()
    posted = [m for m in lena.messages(CORE) if m["ts"] not in before and not m.get("ephemeral")]
    assert "on its way" in text_of(answer)
    assert [f"{reference}*" in text_of(m) for m in posted if was_asked_for(m)] == [True]


def was_asked_for(message: Json) -> bool:
    """Whether the message is a digest that somebody asked for: its key holds the minute, unlike the morning's own."""
    key = (message.get("metadata") or {}).get("event_payload", {}).get("key", "")
    return re.search(r"digest:.*:\d{4}:1$", key) is not None


def test_a_modal_that_slack_delivers_twice_cancels_once(stage: Stage) -> None:
    lena, address = stage.person(LENA), "cancelled@example.com"
    reference = stage.book(address)
    stage.outlast()
    lena.click(CHECKOUT, stage.card(reference), "Cancel…")
    lena.submit(lena.modal(), reason="The host can't make it")
    lena.redeliver()
    stage.outlast()
    stage.card(reference, "Canceled")
    assert len(stage.outside.mails(address)) == 2
    alerts = [m for m in lena.messages(CORE) if reference in text_of(m) and "cancelled it" in text_of(m)]
    assert len(alerts) == 1
