"""What the pages say on which a participant books, moves, or finds nothing to book; in their words and zone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from markupsafe import Markup

from bot.services.visits import Visit, first_name
from bot.web.session_view import day_words
from bot.web.times_view import INSTANT, TimesView
from bot.web.zones import options
from domain.person import masked_email, masked_name
from domain.slots import Hurdle, Offered
from domain.spelling import hours, length_words, place_words, spelled_date, zone_words
from domain.study import LocationKind, StudyStatus
from domain.times import local, spelled_time
from domain.waiting import ClaimPage, ClaimState, Wish

OPEN_TO_WAIT = frozenset({Hurdle.FULL, Hurdle.QUOTA_FULL, Hurdle.NO_TIMES})
CANT_MOVE = frozenset({Hurdle.BEGUN, Hurdle.TOO_LATE, Hurdle.MOVED_OFTEN, Hurdle.BARRED})
STUDY_WORDS = {
    StudyStatus.DRAFT: (
        "It’s not time to book yet",
        "This study has not started. Keep your link, and open it again in a few days.",
    ),
    StudyStatus.PAUSED: (
        "This study is paused at the moment",
        "No sessions are being booked for now. Keep your link, and open it again in a few days.",
    ),
    StudyStatus.CLOSED: (
        "This study is closed",
        "No more sessions are being booked. Thank you for wanting to take part.",
    ),
}
"""What a study that takes no bookings says: headline and sentence."""
WORDS = {
    Hurdle.FULL: ("Fully booked", "All places in this study are taken at the moment."),
    Hurdle.QUOTA_FULL: (
        "Fully booked for now",
        "All places for people with your profile are taken at the moment. Thank you for wanting to take part.",
    ),
    Hurdle.NO_TIMES: (
        "No free times at the moment",
        "There is nothing to choose from just now. Open this page again later: new times are added, "
        "and others become free.",
    ),
    Hurdle.BARRED: (
        "There is nothing to book for you here",
        "If you expected to find times, ask the person who invited you.",
    ),
}


@dataclass(frozen=True, slots=True)
class Present:
    """The session that somebody has who looks for another time. `at` is how a form names its start."""

    date: str
    hours: str
    starts_iso: str
    at: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """What somebody may wait for; `is_on`: they do already."""

    is_earlier: bool
    is_on: bool


@dataclass(frozen=True, slots=True)
class PickView:
    """The page on which a time is picked. `asks_zone`: nobody knows the participant's, so the browser is asked."""

    first_name: str
    study_name: str
    team_name: str
    length: str
    zone: str
    time_zone: str
    asks_zone: bool
    zones: Markup
    times: TimesView
    present: Present | None
    waiting: Waiting | None


@dataclass(frozen=True, slots=True)
class NoTimesView:
    """The page of somebody who can't book anything now: why, and what they can do."""

    headline: str
    sentence: str
    study_name: str
    team_name: str
    present: Present | None
    waiting: Waiting | None
    times: None = None


@dataclass(frozen=True, slots=True)
class BookView:
    """The page that asks whether a time is right. `at` and `chosen_zone` go back with its form."""

    study_name: str
    team_name: str
    host_name: str
    title: str
    person: str
    email: str
    starts_iso: str
    day: int
    month: str
    date: str
    hours: str
    length: str
    zone: str
    place: str
    link_follows: bool
    at: str
    chosen_zone: str | None
    back: str
    present: Present | None
    join_url: None = None
    passcode: None = None


def zone_label(time_zone: str) -> str:
    """`Berlin time`, `UTC`."""
    place = place_words(time_zone)
    return f"{place} time" if place else "UTC"


@dataclass(frozen=True, slots=True)
class Seen:
    """In which zone a visitor sees times: as chosen on the page, else theirs, else the team's."""

    time_zone: str
    chosen: str | None
    is_known: bool

    @classmethod
    def by(cls, visit: Visit, chosen: str | None) -> Seen:
        return cls(chosen or visit.time_zone or visit.team_time_zone, chosen, bool(chosen or visit.time_zone))


def pick_view(
    visit: Visit, offered: Offered, seen: Seen, times: TimesView, today: date, waiting: Waiting | None
) -> PickView:
    return PickView(
        first_name=first_name(visit.participant_name),
        study_name=visit.study_name,
        team_name=visit.team_name,
        length=length_words(offered.length),
        zone=zone_label(seen.time_zone),
        time_zone=seen.time_zone,
        asks_zone=not seen.is_known,
        zones=options(today),
        times=times,
        present=present_of(offered, seen),
        waiting=waiting,
    )


