"""`callsheet doctor`: looks at everything that Callsheet depends on, and says what to do about what is wrong.

Each check is a small function that returns a Finding. None of them changes anything, anywhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import StrEnum
from typing import Any

import httplib2
import sqlalchemy as sa
import typer
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError

from bot.clock import Clock, SystemClock
from bot.integrations.gmail import SERVICE, GmailMailer
from bot.integrations.google_api import CALENDAR, GoogleApi
from bot.integrations.ports import Mailer, Refused, Unavailable
from bot.mailing import mailer_of
from bot.manifest import bot_scopes
from bot.settings import Settings, SettingsError
from storage import migrate
from storage.engine import Database

TIMEOUT_SECONDS = 10
NOTICEABLE_SKEW = timedelta(seconds=30)
REFUSED_SKEW = timedelta(minutes=5)
"""Slack's requests carry a signed time; one that seems older than this is refused."""

SLACK_ADVICE = {
    "account_inactive": "The app was uninstalled or its user removed: install it again and copy the new token.",
    "invalid_auth": "Copy it again: bot token from “OAuth & Permissions”, app-level token from “Basic Information”.",
    "missing_scope": "Give the app-level token the scope connections:write (“Basic Information” → “App-Level Tokens”).",
    "not_allowed_token_type": "The two tokens are swapped: xoxb-… is SLACK_BOT_TOKEN, xapp-… is SLACK_APP_TOKEN.",
    "token_revoked": "Install the app again and copy the new token.",
}

SMTP_ADVICE = (
    "Check host, port, name and password in CALLSHEET_SMTP_URL (special characters are written as %XX), "
    "and that this machine may reach the server."
)


class Verdict(StrEnum):
    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found. `what_to_do` is a sentence, empty when all is well."""

    verdict: Verdict
    subject: str
    what: str
    what_to_do: str = ""


@dataclass(frozen=True, slots=True)
class SlackAnswer:
    """Slack's answer to `auth.test`: the workspace, and the headers by their names in lower case."""

    team: str
    bot: str
    headers: Mapping[str, str]


def run_checks(settings: Settings, *, host: str | None = None, clock: Clock | None = None) -> list[Finding]:
    """Look at everything that the settings name. `host` is the address of somebody whose calendar to try."""
    clock = clock or SystemClock()
    now = clock.now()
    return [
        settings_are_read(settings),
        database_is_migrated(settings),
        *slack_findings(settings, now),
        mail_goes_out(settings, clock),
        *filter(None, [bounces_come_back(settings)]),
        calendars_open(settings, host, now),
        *public_findings(settings),
    ]


def settings_findings(error: SettingsError) -> list[Finding]:
    """Findings for settings that can't be used; nothing else can be checked then."""
    return [Finding(Verdict.FAILED, "Settings", sentence, "See docs/configuration.md.") for sentence in error.sentences]


def print_findings(findings: Iterable[Finding]) -> bool:
    """Print a line for each finding, and below it what to do. True when nothing failed."""
    findings = list(findings)
    width = max((len(finding.subject) for finding in findings), default=0)
    colours = {Verdict.OK: "green", Verdict.WARNING: "yellow", Verdict.FAILED: "red"}
    for finding in findings:
        verdict = typer.style(f"{finding.verdict:<7}", fg=colours[finding.verdict])
        typer.echo(f"{verdict}  {finding.subject:<{width}}  {finding.what}")
        if finding.what_to_do:
            typer.echo(f"{'':<7}  {'':<{width}}  → {finding.what_to_do}")
    failed = sum(finding.verdict is Verdict.FAILED for finding in findings)
    warnings = sum(finding.verdict is Verdict.WARNING for finding in findings)
    typer.echo(f"{len(findings) - failed - warnings} ok, {warnings} warnings, {failed} failed")
    return failed == 0


def settings_are_read(settings: Settings) -> Finding:
    """Whether the settings lead to a workspace."""
    if not settings.knows_slack:
        return Finding(
            Verdict.WARNING,
            "Settings",
            "No Slack tokens: `make run` opens the sandbox.",
            "docs/getting-started.md leads to a workspace in ten minutes.",
        )
    transport = {"socket": "Socket Mode", "http": "HTTP"}[settings.transport]
    install = "any workspace that installs the app" if settings.wants_oauth else "one workspace"
    return Finding(Verdict.OK, "Settings", f"Complete, for {install} over {transport}.")


