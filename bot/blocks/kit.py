"""Small pieces of Block Kit as plain dicts: they escape what strangers wrote and keep to Slack's lengths.

Text comes in two kinds. `plain` shows what it is given, as it is. `mrkdwn` takes markup: whoever puts something from a
person or a database into it passes that through `escape` first.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any
from urllib.parse import urlencode

Block = dict[str, Any]
Element = dict[str, Any]
View = dict[str, Any]

TEXT_CHARACTERS = 2900
"""Slack takes 3000 in one piece of text: the rest is kept for a last line."""
MESSAGE_BLOCKS = 50
MESSAGE_CHARACTERS = 10_000
"""Slack refuses a message somewhere above 13,000 characters of blocks; we stay well below."""
VIEW_BLOCKS = 100


def escape(text: str) -> str:
    """The text with nothing left in it that Slack would take for a mention, a link or an entity."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


MARKUP = str.maketrans({"*": "∗", "_": "＿", "~": "∼", "`": "ˋ"})


def literal(text: str) -> str:
    """The text escaped for mrkdwn, where `*`, `_`, `~` and backticks from strangers must not style it either."""
    return escape(" ".join(text.split())).translate(MARKUP)


def fit(text: str, limit: int) -> str:
    """The text, cut with an ellipsis where Slack would refuse it. An empty one becomes a dash."""
    if not text:
        return "–"
    return text if len(text) <= limit else text[: limit - 1] + "…"


def plain(text: str, limit: int = 3000) -> Element:
    return {"type": "plain_text", "text": fit(text, limit), "emoji": False}


def mrkdwn(text: str, limit: int = 3000) -> Element:
    return {"type": "mrkdwn", "text": fit(text, limit), "verbatim": True}


def at(instant: datetime, form: str = "{date_short_pretty} at {time}") -> str:
    """A time that every reader sees in their own zone; `form` is made of Slack's date tokens."""
    fallback = f"{instant:%Y-%m-%d %H:%M} UTC"
    return f"<!date^{int(instant.timestamp())}^{form}|{fallback}>"


def user(slack_user_id: str) -> str:
    return f"<@{slack_user_id}>"


def channel(channel_id: str) -> str:
    return f"<#{channel_id}>"


def message_url(slack_team_id: str, channel_id: str, ts: str) -> str:
    """The address of a message: Slack's redirect finds it in whatever client the reader uses."""
    query = urlencode({"team": slack_team_id, "channel": channel_id, "message_ts": ts})
    return f"https://slack.com/app_redirect?{query}"


def header(text: str) -> Block:
    return {"type": "header", "text": plain(text, 150)}


def divider() -> Block:
    return {"type": "divider"}


def section(text: str, accessory: Element | None = None, block_id: str | None = None) -> Block:
    """A paragraph of mrkdwn, with a button, menu or picture at its right."""
    block: Block = {"type": "section", "text": mrkdwn(text)}
    if accessory is not None:
        block["accessory"] = accessory
    return named(block, block_id)


def paragraphs(lines: Iterable[str], between: str = "\n") -> list[Block]:
    """Lines of mrkdwn in as few sections as take them, none of which is torn."""
    texts: list[str] = []
    for line in lines:
        if texts and len(texts[-1]) + len(between) + len(line) <= TEXT_CHARACTERS:
            texts[-1] = f"{texts[-1]}{between}{line}"
        else:
            texts.append(line)
    return [section(text) for text in texts]


def fields(*texts: str) -> Block:
    """Up to ten short mrkdwn texts in two columns."""
    return {"type": "section", "fields": [mrkdwn(text, 2000) for text in texts[:10]]}


def context(*texts: str) -> Block:
    """Small grey mrkdwn, up to ten pieces."""
    return {"type": "context", "elements": [mrkdwn(text) for text in texts[:10]]}


def actions(*elements: Element, block_id: str | None = None) -> Block:
    return named({"type": "actions", "elements": list(elements[:25])}, block_id)


def named(block: Block, block_id: str | None) -> Block:
    return {**block, "block_id": block_id} if block_id else block


def confirm(title: str, text: str, yes: str, no: str = "Keep it", *, is_danger: bool = False) -> Element:
    """A question asked before a button does its work."""
    question: Element = {
        "title": plain(title, 100),
        "text": plain(text, 300),
        "confirm": plain(yes, 30),
        "deny": plain(no, 30),
    }
    return {**question, "style": "danger"} if is_danger else question


