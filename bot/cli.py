"""The command line: `callsheet run`, `sandbox`, `start`, `doctor`, `migrate`, `import`, `export`, `erase`,
`bounce`, `digest`."""

from __future__ import annotations

import gc
import logging
import os
import signal
import sys
import threading
from enum import StrEnum
from importlib.metadata import entry_points
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from bot.logs import configure_logs
from bot.settings import Settings, SettingsError, load_settings

if TYPE_CHECKING:
    from storage.engine import Database

cli = typer.Typer(
    help="A Slack bot that runs user research for a team: studies, participants, interviews.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
export_cli = typer.Typer(help="Take data out, into a file.", no_args_is_help=True)
cli.add_typer(export_cli, name="export")
log = logging.getLogger("callsheet")
TRY_AGAIN = 75
"""The exit status that tells a mail server to keep the mail and come again (EX_TEMPFAIL)."""
NEW_OBJECTS = 20_000
"""So many new objects make the garbage collector look: a page of free times alone is made of some ten thousand."""


class Half(StrEnum):
    WEB = "web"
    WORKER = "worker"


class ImportKind(StrEnum):
    PARTICIPANTS = "participants"
    INTERVIEWS = "interviews"


def main() -> None:
    """The `callsheet` command."""
    cli()


def fail(*sentences: str) -> NoReturn:
    """Say what is wrong and leave with status 1."""
    for sentence in sentences:
        typer.echo(sentence, err=True)
    raise typer.Exit(1)


def settings_or_exit() -> Settings:
    """The settings; what is wrong with them is said, all at once."""
    try:
        settings = load_settings()
    except SettingsError as error:
        fail("Callsheet can't start:", *(f"  {sentence}" for sentence in error.sentences))
    configure_logs(settings.log_format, settings.log_level)
    return settings


@cli.command()
def start() -> None:
    """Join the workspace whose tokens are set; without any, open the sandbox."""
    settings = settings_or_exit()
    if settings.knows_slack:
        serve(settings, None)
    else:
        open_sandbox()


@cli.command()
def run(only: Annotated[Half | None, typer.Option(help="Be one half of the bot only.")] = None) -> None:
    """Be the bot: Slack, web pages, ticks and deliveries in one process."""
    settings = settings_or_exit()
    if not settings.knows_slack:
        fail("SLACK_BOT_TOKEN is not set. Set it (docs/getting-started.md), or try `callsheet sandbox`.")
    serve(settings, only)


@cli.command()
def sandbox() -> None:
    """Open a Slack workspace, a calendar and a mailbox on localhost, with the bot in it."""
    open_sandbox()


@cli.command()
def doctor(host: Annotated[str | None, typer.Option(help="A host whose calendar is to be tried.")] = None) -> None:
    """Check tokens, scopes, database, mail and calendars, and say what to do."""
    from bot.doctor import print_findings, run_checks, settings_findings

    try:
        findings = run_checks(load_settings(), host=host)
    except SettingsError as error:
        findings = settings_findings(error)
    if not print_findings(findings):
        raise typer.Exit(1)


@cli.command()
def migrate() -> None:
    """Bring the database to the tables of this version."""
    from storage import migrate as migrations
    from storage.engine import Database

    database = Database(settings_or_exit().database_url.get_secret_value())
    migrations.upgrade(database)
    typer.echo(f"The database is at {migrations.current(database)}.")


@cli.command(name="import")
def import_file(
    kind: Annotated[ImportKind, typer.Argument(help="What the file holds.")],
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True, help="A CSV or .xlsx file.")],
    as_user: Annotated[str | None, typer.Option("--as", help="The member who imports: e-mail or Slack id.")] = None,
    workspace: Annotated[str | None, typer.Option(help="Slack's team id, where there are several.")] = None,
    column: Annotated[
        list[str] | None, typer.Option(help="What a column is, as “Work mail=email”; also property, skip. Repeat it.")
    ] = None,
    preview: Annotated[bool, typer.Option("--preview", help="Only say what would happen.")] = False,
) -> None:
    """Bring participants or interviews in from a CSV or .xlsx file. The same file twice changes nothing."""
    from bot.clock import SystemClock
    from bot.importing import FileImport, print_preview, print_report, run_import, run_preview
    from domain.errors import RuleError
    from storage import migrate as migrations
    from storage.engine import Database

    database = Database(settings_or_exit().database_url.get_secret_value())
    migrations.upgrade(database)
    wanted = FileImport(kind.value, file, workspace, as_user, tuple(column or ()))
    try:
        if preview:
            print_preview(run_preview(database, wanted, SystemClock().now()))
            return
        report = run_import(database, wanted, SystemClock().now())
    except RuleError as error:
        fail(error.message)
    if not print_report(report):
        raise typer.Exit(1)


