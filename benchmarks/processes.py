"""Programs that run beside the measurement: the bot, a bare Bolt app, a sandbox; each a process of its own."""

from __future__ import annotations

import http.client
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
READY_SECONDS = 30.0
STOP_SECONDS = 15.0
OURS = ("SLACK_", "CALLSHEET_")


class Program:
    """A program that was started, its time of start, and what it logs, in a file."""

    def __init__(self, command: list[str], folder: Path, name: str, environment: Mapping[str, str] = {}) -> None:
        self._log = folder / f"{name}.log"
        self.name = name
        self.began = time.perf_counter()
        with self._log.open("w") as log:
            self._process = subprocess.Popen(
                command,
                cwd=folder,
                env={**surrounding(folder), **environment},
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )

    def announced(self) -> dict[str, Any]:
        """What the program says of itself on its first line."""
        line = self._process.stdout.readline() if self._process.stdout else ""
        if not line:
            raise RuntimeError(f"{self.name} did not start:\n{self.log()}")
        said: dict[str, Any] = json.loads(line)
        return said

    def log(self) -> str:
        """The end of what it logged."""
        return self._log.read_text(errors="replace")[-4000:]

    def check(self) -> None:
        """Raise if it is gone."""
        if self._process.poll() is not None:
            raise RuntimeError(f"{self.name} ended with {self._process.returncode}:\n{self.log()}")

    def resident_megabytes(self) -> float:
        """The memory that it holds (VmRSS)."""
        status = Path(f"/proc/{self._process.pid}/status").read_text()
        kilobytes = next(line.split()[1] for line in status.splitlines() if line.startswith("VmRSS:"))
        return int(kilobytes) / 1024

    def stop(self) -> float:
        """Ask it to end, as an operator does (SIGTERM). The seconds until it is gone."""
        began = time.perf_counter()
        self._process.terminate()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.stdout:
            self._process.stdout.close()
        return time.perf_counter() - began


def surrounding(folder: Path) -> dict[str, str]:
    """The environment that programs start in: nothing of what whoever measures has set for a Callsheet of their own.

    Modules are compiled once, as pip does when it installs them, and not at every start.
    """
    left_out = ("PYTHONDONTWRITEBYTECODE",)
    given = {name: value for name, value in os.environ.items() if not name.startswith(OURS) and name not in left_out}
    return {**given, "PYTHONPATH": str(ROOT), "PYTHONPYCACHEPREFIX": str(folder / "bytecode")}


@contextmanager
def running(program: Program) -> Iterator[Program]:
    """The program until the block ends."""
    try:
        yield program
    finally:
        program.stop()


@contextmanager
def sandbox(folder: Path, time_zone: str, name: str) -> Iterator[dict[str, Any]]:
    """A Slack of its own on localhost: its addresses and secrets. See `benchmarks.slack`."""
    command = [sys.executable, "-m", "benchmarks.slack", time_zone]
    with running(Program(command, folder, name)) as program:
        yield program.announced()


def bot(folder: Path, name: str, slack: Mapping[str, Any], database: Path, *, over_http: bool) -> tuple[Program, str]:
    """Start `callsheet run` in front of a sandbox. The program and its address; see `ready`."""
    port = free_port()
    door = {"SLACK_SIGNING_SECRET": slack["signing_secret"]} if over_http else {"SLACK_APP_TOKEN": slack["app_token"]}
    environment = {
        "SLACK_BOT_TOKEN": slack["bot_token"],
        "SLACK_API_URL": f"{slack['url']}/slack/api/",
        "CALLSHEET_DATABASE_URL": f"sqlite:///{database}",
        "CALLSHEET_PORT": str(port),
        **door,
    }
    program = Program([str(Path(sys.executable).parent / "callsheet"), "run"], folder, name, environment)
    return program, f"http://127.0.0.1:{port}"


def ready(program: Program, url: str) -> float:
    """Wait until the bot's `/healthz` says that all is well, Slack included. The seconds since its start."""
    while not is_well(url):
        program.check()
        if time.perf_counter() - program.began > READY_SECONDS:
            raise RuntimeError(f"{program.name} is not ready after {READY_SECONDS:.0f} s:\n{program.log()}")
        time.sleep(0.02)
    return time.perf_counter() - program.began


def is_well(url: str) -> bool:
    connection = http.client.HTTPConnection(url.removeprefix("http://"), timeout=5)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port
