"""Everything that is stored about one person, as plain nested data: for them to have.

What is about others is left out: entries of a group's timeline come with it only as far as they are this person's.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from domain.governance import ContactFacts, contact_status
from domain.interview import AttendeeKind
from domain.participant import stage
from domain.person import alias
from storage import participants
from storage.models import (
    Attendee,
    AuditEntry,
    BlocklistSuggestion,
    Consent,
    ConsentText,
    Enrolment,
    GovernanceOverride,
    Interview,
    MergedParticipant,
    Participant,
    ParticipantAddress,
    ParticipantLink,
    ParticipantNote,
    ScreenerResponse,
    ScreenerVersion,
    SentInvitation,
    SentMail,
    SlotOffer,
    StatusChange,
    Study,
    TimelineEntry,
    WaitingEntry,
    Workspace,
)

Data = dict[str, Any]


def of_workspace(session: Session, workspace_id: int, participant_id: int) -> Participant:
    """The participant. Raises NotFound for one of another workspace."""
    return participants.participant(session, workspace_id, participant_id)


def collect(session: Session, person: Participant, now: datetime) -> Data:
    """Everything about the person. The number of statements is fixed."""
    studies = {
        enrolment.id: (enrolment, study)
        for enrolment, study in session.execute(
            sa.select(Enrolment, Study)
            .join(Study, Study.id == Enrolment.study_id)
            .where(Enrolment.participant_id == person.id)
            .order_by(Enrolment.id)
        )
    }
    return {
        "exported_at": now,
        "kept_by": session.scalar(sa.select(Workspace.name).where(Workspace.id == person.workspace_id)),
        "person": profile(session, person),
        "contact": contact(person, now),
        "studies": enrolments(session, studies),
        "sessions": sessions(session, person),
        "mails": mails(session, person, studies),
        "invitations": invitations(session, person, studies),
        "notes": notes(session, person),
        "overrides": overrides(session, person),
        "blocklist_suggestions": suggestions(session, person),
        "links": links(session, list(studies)),
        "audit_log": audited(session, person),
    }


def profile(session: Session, person: Participant) -> Data:
    others = sa.select(ParticipantAddress.email).where(ParticipantAddress.participant_id == person.id)
    merged = sa.select(MergedParticipant.number).where(MergedParticipant.participant_id == person.id)
    return {
        "alias": alias(person.number),
        "name": person.name,
        "email": person.email,
        "other_emails": list(session.scalars(others.order_by(ParticipantAddress.email))),
        "merged_aliases": [alias(number) for number in session.scalars(merged.order_by(MergedParticipant.number))],
        "phone": person.phone,
        "time_zone": person.time_zone,
        "properties": {str(name): value for name, value in sorted(person.properties.items())},
        "added_at": person.created_at,
        "erased_at": person.erased_at,
    }


def contact(person: Participant, now: datetime) -> Data:
    facts = ContactFacts(
        blocklisted_at=person.blocklisted_at,
        opted_out_at=person.opted_out_at,
        do_not_contact_reason=person.do_not_contact_reason,
        cooldown_until=person.cooldown_until,
    )
    return {
        "status": contact_status(facts, now).value,
        "opted_out_at": person.opted_out_at,
        "blocklisted_at": person.blocklisted_at,
        "blocklist_reason": person.blocklist_reason,
        "do_not_contact_reason": person.do_not_contact_reason,
        "cooldown_until": person.cooldown_until,
        "bounced_at": person.bounced_at,
        "soft_bounced_at": person.soft_bounced_at,
    }


def enrolments(session: Session, studies: dict[int, tuple[Enrolment, Study]]) -> list[Data]:
    """Each study that they are in: where they stand and stood, what they answered, agreed to and wait for."""
    ids = list(studies)
    history, screener, consents = histories(session, ids), answers(session, ids), agreed(session, ids)
    waits, offers = waiting(session, ids), offered(session, ids)
    return [
        {
            "study": study.key,
            "name": study.external_name,
            "type": study.type.label,
            "status": enrolment.status.value,
            "stage": stage(enrolment.status, study.incentive_amount_minor is not None).value,
            "since": enrolment.status_changed_at,
            "changed_by": enrolment.status_changed_by,
            "reason": enrolment.status_reason,
            "invited_at": enrolment.invited_at,
            "took_part_at": enrolment.took_part_at,
            "no_showed_at": enrolment.no_showed_at,
            "moves": enrolment.moves,
            "incentive_minor_units": study.incentive_amount_minor,
            "incentive_currency": study.incentive_currency,
            "history": history[id_],
            "screener": screener.get(id_, {}),
            "consents": consents[id_],
            "waits_for": waits.get(id_),
            "offers": offers[id_],
        }
        for id_, (enrolment, study) in studies.items()
    ]


def histories(session: Session, ids: Sequence[int]) -> dict[int, list[Data]]:
    found: dict[int, list[Data]] = defaultdict(list)
    statement = sa.select(StatusChange).where(StatusChange.enrolment_id.in_(ids)).order_by(StatusChange.id)
    for each in session.scalars(statement):
        found[each.enrolment_id].append(
            {
                "at": each.at,
                "from": each.was.value if each.was is not None else None,
                "to": each.to.value,
                "because": each.cause.value,
                "by": each.actor,
                "through": each.door.value,
                "reason": each.reason,
            }
        )
    return found


def answers(session: Session, ids: Sequence[int]) -> dict[int, Data]:
    """What they answered, each with the question as it was asked of them."""
    rows = session.execute(
        sa.select(ScreenerResponse, ScreenerVersion.document)
        .join(ScreenerVersion, ScreenerVersion.id == ScreenerResponse.version_id)
        .where(ScreenerResponse.enrolment_id.in_(ids))
    )
    return {
        response.enrolment_id: {
            "started_at": response.started_at,
            "saved_at": response.saved_at,
            "submitted_at": response.submitted_at,
            "verdict": response.verdict.value,
            "decided_at": response.decided_at,
            "decided_by": response.decided_by,
            "decision_reason": response.decision_reason,
            "answers": [
                {"question": asked(document, str(id_)), "answer": answer} for id_, answer in response.answers.items()
            ],
        }
        for response, document in rows
    }


def asked(document: Data, question_id: str) -> str:
    """The text of a question, its id when the document does not have it."""
    questions = document.get("questions") or ()
    return next((str(each.get("text")) for each in questions if str(each.get("id")) == question_id), question_id)


def agreed(session: Session, ids: Sequence[int]) -> dict[int, list[Data]]:
    found: dict[int, list[Data]] = defaultdict(list)
    rows = session.execute(
        sa.select(Consent, ConsentText.text)
        .join(Enrolment, Enrolment.id == Consent.enrolment_id)
        .outerjoin(
            ConsentText, sa.and_(ConsentText.study_id == Enrolment.study_id, ConsentText.version == Consent.version)
        )
        .where(Consent.enrolment_id.in_(ids))
        .order_by(Consent.at)
    )
    for consent, text in rows:
        found[consent.enrolment_id].append({"at": consent.at, "version": consent.version, "text": text})
    return found


def waiting(session: Session, ids: Sequence[int]) -> dict[int, Data]:
    found = session.scalars(sa.select(WaitingEntry).where(WaitingEntry.enrolment_id.in_(ids)))
    return {each.enrolment_id: {"time": each.wish.value, "since": each.asked_at} for each in found}


def offered(session: Session, ids: Sequence[int]) -> dict[int, list[Data]]:
    found: dict[int, list[Data]] = defaultdict(list)
    for each in session.scalars(sa.select(SlotOffer).where(SlotOffer.enrolment_id.in_(ids)).order_by(SlotOffer.id)):
        found[each.enrolment_id].append(
            {"time": each.starts_at, "offered_at": each.offered_at, "state": each.state.value}
        )
    return found


def sessions(session: Session, person: Participant) -> list[Data]:
    """The sessions that they have or had a seat in."""
    rows = session.execute(
        sa.select(Attendee, Interview, Study.key)
        .join(Interview, Interview.id == Attendee.interview_id)
        .join(Study, Study.id == Interview.study_id)
        .where(Attendee.participant_id == person.id)
        .order_by(Attendee.starts_at, Attendee.id)
    ).all()
    told = timelines(session, person, [interview.id for _, interview, _ in rows])
    return [
        {
            "reference": interview.reference,
            "study": key,
            "title": interview.title,
            "starts_at": interview.starts_at,
            "ends_at": interview.ends_at,
            "status": interview.status.value,
            "outcome": seat.outcome.value,
            "answer": seat.rsvp.value,
            "answered_at": seat.rsvp_at,
            "confirmed_at": seat.confirmed_at,
            "cancel_reason": interview.cancel_reason,
            "timeline": told[interview.id],
        }
        for seat, interview, key in rows
    ]


def timelines(session: Session, person: Participant, ids: Sequence[int]) -> dict[int, list[Data]]:
    """What happened to the sessions: of a group's only what names this person, for the rest is about others."""
    number = sa.select(Attendee.interview_id, sa.func.count().label("seats")).where(
        Attendee.interview_id.in_(ids), Attendee.kind == AttendeeKind.PARTICIPANT
    )
    seats = {row.interview_id: row.seats for row in session.execute(number.group_by(Attendee.interview_id))}
    is_theirs = re.compile(rf"(?<!\w){alias(person.number)}(?!\w)")
    found: dict[int, list[Data]] = defaultdict(list)
    statement = sa.select(TimelineEntry).where(TimelineEntry.interview_id.in_(ids)).order_by(TimelineEntry.id)
    for each in session.scalars(statement):
        if seats.get(each.interview_id, 1) > 1 and not is_theirs.search(f"{each.actor} {each.text}"):
            continue
        change = {"from": each.before, "to": each.after} if each.before or each.after else {}
        found[each.interview_id].append(
            {"at": each.at, "by": each.actor, "through": each.door.value, "what": each.text, **change}
        )
    return found


