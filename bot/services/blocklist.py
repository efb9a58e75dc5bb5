"""The blocklist: who is put on it and taken off it, and suggestions, which somebody else decides."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.services import audit, outgoing, record
from bot.services.audit import Audited
from bot.services.outgoing import Kind, channel_lane
from domain.audit import AuditAction
from domain.blocklist import Blocklist
from domain.contact_rules import Rule
from domain.errors import NotAllowed, RuleError, Stale
from domain.governance import suggestion
from domain.person import Person
from domain.review import without_contacts
from domain.roles import Actor, Permission
from domain.times import spelled_time
from storage import blocklist as stored
from storage import governance, outbox, participants
from storage.blocklist import Place
from storage.governance import CALLSHEET
from storage.models import BlocklistSuggestion, Participant
from storage.outbox import Projected
from storage.people import person_of

LONGEST_REASON = 1000
PAGE, SUGGESTIONS = 10, 10


def reason_given(text: str) -> str:
    """The reason that somebody wrote. Raises RuleError at its field for none."""
    reason = " ".join(text.split())
    if not reason:
        raise RuleError("Say why: it is kept, and others decide by it later.", "reason")
    if len(reason) > LONGEST_REASON:
        raise RuleError(f"The reason is longer than {LONGEST_REASON:,} characters.", "reason")
    return reason


def listing(session: Session, actor: Actor, before: Place | None = None) -> Blocklist:
    """A page of the blocklist with the suggestions that wait, as far as the actor sees these people.

    Raises NotAllowed for who manages no participants at all.
    """
    if not actor.may(Permission.MANAGE_INTERVIEWS, own_study=True):
        raise NotAllowed(f"You may not see the blocklist: your role is {actor.role.label}.")
    blocked, older = stored.blocked(session, actor, before, PAGE)
    suggested, waiting = stored.waiting(session, actor, SUGGESTIONS)
    may_decide = actor.may(Permission.DECIDE_BLOCKLIST)
    return Blocklist(blocked, suggested, older, waiting, may_decide)


def to_block(session: Session, actor: Actor, participant_id: int, now: datetime) -> tuple[Person, tuple[str, ...]]:
    """Whom the actor is about to put on the blocklist, and what they have booked, each in a line.

    Raises NotFound, NotAllowed, and RuleError when they are on it.
    """
    actor.require(Permission.DECIDE_BLOCKLIST)
    person, by_name = stored.seen(session, actor, participant_id)
    check_not_blocked(person)
    ahead = stored.sessions_ahead(session, participant_id, now)
    return person_of(person, by_name), tuple(
        f"{reference} on {spelled_time(starts_at, actor.time_zone)}" for reference, _, starts_at in ahead
    )


def block(session: Session, actor: Actor, participant_id: int, reason: str, now: datetime) -> Participant:
    """Put somebody on the blocklist. What they have booked stays, and its teams hear of it.

    Raises NotFound, NotAllowed, and RuleError without a reason or when they are on it already.
    """
    actor.require(Permission.DECIDE_BLOCKLIST)
    given = reason_given(reason)
    person = locked(session, actor, participant_id)
    check_not_blocked(person)
    waiting = stored.open_of(session, person.id)
    for one in waiting:
        one.is_approved, one.decided_by, one.decided_at = True, actor.name, now
    put_on(session, actor, person, given, now)
    show(session, actor.workspace_id, waiting, now)
    return person


def locked(session: Session, actor: Actor, participant_id: int) -> Participant:
    """A participant whom the actor sees, locked until the commit. Raises NotFound."""
    stored.seen(session, actor, participant_id)
    (person,) = participants.lock_all(session, [participant_id])
    stored.seen(session, actor, participant_id)
    return person


def check_not_blocked(person: Participant) -> None:
    """Raise RuleError for somebody who is on the blocklist, or erased."""
    if person.erased_at is not None:
        raise RuleError(f"{record.alias_of(person)} was erased: nobody can contact them.")
    if person.blocklisted_at is not None:
        raise RuleError(f"{record.alias_of(person)} is on the blocklist already.")


def put_on(session: Session, actor: Actor, person: Participant, reason: str, now: datetime) -> None:
    """Write that the locked person is on the blocklist, keep it for good, and tell the teams whose sessions stay."""
    person.blocklisted_at, person.blocklist_reason, person.recheck_at = now, reason, now
    session.flush()
    who = record.alias_of(person)
    text = f"put {who} on the blocklist: {without_contacts(reason, person.name)}"
    audit.note(session, actor, Audited(AuditAction.BLOCKED, text, person.id), now)
    tell_of_sessions(session, actor, person, now)


def tell_of_sessions(session: Session, actor: Actor, person: Participant, now: datetime) -> None:
    """Tell the channels of the sessions that somebody has booked who is on the blocklist now: these stay."""
    ahead = stored.sessions_ahead(session, person.id, now)
    if not ahead:
        return
    who, channels = record.alias_of(person), outgoing.channels_of(session, {study_id for _, study_id, _ in ahead})
    said = [
        outgoing.Announcement(
            channel_id=channels[study_id],
            text=f"{who} is on the blocklist now. {reference} with them stays booked: cancel it if it should not take "
            f"place, with `/interview cancel {reference}`.",
            once=f"blocked:{person.id}:{reference}:{now.timestamp():.6f}",
        )
        for reference, study_id, _ in ahead
    ]
    outgoing.announce_all(session, actor.workspace_id, said, now)


def unblock(session: Session, actor: Actor, participant_id: int, reason: str, now: datetime) -> Participant:
    """Take somebody off the blocklist. Raises NotFound, NotAllowed, and RuleError without a reason."""
    actor.require(Permission.DECIDE_BLOCKLIST)
    given = reason_given(reason)
    person = locked(session, actor, participant_id)
    who = record.alias_of(person)
    if person.blocklisted_at is None:
        raise RuleError(f"{who} is not on the blocklist any more.")
    person.blocklisted_at, person.blocklist_reason, person.recheck_at = None, None, now
    session.flush()
    text = f"took {who} off the blocklist: {without_contacts(given, person.name)}"
    audit.note(session, actor, Audited(AuditAction.UNBLOCKED, text, person.id), now)
    return person


def to_unblock(session: Session, actor: Actor, participant_id: int) -> Person:
    """Whom the actor is about to take off the blocklist. Raises NotFound, NotAllowed, and RuleError."""
    actor.require(Permission.DECIDE_BLOCKLIST)
    person, by_name = stored.seen(session, actor, participant_id)
    if person.blocklisted_at is None:
        raise RuleError(f"{record.alias_of(person)} is not on the blocklist any more.")
    return person_of(person, by_name)


def to_suggest(session: Session, actor: Actor, participant_id: int) -> Person:
    """Whom the actor is about to suggest. Raises NotFound, NotAllowed, and RuleError when that is of no use."""
    person, by_name = stored.seen(session, actor, participant_id)
    check_may_suggest(session, actor, person)
    return person_of(person, by_name)


def check_may_suggest(session: Session, actor: Actor, person: Participant) -> None:
    own = stored.is_in_own_study(session, actor, person.id)
    actor.require(Permission.MANAGE_INTERVIEWS, own_study=own)
    check_not_blocked(person)
    if stored.open_of(session, person.id):
        raise RuleError(f"{record.alias_of(person)} is suggested for the blocklist already: it waits to be decided.")


def suggest(session: Session, actor: Actor, participant_id: int, reason: str, now: datetime) -> BlocklistSuggestion:
    """Suggest somebody for the blocklist who is in a study that the actor manages. Somebody else decides.

    Their team's channel is told, by the alias. Raises NotFound, NotAllowed, and RuleError without a reason.
    """
    given = reason_given(reason)
    person = locked(session, actor, participant_id)
    check_may_suggest(session, actor, person)
    row = BlocklistSuggestion(
        workspace_id=actor.workspace_id,
        participant_id=person.id,
        member_id=actor.member_id,
        author=actor.name,
        reason=given,
        at=now,
    )
    session.add(row)
    session.flush()
    show(session, actor.workspace_id, [row], now)
    return row


def suggest_for_no_shows(
    session: Session, workspace_id: int, rules: Sequence[Rule], participant_ids: Collection[int], now: datetime
) -> int:
    """Suggest those of the locked people who missed too often by a rule, once for each streak. How many."""
    period = governance.longest_for_no_shows(rules)
    if period is None:
        return 0
    missed = governance.no_shows(session, participant_ids, now - period)
    reasons = {id_: why for id_, each in missed.items() if (why := suggestion(rules, each, now)) is not None}
    rows = [
        {
            "workspace_id": workspace_id,
            "participant_id": id_,
            "author": CALLSHEET,
            "reason": reason,
            "at": now,
        }
        for id_, reason in reasons.items()
    ]
    if rows:
        made = session.scalars(sa.insert(BlocklistSuggestion).returning(BlocklistSuggestion), rows).all()
        show(session, workspace_id, made, now)
    return len(rows)


def show(session: Session, workspace_id: int, suggestions: Sequence[BlocklistSuggestion], now: datetime) -> None:
    """Post the suggestions in their teams' channels, or bring these posts up to date."""
    if not suggestions:
        return
    channels = stored.channels(session, suggestions)
    wanted = [
        Projected(Kind.BLOCKLIST, str(one.id), channel_lane(channels[one.id]))
        for one in suggestions
        if one.id in channels
    ]
    outbox.project_all(session, workspace_id, wanted, now)


