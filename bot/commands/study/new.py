"""`/study new`: a study, from a modal."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from bot.blocks import study as blocks
from bot.blocks.ids import StudyId
from bot.services import studies
from bot.services.studies import Incentive, NewStudy
from bot.slack.capability import Capability
from bot.slack.metadata import Metadata
from bot.slack.outcomes import Close, Open, Outcome, Reply
from domain.errors import RuleError
from domain.incentive import currency_code, minor_units
from domain.roles import Actor
from domain.study import LocationKind, StudyStatus, StudyType

capability = Capability()


@capability.subcommand("/study", "new", summary="Create a study", menu="New study", reads=True)
def open_modal(session: Session, actor: Actor, channel_id: str) -> Outcome:
    teams = studies.teams_for_new(session, actor, channel_id)
    return Open(blocks.new_modal(teams, Metadata(channel_id).dump()))


@capability.submission(StudyId.NEW_MODAL)
def create(session: Session, actor: Actor, fields: dict[str, Any], now: datetime) -> Outcome:
    study = studies.create(session, actor, new_study(fields), now)
    done = (
        "is active" if study.status is StudyStatus.ACTIVE else f"is a draft: `/study start {study.key}` takes it live"
    )
    return Close(Reply(*blocks.created(studies.details(session, actor, study.key), done)))


def new_study(fields: dict[str, Any]) -> NewStudy:
    """The study that the modal's inputs describe. Raises RuleError with the input that is wrong."""
    type_ = StudyType(fields.get("type") or StudyType.INTERVIEW)
    seats = whole(fields, "capacity")
    if type_ is StudyType.GROUP_INTERVIEW and seats is None:
        raise RuleError("How many seats has a session of the group?", "capacity")
    return NewStudy(
        name=fields.get("name") or "",
        key=fields.get("key") or "",
        external_name=fields.get("external_name") or "",
        description=fields.get("description") or "",
        type=type_,
        team_id=int(fields["team"]),
        status=StudyStatus(fields.get("status") or StudyStatus.DRAFT),
        channel_id=fields.get("channel") or None,
        participation_limit=whole(fields, "limit"),
        duration_minutes=whole(fields, "duration") or 60,
        capacity=seats or 1,
        location=LocationKind(fields.get("location") or LocationKind.NONE),
        location_text=fields.get("location_text"),
        incentive=incentive(fields),
        collaborator_slack_ids=tuple(fields.get("collaborators") or ()),
    )


def whole(fields: dict[str, Any], name: str) -> int | None:
    """The whole number in a field, None when it is empty."""
    return int(fields[name]) if fields.get(name) else None


def incentive(fields: dict[str, Any]) -> Incentive | None:
    """The incentive, None when neither amount nor currency is given: one needs the other."""
    amount, currency = (fields.get("amount") or "").strip(), fields.get("currency") or ""
    if not amount:
        return None
    if not currency:
        raise RuleError("Choose the currency of the incentive.", "currency")
    code = currency_code(currency)
    return Incentive(minor_units(amount, code), code)
