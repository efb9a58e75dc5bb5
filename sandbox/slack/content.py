"""What a message says: text, blocks, attachments and metadata, checked as Slack checks them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.slack.blockkit import complete_blocks, message_offences
from sandbox.slack.errors import SlackError, refused
from sandbox.slack.workspace import Json

POST_TEXT = 40_000
UPDATE_TEXT = 4_000
ALL_BLOCKS = 13_200
_CONTAINER = 45
"""What a block counts beside its text. Slack documents neither; both agree with what was measured in bolt-js #2867."""
_METADATA = 16_000


@dataclass(frozen=True, slots=True)
class Content:
    """Checked content. None means that the app left the field out."""

    text: str | None
    blocks: list[Json] | None
    attachments: list[Json] | None
    metadata: Json | None
    files: list[Json] | None = None

    @property
    def is_empty(self) -> bool:
        return not (self.text or self.blocks or self.attachments or self.files)

    def fields(self) -> Json:
        """The fields of a message object that this content makes."""
        given = {"blocks": self.blocks, "attachments": self.attachments, "metadata": self.metadata}
        shared = {"files": self.files, "subtype": "file_share", "upload": False} if self.files else {}
        return {"text": self.text or "", **{name: value for name, value in given.items() if value}, **shared}


def content_of(args: Mapping[str, Any], longest_text: int = POST_TEXT) -> Content:
    """Check an app's message. Raises SlackError with Slack's code and, for blocks, the offences."""
    text = args.get("text")
    if text is not None and not isinstance(text, str):
        raise SlackError("invalid_arguments")
    if text is not None and len(text) > longest_text:
        raise SlackError("msg_too_long")
    return Content(
        text, _blocks(args.get("blocks")), _attachments(args.get("attachments")), _metadata(args.get("metadata"))
    )


def blocks_of(message: Mapping[str, Any]) -> list[Json]:
    """All blocks of a message, its attachments' included."""
    return [*message.get("blocks", []), *(b for each in message.get("attachments", []) for b in each.get("blocks", []))]


def _decoded(value: Any, error: str) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError:
        raise SlackError(error) from None


def _blocks(value: Any) -> list[Json] | None:
    blocks = _decoded(value, "invalid_blocks_format")
    if blocks is None:
        return None
    if not isinstance(blocks, list):
        raise SlackError("invalid_blocks_format")
    offences = message_offences(blocks)
    if offences:
        raise refused("invalid_blocks", offences, errors=offences)
    if _characters(blocks) + _CONTAINER * len(blocks) > ALL_BLOCKS:
        raise SlackError("msg_blocks_too_long")
    return complete_blocks(blocks)


def _characters(piece: Any) -> int:
    """The characters of all text in blocks."""
    if isinstance(piece, dict):
        text = piece.get("text")
        return (len(text) if isinstance(text, str) else 0) + sum(map(_characters, piece.values()))
    return sum(map(_characters, piece)) if isinstance(piece, list) else 0


def _attachments(value: Any) -> list[Json] | None:
    attachments = _decoded(value, "invalid_attachments")
    if attachments is None:
        return None
    if not isinstance(attachments, list) or not all(isinstance(each, dict) for each in attachments):
        raise refused("invalid_attachments", ["invalid_keys"])
    return list(_with_blocks(attachments))


def _with_blocks(attachments: list[Json]) -> Iterator[Json]:
    for number, each in enumerate(attachments, 1):
        blocks = _blocks(each["blocks"]) if "blocks" in each else None
        yield {**each, "id": number, **({} if blocks is None else {"blocks": blocks})}


def _metadata(value: Any) -> Json | None:
    metadata = _decoded(value, "invalid_metadata_format")
    if metadata is None or metadata == {}:
        return None if metadata is None else {}
    known = isinstance(metadata, dict) and {"event_type", "event_payload"} <= metadata.keys() <= {
        "event_type",
        "event_payload",
        "entities",
    }
    if not known or not isinstance(metadata["event_type"], str) or not isinstance(metadata["event_payload"], dict):
        raise SlackError("invalid_metadata_format")
    if len(json.dumps(metadata)) > _METADATA:
        raise SlackError("metadata_too_large")
    return dict(metadata)
