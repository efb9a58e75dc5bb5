"""Days, lists, details and App Home as they are drawn."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.blocks import booking, cancellations, home, interview_details, kit, rescheduling, schedule, thread
from bot.blocks.cancellations import Asked
from bot.blocks.rescheduling import Choice
from bot.blocks.schedule import Days, ListPage
from domain.booking import OpenSession
from domain.home import HomeModel
from domain.interview import Door, InterviewDetails, InterviewLine, InterviewStatus, TimelineKind, TimelineLine
from domain.schedule import Agenda, Draft, Proposal, Seen
from domain.study import StudyLine, StudyStatus, StudyType
from domain.suggestions import Suggestion
from domain.times import Span
from sandbox.slack.blockkit import message_offences, options_offences, view_offences
from tests.blocks.lines import HOSTILE, LONG, NOW, line, seat

TODAY = Days("today", NOW.date(), 1, "Europe/Berlin")
WEEK = Days("the next seven days", NOW.date(), 7, "Europe/Berlin")


def seen(shown: InterviewLine | None = None, **values: Any) -> Seen:
    return Seen(shown or line(), **{"with_names": False, "may_manage": True, **values})


def day_of(number: int, **values: Any) -> tuple[Seen, ...]:
    start = NOW + timedelta(hours=1)
    return tuple(
        seen(line(id=i, reference=f"CHK-{i}", starts_at=start, ends_at=start + timedelta(hours=1), **values))
        for i in range(1, number + 1)
    )


def test_a_day_names_itself_and_counts_its_sessions() -> None:
    text, drawn = schedule.agenda(Agenda(day_of(2), 0), TODAY, NOW)
    title, *sessions = text.splitlines()
    assert title == "Today, Monday 23 November: 2 sessions"
    assert [said.partition(" Checkout study, ")[0] for said in sessions] == ["CHK-1", "CHK-2"]
    assert all(said.endswith(", P17: Upcoming") for said in sessions)
    assert "CHK-2" in json.dumps(drawn)


def test_a_day_without_sessions_says_so_and_offers_to_book() -> None:
    text, drawn = schedule.agenda(Agenda((), 0), TODAY, NOW)
    assert text == "No sessions today (Monday 23 November)."
    assert "Book an interview" in json.dumps(drawn)
    assert message_offences(drawn) == []


def test_a_week_is_headed_by_its_days_in_the_readers_zone() -> None:
    late = line(starts_at=NOW + timedelta(hours=15), ends_at=NOW + timedelta(hours=16))
    _, drawn = schedule.agenda(Agenda((seen(), seen(late)), 0), WEEK, NOW)
    headings = [b["elements"][0]["text"] for b in drawn if b["type"] == "context"]
    assert headings[:2] == ["*Monday 23 November*", "*Tuesday 24 November*"]


@pytest.mark.parametrize("name", ["Mara", "&" * 200, HOSTILE])
def test_sixty_sessions_fit_one_message_and_none_is_forgotten(name: str) -> None:
    found = Agenda(day_of(60, study_name=name, seats=(seat(name=name),)), 0)
    _, drawn = schedule.agenda(found, TODAY, NOW)
    assert message_offences(drawn) == []
    assert len(drawn) <= 50
    assert kit.characters(drawn) < 10_000
    said = json.dumps(drawn)
    shown = sum(f"*CHK-{number}*" in said for number in range(1, 61))
    assert f"and {60 - shown} more: `/interview list`" in said


def test_a_list_has_buttons_to_the_pages_that_there_are() -> None:
    _, first = schedule.page(ListPage("CHK mine", day_of(10), None, "next-value"), NOW, "Europe/Berlin")
    next_page = kit.button("Next →", "interview:list_next", "next-value")
    assert first[-1]["elements"] == [kit.spoken(next_page, "Next page of interviews")]
    _, last = schedule.page(ListPage("CHK mine", day_of(3), "previous-value", None), NOW, "Europe/Berlin")
    assert [b["text"]["text"] for b in last[-1]["elements"]] == ["← Previous"]
    assert message_offences(first) == message_offences(last) == []
    assert "Interviews: CHK mine" in first[0]["text"]["text"]


def test_a_page_of_the_longest_names_falls_back_to_aliases() -> None:
    seats = tuple(seat(number, name="&" * 200) for number in range(8))
    shown = tuple(replace(each, with_names=True) for each in day_of(10, study_name="&" * 200, seats=seats))
    _, drawn = schedule.page(ListPage("", shown, "previous", "next"), NOW, "Europe/Berlin")
    assert message_offences(drawn) == []
    assert kit.characters(drawn) < 10_000
    assert "P7" not in json.dumps(drawn)
    assert "P5" in json.dumps(drawn)


def test_an_empty_list_says_what_was_asked_for() -> None:
    text, drawn = schedule.page(ListPage("<!here> CHK", (), None, None), NOW, "Europe/Berlin")
    assert text == "Interviews: &lt;!here&gt; CHK: none found."
    assert message_offences(drawn) == []


def details_of(shown: InterviewLine, **values: Any) -> InterviewDetails:
    given: dict[str, Any] = {
        "description": "",
        "passcode": None,
        "rescheduled_from": None,
        "rescheduled_to": None,
        "participant_time_zone": None,
        "may_manage": True,
        "may_see_contacts": True,
        "timeline": (),
        "older_than": None,
        **values,
    }
    return InterviewDetails(line=shown, **given)


def entry(text: str, before: str | None = None, after: str | None = None) -> TimelineLine:
    return TimelineLine(NOW, TimelineKind.DETAILS_CHANGED, Door.SLACK, "Ana Reyes", text, before, after)


def test_details_show_both_clocks_the_people_and_what_happened() -> None:
    shown = details_of(
        line(),
        participant_time_zone="America/New_York",
        passcode="1234",
        description="Bring a phone",
        rescheduled_from="CHK-3",
        timeline=(entry("changed the title", "Checkout", "How you pay"),),
        older_than=55,
    )
    view = interview_details.details_modal(shown, NOW, "")
    said = json.dumps(view, ensure_ascii=False)
    assert view_offences(view) == []
    assert "Monday 23 November, 05:00 for the participant (America/New York)" in said
    assert "Mara Lindqvist ✓ Accepted" in said
    assert "P17 · p17@example.com" in said
    assert "*Passcode:* 1234" in said
    assert "Bring a phone" in said
    assert "Follows CHK-3" in said
    assert "changed the title (Checkout → How you pay) (in Slack)" in said
    assert '"7:55"' in said


def test_a_move_is_told_in_every_readers_own_zone() -> None:
    moved = replace(entry("moved it"), kind=TimelineKind.RESCHEDULED, before="2026-11-23T09:30:00+00:00", after=None)
    said = thread.sentence(moved)
    assert said == "*Ana Reyes* moved it (<!date^1795426200^{date_long_pretty} at {time}|2026-11-23 09:30 UTC>)"


def test_details_hide_contacts_and_actions_from_who_may_not() -> None:
    shown = details_of(line(), may_manage=False, may_see_contacts=False)
    said = json.dumps(interview_details.details(shown, NOW))
    assert "Mara" not in said
    assert "example.com" not in said
    assert "Cancel" not in said
    assert "P17" in said


@pytest.mark.parametrize("text", [HOSTILE, "&" * 3000, LONG])
def test_details_take_whatever_people_wrote(text: str) -> None:
    shown = details_of(
        line(study_name=text[:200], title=text[:300], seats=tuple(seat(n, name=text[:200]) for n in range(100))),
        description=text,
        passcode=text[:100],
        timeline=tuple(entry(text, text, text) for _ in range(8)),
    )
    drawn = interview_details.details(shown, NOW)
    assert message_offences(drawn) == []
    assert view_offences(interview_details.details_modal(shown, NOW, "")) == []
    mrkdwn = json.dumps([block for block in drawn if block.get("text", {}).get("type") != "plain_text"])
    assert "<!channel>" not in mrkdwn


def test_modals_of_an_interview_are_what_slack_takes() -> None:
    hostile = line(study_name=HOSTILE, title=LONG)
    asked = Asked(Seen(hostile, with_names=True, may_manage=True), LONG, is_own=False, has_mail=True)
    assert view_offences(cancellations.cancel_modal(asked, "")) == []
    for minutes in (5, 45, 60, 480):
        view = rescheduling.modal(hostile, Choice(NOW, timedelta(minutes=minutes), (), "UTC"), "", has_mail=True)
        assert view_offences(view) == []
        (menu,) = [b["element"] for b in view["blocks"] if b.get("block_id") == "duration"]
        assert menu["initial_option"]["value"] == str(minutes)


@pytest.mark.parametrize(
    ("has_mail", "told"),
    [
        (True, "The participant gets a confirmation by mail."),
        (False, "No mail is set up: tell the participant yourself."),
    ],
)
def test_a_session_that_follows_another_says_who_tells_the_participant(has_mail: bool, told: str) -> None:
    text = rescheduling.moved_text("CHK-7", "CHK-8", Span(NOW, NOW + timedelta(hours=1)), ["Busy."], has_mail=has_mail)
    assert text.startswith("*CHK-8* is booked for ")
    assert text.endswith(f"to follow CHK-7. {told}\n⚠ Busy.")


def test_twenty_suggested_times_are_read_on_both_clocks() -> None:
    starts = tuple(Suggestion(NOW + timedelta(hours=n), "America/Argentina/ComodRivadavia") for n in range(20))
    view = rescheduling.modal(line(), Choice(None, timedelta(hours=1), starts, "Europe/Berlin"), "", has_mail=True)
    assert view_offences(view) == []
    inputs = {b["block_id"]: b for b in view["blocks"] if b["type"] == "input"}
    options = inputs["suggested"]["element"]["options"]
    assert len(options) == 20
    assert options[0]["text"]["text"] == "Mon 23 Nov, 09:30"
    assert options[0]["description"]["text"] == "Mon 05:30 for the participant (ComodRivadavia)"
    assert "initial_date_time" not in inputs["when"]["element"]


def test_without_suggestions_the_modal_says_so() -> None:
    view = rescheduling.modal(line(), Choice(NOW, timedelta(hours=1), (), "Europe/Berlin"), "", has_mail=True)
    assert "no working hour at which everybody is free" in json.dumps(view)


@pytest.mark.parametrize("draw", [booking.confirm_modal, booking.log_modal, rescheduling.confirm_modal])
def test_what_is_asked_before_fits_whatever_the_names_and_warnings(draw: Callable[[Proposal, str], kit.View]) -> None:
    there = tuple(OpenSession("GRP-1", NOW + timedelta(hours=n), 2, 30) for n in range(8))
    shown = proposal(
        person_label=HOSTILE, study_name=LONG, warnings=tuple([LONG * 2, HOSTILE] * 10), instead=there, is_past=True
    )
    view = draw(shown, "{}")
    assert view_offences(view) == []
    assert "<!channel>" not in json.dumps(view)


def test_links_are_shown_as_they_are() -> None:
    shared = interview_details.Links([(seat(), "https://callsheet.example/s/abc_def*x*")], None, has_pages=True)
    drawn = interview_details.links(line(), shared, with_names=False)
    assert message_offences(drawn) == []
    assert "https://callsheet.example/s/abc_def*x*" in json.dumps(drawn)
    without = interview_details.links(line(link=None), interview_details.Links([], None, False), with_names=False)
    assert "no public address" in json.dumps(without)


def test_booking_modal_begins_empty_or_filled() -> None:
    assert view_offences(booking.modal(Draft(), "")) == []
    filled = Draft(
        study_id=1,
        study_label=f"CHK · {LONG}",
        participant_id=2,
        participant_label=HOSTILE,
        starts_at=NOW,
        length=timedelta(minutes=50),
        host_slack_ids=("U1", "U2"),
        title=LONG,
        description=HOSTILE,
        name="x",
    )
    view = booking.modal(filled, "{}")
    assert view_offences(view) == []
    assert [b["block_id"] for b in view["blocks"]][:5] == ["study", "participant", "email", "name", "when"]


def test_menus_offer_hostile_and_long_names() -> None:
    study = StudyLine(1, "CHK", LONG, StudyType.INTERVIEW, StudyStatus.ACTIVE, "Core", "U1", 3, 10, is_own=True)
    assert options_offences({"options": booking.study_options([study])}) == []


def proposal(**values: Any) -> Proposal:
    given: dict[str, Any] = {
        "reference": None,
        "study_key": "CHK",
        "study_name": "Checkout",
        "person_label": "Mara",
        "person_is_new": False,
        "host_slack_ids": ("U0HOST1",),
        "span": Span(NOW, NOW + timedelta(hours=1)),
        "time_zone": "Europe/Berlin",
        "notes": (),
        "warnings": (),
        **values,
    }
    return Proposal(**given)


def test_what_was_understood_is_shown_back_in_the_readers_zone() -> None:
    shown = proposal(notes=("09:30 comes twice that day.",), warnings=("Ana's calendar is busy then.",))
    text, drawn = booking.proposal(shown, "{}")
    said = json.dumps(drawn, ensure_ascii=False)
    assert "Monday 23 November 2026, 09:30–10:30 (Europe/Berlin)" in said
    assert "09:30 comes twice" in said
    assert "⚠ Ana's calendar is busy then." in said
    assert [e["text"]["text"] for e in drawn[-1]["elements"]] == ["Book it", "Change…", "Don't"]
    assert message_offences(drawn) == []
    assert text.startswith("Book *CHK* Checkout?")


def test_a_session_of_the_past_is_shown_back_as_one_to_log() -> None:
    text, drawn = booking.proposal(proposal(is_past=True), "{}")
    assert text.startswith("Log a session that took place, of *CHK* Checkout?")
    assert "Nothing is sent" in json.dumps(drawn)
    labels = [e["text"]["text"] for e in drawn[-1]["elements"]]
    assert labels == ["Log it as completed", "No-show", "Change…", "Don't"]
    assert message_offences(drawn) == []


def test_a_seat_in_a_group_session_is_shown_back_with_its_seats() -> None:
    _, drawn = booking.proposal(proposal(joins=OpenSession("GRP-3", NOW, 2, 6)), "{}")
    assert "A seat in GRP-3 (2 of 6 seats taken)." in json.dumps(drawn)


def test_a_move_is_shown_back_with_its_reference() -> None:
    _, drawn = booking.proposal(proposal(reference="CHK-7", person_label=HOSTILE, study_name=HOSTILE), "{}")
    assert drawn[-1]["elements"][0]["text"]["text"] == "Move it"
    assert "<!channel>" not in json.dumps(drawn)


def home_model(**values: Any) -> HomeModel:
    given: dict[str, Any] = {
        "now": NOW,
        "time_zone": "Europe/Berlin",
        "today": (),
        "coming": (),
        "waiting": (),
        "studies": (),
        "may_book": True,
        "may_create_study": True,
        **values,
    }
    return HomeModel(**given)


def test_home_shows_sessions_what_waits_and_seats_used() -> None:
    study = StudyLine(1, "CHK", "Checkout", StudyType.INTERVIEW, StudyStatus.PAUSED, "Core", "U1", 3, 10, is_own=True)
    unverified = line(id=8, reference="CHK-8", status=InterviewStatus.COMPLETED)
    view = home.view(home_model(today=(seen(),), waiting=(seen(unverified),), studies=(study,)))
    said = json.dumps(view, ensure_ascii=False)
    assert view_offences(view) == []
    assert "Outcome missing" in said
    assert "It took place" in said
    assert "▰▰▰▱▱▱▱▱▱▱  3 of 10 seats used" in said
    assert "Paused" in said


def test_an_empty_home_says_what_to_do() -> None:
    view = home.view(home_model())
    said = json.dumps(view, ensure_ascii=False)
    assert view_offences(view) == []
    assert "Nothing today." in said
    assert "Begin with “New study”." in said
    observer = json.dumps(home.view(home_model(may_book=False, may_create_study=False)))
    assert "Book an interview" not in observer


def test_the_fullest_home_stays_within_slacks_limits() -> None:
    study = StudyLine(1, "CHK", LONG, StudyType.INTERVIEW, StudyStatus.ACTIVE, "Core", "U1", 30, 10, is_own=True)
    full = day_of(10, study_name=HOSTILE, link=None)
    view = home.view(home_model(today=full, coming=full, waiting=full, studies=(study,) * 10))
    assert view_offences(view) == []
    assert len(view["blocks"]) <= 100
