"""A researcher writes to a participant: kind chosen, previewed, changed, sent; and cancels in words of their own."""

from __future__ import annotations

import re

from tests.scenario.driver import eventually, text_of
from tests.scenario.stage import CHECKOUT, LENA, Stage

PERSON = "written@example.com"


def test_mail_is_chosen_previewed_changed_and_sent(stage: Stage) -> None:
    lena, outside = stage.person(LENA), stage.outside
    reference = stage.book(PERSON, name="Kai Tanaka")
    card = stage.card(reference)
    stage.outlast()
    lena.command(CHECKOUT, f"/interview mail {reference}")
    first = lena.modal()
    assert "this is a reminder of your session" in str(first)

    lena.post(
        "actions",
        container={"view": first["id"]},
        block_id="kind",
        action_id="interview:mail_kind",
        value="reschedule_request",
    )
    second = eventually(lambda: lena.modal() if "choose another time" in str(lena.modal()) else None, "the kind stayed")
    lena.submit(second, kind="Request to reschedule", text="Hi {{ participant.frist_name }}")
    assert lena.modal()["id"] == second["id"], "a wrong token stays under its field"

    lena.submit(second, kind="Request to reschedule", text="Hi {{ participant.first_name }},\n\nwhen instead?")
    preview = lena.modal()
    assert "Hi Kai,\n\nwhen instead?" in text_of(preview)
    assert len(outside.mails(PERSON)) == 1
    lena.click_in(preview, "Back")
    eventually(lambda: "Preview" in str(lena.modal()["submit"]), "there is no way back from the preview")
    third = lena.modal()
    assert "when instead?" in str(third["blocks"][-1])
    lena.submit(third, kind="Request to reschedule", text="Hi {{ participant.first_name }},\n\nwhich day?")
    lena.submit(lena.modal())

    mail = outside.mail(PERSON, "Another time for")["text"]
    assert mail.splitlines()[:3] == ["Hi Kai,", "", "which day?"]
    assert re.search(r"Choose another time:\s+\S+/s/\S+/times\s", mail), "there is no link to the times"
    eventually(
        lambda: "sent the request to reschedule" in text_of(lena.thread(CHECKOUT, card["ts"])),
        "the thread does not tell of the mail",
    )
    assert len(outside.mails(PERSON)) == 2


def test_cancelling_tells_the_participant_in_the_words_of_the_modal_and_is_taken_back(stage: Stage) -> None:
    lena, outside = stage.person(LENA), stage.outside
    reference = stage.book(PERSON, name="Kai Tanaka")
    lena.click(CHECKOUT, stage.card(reference), "Cancel…")
    asked = lena.modal()
    lena.submit(asked, reason="The host can't make it", message="Hi Kai, Lena is ill. Sorry!")

    assert outside.mail(PERSON, "Cancelled")["text"].startswith("Hi Kai, Lena is ill. Sorry!")
    answer = eventually(
        lambda: next((m for m in lena.ephemerals(CHECKOUT) if f"{reference} is cancelled" in text_of(m)), None),
        "cancelling was not answered",
    )
    lena.click(CHECKOUT, answer, "Undo")
    stage.card(reference, "Upcoming")
