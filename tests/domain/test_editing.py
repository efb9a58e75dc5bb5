"""What may be said of an interview, and what is told of a change."""

from __future__ import annotations

from dataclasses import replace

import pytest

from domain.editing import Details, Location, check_change, check_limit, check_title, differences, location
from domain.errors import RuleError
from domain.study import LocationKind

ZOOM = "https://zoom.us/j/1"
MEET = Location(LocationKind.GOOGLE_MEET)
DETAILS = Details("Paying", "Bring a phone.", MEET)


@pytest.mark.parametrize("kind", [LocationKind.GOOGLE_MEET, LocationKind.ZOOM, LocationKind.TEAMS])
@pytest.mark.parametrize(
    "link",
    [
        "javascript:alert(1)",
        "zoom.us/j/1",
        "ftp://zoom.us/j/1",
        "https://",
        "https:///j/1",
        "http://[",
        "https://a b.c",
    ],
)
def test_link_that_nobody_can_click_is_refused_under_its_field(kind: LocationKind, link: str) -> None:
    with pytest.raises(RuleError, match=f"{kind.label} needs its meeting link, beginning with https://") as refusal:
        location(kind, link, "")
    assert refusal.value.field == "link"


@pytest.mark.parametrize("link", [ZOOM, "http://meet.internal:8080/x", "HTTPS://Zoom.us/j/1?pwd=abc"])
def test_web_address_is_a_meeting_link(link: str) -> None:
    assert location(LocationKind.ZOOM, f" {link} ", " 42 ") == Location(LocationKind.ZOOM, link, "42")


def test_only_google_meet_does_without_a_link() -> None:
    assert location(LocationKind.GOOGLE_MEET, "", "").takes_calendar_link
    for kind in (LocationKind.ZOOM, LocationKind.TEAMS, LocationKind.CUSTOM):
        with pytest.raises(RuleError):
            location(kind, " ", "")


def test_place_is_any_words_and_nowhere_has_neither_link_nor_passcode() -> None:
    assert location(LocationKind.CUSTOM, "Room 5 <left>", "") == Location(LocationKind.CUSTOM, "Room 5 <left>")
    assert location(LocationKind.NONE, ZOOM, "42") == Location(LocationKind.NONE)


def test_link_of_another_service_is_refused() -> None:
    zoom = Location(LocationKind.ZOOM, ZOOM)
    with pytest.raises(RuleError, match="Give the one for Microsoft Teams"):
        check_change(zoom, Location(LocationKind.TEAMS, ZOOM))
    with pytest.raises(RuleError, match="or clear it: the calendar makes one"):
        check_change(zoom, Location(LocationKind.GOOGLE_MEET, ZOOM))
    check_change(Location(LocationKind.CUSTOM, ZOOM), zoom)
    check_change(MEET, zoom)


def test_title_has_some_words_and_not_too_many() -> None:
    check_title("x" * 300)
    for title, sentence in (("", "Give it a title"), ("x" * 301, "the title has 301 characters")):
        with pytest.raises(RuleError, match=sentence) as refusal:
            check_title(title)
        assert refusal.value.field == "title"


def test_differences_tell_from_and_to_but_no_passcode() -> None:
    new = Details("Paying by phone", "", Location(LocationKind.ZOOM, ZOOM, "secret"))
    found = differences(DETAILS, new)
    assert [(each.what, each.before, each.after) for each in found] == [
        ("title", "Paying", "Paying by phone"),
        ("description", "Bring a phone.", "none"),
        ("location", "Google Meet", "Zoom"),
        ("meeting link", "the calendar's", ZOOM),
        ("passcode", None, None),
    ]
    assert "secret" not in str(found)
    assert differences(new, new) == ()


def test_fingerprint_is_another_for_other_details() -> None:
    others = [
        replace(DETAILS, title="Other"),
        replace(DETAILS, description=""),
        replace(DETAILS, location=Location(LocationKind.GOOGLE_MEET, None, "1")),
    ]
    assert len({DETAILS.fingerprint, *(other.fingerprint for other in others)}) == 4
    assert replace(DETAILS).fingerprint == DETAILS.fingerprint


@pytest.mark.parametrize(("limit", "sentence"), [(0, "1 to 99"), (100, "1 to 99"), (2, "3 seats are taken in CHK-7")])
def test_limit_is_in_range_and_not_under_the_seats_taken(limit: int, sentence: str) -> None:
    with pytest.raises(RuleError, match=sentence) as refusal:
        check_limit(limit, 3, "CHK-7")
    assert refusal.value.field == "limit"
    check_limit(3, 3, "CHK-7")
