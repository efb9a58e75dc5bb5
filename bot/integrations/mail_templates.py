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
from domain.letters import MailContext, isolated, until
from domain.mail import MailKind
from domain.spelling import hours, spelled_date, when, zone_words
from domain.times import local

if TYPE_CHECKING:
    from css_inline import CSSInliner

_FOLDER = Path(__file__).parent.parent / "templates" / "mail"


_WEB_ADDRESS = re.compile(r"(https?://[^\s<>\"']*[^\s<>\"'.,;:!?)\]}])", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class MailContent:
    subject: str
    text: str
    html: str


def render_mail(kind: MailKind, context: MailContext) -> MailContent:
    """The mail: its words, and around them what every mail of the kind has.

    What people wrote is escaped in the page and stands as it is in the text.
    """
    values = _one_line_each(asdict(context)) | times(context) | {"message": context.message}

    def rendered(ending: str) -> str:
        return _environment().get_template(f"{kind.value}{ending}").render(values)

    return MailContent(
        subject=one_line(context.subject),
        text=re.sub(r"\n{3,}", "\n\n", rendered(".txt")).strip() + "\n",
        html=_inliner().inline(rendered(".html")),
    )


def times(context: MailContext) -> dict[str, Any]:
    """The time that the mail is about, in the words of its layout: of the offer if it is one, else of the session."""
    session, zone = context.session, context.time_zone
    link = session.link if session else None
    shown = context.offer or session
    if shown is None:
        return {}
    return {
        "join_url": link if _is_web_address(link) else None,
        "when": when(shown.starts_at, shown.ends_at, zone),
        "starts": local(shown.starts_at, zone),
        "hours": hours(shown.starts_at, shown.ends_at, zone),
        "zone_name": zone_words(shown.starts_at, zone),
        "until": until(context.offer.expires_at, zone) if context.offer else None,
        "replaced": when(session.starts_at, session.ends_at, zone) if context.offer and session else None,
    }


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
    return {name: _on_one_line(value) for name, value in values.items()}


def _on_one_line(value: Any) -> Any:
    if isinstance(value, dict):
        return _one_line_each(value)
    return isolated(one_line(value)) if isinstance(value, str) else value


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
