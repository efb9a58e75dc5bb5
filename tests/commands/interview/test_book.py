"""What is asked before something is booked: the rules that it bypasses, which group session, how a past one went."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from bot.blocks.ids import InterviewId
from bot.commands.interview import book
from bot.services import cancellations
from bot.services.cancellations import Cancellation
from bot.slack.metadata import Metadata
from bot.slack.outcomes import Close, Open, Outcome, Replace, Reply, Update
from domain.errors import RuleError
from domain.interview import CancelReason, InterviewStatus
from domain.study import LocationKind, StudyStatus, StudyType
from storage.models import Interview, OutboxRow, Study
from tests.builders import World, rows
from tests.commands.screen import Screen, buttons, text_of

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
EMAIL = "p17@example.com"


def submit(screen: Screen, starts_in: timedelta, **fields: Any) -> Outcome:
    """Submit the booking modal as the Researcher."""
    world = screen.world
    given = {
        "study": str(world.study_id),
        "email": EMAIL,
        "name": "Lee Park",
        "when": int((world.now + starts_in).timestamp()),
        "duration": "0",
        **fields,
    }
    return screen.run(
        book.book_submitted, world.researcher, fields=given, metadata=Metadata("C1").dump(), has_mail=True
    )


def asked(outcome: Outcome) -> dict[str, Any]:
    assert isinstance(outcome, Update)
    return outcome.view


def stored(world: World) -> list[Any]:
    return rows(world.database, sa.select(Interview.reference, Interview.status, Interview.starts_at))


def test_what_is_bypassed_is_asked_about_and_booked_on_yes(world: World, screen: Screen) -> None:
    view = asked(submit(screen, HOUR, title="Round 2", note="Bring a phone"))
    assert view["submit"]["text"] == "Book anyway"
    assert "*This bypasses:*" in text_of(Update(view))
    assert "• It starts in less than 4 hours." in text_of(Update(view))
    assert stored(world) == []
    metadata = view["private_metadata"]
    done = screen.run(book.book_anyway, world.researcher, fields={}, metadata=metadata, has_mail=True)
    assert isinstance(done, Close)
    assert "*CHK-1* is booked" in text_of(done)
    ((title, description),) = rows(world.database, sa.select(Interview.title, Interview.description))
    assert (title, description) == ("Round 2", "Bring a phone")


def test_back_leads_to_what_was_entered(world: World, screen: Screen) -> None:
    host = world.admin.slack_user_id
    view = asked(submit(screen, HOUR, title="Round 2", note='Bring a "phone"\n', duration="45", host=[host]))
    again = asked(screen.run(book.back, world.researcher, metadata=view["private_metadata"]))
    assert again["callback_id"] == InterviewId.BOOK_MODAL
    inputs = {block["block_id"]: block["element"] for block in again["blocks"]}
    assert inputs["study"]["initial_option"]["value"] == str(world.study_id)
    assert inputs["email"]["initial_value"] == EMAIL
    assert inputs["name"]["initial_value"] == "Lee Park"
    assert inputs["when"]["initial_date_time"] == int((world.now + HOUR).timestamp())
    assert inputs["duration"]["initial_option"]["value"] == "45"
    assert inputs["host"]["initial_users"] == [host]
    assert inputs["title"]["initial_value"] == "Round 2"
    assert inputs["note"]["initial_value"] == 'Bring a "phone"\n'
    assert Metadata.load(again["private_metadata"]).channel_id == "C1"


def test_a_description_that_can_not_travel_is_refused_at_its_field(screen: Screen) -> None:
    assert asked(submit(screen, HOUR, note="ä" * 1500, title="t" * 200, name="n" * 200))
    with pytest.raises(RuleError) as refused:
        submit(screen, HOUR, note="\n" * 1500, title="t" * 200)
    assert refused.value.field == "note"


def test_a_start_between_two_quarters_is_refused_at_its_field(screen: Screen) -> None:
    for starts_in in (5 * HOUR + timedelta(minutes=5), -DAY + timedelta(minutes=5)):
        with pytest.raises(RuleError, match="Sessions start on a quarter of an hour") as refused:
            submit(screen, starts_in)
        assert refused.value.field == "when"


def test_a_seat_in_one_of_the_days_group_sessions_may_be_taken_instead(world: World, screen: Screen) -> None:
    world.calendar(world.researcher)
    study_id = world.study("GRP", "Groups", type=StudyType.GROUP_INTERVIEW, capacity=3).id
    world.book(5 * HOUR, study_id=study_id)
    view = asked(submit(screen, 7 * HOUR, study=str(study_id)))
    assert view["submit"]["text"] == "Book it"
    (choice,) = [block["element"] for block in view["blocks"] if block.get("block_id") == "session"]
    assert [option["text"]["text"] for option in choice["options"]] == [
        "A new session at 16:30",
        "14:30: GRP-1 (1 of 3 seats taken)",
    ]
    assert choice["initial_option"] == choice["options"][0]
    fields, metadata = {"session": choice["options"][1]["value"]}, view["private_metadata"]
    done = screen.run(book.book_anyway, world.researcher, fields=fields, metadata=metadata, has_mail=True)
    assert "*GRP-1* is booked" in text_of(done)
    assert len(stored(world)) == 1


@pytest.mark.parametrize(
    ("outcome", "words"),
    [
        (InterviewStatus.COMPLETED, "is logged as completed. Nothing is sent to the participant. It counts"),
        (InterviewStatus.NO_SHOWED, "is logged as a no-show. Nothing is sent to the participant. It does not count"),
        (InterviewStatus.CANCELED, "is logged as cancelled. Nothing is sent to the participant. It does not count"),
    ],
)
def test_of_a_past_session_it_is_asked_how_it_went(
    world: World, screen: Screen, outcome: InterviewStatus, words: str
) -> None:
    view = asked(submit(screen, -DAY))
    assert "Nothing is sent" in text_of(Update(view))
    (choice,) = [block["element"] for block in view["blocks"] if block.get("block_id") == "outcome"]
    assert choice["initial_option"]["value"] == InterviewStatus.COMPLETED
    assert stored(world) == []
    fields, metadata = {"outcome": outcome.value}, view["private_metadata"]
    done = screen.run(book.log_submitted, world.researcher, fields=fields, metadata=metadata)
    assert isinstance(done, Close)
    assert words in text_of(done)
    assert stored(world) == [("CHK-1", outcome, world.now - DAY)]
    assert rows(world.database, sa.select(OutboxRow.kind)) == [("slack_card",)]


@pytest.mark.parametrize(
    ("button", "status"),
    [(InterviewId.LOG_COMPLETED, InterviewStatus.COMPLETED), (InterviewId.LOG_NO_SHOW, InterviewStatus.NO_SHOWED)],
)
def test_past_words_are_shown_back_and_logged_on_yes(
    world: World, screen: Screen, button: InterviewId, status: InterviewStatus
) -> None:
    shown = screen.run(book.typed, world.researcher, arguments=f"CHK {EMAIL} yesterday 2pm")
    assert isinstance(shown, Reply)
    assert "Log a session that took place" in shown.text
    assert "Sunday 22 November 2026, 14:00–15:00" in shown.text
    body = {InterviewId.LOG_COMPLETED: book.log_completed, InterviewId.LOG_NO_SHOW: book.log_no_show}[button]
    done = screen.run(body, world.researcher, value=buttons(shown)[button])
    assert isinstance(done, Replace)
    assert [status for _, status, _ in stored(world)] == [status]


def test_change_of_past_words_leads_to_the_modal_and_from_there_to_how_it_went(world: World, screen: Screen) -> None:
    shown = screen.run(book.typed, world.researcher, arguments=f"CHK {EMAIL} yesterday 2pm")
    opened = screen.run(book.change, world.researcher, value=buttons(shown)[InterviewId.BOOK_CHANGE])
    assert "initial_date_time" in text_of(opened)
    assert asked(submit(screen, -DAY))["callback_id"] == InterviewId.LOG_MODAL


@pytest.mark.parametrize(
    ("words", "sentence"),
    [("today 9am", "That session is not over"), ("2020-01-01 10:00", "more than two years ago")],
)
def test_past_words_that_can_not_be_logged(screen: Screen, words: str, sentence: str) -> None:
    with pytest.raises(RuleError, match=sentence):
        screen.run(book.typed, screen.world.researcher, arguments=f"CHK {EMAIL} {words}")


def test_of_a_cancelled_group_everybody_is_named_and_nobody_chosen(world: World, screen: Screen) -> None:
    study_id = world.study("GRP", "Groups", type=StudyType.GROUP_INTERVIEW, capacity=4).id
    people = {"ana@example.com": "Ana Reyes", "ben@example.com": "Ben Ito"}
    first, _ = [world.book(study_id=study_id, email=email, name=name) for email, name in people.items()]
    why = Cancellation(CancelReason.OTHER)
    with world.database.unit_of_work() as session:
        cancellations.cancel(session, world.researcher, first.id, why, world.now)
    opened = screen.run(book.again, world.researcher, value=str(first.id))
    assert isinstance(opened, Open)
    assert "*Who had a seat:* Ana Reyes, Ben Ito" in text_of(opened)
    inputs = {block["block_id"]: block["element"] for block in opened.view["blocks"] if "element" in block}
    assert inputs["study"]["initial_option"]["value"] == str(study_id)
    assert "initial_option" not in inputs["participant"]


def test_back_keeps_the_study_however_many_there_are(world: World, screen: Screen) -> None:
    with world.database.unit_of_work() as session:
        chosen = session.get_one(Study, world.study_id)
        chosen.key = "ZZZ"
        mine = {"team_id": world.team_id, "owner_id": world.researcher.member_id, "type": StudyType.INTERVIEW}
        session.add_all(
            Study(
                workspace_id=world.workspace_id,
                key=f"A{number}",
                name=f"Study {number}",
                external_name="Study",
                status=StudyStatus.ACTIVE,
                location=LocationKind.NONE,
                created_at=world.now,
                **mine,
            )
            for number in range(101)
        )
    view = asked(submit(screen, HOUR))
    again = asked(screen.run(book.back, world.researcher, metadata=view["private_metadata"]))
    inputs = {block["block_id"]: block["element"] for block in again["blocks"]}
    assert inputs["study"]["initial_option"]["value"] == str(world.study_id)


def test_a_study_that_was_closed_meanwhile_is_not_filled_in(world: World, screen: Screen) -> None:
    view = asked(submit(screen, HOUR))
    with world.database.unit_of_work() as session:
        session.get_one(Study, world.study_id).status = StudyStatus.CLOSED
    again = asked(screen.run(book.back, world.researcher, metadata=view["private_metadata"]))
    inputs = {block["block_id"]: block["element"] for block in again["blocks"]}
    assert "initial_option" not in inputs["study"]
