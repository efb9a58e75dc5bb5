"""What a modal remembers between being opened and submitted: a frozen dataclass in `private_metadata`.

It comes back from the client: ids in it are ids, not permission.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields
from typing import Any, Self

LIMIT = 3000


@dataclass(frozen=True, slots=True)
class Metadata:
    """Base of the metadata of a kind of modal. Fields are plain JSON values, each with a default.

    `channel_id` is where the person was when the modal was opened; answers that are not errors are said there.
    """

    channel_id: str = ""

    def dump(self) -> str:
        """The metadata as text for a view. Raises ValueError when Slack would refuse it."""
        text = json.dumps(asdict(self), separators=(",", ":"), ensure_ascii=False)
        if len(text) > LIMIT:
            raise ValueError(f"{type(self).__name__} is {len(text)} characters long: Slack takes {LIMIT}.")
        return text

    @classmethod
    def load(cls, text: str) -> Self:
        """The metadata of a view that came back; names that are not known (any more) are left out."""
        data: dict[str, Any] = json.loads(text) if text else {}
        known = {f.name for f in fields(cls)}
        return cls(**{name: value for name, value in data.items() if name in known})
