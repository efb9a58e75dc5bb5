"""The sandbox's pages: Slack, calendar, mail and controls. They do everything through the control API."""

from __future__ import annotations

from html import escape
from pathlib import Path

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

STATIC = Path(__file__).parent / "static"

_POLICY = {
    "default-src": "'self'",
    "img-src": "'self' data:",
    "style-src": "'self'",
    "object-src": "'none'",
    "base-uri": "'none'",
    "form-action": "'none'",
    "frame-ancestors": "'none'",
}
"""Nothing from elsewhere, no inline script, no inline style."""

_MAIL_POLICY = {**_POLICY, "style-src": "'self' 'unsafe-inline'"}
"""A mail's frame inherits the page's policy, and mails are styled inline. No scripts run in it."""

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<link rel="icon" href="/static/app-icon.svg" type="image/svg+xml">
{styles}
<script type="module" src="/static/js/pages/{name}.js"></script>
</head>
<body class="page-{name}">
<div id="page"></div>
<noscript>This page needs JavaScript.</noscript>
</body>
</html>
"""


class _Fresh(StaticFiles):
    """Static files that the browser checks before it uses its copy, so that an upgrade shows at once."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        response.headers["Cache-Control"] = "no-cache"
        return response


def routes() -> list[BaseRoute]:
    """The routes of the four pages and of their scripts and styles."""
    return [
        _page("/", "slack", "Slack sandbox", ["shell", "slack", "blocks", "modal"]),
        _page("/calendar", "calendar", "Calendar sandbox", ["shell", "pages", "calendar"]),
        _page("/mail", "mail", "Mail sandbox", ["shell", "pages", "mail"], _MAIL_POLICY),
        _page("/controls", "controls", "Sandbox controls", ["shell", "pages", "controls"]),
        Mount("/static", _Fresh(directory=STATIC), name="static"),
    ]


def _page(path: str, name: str, title: str, styles: list[str], policy: dict[str, str] = _POLICY) -> Route:
    sheets = "\n".join(f'<link rel="stylesheet" href="/static/css/{style}.css">' for style in ["base", *styles])
    html = _PAGE.format(title=escape(title), styles=sheets, name=name)
    headers = {
        "Content-Security-Policy": "; ".join(f"{directive} {sources}" for directive, sources in policy.items()),
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "no-cache",
    }

    def answer(_: Request) -> Response:
        return HTMLResponse(html, headers=headers)

    return Route(path, answer, name=name)
