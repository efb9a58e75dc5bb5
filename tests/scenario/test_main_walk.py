"""The walk that a newcomer takes: today's sessions, a booking in plain words, a Maybe, the next morning, a no-show."""

from __future__ import annotations

from tests.scenario.driver import eventually, text_of
from tests.scenario.stage import CORE, LENA, MARCUS, Stage

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

    while f"{outside.now():%Y-%m-%d}" < event["start"]["dateTime"][:10]:
        outside.next("09:00", "Europe/Berlin")
    digest = lena.posted(CORE, " session", f"*{reference}*")
    assert "Attendance Unknown" in text_of(digest)

    lena.click(CORE, digest, "Mark no-show", after=reference)
    eventually(lambda: "No Showed" in status_of(lena.posted(channel, reference)), "the card does not show the no-show")
    eventually(
        lambda: "No Showed" in text_of(lena.posted(CORE, " session", f"*{reference}*")), "the digest stayed as it was"
    )
    details = stage.person(MARCUS).type(CORE, f"/interview {reference}")
    assert "marked it as a no-show" in text_of(details)
    assert len([m for m in lena.messages(channel) if reference in text_of(m)]) == 1
    assert len(outside.mails(PERSON)) == 1


def status_of(card: dict[str, object]) -> str:
    """The small print of a card, where its status stands."""
    return text_of([block for block in card["blocks"] if block["type"] == "context"])  # type: ignore[attr-defined]
