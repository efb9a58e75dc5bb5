"""Deliveries that break off: in the end each thing is there once, whatever happened, and what is said is so."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from bot.deliveries.handlers import HANDLERS
from bot.integrations.ports import Unavailable
from bot.services import (
    blocklist,
    dropped_files,
    exports,
    imports,
    invitation_lists,
    invitation_review,
    invitations,
    outgoing,
    pending_imports,
    review_cards,
    reviews,
)
from bot.services.exports import tables
from bot.services.invitation_review import Draft
from bot.services.outgoing import Whisper
from domain.drafts import Wording
from domain.importing import DroppedFile
from domain.participant import ParticipantStatus
from domain.study import StudyStatus
from storage import outbox
from storage.models import Enrolment, Interview, Participant, Study
from tests import screened
from tests.builders import World, rows
from tests.fakes import Outside
from tests.faults import failing

PUBLIC = "https://call.example"
FILE = DroppedFile("F1", "people.csv", 100, "https://files.slack.com/1", "D0DIRECT", "1795000000.000100")


class Killed(Exception):
    """The process dies, after the service has taken what it was sent."""

    went_out = None


def has(outside: Outside, words: str) -> int:
    """How many messages say so, wherever."""
    messages = [m for channel in outside.slack.channels.values() for m in channel.messages.values()]
    return sum(words in message["text"] for message in messages)


# What is posted


def review_card(world: World, _outside: Outside) -> str:
    enrolment_id = screened.answered(world, screened.publish(world))
    with world.database.unit_of_work() as session:
        review_cards.show(session, enrolment_id, world.now)
    return "has answered the screener"


def review_note(world: World, outside: Outside) -> str:
    review_card(world, outside)
    outside.deliver()
    with world.database.unit_of_work() as session:
        (enrolment_id,) = session.scalars(sa.select(Enrolment.id))
        reviews.discuss(session, world.researcher, enrolment_id, "Too young?", world.now)
    return "Too young?"


def suggestion(world: World, _outside: Outside) -> str:
    screened.enrolled(world, "rude@example.com")
    with world.database.unit_of_work() as session:
        (participant_id,) = session.scalars(sa.select(Participant.id))
        blocklist.suggest(session, world.researcher, participant_id, "rude", world.now)
    return "blocklist"


def study_card(world: World, _outside: Outside) -> str:
    with world.database.unit_of_work() as session:
        outgoing.post_study(session, session.get_one(Study, world.study_id), world.now)
    return "Checkout study"


def whisper_in_private(world: World, _outside: Outside) -> str:
    with world.database.unit_of_work() as session:
        outgoing.whisper(session, world.researcher, Whisper("", "P1 is erased.", "k"), world.now)
    return "P1 is erased."


def preview(world: World, outside: Outside) -> str:
    outside.slack.files[FILE.url] = b"email,study\na@example.com,CHK\n"
    with world.database.unit_of_work() as session:
        pending_imports.take(session, world.researcher, FILE, world.now)
    return "people.csv"


def report(world: World, outside: Outside) -> str:
    preview(world, outside)
    with world.database.unit_of_work() as session:
        dropped_files.report_on(session, world.workspace_id, FILE, "It is all in.", world.now)
    return "It is all in."


def exported(world: World, _outside: Outside) -> str:
    with world.database.unit_of_work() as session:
        wanted = tables.Wanted(exports.ExportKind.PARTICIPANTS, "CHK", exports.ExportFormat.CSV)
        exports.ask_for(session, world.admin, tables.ask(session, world.admin, wanted, world.now), world.now)
    return "The file that you asked for"


POSTED: tuple[Callable[[World, Outside], str], ...] = (
    review_card,
    review_note,
    suggestion,
    study_card,
    whisper_in_private,
    preview,
    report,
    exported,
)


@pytest.mark.parametrize("posted", POSTED, ids=lambda posted: posted.__name__)
@pytest.mark.parametrize(
    "error",
    [
        Unavailable("Slack limits the rate.", retry_after=30, went_out=False),
        Unavailable("Slack failed (503).", went_out=None),
        Killed(),
    ],
    ids=["limited", "unheard", "killed"],
)
def test_what_is_posted_is_there_once_whatever_happens_on_the_way(
    world: World, outside: Outside, posted: Callable[[World, Outside], str], error: Exception
) -> None:
    words = posted(world, outside)
    outside.slack.fail("upload" if posted is exported else "chat.postMessage", error)
    if isinstance(error, Killed):
        with pytest.raises(Killed):
            outside.deliver()
    else:
        outside.deliver()
    for _ in range(2):
        outside.clock.move(timedelta(minutes=3))
        outside.deliver()
    assert has(outside, words) == 1
    assert outside.dead == []


# Mail


def invited(world: World) -> int:
    """The enrolment of somebody who is invited by a mail that is on its way."""
    enrolment_id = screened.enrolled(world, "kai@example.com", "Kai Tanaka")
    with world.database.unit_of_work() as session:
        (participant_id,) = session.scalars(sa.select(Participant.id))
        list_id = invitation_lists.keep(session, world.admin, world.study_id, [participant_id], world.now)
        shown = invitation_review.review(session, world.admin, list_id, PUBLIC, world.now)
        words = Wording(shown.subject, shown.text)
        invitations.send(session, world.admin, Draft(list_id, words), PUBLIC, world.now)
    return enrolment_id


@pytest.mark.parametrize("mailed", [invited, World.book])
def test_a_mail_of_which_it_is_noted_that_it_went_out_goes_out_no_more(
    world: World, outside: Outside, mailed: Callable[[World], Any]
) -> None:
    """The process dies between the last two commits: what became of the mail is kept, that it is done is not."""
    mailed(world)
    with world.database.unit_of_work() as session:
        claimed = outbox.claim(session, world.now, timedelta(minutes=2), 50)
    for delivery in claimed:
        if delivery.kind in (outgoing.Kind.MAIL, outgoing.Kind.ENROLMENT_MAIL):
            HANDLERS[delivery.kind](delivery, outside.tools)
    assert len(outside.mailer.sent) == 1
    outside.clock.move(timedelta(minutes=3))
    outside.deliver()
    assert len(outside.mailer.sent) == 1
    assert has(outside, "did not go out") == 0


def test_an_invitation_that_may_have_gone_out_is_not_said_not_to_have(world: World, outside: Outside) -> None:
    enrolment_id = invited(world)
    outside.mailer.failing.append(Unavailable("The server hung up.", went_out=None))
    outside.deliver()
    with world.database.unit_of_work() as session:
        session.get_one(Study, world.study_id).status = StudyStatus.PAUSED
    outside.clock.move(timedelta(minutes=2))
    outside.deliver()
    assert outside.mailer.sent == []
    assert has(outside, "to P1 may have gone out or not, and is not tried again. CHK is paused") == 1
    assert has(outside, "did not go out") == 0
    assert screened.status_of(world, enrolment_id) is ParticipantStatus.INTERVIEW_INVITED


# What takes long


@pytest.mark.parametrize(
    ("data", "table"),
    [
        (b"email,study\n" + b"".join(b"p%d@example.com,CHK\n" % n for n in range(5)), Enrolment),
        (
            b"study,email,start\n" + b"".join(b"CHK,p%d@a.example,2026-11-1%d 10:00\n" % (n, n) for n in range(5)),
            Interview,
        ),
    ],
    ids=["participants", "interviews"],
)
@pytest.mark.parametrize("parts_done", [1, 3])
def test_an_import_that_dies_half_way_goes_on_brings_in_each_row_once_and_says_so_once(
    world: World, outside: Outside, monkeypatch: pytest.MonkeyPatch, data: bytes, table: Any, parts_done: int
) -> None:
    monkeypatch.setattr(imports, "PART_SIZE", 2)
    outside.slack.files[FILE.url] = data
    with world.database.unit_of_work() as session:
        pending_imports.take(session, world.researcher, FILE, world.now)
    outside.deliver()
    with world.database.unit_of_work() as session:
        pending_imports.go(session, world.researcher, 1, 0, world.now)
    claims = 1
    with failing(world.database, Killed(), after=claims + parts_done), pytest.raises(Killed):
        outside.deliver()
    number = sa.select(sa.func.count()).select_from(table)
    assert rows(world.database, number) == [(min(5, 2 * parts_done),)]
    outside.clock.move(timedelta(minutes=3))
    outside.deliver()
    assert rows(world.database, number) == [(5,)]
    assert has(outside, "5 participants:" if table is Enrolment else "5 interviews:") == 2, "before, and after"
