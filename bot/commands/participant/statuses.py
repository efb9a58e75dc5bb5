"""Setting the statuses of several participants of a study by hand: chosen, reviewed, made, undone."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from bot.blocks import booking as booking_blocks
from bot.blocks import enrolment_list as list_blocks
from bot.blocks import status_changes as blocks
from bot.blocks.ids import ParticipantId
from bot.services import enrolment_list, status_changes
from bot.services.status_changes import Choice
from bot.slack.capability import Capability
from bot.slack.metadata import Metadata
from bot.slack.outcomes import Close, Open, Outcome, Replace, Reply, Update
from domain.enrolment_list import Place, Trouble, Wanted
from domain.errors import RuleError
from domain.participant import ParticipantStatus, Stage
from domain.roles import Actor

capability = Capability()


@dataclass(frozen=True, slots=True)
class Choosing(Metadata):
    """The list from which people are chosen: the study, what was looked for, and where its page begins."""

    study_id: int = 0
    stage: str = ""
    status: str = ""
    text: str = ""
    property_name: str = ""
    property_value: str = ""
    trouble: str = ""
    at: str = ""
    back: bool = False

    @property
    def wanted(self) -> Wanted:
        return Wanted(
            stage=Stage(self.stage) if self.stage else None,
            status=ParticipantStatus(self.status) if self.status else None,
            text=self.text,
            property_name=self.property_name,
            property_value=self.property_value,
            trouble=Trouble[self.trouble] if self.trouble else None,
        )

    @property
    def place(self) -> Place | None:
        return list_blocks.place_of(self.at, is_back=self.back) if self.at else None


@dataclass(frozen=True, slots=True)
class Reviewed(Metadata):
    """The change that is reviewed."""

    bulk_id: int = 0


def choosing_of(channel_id: str, study_id: int, wanted: Wanted, place: Place | None = None) -> Choosing:
    return Choosing(
        channel_id=channel_id,
        study_id=study_id,
        stage=wanted.stage or "",
        status=wanted.status or "",
        text=wanted.text,
        property_name=wanted.property_name,
        property_value=wanted.property_value,
        trouble=wanted.trouble.name if wanted.trouble is not None else "",
        at=list_blocks.place_value(place) if place is not None else "",
        back=place is not None and place.is_back,
    )


def choose(session: Session, actor: Actor, choosing: Choosing, now: datetime, called: str = "") -> Outcome:
    """The modal in which several are chosen, with the people of the list from its present page on."""
    status_changes.study_for(session, actor, choosing.study_id)
    wanted = replace(choosing.wanted, size=blocks.OFFERED)
    page = enrolment_list.page(session, actor, choosing.study_id, wanted, choosing.place, now)
    return Open(blocks.choose_modal(page, choosing.dump(), called))


@capability.submission(ParticipantId.STATUSES_MODAL)
def chosen(
    session: Session, actor: Actor, fields: dict[str, Any], metadata: str, view: dict[str, Any], now: datetime
) -> Outcome:
    """The review lies above the choice, to which one gets back; or takes its place if modals lie three deep."""
    choosing = Choosing.load(metadata)
    if not fields.get("status"):
        raise RuleError("Choose the status.", "status")
    choice = Choice(
        study_id=choosing.study_id,
        to=None if fields["status"] == blocks.RESTORED else ParticipantStatus(fields["status"]),
        reason=fields.get("reason") or "",
        enrolment_ids=tuple(int(value) for name in blocks.GROUPS for value in fields.get(name) or ()),
        everybody=choosing.wanted if fields.get("whom") == blocks.EVERYBODY else None,
        called=fields.get("called") or "",
    )
    if is_third(view):
        return Update(review(session, actor, choice, choosing.channel_id, now))
    return Open(review(session, actor, choice, choosing.channel_id, now, close="Back"))


def is_third(view: dict[str, Any]) -> bool:
    """Whether as many modals lie open as Slack allows."""
    return view.get("previous_view_id") not in (None, view.get("root_view_id"))


def review(
    session: Session, actor: Actor, choice: Choice, channel_id: str, now: datetime, close: str | None = None
) -> dict[str, Any]:
    """What would happen to those who were chosen; nothing does yet."""
    begun = status_changes.begin(session, actor, choice, now)
    found = status_changes.review(session, actor, begun.bulk_id, now, begun.unknown)
    return blocks.review_modal(found, Reviewed(channel_id, begun.bulk_id).dump(), close)


@capability.submission(ParticipantId.STATUSES_REVIEW_MODAL)
def make(session: Session, actor: Actor, metadata: str, now: datetime) -> Outcome:
    return Close(Reply(*blocks.made(status_changes.make(session, actor, Reviewed.load(metadata).bulk_id, now))))


@capability.action(ParticipantId.STATUSES_UNDO, once=True)
def undo(session: Session, actor: Actor, value: str, now: datetime) -> Outcome:
    return Replace(*blocks.undone(status_changes.undo(session, actor, int(value), now)))


@capability.action(ParticipantId.STATUS_LOG, reads=True)
def log_instead(
    session: Session, actor: Actor, value: str, metadata: str, channel_id: str, view: dict[str, Any]
) -> Outcome:
    """The booking modal for that person, in the place of the one in which it was clicked."""
    draft = status_changes.to_log(session, actor, int(value))
    if view.get("type") == "modal":
        return Update(booking_blocks.modal(draft, Metadata(Metadata.load(metadata).channel_id).dump()))
    return Open(booking_blocks.modal(draft, Metadata(channel_id).dump()))
