"""Tables as files: who may have which, what is in them, and that they come back in as they went out."""

from __future__ import annotations

import csv
import io
from datetime import timedelta

import pytest
import sqlalchemy as sa
from python_calamine import CalamineWorkbook

from bot.importing import import_data
from bot.services import exports
from bot.services.exports import tables
from bot.services.exports.files import ExportFormat, ExportKind
from bot.services.exports.tables import Wanted
from domain.errors import NotAllowed, NotFound, RuleError
from domain.roles import Actor, Role
from storage.models import AuditEntry, Participant
from tests.builders import World, counted_statements, rows
from tests.services.conftest import Desk


def taken(
    desk: Desk,
    kind: ExportKind,
    study: str = "",
    form: ExportFormat = ExportFormat.CSV,
    actor: Actor | None = None,
) -> bytes:
    who, now = actor or desk.world.admin, desk.world.now
    wanted = desk.do(lambda s: tables.ask(s, who, Wanted(kind, study, form), now))
    return desk.do(lambda s: exports.make(s, who, wanted, now)).data


def table(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"))))


def test_participants_come_back_in_as_they_went_out(desk: Desk, world: World) -> None:
    world.participant(
        "mara@example.com",
        "=HYPERLINK(1)",
        phone="+49 30 1234",
        time_zone="Europe/Berlin",
        properties={"Plan": "-Pro", "City": "Köln"},
    )
    data = taken(desk, ExportKind.PARTICIPANTS)
    (line,) = table(data)
    assert (line["Alias"], line["Name"], line["Phone"], line["Plan"]) == (
        "P1",
        "'=HYPERLINK(1)",
        "'+49 30 1234",
        "'-Pro",
    )
    report = import_data(world.database, world.admin, data, None, world.now)
    assert report.summary == "1 participant: 1 unchanged."


def test_a_study_s_participants_come_with_where_they_stand(desk: Desk, world: World) -> None:
    world.book(email="a@example.com", name="Ann")
    world.participant("elsewhere@example.com", "Bo")
    (line,) = table(taken(desk, ExportKind.PARTICIPANTS, "chk", actor=world.researcher))
    assert (line["E-mail"], line["Study"], line["Study status"], line["Stage"]) == (
        "a@example.com",
        "CHK",
        "Interview Scheduled",
        "In Progress",
    )


def test_interviews_have_a_line_a_participant_and_the_clock_of_who_asked(desk: Desk, world: World) -> None:
    world.book(timedelta(days=1), email="a@example.com", name="Ann")
    (line,) = table(taken(desk, ExportKind.INTERVIEWS, "CHK", actor=world.researcher))
    assert (line["Reference"], line["Status"], line["Alias"], line["Attendance"]) == (
        "CHK-1",
        "Upcoming",
        "P1",
        "No reply",
    )
    assert (line["Start"], line["Time zone"]) == ("2026-11-24 09:30", "Europe/Berlin")
    (entry,) = table(taken(desk, ExportKind.TIMELINE, "CHK", actor=world.researcher))
    assert (entry["Reference"], entry["Kind"], entry["Who"]) == ("CHK-1", "booked", world.researcher.name)


def test_a_workbook_holds_text_alone(desk: Desk, world: World) -> None:
    world.participant("a@example.com", "=1+1")
    data = taken(desk, ExportKind.PARTICIPANTS, form=ExportFormat.XLSX)
    header, line = CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_index(0).to_python()
    assert dict(zip(header, line, strict=True))["Name"] == "=1+1"


@pytest.mark.parametrize("role", Role)
def test_who_may_have_the_workspace_and_who_a_study(desk: Desk, world: World, role: Role) -> None:
    actor = world.people[role]
    whole = role in (Role.ADMIN, Role.OPS_MANAGER)
    own = whole or role is Role.RESEARCHER
    for study, may in (("", whole), ("CHK", own)):
        if may:
            taken(desk, ExportKind.PARTICIPANTS, study, actor=actor)
        else:
            with pytest.raises(RuleError):
                taken(desk, ExportKind.PARTICIPANTS, study, actor=actor)
    notes = rows(world.database, sa.select(AuditEntry.text).order_by(AuditEntry.id))
    assert len(notes) == whole + own


def test_who_has_lost_the_right_meanwhile_gets_nothing(desk: Desk, world: World) -> None:
    wanted = desk.do(
        lambda s: tables.ask(s, world.researcher, Wanted(ExportKind.TIMELINE, "CHK", ExportFormat.CSV), world.now)
    )
    desk.refused(lambda s: exports.make(s, world.observer, wanted, world.now), NotAllowed)


def test_another_workspace_s_study_is_not_there(desk: Desk, world: World, elsewhere: World) -> None:
    elsewhere.study("OTH", "Other")
    desk.refused(
        lambda s: tables.ask(s, world.admin, Wanted(ExportKind.INTERVIEWS, "OTH", ExportFormat.CSV), world.now),
        NotFound,
    )


def test_who_was_erased_is_left_out(desk: Desk, world: World) -> None:
    person = world.participant("gone@example.com", "Gone")
    desk.change(person, erased_at=world.now)
    assert table(taken(desk, ExportKind.PARTICIPANTS)) == []
    assert rows(world.database, sa.select(Participant.id))


def test_statements_do_not_grow_with_the_lines(desk: Desk, world: World) -> None:
    def statements(kind: ExportKind) -> int:
        with counted_statements(world.database) as counted:
            taken(desk, kind)
        return len(counted)

    for number in range(2):
        world.book(timedelta(days=1, hours=number))
    few = [statements(kind) for kind in tables.TABLES]
    for number in range(2, 20):
        world.book(timedelta(days=1, hours=number))
    assert [statements(kind) for kind in tables.TABLES] == few
