"""Files that are to be brought in, and are looked at first."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from storage.models.base import Base, Key, foreign_key


class PendingImport(Base):
    """A file that a member dropped: where it is (`file`), not what is in it.

    `columns` and `kind` are what it was understood as, `chosen` what the member says that columns mean, by place; each
    such choice is another `round`.
    """

    __tablename__ = "pending_imports"
    __table_args__ = (sa.Index("ix_pending_imports_made_at", "made_at"),)

    id: Mapped[Key]
    member_id: Mapped[int] = foreign_key("members.id", index=True)
    file: Mapped[dict[str, Any]]
    kind: Mapped[str | None] = mapped_column(sa.String(20))
    columns: Mapped[list[Any]]
    chosen: Mapped[dict[str, Any]]
    round: Mapped[int] = mapped_column(default=0)
    made_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]
