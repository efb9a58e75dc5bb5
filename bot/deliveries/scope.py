"""Whose a delivery is."""

from __future__ import annotations

from sqlalchemy.orm import Session

from storage import members
from storage.outbox import Delivery


def workspace_of(delivery: Delivery) -> int:
    """The workspace that the delivery belongs to. All that handlers deal with belong to one."""
    if delivery.workspace_id is None:
        raise ValueError(f"{delivery.dedupe_key} belongs to no workspace")
    return delivery.workspace_id


def slack_team_of(session: Session, delivery: Delivery) -> str:
    """Slack's id of the workspace that the delivery belongs to."""
    return members.slack_team_id(session, workspace_of(delivery))
