"""The delivery worker: nothing lost, nothing twice, nothing out of turn; whoever must know is told."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, cast

import pytest
import sqlalchemy as sa
from structlog.testing import capture_logs

from bot.deliveries import posting
from bot.deliveries import worker as workers
from bot.deliveries.posting import EVENT_TYPE, Post, post_once
from bot.deliveries.tools import Handler, NotYet, Tools
from bot.deliveries.worker import LEASE, MOST_ATTEMPTS, DeliveryWorker
from bot.integrations.ports import Refused, Unavailable
from bot.metrics import Metrics
from bot.slack.gateway import SlackGateway
from domain.roles import Role
from storage import outbox
from storage.engine import Database
from storage.models import Member, OutboxRow, OutboxState
from storage.outbox import Delivery, Lane, Outgoing
from tests.builders import SLACK_TEAM, World, rows
from tests.fakes import FakeClock, FakeSlack

KIND = "test"


@dataclass
class Bench:
    """A worker with one kind of handler, whose clock stands still until it is moved."""

    world: World
    clock: FakeClock
    metrics: Metrics = field(default_factory=Metrics)
    sent: list[Delivery] = field(default_factory=list)
    failures: list[Exception] = field(default_factory=list)

    def handle(self, delivery: Delivery, tools: Tools) -> None:
        self.sent.append(delivery)
        if self.failures:
            raise self.failures.pop(0)

    @property
    def keys(self) -> list[str]:
        """The keys in the order in which they were brought out, or tried."""
        return [key_of(delivery) for delivery in self.sent]

    @property
    def handlers(self) -> Mapping[str, Handler]:
        return {KIND: self.handle, "slack_notice": lambda _delivery, _tools: None}

    def worker(self, database: Database | None = None, handlers: Mapping[str, Handler] | None = None) -> DeliveryWorker:
        tools = Tools(
            database=database or self.world.database,
            clock=self.clock,
            slack=cast(SlackGateway, None),
            calendar=None,
            mailer=None,
            public_url=None,
        )
        return DeliveryWorker(tools, handlers or self.handlers, self.metrics)

    @contextmanager
    def working(self, worker: DeliveryWorker | None = None) -> Iterator[DeliveryWorker]:
        running = worker or self.worker()
        running.start()
        try:
            yield running
        finally:
            running.stop()

    def send(self, *keys: str, lane: str = "slack:C1", due_in: timedelta = timedelta()) -> None:
        with self.world.database.unit_of_work() as session:
            items = [Outgoing(KIND, key, Lane(lane), due_at=self.clock.now() + due_in) for key in keys]
            outbox.send(session, self.world.workspace_id, self.clock.now(), *items)

    def row(self, key: str) -> OutboxRow:
        with self.world.database.reading() as session:
            wanted = f"{self.world.workspace_id}:{key}"
            return session.scalars(sa.select(OutboxRow).where(OutboxRow.dedupe_key == wanted)).one()

    def reaches(self, key: str, state: OutboxState) -> None:
        eventually(lambda: self.row(key).state is state)

    def tried(self, times: int) -> None:
        """Wait until the only row was tried that often and lies still again."""
        quiet = (OutboxState.PENDING, OutboxState.DEAD, OutboxState.DONE)

        def is_so() -> bool:
            row = self.row("a")
            return row.attempts == times and (row.state in quiet or row.lease is None)

        eventually(is_so)


def key_of(delivery: Delivery) -> str:
    return delivery.dedupe_key.split(":", 1)[1]


def eventually(is_so: Callable[[], bool], seconds: float = 10.0) -> None:
    until = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < until, "it did not come about"
        time.sleep(0.01)


@pytest.fixture
def bench(world: World) -> Bench:
    return Bench(world, FakeClock(world.now))


@pytest.fixture(autouse=True)
def even_and_quiet(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No jitter in the waits, and no tracebacks on the screen."""
    monkeypatch.setattr("random.uniform", lambda _low, _high: 1.0)
    with capture_logs():
        yield


