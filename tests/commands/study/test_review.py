"""Reviewing answers in Slack: the card's buttons, the modal with all answers, the list, an interview's responses."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from bot.blocks import interview_details
from bot.blocks.ids import InterviewId, StudyId
from bot.commands.interview import details
from bot.commands.interview import responses as interview_responses
from bot.commands.study import responses, review
from bot.services import schedule
from bot.slack.outcomes import Close, Nothing, Open, Replace, Reply, Update
from domain.errors import NotAllowed, Stale
from domain.participant import ParticipantStatus
from domain.screener import Verdict
from storage.models import Attendee, OutboxRow
from tests import screened
from tests.builders import World, rows
from tests.commands.screen import Screen, buttons, text_of

AROUND: dict[str, Any] = {
    "public_url": "https://callsheet.example",
    "has_mail": True,
    "view": {},
    "metadata": "",
}
S = ParticipantStatus


def mails(world: World) -> list[str]:
    found = rows(world.database, sa.select(OutboxRow.payload).where(OutboxRow.kind == "mail_enrolment"))
    return [payload["mail"] for (payload,) in found]


def waiting(world: World, **given: Any) -> str:
    return str(screened.answered(world, screened.publish(world), **given))


def test_qualify_on_the_card_invites_at_once_and_a_second_person_is_told_who_decided(
    screen: Screen, world: World
) -> None:
    value = waiting(world)
    assert screen.run(review.qualify, world.researcher, value=value, **AROUND) == Nothing()
    assert mails(world) == ["scheduler"]
    assert screened.status_of(world, int(value)) is S.INTERVIEW_INVITED
    with pytest.raises(Stale, match="P1 was qualified by Researcher 3"):
        screen.run(review.not_qualify, world.admin, value=value, **AROUND)
    assert mails(world) == ["scheduler"]


def test_without_mail_they_are_qualified_and_it_is_said_why_nobody_was_invited(screen: Screen, world: World) -> None:
    value = waiting(world)
    said = screen.run(review.qualify, world.researcher, value=value, **{**AROUND, "has_mail": False})
    assert "*P1* is qualified, and not invited: No mail is set up" in text_of(said)
    assert screened.status_of(world, int(value)) is S.SCREENER_QUALIFIED
    assert screen.run(review.invite, world.researcher, value=value, **AROUND) == Nothing()
    assert mails(world) == ["scheduler"]


def test_not_qualify_sends_nothing_and_is_changed_with_a_reason(screen: Screen, world: World) -> None:
    value = waiting(world)
    assert screen.run(review.not_qualify, world.researcher, value=value, **AROUND) == Nothing()
    asked = screen.run(review.ask_to_change, world.admin, value=value)
    assert isinstance(asked, Open)
    assert "They will be *Qualified*" in text_of(asked)
    metadata = asked.view["private_metadata"]
    with pytest.raises(Stale, match=f"was not qualified by {world.researcher.name}.*give a reason"):
        screen.run(review.change, world.admin, fields={"reason": " "}, metadata=metadata)
    done = screen.run(review.change, world.admin, fields={"reason": "fits"}, metadata=metadata)
    assert isinstance(done, Close)
    assert "*P1* in *CHK*: qualified now. No mail was sent." in text_of(done)
    with pytest.raises(Stale, match=r"was qualified by .* already"):
        screen.run(review.change, world.researcher, fields={"reason": "fits"}, metadata=metadata)
    assert mails(world) == []


def test_observers_decide_nothing_and_read_nothing(screen: Screen, world: World) -> None:
    value = waiting(world)
    for body in (review.qualify, review.not_qualify, review.answers, review.ask_to_change, review.ask_to_discuss):
        with pytest.raises(NotAllowed):
            screen.run(body, world.observer, value=value, **AROUND)
    with pytest.raises(NotAllowed):
        screen.run(responses.typed, world.observer, arguments="CHK")
    assert screened.status_of(world, int(value)) is S.SCREENER_COMPLETED


def test_all_answers_are_decided_in_their_modal_which_is_drawn_anew(screen: Screen, world: World) -> None:
    long = "A <long> story.\n" * 300
    value = waiting(world, answers={"phone": "iPhone", "about": long})
    shown = screen.run(review.answers, world.researcher, value=value)
    assert isinstance(shown, Open)
    assert "*P1 Mara Lindqvist* · Screener Completed" in text_of(shown)
    assert text_of(shown).count("A <long> story.") == 300, "the whole of it, as plain text"
    assert {StudyId.QUALIFY, StudyId.NOT_QUALIFY} <= buttons(shown).keys()
    drawn = screen.run(review.not_qualify, world.researcher, value=value, view=shown.view, metadata="")
    assert isinstance(drawn, Update)
    assert f"*Not qualified* by {world.researcher.name}" in text_of(drawn)
    assert StudyId.QUALIFY not in buttons(drawn)


def test_a_note_is_asked_for_and_posted(screen: Screen, world: World) -> None:
    asked = screen.run(review.ask_to_discuss, world.researcher, value=waiting(world))
    assert isinstance(asked, Open)
    metadata = asked.view["private_metadata"]
    screen.run(review.discuss, world.researcher, fields={"note": "Hm"}, metadata=metadata)
    found = rows(world.database, sa.select(OutboxRow.payload).where(OutboxRow.kind == "slack_review_note"))
    assert [payload["text"] for (payload,) in found] == ["Hm"]


def test_the_list_goes_from_tab_to_tab_and_page_to_page(screen: Screen, world: World) -> None:
    version_id = screened.publish(world)
    for n in range(9):
        screened.answered(world, version_id, f"w{n}@example.com", name=f"Waiting {n}")
    screened.answered(
        world, version_id, "q@example.com", name="Good", status=S.SCREENER_QUALIFIED, verdict=Verdict.QUALIFIED
    )
    first = screen.run(responses.typed, world.researcher, arguments="chk")
    assert isinstance(first, Reply)
    assert "To review (9)" in text_of(first)
    assert "Waiting 7" in text_of(first)
    assert "Waiting 8" not in text_of(first)
    further = screen.run(responses.further, world.researcher, value=buttons(first)[StudyId.RESPONSES_NEXT])
    assert isinstance(further, Replace)
    assert "Waiting 8" in text_of(further)
    tab = screen.run(responses.qualified, world.researcher, value=buttons(first)[StudyId.RESPONSES_QUALIFIED])
    assert "Good" in text_of(tab)
    none = screen.run(responses.not_qualified, world.researcher, value="CHK")
    assert "There is nobody who did not qualify." in text_of(none)


def test_an_interviews_details_lead_to_its_responses_for_those_who_manage_it(screen: Screen, world: World) -> None:
    interview = world.book()
    with world.database.reading() as session:
        enrolment_id = session.scalars(sa.select(Attendee.enrolment_id).where(Attendee.enrolment_id.is_not(None))).one()
    assert enrolment_id is not None
    without = screen.run(details.open_details, world.researcher, value=str(interview.id))
    assert InterviewId.RESPONSES not in buttons(without)
    screened.answer(world, enrolment_id, screened.publish(world))
    shown = screen.run(details.open_details, world.researcher, value=str(interview.id))
    value = buttons(shown)[InterviewId.RESPONSES]
    assert "Android" in text_of(screen.run(interview_responses.clicked, world.researcher, value=value))
    typed = screen.run(interview_responses.typed, world.researcher, arguments=interview.reference)
    assert "Android" in text_of(typed)
    observed = screen.run(details.open_details, world.observer, value=str(interview.id))
    assert InterviewId.RESPONSES not in buttons(observed)
    with pytest.raises(NotAllowed, match="only those who manage CHK read it"):
        screen.run(interview_responses.clicked, world.observer, value=value)


def test_details_said_aloud_in_a_channel_hold_no_way_to_the_responses(screen: Screen, world: World) -> None:
    interview = world.book()
    with world.database.reading() as session:
        found = schedule.details(session, world.observer, interview.id)
    assert interview_details.responses_button(found) == []