@export_cli.command(name="participants")
def export_participants(
    study: Annotated[str, typer.Option(help="Only those in this study, with where they stand.")] = "",
    output: Annotated[Path | None, typer.Option(help="The file to be written.")] = None,
    form: Annotated[str, typer.Option("--format", help="csv or xlsx.")] = "csv",
    as_user: Annotated[str | None, typer.Option("--as", help="The member who exports: e-mail or Slack id.")] = None,
    workspace: Annotated[str | None, typer.Option(help="Slack's team id, where there are several.")] = None,
) -> None:
    """Write the participants into a file that can be imported again."""
    export_table("participants", study, form, (workspace, as_user), output)


@export_cli.command(name="interviews")
def export_interviews(
    study: Annotated[str, typer.Option(help="Only those of this study.")] = "",
    output: Annotated[Path | None, typer.Option(help="The file to be written.")] = None,
    form: Annotated[str, typer.Option("--format", help="csv or xlsx.")] = "csv",
    as_user: Annotated[str | None, typer.Option("--as", help="The member who exports: e-mail or Slack id.")] = None,
    workspace: Annotated[str | None, typer.Option(help="Slack's team id, where there are several.")] = None,
) -> None:
    """Write the interviews into a file, a line a participant."""
    export_table("interviews", study, form, (workspace, as_user), output)


@export_cli.command(name="timeline")
def export_timeline(
    study: Annotated[str, typer.Option(help="Only of this study's interviews.")] = "",
    output: Annotated[Path | None, typer.Option(help="The file to be written.")] = None,
    form: Annotated[str, typer.Option("--format", help="csv or xlsx.")] = "csv",
    as_user: Annotated[str | None, typer.Option("--as", help="The member who exports: e-mail or Slack id.")] = None,
    workspace: Annotated[str | None, typer.Option(help="Slack's team id, where there are several.")] = None,
) -> None:
    """Write what happened to interviews into a file."""
    export_table("timeline", study, form, (workspace, as_user), output)


def export_table(kind: str, study: str, form: str, who: tuple[str | None, str | None], output: Path | None) -> None:
    """Write a table into a file. `who` is the workspace and the member who asks, as far as they are named."""
    from bot.clock import SystemClock
    from bot.exporting import run_export_of_table
    from domain.errors import RuleError

    try:
        made = run_export_of_table(migrated(), kind, study, form, who, SystemClock().now())
    except RuleError as error:
        fail(error.message)
    write_out(output or Path(made.name), made.data)


@export_cli.command(name="person")
def export_person(
    called: Annotated[str, typer.Argument(help="The participant: P17, or an e-mail address.")],
    output: Annotated[Path | None, typer.Option(help="The file to be written; else P17 and the day.")] = None,
    form: Annotated[str, typer.Option("--format", help="json or csv.")] = "json",
    as_user: Annotated[str | None, typer.Option("--as", help="The member who exports: e-mail or Slack id.")] = None,
    workspace: Annotated[str | None, typer.Option(help="Slack's team id, where there are several.")] = None,
) -> None:
    """Write everything about one participant into a file, for them."""
    from bot.clock import SystemClock
    from bot.exporting import run_export_of_person
    from domain.errors import RuleError

    try:
        made = run_export_of_person(migrated(), called, form, workspace, as_user, SystemClock().now())
    except RuleError as error:
        fail(error.message)
    write_out(output or Path(made.name), made.data)


