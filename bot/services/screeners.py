"""Building a study's screener: begun, changed question by question, tried out, published, ended."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from domain import screener_editing as editing
from domain import screener_form as forms
from domain.errors import NotFound, RuleError, Stale
from domain.roles import Actor, Permission
from domain.screener import Answer, Question, Screener, checked, decided, kept, missing, visible
from domain.screener_checks import LONGEST_INTRODUCTION, errors, problems
from domain.screener_form import Asking, Building, DecisionForm, Live, Published, QuestionForm, Trial
from domain.study import StudyLine
from storage import screener_drafts, screeners, studies
from storage.models import ScreenerDraft, Study
from storage.screeners import document, from_document

OFFERED = 20
"""How many studies are offered to copy from."""
CLOSED = "That question is not open any more. Go back to the questions, and open it again."


@dataclass(frozen=True, slots=True)
class Open:
    """A draft that is being written, and its study. `asked` is the question in the inputs, None for none."""

    draft: ScreenerDraft
    study: Study
    line: StudyLine
    screener: Screener
    is_immediate: bool
    asked: QuestionForm | None


def to_build(session: Session, actor: Actor, wanted: int | str) -> StudyLine:
    """The study, by id or key, if the actor may edit it. Raises NotFound and NotAllowed."""
    line = studies.by_id(session, actor, wanted) if isinstance(wanted, int) else studies.by_key(session, actor, wanted)
    if line is None:
        raise NotFound("There is no such study that you can see.", "study")
    actor.require(Permission.EDIT_STUDY, own_study=line.is_own)
    return line


def begin(session: Session, actor: Actor, wanted: int | str, now: datetime) -> Building:
    """Begin to build a study's screener, or go on where the actor left off.

    A draft in which nothing was changed begins anew from what is published by now. Raises what `to_build` raises.
    """
    line = to_build(session, actor, wanted)
    study = studies.lock(session, actor.workspace_id, line.id)
    live = screeners.last(session, study.id)
    number, screener = (live.number, live.screener) if live is not None else (0, Screener())
    content = {
        "screener": document(screener),
        "is_immediate": study.is_immediate,
        "was_immediate": study.is_immediate,
        "asked": None,
    }
    draft = screener_drafts.of(session, actor, study.id)
    if draft is None:
        draft = screener_drafts.begin(session, actor, study.id, number, content, now)
    elif not has_changes(session, draft):
        draft.based_on, draft.document, draft.updated_at = number, content, now
    return building(session, opened_from(draft, study, line))


def has_changes(session: Session, draft: ScreenerDraft) -> bool:
    """Whether a draft says something else than the version it was begun from."""
    based = screeners.numbered(session, draft.study_id, draft.based_on)
    before = based.screener if based is not None else Screener()
    is_same = from_document(draft.document["screener"]) == before
    return not is_same or draft.document["is_immediate"] != draft.document["was_immediate"]


def opened(session: Session, actor: Actor, draft_id: int) -> Open:
    """The draft as it was left. Raises NotFound when it is gone, and what `to_build` raises."""
    draft = screener_drafts.find(session, actor, draft_id)
    line = to_build(session, actor, draft.study_id)
    return opened_from(draft, session.get_one(Study, line.id), line)


def opened_from(draft: ScreenerDraft, study: Study, line: StudyLine) -> Open:
    asked = draft.document.get("asked")
    return Open(
        draft=draft,
        study=study,
        line=line,
        screener=from_document(draft.document["screener"]),
        is_immediate=bool(draft.document["is_immediate"]),
        asked=QuestionForm.from_document(asked) if asked else None,
    )


def keep(session: Session, found: Open, now: datetime) -> Open:
    """Keep what the draft says now."""
    found.draft.document = {
        **found.draft.document,
        "screener": document(found.screener),
        "is_immediate": found.is_immediate,
        "asked": found.asked.document() if found.asked is not None else None,
    }
    found.draft.updated_at = now
    session.flush()
    return found


def building(session: Session, found: Open) -> Building:
    """The draft as the builder shows it."""
    live = screeners.last(session, found.study.id)
    return Building(
        draft_id=found.draft.id,
        line=found.line,
        screener=found.screener,
        is_immediate=found.is_immediate,
        live=Live(live.number, len(live.screener.questions), live.author, live.published_at) if live else None,
        based_on=found.draft.based_on,
        answering=tuple(screeners.answering(session, found.study.id).items()),
        problems=problems(found.screener),
        has_changes=has_changes(session, found.draft),
    )


def shown(session: Session, actor: Actor, draft_id: int) -> Building:
    """The draft as the builder shows it. Raises what `opened` raises."""
    return building(session, opened(session, actor, draft_id))


def changed(session: Session, found: Open, screener: Screener, now: datetime) -> Building:
    """The draft with another screener, and no question in the inputs."""
    return building(session, keep(session, replace(found, screener=screener, asked=None), now))


def move(session: Session, actor: Actor, draft_id: int, question_id: str, by: int, now: datetime) -> Building:
    """A question some places further down, or up (negative)."""
    found = opened(session, actor, draft_id)
    return changed(session, found, editing.moved(found.screener, question_id, by), now)


def remove(session: Session, actor: Actor, draft_id: int, question_id: str, now: datetime) -> Building:
    found = opened(session, actor, draft_id)
    return changed(session, found, editing.removed(found.screener, question_id), now)


def duplicate(session: Session, actor: Actor, draft_id: int, question_id: str, now: datetime) -> Building:
    found = opened(session, actor, draft_id)
    return changed(session, found, editing.duplicated(found.screener, question_id, new_id()), now)


def new_id() -> str:
    """An id for a question that no other has, in no version."""
    return f"q{secrets.token_hex(5)}"


def ask(session: Session, actor: Actor, draft_id: int, question_id: str, now: datetime) -> Asking:
    """Take a question of the draft into the inputs, "" for a new one.

    Raises RuleError when it is gone, or when there are enough.
    """
    found = opened(session, actor, draft_id)
    if question_id:
        question = found.screener.questions[editing.place_of(found.screener, question_id)]
        form = forms.form_of(question)
    else:
        editing.check_room(found.screener)
        form = QuestionForm(id=new_id())
    return asking(keep(session, replace(found, asked=form), now), form)


def asking(found: Open, form: QuestionForm) -> Asking:
    """A question as its inputs show it: among those before it are the ones on which it may depend."""
    ids = [question.id for question in found.screener.questions]
    place = ids.index(form.id) if form.id in ids else len(ids)
    present = found.screener.question(form.id)
    return Asking(
        draft_id=found.draft.id,
        line=found.line,
        form=form,
        number=place + 1,
        earlier=found.screener.questions[:place],
        others=forms.others_of(found.screener, present) if present and present.kind is form.question_kind else (),
    )


def write(
    session: Session, actor: Actor, draft_id: int, question_id: str, inputs: Mapping[str, Any], now: datetime
) -> Asking:
    """Keep what stands in the inputs of a question, right or wrong.

    Raises RuleError when another question has been opened in the same draft since.
    """
    found = opened(session, actor, draft_id)
    form = in_inputs(found, question_id).with_inputs(inputs)
    return asking(keep(session, replace(found, asked=form), now), form)


def in_inputs(found: Open, question_id: str) -> QuestionForm:
    if found.asked is None or found.asked.id != question_id:
        raise RuleError(CLOSED)
    return found.asked


def decisions(session: Session, actor: Actor, draft_id: int, question_id: str) -> tuple[Asking, DecisionForm]:
    """The question in the inputs, and when it is shown and what its answer decides so far."""
    found = opened(session, actor, draft_id)
    form = in_inputs(found, question_id)
    present = found.screener.question(form.id)
    return asking(found, form), forms.decisions_for(found.screener, present, forms.question_in(form))


def save_question(
    session: Session, actor: Actor, draft_id: int, question_id: str, form: DecisionForm, now: datetime
) -> Building:
    """Put the question in the inputs into the draft, with when it is shown and what its answer decides.

    Raises RuleError for what `decision_errors` says before, and when there are enough questions.
    """
    found = opened(session, actor, draft_id)
    asked = asking(found, in_inputs(found, question_id))
    question = forms.question_in(asked.form)
    about = about_in(asked, form)
    complete = replace(question, show_if=forms.condition_in(form, about))
    rules = (*forms.rules_in(form, question), *asked.others)
    return changed(session, found, editing.with_question(found.screener, complete, rules), now)


def about_in(asked: Asking, form: DecisionForm) -> Question | None:
    """The earlier question on which it depends whether a question is shown."""
    return next((each for each in asked.earlier if each.id == form.about), None)


def set_up(
    session: Session, actor: Actor, draft_id: int, introduction: str, now: datetime, *, is_immediate: bool | None
) -> Building:
    """What stands above the questions, and whether who qualifies goes straight to the times (None: as it was)."""
    found = opened(session, actor, draft_id)
    text = introduction.strip()
    if len(text) > LONGEST_INTRODUCTION:
        raise RuleError(
            f"At most {LONGEST_INTRODUCTION:,} characters, please: these are {len(text):,}.", "introduction"
        )
    immediate = found.is_immediate if is_immediate is None else is_immediate
    return changed(session, replace(found, is_immediate=immediate), replace(found.screener, introduction=text), now)


def sources(session: Session, actor: Actor, draft_id: int, typed: str) -> list[tuple[int, str, int]]:
    """Studies with a screener that the actor sees, called as was typed: id, label, number of questions."""
    found = opened(session, actor, draft_id)
    lines, _ = studies.listing(session, actor, prefix=typed.strip(), size=OFFERED * 2)
    sizes = screeners.sizes(session, [line.id for line in lines if line.id != found.study.id])
    offered = [(line.id, f"{line.key} · {line.name}", sizes[line.id]) for line in lines if line.id in sizes]
    return offered[:OFFERED]


def copy(session: Session, actor: Actor, draft_id: int, study_id: int, now: datetime) -> Building:
    """Begin with the screener of another study. Raises NotFound for one that has none, or that the actor can't see."""
    found = opened(session, actor, draft_id)
    line = studies.by_id(session, actor, study_id)
    live = screeners.current(session, line.id) if line is not None else None
    if live is None:
        raise NotFound("There is no such screener that you can see.")
    return changed(session, found, live.screener, now)


