"""What is kept for good of who saw, took out, changed or overrode what."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from domain.interview import Door


class AuditAction(StrEnum):
    """The kinds of entries of the audit log."""

    SAW = "saw"
    """Opened somebody's contact details."""
    EXPORTED = "exported"
    IMPORTED = "imported"
    CHANGED_STATUS = "changed_status"
    CHANGED_DETAILS = "changed_details"
    CHANGED_ROLE = "changed_role"
    CHANGED_SETTINGS = "changed_settings"
    CHANGED_RULES = "changed_rules"
    OVERRODE = "overrode"
    BLOCKED = "blocked"
    UNBLOCKED = "unblocked"
    MERGED = "merged"
    ERASED = "erased"


@dataclass(frozen=True, slots=True)
class AuditLine:
    """An entry of the audit log as it is shown: `text` completes the sentence that begins with the actor. Aware UTC."""

    id: int
    at: datetime
    actor: str
    door: Door
    action: AuditAction
    text: str
