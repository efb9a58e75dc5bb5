"""The waiting list: who asks for a time when there is none, what is offered to them, and who takes it first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.services import governance, links, outgoing, outgoing_mails, self_booking, slots
from bot.services.self_booking import Look, LookUp
from domain.errors import NotFound, RuleError
from domain.governance import contact_status
from domain.mail import MailKind, why_barred
from domain.person import LinkPurpose
from domain.roles import Actor, Permission
from domain.scheduling import Assignment, Setup
from domain.slots import BARRED_FROM_BOOKING, Hurdle, SlotTaken
from domain.study import StudyStatus
from domain.times import Span, spelled_time
from domain.waiting import (
    CLOSED_TO_OFFERS,
    ClaimPage,
    ClaimState,
    FreeTime,
    OfferState,
    Pool,
    Waiting,
    WaitingList,
    Wish,
    next_offers,
    offered_until,
    why_not_to_book,
)
from storage import engagements, scheduling, studies, waiting
from storage.models import Enrolment, ParticipantLink, SlotOffer, Study, Team
from storage.models import Participant as Person
from storage.waiting import NewOffer

LOOKED_AT = 500
"""Free times of a study that are looked at for its waiting list."""
CALLSHEET = "Callsheet"
SENTENCES = {
    ClaimState.LOST: "Somebody else was faster: this time is not free any more. You are still on the list.",
    ClaimState.EXPIRED: "The time to answer is over. You are still on the list, and hear of the next time.",
    ClaimState.CLOSED: "This study takes no bookings at the moment.",
}


CLOSING = frozenset(
    {Hurdle.NOT_ACTIVE, Hurdle.BARRED, Hurdle.BEGUN, Hurdle.TOO_LATE, Hurdle.MOVED_OFTEN, Hurdle.QUOTA_FULL}
)
"""What keeps somebody from taking any time at all."""


class CantClaim(RuleError):
    """The time can't be taken; `state` says how the offer is."""

    def __init__(self, state: ClaimState, message: str | None = None) -> None:
        super().__init__(message or SENTENCES[state])
        self.state = state


def ask(session: Session, enrolment_id: int, wish: Wish, now: datetime) -> None:
    """Put a participant on the waiting list. Who asks twice keeps their turn.

    Raises RuleError when the study takes no bookings, when it is not for them to book, and for a wish that does not go
    with the session that they have or don't have.
    """
    enrolment, study = locked(session, enrolment_id)
    person = session.get_one(Person, enrolment.participant_id)
    if study.status is not StudyStatus.ACTIVE:
        raise RuleError("This study takes no bookings at the moment.")
    contact = contact_status(governance.contact_facts(session, person, study.id), now)
    session_at = waiting.next_session(session, enrolment.id, now)
    may_not = enrolment.status in CLOSED_TO_OFFERS or why_not_to_book(enrolment.status, session_at) is not None
    if may_not or contact in BARRED_FROM_BOOKING:
        raise RuleError("You can't book a session in this study. Please ask the person who invited you.")
    has_session = session_at is not None
    if wish is Wish.ANY and has_session:
        raise RuleError("You are booked already. You can ask for an earlier time.")
    if wish is Wish.EARLIER and not has_session:
        raise RuleError("You have no session yet: ask for any time.")
    waiting.ask(session, study.id, enrolment.id, wish, now)
    outgoing.show_study(session, study.workspace_id, study.id, now)


def leave(session: Session, enrolment_id: int, now: datetime) -> None:
    """Take a participant off the waiting list; what is on offer to them is lost. Who is not on it is none the worse."""
    _enrolment, study = locked(session, enrolment_id)
    if waiting.leave(session, [enrolment_id]):
        outgoing.show_study(session, study.workspace_id, study.id, now)


def wish_of(session: Session, enrolment_id: int) -> Wish | None:
    """What a participant waits for; None for who is not on the list, or has a session by now and waited for any."""
    return waiting.wish_of(session, enrolment_id)


def locked(session: Session, enrolment_id: int) -> tuple[Enrolment, Study]:
    """An enrolment and its study, this one locked until the commit. Raises NotFound."""
    enrolment = session.get(Enrolment, enrolment_id)
    if enrolment is None:
        raise NotFound("There is no such participant in a study.")
    workspace_id = session.scalars(sa.select(Study.workspace_id).where(Study.id == enrolment.study_id)).one()
    study = studies.lock(session, workspace_id, enrolment.study_id)
    session.refresh(enrolment)
    return enrolment, study


