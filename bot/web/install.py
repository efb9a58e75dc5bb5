"""“Add to Slack”: a workspace installs the app by OAuth, and its admin sees how it went."""

from __future__ import annotations

from urllib.error import URLError
from urllib.parse import urlencode

import structlog
from slack_bolt import BoltRequest, BoltResponse
from slack_bolt.oauth import OAuthFlow
from slack_bolt.oauth.callback_options import CallbackOptions, FailureArgs, SuccessArgs
from slack_bolt.oauth.oauth_settings import OAuthSettings
from slack_sdk import WebClient
from slack_sdk.errors import SlackClientError
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from bot.clock import Clock
from bot.manifest import bot_scopes
from bot.settings import SLACK_API_URL, Settings
from bot.slack.installations import StoredInstallations, StoredStates
from bot.web import pages
from bot.web.slack import as_response
from storage.engine import Database

log = structlog.get_logger()

INSTALL_PATH = "/slack/install"
REDIRECT_PATH = "/slack/oauth_redirect"
ASK_SECONDS = 10

REASONS = {
    "access_denied": "You chose not to add it, and nothing was changed.",
    "invalid_browser": "Finish in the browser in which you began, with cookies allowed, within ten minutes.",
    "invalid_state": "This attempt has run out, or was used before.",
    "storage_error": "Callsheet is added to one workspace at a time, not to a whole organisation. Choose a workspace.",
}
OTHER_REASON = "Slack did not confirm it."


class InstallPages:
    """`/slack/install` leads to Slack's consent page, `/slack/oauth_redirect` is where that leads back to.

    The flow is Bolt's, with our stores. It sets the one cookie that Callsheet ever sets: it ties the answer to the
    browser that asked, for ten minutes.
    """

    def __init__(
        self, settings: Settings, installations: StoredInstallations, database: Database, clock: Clock
    ) -> None:
        assert settings.slack_client_secret is not None
        self._is_slack = settings.slack_api_url == SLACK_API_URL
        self._flow = OAuthFlow(
            client=WebClient(base_url=settings.slack_api_url, timeout=ASK_SECONDS),
            settings=OAuthSettings(
                client_id=settings.slack_client_id,
                client_secret=settings.slack_client_secret.get_secret_value(),
                scopes=bot_scopes(),
                user_scopes=(),
                redirect_uri=f"{settings.public_url}{REDIRECT_PATH}",
                authorization_url=f"{settings.slack_api_url.removesuffix('api/')}oauth/v2/authorize",
                install_page_rendering_enabled=False,
                installation_store=installations,
                state_store=StoredStates(database, clock),
                callback_options=CallbackOptions(success=self._installed, failure=_not_installed),
            ),
        )

    def routes(self) -> list[BaseRoute]:
        return [
            Route(INSTALL_PATH, self._begin, methods=["GET"]),
            Route(REDIRECT_PATH, self._end, methods=["GET"]),
        ]

    async def _begin(self, request: Request) -> Response:
        return as_response(await run_in_threadpool(self._flow.handle_installation, _bolt_request(request)))

    async def _end(self, request: Request) -> Response:
        try:
            return as_response(await run_in_threadpool(self._flow.handle_callback, _bolt_request(request)))
        except (SlackClientError, URLError, OSError) as error:
            log.warning("installation failed", error=type(error).__name__)
            return pages.notice(
                "Slack can’t be reached", f"Callsheet was not added. Try again in a moment: {INSTALL_PATH}", 503
            )

    def _installed(self, args: SuccessArgs) -> BoltResponse:
        new = args.installation
        log.info("installed", team=new.team_id)
        where = urlencode({"app": new.app_id, "team": new.team_id})
        link = {"url": f"https://slack.com/app_redirect?{where}", "label": "Open Slack"} if self._is_slack else None
        sentence = "You are its Admin. In Slack, type /callsheet to set up your team and to see what it can do."
        return _bolt_page(200, f"Callsheet is in {new.team_name}", sentence, link)


def _not_installed(args: FailureArgs) -> BoltResponse:
    log.warning("not installed", reason=args.reason)
    link = {"url": INSTALL_PATH, "label": "Try again"}
    sentence = REASONS.get(args.reason, OTHER_REASON)
    return _bolt_page(args.suggested_status_code, "Callsheet was not added", sentence, link)


def _bolt_page(status: int, headline: str, sentence: str, link: dict[str, str] | None) -> BoltResponse:
    html = pages.rendered("notice.html", headline=headline, sentence=sentence, link=link)
    return BoltResponse(
        status=status, body=html, headers={**pages.headers(), "content-type": "text/html; charset=utf-8"}
    )


def _bolt_request(request: Request) -> BoltRequest:
    return BoltRequest(body="", query=request.url.query, headers=dict(request.headers.items()))
