"""`/study participants CHK`: who is in a study, by stage, searched, filtered and paged, in a modal drawn in place."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from bot.blocks import enrolment_list as blocks
from bot.blocks.ids import StudyId
from bot.commands.participant import statuses
from bot.services import enrolment_list
from bot.slack.capability import Capability
from bot.slack.metadata import Metadata
from bot.slack.outcomes import Open, Outcome, Update
from bot.slack.payloads import fields_of
from domain.enrolment_list import EnrolmentPage, Place, Trouble, Wanted, property_of
from domain.errors import RuleError
from domain.participant import ParticipantStatus, Stage
from domain.roles import Actor

capability = Capability()


@dataclass(frozen=True, slots=True)
class Looking(Metadata):
    """What the list shows: the study, the tab, what was chosen in the menus, and where the page begins.

    What is typed stands in the inputs.
    """

    study_id: int = 0
    stage: str = ""
    status: str = ""
    trouble: str = ""
    at: str = ""
    back: bool = False

    @property
    def place(self) -> Place | None:
        return blocks.place_of(self.at, is_back=self.back) if self.at else None

    def wanted(self, view: dict[str, Any]) -> Wanted:
        """What is looked for, as far as what is typed can be understood."""
        fields = fields_of(view)
        try:
            name, value = property_of(fields.get("property") or "")
        except RuleError:
            name, value = "", ""
        return Wanted(
            stage=Stage(self.stage) if self.stage else None,
            status=ParticipantStatus(self.status) if self.status else None,
            text=(fields.get("text") or "").strip(),
            property_name=name,
            property_value=value,
            trouble=Trouble[self.trouble] if self.trouble else None,
        )


@capability.subcommand("/study", "participants", summary="Who is in a study, by stage", usage="KEY", reads=True)
def typed(session: Session, actor: Actor, arguments: str, channel_id: str, now: datetime) -> Outcome:
    if not arguments:
        raise RuleError("Of which study? Write for example /study participants CHK.")
    looking = Looking(channel_id, enrolment_list.study_id(session, actor, arguments))
    return Open(blocks.modal(page(session, actor, looking, {}, now), looking.dump()))


@capability.action(StudyId.PEOPLE, reads=True)
def clicked(session: Session, actor: Actor, value: str, channel_id: str, now: datetime) -> Outcome:
    return typed(session, actor, value, channel_id, now)


@capability.action(*blocks.TABS, reads=True)
def turn_to(session: Session, actor: Actor, value: str, metadata: str, view: dict[str, Any], now: datetime) -> Outcome:
    """Another stage, from its first page on; a status of the one before is not looked for any longer."""
    looking = replace(Looking.load(metadata), stage=value if value in set(Stage) else "", status="", at="")
    return drawn(session, actor, looking, view, now)


@capability.action(StudyId.PEOPLE_TYPED, reads=True)
def search(session: Session, actor: Actor, metadata: str, view: dict[str, Any], now: datetime) -> Outcome:
    looking = replace(Looking.load(metadata), at="")
    return Update(blocks.modal(page(session, actor, looking, view, now), looking.dump()), is_live=True)


@capability.action(StudyId.PEOPLE_PROPERTY, reads=True)
def narrow(session: Session, actor: Actor, metadata: str, view: dict[str, Any], now: datetime) -> Outcome:
    property_of(fields_of(view).get("property") or "")
    return drawn(session, actor, replace(Looking.load(metadata), at=""), view, now)


@capability.action(StudyId.PEOPLE_STATUS, reads=True)
def choose_status(
    session: Session, actor: Actor, value: str, metadata: str, view: dict[str, Any], now: datetime
) -> Outcome:
    status = value if value in set(ParticipantStatus) else ""
    return drawn(session, actor, replace(Looking.load(metadata), status=status, at=""), view, now)


@capability.action(StudyId.PEOPLE_TROUBLE, reads=True)
def choose_trouble(
    session: Session, actor: Actor, value: str, metadata: str, view: dict[str, Any], now: datetime
) -> Outcome:
    trouble = value if value in Trouble.__members__ else ""
    return drawn(session, actor, replace(Looking.load(metadata), trouble=trouble, at=""), view, now)


@capability.action(StudyId.PEOPLE_PREVIOUS, reads=True)
def previous(session: Session, actor: Actor, value: str, metadata: str, view: dict[str, Any], now: datetime) -> Outcome:
    return drawn(session, actor, replace(Looking.load(metadata), at=value, back=True), view, now)


@capability.action(StudyId.PEOPLE_NEXT, reads=True)
def following(
    session: Session, actor: Actor, value: str, metadata: str, view: dict[str, Any], now: datetime
) -> Outcome:
    return drawn(session, actor, replace(Looking.load(metadata), at=value, back=False), view, now)


def drawn(session: Session, actor: Actor, looking: Looking, view: dict[str, Any], now: datetime) -> Outcome:
    """The modal, drawn anew in place."""
    return Update(blocks.modal(page(session, actor, looking, view, now), looking.dump()))


def page(session: Session, actor: Actor, looking: Looking, view: dict[str, Any], now: datetime) -> EnrolmentPage:
    return enrolment_list.page(session, actor, looking.study_id, looking.wanted(view), looking.place, now)


@capability.submission(StudyId.PEOPLE_MODAL)
def submitted(session: Session, actor: Actor, metadata: str, view: dict[str, Any], now: datetime) -> Outcome:
    """On to changing the statuses of several; for those who only look, what they typed is looked for."""
    looking = Looking.load(metadata)
    property_of(fields_of(view).get("property") or "")
    wanted = looking.wanted(view)
    if not enrolment_list.may_manage(session, actor, looking.study_id):
        return drawn(session, actor, replace(looking, at=""), view, now)
    return statuses.choose(
        session, actor, statuses.choosing_of(looking.channel_id, looking.study_id, wanted, looking.place), now
    )
