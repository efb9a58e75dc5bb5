"""A bot without a mail server: nobody is promised a mail that does not go out."""

from __future__ import annotations

from bot.app import build
from tests.scenario.conftest import Open
from tests.scenario.driver import PATIENCE_SECONDS, text_of
from tests.scenario.stage import CHECKOUT, CORE, LENA, Stage

PERSON = "p17@example.com"
TELL = "No mail is set up: tell the participant yourself."


def without_mail(stage: Stage) -> None:
    """Start the bot again, with no mail server to go to."""
    stage.stop_bot()
    settings = stage.settings().model_copy(update={"smtp_url": None, "mail_from": None})
    stage.callsheet = build(settings, clock=stage.sandbox.clock)
    stage.callsheet.start()
    assert stage.callsheet.joined(PATIENCE_SECONDS)


def test_booking_and_cancelling_ask_to_tell_the_participant(open_stage: Open) -> None:
    stage = open_stage("sqlite", "socket")
    without_mail(stage)
    lena = stage.person(LENA)
    lena.click(CORE, lena.type(CORE, f"/interview book CHK {PERSON} in 30 days at 2pm"), "Book it")
    reference = stage.newest_reference()
    assert TELL in text_of(lena.ephemerals(CORE)[-1])
    stage.outlast()

    lena.click(CHECKOUT, stage.card(reference), "Cancel…")
    assert TELL in text_of(lena.modal())
    lena.submit(lena.modal(), reason="The host can't make it")
    stage.outlast()
    assert TELL in text_of(lena.posted(CORE, reference, "cancelled it"))
    assert stage.outside.mails(PERSON) == []