def test_what_is_due_goes_out_once_and_is_done(bench: Bench) -> None:
    bench.send("a")
    with bench.working():
        bench.reaches("a", OutboxState.DONE)
    assert bench.keys == ["a"]
    assert 'callsheet_deliveries_total{kind="test",outcome="sent"} 1.0' in bench.metrics.render().decode()


def test_what_is_due_later_waits_for_its_time(bench: Bench) -> None:
    bench.send("later", due_in=timedelta(hours=1))
    bench.send("now")
    with bench.working() as worker:
        bench.reaches("now", OutboxState.DONE)
        assert bench.keys == ["now"]
        bench.clock.move(timedelta(hours=1))
        worker.wake()
        bench.reaches("later", OutboxState.DONE)


def test_a_commit_wakes_the_worker_so_that_nothing_waits_for_a_poll(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workers, "POLL_SECONDS", 60.0)
    with bench.working():
        for key in "ab":
            began = time.monotonic()
            bench.send(key)
            bench.reaches(key, OutboxState.DONE)
            assert time.monotonic() - began < 5


def test_another_processes_commit_is_found_by_a_poll(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "POLL_SECONDS", 0.05)
    other = Database(bench.world.database.url.render_as_string(hide_password=False))
    with bench.working(bench.worker(other)):
        time.sleep(0.1)
        bench.send("a")
        bench.reaches("a", OutboxState.DONE)
    other.dispose()


def test_a_lane_goes_out_in_order_while_others_pass(bench: Bench) -> None:
    gate = threading.Event()

    def handle(delivery: Delivery, tools: Tools) -> None:
        if key_of(delivery) == "slow1":
            assert gate.wait(10)
        bench.sent.append(delivery)

    bench.send("slow1", "slow2", "slow3", lane="slack:C1")
    bench.send("quick1", "quick2", lane="slack:C2")
    with bench.working(bench.worker(handlers={KIND: handle})):
        bench.reaches("quick2", OutboxState.DONE)
        assert bench.keys == ["quick1", "quick2"]
        gate.set()
        bench.reaches("slow3", OutboxState.DONE)
    assert bench.keys[2:] == ["slow1", "slow2", "slow3"]


def test_a_failure_is_tried_again_after_ever_longer_waits(bench: Bench) -> None:
    bench.failures = [Unavailable("down"), RuntimeError("a bug"), Unavailable("down")]
    bench.send("a")
    waits = []
    with bench.working() as worker:
        for tries in (1, 2, 3):
            bench.tried(tries)
            due = bench.row("a").due_at
            waits.append((due - bench.clock.now()).total_seconds())
            bench.clock.move(due - bench.clock.now())
            worker.wake()
        bench.reaches("a", OutboxState.DONE)
    assert waits == [1.0, 2.0, 4.0]
    assert [delivery.attempts for delivery in bench.sent] == [1, 2, 3, 4]


def test_what_failed_says_why_without_a_word_of_the_exception(bench: Bench) -> None:
    bench.failures = [RuntimeError("mara@example.com")]
    bench.send("a")
    with bench.working():
        bench.tried(1)
    assert bench.row("a").last_error == "RuntimeError (see the log)"


def test_a_rate_limit_closes_the_lane_for_as_long_as_the_service_asked(bench: Bench) -> None:
    bench.failures = [Unavailable("limited", retry_after=30, went_out=False)]
    bench.send("a", "b", lane="slack:C1")
    with bench.working() as worker:
        eventually(lambda: bench.row("a").last_error == "limited")
        bench.send("asked for meanwhile", lane="slack:C1")
        bench.send("elsewhere", lane="slack:C2")
        bench.reaches("elsewhere", OutboxState.DONE)
        bench.clock.move(timedelta(seconds=29))
        worker.wake()
        time.sleep(0.1)
        assert bench.keys == ["a", "elsewhere"]
        bench.clock.move(timedelta(seconds=1))
        worker.wake()
        bench.reaches("asked for meanwhile", OutboxState.DONE)
    assert bench.keys == ["a", "elsewhere", "a", "b", "asked for meanwhile"]


