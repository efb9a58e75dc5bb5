"""The declarative base: typed columns, one naming convention for constraints, so that migrations can name them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import sqlalchemy as sa
from sqlalchemy.orm import DeclarativeBase, mapped_column

from domain.attendance import Rsvp
from domain.audit import AuditAction
from domain.contact_rules import RuleKind
from domain.interview import AttendeeKind, Door, InterviewStatus, TimelineKind
from domain.mail import MailFate, MailKind
from domain.participant import Cause, ParticipantStatus
from domain.person import LinkPurpose
from domain.roles import Role
from domain.scheduling import SetupRole
from domain.screener import Verdict
from domain.study import LocationKind, StudyStatus, StudyType
from domain.waiting import OfferState, Wish
from storage.types import Id, Json, UtcDateTime, enum_column

Key = Annotated[int, mapped_column(Id, primary_key=True, autoincrement=True)]


class Base(DeclarativeBase):
    metadata = sa.MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy reads it from the class
        datetime: UtcDateTime,
        int: sa.Integer,
        dict[str, Any]: Json,
        list[Any]: Json,
        Role: enum_column(Role),
        StudyType: enum_column(StudyType),
        StudyStatus: enum_column(StudyStatus),
        LocationKind: enum_column(LocationKind),
        ParticipantStatus: enum_column(ParticipantStatus),
        InterviewStatus: enum_column(InterviewStatus),
        AttendeeKind: enum_column(AttendeeKind),
        TimelineKind: enum_column(TimelineKind),
        Door: enum_column(Door),
        Rsvp: enum_column(Rsvp),
        LinkPurpose: enum_column(LinkPurpose),
        MailKind: enum_column(MailKind),
        MailFate: enum_column(MailFate),
        SetupRole: enum_column(SetupRole),
        Wish: enum_column(Wish),
        OfferState: enum_column(OfferState),
        Cause: enum_column(Cause),
        RuleKind: enum_column(RuleKind),
        AuditAction: enum_column(AuditAction),
        Verdict: enum_column(Verdict),
    }


def foreign_key(target: str, *, index: bool = False, primary_key: bool = False) -> Any:
    """A reference by id that goes when its target goes."""
    return mapped_column(Id, sa.ForeignKey(target, ondelete="CASCADE"), index=index, primary_key=primary_key)
