"""Editing an interview: what it says then, who hears of it, and what is refused."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.services import cancellations, editing, record
from bot.services.booking import Booking, book
from domain.editing import Details, Edited, Location
from domain.errors import NotAllowed, NotFound, RuleError, Stale
from domain.roles import Role
from domain.study import LocationKind, StudyType
from storage import interviews as stored
from storage.models import Attendee, CalendarFeed, Interview
from tests.builders import World
from tests.fakes import Outside
from tests.services.conftest import Desk

HOUR = timedelta(hours=1)
ZOOM = "https://zoom.us/j/1"


def present(world: World, interview: Interview) -> Details:
    return editing.details_of(world.get(interview.id))


def saving(world: World, interview: Interview, **changed: Any) -> Callable[[Session], Edited]:
    """The act of saving the modal of the interview as it is now, with some things changed."""
    shown = present(world, interview)
    seen, wanted = shown.fingerprint, replace(shown, **changed)
    return lambda session: editing.edit(session, world.researcher, interview.id, wanted, seen, world.now)


def test_edit_changes_what_is_said_and_tells_the_thread_each_from_and_to(world: World, desk: Desk) -> None:
    interview = world.book(title="Paying")
    zoom = Location(LocationKind.ZOOM, ZOOM, "4711")
    edited = desk.do(saving(world, interview, title="Paying  by\nphone", description="Bring it.", location=zoom))

    assert edited.changes == ("title", "description", "location", "meeting link", "passcode")
    now = world.get(interview.id)
    assert (now.title, now.description, now.location, now.link, now.link_is_own, now.passcode) == (
        "Paying by phone",
        "Bring it.",
        LocationKind.ZOOM,
        ZOOM,
        True,
        "4711",
    )
    told = [text for _, text in desk.timeline(interview.id)][-5:]
    assert told == [f"changed the {what}" for what in edited.changes]
    assert len(desk.outbox("slack_thread")) == 1


def test_passcode_is_in_the_calendar_and_never_in_the_thread(world: World, desk: Desk) -> None:
    address = world.calendar(world.researcher)
    outside = Outside.of(world.database, world.now)
    interview = world.book()
    outside.deliver()
    desk.do(saving(world, interview, description="Hi.", location=Location(LocationKind.ZOOM, ZOOM, "4711")))
    outside.deliver()

    draft = outside.calendar.saves[-1]
    assert (draft.description, draft.location, draft.wants_meet_link) == ("Hi.\n\nPasscode: 4711", ZOOM, False)
    assert outside.calendar.the_event(address).meet_link is None
    said = str(outside.slack.channel("C0CORE").messages)
    assert "changed the passcode" in said
    assert "4711" not in said


def test_editing_mails_nobody(world: World, desk: Desk) -> None:
    interview = world.book()
    mails = desk.mails(interview.id)
    desk.do(saving(world, interview, title="Other"))
    assert desk.mails(interview.id) == mails


def test_nothing_changed_leaves_no_trace(world: World, desk: Desk) -> None:
    interview = world.book(title="Paying", description="Bring {{ it }}.")
    before = (desk.timeline(interview.id), len(desk.outbox("calendar_event")), world.get(interview.id).version)
    assert desk.do(saving(world, interview)).changes == ()
    assert (desk.timeline(interview.id), len(desk.outbox("calendar_event")), world.get(interview.id).version) == before


def test_what_an_input_does_to_line_ends_and_margins_is_no_change(world: World, desk: Desk) -> None:
    interview = world.book(title="Paying  twice ", description="One.\r\nTwo.\n")
    assert desk.do(saving(world, interview, title="Paying  twice", description="One.\nTwo.")).changes == ()
    assert world.get(interview.id).description == "One.\r\nTwo.\n"


def test_tokens_are_filled_in(world: World, desk: Desk) -> None:
    interview = world.book(length=timedelta(minutes=45))
    title = "{{ study.external_name }}, {{interview.length}} with {{ host.first_name }}"
    desk.do(saving(world, interview, title=title))
    assert world.get(interview.id).title == "Checkout study, 45 minutes with Researcher"


@pytest.mark.parametrize("field", ["title", "description"])
@pytest.mark.parametrize("text", ["{{ participant.first_name }}", "{{ host }}", "{{ host.first_name", "{{ 7 * 7 }}"])
def test_wrong_token_is_an_error_under_its_field(world: World, desk: Desk, field: str, text: str) -> None:
    interview = world.book()
    refusal = desk.refused(saving(world, interview, **{field: f"Hello {text}"}))
    assert refusal.field == field
    assert "{{ study.external_name }}" in refusal.message


def test_title_that_grows_too_long_by_its_tokens_is_refused(world: World, desk: Desk) -> None:
    interview = world.book()
    refusal = desk.refused(saving(world, interview, title="{{ study.external_name }} " * 25))
    assert (refusal.field, "characters" in refusal.message) == ("title", True)


def test_second_of_two_who_edit_at_once_is_told(world: World, desk: Desk) -> None:
    interview = world.book()
    first, second = saving(world, interview, title="First"), saving(world, interview, description="Second")
    results = desk.race(first, second)
    assert sorted(isinstance(result, Stale) for result in results) == [False, True]
    assert "CHK-1 was changed by Researcher 3 on Monday 23 November, 09:30" in str(results)


def test_link_that_the_calendar_brings_meanwhile_is_no_conflict(world: World, desk: Desk) -> None:
    interview = world.book()
    save = saving(world, interview, title="Other")
    desk.change(interview, link="https://meet.example/1")
    desk.do(save)
    assert world.get(interview.id).link == "https://meet.example/1"


def test_calendars_own_link_given_back_stays_the_calendars(world: World, desk: Desk) -> None:
    interview = world.book()
    desk.change(interview, link="https://meet.example/1")
    held = Location(LocationKind.GOOGLE_MEET, "https://meet.example/1")
    assert desk.do(saving(world, interview, location=held)).changes == ()
    assert not world.get(interview.id).link_is_own


def test_back_to_google_meet_the_calendar_makes_another_link(world: World, desk: Desk) -> None:
    address = world.calendar(world.researcher)
    outside = Outside.of(world.database, world.now)
    interview = world.book()
    outside.deliver()
    first = world.get(interview.id).link
    desk.do(saving(world, interview, location=Location(LocationKind.ZOOM, ZOOM)))
    outside.deliver()
    desk.do(saving(world, interview, location=Location(LocationKind.GOOGLE_MEET)))
    assert world.get(interview.id).link is None
    outside.deliver()
    assert world.get(interview.id).link == outside.calendar.the_event(address).meet_link
    assert world.get(interview.id).link not in (None, first, ZOOM)


def test_interview_in_no_calendar_can_get_no_link_from_one(world: World, desk: Desk) -> None:
    interview = world.book(study_id=world.study("ZOO", "Z", location=LocationKind.ZOOM, location_text=ZOOM).id)
    refusal = desk.refused(saving(world, interview, location=Location(LocationKind.GOOGLE_MEET)))
    assert refusal.message == "ZOO-1 is in no calendar that could make a link. Give one."


def test_calendar_that_takes_no_events_makes_no_link(world: World, desk: Desk) -> None:
    world.calendar(world.researcher)
    interview = world.book(study_id=world.study("ZOO", "Z", location=LocationKind.ZOOM, location_text=ZOOM).id)
    assert interview.organizer_id is not None
    desk.do(lambda session: session.execute(sa.update(CalendarFeed).values(problem="Google never had it.")))
    refusal = desk.refused(saving(world, interview, location=Location(LocationKind.GOOGLE_MEET)))
    assert (refusal.field, world.get(interview.id).link) == ("link", ZOOM)
    assert refusal.message == "ZOO-1 is in no calendar that could make a link. Give one."


def test_only_who_manages_the_interview_edits_it_and_only_while_it_is_ahead(
    world: World, desk: Desk, elsewhere: World
) -> None:
    interview = world.book()
    shown = present(world, interview)

    def editing_as(actor: Any) -> Callable[[Session], Edited]:
        return lambda session: editing.edit(session, actor, interview.id, shown, shown.fingerprint, world.now)

    desk.refused(editing_as(world.observer), NotAllowed)
    desk.refused(editing_as(elsewhere.admin), NotFound)
    why = cancellations.Cancellation(cancellations.rules.CancelReason.OTHER)
    desk.do(lambda session: cancellations.cancel(session, world.researcher, interview.id, why, world.now))
    assert "it can't be edited now" in desk.refused(editing_as(world.researcher), Stale).message


def group(world: World, *emails: str) -> Interview:
    study_id = world.study("GRP", "Groups", type=StudyType.GROUP_INTERVIEW, capacity=4).id
    first, *_ = [world.book(study_id=study_id, email=email) for email in emails]
    return first


def limiting(world: World, interview: Interview, limit: int) -> Callable[[Session], Edited]:
    return lambda session: editing.change_limit(session, world.researcher, interview.id, limit, world.now)


def test_limit_is_changed_and_booking_follows_it(world: World, desk: Desk) -> None:
    interview = group(world, "a@example.com", "b@example.com")
    desk.do(limiting(world, interview, 2))
    assert desk.timeline(interview.id)[-1] == ("Researcher 3", "changed the participant limit")
    third = Booking(interview.study_id, "c@example.com", world.now + HOUR)
    full = desk.refused(lambda session: book(session, world.researcher, third, world.now))
    assert "is full (2 of 2 seats)" in full.message
    desk.do(limiting(world, interview, 3))
    desk.do(lambda session: book(session, world.researcher, third, world.now))


def test_limit_is_never_under_the_seats_taken_but_counts_none_that_were_given_up(world: World, desk: Desk) -> None:
    interview = group(world, "a@example.com", "b@example.com")
    refusal = desk.refused(limiting(world, interview, 1))
    assert refusal.message == "2 seats are taken in GRP-1: the limit can't be lower than that."

    def give_up(session: Session) -> None:
        seat = stored.line(session, world.workspace_id, interview.id).seats[0]
        by = record.by_callsheet(world.now)
        cancellations.cancel_by_participant(session, session.get_one(Attendee, seat.attendee_id), by)

    desk.do(give_up)
    assert desk.do(limiting(world, interview, 1)).changes == ("participant limit",)


def test_limit_that_it_has_already_leaves_no_trace(world: World, desk: Desk) -> None:
    interview = group(world, "a@example.com")
    before = desk.timeline(interview.id)
    assert desk.do(limiting(world, interview, 4)).changes == ()
    assert desk.timeline(interview.id) == before


def test_limit_is_for_group_sessions_and_their_managers(world: World, desk: Desk) -> None:
    refusal = desk.refused(limiting(world, world.book(2 * HOUR), 3), Stale)
    assert "CHK-1 is no group session" in refusal.message
    interview = group(world, "a@example.com")
    observer = world.people[Role.OBSERVER]
    desk.refused(lambda session: editing.change_limit(session, observer, interview.id, 3, world.now), NotAllowed)


def test_booking_and_a_lower_limit_at_once_never_overbook(world: World, desk: Desk) -> None:
    interview = group(world, "a@example.com", "b@example.com")
    third = Booking(interview.study_id, "c@example.com", world.now + HOUR)
    results = desk.race(
        limiting(world, interview, 2), lambda session: book(session, world.researcher, third, world.now)
    )
    assert sorted(isinstance(result, RuleError) for result in results) == [False, True]
