"""An interview is edited and given another host from its card, and its calendar event follows."""

from __future__ import annotations

from tests.scenario.driver import Json, eventually, text_of
from tests.scenario.stage import CHECKOUT, HANNAH, LENA, LENA_CALENDAR, Stage

PERSON = "p17@example.com"
HANNAH_CALENDAR = "hannah@northwind.example"
ZOOM = "https://zoom.example/j/4711"


def test_from_the_card_to_another_title_link_and_host(every_stage: Stage) -> None:
    stage, began = every_stage, every_stage.now
    lena, reference = stage.person(LENA), stage.book(PERSON)
    card = stage.card(reference, "meet.google.com")

    def event(*words: str) -> Json:
        return stage.outside.event(LENA_CALENDAR, reference, *words)

    def open_modal(label: str) -> Json:
        """The modal of an action, which is in the card's menu, or one tap further."""
        lena.close_modals()
        labels = [option["text"]["text"] for option in menu(stage.card(reference))]
        if label in labels:
            lena.click(CHECKOUT, card, label)
            return lena.modal()
        lena.click(CHECKOUT, card, "Details")
        details = lena.modal()
        lena.click_in(details, label)
        return eventually(lambda: other(lena.modal(), details), f"{label} opened no modal")

    lena.submit(open_modal("Edit details…"), title="{{ host.first_name }} asks", location="Zoom", link=ZOOM)
    edited = event("Lena asks", ZOOM)
    assert "hangoutLink" not in edited
    assert ZOOM in text_of(stage.card(reference, "Lena asks"))
    eventually(lambda: "changed the meeting link" in text_of(lena.thread(CHECKOUT, card["ts"])), "the thread is silent")

    lena.submit(open_modal("Edit details…"), location="Google Meet", link="")
    first = event("meet.google.com")["hangoutLink"]
    stage.card(reference, first)

    hosts = open_modal("Change host…")
    assert "Yusuf Demir: no connected calendar" in text_of(hosts)
    lena.submit(hosts, host=lena.choose(hosts, "host", "han"))
    stage.card(reference, HANNAH)
    stage.settled()
    after = event("meet.google.com")
    assert after["hangoutLink"] != first
    assert after["hangoutLink"] in text_of(stage.card(reference))
    assert after["organizer"]["email"] == LENA_CALENDAR
    assert HANNAH_CALENDAR in [guest["email"] for guest in after["attendees"]]
    assert stage.outside.event(HANNAH_CALENDAR, "Lena asks")["organizer"]["email"] == LENA_CALENDAR
    assert stage.person(HANNAH).told(f"You host *{reference}* now", since=began)
    assert after["hangoutLink"] in stage.outside.mail(PERSON, "Hannah")["text"]


def menu(card: Json) -> list[Json]:
    """The options of a card's "…" menu."""
    elements = [element for block in card["blocks"] for element in block.get("elements", [])]
    return [option for element in elements if element["type"] == "overflow" for option in element["options"]]


def other(view: Json, than: Json) -> Json | None:
    return view if view["id"] != than["id"] else None
