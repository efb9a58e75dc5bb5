"""How Callsheet is doing in a workspace, as `/callsheet status` shows it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from domain.roles import Role


@dataclass(frozen=True, slots=True)
class FailedDelivery:
    """Something that was given up: its kind as the outbox calls it, why, and when (aware UTC)."""

    kind: str
    why: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Status:
    """The state of a workspace, as far as one reader may know it.

    `failed` holds the latest of the `dead` deliveries, `unreadable_calendars` whose (Slack's user id) with why; both
    hold nothing for those who may not know. `may_retry` and `may_become_admin` are what the reader may do about it.
    `digests` are the reader's teams with the instant (aware UTC) of the next digest, None for a team that wants none.
    """

    workspace: str
    version: str
    role: Role
    admin_slack_ids: tuple[str, ...]
    waiting: int
    dead: int
    failed: tuple[FailedDelivery, ...]
    unreadable_calendars: tuple[tuple[str, str], ...]
    digests: tuple[tuple[str, datetime | None], ...]
    may_retry: bool
    may_become_admin: bool
