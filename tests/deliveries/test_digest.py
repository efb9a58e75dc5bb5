"""The digest as it stands in the channel."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from bot.blocks import kit
from bot.integrations.ports import Unavailable
from bot.jobs import digests as job
from bot.services import outcomes, outgoing
from bot.services.outgoing import Kind
from domain.attendance import Rsvp
from domain.interview import InterviewStatus
from storage import projections
from storage.models import Attendee, Participant, Team
from tests.builders import ONE_DATABASE, World
from tests.fakes import Outside

CHANNEL = "C0CORE"


def post_digest(world: World, outside: Outside, **team: Any) -> list[dict[str, Any]]:
    """Have the digest posted. Its messages."""
    with world.database.unit_of_work() as session:
        values = {"next_digest_at": outside.clock.now(), **team}
        session.execute(sa.update(Team).where(Team.id == world.team_id).values(**values))
    job.sweep(world.database, outside.clock.now())
    outside.deliver()
    return digest_messages(outside)


def digest_messages(outside: Outside) -> list[dict[str, Any]]:
    return [m for m in outside.slack.channel(CHANNEL).messages.values() if m["text"].startswith("Monday")]


def text_of(message: dict[str, Any]) -> str:
    return "\n".join(str(block) for block in message["blocks"])


def test_headline_counts_sessions_and_what_needs_attention(world: World, outside: Outside) -> None:
    world.book()
    fine = world.book(timedelta(hours=3))
    with world.database.unit_of_work() as session:
        session.execute(sa.update(Attendee).where(Attendee.interview_id == fine.id).values(rsvp=Rsvp.ACCEPTED))
    outside.deliver(Kind.CALENDAR, Kind.CARD)
    with world.database.unit_of_work() as session:
        session.get_one(type(fine), fine.id).link = "https://meet.example/x"
    (message,) = post_digest(world, outside)

    assert message["blocks"][0]["text"]["text"] == "Monday 23 November · 2 sessions, 1 needs attention"
    assert "<!date^" in text_of(message)


def test_participants_go_by_alias_unless_the_team_wants_names(world: World, outside: Outside) -> None:
    world.book()
    (message,) = post_digest(world, outside)

    assert "P1" in text_of(message)
    assert "Mara" not in text_of(message)


def test_names_are_shown_where_the_team_wants_them(world: World, outside: Outside) -> None:
    world.book()
    (message,) = post_digest(world, outside, names_in_channel=True)

    assert "Mara Lindqvist" in text_of(message)


def test_names_never_go_to_a_channel_shared_with_strangers(world: World, outside: Outside) -> None:
    world.book()
    outside.slack.channel(CHANNEL).is_shared = True
    (message,) = post_digest(world, outside, names_in_channel=True)

    assert "Mara" not in text_of(message)


@ONE_DATABASE
def test_sixty_sessions_with_hostile_names_stay_within_slacks_limits(world: World, outside: Outside) -> None:
    for n in range(60):
        world.book(timedelta(minutes=30 + 10 * n), length=timedelta(minutes=10), name="<!channel> *x* & <b>" * 10)
    messages = post_digest(world, outside, names_in_channel=True)

    assert len(messages) == 5
    for message in messages:
        assert len(message["blocks"]) <= 50
        assert kit.characters(message["blocks"]) <= kit.MESSAGE_CHARACTERS
        assert "<!channel>" not in text_of(message)
    shown = "".join(text_of(message) for message in messages)
    assert all(f"CHK-{n}*" in shown for n in range(1, 61))


def test_digest_is_drawn_again_when_a_session_in_it_changes(world: World, outside: Outside) -> None:
    interview = world.book()
    post_digest(world, outside)
    with world.database.unit_of_work() as session:
        outcomes.mark_no_show(session, world.researcher, interview.id, outside.clock.now())
    outside.deliver()

    (message,) = digest_messages(outside)
    assert InterviewStatus.NO_SHOWED.label in text_of(message)
    assert message["blocks"][0]["text"]["text"] == "Monday 23 November · 1 session"


def test_digest_whose_post_is_in_doubt_is_found_and_not_posted_again(world: World, outside: Outside) -> None:
    world.book()
    outside.deliver()
    outside.slack.fail("chat.postMessage", Unavailable("The connection broke off."))
    post_digest(world, outside)
    outside.clock.move(timedelta(minutes=3))
    outside.deliver()

    assert len(digest_messages(outside)) == 1
    with world.database.reading() as session:
        key = f"{world.workspace_id}:digest:{world.team_id}:2026-11-23:1"
        assert projections.find(session, world.workspace_id, Kind.DIGEST_UPDATE, key) is not None


def test_digest_that_was_deleted_stays_gone(world: World, outside: Outside) -> None:
    world.book()
    post_digest(world, outside)
    outside.slack.channel(CHANNEL).messages.clear()
    with world.database.unit_of_work() as session:
        key = f"{world.workspace_id}:digest:{world.team_id}:2026-11-23:1"
        session.execute(sa.update(Participant).values(name="Somebody else"))
        session.execute(sa.update(Attendee).values(rsvp=Rsvp.DECLINED))
        outgoing.show_digest(session, world.workspace_id, key, CHANNEL, outside.clock.now())
    outside.deliver()

    assert digest_messages(outside) == []
    assert outside.dead == []
