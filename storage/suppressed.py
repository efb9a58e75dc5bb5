"""Addresses of erased people who had opted out or were on the blocklist: if they come again, they are so still.

Only a keyed hash of an address is kept: without the workspace's key nobody can try addresses against it. The key is the
workspace's own and never changes, so that it does not depend on settings that may be lost or renewed.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from storage.models import SuppressedAddress, Workspace
from storage.outbox import insert


@dataclass(frozen=True, slots=True)
class Suppressed:
    """Since when (aware UTC) the owner of an address is not to be contacted; `is_blocked`: they were blocklisted."""

    at: datetime
    is_blocked: bool


def hashed(key: str, email: str) -> str:
    """The hash under which an address (lower case) is kept."""
    return hmac.new(bytes.fromhex(key), email.encode(), hashlib.sha256).hexdigest()


def among(session: Session, workspace_id: int, emails: Collection[str]) -> dict[str, Suppressed]:
    """Those of the addresses (lower case) that are kept, by address: two statements for any number of them."""
    key = session.scalar(sa.select(Workspace.address_key).where(Workspace.id == workspace_id))
    return with_key(session, workspace_id, key, emails)


def with_key(session: Session, workspace_id: int, key: str | None, emails: Collection[str]) -> dict[str, Suppressed]:
    """As `among`, for who has read the workspace's key. Without a key nothing is kept."""
    if key is None or not emails:
        return {}
    of_hash = {hashed(key, email): email for email in emails}
    found = session.execute(
        sa.select(SuppressedAddress.email_hash, SuppressedAddress.at, SuppressedAddress.is_blocked).where(
            SuppressedAddress.workspace_id == workspace_id, SuppressedAddress.email_hash.in_(of_hash)
        )
    )
    return {of_hash[row.email_hash]: Suppressed(row.at, row.is_blocked) for row in found}


def keep(session: Session, workspace_id: int, addresses: Mapping[str, Suppressed]) -> None:
    """Keep the hashes of addresses. The blocklist outlasts: who was on it once stays on it."""
    if not addresses:
        return
    key = key_of(session, workspace_id)
    rows = [
        {
            "workspace_id": workspace_id,
            "email_hash": hashed(key, email),
            "is_blocked": each.is_blocked,
            "at": each.at,
        }
        for email, each in addresses.items()
    ]
    new = insert(session, SuppressedAddress)
    statement = new.on_conflict_do_update(
        index_elements=[SuppressedAddress.workspace_id, SuppressedAddress.email_hash],
        set_={"is_blocked": sa.or_(SuppressedAddress.is_blocked, new.excluded.is_blocked)},
    )
    session.connection().execute(statement, rows)


def key_of(session: Session, workspace_id: int) -> str:
    """The workspace's key, made at its first use. The workspace's row is locked until the commit."""
    locked = sa.select(Workspace.address_key).where(Workspace.id == workspace_id).with_for_update(key_share=True)
    key = session.scalars(locked).one()
    if key is None:
        key = secrets.token_hex(32)
        session.execute(sa.update(Workspace).where(Workspace.id == workspace_id).values(address_key=key))
    return key
