"""Nothing that strangers wrote can mention, link or style, and nothing is longer than Slack takes."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.blocks import kit

ENTITY = re.compile(r"&(?:amp|lt|gt);")
nasty = st.text(st.one_of(st.sampled_from("<>&*_~`!@#|;\n\t amptlg"), st.characters(exclude_categories=["Cs"])))


def test_a_mention_is_only_text() -> None:
    assert kit.escape("<!channel> & <@U1>") == "&lt;!channel&gt; &amp; &lt;@U1&gt;"
    assert kit.escape("&lt;") == "&amp;lt;", "what looks escaped is escaped again: it is shown as it was written"


@given(nasty)
def test_escaped_text_holds_no_markup_of_slacks(text: str) -> None:
    for shown in (kit.escape(text), kit.literal(text)):
        assert not set("<>") & set(shown)
        assert "&" not in ENTITY.sub("", shown)


@given(nasty)
def test_escaping_loses_nothing(text: str) -> None:
    shown = kit.escape(text)
    assert shown.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&") == text


@given(nasty)
def test_literal_text_is_one_line_without_style(text: str) -> None:
    shown = kit.literal(text)
    assert not set("*_~`\n\r\t") & set(shown)
    assert len(shown.splitlines()) <= 1


@given(nasty, st.integers(1, 40))
def test_what_is_too_long_is_cut_visibly_and_the_rest_is_kept(text: str, limit: int) -> None:
    shown = kit.fit(text, limit)
    assert 1 <= len(shown) <= limit
    if not text:
        assert shown == "–"
    elif len(text) <= limit:
        assert shown == text
    else:
        assert shown == text[: limit - 1] + "…"


LONG = "x" * 5000


@pytest.mark.parametrize(
    ("element", "limit"),
    [
        (kit.header(LONG)["text"], 150),
        (kit.section(LONG)["text"], 3000),
        (kit.fields(LONG)["fields"][0], 2000),
        (kit.context(LONG)["elements"][0], 3000),
        (kit.button(LONG, "a")["text"], 75),
        (kit.modal(LONG, [], callback_id="c")["title"], 24),
        (kit.modal("t", [], callback_id="c", submit=LONG)["submit"], 24),
        (kit.field("n", LONG, kit.text_input("n"))["label"], 2000),
        (kit.confirm(LONG, "t", "y")["title"], 100),
        (kit.confirm("t", LONG, "y")["text"], 300),
        (kit.confirm("t", "t", LONG)["confirm"], 30),
    ],
)
def test_texts_keep_to_slacks_lengths(element: kit.Element, limit: int) -> None:
    assert len(element["text"]) == limit


def test_only_what_is_meant_as_markup_is_markup() -> None:
    assert kit.header("*x*")["text"]["type"] == "plain_text"
    assert kit.section("*x*")["text"] == {"type": "mrkdwn", "text": "*x*", "verbatim": True}


def test_numbers_of_parts_keep_to_slacks_limits() -> None:
    buttons = [kit.button(str(n), f"a{n}") for n in range(40)]
    assert len(kit.actions(*buttons)["elements"]) == 25
    assert len(kit.overflow("a", buttons)["options"]) == 5
    assert len(kit.select("a", [kit.option(str(n), str(n)) for n in range(200)])["options"]) == 100
    assert len(kit.fields(*["x"] * 20)["fields"]) == 10
    assert len(kit.modal("t", [kit.divider()] * 200, callback_id="c")["blocks"]) == 100


def test_a_time_is_shown_in_each_readers_zone_with_a_fallback() -> None:
    assert kit.at(datetime(2026, 11, 24, 13, 0, tzinfo=UTC)) == (
        "<!date^1795525200^{date_short_pretty} at {time}|2026-11-24 13:00 UTC>"
    )


def test_a_field_is_found_again_by_its_name() -> None:
    block = kit.field("who", "Who", kit.text_input("anything"), optional=True)
    assert (block["block_id"], block["element"]["action_id"], block["optional"]) == ("who", "who", True)


def test_lines_stand_in_few_paragraphs_and_none_is_torn() -> None:
    lines = [f"{number} " + "x" * 600 for number in range(9)]
    texts = [block["text"]["text"] for block in kit.paragraphs(lines)]
    assert "\n".join(texts) == "\n".join(lines)
    assert [text.count("\n") + 1 for text in texts] == [4, 4, 1]


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=50), max_size=10))
def test_characters_are_counted_over_all_blocks(texts: list[str]) -> None:
    assert kit.characters([kit.section(text) for text in texts]) == sum(map(len, texts))
