"""Where a survey or an unmoderated test is done: an address with tokens, each participant's own."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote, urlsplit

from domain import tokens
from domain.errors import RuleError

LONGEST = 2000
TOKEN, ALIAS, STUDY = "token", "participant.alias", "study.key"
SAMPLES = {TOKEN: "Zq3vT8sample", ALIAS: "P17", STUDY: "CHK"}
"""The tokens that an address may have, with what stands for them in the preview."""
FIELD = "url"


def checked(text: str, *, is_told_back: bool) -> str:
    """The address as it is kept. `is_told_back`: the tool sends people back to us, so it must know their token.

    Raises RuleError at the field that is wrong.
    """
    url = text.strip()
    if not url:
        raise RuleError("Paste the address of the survey or the test.", FIELD)
    if len(url) > LONGEST:
        raise RuleError(f"The address is longer than {LONGEST:,} characters.", FIELD)
    if (why := tokens.wrong(url, SAMPLES)) is not None:
        raise RuleError(f"{why} {tokens.known(SAMPLES)}", FIELD)
    check_parts(filled(url, SAMPLES))
    if tokens.names(host_of(url)):
        raise RuleError("A token stands in the path or behind the “?”, not in the name of the site.", FIELD)
    if is_told_back and TOKEN not in tokens.names(url):
        raise RuleError(
            f"Add {tokens.token(TOKEN)} to the address: the tool hands it back, so that we know who is finished.", FIELD
        )
    return url


def check_parts(url: str) -> None:
    """Raise RuleError for what is no address that a browser can safely be sent to."""
    try:
        parts = urlsplit(url)
        is_complete = bool(parts.hostname) and "." in (parts.hostname or "") and (parts.port is None or parts.port > 0)
    except ValueError:
        is_complete = False
    if not is_complete or any(letter.isspace() or not letter.isprintable() or letter in '<>"\\' for letter in url):
        raise RuleError("This is no address: copy it from the tool as a whole, beginning with https://.", FIELD)
    if parts.scheme.lower() != "https":
        raise RuleError("The address must begin with https://.", FIELD)
    if parts.username or parts.password:
        raise RuleError("The address holds a name or a password: copy the one that participants get.", FIELD)


def host_of(url: str) -> str:
    """What stands between `https://` and the path, tokens and all."""
    _, _, rest = url.partition("://")
    return rest.split("/", 1)[0].split("?", 1)[0].split("#", 1)[0]


def filled(url: str, values: Mapping[str, str]) -> str:
    """The address with its tokens filled. A value can't break out of its place in it."""
    return tokens.render(url, {name: quote(value, safe="") for name, value in values.items()})


def preview(url: str) -> str:
    """The address as a sample participant is sent to it."""
    return filled(url, SAMPLES)


def tells_back(url: str | None) -> bool:
    """Whether a tool at this address can send people back to us by their token."""
    return url is not None and TOKEN in tokens.names(url)


def way_back(public_url: str) -> str:
    """The address to which a tool sends whoever is finished, as it is written in the tool's settings."""
    return f"{public_url}/f/{tokens.token(TOKEN)}"
