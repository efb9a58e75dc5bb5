"""How participants are called in what people type."""

from __future__ import annotations

import re

ADDRESS = re.compile(r"<mailto:([^|>]+)(?:\|[^>]*)?>")


def without_links(text: str) -> str:
    """The text with addresses as they were typed: Slack makes links of them."""
    return ADDRESS.sub(r"\1", text)