def discard(session: Session, actor: Actor, draft_id: int, now: datetime) -> Building:
    """Drop what was changed, and begin again from what is published."""
    _study, found = opened_locked(session, actor, draft_id)
    session.delete(found.draft)
    session.flush()
    return begin(session, actor, found.line.id, now)


def try_out(session: Session, actor: Actor, draft_id: int, inputs: Mapping[str, Any]) -> tuple[Trial, dict[str, str]]:
    """The draft with somebody's answers, of which nothing is kept; with it, what can't be an answer, by question."""
    found = opened(session, actor, draft_id)
    answers: dict[str, Answer] = {}
    wrong: dict[str, str] = {}
    for question in found.screener.questions:
        try:
            answer = checked(question, given(question, inputs.get(question.id)))
        except RuleError as error:
            wrong[question.id] = error.message
            continue
        if answer is not None:
            answers[question.id] = answer
    counting = kept(found.screener, answers)
    open_still = missing(found.screener, answers)
    verdict, rules = decided(found.screener, answers)
    is_done = bool(inputs) and not open_still and not wrong
    return Trial(
        draft_id=found.draft.id,
        line=found.line,
        screener=found.screener,
        answers=counting,
        questions=visible(found.screener, answers),
        verdict=verdict if is_done else None,
        rules=rules if is_done else (),
        missing=open_still,
    ), wrong


