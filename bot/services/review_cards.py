"""Review cards: what somebody answered, in the study's channel, to be decided there."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy.orm import Session

from bot.services import outgoing
from bot.services.outgoing import Kind
from storage import outbox
from storage.models import Enrolment, Study
from storage.outbox import Projected


def show(session: Session, enrolment_id: int, now: datetime) -> None:
    """Bring the card of an enrolment's answers up to date in the study's channel; it is posted if there is none yet."""
    study = session.get_one(Study, session.get_one(Enrolment, enrolment_id).study_id)
    lane = outgoing.channel_lane(outgoing.channels_of(session, {study.id})[study.id])
    outbox.project(session, Kind.REVIEW, str(enrolment_id), workspace_id=study.workspace_id, lane=lane, now=now)


def show_again(session: Session, workspace_id: int, enrolment_id: int, now: datetime) -> None:
    """As `show`, where there is a card already."""
    if outgoing.shown_already(session, workspace_id, Kind.REVIEW, [enrolment_id]):
        show(session, enrolment_id, now)


def show_all_again(session: Session, workspace_id: int, study_of: Mapping[int, int], now: datetime) -> None:
    """As `show_again`, for several enrolments, given with their studies, by as many statements."""
    shown = [int(id_) for id_ in outgoing.shown_already(session, workspace_id, Kind.REVIEW, study_of)]
    if not shown:
        return
    channels = outgoing.channels_of(session, {study_of[id_] for id_ in shown})
    cards = [Projected(Kind.REVIEW, str(id_), outgoing.channel_lane(channels[study_of[id_]])) for id_ in shown]
    outbox.project_all(session, workspace_id, cards, now)
