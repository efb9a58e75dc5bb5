"""The shortcuts, and doing the same to several interviews, through Slack."""

from __future__ import annotations

import html

from tests.scenario.driver import Json, Person, elements, eventually, text_of
from tests.scenario.stage import CHECKOUT, CORE, LENA, MARCUS, Stage


def use_on(person: Person, channel: str, text: str) -> Json:
    """Write a message there and use "Add to interview" on it: the modal."""
    person.send(channel, text)
    message = person.posted(channel, html.escape(text))
    answer = person.post("shortcuts", callback_id="add_to_interview", channel=channel, ts=message["ts"])
    assert answer == {"ok": True}
    return person.modal()


def test_a_message_becomes_a_note_in_the_threads_of_its_interview(stage: Stage) -> None:
    marcus = stage.person(MARCUS)
    reference = stage.book(f"note-{stage.booked}@example.com")
    modal = use_on(marcus, CORE, "She prefers mornings & tea")
    chosen = marcus.choose(modal, "interview", reference)
    said = marcus.answered(CORE, lambda: marcus.submit(modal, interview=chosen, words="ask why"), "the note")
    assert text_of(said).startswith(f"{reference} has the note.")
    card = stage.card(reference)
    told = eventually(
        lambda: next((m for m in marcus.thread(CHECKOUT, card["ts"]) if "added a note" in text_of(m)), None),
        "the thread does not tell of the note",
    )
    assert "ask why · “She prefers mornings &amp; tea” (<https://slack.com/app_redirect?team=" in text_of(told)
    assert "ask why" in text_of(marcus.type(CORE, f"/interview {reference}"))


def test_a_direct_message_is_linked_to_and_not_quoted(stage: Stage) -> None:
    marcus = stage.person(MARCUS)
    reference = stage.book(f"private-{stage.booked}@example.com")
    modal = use_on(marcus, marcus.direct, "between you and me")
    assert "The message is not public" in text_of(modal)
    chosen = marcus.choose(modal, "interview", reference)
    said = marcus.answered(marcus.direct, lambda: marcus.submit(modal, interview=chosen), "the note")
    assert "Its text is left out" in text_of(said)
    details = text_of(marcus.type(CORE, f"/interview {reference}"))
    assert "added a note (<https://slack.com/app_redirect" in details
    assert "between you" not in details


def test_the_global_shortcut_opens_the_booking_modal(stage: Stage) -> None:
    marcus = stage.person(MARCUS)
    assert marcus.post("shortcuts", callback_id="book_interview") == {"ok": True}
    assert marcus.modal()["title"]["text"] == "Book an interview"


def test_several_are_cancelled_after_a_review_and_told_in_one_sentence(stage: Stage) -> None:
    lena = stage.person(LENA)
    first, second = (stage.book(f"several-{number}-{stage.booked}@example.com", hour=9 + number) for number in (1, 2))
    shown = lena.type(CORE, "/interview list CHK")
    lena.click(CORE, shown, "Select several…")
    modal = lena.modal()
    picked: dict[str, list[str]] = {}
    for element in elements(modal):
        wanted = [o["value"] for o in element.get("options", []) if o["text"]["text"].split()[0] in (first, second)]
        if wanted and element["type"] == "checkboxes":
            picked[element["_block_id"]] = wanted
    lena.submit(modal, action="Cancel", reason="The study has changed", **picked)
    review = lena.modal()
    assert "*2 interviews will be cancelled*\n" in text_of(review)
    assert "Upcoming" in text_of(stage.card(first))
    said = lena.answered(CORE, lambda: lena.submit(review), "the summary")
    assert text_of(said).startswith("2 cancelled: ")
    assert {first, second} <= set(text_of(said).replace(",", "").replace(".", "").split())
    for reference in (first, second):
        stage.card(reference, "Canceled")
