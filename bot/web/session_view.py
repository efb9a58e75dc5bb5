"""What a participant's page says of a session at one instant, in the participant's words and zone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from urllib.parse import urlsplit

from bot.services.links import SessionPage
from bot.web.times_view import INSTANT
from domain.attendance import Attendance
from domain.interview import REPLY_EXPECTED, InterviewStatus
from domain.spelling import hours, length_words, spelled_date, zone_words
from domain.study import LocationKind, StudyStatus
from domain.times import local

SOON = timedelta(minutes=15)
"""From so long before the start, joining is what the page is about."""


class State(StrEnum):
    """What the page is about."""

    BOOKED = "booked"
    ASK = "ask"
    DECLINED = "declined"
    CONFIRMED = "confirmed"
    STARTING = "starting"
    CANCELLED = "cancelled"
    COMPLETED = "completed"
    MISSED = "missed"
    OVER = "over"


AHEAD = frozenset({State.BOOKED, State.ASK, State.DECLINED, State.CONFIRMED, State.STARTING})
"""The states in which there is still something to say about coming."""
ENDED = {
    InterviewStatus.CANCELED: State.CANCELLED,
    InterviewStatus.COMPLETED: State.COMPLETED,
    InterviewStatus.NO_SHOWED: State.MISSED,
}
ANSWERED = {Attendance.CONFIRMED: State.CONFIRMED, Attendance.DECLINED: State.DECLINED}
STUDY_STATES = {StudyStatus.PAUSED: "paused at the moment", StudyStatus.CLOSED: "closed"}


@dataclass(frozen=True, slots=True)
class SessionView:
    """A session as its page shows it. Times are words in the participant's zone, `day` and `month` a calendar leaf's;
    `at` is how a form names its start.

    `join_url` is safe to be clicked on, `join_shown` the same without its scheme; `place` is where it is, in words.
    `goes_on`: only this participant's place is cancelled. `no_change` is why it can be neither moved nor cancelled any
    more, `no_move` why it can't be moved; `may_pick`: there is none, but there may be another.
    """

    state: State
    study_name: str
    title: str
    team_name: str
    host_name: str
    first_name: str
    starts_iso: str
    at: str
    day: int
    month: str
    date: str
    when: str
    hours: str
    length: str
    zone: str
    place: str
    join_url: str | None
    passcode: str | None
    answer: Attendance
    is_own_cancellation: bool
    goes_on: bool
    study_notice: str | None
    no_change: str
    no_move: str
    may_pick: bool

    @property
    def is_confirmed(self) -> bool:
        return self.answer is Attendance.CONFIRMED

    @property
    def join_shown(self) -> str:
        return (self.join_url or "").partition("://")[2].rstrip("/")

    @property
    def is_ahead(self) -> bool:
        """Whether there is still something to say about coming."""
        return self.state in AHEAD

    @property
    def link_follows(self) -> bool:
        return self.join_url is None and self.place == LocationKind.GOOGLE_MEET.label


def session_view(page: SessionPage, now: datetime) -> SessionView:
    """The view of a page's facts at `now` (aware UTC)."""
    starts = local(page.starts_at, page.time_zone)
    state = state_of(page, now)
    is_on = state in AHEAD
    is_web = is_on and page.link is not None and urlsplit(page.link).scheme in ("http", "https")
    return SessionView(
        state=state,
        study_name=page.study_name,
        title=page.title if page.title != page.study_name else "",
        team_name=page.team_name,
        host_name=page.host_name or page.team_name,
        first_name=next(iter(page.participant_name.split()), ""),
        starts_iso=starts.isoformat(),
        at=page.starts_at.strftime(INSTANT),
        day=starts.day,
        month=f"{starts:%b}",
        date=spelled_date(starts),
        when=day_words(starts, local(now, page.time_zone)),
        hours=hours(page.starts_at, page.ends_at, page.time_zone),
        length=length_words(page.ends_at - page.starts_at),
        zone=zone_words(page.starts_at, page.time_zone),
        place=place_of(page, is_web=is_web) if is_on else "",
        join_url=page.link if is_web else None,
        passcode=page.passcode if is_on else None,
        answer=page.attendance,
        is_own_cancellation=page.is_own_cancellation,
        goes_on=page.goes_on,
        study_notice=study_notice(page.study_status, state),
        no_change=page.no_change,
        no_move=page.no_move,
        may_pick=page.study_status is StudyStatus.ACTIVE
        and (state is State.MISSED or (state is State.CANCELLED and page.is_welcome_again)),
    )


def state_of(page: SessionPage, now: datetime) -> State:
    """What the page is about at `now`."""
    if page.status in ENDED:
        return ENDED[page.status]
    if page.ends_at <= now:
        return State.OVER
    if page.attendance is not Attendance.DECLINED and page.starts_at - SOON <= now:
        return State.STARTING
    if page.attendance is Attendance.NO_REPLY and page.starts_at - now > REPLY_EXPECTED:
        return State.BOOKED
    return ANSWERED.get(page.attendance, State.ASK)


def day_words(starts: datetime, now: datetime) -> str:
    """`today`, `tomorrow`, `on Tuesday` within the week, else `on 24 November`. Both are on the same wall clock."""
    days = (starts.date() - now.date()).days
    if days in (0, 1):
        return ("today", "tomorrow")[days]
    return f"on {starts:%A}" if 1 < days < 7 else f"on {starts.day} {starts:%B}"


def place_of(page: SessionPage, *, is_web: bool) -> str:
    """Where the session is: the kind of meeting, or what the host wrote. Empty when there is nothing to say."""
    words = page.location_text or (page.link if page.link is not None and not is_web else None)
    if words:
        return words
    if page.location in (LocationKind.CUSTOM, LocationKind.NONE):
        return "Online" if is_web else ""
    return page.location.label


def study_notice(status: StudyStatus, state: State) -> str | None:
    """What a paused or closed study means for somebody who has a session in it."""
    if status not in STUDY_STATES:
        return None
    rest = "Your session takes place as planned." if state in AHEAD else "No new sessions are being booked."
    return f"This study is {STUDY_STATES[status]}. {rest}"
