"""`/study screener CHK`: the questions that decide who fits a study, built in one modal, tried out, published.

What is changed is kept in a draft until it is published: the modal can be closed at any time.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from bot.blocks import screener as blocks
from bot.blocks import screener_question
from bot.blocks.ids import ScreenerId
from bot.services import screeners
from bot.slack.capability import Capability
from bot.slack.metadata import Metadata
from bot.slack.outcomes import Close, FieldErrors, Open, Options, Outcome, Update, say
from domain.errors import RuleError, Stale
from domain.roles import Actor
from domain.screener_form import Building, Published

capability = Capability()


@dataclass(frozen=True, slots=True)
class Draft(Metadata):
    """Which draft a modal shows, and which of its questions stands in the inputs, "" for none."""

    draft_id: int = 0
    question_id: str = ""


@capability.subcommand("/study", "screener", summary="Build the questions that decide who fits", usage="KEY")
def typed(session: Session, actor: Actor, arguments: str, channel_id: str, now: datetime) -> Outcome:
    if not arguments:
        raise RuleError("Which study? Write for example /study screener CHK.")
    return begin(session, actor, arguments, channel_id, now)


@capability.action(ScreenerId.BUILD)
def clicked(session: Session, actor: Actor, value: str, channel_id: str, now: datetime) -> Outcome:
    return begin(session, actor, int(value), channel_id, now)


def begin(session: Session, actor: Actor, wanted: int | str, channel_id: str, now: datetime) -> Outcome:
    shown = screeners.begin(session, actor, wanted, now)
    return Open(blocks.builder_modal(shown, Draft(channel_id, shown.draft_id).dump()))


def questions(shown: Building, draft: Draft, said: str = "") -> Outcome:
    """Back to all questions, as they are now."""
    return Update(blocks.builder_modal(shown, Draft(draft.channel_id, shown.draft_id).dump(), said))


@capability.action(ScreenerId.MORE)
def choose(session: Session, actor: Actor, value: str, metadata: str, now: datetime) -> Outcome:
    """What was chosen for a question: the option's value is `what:id`."""
    draft = Draft.load(metadata)
    what, _, question_id = value.partition(":")
    match what:
        case "edit":
            return ask(session, actor, draft, question_id, now)
        case "up" | "down":
            by = -1 if what == "up" else 1
            return questions(screeners.move(session, actor, draft.draft_id, question_id, by, now), draft)
        case "duplicate":
            return questions(screeners.duplicate(session, actor, draft.draft_id, question_id, now), draft)
    return questions(screeners.remove(session, actor, draft.draft_id, question_id, now), draft)


@capability.action(ScreenerId.ADD)
def add(session: Session, actor: Actor, metadata: str, now: datetime) -> Outcome:
    return ask(session, actor, Draft.load(metadata), "", now)


def ask(session: Session, actor: Actor, draft: Draft, question_id: str, now: datetime) -> Outcome:
    """The inputs of a question in the place of the list: of modals Slack stacks three, and the list must follow."""
    shown = screeners.ask(session, actor, draft.draft_id, question_id, now)
    following = Draft(draft.channel_id, draft.draft_id, shown.form.id)
    return Update(screener_question.question_modal(shown, following.dump()))


@capability.action(ScreenerId.BACK)
def back(session: Session, actor: Actor, metadata: str) -> Outcome:
    """From inputs back to the questions; what stands in them is left."""
    draft = Draft.load(metadata)
    return questions(screeners.shown(session, actor, draft.draft_id), draft)


@capability.action(ScreenerId.SETTINGS, reads=True)
def settings(session: Session, actor: Actor, metadata: str) -> Outcome:
    return Update(blocks.settings_modal(screeners.shown(session, actor, Draft.load(metadata).draft_id), metadata))


@capability.submission(ScreenerId.SETTINGS_MODAL)
def keep_settings(session: Session, actor: Actor, fields: dict[str, Any], metadata: str, now: datetime) -> Outcome:
    draft = Draft.load(metadata)
    immediate = bool(fields["is_immediate"]) if "is_immediate" in fields else None
    text = fields.get("introduction") or ""
    return questions(screeners.set_up(session, actor, draft.draft_id, text, now, is_immediate=immediate), draft)


@capability.options(ScreenerId.COPY)
def find_sources(session: Session, actor: Actor, typed: str, metadata: str) -> Outcome:
    return Options(blocks.source_options(screeners.sources(session, actor, Draft.load(metadata).draft_id, typed)))


@capability.action(ScreenerId.COPY)
def copy(session: Session, actor: Actor, value: str, metadata: str, now: datetime) -> Outcome:
    """Begin with the screener of another study."""
    draft = Draft.load(metadata)
    return questions(screeners.copy(session, actor, draft.draft_id, int(value), now), draft)


@capability.action(ScreenerId.DISCARD)
def discard(session: Session, actor: Actor, metadata: str, now: datetime) -> Outcome:
    draft = Draft.load(metadata)
    return questions(screeners.discard(session, actor, draft.draft_id, now), draft)


@capability.action(ScreenerId.TRY, reads=True)
def try_out(session: Session, actor: Actor, metadata: str) -> Outcome:
    trial, _ = screeners.try_out(session, actor, Draft.load(metadata).draft_id, {})
    return Open(blocks.trial_modal(trial, metadata))


@capability.action(ScreenerId.TRY_ANSWER, reads=True)
def answered(session: Session, actor: Actor, fields: dict[str, Any], metadata: str) -> Outcome:
    """An answer lets other questions be asked."""
    trial, _ = screeners.try_out(session, actor, Draft.load(metadata).draft_id, fields)
    return Update(blocks.trial_modal(trial, metadata))


@capability.submission(ScreenerId.TRY_MODAL)
def judge(session: Session, actor: Actor, fields: dict[str, Any], metadata: str) -> Outcome:
    """What the answers come to. Nothing is kept; it can be asked again with others."""
    trial, wrong = screeners.try_out(session, actor, Draft.load(metadata).draft_id, fields)
    told = {name: message for name, message in wrong.items() if name in fields}
    told |= {each.id: "This must be answered." for each in trial.missing if each.id in fields and each.id not in told}
    return FieldErrors(told) if told else Update(blocks.trial_modal(trial, metadata))


@capability.submission(ScreenerId.BUILD_MODAL)
def publish(session: Session, actor: Actor, metadata: str, now: datetime) -> Outcome:
    """Publish, or say what is wrong where it is."""
    draft = Draft.load(metadata)
    try:
        done = screeners.publish(session, actor, draft.draft_id, now)
    except Stale as error:
        return told(session, actor, draft, error)
    if isinstance(done, Published):
        return Close(say(blocks.published_text(done)))
    return questions(done, draft, blocks.CANT_PUBLISH)


def told(session: Session, actor: Actor, draft: Draft, error: Stale) -> Outcome:
    """The questions with what somebody else has done, and a button by which one gets to see it."""
    return questions(screeners.shown(session, actor, draft.draft_id), draft, blocks.stale_text(error.message))


@capability.action(ScreenerId.END)
def end(session: Session, actor: Actor, metadata: str, now: datetime) -> Outcome:
    """End the screener; the builder stays, and says so."""
    draft = Draft.load(metadata)
    try:
        done = screeners.end(session, actor, draft.draft_id, now)
    except Stale as error:
        return told(session, actor, draft, error)
    shown = screeners.begin(session, actor, done.key, now)
    return questions(shown, draft, blocks.published_text(done))