def mails(session: Session, person: Participant, studies: dict[int, tuple[Enrolment, Study]]) -> list[Data]:
    statement = sa.select(SentMail).where(SentMail.participant_id == person.id).order_by(SentMail.sent_at, SentMail.id)
    return [
        {
            "kind": each.kind.value,
            "study": studies[each.enrolment_id][1].key if each.enrolment_id in studies else None,
            "sent_at": each.sent_at,
            "fate": each.fate.value,
            "bounced_at": each.bounced_at,
        }
        for each in session.scalars(statement)
    ]


def invitations(session: Session, person: Participant, studies: dict[int, tuple[Enrolment, Study]]) -> list[Data]:
    statement = sa.select(SentInvitation).where(SentInvitation.participant_id == person.id).order_by(SentInvitation.at)
    return [
        {"study": studies[each.enrolment_id][1].key if each.enrolment_id in studies else None, "at": each.at}
        for each in session.scalars(statement)
    ]


def notes(session: Session, person: Participant) -> list[Data]:
    statement = sa.select(ParticipantNote).where(ParticipantNote.participant_id == person.id)
    return [
        {"at": each.at, "by": each.author, "text": each.text}
        for each in session.scalars(statement.order_by(ParticipantNote.id))
    ]


def overrides(session: Session, person: Participant) -> list[Data]:
    statement = (
        sa.select(GovernanceOverride, Study.key)
        .join(Study, Study.id == GovernanceOverride.study_id)
        .where(GovernanceOverride.participant_id == person.id)
        .order_by(GovernanceOverride.id)
    )
    return [
        {"study": key, "at": each.at, "by": each.author, "reason": each.reason, "ended_at": each.ended_at}
        for each, key in session.execute(statement)
    ]