def database_is_migrated(settings: Settings) -> Finding:
    """Whether the database answers and has the tables that this version wants."""
    database = Database(settings.database_url.get_secret_value(), pool_size=1)
    kind = "SQLite" if database.is_sqlite else "PostgreSQL"
    try:
        current, head = migrate.current(database), migrate.head()
    except sa.exc.SQLAlchemyError as error:
        reason = str(getattr(error, "orig", None) or error).splitlines()[0]
        advice = "Check CALLSHEET_DATABASE_URL, and that the server runs and lets this machine in."
        return Finding(Verdict.FAILED, "Database", f"{kind} does not answer: {reason}", advice)
    finally:
        database.dispose()
    if current == head:
        return Finding(Verdict.OK, "Database", f"{kind} at the newest revision, {head}.")
    found = f"at revision {current}" if current else "empty"
    return Finding(Verdict.WARNING, "Database", f"{kind} is {found}; the newest is {head}.", "Run `callsheet migrate`.")


def slack_findings(settings: Settings, now: datetime) -> Iterator[Finding]:
    """The bot token with its scopes and the clock, and the app-level token: those that are set."""
    if settings.slack_bot_token:
        client = WebClient(
            settings.slack_bot_token.get_secret_value(), base_url=settings.slack_api_url, timeout=TIMEOUT_SECONDS
        )
        answer = ask_slack(client)
        if isinstance(answer, Finding):
            yield answer
        else:
            yield Finding(Verdict.OK, "Slack bot token", f"Acts as @{answer.bot} in {answer.team}.")
            yield scopes_are_granted(answer)
            yield clock_agrees(answer, now)
    if settings.slack_app_token:
        yield socket_opens(settings.slack_app_token.get_secret_value(), settings.slack_api_url)


def ask_slack(client: WebClient) -> SlackAnswer | Finding:
    """Slack's answer to `auth.test`, or the finding that there is no good one."""
    try:
        response = client.auth_test()
    except SlackApiError as error:
        return _slack_refused("Slack bot token", error)
    except (SlackClientError, OSError) as error:
        return _slack_is_away(client.base_url, error)
    headers = {name.lower(): str(value) for name, value in dict(response.headers).items()}
    return SlackAnswer(response.get("team", "?"), response.get("user", "?"), headers)


def scopes_are_granted(answer: SlackAnswer) -> Finding:
    """Whether the token has the scopes that the manifest asks for."""
    granted = {scope.strip() for scope in answer.headers.get("x-oauth-scopes", "").split(",")} - {""}
    if not granted:
        return Finding(Verdict.WARNING, "Slack scopes", "Slack did not say which scopes the token has.")
    missing = [scope for scope in bot_scopes() if scope not in granted]
    if missing:
        return Finding(
            Verdict.FAILED,
            "Slack scopes",
            f"Missing: {', '.join(missing)}.",
            "Paste app_manifest.yml into the app's “App Manifest”, then “Install App” → “Reinstall to workspace”.",
        )
    more = sorted(granted - set(bot_scopes()))
    if more:
        advice = "Not needed: take them away when you like."
        return Finding(Verdict.OK, "Slack scopes", f"All there, and more: {', '.join(more)}.", advice)
    return Finding(Verdict.OK, "Slack scopes", f"All {len(granted)} that the manifest asks for.")


def clock_agrees(answer: SlackAnswer, now: datetime) -> Finding:
    """Whether this machine's clock and Slack's agree; more than five minutes apart, no signed request is believed."""
    try:
        theirs = parsedate_to_datetime(answer.headers.get("date", ""))
    except ValueError:
        return Finding(Verdict.WARNING, "Clock", "Slack did not say what time it is.")
    skew = abs(now - theirs)
    if skew < NOTICEABLE_SKEW:
        return Finding(Verdict.OK, "Clock", "Agrees with Slack's.")
    verdict = Verdict.FAILED if skew >= REFUSED_SKEW else Verdict.WARNING
    what = f"{skew.total_seconds():.0f} seconds apart from Slack's."
    return Finding(verdict, "Clock", what, "Set this machine's clock by NTP: reminders and signatures depend on it.")


def socket_opens(token: str, api_url: str) -> Finding:
    """Whether the app-level token opens Socket Mode. The address that Slack gives out is not used."""
    client = WebClient(base_url=api_url, timeout=TIMEOUT_SECONDS)
    try:
        client.apps_connections_open(app_token=token)
    except SlackApiError as error:
        return _slack_refused("Slack app token", error)
    except (SlackClientError, OSError) as error:
        return _slack_is_away(api_url, error)
    return Finding(Verdict.OK, "Slack app token", "Opens Socket Mode.")


def mail_goes_out(settings: Settings, clock: Clock) -> Finding:
    """Whether mail may go out by the way that is set up. Nothing is sent."""
    mailer = mailer_of(settings, clock)
    if mailer is None:
        advice = "Set CALLSHEET_SMTP_URL and CALLSHEET_MAIL_FROM, or CALLSHEET_MAIL_BY=gmail."
        return Finding(Verdict.WARNING, "Mail", "Not set up: participants get no mails from Callsheet.", advice)
    _, address = settings.mail_sender
    try:
        mailer.check()
    except Unavailable as error:
        return Finding(Verdict.FAILED, "Mail", str(error), gmail_advice(settings) if by_gmail(mailer) else SMTP_ADVICE)
    finally:
        mailer.close()
    who = "Gmail" if by_gmail(mailer) else "The server"
    return Finding(Verdict.OK, "Mail", f"{who} lets us in; mails come from {address}.")


