"""Everything about one person as a file: whole, theirs alone, and no formula in it."""

from __future__ import annotations

import csv
import io
import json
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.integrations.ports import Unavailable
from bot.services import erasing, exports
from bot.services.exports import ExportFormat, person
from bot.services.exports.files import as_csv, cell, flat
from bot.services.outgoing import Kind
from domain.audit import AuditAction
from domain.errors import NotAllowed, NotFound
from domain.roles import Actor, Role
from domain.study import StudyType
from storage.models import AuditEntry, Member
from tests.builders import World, counted_statements, rows
from tests.fakes import Outside, slack_error
from tests.services.conftest import Desk
from tests.services.test_erasing import KAI, NAME, OTHER, PHONE, live


@pytest.fixture
def outside(world: World) -> Outside:
    return Outside.of(world.database, world.now)


def export(desk: Desk, called: str = "P1", form: ExportFormat = ExportFormat.JSON, actor: Actor | None = None) -> bytes:
    who = actor or desk.world.admin

    def act(session: Session) -> bytes:
        _, wanted = person.ask(session, who, called, form, desk.world.now)
        return exports.make(session, who, wanted, desk.world.now).data

    return desk.do(act)


def test_the_file_holds_everything_that_is_known(desk: Desk, world: World, outside: Outside) -> None:
    live(desk)
    outside.deliver()
    found: dict[str, Any] = json.loads(export(desk))
    assert found["person"]["name"] == NAME
    assert found["person"]["email"] == KAI
    assert found["person"]["other_emails"] == [OTHER]
    assert found["person"]["phone"] == PHONE
    assert found["person"]["properties"] == {"city": "Uppsala", "employer": "Sundqvist AB"}
    assert found["contact"]["do_not_contact_reason"] == "Sundqvist asked us to wait"
    (study,) = found["studies"]
    assert study["study"] == "CHK"
    assert study["reason"] == "Kai is on parental leave"
    assert study["history"][-1]["reason"] == "Sundqvist called"
    assert study["screener"]["answers"] == [{"question": "q1", "answer": "I work at Sundqvist AB"}]
    assert len(study["consents"]) == 1
    assert study["waits_for"]["time"] == "earlier"
    assert [each["reference"] for each in found["sessions"]] == ["CHK-1", "CHK-2"]
    assert "Sundqvist asked for a summary" in str(found["sessions"][0]["timeline"])
    assert [mail["kind"] for mail in found["mails"]] == ["confirmation", "confirmation"]
    assert found["notes"][0]["text"] == "Kai prefers mornings"
    assert found["overrides"][0]["reason"] == f"{NAME} insists"
    assert found["blocklist_suggestions"][0]["by"] == "Rae"
    assert found["links"]
    assert "exported everything about P1 as JSON" in str(found["audit_log"])


def test_what_is_about_others_in_a_group_is_not_in_it(desk: Desk, world: World) -> None:
    group = world.study("GRP", "Group", type=StudyType.GROUP_INTERVIEW, capacity=3)
    at = world.now + timedelta(days=1)
    for email, name in ((KAI, NAME), ("noa@example.com", "Noa Berg")):
        world.book(study_id=group.id, starts_at=at, email=email, name=name)
    text = export(desk).decode()
    assert "booked P1" in text
    assert "P2" not in text
    assert "noa" not in text


def test_the_same_as_csv_is_one_line_a_fact(desk: Desk) -> None:
    live(desk)
    lines = list(csv.DictReader(io.StringIO(export(desk, form=ExportFormat.CSV).decode("utf-8-sig"))))
    facts = {(line["section"], line["field"]): line["value"] for line in lines}
    assert facts["person", "name"] == NAME
    assert facts["person", "phone"] == f"'{PHONE}", "a plus sign would be a formula"
    assert facts["studies 1 screener answers 1", "answer"] == "I work at Sundqvist AB"
    assert facts["sessions 2", "reference"] == "CHK-2"


@pytest.mark.parametrize(
    "value",
    ["=1+1", "+49 30", "-2", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "  =1", '=HYPERLINK("https://x")', "\uff1d1+1"],
)
def test_no_cell_is_a_formula(value: str) -> None:
    assert cell(value) == f"'{value}"


def test_no_column_is_called_by_a_formula() -> None:
    assert as_csv(["=1+1", "plan"], [["x", "=2"]]).decode("utf-8-sig") == "'=1+1,plan\r\nx,'=2\r\n"


@pytest.mark.parametrize("value", ["plain", "a=b", "1-2", "", "mail@example.com"])
def test_other_cells_are_as_they_are(value: str) -> None:
    assert cell(value) == value


def test_nested_data_becomes_flat() -> None:
    given = {"a": 1, "b": {"c": "x", "d": [1, 2]}, "e": [{"f": True}, {"f": None}], "g": []}
    assert list(flat(given)) == [
        ("", "a", 1),
        ("b", "c", "x"),
        ("b", "d", [1, 2]),
        ("e 1", "f", True),
        ("e 2", "f", None),
        ("", "g", []),
    ]


@pytest.mark.parametrize("role", [Role.RESEARCHER, Role.COLLABORATOR, Role.OBSERVER])
def test_a_whole_file_is_for_those_who_may_see_everything(desk: Desk, world: World, role: Role) -> None:
    world.book(email=KAI, name=NAME)
    desk.refused(lambda s: person.ask(s, world.people[role], "P1", ExportFormat.JSON, world.now), NotAllowed)
    wanted = {"export": "person", "participant_id": 1, "format": "json"}
    desk.refused(lambda s: exports.make(s, world.people[role], wanted, world.now), NotAllowed)


