"""Deciding about what somebody answered: the first decision wins, and may be changed with a reason until they go on."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from bot.services import invitation_review, invitations, outgoing, record, review_cards, statuses
from bot.services.invitations import Letter
from bot.services.outgoing import Kind
from bot.services.statuses import Why
from domain import review as rules
from domain.errors import NotFound, RuleError, Stale
from domain.invitation import goes_on_with
from domain.participant import Cause
from domain.review import LONGEST_NOTE, LONGEST_REASON, STATUS_OF, Review
from domain.roles import Actor, Permission
from domain.screener import Verdict
from storage import outbox, responses, studies
from storage.models import Enrolment, Study
from storage.outbox import Outgoing

NO_MAIL = "No mail is set up, so Callsheet can't invite them: write to them yourself."
GONE = "There are no such answers that you can see."


def find(session: Session, actor: Actor, enrolment_id: int) -> Review:
    """The answers of an enrolment, for whoever manages its study. Raises NotFound and NotAllowed."""
    found = seen(session, actor, enrolment_id)
    check_may(session, actor, found)
    return found


def seen(session: Session, actor: Actor, enrolment_id: int) -> Review:
    """The answers of an enrolment in a study that the actor sees. Raises NotFound."""
    found = responses.of_enrolment(session, actor.workspace_id, enrolment_id)
    if found is None or not studies.is_visible(session, actor, found.study_id):
        raise NotFound(GONE)
    return found


def check_may(session: Session, actor: Actor, found: Review) -> None:
    actor.require(Permission.MANAGE_INTERVIEWS, own_study=studies.is_own(session, actor, found.study_id))


def decide(session: Session, actor: Actor, enrolment_id: int, verdict: Verdict, reason: str, now: datetime) -> Review:
    """Qualify somebody, or not: what holds then. Sends nothing.

    Raises Stale when somebody was faster, or they have gone on meanwhile; NotFound, NotAllowed, RuleError.
    """
    found = locked(session, actor, enrolment_id)
    reason = " ".join(reason.split())
    if len(reason) > LONGEST_REASON:
        raise RuleError(f"At most {LONGEST_REASON} characters, please.", "reason")
    rules.check(found, verdict, reason, actor.time_zone)
    (enrolment,) = statuses.lock(session, [enrolment_id])
    why = Why(Cause.REVIEWED, record.by(actor, now), reason or None)
    statuses.move(session, [(enrolment, STATUS_OF[verdict])], why)
    response = responses.lock(session, enrolment_id)
    assert response is not None
    response.verdict, response.decided_at, response.decided_by = verdict, now, actor.name
    response.decision_reason = reason or None
    session.flush()
    review_cards.show(session, enrolment_id, now)
    outgoing.show_study(session, actor.workspace_id, found.study_id, now)
    return seen(session, actor, enrolment_id)


def locked(session: Session, actor: Actor, enrolment_id: int) -> Review:
    """The answers as they are once the study and the enrolment are locked, for whoever manages it: bookings and
    decisions wait.
    """
    found = find(session, actor, enrolment_id)
    studies.lock(session, actor.workspace_id, found.study_id)
    statuses.lock(session, [enrolment_id])
    responses.lock(session, enrolment_id)
    return find(session, actor, enrolment_id)


def invite(
    session: Session, actor: Actor, enrolment_id: int, public_url: str | None, now: datetime, *, has_mail: bool
) -> str | None:
    """Mail somebody who qualified what comes next: the times, the survey or the test. Why it was not, None when it was.

    Who was invited since the decision is not mailed again. Raises Stale when they do not stand as qualified any more.
    """
    found = locked(session, actor, enrolment_id)
    if found.stands is not Verdict.QUALIFIED or not found.may_be_decided:
        raise Stale(f"{found.alias} is {found.status.value} in {found.study_key} by now.")
    if found.is_invited:
        raise Stale(f"{found.alias} was invited already.")
    study, kind = session.get_one(Study, found.study_id), goes_on_with(found.study_type)
    why = why_not_now(session, study, found, public_url, now, has_mail=has_mail)
    if why is not None:
        return why
    if not invitations.mail_to(session, study, [enrolment_id], Letter(kind), record.by(actor, now)):
        return f"{found.alias} is {found.status.value}: nobody who stands so is invited."
    session.flush()
    review_cards.show(session, enrolment_id, now)
    outgoing.show_study(session, study.workspace_id, study.id, now)
    return None


def why_not_now(
    session: Session, study: Study, found: Review, public_url: str | None, now: datetime, *, has_mail: bool
) -> str | None:
    """Why somebody who qualified is not invited at once, as a sentence; None when they may be."""
    if not has_mail:
        return NO_MAIL
    if refusal := invitation_review.refused(study, public_url):
        return refusal
    if found.seats_left == 0:
        return f"{study.key} is fully booked ({study.seats_taken} of {study.participation_limit})."
    enrolment = session.get_one(Enrolment, found.enrolment_id)
    why = invitations.may_still_invite(session, enrolment, now, goes_on_with(study.type))
    return f"{found.alias} {why}." if why else None


def discuss(session: Session, actor: Actor, enrolment_id: int, note: str, now: datetime) -> Review:
    """Say something about the answers in the thread of their card. Raises NotFound, NotAllowed, RuleError."""
    found = find(session, actor, enrolment_id)
    text = note.strip()
    if not text:
        raise RuleError("What would you like to say?", "note")
    if len(text) > LONGEST_NOTE:
        raise RuleError(f"At most {LONGEST_NOTE:,} characters, please.", "note")
    channel_id = outgoing.channels_of(session, {found.study_id})[found.study_id]
    item = Outgoing(
        kind=Kind.REVIEW_NOTE,
        dedupe_key=f"review_note:{enrolment_id}:{actor.member_id}:{now.timestamp():.6f}",
        lane=outgoing.channel_lane(channel_id),
        subject=str(enrolment_id),
        payload={"by": actor.slack_user_id, "text": rules.for_all(found, text)},
    )
    outbox.send(session, actor.workspace_id, now, item)
    return found