def suggestions(session: Session, person: Participant) -> list[Data]:
    statement = sa.select(BlocklistSuggestion).where(BlocklistSuggestion.participant_id == person.id)
    return [
        {
            "at": each.at,
            "by": each.author,
            "reason": each.reason,
            "is_approved": each.is_approved,
            "decided_by": each.decided_by,
            "decided_at": each.decided_at,
        }
        for each in session.scalars(statement.order_by(BlocklistSuggestion.id))
    ]


def links(session: Session, enrolment_ids: Sequence[int]) -> list[Data]:
    """The personal links that were made for them: what for and until when. The secrets are known to nobody."""
    statement = sa.select(ParticipantLink).where(ParticipantLink.enrolment_id.in_(enrolment_ids))
    return [
        {
            "purpose": each.purpose.value,
            "created_at": each.created_at,
            "expires_at": each.expires_at,
            "revoked_at": each.revoked_at,
        }
        for each in session.scalars(statement.order_by(ParticipantLink.created_at, ParticipantLink.token_hash))
    ]


def audited(session: Session, person: Participant) -> list[Data]:
    statement = sa.select(AuditEntry).where(AuditEntry.participant_id == person.id).order_by(AuditEntry.id)
    return [
        {"at": each.at, "by": each.actor, "action": each.action.value, "text": each.text}
        for each in session.scalars(statement)
    ]
