"""Booking, moving, cancelling and concluding interviews, through every door that leads to it."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from bot.blocks.ids import InterviewId
from bot.commands.interview import CAPABILITIES, book, cancel, details, link, more, outcome, reschedule
from bot.commands.interview.words import typed_booking
from bot.services import cancellations, links
from bot.services.cancellations import Cancellation
from bot.slack.outcomes import Close, Nothing, Open, Options, Outcome, Replace, Reply, Update
from domain.errors import NotAllowed, NotFound, RuleError, Stale
from domain.interview import CancelReason, InterviewStatus
from domain.roles import Actor, Role
from sandbox.slack.blockkit import message_offences, options_offences, view_offences
from storage.models import Attendee, Interview, ParticipantLink
from tests.builders import World, rows
from tests.commands.screen import text_of

HOUR = timedelta(hours=1)
EMAIL = "p17@example.com"


def ask(world: World, words: str, actor: Actor | None = None) -> Reply | Open:
    """What `/interview book …` answers."""
    with world.database.reading() as session:
        found = book.typed(session, actor or world.researcher, words, "C0CORE", world.now)
    assert isinstance(found, Reply | Open)
    return found


def value_of(found: Outcome, action_id: str) -> str:
    """The value of the button with that id."""
    assert isinstance(found, Reply)
    assert message_offences(list(found.blocks)) == []
    elements = [e for block in found.blocks if block["type"] == "actions" for e in block["elements"]]
    value: str = next(e["value"] for e in elements if e["action_id"] == action_id)
    assert len(value) <= 2000
    return value


def booked(world: World) -> list[Any]:
    return rows(world.database, sa.select(Interview.reference, Interview.starts_at, Interview.ends_at))


def test_book_alone_opens_the_modal(world: World) -> None:
    opened = ask(world, "")
    assert isinstance(opened, Open)
    assert view_offences(opened.view) == []


def test_words_are_shown_back_and_booked_only_on_yes(world: World) -> None:
    world.participant(EMAIL, "Lee Park")
    shown = ask(world, f"CHK {EMAIL} next tue 2pm for 45 min")
    said = json.dumps(list(shown.blocks) if isinstance(shown, Reply) else [], ensure_ascii=False)
    assert "Tuesday 1 December 2026, 14:00–14:45 (Europe/Berlin)" in said
    assert "P1" in said
    assert "Lee Park" not in said
    assert "is read as Tuesday of next week" in said
    assert "no connected calendar" in said
    assert booked(world) == []
    value = value_of(shown, InterviewId.BOOK_PARSED)
    assert "tue" not in value
    with world.database.unit_of_work() as session:
        done = book.book_understood(session, world.researcher, value, world.now, has_mail=True)
    assert isinstance(done, Replace)
    assert "*CHK-1* is booked" in done.text
    start = datetime(2026, 12, 1, 13, tzinfo=UTC)
    assert booked(world) == [("CHK-1", start, start + timedelta(minutes=45))]


def test_words_are_read_in_the_zone_of_who_typed_them(world: World) -> None:
    shown = ask(world, f"CHK {EMAIL} tomorrow 9am", world.people[Role.OPS_MANAGER])
    assert isinstance(shown, Reply)
    assert "09:00–10:00 (Europe/London)" in shown.text
    assert "(new to Callsheet)" in json.dumps(list(shown.blocks))


def test_a_participant_may_be_called_by_alias_and_a_host_by_mention(world: World) -> None:
    world.participant("first@example.com", "First")
    host = world.people[Role.COLLABORATOR]
    shown = ask(world, f"CHK P1 tomorrow 9am with <@{host.slack_user_id}|somebody>", world.admin)
    assert f"<@{host.slack_user_id}>" in json.dumps(list(shown.blocks) if isinstance(shown, Reply) else [])
    with pytest.raises(NotFound, match="no participant P99"):
        ask(world, "CHK P99 tomorrow 9am")
    with pytest.raises(NotFound, match="no participant P1 "):
        ask(world, "CHK P1 tomorrow 9am")


def test_change_opens_the_modal_with_what_was_understood(world: World) -> None:
    world.participant(EMAIL, "Lee Park")
    value = value_of(ask(world, f"CHK {EMAIL} tomorrow 9am", world.admin), InterviewId.BOOK_CHANGE)
    with world.database.reading() as session:
        opened = book.change(session, world.admin, value, "C0CORE", world.now)
    assert isinstance(opened, Open)
    assert view_offences(opened.view) == []
    inputs = {b["block_id"]: b["element"] for b in opened.view["blocks"]}
    assert inputs["study"]["initial_option"]["value"] == str(world.study_id)
    assert inputs["participant"]["initial_option"]["text"]["text"] == "Lee Park"
    assert inputs["when"]["initial_date_time"] == int(datetime(2026, 11, 24, 8, tzinfo=UTC).timestamp())


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("CHK", "Who is to come, and when"),
        ("CHK banana tomorrow 9am", "“banana” is neither an e-mail address"),
        (f"CHK {EMAIL}", "When?"),
        (f"NOPE {EMAIL} tomorrow 9am", "There is no study NOPE"),
        (f"CHK {EMAIL} next blursday", "I don't know what “blursday” means"),
        (f"CHK {EMAIL} blue moon 9am", "I don't know what “blue” means"),
        (f"CHK {EMAIL} 2020-01-01 10:00", "more than two years ago"),
        (f"CHK {EMAIL} tomorrow 14:10", "Pick 14:00 or 14:15"),
        ("CHK x@y tomorrow 9am", "not an e-mail address"),
        (f"CHK {EMAIL} tomorrow 9am with <@U0NOBODY>", "does not know that host"),
        (f"CHK {EMAIL} tomorrow 9am with @nobodyhere", "who “nobodyhere” is. Choose the person from the list"),
        (f"CHK {EMAIL} tomorrow @9am with nobody.here", "who “nobody.here” is"),
        (f"CHK {EMAIL} tomorrow 9am for 600 min", "between 5 minutes and 8 hours"),
        (f"CHK {EMAIL} tomorrow 9am for 9999 min", "between 5 minutes and 8 hours"),
        (f"CHK {EMAIL} tomorrow 9am for 0 min", "between 5 minutes and 8 hours"),
    ],
)
def test_what_is_missing_or_wrong_is_said_in_a_sentence(world: World, words: str, sentence: str) -> None:
    with pytest.raises(RuleError, match=sentence):
        ask(world, words)


def test_who_may_not_book_is_told_so_before_the_form(world: World) -> None:
    with pytest.raises(NotAllowed, match="your role is Observer"):
        ask(world, "", world.observer)
    with pytest.raises(NotAllowed, match="your role is Observer"):
        book.open_modal(world.observer, "C0CORE")
    assert isinstance(book.open_modal(world.people[Role.COLLABORATOR], "C0CORE"), Open)


def test_who_may_not_book_learns_nothing_of_the_participant(world: World) -> None:
    world.participant(EMAIL, "Lee Park")
    with pytest.raises(NotAllowed, match="your role is Observer"):
        ask(world, f"CHK {EMAIL} tomorrow 9am", world.observer)


def submit(world: World, actor: Actor | None = None, **fields: Any) -> Outcome:
    """Submit the booking modal."""
    given = {
        "study": str(world.study_id),
        "participant": None,
        "email": EMAIL,
        "name": "Lee Park",
        "when": int((world.now + 5 * HOUR).timestamp()),
        "duration": "0",
        "host": [],
        "title": None,
        "note": None,
        **fields,
    }
    with world.database.unit_of_work() as session:
        return book.book_submitted(session, actor or world.researcher, given, "", world.now, has_mail=True)


def test_the_modal_books_for_somebody_new(world: World) -> None:
    world.calendar(world.researcher)
    closed = submit(world, title="Checkout, round 2", duration="30")
    assert isinstance(closed, Close)
    assert closed.reply is not None
    assert "*CHK-1* is booked" in closed.reply.text
    assert booked(world) == [("CHK-1", world.now + 5 * HOUR, world.now + HOUR * 5.5)]


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"study": None}, "study"),
        ({"when": None}, "when"),
        ({"when": 1}, "when"),
        ({"email": None}, "participant"),
        ({"email": "nonsense"}, "email"),
        ({"participant": "1"}, "email"),
        ({"participant": "999", "email": None}, "participant"),
        ({"host": ["U0NOBODY"]}, "host"),
        ({"duration": "600"}, "duration"),
    ],
)
def test_the_modal_says_what_is_wrong_under_its_input(world: World, fields: dict[str, Any], field: str) -> None:
    with pytest.raises(RuleError) as refused:
        submit(world, **fields)
    assert refused.value.field == field


def test_a_participant_of_anothers_study_can_not_be_chosen_by_id(world: World) -> None:
    person = world.participant(EMAIL)
    with pytest.raises(NotFound) as refused:
        submit(world, participant=str(person.id), email=None)
    assert refused.value.field == "participant"
    submit(world, world.admin, participant=str(person.id), email=None)


def test_menus_offer_what_the_actor_may_book(world: World) -> None:
    world.book(email="lee@example.com", name="Lee Park")
    world.participant("leo@example.com", "Leo Unknown")
    world.study("NAV", "Navigation", owner_id=world.admin.member_id)
    assert labels(world, world.researcher, "studies", "") == ["CHK · Checkout study"]
    assert labels(world, world.admin, "studies", "nav") == ["NAV · Navigation"]
    assert labels(world, world.observer, "studies", "") == []
    assert labels(world, world.researcher, "participants", "le") == ["P1 · Lee Park"]
    assert labels(world, world.admin, "participants", "LE") == ["P1 · Lee Park", "P2 · Leo Unknown"]
    assert labels(world, world.admin, "participants", "p2") == ["P2 · Leo Unknown"]
    assert labels(world, world.observer, "participants", "le") == []


def labels(world: World, actor: Actor, menu: str, typed: str) -> list[str]:
    find = {"studies": book.find_studies, "participants": book.find_participants}[menu]
    with world.database.reading() as session:
        found = find(session, actor, typed)
    assert isinstance(found, Options)
    assert options_offences({"options": list(found.options)}) == []
    return [option["text"]["text"] for option in found.options]


def test_a_cancelled_interview_can_be_booked_again(world: World) -> None:
    interview = world.book(name="Lee Park")
    with world.database.unit_of_work() as session:
        cancellations.cancel(session, world.researcher, interview.id, Cancellation(CancelReason.OTHER), world.now)
    with world.database.reading() as session:
        opened = book.again(session, world.researcher, str(interview.id), "C1")
    assert isinstance(opened, Open)
    inputs = {b["block_id"]: b["element"] for b in opened.view["blocks"]}
    assert inputs["participant"]["initial_option"]["text"]["text"] == "Lee Park"
    assert "initial_date_time" not in inputs["when"]


def test_moving_in_words_is_shown_back_first(world: World) -> None:
    interview = world.book()
    with world.database.reading() as session:
        shown = reschedule.typed(session, world.researcher, "chk-1 tomorrow 3pm", "C1", world.now, has_mail=True)
    assert isinstance(shown, Reply)
    assert "Move *CHK-1*" in shown.text
    assert "Tuesday 24 November 2026, 15:00–16:00" in shown.text
    value = value_of(shown, InterviewId.RESCHEDULE_PARSED)
    with world.database.unit_of_work() as session:
        done = reschedule.move_understood(session, world.researcher, value, world.now, has_mail=True)
    assert isinstance(done, Replace)
    assert "*CHK-1* is moved to" in done.text
    assert world.get(interview.id).starts_at == datetime(2026, 11, 24, 14, tzinfo=UTC)
    with pytest.raises(Stale, match="moved it to Tuesday 24 November, 15:00"), world.database.unit_of_work() as session:
        reschedule.move_understood(session, world.researcher, value, world.now, has_mail=True)


def test_moving_refuses_what_can_not_be(world: World) -> None:
    world.book()
    world.book(5 * HOUR)
    with world.database.reading() as session:
        with pytest.raises(RuleError, match="already booked at 14:30 for CHK-2"):
            reschedule.typed(session, world.researcher, "CHK-1 today 14:30", "C1", world.now, has_mail=True)
        with pytest.raises(RuleError, match="has passed"):
            reschedule.typed(session, world.researcher, "CHK-1 today 08:00", "C1", world.now, has_mail=True)
        with pytest.raises(NotAllowed):
            reschedule.typed(session, world.observer, "CHK-1 tomorrow 14:30", "C1", world.now, has_mail=True)


def test_cancelling_asks_why_and_tells(world: World) -> None:
    interview = world.book()
    with world.database.reading() as session:
        opened = cancel.ask_typed(session, world.researcher, "CHK-1", "C1", has_mail=True)
    assert isinstance(opened, Open)
    assert view_offences(opened.view) == []
    with world.database.unit_of_work() as session, pytest.raises(RuleError, match="Say why"):
        cancel.cancel(
            session, world.researcher, {"reason": None}, opened.view["private_metadata"], world.now, has_mail=True
        )
    fields = {"reason": CancelReason.HOST_UNAVAILABLE.name, "note": "flu"}
    with world.database.unit_of_work() as session:
        closed = cancel.cancel(
            session, world.researcher, fields, opened.view["private_metadata"], world.now, has_mail=True
        )
    assert isinstance(closed, Close)
    assert world.get(interview.id).cancel_reason == "The host can't make it: flu"


def test_second_click_on_cancel_says_it_is_cancelled(world: World) -> None:
    interview = world.book()
    metadata = cancel.Cancelling("C1", interview.id).dump()
    told = f"CHK-1 was cancelled by {world.researcher.name} on Monday 23 November, 09:30"
    fields = {"reason": CancelReason.OTHER.name}
    with world.database.unit_of_work() as session:
        cancel.cancel(session, world.researcher, fields, metadata, world.now, has_mail=True)
    with world.database.unit_of_work() as session, pytest.raises(Stale, match=told):
        cancel.cancel(session, world.researcher, fields, metadata, world.now, has_mail=True)
    with world.database.reading() as session, pytest.raises(Stale, match=told):
        cancel.ask_clicked(session, world.researcher, str(interview.id), "C1", has_mail=True)


@pytest.mark.parametrize("has_mail", [True, False])
def test_who_tells_the_participant_is_said_with_mail_and_without(world: World, has_mail: bool) -> None:
    interview, actor, now = world.book(), world.researcher, world.now
    value = value_of(ask(world, f"CHK {EMAIL} tomorrow 9am"), InterviewId.BOOK_PARSED)
    moving = reschedule.Moving("C1", interview.id, int((now + 5 * HOUR).timestamp())).dump()
    cancelling, why = cancel.Cancelling("C1", interview.id).dump(), {"reason": CancelReason.OTHER.name}
    with world.database.unit_of_work() as session:
        shown = [
            book.book_understood(session, actor, value, now, has_mail),
            reschedule.clicked(session, actor, str(interview.id), "C1", now, has_mail),
            reschedule.move_anyway(session, actor, moving, now, has_mail),
            more.choose(session, actor, f"cancel:{interview.id}", "C1", now, {}, None, has_mail),
            cancel.cancel(session, actor, why, cancelling, now, has_mail),
        ]
    for text in map(text_of, shown):
        assert any(promise in text for promise in ("by mail", "is mailed", "in the mail")) is has_mail
        assert ("No mail is set up: tell the participant yourself." in text) is not has_mail


@pytest.mark.parametrize("door", ["typed", "clicked", "chosen"])
@pytest.mark.parametrize(
    ("action", "status", "sentence"),
    [
        ("complete", InterviewStatus.COMPLETED, "CHK-1 is marked as completed."),
        ("no_show", InterviewStatus.NO_SHOWED, "CHK-1 is marked as a no-show."),
    ],
)
def test_every_door_does_the_same(world: World, door: str, action: str, status: InterviewStatus, sentence: str) -> None:
    interview, after = world.book(), world.now + 2 * HOUR
    with world.database.unit_of_work() as session:
        if door == "typed":
            found = getattr(outcome, f"{action}_typed")(session, world.researcher, "chk-1", after)
        elif door == "clicked":
            found = getattr(outcome, f"{action}_clicked")(session, world.researcher, str(interview.id), after, {})
        else:
            name = {"complete": "mark_completed", "no_show": "mark_no_show"}[action]
            found = more.choose(
                session, world.researcher, f"{name}:{interview.id}", "C1", after, {}, None, has_mail=True
            )
    assert isinstance(found, Reply)
    assert found.text == sentence
    assert world.get(interview.id).status is status


def test_in_the_details_the_modal_is_drawn_anew(world: World) -> None:
    interview = world.book()
    view = {"type": "modal", "callback_id": "interview:details_modal", "private_metadata": "{}"}
    with world.database.unit_of_work() as session:
        found = outcome.complete_clicked(session, world.researcher, str(interview.id), world.now + 2 * HOUR, view)
    assert isinstance(found, Update)
    assert "*Completed*" in json.dumps(found.view)
    assert "marked it as completed" in json.dumps(found.view)


def test_started_is_noted_by_whoever_sees_the_schedule(world: World) -> None:
    interview = world.book()
    with world.database.unit_of_work() as session:
        found = outcome.started_clicked(session, world.observer, str(interview.id), world.now + HOUR, {})
    assert isinstance(found, Reply)
    assert found.text == "Noted: CHK-1 has started."
    assert world.get(interview.id).is_verified


def test_menu_leads_to_the_modals(world: World) -> None:
    interview = world.book()
    for name in ("reschedule", "cancel", "copy_link"):
        with world.database.unit_of_work() as session:
            found = more.choose(
                session, world.researcher, f"{name}:{interview.id}", "C1", world.now, {}, None, has_mail=True
            )
        assert isinstance(found, Open)
        assert view_offences(found.view) == []


def test_links_are_personal_and_only_for_who_manages(world: World) -> None:
    world.book()
    with world.database.unit_of_work() as session:
        shown = link.typed(session, world.researcher, "CHK-1", world.now, "https://callsheet.example/")
    assert isinstance(shown, Reply)
    assert "https://callsheet.example/s/" in json.dumps(list(shown.blocks))
    assert len(rows(world.database, sa.select(ParticipantLink.token_hash))) == 1
    with world.database.unit_of_work() as session, pytest.raises(NotAllowed):
        link.typed(session, world.observer, "CHK-1", world.now, "https://callsheet.example/")
    with world.database.unit_of_work() as session:
        without = link.typed(session, world.researcher, "CHK-1", world.now, None)
    assert isinstance(without, Reply)
    assert "no public address" in json.dumps(list(without.blocks))


def test_who_gave_up_their_seat_gets_a_link_to_pick_another_time(world: World) -> None:
    interview = world.book()
    with world.database.unit_of_work() as session:
        session.execute(
            sa.update(Attendee).where(Attendee.participant_id.is_not(None)).values(outcome=InterviewStatus.CANCELED)
        )
        shown = link.clicked(session, world.researcher, str(interview.id), world.now, "https://callsheet.example/")
    assert isinstance(shown, Open)
    assert "https://callsheet.example/s/" in json.dumps(shown.view)


def test_the_links_of_a_participant_are_ended_and_new_ones_shown(world: World) -> None:
    interview = world.book()
    with world.database.unit_of_work() as session:
        seat_id = session.scalars(sa.select(Attendee.id).where(Attendee.participant_id.is_not(None))).one()
        old = links.issue(session, seat_id, world.now)
    value, site = f"{interview.id}:{seat_id}", "https://callsheet.example"
    with world.database.unit_of_work() as session, pytest.raises(NotAllowed):
        link.end(session, world.observer, value, world.now, site, {})
    with world.database.unit_of_work() as session:
        shown = link.end(session, world.researcher, value, world.now, site, {"id": "V1"})
    assert isinstance(shown, Update)
    assert view_offences(shown.view) == []
    new = re.findall(rf"{site}/s/([\w-]+)", json.dumps(shown.view))[0]
    with world.database.reading() as session, pytest.raises(links.LinkExpired):
        links.page(session, old, world.now)
    with world.database.reading() as session:
        assert links.page(session, new, world.now).status is InterviewStatus.UPCOMING
    with world.database.unit_of_work() as session, pytest.raises(NotFound):
        link.end(session, world.researcher, f"{interview.id}:999", world.now, site, {})


@pytest.mark.parametrize("typed", ["", "CHK-99", "CHK-1 CHK-2", "<!channel>"])
def test_an_interview_that_is_not_named_or_not_there(world: World, typed: str) -> None:
    world.book()
    with world.database.unit_of_work() as session, pytest.raises(RuleError, match=r"Which interview|There is no"):
        outcome.complete_typed(session, world.researcher, typed, world.now)


def test_join_has_nothing_to_do() -> None:
    assert isinstance(details.join(), Nothing)


def test_every_id_has_one_listener() -> None:
    """But for modals that only show, and parts of them."""
    names = [(one.trigger, one.name) for capability in CAPABILITIES for one in capability.listeners]
    assert len(names) == len(set(names))
    assert {name for _, name in names} >= set(InterviewId) - {InterviewId.DETAILS_MODAL, InterviewId.SHOWN_MODAL}


def test_a_booking_in_words_is_taken_apart() -> None:
    typed = typed_booking("chk <mailto:a@b.co|a@b.co> next tue 2pm with <@U1ABC|ana> and <@U2ABC> for 1.5 hours")
    assert (typed.study_key, typed.person, typed.when) == ("CHK", "a@b.co", "next tue 2pm")
    assert typed.host_slack_ids == ("U1ABC", "U2ABC")
    assert typed.length == timedelta(minutes=90)
