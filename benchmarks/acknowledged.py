"""`/interview today` over HTTP until it is acknowledged, beside a Bolt app that acknowledges with a constant."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from pathlib import Path

from benchmarks.clients import SignedClient
from benchmarks.data import STUDIES
from benchmarks.figures import Figure, interleaved, milliseconds, p50, spread
from benchmarks.processes import Program, bot, ready, running, sandbox

MOST_TIMES_BARE = 8.0
WARM_UP = 100


def measure(folder: Path, database: Path, time_zone: str, rounds: int) -> list[Figure]:
    """Both as processes of their own, asked by turns by one client that keeps its connections open."""
    with ExitStack() as stack:
        slack = stack.enter_context(sandbox(folder, time_zone, "http-slack"))
        secret = slack["signing_secret"]
        bare = stack.enter_context(running(Program([sys.executable, "-m", "benchmarks.bare", secret], folder, "bare")))
        program, url = bot(folder, "http-bot", slack, database, over_http=True)
        stack.enter_context(running(program))
        ready(program, url)
        to_bare, to_bot = SignedClient(bare.announced()["url"], secret), SignedClient(url, secret)
        stack.callback(to_bare.close)
        stack.callback(to_bot.close)
        check(to_bot.command("/interview", "today"))
        of_bare, of_bot = interleaved(lambda: asking(to_bare), lambda: asking(to_bot), rounds, WARM_UP)
    return [
        Figure("HTTP: bare Bolt app, p50", p50(of_bare), "ms", detail=f"{spread(of_bare)}, {rounds} requests"),
        Figure("HTTP: /interview today, p50", p50(of_bot), "ms", detail=f"{spread(of_bot)}, {rounds} requests"),
        Figure(
            "HTTP: /interview today ÷ bare",
            p50(of_bot) / p50(of_bare),
            "×",
            MOST_TIMES_BARE,
            f"the bot's p50 by the bare app's, {rounds} requests each by turns",
        ),
    ]


def asking(client: SignedClient) -> float:
    """Milliseconds until the command is acknowledged."""
    return milliseconds(lambda: client.command("/interview", "today"))


def check(answer: bytes) -> None:
    """Raise unless the answer shows today's sessions: a refusal would be quick, too."""
    if sum(f"S{number}-".encode() in answer for number in range(STUDIES)) < STUDIES:
        raise RuntimeError(f"/interview today does not show today's sessions: {answer.decode()[:300]}")
