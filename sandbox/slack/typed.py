"""What a person types, as Slack passes it on: names become ids, addresses become links, and &, < and > are escaped."""

from __future__ import annotations

import re
from collections.abc import Callable

from sandbox.slack.workspace import Workspace

_TOKEN = re.compile(
    r"(?P<kept>&(?:amp|lt|gt);|<(?:[@#!]|https?://|mailto:)[^<>]*>)"
    r"|(?P<url>https?://[^\s<>]+)"
    r"|(?P<mail>[\w.+\-]+@[\w\-]+(?:\.[\w\-]+)+)"
    r"|(?<![\w.])(?P<name>[@#]\w[\w.\-]*)"
    r"|(?P<sign>[&<>])"
)
_BARE_AMPERSAND = re.compile(r"&(?!(?:amp|lt|gt);)")
_BROADCASTS = {"@here": "<!here>", "@channel": "<!channel>", "@everyone": "<!everyone>"}
_ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}


def as_sent(workspace: Workspace, text: str) -> str:
    """The text of a message, or of a command that escapes. What is in brackets or escaped already stays as it is."""

    def replaced(match: re.Match[str]) -> str:
        token = match.group()
        match match.lastgroup:
            case "url":
                return f"<{_BARE_AMPERSAND.sub('&amp;', token)}>"
            case "mail":
                return f"<mailto:{token}|{token}>"
            case "name":
                return _mention(workspace, token)
            case "sign":
                return _ESCAPES[token]
        return token

    return _TOKEN.sub(replaced, text)


def _mention(workspace: Workspace, token: str) -> str:
    if token in _BROADCASTS:
        return _BROADCASTS[token]
    name = token[1:].rstrip(".-")
    rest = token[1 + len(name) :]
    found = _FINDERS[token[0]](workspace, name)
    return token if found is None else found + rest


def _user(workspace: Workspace, name: str) -> str | None:
    folded = name.casefold()
    for user in workspace.users.values():
        if folded in (user.name.casefold(), user.display_name.casefold()):
            return f"<@{user.id}>"
    return None


def _channel(workspace: Workspace, name: str) -> str | None:
    for channel in workspace.channels.values():
        if channel.name == name:
            return f"<#{channel.id}|{channel.name}>"
    return None


_FINDERS: dict[str, Callable[[Workspace, str], str | None]] = {"@": _user, "#": _channel}