def button(
    text: str,
    action_id: str,
    value: str | None = None,
    *,
    style: str | None = None,
    url: str | None = None,
    ask: Element | None = None,
) -> Element:
    """A button. `style` is primary or danger; `ask` is a `confirm`."""
    element: Element = {"type": "button", "text": plain(text, 75), "action_id": action_id}
    for name, given in (("value", value), ("style", style), ("url", url), ("confirm", ask)):
        if given is not None:
            element[name] = given
    return element


def spoken(button: Element, words: str) -> Element:
    """The button with what a screen reader says instead of its text, which alone does not tell what it is about."""
    return {**button, "accessibility_label": fit(words, 75)}


def option(text: str, value: str, description: str | None = None) -> Element:
    chosen: Element = {"text": plain(text, 75), "value": value[:150]}
    return {**chosen, "description": plain(description, 75)} if description else chosen


def overflow(action_id: str, options: Sequence[Element], ask: Element | None = None) -> Element:
    """The "…" menu, of one to five options."""
    menu: Element = {"type": "overflow", "action_id": action_id, "options": list(options[:5])}
    return {**menu, "confirm": ask} if ask else menu


def select(
    action_id: str, options: Sequence[Element], *, initial: str | None = None, placeholder: str = "Choose"
) -> Element:
    """A menu of up to 100 options; `initial` is the value chosen at first."""
    element: Element = {
        "type": "static_select",
        "action_id": action_id,
        "options": list(options[:100]),
        "placeholder": plain(placeholder, 150),
    }
    chosen = next((o for o in options if o["value"] == initial), None)
    return {**element, "initial_option": chosen} if chosen else element


def multi_select(
    action_id: str, options: Sequence[Element], *, initial: Sequence[str] = (), placeholder: str = "Choose"
) -> Element:
    """A menu of up to 100 options, of which several can be chosen."""
    element: Element = {
        "type": "multi_static_select",
        "action_id": action_id,
        "options": list(options[:100]),
        "placeholder": plain(placeholder, 150),
    }
    chosen = [o for o in options if o["value"] in initial]
    return {**element, "initial_options": chosen} if chosen else element


def typed_select(
    action_id: str, *, initial: Element | None = None, placeholder: str = "Type to search", min_length: int = 0
) -> Element:
    """A menu whose options the bot finds as the person types; `initial` is an `option`."""
    element: Element = {
        "type": "external_select",
        "action_id": action_id,
        "placeholder": plain(placeholder, 150),
        "min_query_length": min_length,
    }
    return {**element, "initial_option": initial} if initial else element


def typed_multi_select(
    action_id: str,
    *,
    initial: Sequence[Element] = (),
    placeholder: str = "Type to search",
    min_length: int = 0,
    most: int = 100,
) -> Element:
    """As `typed_select`, of whose options several can be chosen."""
    element: Element = {
        "type": "multi_external_select",
        "action_id": action_id,
        "placeholder": plain(placeholder, 150),
        "min_query_length": min_length,
        "max_selected_items": most,
    }
    return {**element, "initial_options": list(initial)} if initial else element


def file_input(action_id: str, endings: Sequence[str], *, most: int = 1) -> Element:
    """Files from the person's computer, of these endings (without the dot)."""
    return {"type": "file_input", "action_id": action_id, "filetypes": list(endings), "max_files": most}


TYPED = ("external_select", "multi_external_select")


def users_select(action_id: str, *, initial: Sequence[str] = (), placeholder: str = "Choose people") -> Element:
    element: Element = {"type": "multi_users_select", "action_id": action_id, "placeholder": plain(placeholder, 150)}
    return {**element, "initial_users": list(initial)} if initial else element


def channel_select(action_id: str, *, initial: str | None = None, placeholder: str = "Choose a channel") -> Element:
    """A public or private channel that the person is in."""
    element: Element = {
        "type": "conversations_select",
        "action_id": action_id,
        "placeholder": plain(placeholder, 150),
        "filter": {"include": ["public", "private"], "exclude_bot_users": True},
    }
    return {**element, "initial_conversation": initial} if initial else element


def checkboxes(action_id: str, options: Sequence[Element], *, initial: Sequence[str] = ()) -> Element:
    element: Element = {"type": "checkboxes", "action_id": action_id, "options": list(options[:10])}
    chosen = [o for o in options if o["value"] in initial]
    return {**element, "initial_options": chosen} if chosen else element


