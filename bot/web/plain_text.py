"""Plain text that a member wrote, as a page shows it: paragraphs, lines, and links that can be followed."""

from __future__ import annotations

import re

from markupsafe import Markup, escape

LINK = re.compile(r"https?://[^\s<>\"]+[^\s<>\".,;:!?)\]'’”]")


def paragraphs(text: str) -> Markup:
    """The text as HTML: an empty line begins a paragraph, and nothing in it is markup of its own."""
    parts = [part for part in re.split(r"\n\s*\n", text.strip()) if part.strip()]
    return Markup("\n").join(Markup('<p dir="auto">{}</p>').format(lines(part)) for part in parts)


def lines(text: str) -> Markup:
    return Markup("<br>").join(linked(line.strip()) for line in text.split("\n"))


def linked(line: str) -> Markup:
    """A line with its web addresses made links."""
    found, last = Markup(""), 0
    for link in LINK.finditer(line):
        found += escape(line[last : link.start()])
        found += Markup('<a href="{0}" rel="noreferrer">{0}</a>').format(link[0])
        last = link.end()
    return found + escape(line[last:])
