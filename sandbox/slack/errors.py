"""How the sandbox says no: to the app in Slack's words, to the control API's callers in a sentence."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from starlette.exceptions import HTTPException


class SlackError(Exception):
    """An error of Slack's Web API: its code and what comes with it."""

    def __init__(self, code: str, **details: Any) -> None:
        super().__init__(code)
        self.code = code
        self.details = details

    def as_answer(self) -> dict[str, Any]:
        """The JSON that Slack answers with."""
        return {"ok": False, "error": self.code, **self.details}


class ControlError(HTTPException):
    """What a caller of the control API got wrong, as a sentence."""

    def __init__(self, sentence: str, status: int = 400) -> None:
        super().__init__(status, sentence)


def refused(code: str, offences: Sequence[str], **details: Any) -> SlackError:
    """An error with the offences that led to it, where Slack puts them."""
    return SlackError(code, **details, response_metadata={"messages": [f"[ERROR] {each}" for each in offences]})