def test_what_waits_for_its_turn_keeps_all_its_tries(bench: Bench) -> None:
    bench.failures += [NotYet("Too many at once.", 30.0)] * 3
    bench.send("a")
    with bench.working() as worker:
        for _ in range(3):
            eventually(lambda: bench.row("a").due_at == bench.clock.now() + timedelta(seconds=30))
            assert (bench.row("a").attempts, bench.row("a").attempted_at) == (0, None)
            bench.clock.move(timedelta(seconds=30))
            worker.wake()
        bench.reaches("a", OutboxState.DONE)
    assert [delivery.attempts for delivery in bench.sent] == [1, 1, 1, 1]


def test_an_hour_of_failures_loses_nothing(bench: Bench) -> None:
    began = bench.clock.now()
    bench.send("a")
    with bench.working() as worker:
        for tries in range(1, MOST_ATTEMPTS):
            bench.failures.append(Unavailable("limited", retry_after=1) if tries % 3 == 0 else Unavailable("down"))
        while bench.row("a").state is not OutboxState.DONE:
            bench.clock.move(timedelta(minutes=5))
            worker.wake()
            time.sleep(0.01)
    assert bench.row("a").state is OutboxState.DONE
    assert bench.clock.now() - began > timedelta(hours=1)


def test_what_never_works_is_given_up_and_the_admins_are_told_once(bench: Bench) -> None:
    second = bench.world.member(Role.ADMIN)
    bench.failures = [Unavailable("no <answer>")] * MOST_ATTEMPTS
    bench.send("a")
    with bench.working() as worker:
        for tries in range(1, MOST_ATTEMPTS + 1):
            bench.tried(tries)
            bench.clock.move(timedelta(minutes=11))
            worker.wake()
        bench.reaches("a", OutboxState.DEAD)
        worker.wake()
    assert len(bench.sent) == MOST_ATTEMPTS
    told = rows(bench.world.database, sa.select(OutboxRow.payload).where(OutboxRow.kind == "slack_notice"))
    assert {payload["channel"] for (payload,) in told} == {bench.world.admin.slack_user_id, second.slack_user_id}
    assert told[0][0]["text"] == (
        "A delivery was given up (test): no &lt;answer&gt; See `/callsheet status` to try it again."
    )


def test_what_is_refused_is_given_up_at_once_and_holds_nothing_up(bench: Bench) -> None:
    bench.failures = [Refused("channel_not_found")]
    bench.send("a", "b")
    with bench.working():
        bench.reaches("b", OutboxState.DONE)
    assert (bench.row("a").state, bench.row("a").last_error) == (OutboxState.DEAD, "channel_not_found")
    assert bench.keys == ["a", "b"]


def test_who_waits_for_a_file_hears_that_it_does_not_come(bench: Bench) -> None:
    world = bench.world

    def refuse(delivery: Delivery, tools: Tools) -> None:
        raise Refused("Slack refused <it>.")

    with world.database.unit_of_work() as session:
        session.get_one(Member, world.observer.member_id).is_active = False
        for asking in (world.researcher, world.observer, world.admin):
            item = Outgoing("slack_file", f"for {asking.member_id}", Lane("file"), subject=str(asking.member_id))
            outbox.send(session, world.workspace_id, bench.clock.now(), item)
    with bench.working(bench.worker(handlers={**bench.handlers, "slack_file": refuse})):
        bench.reaches(f"for {world.admin.member_id}", OutboxState.DEAD)
    payloads = rows(world.database, sa.select(OutboxRow.payload).where(OutboxRow.kind == "slack_notice"))
    told = [(payload["channel"], payload["text"]) for (payload,) in payloads]
    sentence = (
        "The file that you asked for can't be brought to you: Slack refused &lt;it&gt;. "
        "An Admin can have it tried again: `/callsheet status`."
    )
    assert sorted(channel for channel, text in told if text == sentence) == sorted(
        [world.admin.slack_user_id, world.researcher.slack_user_id]
    )
    assert len(told) == 4, "the Admin hears of the others', and of their own once; who has left hears nothing"


