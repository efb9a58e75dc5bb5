"""What Slack adds to the blocks it takes: the ids and the defaults that an app left out."""

from __future__ import annotations

import copy
import secrets
from typing import Any

from sandbox.slack.blockkit.blocks import elements_of


def _short_id() -> str:
    return secrets.token_urlsafe(4)[:5]


def complete_blocks(blocks: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """A copy of valid blocks, with generated block and action ids and the text objects' defaults."""
    completed: list[dict[str, Any]] = copy.deepcopy(blocks)
    for block in completed:
        block.setdefault("block_id", _short_id())
        for _, element in elements_of(block):
            element.setdefault("action_id", _short_id())
        _default_texts(block)
    return completed


def _default_texts(value: Any) -> None:
    if isinstance(value, list):
        for each in value:
            _default_texts(each)
    elif isinstance(value, dict):
        kind = value.get("type")
        if kind == "plain_text":
            value.setdefault("emoji", True)
        elif kind == "mrkdwn":
            value.setdefault("verbatim", False)
        else:
            for each in value.values():
                _default_texts(each)
