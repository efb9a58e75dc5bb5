"""`/study schedule CHK`: how participants book a study's sessions, in one modal of six steps.

What was entered is kept in a draft from step to step, forwards and back; nothing holds before it is saved.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from bot.blocks import scheduling as blocks
from bot.blocks import scheduling_review
from bot.blocks.ids import StudyId
from bot.blocks.kit import View
from bot.services import scheduling
from bot.slack.capability import Capability
from bot.slack.metadata import Metadata
from bot.slack.outcomes import Close, FieldErrors, Open, Options, Outcome, Reply, Update
from domain.errors import RuleError
from domain.roles import Actor
from domain.setup_checks import errors_in
from domain.setup_form import Step, Writing

capability = Capability()


@dataclass(frozen=True, slots=True)
class Setting(Metadata):
    """Which draft the modal shows, and which step; `is_change`: the step was come to from the review."""

    draft_id: int = 0
    step: int = Step.EVENT
    is_change: bool = False


@capability.subcommand("/study", "schedule", summary="Set up how participants book its sessions", usage="KEY")
def typed(session: Session, actor: Actor, arguments: str, channel_id: str, now: datetime) -> Outcome:
    if not arguments:
        raise RuleError("Which study? Write for example /study schedule CHK.")
    return begin(session, actor, arguments, channel_id, now)


@capability.action(StudyId.SCHEDULE)
def clicked(session: Session, actor: Actor, value: str, channel_id: str, now: datetime) -> Outcome:
    return begin(session, actor, int(value), channel_id, now)


def begin(session: Session, actor: Actor, wanted: int | str, channel_id: str, now: datetime) -> Outcome:
    shown = scheduling.begin(session, actor, wanted, now)
    return Open(step_view(shown, Setting(channel_id, shown.draft_id)))


def step_view(shown: Writing, setting: Setting) -> View:
    return blocks.step_modal(shown, Step(setting.step), setting.dump(), is_change=setting.is_change)


@capability.submission(StudyId.SETUP_MODAL)
def submitted(session: Session, actor: Actor, fields: dict[str, Any], metadata: str, now: datetime) -> Outcome:
    """On to the next step, or back to the review; the last one saves."""
    setting = Setting.load(metadata)
    step = Step(setting.step)
    if step is Step.REVIEW:
        template = fields.get("template") or ""
        saved = scheduling.save(session, actor, setting.draft_id, template, now)
        return Close(Reply(*scheduling_review.saved(saved)))
    shown, ground = scheduling.take(session, actor, setting.draft_id, fields, now)
    if errors := errors_in(shown.form, step, ground):
        return FieldErrors(errors)
    following = Step.REVIEW if setting.is_change else step.next
    return Update(draw(session, actor, shown, to(setting, following), now))


@capability.action(StudyId.SETUP_GO)
def go(session: Session, actor: Actor, value: str, metadata: str, fields: dict[str, Any], now: datetime) -> Outcome:
    """To another step; what stands in the inputs is kept as it is."""
    setting = Setting.load(metadata)
    shown, _ = scheduling.take(session, actor, setting.draft_id, fields, now)
    is_change = setting.step == Step.REVIEW and int(value) != Step.LIMITS
    return Update(draw(session, actor, shown, to(setting, Step(int(value)), is_change=is_change), now))


def to(setting: Setting, step: Step, *, is_change: bool = False) -> Setting:
    return Setting(setting.channel_id, setting.draft_id, step, is_change)


def draw(session: Session, actor: Actor, shown: Writing, setting: Setting, now: datetime) -> View:
    """The step as it looks now."""
    if setting.step == Step.REVIEW:
        return scheduling_review.review_modal(scheduling.review(session, actor, shown.draft_id, now), setting.dump())
    return step_view(shown, setting)


@capability.action(StudyId.SETUP_CHOICE)
def chosen(session: Session, actor: Actor, metadata: str, fields: dict[str, Any], now: datetime) -> Outcome:
    """A choice that lets the step show other inputs, or say something else."""
    setting = Setting.load(metadata)
    shown, _ = scheduling.take(session, actor, setting.draft_id, fields, now)
    return Update(step_view(shown, setting))


@capability.action(StudyId.SETUP_SOURCE)
def fill(session: Session, actor: Actor, value: str, metadata: str, now: datetime) -> Outcome:
    """Everything is filled in from a template, or like another study."""
    setting = Setting.load(metadata)
    return Update(step_view(scheduling.fill(session, actor, setting.draft_id, value, now), setting))


@capability.action(StudyId.SETUP_FORGET)
def forget(session: Session, actor: Actor, metadata: str, fields: dict[str, Any], now: datetime) -> Outcome:
    """The template is deleted that everything was filled in from; what stands in the inputs stays."""
    setting = Setting.load(metadata)
    scheduling.take(session, actor, setting.draft_id, fields, now)
    return Update(step_view(scheduling.forget_template(session, actor, setting.draft_id, now), setting))


@capability.options(StudyId.SETUP_SOURCE)
def find_sources(session: Session, actor: Actor, typed: str, metadata: str) -> Outcome:
    setting = Setting.load(metadata)
    return Options(blocks.source_options(scheduling.sources(session, actor, setting.draft_id, typed)))
