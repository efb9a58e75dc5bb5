"""The command line: `callsheet run`, `sandbox`, `start`, `doctor`, `migrate`, `import`, `bounce`, `digest`."""

from __future__ import annotations

import gc
import logging
import signal
import sys
import threading
from enum import StrEnum
from importlib.metadata import entry_points
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from bot.logs import configure_logs
from bot.settings import Settings, SettingsError, load_settings

cli = typer.Typer(
    help="A Slack bot that runs user research for a team: studies, participants, interviews.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
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
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True, help="A CSV file.")],
    as_user: Annotated[str | None, typer.Option("--as", help="The member who imports: e-mail or Slack id.")] = None,
    workspace: Annotated[str | None, typer.Option(help="Slack's team id, where there are several.")] = None,
) -> None:
    """Bring participants or interviews in from a CSV file. The same file twice changes nothing."""
    from bot.clock import SystemClock
    from bot.importing import print_report, run_import
    from domain.errors import RuleError
    from storage import migrate as migrations
    from storage.engine import Database

    database = Database(settings_or_exit().database_url.get_secret_value())
    migrations.upgrade(database)
    try:
        report = run_import(database, kind.value, file, workspace, as_user, SystemClock().now())
    except RuleError as error:
        fail(error.message)
    if not print_report(report):
        raise typer.Exit(1)


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
