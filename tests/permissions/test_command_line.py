"""The command line, command by command: as the member named, and no further than they may in Slack."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.cli import cli, export_cli
from bot.exporting import run_erase, run_export_of_person, run_export_of_table
from bot.importing import FileImport, run_import, run_preview
from domain.errors import NotAllowed, NotFound, RuleError
from domain.roles import Permission, Role
from tests.permissions.ground import Came, Ground
from tests.permissions.site import SECRET, Site
from tests.permissions.table import ABOUT_A_STUDY, EVERY_TEAM, Where, promised


@dataclass(frozen=True, slots=True)
class Asked:
    """What a command is asked: as whom, and about which site. `file` is a path that it may write to."""

    ground: Ground
    who: str
    site: Site
    file: Path
    mark: str

    def write(self, *lines: str) -> Path:
        self.file.write_text("\n".join(lines))
        return self.file


def imported(asked: Asked, kind: str, *lines: str) -> str:
    """What an import says; refused rows raise as if each had been asked for alone."""
    wanted = FileImport(kind, asked.write(*lines), as_user=asked.who)
    found = run_import(asked.ground.world.database, wanted, asked.ground.world.now)
    if found.problems:
        raise refusal(found.problems[0].sentence)
    return found.summary


def previewed(asked: Asked) -> str:
    lines = ("email,name,study", f"{asked.site.email},Another Name,{asked.site.key}")
    wanted = FileImport("participants", asked.write(*lines), as_user=asked.who)
    found = run_preview(asked.ground.world.database, wanted, asked.ground.world.now)
    said = " ".join((found.summary, *found.remarks, *(f"{each.who} {each.before}" for each in found.changes)))
    if found.problems:
        assert SECRET not in said
        raise refusal(found.problems[0])
    return said


def refusal(sentence: str) -> RuleError:
    """What a row's sentence says was raised for it."""
    if "You may not " in sentence:
        return NotAllowed(sentence)
    return NotFound(sentence) if "that you can see" in sentence else RuleError(sentence)


def people_file(asked: Asked) -> str:
    return imported(
        asked, "participants", "email,name,study", f"new.{asked.mark}@example.com,Somebody New,{asked.site.key}"
    )


def interviews_file(asked: Asked) -> str:
    role, where = asked.mark.split(".")
    hour, day = 6 + [each.value for each in Role].index(role), 1 + [each.name for each in Where].index(where)
    at = f"2026-06-{day:02} {hour:02}:00"
    return imported(asked, "interviews", "study,email,start", f"{asked.site.key},held.{asked.mark}@example.com,{at}")


def table(kind: str, *, whole: bool = False) -> Callable[[Asked], str]:
    """The export of a table, of a study or of the workspace."""

    def act(asked: Asked) -> str:
        world, key = asked.ground.world, "" if whole else asked.site.key
        made = run_export_of_table(world.database, kind, key, "csv", (None, asked.who), world.now)
        return made.data.decode()

    return act


def person(asked: Asked) -> str:
    world, called = asked.ground.world, f"P{asked.site.number}"
    return run_export_of_person(world.database, called, "csv", None, asked.who, world.now).data.decode()


def erasing(*, is_dry: bool) -> Callable[[Asked], str]:
    def act(asked: Asked) -> str:
        world, called = asked.ground.world, f"P{asked.site.number}"
        return str(run_erase(world.database, called, None, asked.who, world.now, is_dry=is_dry))

    return act


MANAGE, EXPORT, ERASE = Permission.MANAGE_INTERVIEWS, Permission.EXPORT_PEOPLE, Permission.ERASE_PEOPLE
AS_A_MEMBER: dict[str, tuple[Permission, Callable[[Asked], str]]] = {
    "import participants": (MANAGE, people_file),
    "import interviews": (MANAGE, interviews_file),
    "import --preview": (MANAGE, previewed),
    "export participants --study": (MANAGE, table("participants")),
    "export interviews --study": (MANAGE, table("interviews")),
    "export timeline --study": (MANAGE, table("timeline")),
    "export participants": (EXPORT, table("participants", whole=True)),
    "export interviews": (EXPORT, table("interviews", whole=True)),
    "export timeline": (EXPORT, table("timeline", whole=True)),
    "export person": (EXPORT, person),
    "erase": (ERASE, erasing(is_dry=True)),
    "erase --yes": (ERASE, erasing(is_dry=False)),
}
"""What each needs. The last erases people, so it comes last."""

BY_THE_OPERATOR = {
    **dict.fromkeys(("start", "run", "sandbox", "migrate"), "shows nothing of anybody"),
    "doctor": "whether what is set up works",
    "bounce": "notes that mail did not arrive, and names nobody",
    "digest": "posts what the team's channels get anyway",
}
"""Nobody is asked as whom, and why: whoever may run it has the database."""


def commands(of: object) -> dict[str, bool]:
    """The commands, and whether each acts as a member."""
    found = {}
    for command in of.registered_commands:  # type: ignore[attr-defined]
        assert command.callback is not None
        found[command.name or command.callback.__name__] = "as_user" in inspect.signature(command.callback).parameters
    return found


def test_no_command_is_missing_and_each_that_reads_for_somebody_says_for_whom() -> None:
    """A new one needs its cells above, or a reason why nobody is asked."""
    every = commands(cli) | {f"export {name}": as_a_member for name, as_a_member in commands(export_cli).items()}
    tried = {" ".join(name.split()[: 1 + name.startswith("export")]) for name in AS_A_MEMBER}
    assert every == {**dict.fromkeys(tried, True), **dict.fromkeys(BY_THE_OPERATOR, False)}


def came(act: Callable[[Asked], str], asked: Asked) -> tuple[Came, str]:
    try:
        return Came.OPEN, act(asked)
    except NotAllowed as error:
        return Came.REFUSED, error.message
    except NotFound as error:
        return Came.UNKNOWN, error.message
    except RuleError as error:
        return Came.RULE, error.message


@pytest.mark.parametrize("name", AS_A_MEMBER)
def test_a_command_does_what_the_member_named_may(ground: Ground, tmp_path: Path, name: str) -> None:
    needed, act = AS_A_MEMBER[name]
    wrong = []
    for role in Role:
        for where in Where if needed in ABOUT_A_STUDY else [Where.OWN]:
            asked = Asked(
                ground,
                f"member{list(Role).index(role) + 1}@northwind.example",
                ground.sites[role, where],
                tmp_path / "file.csv",
                f"{role}.{where.name}",
            )
            result, said = came(act, asked)
            is_hidden = where is Where.ELSEWHERE and role not in EVERY_TEAM
            if promised(needed, role, where):
                fits = result is Came.OPEN
            else:
                fits = result is Came.REFUSED or (result is Came.UNKNOWN and is_hidden) or "a study of yours" in said
            if not fits:
                wrong.append(f"{role.label} in {where.value}: {result.name}: {said[:150]}")
    assert wrong == []


def test_the_command_line_knows_no_stranger_and_no_format_that_there_is_not(ground: Ground) -> None:
    database, now = ground.world.database, ground.world.now
    with pytest.raises(NotFound, match="no member"):
        run_export_of_person(database, "P1", "json", None, "nobody@example.com", now)
    with pytest.raises(RuleError, match="formats"):
        run_export_of_person(database, "P1", "exe", None, None, now)
