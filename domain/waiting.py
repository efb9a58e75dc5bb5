"""The waiting list: what a participant waits for, and what is offered to them (DOMAIN, "Scheduling")."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from domain.participant import CLOSED_TO_BOOKING, ParticipantStatus
from domain.slots import BOOKS_FROM
from domain.study import StudyStatus
from domain.times import Span


class Wish(StrEnum):
    """What somebody waits for."""

    ANY = "any"
    """Any time at all: they have no session."""
    EARLIER = "earlier"
    """A time before their session."""

    @property
    def label(self) -> str:
        return {"any": "Any time", "earlier": "An earlier time"}[self.value]


class OfferState(StrEnum):
    """What has become of a time that was offered."""

    OPEN = "open"
    CLAIMED = "claimed"
    LOST = "lost"
    """Somebody else was faster, or the time is no slot any more."""
    EXPIRED = "expired"


SHORTEST_OFFER, LONGEST_OFFER = timedelta(minutes=30), timedelta(hours=24)
MOST_UNANSWERED = 3
"""Who has let so many offers pass, one after the other, is offered no more by itself."""
CLOSED_TO_OFFERS = CLOSED_TO_BOOKING | {ParticipantStatus.CANCELED, ParticipantStatus.SCREENER_NOT_QUALIFIED}
"""Where an enrolment stands that waits for nothing any more."""
TAKES_OFFERS = BOOKS_FROM | {ParticipantStatus.SOFT_BOUNCED}
"""Where somebody stands who may be offered a first session: an offer that arrives makes up for a mail that did not."""


def why_not_to_book(status: ParticipantStatus, session_at: datetime | None) -> str | None:
    """Why nothing is offered to somebody where they stand, after their name; None where it may be."""
    is_able = session_at is not None or status in TAKES_OFFERS
    return None if is_able else f"can't book yet: their status is {status.value}"


def offered_until(now: datetime, starts_at: datetime, notice: timedelta) -> datetime | None:
    """When an offer of that time runs out that is made now: after half of the time that is left to book it.

    At most a day, at least half an hour; None when less than that is left.
    """
    left = starts_at - notice - now
    if left < SHORTEST_OFFER:
        return None
    return now + min(LONGEST_OFFER, max(SHORTEST_OFFER, left / 2))


@dataclass(frozen=True, slots=True)
class Waiting:
    """Somebody on a study's waiting list. Instants are aware UTC.

    `label` is what the reader may know them by. `session_at` is when the session begins that they have, None without
    one. `offered_at` is the time that is on offer to them until `offer_expires_at`, None without one; `tried` are the
    starts that were offered to them already, `unanswered` how many offers they let pass since they asked, `moves` how
    often they moved a session. `barred` says, after their name, why nothing is offered to them.
    """

    enrolment_id: int
    participant_id: int
    number: int
    label: str
    wish: Wish
    asked_at: datetime
    status: ParticipantStatus
    session_at: datetime | None = None
    offered_at: datetime | None = None
    offer_expires_at: datetime | None = None
    tried: frozenset[datetime] = frozenset()
    unanswered: int = 0
    moves: int = 0
    barred: str | None = None

    @property
    def still_waits(self) -> bool:
        """Whether what they wait for still makes sense: no session yet, or one to come before."""
        if self.status in CLOSED_TO_OFFERS:
            return False
        return (self.session_at is None) if self.wish is Wish.ANY else (self.session_at is not None)

    def may_change(self, change_until: timedelta, most_moves: int | None, now: datetime) -> bool:
        """Whether they may take a time at all: who has a session may still move it."""
        if self.session_at is None:
            return True
        return now <= self.session_at - change_until and (most_moves is None or self.moves < most_moves)

    def suits(self, starts_at: datetime) -> bool:
        """Whether that time is what they wait for."""
        return self.still_waits and (self.session_at is None or starts_at < self.session_at)

    @property
    def may_be_offered(self) -> bool:
        """Whether something may be offered to them by itself: nothing is on offer, and they answer offers."""
        return (
            self.still_waits and self.barred is None and self.offered_at is None and self.unanswered < MOST_UNANSWERED
        )


@dataclass(frozen=True, slots=True)
class FreeTime:
    """A time that could be booked. `seats` is how many people it takes: more than one in a group session only."""

    span: Span
    seats: int = 1


@dataclass(slots=True)
class Pool:
    """What is there to be offered: free times, and how many more people may have a place (None: no limit).

    What is on offer already counts as given away, and so does what overlaps it: its hosts are the same.
    """

    free: Sequence[FreeTime]
    on_offer: list[datetime]
    places: int | None

    def take(self, person: Waiting, away: Sequence[Span], closes: Mapping[datetime, datetime]) -> datetime | None:
        """The earliest time for that person, which is given away by it; None when there is none.

        Only what has a closing time in `closes` can be offered at all; `away` is when the person is elsewhere.
        """
        if person.wish is Wish.ANY and self.places is not None and self.places <= 0:
            return None
        for time in self.free:
            starts_at = time.span.start
            if starts_at not in closes or starts_at in person.tried or not person.suits(starts_at):
                continue
            if self.is_given_away(time) or any(time.span.overlaps(elsewhere) for elsewhere in away):
                continue
            self.on_offer.append(starts_at)
            if person.wish is Wish.ANY and self.places is not None:
                self.places -= 1
            return starts_at
        return None

    def is_given_away(self, time: FreeTime) -> bool:
        """Whether everything that the time has is on offer."""
        same = self.on_offer.count(time.span.start)
        if time.seats > 1:
            return same >= time.seats
        length = time.span.end - time.span.start
        return any(abs(start - time.span.start) < length for start in self.on_offer)


def next_offers(
    people: Sequence[Waiting],
    pool: Pool,
    away: Mapping[int, Sequence[Span]],
    closes: Mapping[datetime, datetime],
) -> list[tuple[Waiting, datetime]]:
    """What is offered now, and to whom: the earliest time that suits to whoever has waited longest, one each.

    Who has let an offer pass comes after those who have not. `people` in the order of the list, `away` by participant:
    see `Pool.take`.
    """
    offers = []
    for person in sorted(people, key=lambda one: one.unanswered):
        if person.may_be_offered:
            starts_at = pool.take(person, away.get(person.participant_id, ()), closes)
            if starts_at is not None:
                offers.append((person, starts_at))
    return offers


class ClaimState(StrEnum):
    """What the holder of a claim link can do."""

    OPEN = "open"
    """Take the time."""
    TAKEN = "taken"
    """It is theirs: they took it."""
    LOST = "lost"
    """Somebody else was faster, or the time is no slot any more."""
    EXPIRED = "expired"
    CLOSED = "closed"
    """The study takes no bookings, or the holder has opted out."""


@dataclass(frozen=True, slots=True)
class ClaimPage:
    """What the holder of a claim link sees. Instants are aware UTC; `time_zone` is the participant's.

    `study_name` is the study's external name. `moves_from` is when the session begins that would move, None for
    somebody without one. `why` says, in a sentence, why nothing can be claimed.
    """

    state: ClaimState
    study_name: str
    team_name: str
    participant_name: str
    time_zone: str
    starts_at: datetime
    ends_at: datetime
    expires_at: datetime
    study_status: StudyStatus
    moves_from: datetime | None = None
    why: str | None = None


@dataclass(frozen=True, slots=True)
class WaitingList:
    """Who waits in a study, in order, as the reader sees it. `more` wait behind those who were read."""

    study_key: str
    study_name: str
    people: tuple[Waiting, ...]
    more: int = 0