def by_gmail(mailer: Mailer) -> bool:
    return isinstance(mailer, GmailMailer)


def gmail_advice(settings: Settings) -> str:
    """What lets the service account send in the name of the sender."""
    key = settings.google_key or {}
    return (
        f"In Google's admin console, under “Domain-wide delegation”, allow client {key.get('client_id', '?')} "
        f"the scope {SERVICE.scopes[0]}, and enable the Gmail API in its project. CALLSHEET_MAIL_FROM must be a "
        "person's mailbox."
    )


def bounces_come_back(settings: Settings) -> Finding | None:
    """Whether reports of what could not be delivered are taken in; None without mail."""
    if not settings.has_mail:
        return None
    if settings.bounce_secret is None:
        advice = "Set CALLSHEET_BOUNCE_SECRET, or pipe the reports into `callsheet bounce` (docs/operating.md, “Mail”)."
        return Finding(Verdict.WARNING, "Bounces", "Reports of mail that comes back later are not posted here.", advice)
    return Finding(Verdict.OK, "Bounces", "Reports are taken in at /mail/bounces.")


def calendars_open(settings: Settings, host: str | None, now: datetime) -> Finding:
    """Whether the service account may act for `host`, if one is named."""
    key = settings.google_key
    if key is None:
        advice = "Set CALLSHEET_GOOGLE_SERVICE_ACCOUNT (docs/getting-started.md, “Calendars”)."
        return Finding(Verdict.WARNING, "Calendars", "Not set up: interviews stay out of Google Calendar.", advice)
    account = key["client_email"]
    if host is None:
        advice = "Name a host to try: `callsheet doctor --host somebody@example.com`."
        return Finding(Verdict.OK, "Calendars", f"A key for {account}; not tried.", advice)
    try:
        _read(GoogleApi(key, settings.google_api_endpoint), host, now)
    except Refused as error:
        advice = (
            f"In Google's admin console, under “Domain-wide delegation”, allow client {key.get('client_id', '?')} "
            f"the scope {' and '.join(CALENDAR.scopes)}; and check that {host} has a calendar."
        )
        return Finding(Verdict.FAILED, "Calendars", f"No access for {host}: {error}", advice)
    except Unavailable as error:
        return Finding(Verdict.FAILED, "Calendars", str(error), "Check this machine's way to Google, and try again.")
    return Finding(Verdict.OK, "Calendars", f"{account} may act for {host}.")


def public_findings(settings: Settings) -> Iterator[Finding]:
    """Whether the public address leads here, if one is set."""
    if settings.public_url is None:
        return
    url = f"{settings.public_url}/healthz"
    try:
        with closing(httplib2.Http(timeout=TIMEOUT_SECONDS)) as http:
            response, _ = http.request(url)
    except (httplib2.HttpLib2Error, OSError) as error:
        advice = "Check CALLSHEET_PUBLIC_URL, the name's DNS entry and the proxy."
        yield Finding(Verdict.FAILED, "Public address", f"{url} can't be reached: {_first_line(error)}", advice)
        return
    if response.status == 200:
        yield Finding(Verdict.OK, "Public address", f"{url} answers.")
    else:
        advice = "Start Callsheet, and check that the proxy leads to CALLSHEET_HOST and CALLSHEET_PORT."
        yield Finding(Verdict.WARNING, "Public address", f"{url} answers {response.status}.", advice)


def _read(api: GoogleApi[Any], host: str, now: datetime) -> None:
    """Ask Google for one event of the host's calendar. Raises Refused and Unavailable."""
    try:
        api.call(
            host,
            lambda service: service.events().list(calendarId=host, timeMin=now.isoformat(), maxResults=1),
            TIMEOUT_SECONDS,
        )
    finally:
        api.close()


def _slack_refused(subject: str, error: SlackApiError) -> Finding:
    reason = str(error.response["error"])
    return Finding(Verdict.FAILED, subject, f"Slack says {reason}.", SLACK_ADVICE.get(reason, "Copy the token again."))


def _slack_is_away(api_url: str, error: Exception) -> Finding:
    what = f"{api_url} can't be reached: {_first_line(error)}"
    return Finding(Verdict.FAILED, "Slack", what, "Check this machine's way to the internet, and SLACK_API_URL.")


def _first_line(error: Exception) -> str:
    return str(error.args[0] if error.args else error).splitlines()[0]
