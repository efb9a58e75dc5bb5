"""Whatever is posted in channels names nobody, unless the team says so and no stranger reads along."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.services import cancellations, digests, erasing, links, notes, opting_out, outcomes, outgoing
from bot.services.cancellations import Cancellation
from domain.alert import AlertKind
from domain.interview import CancelReason
from domain.person import LinkPurpose
from domain.study import StudyType
from storage.models import Attendee, Enrolment, Interview, OutboxRow, Team
from tests.builders import World
from tests.fakes import Outside, slack_error

KAI = "kai.sundqvist@example.com"
NAME = "Kai Sundqvist"
PHONE = "+46 70 123 45 67"


@pytest.fixture
def outside(world: World) -> Outside:
    return Outside.of(world.database, world.now)


def do(world: World, act: Callable[[Session], object]) -> None:
    with world.database.unit_of_work() as session:
        act(session)


def live(world: World, outside: Outside) -> None:
    """Everything that a channel hears of somebody: booked, noted, alerted of, moved, bounced, cancelled, opted out."""
    world.calendar(world.researcher)
    first = world.book(timedelta(hours=2), email=KAI, name=NAME, guest_ids=())
    second = world.book(timedelta(days=1), email=KAI, name=NAME)
    group = world.study("GRP", "Group", type=StudyType.GROUP_INTERVIEW, capacity=3)
    third = world.book(timedelta(days=2), email=KAI, name=NAME, study_id=group.id)
    outside.deliver()
    do(world, lambda s: notes.add(s, world.researcher, first.id, "asked for a summary", world.now))
    seats = {}
    with world.database.reading() as session:
        for interview in (first, second, third):
            seats[interview.id] = session.scalars(
                sa.select(Attendee.id).where(
                    Attendee.interview_id == interview.id, Attendee.participant_id.is_not(None)
                )
            ).one()
        enrolment = session.scalars(sa.select(Enrolment.id).order_by(Enrolment.id)).first()
    assert enrolment is not None

    def alert_all(session: Session) -> None:
        for kind in AlertKind:
            found = session.get_one(Interview, first.id)
            outgoing.alert(
                session,
                found,
                kind,
                world.now,
                once="try",
                attendee_id=seats[first.id],
                why="It was so.",
                by=world.researcher.slack_user_id,
                moved=[world.now.isoformat(), found.starts_at.isoformat()],
            )

    do(world, alert_all)
    outside.deliver()
    do(world, lambda s: digests.post_now(s, world.admin, world.team_id, world.now))
    do(world, lambda s: outcomes.mark_no_show(s, world.researcher, first.id, world.now))
    outside.deliver()
    why = Cancellation(CancelReason.OTHER, "they moved")
    do(world, lambda s: cancellations.cancel(s, world.researcher, second.id, why, world.now))
    outside.deliver()
    secret = ""
    with world.database.unit_of_work() as session:
        secret = links.issue_for(session, enrolment, LinkPurpose.UNSUBSCRIBE, world.now)
    do(world, lambda s: opting_out.opt_out(s, secret, world.now))
    outside.deliver()


def said(outside: Outside) -> str:
    """Everything in channels, with its blocks and threads."""
    return "\n".join(
        str(message)
        for channel_id, channel in outside.slack.channels.items()
        if channel_id.startswith("C")
        for message in channel.messages.values()
    )


def named(text: str) -> list[str]:
    return [word for word in ("Kai", "Sundqvist", "kai.", PHONE) if word in text]


def test_no_channel_hears_a_name_an_address_or_a_number(world: World, outside: Outside) -> None:
    live(world, outside)
    assert named(said(outside)) == []
    assert "P1" in said(outside)
    assert len(outside.slack.channel("C0CORE").messages) >= 12


def test_a_team_that_wants_names_gets_names_and_no_addresses(world: World, outside: Outside) -> None:
    do(world, lambda s: s.execute(sa.update(Team).values(names_in_channel=True)))
    live(world, outside)
    assert "Kai Sundqvist" in said(outside)
    assert KAI not in said(outside)


def test_where_strangers_read_along_nobody_is_named_whatever_the_team_wants(world: World, outside: Outside) -> None:
    do(world, lambda s: s.execute(sa.update(Team).values(names_in_channel=True)))
    outside.slack.channel("C0CORE").is_shared = True
    live(world, outside)
    assert named(said(outside)) == []


def test_a_channel_that_is_shared_later_loses_the_names_with_the_next_drawing(world: World, outside: Outside) -> None:
    do(world, lambda s: s.execute(sa.update(Team).values(names_in_channel=True)))
    interview = world.book(timedelta(days=1), email=KAI, name=NAME)
    outside.deliver()
    assert "Kai Sundqvist" in said(outside)
    outside.slack.channel("C0CORE").is_shared = True
    do(world, lambda s: outgoing.show(s, s.get_one(Interview, interview.id), world.now))
    outside.deliver()
    assert named(said(outside)) == []


def test_of_a_channel_that_slack_does_not_tell_about_nobody_knows_who_reads_it(world: World, outside: Outside) -> None:
    do(world, lambda s: s.execute(sa.update(Team).values(names_in_channel=True)))
    outside.slack.fail("conversations.info", *[slack_error("missing_scope")] * 9)
    world.book(timedelta(days=1), email=KAI, name=NAME)
    outside.deliver()
    assert named(said(outside)) == []
    assert "P1" in said(outside)


def test_what_goes_to_the_outbox_for_channels_holds_no_name(world: World, outside: Outside) -> None:
    live(world, outside)
    do(world, lambda s: erasing.erase(s, world.admin, "P1", world.now))
    with world.database.reading() as session:
        rows = session.scalars(sa.select(OutboxRow).where(OutboxRow.kind.like("slack_%")))
        assert named("\n".join(str(row.payload) for row in rows)) == []
