"""The command line as people meet it: what it says, and how it ends, run as a process of its own."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from storage import migrate
from storage.engine import Database
from tests.builders import World
from tests.conftest import NOW
from tests.integrations import test_dsn
from tests.scenario.stage import free_port

PORTS = ("CALLSHEET_SANDBOX_PORT", "CALLSHEET_SANDBOX_SMTP_PORT", "CALLSHEET_PORT")
CALLSHEET = Path(sys.executable).with_name("callsheet")
SLACK = {
    "SLACK_BOT_TOKEN": "xoxb-1-2-three",
    "SLACK_APP_TOKEN": "xapp-1-A0-1-abc",
    "SLACK_API_URL": "http://127.0.0.1:1/api/",
    "CALLSHEET_LOG_LEVEL": "ERROR",
}


def callsheet(folder: Path, *arguments: str, given: bytes = b"", **settings: str) -> subprocess.CompletedProcess[str]:
    """Run the command in a folder, with these settings and no others, until it ends. `given` comes from stdin."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("SLACK_", "CALLSHEET_"))}
    ended = subprocess.run(
        [CALLSHEET, *arguments],
        cwd=folder,
        env={**inherited, **settings},
        capture_output=True,
        input=given,
        timeout=60,
        check=False,
    )
    return subprocess.CompletedProcess(ended.args, ended.returncode, ended.stdout.decode(), ended.stderr.decode())


@pytest.fixture
def taken_port() -> Iterator[str]:
    """A port on which another program listens."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        yield str(other.getsockname()[1])


@pytest.mark.parametrize("arguments", [["run"], ["run", "--only", "worker"], ["start"]], ids=" ".join)
def test_the_bot_says_that_its_port_is_taken(tmp_path: Path, taken_port: str, arguments: list[str]) -> None:
    ended = callsheet(tmp_path, *arguments, **SLACK, CALLSHEET_PORT=taken_port)
    assert ended.returncode == 1
    assert ended.stderr == (
        f"Port {taken_port} is taken by another program. Stop it, or set CALLSHEET_PORT to another port.\n"
    )


@pytest.mark.parametrize("setting", PORTS)
def test_the_sandbox_says_which_of_its_ports_is_taken(tmp_path: Path, taken_port: str, setting: str) -> None:
    free = {name: str(free_port()) for name in PORTS}
    ended = callsheet(tmp_path, "sandbox", **{**free, setting: taken_port})
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr == (
        f"Port {taken_port} is taken by another program. Stop it, or set {setting} to another port.\n"
    )


def test_a_piped_mail_that_is_no_report_is_no_error_and_a_database_that_is_away_asks_for_another_try(
    tmp_path: Path,
) -> None:
    url = f"sqlite:///{tmp_path / 'callsheet.db'}"
    assert callsheet(tmp_path, "migrate", CALLSHEET_DATABASE_URL=url).returncode == 0

    ended = callsheet(tmp_path, "bounce", given=b"Subject: Re: hello\n\nThanks \xff!\n", CALLSHEET_DATABASE_URL=url)
    assert (ended.returncode, ended.stdout[:15], ended.stderr) == (0, "Nothing to note", "")
    away = "postgresql://callsheet:secret@127.0.0.1:1/callsheet"
    ended = callsheet(tmp_path, "bounce", given=test_dsn.report(), CALLSHEET_DATABASE_URL=away)
    assert ended.returncode == 75
    assert "secret" not in ended.stderr


def test_the_command_line_exports_and_erases_a_participant(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'callsheet.db'}"
    database = Database(url)
    migrate.upgrade(database)
    World.build(database, NOW).participant("kai@example.com", "Kai Sundqvist")
    database.dispose()

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return callsheet(tmp_path, *arguments, CALLSHEET_DATABASE_URL=url)

    ended = run("export", "person", "P1", "--output", "kai.json")
    assert (ended.returncode, ended.stdout) == (0, "Written: kai.json\n")
    assert '"email": "kai@example.com"' in (tmp_path / "kai.json").read_text()
    assert (tmp_path / "kai.json").stat().st_mode & 0o077 == 0, "nobody else on the machine reads it"
    ended = run("erase", "kai@example.com", "--as", "member5@northwind.example", "--yes")
    assert (ended.returncode, "You may not erase participants" in ended.stderr) == (1, True)
    assert "P1 is erased." in run("erase", "P1", "--yes").stdout
