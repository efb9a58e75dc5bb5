"""The Slack app's manifest, `app_manifest.yml`: the one place where commands, events and scopes are declared."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import yaml

FILE = "app_manifest.yml"


@cache
def app_manifest() -> dict[str, Any]:
    """The manifest as Slack reads it: from inside the installed package, or from the top of the source tree."""
    package = Path(__file__).parent
    path = next(path for path in (package / FILE, package.parent / FILE) if path.exists())
    manifest: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return manifest


def bot_scopes() -> tuple[str, ...]:
    """What the bot asks to be allowed, and needs."""
    return tuple(app_manifest()["oauth_config"]["scopes"]["bot"])