def offer_freed(session: Session, due: waiting.Due, now: datetime) -> int:
    """Offer what is free in a study to those who wait, and forget what is not. How many mails go out.

    Asked again it offers nothing more, as long as nothing more is free: it looks at what is, not at what happened.
    """
    study = studies.lock(session, due.workspace_id, due.study_id)
    if study.status is not StudyStatus.ACTIVE:
        return 0
    people = waiting.in_order(session, study.id, now)
    if waiting.leave(session, [one.enrolment_id for one in people if not one.still_waits]):
        outgoing.show_study(session, study.workspace_id, study.id, now)
    people = tuple(one for one in people if one.still_waits)
    if not any(one.may_be_offered or one.offered_at for one in people):
        return 0
    setup = scheduling.setup_of(session, study)
    free = free_times(session, study, setup, now)
    people = without_lost(session, study, people, free, now)
    closes = closing_times(free, setup, now)
    able = [one for one in people if one.may_change(setup.change_until, setup.most_moves, now)]
    offers = next_offers(able, pool_of(study, people, free), away(session, able, free), closes)
    wanted = [NewOffer(one.enrolment_id, starts_at, closes[starts_at]) for one, starts_at in offers]
    return make_offers(session, study, wanted, CALLSHEET, now)


def without_lost(
    session: Session, study: Study, people: Sequence[Waiting], free: Sequence[FreeTime], now: datetime
) -> tuple[Waiting, ...]:
    """Let offers be lost of times that are not free any more, and of people who may not be contacted any more: the
    people as they are then, without these.
    """
    starts = [time.span.start for time in free]
    barred = [one.enrolment_id for one in people if one.barred is not None]
    is_gone = sa.or_(SlotOffer.starts_at.not_in(starts), SlotOffer.enrolment_id.in_(barred))
    waiting.lose(session, SlotOffer.study_id == study.id, SlotOffer.expires_at > now, is_gone)
    found = [
        one if one.offered_at in starts else replace(one, offered_at=None, offer_expires_at=None) for one in people
    ]
    return tuple(one for one in found if one.barred is None)


def free_times(session: Session, study: Study, setup: Setup, now: datetime) -> list[FreeTime]:
    """What could be booked in the study if there were a place, by time."""
    found = slots.preview(session, study, setup, now, LOOKED_AT)
    return [FreeTime(Span(slot.starts_at, slot.starts_at + setup.length), slot.seats_left or 1) for slot in found]


def closing_times(free: Sequence[FreeTime], setup: Setup, now: datetime) -> dict[datetime, datetime]:
    """When offers of these times would run out, by start; without those that are too soon to be offered."""
    until = {time.span.start: offered_until(now, time.span.start, setup.notice) for time in free}
    return {start: end for start, end in until.items() if end is not None}


def pool_of(study: Study, people: Sequence[Waiting], free: Sequence[FreeTime]) -> Pool:
    """What there is to be offered, beyond what is on offer to people now."""
    starts = {time.span.start for time in free}
    offered = [one for one in people if one.offered_at in starts]
    places = None
    if study.participation_limit is not None:
        new = sum(one.wish is Wish.ANY for one in offered)
        places = study.participation_limit - study.seats_taken - new
    return Pool(free, [one.offered_at for one in offered if one.offered_at is not None], places)


def away(session: Session, people: Sequence[Waiting], free: Sequence[FreeTime]) -> dict[int, list[Span]]:
    """When those people are in other sessions, of any study, but for the one that an earlier time would replace."""
    if not free:
        return {}
    whole = Span(free[0].span.start, max(time.span.end for time in free))
    taken = engagements.taken_by_participants(session, [(one.participant_id, whole) for one in people])
    own = {one.participant_id: one.session_at for one in people}
    return {id_: [span for span, _ in spans if span.start != own.get(id_)] for id_, spans in taken.items()}


def make_offers(session: Session, study: Study, wanted: Sequence[NewOffer], by: str, now: datetime) -> int:
    """Write the offers and mail each of them. How many."""
    made = waiting.offer_all(session, study.id, wanted, by, now)
    once = f"{now.timestamp():.6f}"
    outgoing_mails.to_enrolments(
        session, study.workspace_id, list(made), MailKind.SLOT_OFFER, now, once=once, offers=made
    )
    return len(made)


