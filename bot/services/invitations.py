"""Sending invitations to a study, to the people of a list or to one: nobody is mailed twice, or against a rule."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.services import governance, invitation_review, outgoing, outgoing_mails, record, review_cards, statuses
from bot.services.invitation_review import Draft, filled, refused, values_for
from bot.services.record import By
from bot.services.statuses import Why
from domain import invitation as rules
from domain.errors import RuleError
from domain.governance import ContactStatus, contact_status
from domain.invitation import HELD_BY_CONTACT, Candidate, Invited
from domain.mail import MailKind, Written
from domain.participant import Cause, ParticipantStatus
from domain.roles import Actor
from storage import invitations, members, screeners, studies
from storage.models import Enrolment, InvitationList, Participant, Study


def send(session: Session, actor: Actor, draft: Draft, public_url: str | None, now: datetime) -> Invited:
    """Invite everybody on the list who may be: they are enrolled, and each gets one mail.

    Who was invited since the review was shown gets none, so that neither a second click nor a second person mails
    anybody twice. The number of statements is the same for one and for thousands. Raises RuleError when nothing goes
    out, and for a wrong token at its field.
    """
    kept = invitations.own(session, actor, draft.list_id)
    study = studies.lock(session, actor.workspace_id, kept.study_id)
    members.lock_workspace(session, actor.workspace_id)
    session.refresh(kept)
    found = invitation_review.gather(session, actor, kept.id, now, kept.reviewed_at, draft.mail)
    if refusal := refused(study, public_url):
        raise RuleError(refusal)
    if draft.mail is not None and found.mail is not draft.mail:
        raise RuleError(f"{study.key} has another screener by now, or none. Choose the people again.")
    going = found.sorted.going
    if not going:
        told = "; ".join(rules.group_text(group) for group in found.sorted.held)
        raise RuleError(f"Nobody is left to invite: {told}.")
    filled(draft.words, values_for(session, study, going[0], public_url, found.mail))
    is_standard = draft.words == invitation_review.standard(session, study, going[0], public_url, found.mail)
    written = None if is_standard else Written(draft.words.text, draft.words.subject, by=actor.name)
    sent = invite(session, actor, study, going, Letter(found.mail, written), now)
    kept.sent_at, kept.sent = now, kept.sent + sent
    session.flush()
    outgoing.post_study(session, study, now)
    return Invited(study.key, sent, found.sorted.held, found.mail)


@dataclass(frozen=True, slots=True)
class Letter:
    """The mail that invites, and what a person wrote if they changed it."""

    kind: MailKind
    written: Written | None = None


def invite(
    session: Session, actor: Actor, study: Study, going: Collection[Candidate], letter: Letter, now: datetime
) -> int:
    """Enrol who is not in the study yet, move all on as the mail does, and mail them. How many."""
    by = record.by(actor, now)
    new = {(study.id, one.participant_id): ParticipantStatus.NOT_CONTACTED for one in going if one.enrolment_id is None}
    ids = [one.enrolment_id for one in going if one.enrolment_id is not None]
    ids += statuses.enrol(session, new, Why(Cause.ADDED, by)).values()
    return mail_to(session, study, ids, letter, by)


def mail_to(session: Session, study: Study, enrolment_ids: Collection[int], letter: Letter, by: By) -> int:
    """Let enrolments be invited by the mail, and send it: to how many."""
    done = sorted(statuses.invited(session, enrolment_ids, Why(rules.INVITES_BY[letter.kind], by)))
    once, written = once_of(by.at), letter.written
    outgoing_mails.to_enrolments(session, study.workspace_id, done, letter.kind, by.at, once=once, written=written)
    return len(done)


def once_of(at: datetime) -> str:
    """What makes the mail of an invitation of that moment single (see `outgoing_mails.to_enrolments`)."""
    return f"{at.timestamp():.6f}"


def take_back(session: Session, enrolment_id: int, mail: MailKind, dedupe_key: str, now: datetime) -> None:
    """The mail of that key does not go out: whom it invited is not invited by it, and it does not count. Nothing
    changes when they were invited once more since, or came by themselves.
    """
    (enrolment,) = statuses.lock(session, [enrolment_id])
    if enrolment.invited_at is None or not dedupe_key.endswith(f":{once_of(enrolment.invited_at)}"):
        return
    why = Why(Cause.UNDONE, record.by_callsheet(now), "The invitation did not go out.")
    invited_at = enrolment.invited_at
    statuses.not_mailed(session, enrolment, why, rules.INVITES_BY[mail])
    of_then = (InvitationList.study_id == enrolment.study_id, InvitationList.sent_at == invited_at)
    session.execute(sa.update(InvitationList).where(*of_then).values(sent=InvitationList.sent - 1))
    study = session.get_one(Study, enrolment.study_id)
    session.flush()
    review_cards.show_again(session, study.workspace_id, enrolment_id, now)
    outgoing.show_study(session, study.workspace_id, study.id, now)


def may_still_invite(
    session: Session, enrolment: Enrolment, now: datetime, mail: MailKind = MailKind.SCHEDULER
) -> str | None:
    """Why an invitation that is on its way must not go out any more, None when it may: the study was paused or closed,
    the person opted out, is not to be contacted, or has gone on meanwhile. After the person's name.
    """
    study, person = session.get_one(Study, enrolment.study_id), session.get_one(Participant, enrolment.participant_id)
    if why := rules.why_nothing_goes_out(study.key, study.status):
        return f"is not invited: {why}"
    if mail is MailKind.SCREENER_INVITATION and not screeners.has_screener(session, study.id):
        return f"is not invited: {study.key} has no screener any more."
    contact = contact_status(record.contact_facts(person), now)
    if contact in (ContactStatus.IN_BLOCKLIST, ContactStatus.OPTED_OUT):
        return HELD_BY_CONTACT[contact].value
    if person.bounced_at is not None:
        return rules.Reason.BOUNCED.value
    held = rules.HELD[mail].get(enrolment.status)
    return held.value if held is not None else held_by_rules(session, enrolment, now)


def held_by_rules(session: Session, enrolment: Enrolment, now: datetime) -> str | None:
    """Why the workspace's rules or a member hold an invitation back that is on its way, None when they do not: a rule
    was changed meanwhile, or somebody said that the person is not to be contacted. After the person's name.
    """
    study = session.get_one(Study, enrolment.study_id)
    found = governance.evaluate(session, study.workspace_id, [enrolment.participant_id], now, study.id)
    barring = found[enrolment.participant_id].barring if enrolment.participant_id in found else ()
    return "; ".join(one.text for one in barring) or None
