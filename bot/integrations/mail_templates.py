"""What mails to participants say: a subject, a text and a page from the templates in `bot/templates/mail`."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from jinja2 import FileSystemLoader, StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup, escape

from bot.integrations.wording import one_line
from domain.mail import BY_HAND, MailContext, MailKind
from domain.scheduling import local
from domain.spelling import hours, spelled_date, when, zone_words

if TYPE_CHECKING:
    from css_inline import CSSInliner

_FOLDER = Path(__file__).parent.parent / "templates" / "mail"


_WRITTEN = "written"
"""The template of the mails that a person writes."""

_WEB_ADDRESS = re.compile(r"(https?://[^\s<>\"']*[^\s<>\"'.,;:!?)\]}])", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class MailContent:
    subject: str
    text: str
    html: str


def render_mail(kind: MailKind, context: MailContext) -> MailContent:
    """The mail in words. What people wrote is escaped in the page and stands as it is in the text."""
    values = _one_line_each(asdict(context)) | {
        "message": context.message,
        "join_url": context.link if _is_web_address(context.link) else None,
        "when": when(context.starts_at, context.ends_at, context.time_zone),
        "starts": local(context.starts_at, context.time_zone),
        "hours": hours(context.starts_at, context.ends_at, context.time_zone),
        "zone_name": zone_words(context.starts_at, context.time_zone),
    }
    name = _WRITTEN if kind in BY_HAND else kind.value

    def rendered(ending: str) -> str:
        return _environment().get_template(f"{name}{ending}").render(values)

    return MailContent(
        subject=one_line(rendered(".subject.txt")),
        text=rendered(".txt").strip() + "\n",
        html=_inliner().inline(rendered(".html")),
    )


def paragraphs(text: str) -> list[Markup]:
    """What a person wrote, for a page: its paragraphs with their line breaks, web addresses to be clicked on."""
    return [
        Markup("<br>").join(_linked(line.strip()) for line in paragraph.splitlines())
        for paragraph in re.split(r"\n\s*\n", text.strip())
    ]


def _linked(line: str) -> Markup:
    """One line, escaped: every second piece is an address."""
    pieces = _WEB_ADDRESS.split(line)
    return Markup("").join(
        Markup('<a href="{0}">{0}</a>').format(piece) if number % 2 else escape(piece)
        for number, piece in enumerate(pieces)
    )


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
    environment.filters["paragraphs"] = paragraphs
    return environment


@cache
def _inliner() -> CSSInliner:
    """Puts the styles on the elements, for many mail programs drop style sheets. Rules for small or dark screens stay.

    It fetches nothing.
    """
    from css_inline import CSSInliner

    return CSSInliner(load_remote_stylesheets=False, keep_at_rules=True)
