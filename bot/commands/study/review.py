"""The card of somebody's answers: qualify them or not, change that, invite them, discuss them, see all they said."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from bot.blocks import kit
from bot.blocks import review as blocks
from bot.blocks.ids import StudyId
from bot.services import reviews
from bot.slack.capability import Capability
from bot.slack.metadata import Metadata
from bot.slack.outcomes import Close, Nothing, Open, Outcome, Update, say
from domain.errors import Stale
from domain.review import WHAT_NOW
from domain.roles import Actor
from domain.screener import Verdict

capability = Capability()


@dataclass(frozen=True, slots=True)
class Reviewing(Metadata):
    """Whose answers the modal is about, and what held when it was opened."""

    enrolment_id: int = 0
    seen: str = ""


@capability.action(StudyId.QUALIFY)
def qualify(
    session: Session,
    actor: Actor,
    value: str,
    now: datetime,
    public_url: str | None,
    has_mail: bool,
    view: dict[str, Any],
    metadata: str,
) -> Outcome:
    """They are invited to what comes next at once, unless something is against that: then it is said."""
    found = reviews.decide(session, actor, int(value), Verdict.QUALIFIED, "", now)
    why = reviews.invite(session, actor, found.enrolment_id, public_url, now, has_mail=has_mail)
    sentence = f"*{found.alias}* is qualified, and not invited: {kit.escape(why)}" if why else ""
    return done(session, actor, found.enrolment_id, view, metadata, sentence)


@capability.action(StudyId.NOT_QUALIFY)
def not_qualify(
    session: Session, actor: Actor, value: str, now: datetime, view: dict[str, Any], metadata: str
) -> Outcome:
    found = reviews.decide(session, actor, int(value), Verdict.NOT_QUALIFIED, "", now)
    return done(session, actor, found.enrolment_id, view, metadata)


@capability.action(StudyId.REVIEW_INVITE)
def invite(
    session: Session,
    actor: Actor,
    value: str,
    now: datetime,
    public_url: str | None,
    has_mail: bool,
    view: dict[str, Any],
    metadata: str,
) -> Outcome:
    why = reviews.invite(session, actor, int(value), public_url, now, has_mail=has_mail)
    return done(session, actor, int(value), view, metadata, f"Not invited: {kit.escape(why)}" if why else "")


def done(
    session: Session, actor: Actor, enrolment_id: int, view: dict[str, Any], metadata: str, sentence: str = ""
) -> Outcome:
    """What somebody sees who has decided: all answers drawn anew where they stand; the card is redrawn by itself."""
    if view.get("callback_id") == StudyId.ANSWERS_MODAL:
        session.flush()
        return Update(blocks.answers_modal(reviews.find(session, actor, enrolment_id), metadata, sentence))
    return say(sentence) if sentence else Nothing()


@capability.action(StudyId.ANSWERS, reads=True)
def answers(session: Session, actor: Actor, value: str, channel_id: str) -> Outcome:
    return Open(blocks.answers_modal(reviews.find(session, actor, int(value)), Metadata(channel_id).dump()))


@capability.action(StudyId.REVIEW_CHANGE, reads=True)
def ask_to_change(session: Session, actor: Actor, value: str, channel_id: str) -> Outcome:
    found = reviews.find(session, actor, int(value))
    if not found.may_be_decided:
        raise Stale(f"{found.alias} is {found.status.value} in {found.study_key} by now: {WHAT_NOW}")
    return Open(blocks.change_modal(found, Reviewing(channel_id, found.enrolment_id, found.stands.value).dump()))


@capability.submission(StudyId.REVIEW_CHANGE_MODAL)
def change(session: Session, actor: Actor, fields: dict[str, Any], metadata: str, now: datetime) -> Outcome:
    """It becomes the other verdict than the one that was seen: if that changed meanwhile, it is said who did it."""
    at = Reviewing.load(metadata)
    other = Verdict.NOT_QUALIFIED if at.seen == Verdict.QUALIFIED else Verdict.QUALIFIED
    found = reviews.decide(session, actor, at.enrolment_id, other, fields.get("reason") or "", now)
    return Close(say(blocks.changed_text(found)))


@capability.action(StudyId.DISCUSS, reads=True)
def ask_to_discuss(session: Session, actor: Actor, value: str, channel_id: str) -> Outcome:
    found = reviews.find(session, actor, int(value))
    return Open(blocks.discuss_modal(found, Reviewing(channel_id, found.enrolment_id).dump()))


@capability.submission(StudyId.DISCUSS_MODAL)
def discuss(session: Session, actor: Actor, fields: dict[str, Any], metadata: str, now: datetime) -> Outcome:
    reviews.discuss(session, actor, Reviewing.load(metadata).enrolment_id, fields.get("note") or "", now)
    return Close()