def given(question: Question, value: object) -> tuple[str, ...] | str:
    """What stands in an input, as an answer is checked: choices are there by their places."""
    if question.values:
        return forms.chosen(question, forms.several(value))
    return str(value or "")


def publish(session: Session, actor: Actor, draft_id: int, now: datetime) -> Building | Published:
    """Let everybody who begins from now on get the draft; who has begun goes on with theirs.

    Where something is wrong nothing is published, and the draft says what. Raises Stale when somebody else has
    published another version since the draft was begun.
    """
    study, found = opened_locked(session, actor, draft_id)
    check_fresh(session, actor, found)
    wrong = problems(found.screener)
    if errors(wrong):
        return building(session, found)
    if found.draft.based_on and not has_changes(session, found.draft):
        raise RuleError(f"There is nothing to publish: version {found.draft.based_on} says the same.")
    study.is_immediate = found.is_immediate
    return publish_now(session, actor, found, now, warnings=len(wrong))


def end(session: Session, actor: Actor, draft_id: int, now: datetime) -> Published:
    """Ask nobody any more who comes from now on; who has begun goes on. Raises Stale as `publish` does."""
    _study, found = opened_locked(session, actor, draft_id)
    check_fresh(session, actor, found)
    if screeners.current(session, found.study.id) is None:
        raise RuleError(f"{found.line.key} has no screener that is live: there is nothing to end.")
    return publish_now(session, actor, replace(found, screener=Screener()), now, warnings=0)


def opened_locked(session: Session, actor: Actor, draft_id: int) -> tuple[Study, Open]:
    """The study, locked, and the draft as it is then: nobody publishes meanwhile."""
    before = opened(session, actor, draft_id)
    study = studies.lock(session, actor.workspace_id, before.study.id)
    return study, opened(session, actor, draft_id)


def check_fresh(session: Session, actor: Actor, found: Open) -> None:
    """Raise Stale when the draft was not begun from the version that holds now."""
    live = screeners.last(session, found.study.id)
    if live is None or live.number == found.draft.based_on:
        return
    others = "you published" if live.author == actor.name else f"{live.author} was faster and published"
    raise Stale(
        f"Nothing is published: {others} version {live.number} of {found.line.key}’s screener after you began this. "
        "“Drop my changes” shows it."
    )


def publish_now(session: Session, actor: Actor, found: Open, now: datetime, *, warnings: int) -> Published:
    version = screeners.publish(session, found.study.id, found.screener, actor.name, now)
    session.delete(found.draft)
    session.flush()
    return Published(
        key=found.line.key,
        number=version.number,
        questions=len(version.screener.questions),
        answering=tuple(screeners.answering(session, found.study.id).items()),
        warnings=warnings,
    )
