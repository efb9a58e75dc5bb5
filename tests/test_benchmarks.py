"""The benchmarks measure what they say: each piece on tiny sizes, nothing by the clock."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from starlette.applications import Starlette

from benchmarks import (
    acknowledged,
    booking_page,
    booking_rush,
    digests,
    imports,
    people,
    slots,
    statements,
    taps,
    visible,
)
from benchmarks.bare import bare_app
from benchmarks.clients import SignedClient
from benchmarks.data import HOSTS, OLD, TODAY, fill, zone_at_dawn
from benchmarks.figures import Figure, interleaved, table
from benchmarks.processes import Program, running
from bot.clock import SystemClock
from bot.services import links
from bot.services import slots as bookable
from bot.web.server import WebServer
from bot.web.slack import SlackEndpoint
from domain.person import LinkPurpose
from domain.scheduling import Assignment
from storage.engine import Database
from storage.models import Interview
from tests.conftest import NOW

FEW, MANY = 30, 60


@pytest.fixture(scope="module")
def present() -> datetime:
    """The bot that is started here has the machine's clock."""
    return SystemClock().now()


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory, present: datetime) -> tuple[Path, Path]:
    """Two databases, as the real ones are but small."""
    folder = tmp_path_factory.mktemp("benchmarks")
    paths = (folder / "few.db", folder / "many.db")
    for path, interviews in zip(paths, (FEW, MANY), strict=True):
        database = Database(f"sqlite:///{path}")
        fill(database, present, interviews)
        database.dispose()
    return paths


@pytest.fixture
def databases(filled: tuple[Path, Path]) -> Iterator[tuple[Database, Database]]:
    few, many = (Database(f"sqlite:///{path}") for path in filled)
    yield few, many
    few.dispose()
    many.dispose()


@pytest.mark.parametrize("hour", range(24))
def test_it_is_early_in_the_morning_where_the_team_is(hour: int) -> None:
    now = datetime(2026, 3, 1, hour, 59, tzinfo=UTC)
    assert now.astimezone(ZoneInfo(zone_at_dawn(now))).hour == 7


def test_a_small_and_a_large_database_look_the_same_today(
    databases: tuple[Database, Database], present: datetime
) -> None:
    ahead = sa.select(sa.func.count()).select_from(Interview).where(Interview.starts_at > present)
    for database, interviews in zip(databases, (FEW, MANY), strict=True):
        with database.reading() as session:
            assert session.scalar(sa.select(sa.func.count()).select_from(Interview)) == interviews
            assert session.scalar(ahead) == session.scalar(
                ahead.where(Interview.starts_at < present + timedelta(hours=2))
            )
            assert session.scalar(ahead) == TODAY
            assert session.scalar(sa.select(Interview.reference).where(Interview.reference == OLD)) == OLD


def test_the_table_says_which_figures_are_met_and_which_are_missed() -> None:
    figures = [Figure("Start", 1.5, "s", 2), Figure("Memory", 121, "MB", 120), Figure("Speed", 12_345, "rows/s")]
    heading, _, start, memory, speed = table(figures).splitlines()
    assert heading.split() == ["figure", "measured", "at", "most", "how", "it", "came", "about"]
    assert start.split() == ["Start", "1.50", "s", "2", "s", "met"]
    assert memory.split() == ["Memory", "121", "MB", "120", "MB", "MISSED"]
    assert speed.split() == ["Speed", "12,345", "rows/s"]


def test_what_is_compared_is_measured_by_turns_and_warmed_up() -> None:
    asked: list[str] = []

    def asking(name: str) -> float:
        asked.append(name)
        return len(asked)

    assert interleaved(lambda: asking("a"), lambda: asking("b"), rounds=2, warm_up=1) == ([3, 5], [4, 6])
    assert asked == ["a", "b"] * 3


def test_the_bare_app_acknowledges_what_slack_signed_and_nothing_else() -> None:
    server = WebServer(Starlette(routes=SlackEndpoint(bare_app("secret")).routes()), "127.0.0.1", 0)
    server.start()
    with closing(SignedClient(server.url, "secret")) as slack, closing(SignedClient(server.url, "other")) as stranger:
        assert slack.command("/interview", "today") == b"ok"
        assert slack.command("/interview", "today") == b"ok"
        with pytest.raises(RuntimeError, match="401"):
            stranger.command("/interview", "today")
    server.stop()


def test_a_program_says_where_it_is_and_ends_when_it_is_told_to(tmp_path: Path) -> None:
    with running(Program([sys.executable, "-m", "benchmarks.bare", "secret"], tmp_path, "bare")) as program:
        with closing(SignedClient(program.announced()["url"], "secret")) as slack:
            assert slack.command("/interview", "today") == b"ok"
        assert program.resident_megabytes() > 10
    with pytest.raises(RuntimeError, match="bare ended with 0"):
        program.check()


