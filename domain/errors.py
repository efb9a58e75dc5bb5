"""What goes wrong by a person's doing, said so that the person knows what to do next."""

from __future__ import annotations


class RuleError(Exception):
    """A rule says no. `message` is a sentence for the person; `field` names the input that it is about, if one is."""

    def __init__(self, message: str, field: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.field = field


class NotFound(RuleError):
    """There is no such thing, or not for this person: the two are told apart by nobody."""


class NotAllowed(RuleError):
    """The person's role, or their part in the study, does not allow it."""


class Stale(RuleError):
    """The thing has changed since the person saw it; what they see should be drawn again."""