def listing(session: Session, actor: Actor, study_key: str, now: datetime) -> WaitingList:
    """Who waits in the study that the actor calls by its key, in order. Raises NotFound."""
    line = studies.by_key(session, actor, study_key)
    return WaitingList(
        study_key=line.key,
        study_name=line.name,
        people=tuple(one for one in waiting.in_order(session, line.id, now, actor) if one.still_waits),
        more=max(0, waiting.number(session, line.id) - waiting.SHOWN),
    )


@dataclass(frozen=True, slots=True)
class ToOffer:
    """A time of a study that somebody may be offered, and who waits for such a one, in order."""

    study_id: int
    study_key: str
    starts_at: datetime
    people: tuple[Waiting, ...]


def to_offer(session: Session, actor: Actor, study_id: int, starts_at: datetime, now: datetime) -> ToOffer:
    """Who could be offered that time. Raises NotFound, NotAllowed, and RuleError when nobody could be."""
    line = studies.by_id(session, actor, study_id)
    if line is None:
        raise NotFound("There is no such study that you can see.")
    actor.require(Permission.MANAGE_INTERVIEWS, own_study=line.is_own)
    study = session.get_one(Study, study_id)
    check_free(session, study, starts_at, actor, now)
    people = [one for one in waiting.in_order(session, study_id, now, actor) if one.suits(starts_at)]
    if not people:
        raise RuleError(f"Nobody on the waiting list of {line.key} waits for that time.")
    return ToOffer(line.id, line.key, starts_at, tuple(people))


def check_free(session: Session, study: Study, starts_at: datetime, actor: Actor, now: datetime) -> datetime:
    """When an offer of that time would run out. Raises RuleError when it is no free time, or too soon."""
    if study.status is not StudyStatus.ACTIVE:
        raise RuleError(f"{study.key} takes no bookings: it is {study.status.label}.")
    setup = scheduling.setup_of(session, study)
    free = free_times(session, study, setup, now)
    said = spelled_time(starts_at, actor.time_zone)
    if all(time.span.start != starts_at for time in free):
        raise RuleError(f"{said} is no free time of {study.key} any more. See why with /study slots {study.key}.")
    closes = closing_times(free, setup, now).get(starts_at)
    if closes is None:
        raise RuleError(f"{said} is too soon to be offered: nobody could answer in time.")
    return closes


def offer_to(
    session: Session,
    actor: Actor,
    study_id: int,
    starts_at: datetime,
    enrolment_ids: Sequence[int],
    now: datetime,
) -> tuple[int, tuple[str, ...]]:
    """Offer a time to the people chosen, at once: the first of them who takes it gets it.

    How many offers go out, and who gets none, each in a sentence. Raises RuleError as `to_offer`, and for nobody.
    """
    if not enrolment_ids:
        raise RuleError("Who is to get the offer?", "people")
    study = studies.lock(session, actor.workspace_id, study_id)
    found = to_offer(session, actor, study_id, starts_at, now)
    closes = check_free(session, study, starts_at, actor, now)
    places = None if study.participation_limit is None else study.participation_limit - study.seats_taken
    wanted: list[NewOffer] = []
    held: list[str] = []
    for one in found.people:
        if one.enrolment_id not in enrolment_ids:
            continue
        if one.barred is not None:
            held.append(f"{one.label} {one.barred}.")
        elif one.offered_at is not None:
            which = "this time" if one.offered_at == starts_at else "another time"
            held.append(f"{one.label} has {which} on offer already.")
        elif one.wish is Wish.ANY and places is not None and places <= 0:
            held.append(f"{one.label} finds {study.key} fully booked: raise its limit first.")
        else:
            wanted.append(NewOffer(one.enrolment_id, starts_at, closes))
    if not wanted:
        raise RuleError(" ".join(held) or "They do not wait for that time any more.", "people")
    return make_offers(session, study, wanted, actor.name, now), tuple(held)


def may_still_offer(session: Session, offer: SlotOffer, now: datetime) -> str | None:
    """Why the mail about an offer must not go out any more, None when it may. After the person's name."""
    if offer.state is not OfferState.OPEN or offer.expires_at <= now:
        return "has this time on offer no more"
    enrolment, study = session.get_one(Enrolment, offer.enrolment_id), session.get_one(Study, offer.study_id)
    if study.status is not StudyStatus.ACTIVE:
        return f"gets no offer: {study.key} is {study.status.label}"
    person = session.get_one(Person, enrolment.participant_id)
    return why_barred(governance.contact_facts(session, person, study.id), person.bounced_at, now)


