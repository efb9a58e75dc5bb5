"""Files dropped into a message to the bot: from the event to the preview and the report in the thread."""

from __future__ import annotations

import io
import json
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
import xlsxwriter

from bot.blocks.ids import CallsheetId
from bot.commands.callsheet import dropped_file, importing
from bot.importing import preview_data
from bot.integrations.ports import Refused, Unavailable
from domain.errors import NotFound, RuleError, Stale
from domain.roles import Actor, Role
from storage.models import Interview, Member, OutboxRow, Participant
from tests.builders import SLACK_TEAM, World, rows
from tests.commands.inputs import inputs_of, metadata_of
from tests.commands.screen import Screen
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


def preview(outside: Outside) -> dict[str, Any]:
    """The blocks of the latest message in the thread, by their buttons' action ids."""
    message = list(outside.slack.channel(DIRECT).messages.values())[-1]
    buttons = [element for block in message["blocks"] if block["type"] == "actions" for element in block["elements"]]
    return {button["action_id"]: button for button in buttons}


def shown(outside: Outside) -> str:
    """All that can be read in the latest message."""
    return json.dumps(list(outside.slack.channel(DIRECT).messages.values())[-1]["blocks"], ensure_ascii=False)


def bring_in(world: World, outside: Outside, screen: Screen, actor: Actor | None = None) -> None:
    """Look at the file, and have it brought in."""
    outside.deliver()
    value = preview(outside)[CallsheetId.IMPORT_GO]["value"]
    screen.run(importing.go, actor or world.researcher, value=value)
    outside.deliver()


def test_participants_are_imported_as_who_dropped_them_and_reported_on_in_the_thread(
    world: World, outside: Outside, screen: Screen
) -> None:
    outside.slack.files[URL] = b"email,study,<!channel>\na@example.com,CHK,x\nnot <!here>,CHK,x\n"
    drop(world, world.researcher)
    bring_in(world, outside, screen)
    said = answers(outside)[1]
    assert "“people.csv”: 2 participants: 1 added, 1 refused." in said
    assert "Row 3, “email”: “not &lt;!here&gt;” is not an e-mail address." in said
    assert "<!" not in said
    assert rows(world.database, sa.select(Participant.email)) == [("a@example.com",)]


def test_a_file_with_starts_holds_interviews(world: World, outside: Outside, screen: Screen) -> None:
    outside.slack.files[URL] = b"study,email,start\nCHK,a@example.com,2026-11-20 10:00\n"
    drop(world, world.researcher)
    outside.deliver()
    assert "1 interview: 1 added." in shown(outside)
    assert rows(world.database, sa.select(Interview.id)) == []
    bring_in(world, outside, screen)
    assert "1 interview: 1 added." in answers(outside)[1]


def test_nothing_is_written_before_somebody_says_so_and_they_see_what_would_change(
    world: World, outside: Outside, screen: Screen
) -> None:
    world.participant("a@example.com", "Ann Ode", phone="1")
    outside.slack.files[URL] = (
        b"email,Name,Phone,Plan,study\nA@example.com,,2,<b>,CHK\nb@example.com,Bo,,,CHK\nb@example.com,Bo B,,,CHK\n"
    )
    drop(world, world.researcher)
    outside.deliver()
    text = shown(outside)
    assert "3 participants: 1 added, 2 changed." in text
    assert "P1 · Phone: ••• → 2" in text, "P1 is in no study of theirs"
    for_admin = preview_data(world.database, world.admin, outside.slack.files[URL], None, {}, world.now)
    assert (for_admin.changes[0].before, for_admin.changes[0].after) == ("1", "2")
    assert "P1 · Plan: – → &lt;b&gt;" in text
    assert "1 row is about somebody whom an earlier row names" in text
    assert "E-mail ← “email”" in text
    assert rows(world.database, sa.select(Participant.email)) == [("a@example.com",)]


def test_columns_are_chosen_and_the_file_is_looked_at_again(world: World, outside: Outside, screen: Screen) -> None:
    outside.slack.files[URL] = b"Contact,Secret,study\na@example.com,x,CHK\n"
    drop(world, world.researcher)
    outside.deliver()
    assert "needs a column with the e-mail address" in shown(outside)
    first = preview(outside)
    assert CallsheetId.IMPORT_GO not in first
    modal = screen.run(importing.open_columns, world.researcher, value=first[CallsheetId.IMPORT_COLUMNS]["value"])
    fields = inputs_of(modal) | {"column_0": "email", "column_1": "skip"}
    screen.run(importing.choose, world.researcher, fields=fields, metadata=metadata_of(modal))
    outside.deliver()
    assert "Left out: “Secret”" in shown(outside)
    bring_in(world, outside, screen)
    assert rows(world.database, sa.select(Participant.email, Participant.properties)) == [("a@example.com", {})]
    with pytest.raises(RuleError, match="decided about already"):
        screen.run(importing.drop, world.researcher, value=first[CallsheetId.IMPORT_DROP]["value"])


def test_a_file_is_decided_about_once_and_by_its_owner_alone(world: World, outside: Outside, screen: Screen) -> None:
    outside.slack.files[URL] = b"email,study\na@example.com,CHK\n"
    drop(world, world.researcher)
    outside.deliver()
    value = preview(outside)[CallsheetId.IMPORT_GO]["value"]
    with pytest.raises(NotFound):
        screen.run(importing.go, world.admin, value=value)
    screen.run(importing.drop, world.researcher, value=value)
    with pytest.raises(Stale):
        screen.run(importing.go, world.researcher, value=value)
    outside.deliver()
    assert rows(world.database, sa.select(Participant.id)) == []


def test_a_workbook_is_read_like_a_csv(world: World, outside: Outside, screen: Screen) -> None:
    data = io.BytesIO()
    workbook = xlsxwriter.Workbook(data, {"in_memory": True})
    sheet = workbook.add_worksheet("People")
    sheet.write_row(0, 0, ["E-mail", "Study", "Age"])
    sheet.write_row(1, 0, ["a@example.com", "CHK", 42])
    workbook.add_worksheet("Notes").write_row(0, 0, ["x"])
    workbook.close()
    outside.slack.files[URL] = data.getvalue()
    drop(world, world.researcher, name="people.xlsx")
    outside.deliver()
    assert "Only the first sheet was read, “People”: there are 1 more." in shown(outside)
    bring_in(world, outside, screen)
    assert rows(world.database, sa.select(Participant.email, Participant.properties)) == [
        ("a@example.com", {"Age": "42"})
    ]


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
    assert "1 participant: 1 added." in shown(outside)


def test_many_problems_are_counted_after_the_first_twenty(world: World, outside: Outside, screen: Screen) -> None:
    outside.slack.files[URL] = b"email,study\n" + b"bad,CHK\n" * 50 + b"a@example.com,CHK\n"
    drop(world, world.researcher)
    outside.deliver()
    assert "… and 40 more rows." in shown(outside)
    bring_in(world, outside, screen)
    said = answers(outside)[1]
    assert "50 refused" in said
    assert "Row 21," in said
    assert "Row 22," not in said
    assert "… and 30 more rows." in said


def test_what_is_wrong_with_a_file_is_said(world: World, outside: Outside) -> None:
    outside.slack.files[URL] = b"Name,City\nMara,Berlin\n"
    drop(world, world.researcher)
    outside.deliver()
    assert "can't be brought in as it is. A file of participants needs a column with the e-mail" in answers(outside)[0]


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
    assert "I can't read “photo.png”. Save it as .xlsx or CSV" in answers(outside)[1]
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
