"""The doors that are not Slack's buttons: files, the command line, and people from outside the workspace."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.exporting import run_erase, run_export_of_person
from bot.importing import FileImport, import_into_study, run_import
from bot.services import dropped_files
from domain.errors import NotAllowed, NotFound, RuleError
from domain.importing import DroppedFile
from domain.roles import Permission, Role
from storage.engine import Database
from tests.conftest import NOW
from tests.permissions.ground import Ground
from tests.permissions.table import Where, promised

CELLS = [(role, where) for role in Role for where in Where]


@pytest.fixture(scope="module")
def ground(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    path = tmp_path_factory.mktemp("doors") / "callsheet.db"
    shutil.copy(sqlite_template, path)
    database = Database(f"sqlite:///{path}")
    yield Ground.build(database, NOW)
    database.dispose()


def email_of(ground: Ground, role: Role) -> str:
    return f"member{list(Role).index(role) + 1}@northwind.example"


@pytest.mark.parametrize(("role", "where"), CELLS)
def test_a_file_on_the_command_line_goes_in_as_the_member_named_may(
    ground: Ground, tmp_path: Path, role: Role, where: Where
) -> None:
    site = ground.sites[role, where]
    file = tmp_path / "people.csv"
    file.write_text(f"email,name,study\nnew.{role}.{where.name}@example.com,Somebody New,{site.key}\n")
    report = run_import(
        ground.world.database, FileImport("participants", file, as_user=email_of(ground, role)), ground.world.now
    )
    is_open = promised(Permission.MANAGE_INTERVIEWS, role, where)
    assert (not report.problems) is is_open, report.summary


@pytest.mark.parametrize(("role", "where"), CELLS)
def test_a_file_that_comes_with_an_invitation_goes_into_studies_that_may_be_managed(
    ground: Ground, role: Role, where: Where
) -> None:
    actor, site = ground.world.people[role], ground.sites[role, where]
    data = f"email,name\ninv.{role}.{where.name}@example.com,Somebody New\n".encode()
    try:
        report = import_into_study(ground.world.database, actor, data, site.study_id, ground.world.now)
        came_in = not report.problems
    except (NotAllowed, NotFound):
        came_in = False
    assert came_in is promised(Permission.MANAGE_INTERVIEWS, role, where)


@pytest.mark.parametrize(("role", "where"), CELLS)
def test_interviews_in_a_file_are_booked_in_studies_that_may_be_managed(
    ground: Ground, tmp_path: Path, role: Role, where: Where
) -> None:
    site = ground.sites[role, where]
    file = tmp_path / "interviews.csv"
    hour = 6 + list(Role).index(role)
    day = 1 + list(Where).index(where)
    file.write_text(
        f"study,email,start\n{site.key},held.{role}.{where.name}@example.com,2026-06-{day:02} {hour:02}:00\n"
    )
    report = run_import(
        ground.world.database, FileImport("interviews", file, as_user=email_of(ground, role)), ground.world.now
    )
    is_open = promised(Permission.MANAGE_INTERVIEWS, role, where)
    assert (not report.problems) is is_open, [problem.sentence for problem in report.problems]


@pytest.mark.parametrize("role", Role)
def test_a_dropped_file_of_somebody_without_studies_is_refused_at_once(ground: Ground, role: Role) -> None:
    actor = ground.world.people[role]
    file = DroppedFile(f"F{role}", "people.csv", "https://files.slack.com/x", 10, "D1", "1.0")
    refusal = dropped_files.refused(actor, file)
    assert (refusal is None) is actor.may(Permission.MANAGE_INTERVIEWS, own_study=True)


@pytest.mark.parametrize("role", Role)
def test_the_command_line_exports_and_erases_as_the_member_named_may(ground: Ground, role: Role) -> None:
    database, now, site = ground.world.database, ground.world.now, ground.sites[role, Where.OWN]
    called, who = f"P{site.number}", email_of(ground, role)
    may = promised(Permission.EXPORT_PEOPLE, role, Where.OWN)
    for act in (
        lambda: run_export_of_person(database, called, "csv", None, who, now),
        lambda: run_erase(database, called, None, who, now, is_dry=True),
        lambda: run_erase(database, called, None, who, now, is_dry=False),
    ):
        if may:
            act()
        else:
            with pytest.raises(NotAllowed):
                act()


def test_the_command_line_knows_no_stranger_and_no_format_that_there_is_not(ground: Ground) -> None:
    database, now = ground.world.database, ground.world.now
    with pytest.raises(NotFound, match="no member"):
        run_export_of_person(database, "P1", "json", None, "nobody@example.com", now)
    with pytest.raises(RuleError, match="formats"):
        run_export_of_person(database, "P1", "exe", None, None, now)