def test_nobody_of_another_workspace_is_exported(desk: Desk, world: World, elsewhere: World) -> None:
    stranger = elsewhere.participant("lee@example.com", "Lee")
    wanted = {"export": "person", "participant_id": stranger.id, "format": "json"}
    desk.refused(lambda s: exports.make(s, world.admin, wanted, world.now), NotFound)
    desk.refused(lambda s: person.ask(s, world.admin, "P1", ExportFormat.JSON, world.now), NotFound)


def test_of_who_was_erased_only_what_was_kept_is_left(desk: Desk, world: World) -> None:
    live(desk)
    desk.do(lambda session: erasing.erase(session, world.admin, "P1", world.now))
    found = json.loads(export(desk))
    assert (found["person"]["name"], found["person"]["email"]) == ("", "p1@erased.invalid")
    assert found["person"]["erased_at"] is not None
    assert found["notes"] == []


def test_statements_do_not_grow_with_the_person(desk: Desk, world: World) -> None:
    world.book(timedelta(days=1), email=KAI, name=NAME)
    with counted_statements(desk.database) as few:
        export(desk)
    for n in range(2, 7):
        study = world.study(f"S{n}", f"Study {n}")
        world.book(timedelta(days=n), email=KAI, study_id=study.id)
    with counted_statements(desk.database) as many:
        export(desk)
    assert len(many) == len(few)


def ask(desk: Desk, actor: Actor | None = None, later: timedelta = timedelta()) -> None:
    who, now = actor or desk.world.admin, desk.world.now + later

    def act(session: Session) -> None:
        _, wanted = person.ask(session, who, "P1", ExportFormat.JSON, now)
        exports.ask_for(session, who, wanted, now)

    desk.do(act)


def test_the_file_comes_in_a_direct_message_and_the_log_says_so(desk: Desk, world: World, outside: Outside) -> None:
    world.book(email=KAI, name=NAME)
    ask(desk)
    assert KAI not in str([row.payload for row in desk.outbox(Kind.FILE)]), (
        "what is asked for is kept, not what is in it"
    )
    outside.deliver()
    (name,) = outside.slack.files
    assert name == f"P1-{world.now:%Y-%m-%d-%H%M%S}.json"
    assert json.loads(outside.slack.files[name])["person"]["email"] == KAI
    assert outside.slack.called("upload") == [{"channel": f"D{world.admin.slack_user_id[1:]}", "name": name}]
    assert rows(desk.database, sa.select(AuditEntry.action, AuditEntry.text)) == [
        (AuditAction.EXPORTED, "exported everything about P1 as JSON")
    ]


def test_a_file_whose_fate_is_unknown_is_looked_for_before_it_is_sent_again(
    desk: Desk, world: World, outside: Outside
) -> None:
    world.book(email=KAI, name=NAME)
    outside.deliver()
    ask(desk)
    outside.slack.fail("upload", Unavailable("The line went dead.", went_out=None))
    outside.deliver()
    outside.clock.move(timedelta(minutes=30))
    outside.deliver()
    assert len(outside.slack.called("upload")) == 1
    assert len(outside.slack.said_in(f"D{world.admin.slack_user_id[1:]}")) == 1


def test_a_file_is_not_taken_for_the_one_that_was_asked_for_just_before(
    desk: Desk, world: World, outside: Outside
) -> None:
    world.book(email=KAI, name=NAME)
    ask(desk)
    outside.deliver()
    outside.clock.move(timedelta(seconds=20))
    ask(desk, later=timedelta(seconds=20))
    outside.slack.fail("conversations.open", Unavailable("The line went dead.", went_out=None))
    outside.deliver()
    outside.clock.move(timedelta(minutes=1))
    outside.deliver()
    assert len(outside.slack.called("upload")) == len(outside.slack.files) == 2


def test_who_has_lost_the_role_meanwhile_gets_no_file_and_hears_why(desk: Desk, world: World, outside: Outside) -> None:
    world.book(email=KAI, name=NAME)
    ask(desk)
    with desk.database.unit_of_work() as session:
        session.execute(sa.update(Member).where(Member.id == world.admin.member_id).values(role=Role.OBSERVER))
    outside.deliver()
    assert outside.slack.files == {}
    assert "You may not export everything about a participant" in str(
        outside.slack.said_in(f"D{world.admin.slack_user_id[1:]}")
    )


def test_who_has_left_meanwhile_gets_nothing(desk: Desk, world: World, outside: Outside) -> None:
    world.book(email=KAI, name=NAME)
    ask(desk)
    with desk.database.unit_of_work() as session:
        session.execute(sa.update(Member).where(Member.id == world.admin.member_id).values(is_active=False))
    outside.deliver()
    assert outside.slack.called("upload") == []


def test_without_the_scope_they_hear_what_to_do(desk: Desk, world: World, outside: Outside) -> None:
    world.book(email=KAI, name=NAME)
    ask(desk)
    outside.slack.fail("upload", slack_error("missing_scope"))
    outside.deliver()
    assert "it needs files:write" in str(outside.slack.said_in(f"D{world.admin.slack_user_id[1:]}"))
