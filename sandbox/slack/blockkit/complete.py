"""What Slack adds to the blocks it takes: the ids and the defaults that an app left out."""

from __future__ import annotations

import secrets
from typing import Any

from sandbox.slack.blockkit.blocks import elements_of


def complete_blocks(blocks: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """A copy of valid blocks, with generated block and action ids and the text objects' defaults."""
    completed: list[dict[str, Any]] = _with_text_defaults(blocks)
    for block in completed:
        block.setdefault("block_id", _short_id())
        for _, element in elements_of(block):
            element.setdefault("action_id", _short_id())
    return completed


def _short_id() -> str:
    return secrets.token_urlsafe(4)[:5]


def _with_text_defaults(value: Any) -> Any:
    if isinstance(value, list):
        return [_with_text_defaults(each) for each in value]
    if not isinstance(value, dict):
        return value
    copied = {name: _with_text_defaults(each) for name, each in value.items()}
    if copied.get("type") == "plain_text":
        copied.setdefault("emoji", True)
    elif copied.get("type") == "mrkdwn":
        copied.setdefault("verbatim", False)
    return copied
