"""The delivery worker: claims what is due, sends it, and marks it done, put off, or given up.

Nothing is sent inside a transaction. A commit that filled the outbox wakes the worker; another process's is found by a
poll. When it dies between sending and marking, the claim runs out and the handler looks for what may have gone out.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import partial

import structlog
from sqlalchemy.orm import Session

from bot.blocks.kit import escape
from bot.deliveries.tools import Handler, NotYet, Tools
from bot.integrations.ports import Refused, Unavailable
from bot.logs import bind_reference
from bot.metrics import Metrics
from bot.services import outgoing
from domain.roles import Role
from storage import members, outbox
from storage.models import Member
from storage.outbox import Delivery

log = structlog.get_logger()

LEASE = timedelta(minutes=2)
POLL_SECONDS = 1.0
MOST_ATTEMPTS = 17
FIRST_BACKOFF_SECONDS = 1.0
WORTH_A_WARNING = 4
"""From this try on it is no passing trouble, nor one delivery waiting for another."""
LONGEST_BACKOFF_SECONDS = 600.0
"""Seventeen tries, each wait twice the one before up to ten minutes: an hour of downtime loses nothing."""
WAITED_FOR: Mapping[str, str] = {
    outgoing.Kind.FILE: "The file that you asked for can't be brought to you",
    outgoing.Kind.IMPORT: "Your file was not brought in, or not all of it",
    outgoing.Kind.IMPORT_PREVIEW: "Your file could not be looked at",
    outgoing.Kind.SAMPLE_MAIL: "The test of the mail can't be sent to you",
}
"""Deliveries whose subject is the member who waits for them, and what they hear when one is given up."""


class DeliveryWorker:
    """A claiming thread and a few sending threads. `start` and `stop` once each."""

    def __init__(self, tools: Tools, handlers: Mapping[str, Handler], metrics: Metrics, *, threads: int = 4) -> None:
        self._tools = tools
        self._handlers = handlers
        self._metrics = metrics
        self._threads = threads
        self._work = threading.Event()
        self._stopping = threading.Event()
        self._free = threading.Semaphore(threads)
        self._in_hand: set[int] = set()
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="delivery")
        self._claimer = threading.Thread(target=self._claim_until_stopped, name="outbox", daemon=True)
        tools.database.on_outbox(self.wake)

    def start(self) -> None:
        self._claimer.start()

    def wake(self) -> None:
        """There is something to do, or the clock was moved."""
        self._work.set()

    def is_alive(self) -> bool:
        """Whether somebody works at the outbox."""
        return self._claimer.is_alive()

    def stop(self) -> None:
        """Take nothing new, finish what is in hand."""
        self._stopping.set()
        self._work.set()
        if self._claimer.is_alive():
            self._claimer.join()
        self._pool.shutdown(wait=True)

    def _claim_until_stopped(self) -> None:
        while not self._stopping.is_set():
            self._work.wait(POLL_SECONDS)
            self._work.clear()
            try:
                while not self._stopping.is_set() and self._claim_once():
                    pass
            except Exception:
                log.exception("the outbox can't be read")
                self._stopping.wait(POLL_SECONDS)

    def _claim_once(self) -> bool:
        """Claim as many as there are free threads. Whether there may be more."""
        self._free.acquire()
        free = 1
        while free < self._threads and self._free.acquire(blocking=False):
            free += 1
        claimed: list[Delivery] = []
        try:
            with self._tools.database.unit_of_work() as session:
                taken = outbox.claim(session, self._tools.clock.now(), LEASE, free, self._in_hand.copy())
            claimed = taken
        finally:
            for _ in range(free - len(claimed)):
                self._free.release()
        for delivery in claimed:
            self._in_hand.add(delivery.id)
            self._pool.submit(self._bring_out, delivery).add_done_callback(partial(self._sent, delivery))
        return len(claimed) > 0

    def _sent(self, delivery: Delivery, future: Future[None]) -> None:
        self._in_hand.discard(delivery.id)
        if (error := future.exception()) is not None:
            log.error("delivery not marked: it is tried again when its claim runs out", exc_info=error)
        self._free.release()
        self._work.set()

    def _bring_out(self, delivery: Delivery) -> None:
        with bind_reference(delivery=delivery.kind, subject=delivery.subject):
            try:
                self._handlers[delivery.kind](delivery, self._tools)
            except NotYet as error:
                self._let_wait(delivery, error)
            except Unavailable as error:
                self._put_off(delivery, error)
            except Refused as error:
                self._give_up(delivery, error.why)
            except Exception as error:
                log.exception("delivery failed")
                self._put_off(delivery, Unavailable(f"{type(error).__name__} (see the log)"))
            else:
                with self._tools.database.unit_of_work() as session:
                    outbox.finish(session, delivery, self._tools.clock.now())
                self._metrics.deliveries.labels(delivery.kind, "sent").inc()

    def _put_off(self, delivery: Delivery, error: Unavailable) -> None:
        """Try again later: after a wait that doubles, with some jitter, and not before the service asked for it."""
        if delivery.attempts >= MOST_ATTEMPTS:
            self._give_up(delivery, error.why)
            return
        backoff = min(FIRST_BACKOFF_SECONDS * 2 ** (delivery.attempts - 1), LONGEST_BACKOFF_SECONDS)
        wait = max(backoff * random.uniform(0.8, 1.2), error.retry_after or 0.0)  # noqa: S311
        until = self._tools.clock.now() + timedelta(seconds=wait)
        with self._tools.database.unit_of_work() as session:
            holds_lane = error.retry_after is not None
            outbox.put_off(session, delivery, until, error.why, went_out=error.went_out, holds_lane=holds_lane)
        tell = log.info if delivery.attempts < WORTH_A_WARNING else log.warning
        tell("delivery put off", why=error.why, attempts=delivery.attempts, seconds=round(wait, 1))
        self._metrics.deliveries.labels(delivery.kind, "put_off").inc()

    def _let_wait(self, delivery: Delivery, error: NotYet) -> None:
        """Come back to it when its turn has come: it has as many tries left as before."""
        until = self._tools.clock.now() + timedelta(seconds=error.seconds)
        with self._tools.database.unit_of_work() as session:
            outbox.put_off(session, delivery, until, error.why, went_out=False, was_tried=False)
        log.debug("delivery waits for its turn", why=error.why, seconds=round(error.seconds, 1))
        self._metrics.deliveries.labels(delivery.kind, "put_off").inc()

    def _give_up(self, delivery: Delivery, why: str) -> None:
        """No more tries: it stays as a dead letter, and the Admins are told."""
        now = self._tools.clock.now()
        with self._tools.database.unit_of_work() as session:
            outbox.give_up(session, delivery, why, now)
            if delivery.workspace_id is not None and delivery.kind != outgoing.Kind.NOTICE:
                tell_given_up(session, delivery.workspace_id, delivery, why, now)
        log.error("delivery given up", why=why, attempts=delivery.attempts)
        self._metrics.deliveries.labels(delivery.kind, "given_up").inc()


def tell_given_up(session: Session, workspace_id: int, delivery: Delivery, why: str, now: datetime) -> None:
    """Tell who waits for it, unless they have left, and the Admins: each once."""
    told = {}
    if (what := WAITED_FOR.get(delivery.kind)) is not None and delivery.subject:
        waiting = session.get_one(Member, int(delivery.subject))
        if waiting.is_active:
            text = f"{what}: {escape(why)} An Admin can have it tried again: `/callsheet status`."
            told[waiting.slack_user_id] = text
    for admin in members.members_of_role(session, workspace_id, Role.ADMIN):
        text = f"A delivery was given up ({delivery.kind}): {escape(why)} See `/callsheet status` to try it again."
        told.setdefault(admin.slack_user_id, text)
    for slack_user_id, text in told.items():
        once = f"dead:{delivery.id}:{delivery.request}"
        outgoing.notice(session, workspace_id, slack_user_id, text, now, once=once)
