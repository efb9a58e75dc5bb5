"""The card of somebody's answers: what it shows, how it is edited, and what is said in its thread."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from bot.integrations.ports import Unavailable
from bot.services import outgoing, review_cards, reviews
from domain.participant import ParticipantStatus
from domain.screener import Verdict
from sandbox.slack.blockkit import message_offences
from storage.models import ScreenerResponse, Study, Team
from tests import screened
from tests.builders import World
from tests.fakes import Outside

CHANNEL = "C0CORE"


def show(world: World, enrolment_id: int) -> None:
    with world.database.unit_of_work() as session:
        review_cards.show(session, enrolment_id, world.now)


def decide(world: World, enrolment_id: int, verdict: Verdict, reason: str = "") -> None:
    with world.database.unit_of_work() as session:
        reviews.decide(session, world.researcher, enrolment_id, verdict, reason, world.now)


def cards(outside: Outside) -> list[dict[str, Any]]:
    found = outside.slack.channel(CHANNEL).messages.values()
    return [message for message in found if "has answered the screener" in message["text"]]


def labels(card: dict[str, Any]) -> list[str]:
    return [element["text"]["text"] for element in card["blocks"][-1]["elements"]]


def test_the_card_shows_who_by_alias_with_the_answers_escaped_and_what_may_be_decided(
    world: World, outside: Outside
) -> None:
    with world.database.unit_of_work() as session:
        session.get_one(Study, world.study_id).participation_limit = 3
    enrolment_id = screened.answered(world, screened.publish(world))
    show(world, enrolment_id)
    outside.deliver()
    (card,) = cards(outside)
    assert card["text"] == "CHK: P1 has answered the screener. To review."
    drawn = str(card["blocks"])
    assert "*Which phone do you use?*\\nAndroid" in drawn
    assert "Shopping &amp; &lt;maps&gt;" in drawn
    assert "3 of 3 places left" in drawn
    assert "Mara" not in drawn
    assert labels(card) == ["Qualify", "Not qualify", "Discuss", "All answers"]
    assert list(message_offences(card["blocks"])) == []


def test_names_stand_on_it_where_the_team_says_so_and_contact_details_never(world: World, outside: Outside) -> None:
    version_id = screened.publish(world)
    written = "Write to mara@example.com or call +49 (30) 123 45 67, Mara Lindqvist"
    answers = {"phone": "iPhone", "about": written}
    enrolment_id = screened.answered(world, version_id, answers=answers)
    show(world, enrolment_id)
    outside.deliver()
    drawn = str(cards(outside)[0]["blocks"])
    assert "Write to m•••@example.com or call •••, •••" in drawn
    with world.database.unit_of_work() as session:
        session.execute(sa.update(Team).values(names_in_channel=True))
        review_cards.show(session, enrolment_id, world.now)
    outside.deliver()
    drawn = str(cards(outside)[0])
    assert "P1 Mara Lindqvist" in drawn
    assert "mara@example.com" not in drawn
    assert "123 45 67" not in drawn


def test_long_answers_and_many_questions_are_cut_so_that_slack_takes_them(world: World, outside: Outside) -> None:
    kind = screened.ABOUT.kind
    questions = tuple(screened.Question(f"q{n}", kind, "<&>" * 90) for n in range(30))
    version_id = screened.publish(world, screener=screened.Screener(questions))
    enrolment_id = screened.answered(world, version_id, answers={f"q{n}": "<&>" * 1500 for n in range(30)})
    show(world, enrolment_id)
    outside.deliver()
    (card,) = cards(outside)
    assert list(message_offences(card["blocks"])) == []
    assert "and 18 more: see all answers" in str(card["blocks"])


def test_a_decision_edits_the_card_in_place(world: World, outside: Outside) -> None:
    enrolment_id = screened.answered(world, screened.publish(world))
    show(world, enrolment_id)
    outside.deliver()
    decide(world, enrolment_id, Verdict.QUALIFIED)
    outside.deliver()
    (card,) = cards(outside)
    assert f"*Qualified* by {world.researcher.name}, <!date^" in str(card["blocks"])
    assert labels(card) == ["Invite to schedule", "Change…", "Discuss", "All answers"]
    with world.database.unit_of_work() as session:
        url = "https://call.example"
        assert reviews.invite(session, world.researcher, enrolment_id, url, world.now, has_mail=True) is None
    outside.deliver()
    (card,) = cards(outside)
    assert "Invited to choose a time" in str(card["blocks"])
    assert labels(card) == ["Change…", "Discuss", "All answers"]


def test_a_changed_decision_says_why(world: World, outside: Outside) -> None:
    enrolment_id = screened.answered(world, screened.publish(world))
    show(world, enrolment_id)
    decide(world, enrolment_id, Verdict.QUALIFIED)
    outside.deliver()
    assert cards(outside) == [], "it was decided before there was a card"
    other = screened.answered(world, screened.publish(world), "jon@example.com")
    show(world, other)
    outside.deliver()
    decide(world, other, Verdict.QUALIFIED)
    decide(world, other, Verdict.NOT_QUALIFIED, "too <busy>, says Mara, jon@example.com")
    outside.deliver()
    (card,) = cards(outside)
    assert "*Not qualified* by" in str(card["blocks"])
    assert "“too &lt;busy&gt;, says •••, j•••@example.com”" in str(card["blocks"])


def test_what_the_rules_decided_makes_no_noise(world: World, outside: Outside) -> None:
    enrolment_id = screened.answered(
        world, screened.publish(world), status=ParticipantStatus.SCREENER_QUALIFIED, verdict=Verdict.QUALIFIED
    )
    show(world, enrolment_id)
    outside.deliver()
    assert cards(outside) == []


def test_a_note_stands_in_the_cards_thread_and_waits_for_the_card(world: World, outside: Outside) -> None:
    enrolment_id = screened.answered(world, screened.publish(world))
    with world.database.unit_of_work() as session:
        reviews.discuss(session, world.researcher, enrolment_id, "Mara uses <two> phones", world.now)
    outside.deliver()
    assert outside.slack.channel(CHANNEL).messages == {}
    show(world, enrolment_id)
    outside.deliver()
    outside.clock.move(timedelta(minutes=2))
    outside.deliver()
    (card,) = cards(outside)
    said = outside.slack.said_in(CHANNEL, card["ts"])
    assert said == [f"<@{world.researcher.slack_user_id}>: ••• uses &lt;two&gt; phones"]


def test_answers_that_are_gone_leave_nothing_on_the_card(world: World, outside: Outside) -> None:
    enrolment_id = screened.answered(world, screened.publish(world))
    show(world, enrolment_id)
    outside.deliver()
    with world.database.unit_of_work() as session:
        session.execute(sa.delete(ScreenerResponse))
        review_cards.show_again(session, world.workspace_id, enrolment_id, world.now)
    outside.deliver()
    (message,) = outside.slack.channel(CHANNEL).messages.values()
    assert "Android" not in str(message)
    assert message["text"] == "These answers are not kept any more."


def test_the_studys_card_counts_who_qualified_and_who_waits_for_a_review(world: World, outside: Outside) -> None:
    version_id = screened.publish(world)
    screened.answered(world, version_id)
    screened.answered(
        world, version_id, "q@example.com", status=ParticipantStatus.SCREENER_QUALIFIED, verdict=Verdict.QUALIFIED
    )
    with world.database.unit_of_work() as session:
        outgoing.post_study(session, session.get_one(Study, world.study_id), world.now)
    outside.deliver()
    (card,) = outside.slack.channel(CHANNEL).messages.values()
    assert "Qualified 1 · To review 1" in card["text"]
    assert labels(card)[0] == "1 to review"


def test_a_card_whose_fate_was_unknown_is_found_and_says_what_was_decided_meanwhile(
    world: World, outside: Outside
) -> None:
    enrolment_id = screened.answered(world, screened.publish(world))
    show(world, enrolment_id)
    outside.slack.fail("chat.postMessage", Unavailable("The line went dead.", went_out=None))
    outside.deliver()
    decide(world, enrolment_id, Verdict.QUALIFIED)
    outside.clock.move(timedelta(minutes=30))
    outside.deliver()
    (card,) = cards(outside)
    assert "Qualified" in str(card["blocks"])
    assert "Qualify" not in labels(card)
    assert len(outside.slack.called("chat.postMessage")) == 1
