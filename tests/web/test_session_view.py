"""The words in which a participant's page says when and where."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.services.links import SessionPage
from bot.web.session_view import session_view
from domain.attendance import Attendance
from domain.interview import InterviewStatus
from domain.study import LocationKind, StudyStatus

NOW = datetime(2026, 11, 23, 8, 30, tzinfo=UTC)
PAGE = SessionPage(
    title="Checkout",
    study_name="Checkout",
    team_name="Core",
    host_name="Sofia",
    participant_name="Mara Lindqvist",
    starts_at=NOW + timedelta(days=1),
    ends_at=NOW + timedelta(days=1, minutes=45),
    time_zone="Europe/Berlin",
    location=LocationKind.ZOOM,
    location_text=None,
    link="https://zoom.us/j/123",
    passcode=None,
    status=InterviewStatus.UPCOMING,
    study_status=StudyStatus.ACTIVE,
    attendance=Attendance.NO_REPLY,
    is_own_cancellation=False,
)


@pytest.mark.parametrize(
    ("ahead", "words"),
    [
        (timedelta(hours=3), "today"),
        (timedelta(hours=15), "tomorrow"),
        (timedelta(days=3), "on Thursday"),
        (timedelta(days=7), "on 30 November"),
    ],
)
def test_day_is_that_of_the_participants_wall_clock(ahead: timedelta, words: str) -> None:
    page = replace(PAGE, starts_at=NOW + ahead, ends_at=NOW + ahead + timedelta(hours=1))

    assert session_view(page, NOW).when == words


def test_tomorrow_in_tokyo_is_today_in_new_york() -> None:
    page = replace(PAGE, starts_at=NOW + timedelta(hours=9))

    assert session_view(replace(page, time_zone="Asia/Tokyo"), NOW).when == "tomorrow"
    assert session_view(replace(page, time_zone="America/New_York"), NOW).when == "today"


@pytest.mark.parametrize(
    ("location", "link", "place", "url"),
    [
        (LocationKind.ZOOM, "https://zoom.us/j/123", "Zoom", "https://zoom.us/j/123"),
        (LocationKind.GOOGLE_MEET, None, "Google Meet", None),
        (LocationKind.CUSTOM, "Room 4, Main Street 1", "Room 4, Main Street 1", None),
        (LocationKind.CUSTOM, "https://whereby.com/x", "Online", "https://whereby.com/x"),
        (LocationKind.CUSTOM, "javascript:alert(1)", "javascript:alert(1)", None),
        (LocationKind.NONE, None, "", None),
    ],
)
def test_only_web_addresses_can_be_clicked(location: LocationKind, link: str | None, place: str, url: str) -> None:
    view = session_view(replace(PAGE, location=location, link=link), NOW)

    assert (view.place, view.join_url) == (place, url)


def test_place_in_the_hosts_words_comes_first() -> None:
    view = session_view(replace(PAGE, location=LocationKind.CUSTOM, location_text="Room 4", link=None), NOW)

    assert view.place == "Room 4"


def test_without_names_the_page_still_reads() -> None:
    view = session_view(replace(PAGE, participant_name=" ", host_name=""), NOW)

    assert (view.first_name, view.host_name) == ("", "Core")


def test_declined_stays_a_question_when_the_start_is_near() -> None:
    page = replace(PAGE, attendance=Attendance.DECLINED, starts_at=NOW, ends_at=NOW + timedelta(hours=1))

    assert session_view(page, NOW).state == "declined"
    assert session_view(replace(page, attendance=Attendance.NO_REPLY), NOW).state == "starting"