def no_times_view(visit: Visit, offered: Offered, seen: Seen, waiting: Waiting | None) -> NoTimesView:
    headline, sentence = nothing_words(offered)
    return NoTimesView(
        headline=headline,
        sentence=sentence,
        study_name=visit.study_name,
        team_name=visit.team_name,
        present=present_of(offered, seen),
        waiting=waiting,
    )


def nothing_words(offered: Offered) -> tuple[str, str]:
    """Why there is nothing to book, as headline and sentence, with what can be done."""
    if offered.hurdle is Hurdle.NOT_ACTIVE:
        headline, sentence = STUDY_WORDS[offered.study_status]
        return headline, f"{sentence} Your session takes place as planned." if offered.present else sentence
    if offered.present is not None and offered.hurdle in CANT_MOVE:
        return "Your session can’t be moved here", offered.why
    return WORDS.get(offered.hurdle or Hurdle.NO_TIMES, ("You can’t book here", offered.why))


def waiting_view(offered: Offered, wish: Wish | None) -> Waiting | None:
    """What may be waited for: any time by who has none and finds none, an earlier one by who has a session."""
    if wish is not None:
        return Waiting(is_earlier=wish is Wish.EARLIER, is_on=True)
    if offered.present is not None:
        return Waiting(is_earlier=True, is_on=False) if offered.hurdle in (None, Hurdle.NO_TIMES) else None
    return Waiting(is_earlier=False, is_on=False) if offered.hurdle in OPEN_TO_WAIT else None


def present_of(offered: Offered, seen: Seen) -> Present | None:
    """The session that would be moved, None for somebody who books."""
    held = offered.present
    if held is None:
        return None
    starts = local(held.starts_at, seen.time_zone)
    return Present(
        date=spelled_date(starts),
        hours=hours(held.starts_at, held.ends_at, seen.time_zone),
        starts_iso=starts.isoformat(),
        at=held.starts_at.strftime(INSTANT),
    )


def book_view(visit: Visit, offered: Offered, seen: Seen, starts_at: datetime, host_name: str, back: str) -> BookView:
    starts, length = local(starts_at, seen.time_zone), offered.length
    return BookView(
        study_name=visit.study_name,
        team_name=visit.team_name,
        host_name=host_name or visit.team_name,
        title="",
        person=masked_name(visit.participant_name) or masked_email(visit.email),
        email=masked_email(visit.email) if visit.participant_name.strip() else "",
        starts_iso=starts.isoformat(),
        day=starts.day,
        month=f"{starts:%b}",
        date=spelled_date(starts),
        hours=hours(starts_at, starts_at + length, seen.time_zone),
        length=length_words(length),
        zone=zone_words(starts_at, seen.time_zone),
        place=place_of(visit),
        link_follows=visit.location.needs_link,
        at=starts_at.strftime(INSTANT),
        chosen_zone=seen.chosen,
        back=back,
        present=present_of(offered, seen),
    )


@dataclass(frozen=True, slots=True)
class ClaimView:
    """A time that was offered. `until` is how long it is, `why` why it can't be taken (any more)."""

    state: ClaimState
    first_name: str
    study_name: str
    team_name: str
    starts_iso: str
    day: int
    month: str
    date: str
    hours: str
    length: str
    zone: str
    until: str
    moves_from: str
    why: str


def claim_view(page: ClaimPage, now: datetime) -> ClaimView:
    starts, expires = local(page.starts_at, page.time_zone), local(page.expires_at, page.time_zone)
    return ClaimView(
        state=page.state,
        first_name=first_name(page.participant_name),
        study_name=page.study_name,
        team_name=page.team_name,
        starts_iso=starts.isoformat(),
        day=starts.day,
        month=f"{starts:%b}",
        date=spelled_date(starts),
        hours=hours(page.starts_at, page.ends_at, page.time_zone),
        length=length_words(page.ends_at - page.starts_at),
        zone=zone_words(page.starts_at, page.time_zone),
        until=f"{day_words(expires, local(now, page.time_zone))} at {expires:%H:%M}",
        moves_from=spelled_time(page.moves_from, page.time_zone) if page.moves_from is not None else "",
        why=page.why or "",
    )


def place_of(visit: Visit) -> str:
    """Where the session will be, as far as it is said before it is booked."""
    if visit.location is LocationKind.CUSTOM:
        return visit.location_text or ""
    return "" if visit.location is LocationKind.NONE else visit.location.label
