"""One question of a screener in two steps: what is asked, then when it is shown and what its answer decides."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from bot.blocks import screener_question as blocks
from bot.blocks.ids import ScreenerId
from bot.commands.study.screener import Draft, questions
from bot.services import screeners
from bot.slack.capability import Capability
from bot.slack.outcomes import FieldErrors, Outcome, Update
from domain.roles import Actor
from domain.screener_form import decision_errors, question_errors, question_in

capability = Capability()


@capability.action(ScreenerId.KIND)
def kind_chosen(session: Session, actor: Actor, fields: dict[str, Any], metadata: str, now: datetime) -> Outcome:
    """Another kind has other inputs; what stands in them is kept."""
    draft = Draft.load(metadata)
    shown = screeners.write(session, actor, draft.draft_id, draft.question_id, fields, now)
    return Update(blocks.question_modal(shown, metadata))


@capability.submission(ScreenerId.QUESTION_MODAL)
def asked(session: Session, actor: Actor, fields: dict[str, Any], metadata: str, now: datetime) -> Outcome:
    """What is asked is right so far: on to what it decides."""
    draft = Draft.load(metadata)
    shown = screeners.write(session, actor, draft.draft_id, draft.question_id, fields, now)
    if errors := question_errors(shown.form):
        return FieldErrors(errors)
    return Update(blocks.decision_modal(*screeners.decisions(session, actor, draft.draft_id, shown.form.id), metadata))


@capability.action(ScreenerId.QUESTION_BACK, reads=True)
def back(session: Session, actor: Actor, metadata: str) -> Outcome:
    """From what it decides back to what is asked."""
    draft = Draft.load(metadata)
    shown, _ = screeners.decisions(session, actor, draft.draft_id, draft.question_id)
    return Update(blocks.question_modal(shown, metadata))


@capability.action(ScreenerId.ABOUT, reads=True)
def about_chosen(session: Session, actor: Actor, fields: dict[str, Any], metadata: str) -> Outcome:
    """Another question to depend on has other answers; what else stands in the inputs stays."""
    draft = Draft.load(metadata)
    shown, form = screeners.decisions(session, actor, draft.draft_id, draft.question_id)
    written = form.with_inputs(entered(fields))
    return Update(blocks.decision_modal(shown, written, metadata))


@capability.submission(ScreenerId.DECISION_MODAL)
def decided(session: Session, actor: Actor, fields: dict[str, Any], metadata: str, now: datetime) -> Outcome:
    """Into the draft with it, and back to all questions."""
    draft = Draft.load(metadata)
    shown, form = screeners.decisions(session, actor, draft.draft_id, draft.question_id)
    written = form.with_inputs(entered(fields))
    about = screeners.about_in(shown, written)
    if errors := decision_errors(written, question_in(shown.form), about):
        return FieldErrors({blocks.values_name(written.about) if at == "values" else at: errors[at] for at in errors})
    return questions(screeners.save_question(session, actor, draft.draft_id, shown.form.id, written, now), draft)


def entered(fields: dict[str, Any]) -> dict[str, Any]:
    """What stands in the inputs: the answers are those of the question that it depends on now."""
    return {**fields, "values": fields.get(blocks.values_name(fields.get("about") or ""))}