def opened(session: Session, token: str, now: datetime) -> tuple[ParticipantLink, SlotOffer]:
    """The claim link, and the offer that it claims. Raises LinkExpired."""
    link = links.resolve(session, token, now, LinkPurpose.CLAIM)
    return link, waiting.offer(session, link.offer_id)


def claim_page(session: Session, token: str, now: datetime) -> ClaimPage:
    """What the holder of a claim link sees. Changes nothing. Raises LinkExpired."""
    link, offer = opened(session, token, now)
    enrolment, study = session.get_one(Enrolment, link.enrolment_id), session.get_one(Study, offer.study_id)
    person, team = session.get_one(Person, enrolment.participant_id), session.get_one(Team, study.team_id)
    found = slots.offered(session, enrolment.id, now, offer.starts_at)
    state = state_of(offer, found.hurdle, {slot.starts_at for slot in found.slots}, now)
    present = found.present
    return ClaimPage(
        state=state,
        study_name=study.external_name,
        team_name=team.name,
        participant_name=person.name,
        time_zone=person.time_zone or team.time_zone,
        starts_at=offer.starts_at,
        ends_at=offer.starts_at + timedelta(minutes=study.duration_minutes),
        expires_at=offer.expires_at,
        study_status=study.status,
        moves_from=present.starts_at if present is not None and state is ClaimState.OPEN else None,
        why=found.why if state is ClaimState.CLOSED else SENTENCES.get(state),
    )


def state_of(offer: SlotOffer, hurdle: Hurdle | None, free: set[datetime], now: datetime) -> ClaimState:
    """How the offer is, to its holder."""
    if offer.state is OfferState.CLAIMED:
        return ClaimState.TAKEN
    if hurdle in CLOSING:
        return ClaimState.CLOSED
    if offer.state is OfferState.LOST:
        return ClaimState.LOST
    if offer.state is OfferState.EXPIRED or offer.expires_at <= now:
        return ClaimState.EXPIRED
    return ClaimState.OPEN if offer.starts_at in free else ClaimState.LOST


def to_look_at(session: Session, token: str, now: datetime) -> LookUp:
    """Which calendars are to be looked at live before the time is taken. Raises LinkExpired."""
    link, offer = opened(session, token, now)
    return self_booking.to_look_at(session, link.enrolment_id, offer.starts_at, now)


def claim(session: Session, token: str, looks: Mapping[int, Look], now: datetime) -> str | None:
    """Take the time that was offered: it is booked, or the session that there is moves there. Twice is once.

    The secret of a link to the person's page, made for whoever takes it; None when it was taken before: a mail that is
    passed on later opens nobody's page.

    The first valid claim gets it. Raises LinkExpired, CantClaim with how the offer is, and what booking raises.
    """
    link, offer = opened(session, token, now)
    enrolment, study = locked(session, link.enrolment_id)
    session.refresh(offer)
    if offer.state is OfferState.CLAIMED:
        return None
    person = session.get_one(Person, enrolment.participant_id)
    contact = contact_status(governance.contact_facts(session, person, study.id), now)
    if study.status is not StudyStatus.ACTIVE or contact in BARRED_FROM_BOOKING:
        raise CantClaim(ClaimState.CLOSED)
    state = state_of(offer, None, {offer.starts_at}, now)
    if state is not ClaimState.OPEN:
        raise CantClaim(state)
    session_at = waiting.next_session(session, enrolment.id, now)
    if session_at is not None and offer.starts_at >= session_at:
        raise CantClaim(ClaimState.LOST, "You have a session by now that is not later than this one.")
    take = self_booking.book if session_at is None else self_booking.move
    try:
        take(session, enrolment.id, offer.starts_at, looks, now)
    except SlotTaken as error:
        raise CantClaim(ClaimState.LOST) from error
    offer.state = OfferState.CLAIMED
    session.flush()
    waiting.leave(session, [enrolment.id])
    has_other_hosts = scheduling.setup_of(session, study).assignment is Assignment.ROUND_ROBIN
    if study.capacity == 1 and not has_other_hosts:
        waiting.lose(session, SlotOffer.study_id == study.id, SlotOffer.starts_at == offer.starts_at)
    outgoing.show_study(session, study.workspace_id, study.id, now)
    until = offer.starts_at + links.KEPT_AFTER
    return links.issue_for(session, enrolment.id, LinkPurpose.PAGE, now, until=until)