def test_a_notice_that_cannot_be_delivered_makes_no_more_notices(bench: Bench) -> None:
    def refuse(delivery: Delivery, tools: Tools) -> None:
        raise Refused("user_not_found")

    with bench.world.database.unit_of_work() as session:
        item = Outgoing("slack_notice", "a", Lane("slack:U1"))
        outbox.send(session, bench.world.workspace_id, bench.clock.now(), item)
    with bench.working(bench.worker(handlers={"slack_notice": refuse})):
        bench.reaches("a", OutboxState.DEAD)
    assert rows(bench.world.database, sa.select(sa.func.count()).select_from(OutboxRow)) == [(1,)]


def test_a_kind_that_nobody_knows_does_not_stop_the_others(bench: Bench) -> None:
    with bench.world.database.unit_of_work() as session:
        item = Outgoing("from the future", "odd", Lane("slack:C9"))
        outbox.send(session, bench.world.workspace_id, bench.clock.now(), item)
    bench.send("a")
    with bench.working():
        bench.reaches("a", OutboxState.DONE)
        eventually(lambda: bench.row("odd").last_error is not None)


def test_a_worker_that_died_leaves_its_work_to_the_next_which_knows_of_the_try(bench: Bench) -> None:
    bench.send("a")
    with bench.world.database.unit_of_work() as session:
        (abandoned,) = outbox.claim(session, bench.clock.now(), LEASE, 10)
    died_at = bench.clock.now()
    with bench.working() as worker:
        time.sleep(0.1)
        assert bench.sent == [], "the one who holds the claim may be alive"
        bench.clock.move(LEASE)
        worker.wake()
        bench.reaches("a", OutboxState.DONE)
    (delivery,) = bench.sent
    assert (delivery.attempted_at, delivery.attempts) == (died_at, 2)
    assert abandoned.attempted_at is None


def test_a_machine_that_slept_while_sending_does_not_send_a_second_time(bench: Bench) -> None:
    is_awake = threading.Event()

    def wait(delivery: Delivery, tools: Tools) -> None:
        bench.handle(delivery, tools)
        is_awake.wait(10)

    with bench.working(bench.worker(handlers={KIND: wait})) as worker:
        bench.send("a")
        eventually(lambda: bench.keys == ["a"])
        bench.clock.move(2 * LEASE)
        bench.send("b", lane="slack:C2")
        worker.wake()
        eventually(lambda: bench.keys == ["a", "b"])
        is_awake.set()
        bench.reaches("a", OutboxState.DONE)
        bench.reaches("b", OutboxState.DONE)
    assert bench.keys == ["a", "b"]


def test_stopping_finishes_what_is_in_hand_and_takes_nothing_new(bench: Bench) -> None:
    begun, gate = threading.Event(), threading.Event()

    def handle(delivery: Delivery, tools: Tools) -> None:
        begun.set()
        assert gate.wait(10)
        bench.sent.append(delivery)

    bench.send("a", "b")
    worker = bench.worker(handlers={KIND: handle})
    worker.start()
    assert begun.wait(10)
    stopping = threading.Thread(target=worker.stop)
    stopping.start()
    time.sleep(0.1)
    gate.set()
    stopping.join(10)
    assert not stopping.is_alive()
    assert bench.keys == ["a"]
    assert (bench.row("a").state, bench.row("b").state) == (OutboxState.DONE, OutboxState.PENDING)


