"""The rich_text block, as declarations: sections, lists, quotes and code made of styled runs."""

from __future__ import annotations

from sandbox.slack.blockkit.elements import ID
from sandbox.slack.blockkit.shape import Shape, array, choice, flag, number, record, string, tagged

_STYLE = {"style": record({}, dict.fromkeys(("bold", "italic", "strike", "code", "underline"), flag))}
_MENTION_STYLE = {
    "style": record({}, dict.fromkeys(("bold", "italic", "strike", "highlight", "client_highlight", "unlink"), flag))
}

_TEXT = record({"text": string()}, _STYLE)
_LINK = record({"url": string(3000)}, {"text": string(), "unsafe": flag, **_STYLE})
_RUN = tagged(
    {
        "text": _TEXT,
        "link": _LINK,
        "user": record({"user_id": ID}, _MENTION_STYLE),
        "channel": record({"channel_id": ID}, _MENTION_STYLE),
        "usergroup": record({"usergroup_id": ID}, _MENTION_STYLE),
        "team": record({"team_id": ID}, _MENTION_STYLE),
        "emoji": record({"name": string()}, {"unicode": string(), "skin_tone": number(1, 6), **_STYLE}),
        "broadcast": record({"range": choice("here", "channel", "everyone")}, _STYLE),
        "color": record({"value": string()}, _STYLE),
        "date": record(
            {"timestamp": number(0), "format": string()}, {"url": string(3000), "fallback": string(), **_STYLE}
        ),
    }
)
_RUNS = {"elements": array(_RUN, least=0)}
_BORDER = {"border": number(0, 1)}
_SECTION = record(_RUNS)

RICH_TEXT_FIELDS: dict[str, Shape] = {
    "elements": array(
        tagged(
            {
                "rich_text_section": _SECTION,
                "rich_text_list": record(
                    {
                        "elements": array(tagged({"rich_text_section": _SECTION}), least=0),
                        "style": choice("bullet", "ordered"),
                    },
                    {"indent": number(0, 8), "offset": number(0), **_BORDER},
                ),
                "rich_text_preformatted": record(
                    {"elements": array(tagged({"text": _TEXT, "link": _LINK}), least=0)},
                    {"language": string(), **_BORDER},
                ),
                "rich_text_quote": record(_RUNS, _BORDER),
            }
        )
    )
}
RICH_TEXT = record(RICH_TEXT_FIELDS, {"block_id": string(255)})
