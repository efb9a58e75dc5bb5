"""Files between people and the bot: fetched from Slack's own host only, no more than agreed, and handed over there."""

from __future__ import annotations

from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from bot.integrations.ports import Missing, Refused, Unavailable

SLACK_FILES = "files.slack.com"


class NoRedirect(HTTPRedirectHandler):
    """A redirect would carry the token to wherever it leads."""

    def redirect_request(self, *_request: Any) -> None:
        return None


OPENER = build_opener(NoRedirect)


def is_slacks(url: str, api_url: str) -> bool:
    """Whether a file's address is Slack's own, or that of the server that stands in for it."""
    wanted, api = urlsplit(url), urlsplit(api_url)
    if api.hostname == "slack.com":
        return wanted.scheme == "https" and wanted.netloc == SLACK_FILES
    return (wanted.scheme, wanted.netloc) == (api.scheme, api.netloc)


def fetch(url: str, token: str, most_bytes: int, seconds: float) -> bytes:
    """The bytes at one of Slack's addresses. Raises Missing, Refused, or what a broken connection raises."""
    request = Request(url, headers={"Authorization": f"Bearer {token}"})  # noqa: S310 - checked by `is_slacks`
    try:
        with OPENER.open(request, timeout=seconds) as answer:
            if answer.headers.get_content_type() == "text/html":
                raise Refused("Slack does not hand out the file. The app needs the scope files:read.")
            data: bytes = answer.read(most_bytes + 1)
    except HTTPError as error:
        with error:
            raise of_status(error) from error
    if len(data) > most_bytes:
        raise Refused(f"The file is larger than {most_bytes // 1024 // 1024} MB.")
    return data


def hand_over(url: str, data: bytes, seconds: float) -> None:
    """Put a file's bytes where Slack wants them. Raises Refused, or what a broken connection raises."""
    request = Request(url, data=data, headers={"Content-Type": "application/octet-stream"}, method="POST")  # noqa: S310
    try:
        with OPENER.open(request, timeout=seconds) as answer:
            answer.read()
    except HTTPError as error:
        with error:
            if error.code == 429 or error.code >= 500:
                raise Unavailable(f"Slack does not take files at the moment ({error.code}).", went_out=False) from error
            raise Refused(f"Slack did not take the file ({error.code}).") from error


def of_status(error: HTTPError) -> Refused | Unavailable:
    """What an answer other than 200 means."""
    if error.code == 429:
        wait = error.headers.get("Retry-After", "1")
        return Unavailable(
            "Slack limits the rate of downloads.", retry_after=float(wait) if wait.isdigit() else 1, went_out=False
        )
    if error.code >= 500:
        return Unavailable(f"Slack failed ({error.code} for a file).", went_out=False)
    if error.code in (404, 410):
        return Missing("The file is not there any more.")
    return Refused("Slack does not hand out the file. The app needs the scope files:read.")