@cli.command()
def erase(
    called: Annotated[str, typer.Argument(help="The participant: P17, or an e-mail address.")],
    as_user: Annotated[str | None, typer.Option("--as", help="The member who erases: e-mail or Slack id.")] = None,
    workspace: Annotated[str | None, typer.Option(help="Slack's team id, where there are several.")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do it; without this it is only said what would go.")] = False,
) -> None:
    """Erase everything personal of one participant. What must be kept stays under their alias."""
    from bot.clock import SystemClock
    from bot.exporting import run_erase
    from domain.erasure import goes, stays
    from domain.errors import RuleError

    try:
        found = run_erase(migrated(), called, workspace, as_user, SystemClock().now(), is_dry=not yes)
    except RuleError as error:
        fail(error.message)
    if found.is_done:
        typer.echo(f"{found.alias} was erased before: nothing changed.")
    elif yes:
        typer.echo(f"{found.alias} is erased. A running Callsheet brings Slack and the calendars up to date.")
    else:
        lines = ["This would go:", *(f"  {each}" for each in goes(found)), "This would stay:"]
        typer.echo("\n".join([*lines, *(f"  {each}" for each in stays(found)), "Add --yes to erase them."]))


def migrated() -> Database:
    """The database of the settings, brought to the tables of this version."""
    from storage import migrate as migrations
    from storage.engine import Database

    database = Database(settings_or_exit().database_url.get_secret_value())
    migrations.upgrade(database)
    return database


def write_out(path: Path, data: bytes) -> None:
    """Write a file that only its owner may read; one that is there already is not overwritten."""
    try:
        with open(path, "xb", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
            file.write(data)
    except FileExistsError:
        fail(f"{path} is there already. Name another file by --output.")
    except OSError as error:
        fail(f"{path} can't be written: {error.strerror}.")
    typer.echo(f"Written: {path}")


@cli.command()
def bounce() -> None:
    """Take in a report of mail that did not arrive, from stdin: for a mail server that pipes a mailbox here.

    What is no such report changes nothing, and is no error: the mail server is not to send it back.
    """
    from sqlalchemy.exc import SQLAlchemyError

    from bot.clock import SystemClock
    from bot.integrations import dsn
    from bot.services import bounces
    from storage.engine import Database

    database = Database(settings_or_exit().database_url.get_secret_value())
    try:
        with database.unit_of_work() as session:
            noted = bounces.returned_all(session, dsn.read(sys.stdin.buffer.read()), SystemClock().now())
    except SQLAlchemyError as error:
        typer.echo(f"The database does not answer: {type(error).__name__}. Try again later.", err=True)
        raise typer.Exit(TRY_AGAIN) from None
    typer.echo("Noted." if noted else "Nothing to note: no failure of a mail of Callsheet's, or one that is known.")


@cli.command()
def digest() -> None:
    """Post every digest that is due now, without waiting for the tick."""
    from bot.app import Part, build

    callsheet = build(settings_or_exit(), parts=[Part.WORKER])
    callsheet.ticks.run_now("digests")
    callsheet.database.dispose()
    typer.echo("Digests that were due are in the outbox; a running Callsheet posts them.")


def serve(settings: Settings, only: Half | None) -> None:
    """Run the bot until SIGTERM or Ctrl+C.

    What is made at the start stays: the garbage collector leaves it alone. Otherwise it goes through all of it again
    and again, a seventh of the start, and later a tenth of a second in the middle of some request.
    """
    gc.disable()
    from bot.app import Part, build
    from bot.web.server import PortTaken

    parts = tuple(Part) if only is None else (Part(only.value),)
    callsheet = build(settings, parts=parts)
    leave = threading.Event()
    for wanted in (signal.SIGTERM, signal.SIGINT):
        signal.signal(wanted, lambda *_: leave.set())
    try:
        callsheet.start()
    except PortTaken as taken:
        fail(f"{taken} Stop it, or set CALLSHEET_PORT to another port.")
    gc.freeze()
    gc.set_threshold(NEW_OBJECTS, 20, 20)
    gc.enable()
    log.info("ready at %s", callsheet.web.url)
    while not leave.wait(1):
        if callsheet.failure is not None:
            callsheet.stop()
            fail(f"Slack can't be joined: {callsheet.failure}. Run `callsheet doctor`.")
    log.info("stopping")
    callsheet.stop()


def open_sandbox() -> None:
    """Hand over to the sandbox, which is found by its entry point: the bot does not know it."""
    found = tuple(entry_points(group="callsheet.sandbox"))
    if not found:
        fail("The sandbox is not installed.")
    sys.exit(found[0].load()())
