"""Pages for people without an account: rendered from `bot/templates/web`, sent so that nothing of them gets around."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from pathlib import Path
from typing import Any

import structlog
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from bot.logs import bind_reference
from bot.services.links import LinkExpired
from storage.engine import is_in_doubt

log = structlog.get_logger()

FOLDER = Path(__file__).parent.parent / "templates" / "web"

SENTENCES = {
    403: ("That came from another page", "Open the link that you were sent, and answer there."),
    404: ("There is nothing here", "Look at the address again: it may have lost its end on the way."),
    405: ("That is not possible here", "Go back, and open the link once more."),
    413: ("That is too much", "What was sent is larger than this page takes."),
    429: ("One moment, please", "This page was asked for very often. Wait a little, then open it again."),
}
"""Headline and sentence of each refusal that a person may see."""


@cache
def style() -> str:
    """The style sheet of all pages."""
    return (FOLDER / "page.css").read_text(encoding="utf-8")


@cache
def script() -> str:
    """The one script that there is: it finds out the browser's time zone. The pages do without it."""
    return (FOLDER / "zone.js").read_text(encoding="utf-8")


def digest(text: str) -> str:
    """How a policy names what may be written into a page."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


@cache
def policy(forms: str = "'self'") -> str:
    """What a page may do; `forms` is where its forms may lead, through whatever redirects."""
    return (
        f"default-src 'none'; style-src {digest(style())}; script-src {digest(script())}; "
        f"form-action {forms}; base-uri 'none'; frame-ancestors 'none'"
    )


@cache
def headers() -> dict[str, str]:
    """What goes with every page: no other script, no framing, no copies, no address handed on, no search engine."""
    return {
        "content-security-policy": policy(),
        "referrer-policy": "no-referrer",
        "cache-control": "no-store",
        "x-content-type-options": "nosniff",
        "x-frame-options": "DENY",
        "x-robots-tag": "noindex, nofollow",
        "cross-origin-opener-policy": "same-origin",
    }


def page(template: str, status: int = 200, **values: Any) -> HTMLResponse:
    """A page. Everything in `values` is escaped."""
    return HTMLResponse(rendered(template, **values), status, headers())


def leading_out(response: HTMLResponse) -> HTMLResponse:
    """The page, of which a form leads to another site: browsers hold where it is led on to against the policy, too."""
    response.headers["content-security-policy"] = policy("'self' https:")
    return response


def rendered(template: str, **values: Any) -> str:
    """The page's HTML."""
    return _environment().get_template(template).render(values, style=style(), script=script())


def notice(headline: str, sentence: str, status: int) -> HTMLResponse:
    """A page that says one thing."""
    return page("notice.html", status, headline=headline, sentence=sentence, link=None)


def refusal(_request: Request, error: Exception) -> Response:
    """The page for an address that is not there, a wrong method, or too many requests."""
    assert isinstance(error, HTTPException)
    headline, sentence = SENTENCES.get(error.status_code, ("That did not work", "Go back, and try once more."))
    response = notice(headline, sentence, error.status_code)
    response.headers.update(error.headers or {})
    return response


def expired(_request: Request, error: Exception) -> Response:
    """The page for a link that does not work any more, or never did."""
    assert isinstance(error, LinkExpired)
    return notice("This link has run out", error.message, 410)


def failure(_request: Request, error: Exception) -> Response:
    """The page for what should not happen: with a reference that is in the log too."""
    with bind_reference() as reference:
        log.error("request failed", exc_info=error)
    become = "Open your link again: it shows whether it was kept" if is_in_doubt(error) else "Nothing was changed"
    sentence = f"{become}. Try again in a moment; if it stays so, tell whoever invited you (ref {reference})."
    return notice("Something went wrong", sentence, 500)


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