def decide(session: Session, actor: Actor, suggestion_id: int, now: datetime, *, is_approved: bool) -> Participant:
    """Approve or decline a suggestion. The first decision counts.

    Raises NotFound, NotAllowed for who made it, and Stale when somebody has decided already.
    """
    actor.require(Permission.DECIDE_BLOCKLIST)
    participant_id = stored.participant_of(session, actor.workspace_id, suggestion_id)
    (person,) = participants.lock_all(session, [participant_id])
    row = stored.lock(session, actor.workspace_id, suggestion_id)
    who = record.alias_of(person)
    if row.is_approved is not None:
        raise Stale(f"{row.decided_by} has {'approved' if row.is_approved else 'declined'} it already.")
    if row.member_id == actor.member_id:
        raise NotAllowed(f"You suggested {who} for the blocklist yourself: somebody else decides.")
    row.is_approved, row.decided_by, row.decided_at = is_approved, actor.name, now
    session.flush()
    if is_approved and person.blocklisted_at is None and person.erased_at is None:
        put_on(session, actor, person, row.reason, now)
    show(session, actor.workspace_id, [row], now)
    return person


def team_channel(session: Session, workspace_id: int, suggestion_id: int) -> str | None:
    """The channel in which a suggestion is told, None for one that is gone, or of somebody who is in no study."""
    row = stored.row(session, workspace_id, suggestion_id)
    return None if row is None else stored.channels(session, [row]).get(row.id)


def show_again(session: Session, workspace_id: int, suggestion_id: int, now: datetime) -> None:
    """Bring the suggestion's post up to date: it may have been decided while it was on its way."""
    row = stored.row(session, workspace_id, suggestion_id)
    show(session, workspace_id, [] if row is None else [row], now)
