"""The import from the command line: which workspace, as whom, and what it prints."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.importing import FileImport, print_preview, print_report, run_import, run_preview
from bot.services.imports import Report, preview
from domain.errors import RuleError
from domain.roles import Role
from storage.models import Interview, Member, Participant, TimelineEntry
from tests.builders import ONE_DATABASE, World, rows

PEOPLE = "email,study\na@example.com,CHK\n"


def run(world: World, path: Path, as_user: str | None = None, workspace: str | None = None) -> Report:
    return run_import(world.database, FileImport("participants", path, workspace, as_user), world.now)


@pytest.fixture
def people(tmp_path: Path) -> Path:
    path = tmp_path / "people.csv"
    path.write_text(PEOPLE)
    return path


def test_without_a_name_the_first_admin_imports(world: World, tmp_path: Path) -> None:
    path = tmp_path / "sessions.csv"
    path.write_text("study,email,start\nCHK,a@example.com,2026-11-20 10:00\n")
    report = run_import(world.database, FileImport("interviews", path), world.now)
    assert report.summary == "1 interview: 1 added."
    assert rows(world.database, sa.select(TimelineEntry.actor)) == [(world.admin.name,)]


def test_somebody_else_is_named_by_address_or_slack_id(world: World, people: Path) -> None:
    observer = world.observer
    assert len(run(world, people, observer.slack_user_id).problems) == 1
    assert run(world, people, "Member3@northwind.example").problems == ()


def test_of_several_workspaces_one_must_be_named(world: World, people: Path) -> None:
    assert run(world, people, workspace="T0CALL").problems == ()
    World.build(world.database, world.now, slack_team="T0ELSE")
    with pytest.raises(RuleError, match=r"several workspaces.*T0CALL.*T0ELSE"):
        run(world, people)
    assert run(world, people, workspace="T0CALL").summary == "1 participant: 1 unchanged."


def test_what_is_not_there_is_named(world: World, people: Path) -> None:
    with pytest.raises(RuleError, match="not installed in a workspace T0NOPE"):
        run(world, people, workspace="T0NOPE")
    with pytest.raises(RuleError, match=r"has no member nobody@example\.com"):
        run(world, people, "nobody@example.com")
    with pytest.raises(RuleError, match="can't be read: No such file"):
        run(world, people.with_name("other.csv"))
    with world.database.unit_of_work() as session:
        session.execute(sa.update(Member).where(Member.role == Role.ADMIN).values(role=Role.OBSERVER))
    with pytest.raises(RuleError, match="has no Admin yet"):
        run(world, people)


def test_columns_are_named_and_what_would_happen_is_only_printed(world: World, tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_text("Contact,Study,Plan\na@example.com,CHK,Pro\n")
    wanted = FileImport("participants", path, columns=("Contact=email", "Plan=skip"))
    out = io.StringIO()
    print_preview(run_preview(world.database, wanted, world.now), out)
    assert "“Contact” is: E-mail\n" in out.getvalue()
    assert "This would happen: 1 participant: 1 added.\n" in out.getvalue()
    assert rows(world.database, sa.select(Participant.id)) == []
    run_import(world.database, wanted, world.now)
    assert rows(world.database, sa.select(Participant.email, Participant.properties)) == [("a@example.com", {})]
    for wrong, sentence in (("Nope=email", "has no column “Nope”"), ("Contact=what", "does not say what")):
        with pytest.raises(RuleError, match=sentence):
            run_preview(world.database, FileImport("participants", path, columns=(wrong,)), world.now)


@ONE_DATABASE
def test_nobody_waits_for_all_of_a_preview_and_nothing_of_it_is_kept(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(preview, "PART", 2)
    path = tmp_path / "sessions.csv"
    path.write_text("study,email,start\n" + "".join(f"CHK,p{n}@example.com,2026-11-1{n} 10:00\n" for n in range(5)))
    ends: list[int] = []
    sa.event.listen(world.database.engine, "rollback", lambda _connection: ends.append(1))
    found = run_preview(world.database, FileImport("interviews", path), world.now)
    assert found.summary == "5 interviews: 5 added."
    assert len(ends) >= 3, "a unit of work for each part"
    assert rows(world.database, sa.select(Interview.id)) == []


@ONE_DATABASE
def test_a_file_of_ten_thousand_rows_is_one_sentence(world: World, tmp_path: Path) -> None:
    path = tmp_path / "many.csv"
    path.write_text("email,study\n" + "".join(f"p{n}@example.com,CHK\n" for n in range(10_000)))
    out = io.StringIO()
    assert print_report(run(world, path), out)
    assert out.getvalue() == "10,000 participants: 10,000 added.\n"