def radio(action_id: str, options: Sequence[Element], *, initial: str | None = None) -> Element:
    element: Element = {"type": "radio_buttons", "action_id": action_id, "options": list(options[:10])}
    chosen = next((o for o in options if o["value"] == initial), None)
    return {**element, "initial_option": chosen} if chosen else element


def text_input(
    action_id: str,
    *,
    initial: str | None = None,
    placeholder: str | None = None,
    multiline: bool = False,
    longest: int = 3000,
) -> Element:
    element: Element = {
        "type": "plain_text_input",
        "action_id": action_id,
        "multiline": multiline,
        "max_length": longest,
    }
    if initial:
        element["initial_value"] = fit(initial, longest)
    if placeholder:
        element["placeholder"] = plain(placeholder, 150)
    return element


def email_input(action_id: str, *, initial: str | None = None) -> Element:
    element: Element = {"type": "email_text_input", "action_id": action_id}
    return {**element, "initial_value": initial} if initial else element


def number_input(action_id: str, *, initial: int | None = None, least: int = 0, most: int = 100_000) -> Element:
    """A whole number."""
    element: Element = {
        "type": "number_input",
        "action_id": action_id,
        "is_decimal_allowed": False,
        "min_value": str(least),
        "max_value": str(most),
    }
    return {**element, "initial_value": str(initial)} if initial is not None else element


def moment_picker(action_id: str, *, initial: datetime | None = None) -> Element:
    """A date and time in the reader's own zone."""
    element: Element = {"type": "datetimepicker", "action_id": action_id}
    return {**element, "initial_date_time": int(initial.timestamp())} if initial else element


def date_picker(action_id: str, *, initial: date | None = None, placeholder: str = "Choose a day") -> Element:
    """A day of the calendar, in no zone."""
    element: Element = {"type": "datepicker", "action_id": action_id, "placeholder": plain(placeholder, 150)}
    return {**element, "initial_date": initial.isoformat()} if initial else element


def typed_picture(text: str) -> Block:
    """Lines in a typewriter's font, in which every sign is as wide as any other."""
    lines = {"type": "rich_text_preformatted", "elements": [{"type": "text", "text": text}]}
    return {"type": "rich_text", "elements": [lines]}


def field(name: str, label: str, element: Element, *, hint: str | None = None, optional: bool = False) -> Block:
    """A labelled input of a modal. Its block id and its element's action id are the field's name: see `fields_of`.

    A `typed_select` keeps its own action id, and so does a `typed_multi_select`: by that name the bot is asked for
    options.
    """
    block: Block = {
        "type": "input",
        "block_id": name,
        "label": plain(label, 2000),
        "element": element if element["type"] in TYPED else {**element, "action_id": name},
        "optional": optional,
    }
    return {**block, "hint": plain(hint, 2000)} if hint else block


def renamed(block: Block, action_id: str) -> Block:
    """The field with another action id for its element: to Slack it is a new one, which shows its initial value."""
    return {**block, "element": {**block["element"], "action_id": action_id}}


def heard(block: Block, action_id: str) -> Block:
    """The field with an action id by which the bot hears of every choice in it, while the modal is open."""
    return {**renamed(block, action_id), "dispatch_action": True}


def modal(
    title: str,
    blocks: Sequence[Block],
    *,
    callback_id: str,
    submit: str | None = None,
    metadata: str = "",
    close: str = "Cancel",
) -> View:
    """A modal. `metadata` comes from `bot.slack.metadata`; without `submit` it only shows."""
    view: View = {
        "type": "modal",
        "callback_id": callback_id,
        "title": plain(title, 24),
        "close": plain(close, 24),
        "blocks": list(blocks[:VIEW_BLOCKS]),
        "private_metadata": metadata,
    }
    return {**view, "submit": plain(submit, 24)} if submit else view


def home(blocks: Sequence[Block]) -> View:
    return {"type": "home", "blocks": list(blocks[:VIEW_BLOCKS])}


def characters(blocks: Sequence[Block]) -> int:
    """How many characters of text the blocks hold: what Slack limits over a whole message."""
    number, pieces = 0, list[Any](blocks)
    while pieces:
        piece = pieces.pop()
        if isinstance(piece, dict):
            text = piece.get("text")
            number += len(text) if isinstance(text, str) else 0
            pieces.extend(piece.values())
        elif isinstance(piece, list):
            pieces.extend(piece)
    return number
