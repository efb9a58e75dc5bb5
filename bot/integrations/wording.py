"""Texts of strangers made fit for a header, a log line or a sentence of ours."""

from __future__ import annotations

import re
import unicodedata

_ADDRESS = re.compile(r"[^\s<>:;,()\"']+@[^\s<>:;,()\"']+")
_LONGEST = 300


def one_line(text: str) -> str:
    """The text on one line: every run of spaces, line breaks and control characters becomes one space."""
    spaced = "".join(" " if unicodedata.category(letter) in ("Cc", "Zl", "Zp") else letter for letter in text)
    return " ".join(spaced.split())


def without_addresses(text: str) -> str:
    """What another service says, on one line of moderate length and without the e-mail addresses that it quotes."""
    return one_line(_ADDRESS.sub("…", text))[:_LONGEST]
