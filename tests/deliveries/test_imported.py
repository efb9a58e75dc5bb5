"""Files dropped into a message to the bot: from the event to the report in the thread."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from bot.commands.callsheet import dropped_file
from bot.integrations.ports import Refused, Unavailable
from domain.roles import Actor, Role
from storage.models import Member, OutboxRow, Participant
from tests.builders import SLACK_TEAM, World, rows
from tests.fakes import Outside

DIRECT = "D0DIRECT"
URL = "https://files.slack.com/files-pri/T0-F1/download/people.csv"


def drop(world: World, actor: Actor, name: str = "people.csv", **changed: Any) -> None:
    """Somebody drops a file into a message to the bot."""
    file = {"id": "F1", "name": name, "size": 100, "url_private_download": URL}
    event = {
        "type": "message",
        "subtype": "file_share",
        "channel_type": "im",
        "channel": DIRECT,
        "user": actor.slack_user_id,
        "ts": "1795000000.000100",
        "files": [file],
        **changed,
    }
    with world.database.unit_of_work() as session:
        dropped_file.dropped(session, event, SLACK_TEAM, world.now)


def answers(outside: Outside) -> list[str]:
    return outside.slack.said_in(DIRECT, "1795000000.000100")


def test_participants_are_imported_as_who_dropped_them_and_reported_on_in_the_thread(
    world: World, outside: Outside
) -> None:
    outside.slack.files[URL] = b"email,study,<!channel>\na@example.com,CHK,x\nnot <!here>,CHK,x\n"
    drop(world, world.researcher)
    outside.deliver()
    (said,) = answers(outside)
    assert "“people.csv”: 2 participants: 1 added, 1 refused." in said
    assert "Row 3, “email”: “not &lt;!here&gt;” is not an e-mail address." in said
    assert "<!" not in said
    assert rows(world.database, sa.select(Participant.email)) == [("a@example.com",)]


def test_a_file_with_starts_holds_interviews(world: World, outside: Outside) -> None:
    outside.slack.files[URL] = b"study,email,start\nCHK,a@example.com,2026-11-20 10:00\n"
    drop(world, world.researcher)
    outside.deliver()
    assert "1 interview: 1 added." in answers(outside)[0]


def test_the_same_event_twice_imports_once(world: World, outside: Outside) -> None:
    outside.slack.files[URL] = b"email,study\na@example.com,CHK\n"
    drop(world, world.researcher)
    drop(world, world.researcher)
    outside.deliver()
    assert len(answers(outside)) == 1


def test_a_report_that_could_not_be_posted_is_posted_later_as_it_was(world: World, outside: Outside) -> None:
    outside.slack.files[URL] = b"email,study\na@example.com,CHK\n"
    outside.slack.fail("chat.postMessage", Unavailable("Slack is gone.", went_out=False))
    drop(world, world.researcher)
    outside.deliver()
    assert answers(outside) == []
    outside.clock.move(timedelta(minutes=2))
    outside.deliver()
    assert "1 participant: 1 added." in answers(outside)[0]


def test_many_problems_are_counted_after_the_first_twenty(world: World, outside: Outside) -> None:
    outside.slack.files[URL] = b"email,study\n" + b"bad,CHK\n" * 50
    drop(world, world.researcher)
    outside.deliver()
    (said,) = answers(outside)
    assert "50 refused" in said
    assert "Row 21," in said
    assert "Row 22," not in said
    assert "… and 30 more rows." in said


def test_what_is_wrong_with_a_file_is_said(world: World, outside: Outside) -> None:
    outside.slack.files[URL] = b"Name,City\nMara,Berlin\n"
    drop(world, world.researcher)
    outside.deliver()
    assert "was not brought in. A file of participants needs a column with the e-mail address" in answers(outside)[0]


def test_a_file_that_slack_does_not_hand_out_is_said(world: World, outside: Outside) -> None:
    outside.slack.fail("download", Refused("Slack does not hand out the file."))
    drop(world, world.researcher)
    outside.deliver()
    assert answers(outside) == ["“people.csv” was not brought in. Slack does not hand out the file."]


def test_other_files_large_ones_and_people_who_may_not_are_told_at_once(world: World, outside: Outside) -> None:
    drop(world, world.observer)
    outside.deliver()
    assert "your role is Observer" in answers(outside)[0]
    file = {"id": "F2", "name": "photo.png", "size": 100, "url_private_download": URL}
    large = {"id": "F3", "name": "people.csv", "size": 11 * 1024 * 1024, "url_private_download": URL}
    drop(world, world.researcher, files=[file, large])
    outside.deliver()
    assert "I can't read “photo.png”. Save it as CSV" in answers(outside)[1]
    assert "is larger than 10 MB" in answers(outside)[2]
    assert outside.slack.called("download") == []


def test_what_bots_say_and_what_is_said_elsewhere_is_none_of_ours(world: World, outside: Outside) -> None:
    drop(world, world.researcher, bot_id="B1")
    drop(world, world.researcher, channel_type="channel")
    drop(world, world.researcher, subtype="message_changed")
    drop(world, world.researcher, files=None)
    assert rows(world.database, sa.select(OutboxRow.id)) == []


def test_somebody_new_becomes_an_observer_first(world: World, outside: Outside) -> None:
    stranger = Actor(world.workspace_id, 0, "U0NEW", "", Role.OBSERVER, "UTC")
    drop(world, stranger)
    assert rows(world.database, sa.select(Member.role).where(Member.slack_user_id == "U0NEW")) == [(Role.OBSERVER,)]
