"""What a participant's page says of a session at one instant, in the participant's words and zone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from urllib.parse import urlsplit

from bot.services.links import SessionPage
from domain.attendance import Attendance
from domain.interview import InterviewStatus
from domain.scheduling import local
from domain.spelling import hours, length_words, spelled_date, zone_words
from domain.study import LocationKind, StudyStatus

SOON = timedelta(minutes=15)
"""From so long before the start, joining is what the page is about."""


class State(StrEnum):
    """What the page is about."""

    ASK = "ask"
    DECLINED = "declined"
    CONFIRMED = "confirmed"
    STARTING = "starting"
    CANCELLED = "cancelled"
    COMPLETED = "completed"
    MISSED = "missed"
    OVER = "over"


ENDED = {
    InterviewStatus.CANCELED: State.CANCELLED,
    InterviewStatus.COMPLETED: State.COMPLETED,
    InterviewStatus.NO_SHOWED: State.MISSED,
}
ANSWERED = {Attendance.CONFIRMED: State.CONFIRMED, Attendance.DECLINED: State.DECLINED}
STUDY_STATES = {StudyStatus.PAUSED: "paused at the moment", StudyStatus.CLOSED: "closed"}


@dataclass(frozen=True, slots=True)
class SessionView:
    """A session as its page shows it. Times are words in the participant's zone, `day` and `month` a calendar leaf's.

    `join_url` is safe to be clicked on, `join_shown` the same without its scheme; `place` is where it is, in words.
    `goes_on`: only this participant's place is cancelled.
    """

    state: State
    study_name: str
    title: str
    team_name: str
    host_name: str
    first_name: str
    starts_iso: str
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

    @property
    def is_confirmed(self) -> bool:
        return self.answer is Attendance.CONFIRMED

    @property
    def join_shown(self) -> str:
        return (self.join_url or "").partition("://")[2].rstrip("/")

    @property
    def is_ahead(self) -> bool:
        """Whether there is still something to say about coming."""
        return self.state in (State.ASK, State.DECLINED, State.CONFIRMED, State.STARTING)


def session_view(page: SessionPage, now: datetime) -> SessionView:
    """The view of a page's facts at `now` (aware UTC)."""
    starts = local(page.starts_at, page.time_zone)
    state = state_of(page, now)
    is_web = page.link is not None and urlsplit(page.link).scheme in ("http", "https")
    return SessionView(
        state=state,
        study_name=page.study_name,
        title=page.title if page.title != page.study_name else "",
        team_name=page.team_name,
        host_name=page.host_name or page.team_name,
        first_name=next(iter(page.participant_name.split()), ""),
        starts_iso=starts.isoformat(),
        day=starts.day,
        month=f"{starts:%b}",
        date=spelled_date(starts),
        when=day_words(starts, local(now, page.time_zone)),
        hours=hours(page.starts_at, page.ends_at, page.time_zone),
        length=length_words(page.ends_at - page.starts_at),
        zone=zone_words(page.starts_at, page.time_zone),
        place=place_of(page, is_web=is_web),
        join_url=page.link if is_web else None,
        passcode=page.passcode,
        answer=page.attendance,
        is_own_cancellation=page.is_own_cancellation,
        goes_on=page.goes_on,
        study_notice=study_notice(page.study_status, state),
    )


def state_of(page: SessionPage, now: datetime) -> State:
    """What the page is about at `now`."""
    if page.status in ENDED:
        return ENDED[page.status]
    if page.ends_at <= now:
        return State.OVER
    if page.attendance is not Attendance.DECLINED and page.starts_at - SOON <= now:
        return State.STARTING
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
    is_on = state in (State.ASK, State.DECLINED, State.CONFIRMED, State.STARTING)
    rest = "Your session takes place as planned." if is_on else "No new sessions are being booked."
    return f"This study is {STUDY_STATES[status]}. {rest}"