def test_a_program_that_does_not_start_shows_its_log(tmp_path: Path) -> None:
    with (
        running(Program([sys.executable, "-c", "raise SystemExit('no port')"], tmp_path, "broken")) as program,
        pytest.raises(RuntimeError, match="no port"),
    ):
        program.announced()


def test_commands_over_http_are_compared_with_the_bare_app(
    filled: tuple[Path, Path], tmp_path: Path, present: datetime
) -> None:
    names = [figure.name for figure in acknowledged.measure(tmp_path, filled[0], zone_at_dawn(present), rounds=2)]
    assert names == ["HTTP: bare Bolt app, p50", "HTTP: /interview today, p50", "HTTP: /interview today ÷ bare"]


def test_commands_and_app_home_are_seen_over_socket_mode(
    filled: tuple[Path, Path], tmp_path: Path, present: datetime
) -> None:
    figures = visible.measure(tmp_path, *filled, zone_at_dawn(present), rounds=2)
    assert [figure.limit for figure in figures] == [1.3, 1.3, 1.3]


def test_taps_are_timed_on_a_card_that_shows_what_they_did(
    filled: tuple[Path, Path], tmp_path: Path, present: datetime
) -> None:
    (figure,) = taps.measure(tmp_path, filled[1], zone_at_dawn(present), rounds=2)
    assert (figure.limit, figure.unit) == (150, "ms")


def test_taps_take_as_many_statements_however_much_is_stored(databases: tuple[Database, Database]) -> None:
    figures = taps.counted(*databases)
    assert [figure.measured for figure in figures if figure.limit == 0] == [0] * (len(figures) // 2)


def test_answers_take_at_most_six_statements_however_much_is_stored(databases: tuple[Database, Database]) -> None:
    figures = statements.measure(*databases)
    assert len(figures) == 8
    assert [figure.name for figure in figures if figure.is_missed] == []


def test_a_digest_tick_takes_as_many_statements_for_many_sessions_as_for_few(tmp_path: Path, present: datetime) -> None:
    figures = digests.measure(tmp_path, present, channels=5)
    assert [figure.measured for figure in figures if figure.limit is not None] == [0, 0]


def test_people_are_found_listed_judged_and_changed_on_both_databases(tmp_path: Path, present: datetime) -> None:
    figures = people.measure(tmp_path, present, on_postgresql=200, on_sqlite=200, rounds=2)
    statements = [figure.measured for figure in figures if figure.unit == "statements"]
    assert statements == [0, 0]
    changed = [figure.name.partition(",")[0] for figure in figures if figure.name.startswith("Change")]
    assert changed == ["Change 20 statuses"] * 2


def test_every_row_of_the_files_is_brought_in(tmp_path: Path, present: datetime) -> None:
    figures = imports.measure(tmp_path, present, rows=40)
    assert [figure.name for figure in figures] == [
        "Import: 40 participants",
        "Import: 40 interviews",
        "Import: interviews ahead",
    ]


def test_the_slots_that_are_timed_are_those_that_the_loop_finds(present: datetime) -> None:
    ground = slots.laid(present)
    for assignment, fewest in ((Assignment.ROUND_ROBIN, 1), (Assignment.COLLECTIVE, slots.HOSTS)):
        starts = [slot.starts_at for slot in slots.engine(ground, assignment)]
        assert starts == slots.one_pass(ground, fewest)
        assert len(starts) > 100
    assert [figure.limit for figure in slots.measure(present, rounds=2)] == [None, 2, None, 2]


def test_a_rush_gives_out_every_seat_and_no_more(tmp_path: Path, present: datetime) -> None:
    found = booking_rush.rush(f"sqlite:///{tmp_path / 'rush.db'}", tmp_path, present, 16, 3)
    assert (found.booked, found.refused, found.failed, found.seats_taken) == (3, 13, 0, 3)
    assert not booking_rush.figure("SQLite", found, 16, 3).is_missed
    assert booking_rush.figure("SQLite", replace(found, failed=1), 16, 3).is_missed


def test_the_page_with_free_times_is_asked_for_where_there_are_some(tmp_path: Path) -> None:
    present = NOW  # the hours that are partly booked move past the hosts' busy ones from day to day
    database = Database(f"sqlite:///{tmp_path / 'page.db'}")
    tokens = booking_page.fill(database, present, 100)
    with database.reading() as session:
        link = links.resolve(session, tokens[0], present, LinkPurpose.PAGE)
        found = bookable.offered(session, link.enrolment_id, present)
        ahead = session.scalar(sa.select(sa.func.count()).where(Interview.starts_at > present))
    database.dispose()
    assert (ahead, len(set(tokens))) == (100, booking_page.VISITORS)
    free = {len(slot.host_ids) for slot in found.slots}
    assert min(free) < max(free) == HOSTS
