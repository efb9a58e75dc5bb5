"""What mails to participants say: a subject, a text and a page from the templates in `bot/templates/mail`."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from jinja2 import FileSystemLoader, StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment

from bot.integrations.wording import one_line
from domain.scheduling import local

if TYPE_CHECKING:
    from css_inline import CSSInliner

_FOLDER = Path(__file__).parent.parent / "templates" / "mail"


class MailKind(StrEnum):
    """The mails that have a template, by its name."""

    CONFIRMATION = "confirmation"
    RESCHEDULED = "rescheduled"
    CANCELLATION = "cancellation"


@dataclass(frozen=True, slots=True)
class MailLinks:
    """The participant's own pages: to confirm, and to cancel. None where there is none."""

    confirm: str | None = None
    manage: str | None = None


@dataclass(frozen=True, slots=True)
class MailContext:
    """What a template may say. Instants are aware; `time_zone` is the participant's.

    `study_name` is the study's external name, the only one that participants see. `location` is words (`Google Meet`),
    `link` the address to join at. Of a cancellation, `reason` is what the host tells the participant, and
    `is_own_cancellation` says that it is the participant who can't come.
    """

    participant_name: str
    participant_first_name: str
    study_name: str
    title: str
    starts_at: datetime
    ends_at: datetime
    time_zone: str
    host_first_name: str
    team_name: str
    location: str | None = None
    link: str | None = None
    passcode: str | None = None
    links: MailLinks = MailLinks()
    reason: str | None = None
    is_own_cancellation: bool = False
    reply_to: str | None = None


@dataclass(frozen=True, slots=True)
class MailContent:
    subject: str
    text: str
    html: str


def render_mail(kind: MailKind, context: MailContext) -> MailContent:
    """The mail in words. What people wrote is escaped in the page and stands as it is in the text."""
    values = _one_line_each(asdict(context)) | {
        "reason": context.reason,
        "join_url": context.link if _is_web_address(context.link) else None,
        "when": when(context.starts_at, context.ends_at, context.time_zone),
        "starts": local(context.starts_at, context.time_zone),
        "hours": hours(context.starts_at, context.ends_at, context.time_zone),
        "zone_name": zone_words(context.starts_at, context.time_zone),
    }

    def rendered(ending: str) -> str:
        return _environment().get_template(f"{kind.value}{ending}").render(values)

    return MailContent(
        subject=one_line(rendered(".subject.txt")),
        text=rendered(".txt").strip() + "\n",
        html=_inliner().inline(rendered(".html")),
    )


def when(starts_at: datetime, ends_at: datetime, time_zone: str) -> str:
    """`Tuesday, 24 November 2026, 14:00–15:00 (Berlin time, UTC+1)`, on the wall clock of the zone."""
    day = spelled_date(local(starts_at, time_zone))
    return f"{day}, {hours(starts_at, ends_at, time_zone)} ({zone_words(starts_at, time_zone)})"


def spelled_date(day: datetime) -> str:
    """`Tuesday, 24 November 2026`."""
    return f"{day:%A}, {day.day} {day:%B %Y}"


def hours(starts_at: datetime, ends_at: datetime, time_zone: str) -> str:
    """`14:00–15:00`; an end on another day is spelled out."""
    start, end = local(starts_at, time_zone), local(ends_at, time_zone)
    if start.date() == end.date():
        return f"{start:%H:%M}–{end:%H:%M}"
    return f"{start:%H:%M} – {spelled_date(end)}, {end:%H:%M}"


def zone_words(instant: datetime, time_zone: str) -> str:
    """`Berlin time, UTC+1`: the zone in words that people know, and what it means at that instant."""
    area, _, place = time_zone.rpartition("/")
    offset = _offset(local(instant, time_zone).utcoffset() or timedelta())
    return offset if area in ("", "Etc") else f"{place.replace('_', ' ')} time, {offset}"


def _offset(offset: timedelta) -> str:
    """`UTC`, `UTC+1`, `UTC−3:30`."""
    minutes = int(offset.total_seconds()) // 60
    if minutes == 0:
        return "UTC"
    whole, rest = divmod(abs(minutes), 60)
    return f"UTC{'−' if minutes < 0 else '+'}{whole}" + (f":{rest:02}" if rest else "")


def _one_line_each(values: dict[str, Any]) -> dict[str, Any]:
    """Names and titles can't begin a line of their own, and so not pass for one of ours in the text."""
    return {name: one_line(value) if isinstance(value, str) else value for name, value in values.items()}


def _is_web_address(link: str | None) -> bool:
    """Whether a link may be clicked on: what a host types is not to run as a script."""
    return link is not None and urlsplit(link).scheme in ("http", "https")


@cache
def _environment() -> ImmutableSandboxedEnvironment:
    environment = ImmutableSandboxedEnvironment(
        loader=FileSystemLoader(_FOLDER),
        autoescape=lambda name: name is not None and name.endswith(".html"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["date"] = spelled_date
    return environment


@cache
def _inliner() -> CSSInliner:
    """Puts the styles on the elements, for many mail programs drop style sheets. Rules for small or dark screens stay.

    It fetches nothing.
    """
    from css_inline import CSSInliner

    return CSSInliner(load_remote_stylesheets=False, keep_at_rules=True)