def test_a_database_that_fails_in_between_costs_no_thread_and_loses_nothing(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Commits fail for a while: claims are not made, and what went out is marked when the claim runs out."""
    monkeypatch.setattr(workers, "POLL_SECONDS", 0.02)
    failing = [0]

    def fail(_connection: Any) -> None:
        if failing[0]:
            failing[0] -= 1
            raise sa.exc.OperationalError("COMMIT", {}, Exception("gone"))

    bench.send("a", lane="slack:C1")
    sa.event.listen(bench.world.database.engine, "commit", fail)
    failing[0] = 5
    with bench.working() as worker:
        eventually(lambda: failing[0] == 0)
        bench.clock.move(LEASE)
        worker.wake()
        bench.reaches("a", OutboxState.DONE)
    sa.event.remove(bench.world.database.engine, "commit", fail)


def test_two_processes_send_each_row_once(bench: Bench) -> None:
    others = [Database(bench.world.database.url.render_as_string(hide_password=False)) for _ in range(2)]
    for n in range(40):
        bench.send(f"{n}", lane=f"slack:C{n % 5}")
    first, second = (bench.worker(database) for database in others)
    with bench.working(first), bench.working(second):
        eventually(lambda: len(bench.sent) >= 40)
        for n in range(40):
            bench.reaches(str(n), OutboxState.DONE)
    for database in others:
        database.dispose()
    assert sorted(bench.keys, key=int) == [str(n) for n in range(40)]
    for lane in range(5):
        in_lane = [int(key) for key in bench.keys if int(key) % 5 == lane]
        assert in_lane == sorted(in_lane), "each lane in order"


# Posting once


def delivery(attempted_at: datetime | None, key: str = "1:alert:7") -> Delivery:
    return Delivery(1, 1, "slack_alert", "7", key, Lane("slack:C1"), {}, 1, 2, attempted_at, "lease")


@pytest.fixture
def slack(now: datetime) -> FakeSlack:
    return FakeSlack(FakeClock(now))


def post(slack: FakeSlack, about: Delivery, to: Post) -> tuple[str, str]:
    return post_once(cast(SlackGateway, slack), SLACK_TEAM, about, to)


@pytest.mark.parametrize("thread_ts", [None, "1.0"])
def test_a_post_that_went_out_although_nobody_heard_is_found_again(
    slack: FakeSlack, now: datetime, thread_ts: str | None
) -> None:
    to = Post("C1", "CHK-7 was declined", thread_ts=thread_ts)
    slack.fail("chat.postMessage", Unavailable("timed out", went_out=None))
    with pytest.raises(Unavailable):
        post(slack, delivery(None), to)
    post(slack, delivery(None, "1:another"), to)
    found = post(slack, delivery(now), to)
    (first, _) = slack.channel("C1").messages.values()
    assert found == ("C1", first["ts"])
    assert first["metadata"] == {"event_type": EVENT_TYPE, "event_payload": {"key": "1:alert:7"}}
    assert len(slack.called("chat.postMessage")) == 2, "and not posted again"


def test_a_post_is_found_again_behind_all_that_was_posted_since(
    slack: FakeSlack, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(posting, "PAGE", 2)
    to = Post("C1", "CHK-7 was declined")
    first = post(slack, delivery(None), to)
    for n in range(4):
        post(slack, delivery(None, f"1:{n}"), Post("C1", "Something else"))
    assert post(slack, delivery(now), to) == first


def test_a_post_that_did_not_go_out_is_posted(slack: FakeSlack, now: datetime) -> None:
    post(slack, delivery(None, "1:another"), Post("C1", "Something else"))
    post(slack, delivery(now), Post("C1", "CHK-7 was declined"))
    assert slack.said_in("C1") == ["Something else", "CHK-7 was declined"]


def test_a_first_try_does_not_look_for_earlier_ones(slack: FakeSlack) -> None:
    post(slack, delivery(None), Post("C1", "CHK-7 was declined"))
    assert [method for method, _ in slack.calls] == ["chat.postMessage"]


def test_only_what_was_posted_since_the_first_try_is_read(slack: FakeSlack, now: datetime) -> None:
    post(slack, delivery(now), Post("C1", "Hi"))
    (asked,) = slack.called("conversations.history")
    assert asked["include_all_metadata"] is True
    assert timedelta() < timedelta(seconds=now.timestamp() - float(asked["oldest"])) <= timedelta(minutes=2)
