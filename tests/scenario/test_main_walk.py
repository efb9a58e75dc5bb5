"""The walk that a newcomer takes: today's sessions, a booking in plain words, a Maybe, the next morning, a no-show."""

from __future__ import annotations

from tests.scenario.conftest import CORE, LENA, MARCUS, Stage
from tests.scenario.driver import eventually, text_of

PERSON = "p17@example.com"


def test_from_today_to_a_no_show(every_stage: Stage) -> None:
    stage = every_stage
    lena, outside = stage.person(LENA), stage.outside

    today = lena.type(CORE, "/interview today")
    assert "CHK-" in text_of(today)

    shown_back = lena.type(CORE, f"/interview book CHK {PERSON} next tue 2pm")
    assert "14:00" in text_of(shown_back) or "2:00" in text_of(shown_back) or "<!date^" in text_of(shown_back)
    lena.click(CORE, shown_back, "Book it")

    channel = "C0CHECKOUT"
    mail = outside.mail(PERSON)
    assert "text/calendar" in str(mail["headers"]) or mail["attachments"]
    event = outside.event("lena@northwind.example", PERSON)
    reference = event["extendedProperties"]["private"]["callsheet"]
    card = lena.posted(channel, reference)
    assert "No reply" in text_of(card) or "no reply" in text_of(card)

    outside.rsvp("lena@northwind.example", event["id"], PERSON, "tentative")
    eventually(
        lambda: "Attendance Unknown" in text_of(lena.posted(channel, reference)),
        "the card does not show the Maybe",
    )
    eventually(
        lambda: "tentatively attending" in text_of(lena.thread(channel, card["ts"])),
        "the thread does not tell of the Maybe",
    )
    alert = lena.posted(CORE, reference, "Maybe")
    assert alert["ts"] != card["ts"]

    stage.restart()

    day = eventually(lambda: next_morning(stage, reference), "no digest tells of the session")
    assert "Attendance Unknown" in text_of(day)

    lena.click(CORE, day, "Mark no-show")
    eventually(lambda: "No Showed" in text_of(lena.posted(channel, reference)), "the card does not show the no-show")
    details = stage.person(MARCUS).type(CORE, f"/interview {reference}")
    assert "no-show" in text_of(details)


def next_morning(stage: Stage, reference: str) -> dict[str, object] | None:
    """Move from morning to morning until the digest tells of the interview."""
    lena = stage.person(LENA)
    for _ in range(9):
        stage.outside.next("09:00", "Europe/Berlin")
        try:
            return lena.posted(CORE, "session", reference, "·")
        except AssertionError:
            continue
    return None
