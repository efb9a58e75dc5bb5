"""Plain text as a page shows it."""

from __future__ import annotations

import pytest

from bot.web.plain_text import linked, paragraphs


def test_an_empty_line_begins_a_paragraph_and_lines_stay_lines() -> None:
    assert str(paragraphs(" One\ntwo \n \n\nThree\n")) == '<p dir="auto">One<br>two</p>\n<p dir="auto">Three</p>'


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("<b>a</b> https://a.example/x <i>", "&lt;b&gt;a&lt;/b&gt; {https://a.example/x} &lt;i&gt;"),
        ("See (https://a.example/?a=1&b=2).", "See ({https://a.example/?a=1&amp;b=2})."),
        ('https://a.example/"onclick=x', "{https://a.example/}&#34;onclick=x"),
        ("javascript:alert(1) and http://b.example/", "javascript:alert(1) and {http://b.example/}"),
    ],
    ids=["markup", "sentence", "quotes", "scheme"],
)
def test_only_web_addresses_are_links_and_nothing_is_markup(line: str, shown: str) -> None:
    before, address = shown.partition("{")[0], shown.partition("{")[2].partition("}")
    expected = f'{before}<a href="{address[0]}" rel="noreferrer">{address[0]}</a>{address[2]}'
    assert str(linked(line)) == expected
