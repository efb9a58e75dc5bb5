"""Participants and interviews from CSV files: what is understood, what is refused, and what a second time changes."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.importing import import_data, preview_data, print_report
from bot.services import booking, moves
from bot.services.booking import Booking
from bot.services.imports import ImportKind, Report, RowOutcome, import_interviews, read
from domain.errors import RuleError
from domain.importing import ImportPreview
from domain.interview import InterviewStatus
from domain.roles import Actor, Role
from domain.study import StudyStatus, StudyType
from storage.models import (
    Attendee,
    Enrolment,
    Interview,
    OutboxRow,
    Participant,
    ParticipantAddress,
    Study,
    TimelineEntry,
)
from tests.builders import World, counted_statements, rows
from tests.services.conftest import Desk


def bring(world: World, text: str | bytes, actor: Actor | None = None, kind: ImportKind | None = None) -> Report:
    """Import a file as the Researcher, or as somebody else."""
    data = text.encode() if isinstance(text, str) else text
    return import_data(world.database, actor or world.researcher, data, kind, world.now)


def outcomes(report: Report) -> list[str]:
    return [row.outcome.value for row in report.rows]


def reasons(report: Report) -> str:
    return "\n".join(problem.sentence for problem in report.problems)


def people(world: World) -> list[Participant]:
    with world.database.reading() as session:
        return list(session.scalars(sa.select(Participant).order_by(Participant.number)))


def sessions(world: World) -> list[Interview]:
    with world.database.reading() as session:
        return list(session.scalars(sa.select(Interview).order_by(Interview.id)))


def test_a_preview_names_the_properties_with_the_columns_alone_and_offers_what_is_new(world: World) -> None:
    text = "E-mail,Study,City\na@example.com,CHK,Berlin\n"

    def seen() -> ImportPreview:
        return preview_data(world.database, world.researcher, text.encode(), None, {}, world.now)

    new = seen()
    assert (new.summary, new.good, new.remarks) == ("1 participant: 1 added.", 1, ())
    assert [column.name for column in new.columns if column.meaning == "property"] == ["City"]
    bring(world, text)
    known = seen()
    assert (known.summary, known.good) == ("1 participant: 1 unchanged.", 0), "there is nothing to bring in"
    world.study("PAY", "Paying")
    text = text.replace("CHK", "PAY")
    elsewhere = seen()
    assert (elsewhere.summary, elsewhere.good, elsewhere.changed) == ("1 participant: 1 changed.", 1, 0)
    assert bring(world, text).summary == elsewhere.summary, "they are enrolled in another study"


def test_participants_are_added_with_what_the_file_says_and_unknown_columns_become_properties(world: World) -> None:
    report = bring(
        world,
        "E-mail,Full name,Phone,Time zone,Study,City,Plan\n"
        "P17@Example.com,Mara  Lindqvist,+49 30 1234,Europe/Berlin,CHK,Berlin,Pro\n",
    )
    assert report.summary == "1 participant: 1 added."
    assert report.remarks == ("Kept as properties: “City”, “Plan”.",)
    (mara,) = people(world)
    assert (mara.email, mara.name, mara.phone, mara.time_zone) == (
        "p17@example.com",
        "Mara Lindqvist",
        "+49 30 1234",
        "Europe/Berlin",
    )
    assert mara.properties == {"City": "Berlin", "Plan": "Pro"}
    assert rows(world.database, sa.select(Enrolment.status)) == [("Not Contacted",)]


@pytest.mark.parametrize(
    "header",
    [
        "E-mail;First name;Last name;Project",
        "email address\tgiven name\tSURNAME\tStudy key",
        '"E-Mail","firstname","last_name","STUDY"',
        "sep=;\nmail;First Name;family name;study",
        "participant email|First|Last|study name",
    ],
)
def test_columns_are_known_by_many_names_and_delimiters(world: World, header: str) -> None:
    delimiter = next(d for d in ";\t|," if d in header.splitlines()[-1])
    line = delimiter.join(["p1@example.com", "Mara", "Lindqvist", "chk"])
    assert outcomes(bring(world, f"{header}\n{line}\n")) == ["added"]
    assert people(world)[0].name == "Mara Lindqvist"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252", "latin-1"])
def test_encodings_are_found_out(world: World, encoding: str) -> None:
    assert outcomes(bring(world, "email,name,study\np1@example.com,Zoë Müller,CHK\n".encode(encoding))) == ["added"]
    assert people(world)[0].name == "Zoë Müller"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (b"", "The file is empty."),
        (b"\n\n", "The file is empty."),
        (b"PK\x03\x04rest", "The spreadsheet is damaged."),
        (b"\xd0\xcf\x11\xe0rest", "an old or a protected spreadsheet"),
        (
            b"Name,City\nMara,Berlin\n",
            "needs a column with the e-mail address (“E-mail”). Columns found: “Name”, “City”",
        ),
        (b"email,E-Mail\na@example.com,b@example.com\n", "Two columns mean the same: “email” and “E-Mail”"),
        (b"=cmd(),City\nx,y\n", "Columns found: “'=cmd()”, “City”"),
        ("email," + ",".join(f"c{i}" for i in range(150)) + "\n", "Leave at most 100"),
        ('email,name\np1@example.com,"' + "x" * 200_000 + '"\n', "breaks off at line"),
    ],
)
def test_a_file_that_is_none_is_refused_in_a_sentence(text: bytes | str, sentence: str) -> None:
    with pytest.raises(RuleError) as refusal:
        read(text.encode() if isinstance(text, str) else text)
    assert sentence in refusal.value.message


def test_interviews_need_three_columns_and_the_sentence_names_those_that_are_missing() -> None:
    with pytest.raises(RuleError) as refusal:
        read(b"E-mail,When it was\nx@example.com,yesterday\n", ImportKind.INTERVIEWS)
    assert "the study's key (“Study”) and one with the start (“Start”, or “Date” and “Time”)" in refusal.value.message


def test_good_rows_go_in_and_bad_ones_are_named(world: World) -> None:
    report = bring(
        world,
        "email,name,time zone,study\n"
        "good@example.com,Good,,CHK\n"
        "not an address,Bad,,CHK\n"
        ",Nobody,,CHK\n"
        "zone@example.com,Zone,Europe/Berlim,CHK\n"
        f"long@example.com,{'x' * 201},,CHK\n"
        "other@example.com,Other,,NOPE\n"
        "many@example.com,One, two,CHK,five,six\n"
        "short@example.com,Short,,CHK\n",
    )
    assert [(row.row, row.outcome) for row in report.rows if row.outcome is RowOutcome.ADDED] == [
        (2, RowOutcome.ADDED),
        (9, RowOutcome.ADDED),
    ]
    assert reasons(report).splitlines() == [
        "Row 3, “email”: “not an address” is not an e-mail address.",
        "Row 4, “email”: The e-mail address is missing.",
        "Row 5, “time zone”: “Europe/Berlim” is not a time zone. Use a name such as Europe/Berlin.",
        "Row 6, “name”: The name is longer than 200 characters.",
        "Row 7, “study”: There is no study “NOPE” that you can see.",
        "Row 8: The row has 6 cells, but there are 4 columns. Put text that holds the delimiter into quotation marks.",
    ]
    assert {person.name for person in people(world)} == {"Good", "Short"}


def test_names_of_200_characters_and_hostile_ones_are_kept_as_they_are(world: World) -> None:
    hostile = '<!channel> *x* & <b> "quoted"'
    quoted = hostile.replace('"', '""')
    bring(world, f'email,name,study\na@example.com,{"x" * 200},CHK\nb@example.com,"{quoted}",CHK\n')
    assert [person.name for person in people(world)] == ["x" * 200, hostile]


def test_the_same_participants_twice_change_nothing_and_new_facts_change_them(world: World) -> None:
    text = "email,name,study,plan\np1@example.com,Mara,CHK,Pro\np2@example.com,Lee,CHK,\n"
    assert outcomes(bring(world, text)) == ["added", "added"]
    before = [(person.id, person.name, person.properties) for person in people(world)]
    assert outcomes(bring(world, text)) == ["unchanged", "unchanged"]
    assert [(person.id, person.name, person.properties) for person in people(world)] == before
    again = bring(world, "email,name,study,plan\np1@example.com,,CHK,Free\np2@example.com,Lee,CHK,\n")
    assert outcomes(again) == ["changed", "unchanged"]
    assert [(person.name, person.properties) for person in people(world)] == [("Mara", {"plan": "Free"}), ("Lee", {})]


def test_somebody_who_stands_in_two_rows_is_one_person_in_two_studies(world: World) -> None:
    world.study("ONB", "Onboarding")
    report = bring(world, "email,name,study\np1@example.com,Mara,CHK\nP1@example.com,,ONB\n")
    assert outcomes(report) == ["added", "changed"]
    assert len(people(world)) == 1
    assert len(rows(world.database, sa.select(Enrolment.id))) == 2


def test_a_researcher_adds_people_to_own_studies_only(world: World) -> None:
    other = world.member(Role.RESEARCHER)
    world.study("OWN", "Own", owner_id=other.member_id)
    report = bring(world, "email,study\na@example.com,CHK\nb@example.com,\nc@example.com,OWN\n", other)
    assert outcomes(report) == ["refused", "refused", "added"]
    assert "There is no study “CHK” that you can see." in reasons(report)
    assert "Name a study of yours" in reasons(report)
    assert outcomes(bring(world, "email\nd@example.com\n", world.admin)) == ["added"]


def test_an_observer_brings_in_nothing(world: World) -> None:
    report = bring(world, "email,study\na@example.com,CHK\n", world.observer)
    assert outcomes(report) == ["refused"]
    assert "your role is Observer" in reasons(report)


def test_a_closed_study_takes_nobody(world: World) -> None:
    world.study("OLD", "Old", status=StudyStatus.CLOSED)
    assert "OLD is closed. Resume it first" in reasons(bring(world, "email,study\na@example.com,OLD\n"))


def test_statements_do_not_grow_with_the_rows(world: World) -> None:
    def statements(first: int, number: int) -> int:
        lines = "".join(f"p{n}@example.com,Person {n},CHK,x\n" for n in range(first, first + number))
        with counted_statements(world.database) as counted:
            bring(world, "email,name,study,plan\n" + lines)
        return len(counted)

    assert statements(1, 10) == statements(1000, 400)


def test_statements_do_not_grow_with_the_sessions_of_the_past(world: World) -> None:
    def statements(first: int, number: int) -> int:
        lines = "".join(
            f"CHK,p{n}@example.com,2026-10-01 {9 + n % 8}:{n % 60:02},Plan {n}\n" for n in range(first, first + number)
        )
        with counted_statements(world.database) as counted:
            assert not bring(world, "study,email,start,plan\n" + lines).problems
        return len(counted)

    assert statements(1, 10) == statements(1000, 400)


def test_statements_do_not_grow_with_the_sessions_ahead(world: World) -> None:
    world.study("ONB", "Onboarding")
    world.study("GRP", "Group", type=StudyType.GROUP_INTERVIEW, capacity=5, participation_limit=3)
    hosts = [world.member(Role.RESEARCHER) for _ in range(10)]
    for host in hosts[::2]:
        world.calendar(host)

    def line(n: int) -> str:
        day = world.now + timedelta(days=2 + n // 100)
        if n % 5 == 0:
            return f"GRP,p{n}@example.com,{day + timedelta(minutes=n % 100 // 25)},60,,Plan {n}"
        key, at = ("CHK", "ONB")[n % 2], day + timedelta(minutes=30 * (n % 100 // 10))
        return f"{key},p{n}@example.com,{at},30,member{6 + n % 10}@northwind.example,Plan {n}"

    def statements(first: int, number: int) -> int:
        lines = "".join(f"{line(n)}\n" for n in range(first, first + number))
        with counted_statements(world.database) as counted:
            report = bring(world, f"study,email,start,length,host,plan\n{lines}", world.admin)
        assert len(report.rows) == number
        return len(counted)

    bring(world, f"email,name,study\n{''.join(f'p{n}@example.com,,CHK{chr(10)}' for n in range(0, 4000, 3))}")
    statements(1000, 500)
    assert statements(2000, 20) == statements(3000, 500) <= 50


def test_rows_are_held_against_those_above_them(world: World) -> None:
    world.study("ONB", "Onboarding")
    world.study("GRP", "Group", type=StudyType.GROUP_INTERVIEW, capacity=2)
    report = bring(
        world,
        "study,email,start,length,host\n"
        "CHK,new@example.com,2026-11-24T10:00Z,60,Admin 1\n"
        "ONB,New@example.com,2026-11-24T10:30Z,60,Ops Manager 2\n"
        "ONB,new@example.com,2026-11-24T11:00Z,60,Ops Manager 2\n"
        "CHK,b@example.com,2026-11-24T11:30Z,60,Ops Manager 2\n"
        "GRP,g1@example.com,2026-11-25T10:00Z,60,Admin 1\n"
        "GRP,g2@example.com,2026-11-25T10:00Z,30,Ops Manager 2\n"
        "GRP,g3@example.com,2026-11-25T10:00Z,60,Admin 1\n"
        "CHK,g2@example.com,2026-11-25T10:45Z,15,Ops Manager 2\n",
    )
    assert reasons(report).splitlines() == [
        "Row 3, “start”: P1 has CHK-1 at that time already. Pick another time.",
        "Row 5, “start”: Ops Manager 2 is already booked at 12:30 for ONB-1. Pick another time or another host.",
        "Row 8, “start”: GRP-1 is full (2 of 2 seats). Pick another time.",
        "Row 9, “start”: P3 has GRP-1 at that time already. Pick another time.",
    ]
    assert [person.email for person in people(world)] == ["new@example.com", "g1@example.com", "g2@example.com"]
    assert [one.reference for one in sessions(world)] == ["CHK-1", "ONB-1", "GRP-1"]


def test_a_group_session_that_there_is_takes_in_those_of_a_file(world: World) -> None:
    study = world.study("GRP", "Group", type=StudyType.GROUP_INTERVIEW, capacity=3)
    at = world.now + timedelta(days=2)
    world.book(timedelta(days=2), study_id=study.id, email="first@example.com")
    text = "study,email,start\n" + "".join(
        f"GRP,{name}@example.com,{at}\n" for name in ("first", "second", "third", "fourth")
    )
    report = bring(world, text)
    assert outcomes(report) == ["unchanged", "added", "added", "refused"]
    (only,) = sessions(world)
    assert only.reference == "GRP-1"
    assert outcomes(bring(world, text)) == ["unchanged", "unchanged", "unchanged", "refused"]
    kinds = rows(world.database, sa.select(OutboxRow.kind, sa.func.count()).group_by(OutboxRow.kind))
    assert dict(tuple(row) for row in kinds) == {"slack_card": 1, "slack_thread": 1, "mail": 3}


def test_the_limit_is_announced_once_when_it_is_reached_in_the_middle_of_a_file(world: World) -> None:
    study = world.study("LIM", "Limited", participation_limit=2)
    text = "study,email,start\n" + "".join(f"LIM,p{n}@example.com,2026-12-0{n}T10:00Z\n" for n in range(1, 5))
    report = bring(world, text)
    assert outcomes(report) == ["added"] * 4
    assert "LIM is fully booked: 3 of 2 seats used." in report.remarks
    notices = rows(world.database, sa.select(OutboxRow.payload).where(OutboxRow.kind == "slack_notice"))
    assert [payload["text"] for (payload,) in notices] == ["*LIM* is fully booked: 2 of 2 seats used."]
    with world.database.reading() as session:
        assert session.get_one(Study, study.id).seats_taken == 4


def test_an_imported_session_asks_for_all_that_one_booked_by_hand_asks_for(desk: Desk) -> None:
    world = desk.world
    world.calendar(world.researcher)
    world.book(timedelta(days=1), email="hand@example.com", name="Mara")
    bring(world, f"study,email,name,start\nCHK,file@example.com,Mara,{world.now + timedelta(days=2)}\n")
    by_hand, imported = sessions(world)

    def asked(interview: Interview) -> list[tuple[object, ...]]:
        found = rows(
            world.database,
            sa.select(OutboxRow.kind, OutboxRow.lane, OutboxRow.state, OutboxRow.due_at)
            .where(OutboxRow.subject == str(interview.id), OutboxRow.kind != "mail")
            .order_by(OutboxRow.kind),
        )
        return [tuple(row) for row in found]

    assert asked(imported) == asked(by_hand)
    assert [kind for kind, *_ in asked(imported)] == ["calendar_event", "slack_card", "slack_thread"]
    assert desk.mails(imported.id) == desk.mails(by_hand.id) == ["confirmation"]
    assert desk.status("file@example.com") == desk.status("hand@example.com") == "Interview Scheduled"
    assert desk.timeline(imported.id) == [(world.researcher.name, "booked P2")]


def test_sessions_ahead_are_booked_as_by_hand_and_those_of_the_past_are_logged(world: World) -> None:
    report = bring(
        world,
        "Study,E-mail,Name,Date,Time,Time zone,Length (min),Host,Status,Title\n"
        "CHK,p1@example.com,Mara,2026-11-24,14:00,Europe/Berlin,45,,,Talk\n"
        "CHK,p2@example.com,Lee,2026-11-20,10:00,America/New_York,,,completed,\n"
        "CHK,p3@example.com,Ada,20.11.2026,2pm,Europe/Berlin,30,,No-show,\n"
        "CHK,p4@example.com,Kim,2026-11-19,09:00,Europe/Berlin,,,cancelled,\n",
    )
    assert report.summary == "4 interviews: 4 added."
    ahead, *past = sessions(world)
    assert (ahead.status, ahead.title, ahead.ends_at - ahead.starts_at) == ("upcoming", "Talk", timedelta(minutes=45))
    assert ahead.starts_at.isoformat() == "2026-11-24T13:00:00+00:00"
    assert [(one.status, one.starts_at.isoformat()) for one in past] == [
        ("completed", "2026-11-20T15:00:00+00:00"),
        ("no_showed", "2026-11-20T13:00:00+00:00"),
        ("canceled", "2026-11-19T08:00:00+00:00"),
    ]
    mails = rows(world.database, sa.select(OutboxRow.subject).where(OutboxRow.kind.in_(["mail", "slack_card"])))
    assert {subject for (subject,) in mails} == {str(ahead.id)}
    assert rows(world.database, sa.select(Study.seats_taken)) == [(2,)]
    statuses = rows(world.database, sa.select(Enrolment.status).order_by(Enrolment.participant_id))
    assert sorted(status.value for (status,) in statuses) == [
        "Interview Canceled",
        "Interview Completed",
        "Interview Scheduled",
        "No Showed",
    ]
    hosts = rows(world.database, sa.select(Attendee.member_id).where(Attendee.member_id.is_not(None)))
    assert {member_id for (member_id,) in hosts} == {world.researcher.member_id}
    assert {door.value for (door,) in rows(world.database, sa.select(TimelineEntry.door))} == {"import"}


def test_the_same_interviews_twice_change_nothing_even_after_one_was_moved(world: World) -> None:
    text = (
        "study,email,start,status\n"
        "CHK,p1@example.com,2026-11-24T14:00+01:00,\n"
        "CHK,p2@example.com,2026-11-20T10:00Z,completed\n"
    )
    assert outcomes(bring(world, text)) == ["added", "added"]
    ahead = next(one for one in sessions(world) if one.status is InterviewStatus.UPCOMING)
    with world.database.unit_of_work() as session:
        later = ahead.starts_at + timedelta(hours=2)
        moves.reschedule(session, world.researcher, ahead.id, later, None, world.now)
    count = len(rows(world.database, sa.select(OutboxRow.id)))
    again = bring(world, text)
    assert outcomes(again) == ["unchanged", "unchanged"]
    assert [row.reference for row in again.rows] == [row.reference for row in bring(world, text).rows]
    assert len(sessions(world)) == 2
    assert len(rows(world.database, sa.select(OutboxRow.id))) == count


def test_a_row_that_stands_in_the_file_twice_is_one_session(world: World) -> None:
    line = "CHK,p1@example.com,2026-11-20T10:00Z\n"
    assert outcomes(bring(world, "study,email,start\n" + line * 2)) == ["added", "unchanged"]
    assert len(sessions(world)) == 1


def test_rows_of_a_group_study_at_one_time_are_one_session_with_seats(world: World) -> None:
    group = world.study("GRP", "Group", type=StudyType.GROUP_INTERVIEW, capacity=3)
    text = "study,email,start,status\n" + "".join(
        f"GRP,p{n}@example.com,{day}T10:00+01:00,{status}\n"
        for n, day, status in [
            (1, "2026-11-20", "no-show"),
            (2, "2026-11-20", "completed"),
            (3, "2026-11-19", "no-show"),
            (4, "2026-11-19", "no-show"),
            (5, "2026-11-25", ""),
            (6, "2026-11-25", ""),
        ]
    )
    assert outcomes(bring(world, text)) == ["added"] * 6
    assert sorted(one.status.value for one in sessions(world)) == ["completed", "no_showed", "upcoming"]
    assert outcomes(bring(world, text)) == ["unchanged"] * 6
    late = "study,email,start,status\nGRP,p7@example.com,2026-11-19T10:00+01:00,completed\n"
    assert outcomes(bring(world, late)) == ["added"]
    assert sorted(one.status.value for one in sessions(world)) == ["completed", "completed", "upcoming"]
    with world.database.reading() as session:
        assert session.get_one(Study, group.id).seats_taken == 4


def test_the_latest_session_decides_where_a_participant_stands_whatever_the_order_of_the_rows(world: World) -> None:
    text = (
        "study,email,start,status\n"
        "CHK,p1@example.com,2026-11-25T10:00Z,\n"
        "CHK,p1@example.com,2026-11-20T10:00Z,no-show\n"
        "CHK,p2@example.com,2026-11-20T12:00Z,completed\n"
        "CHK,p2@example.com,2026-11-18T12:00Z,canceled\n"
    )
    assert outcomes(bring(world, text)) == ["added"] * 4
    statuses = rows(
        world.database,
        sa.select(Participant.email, Enrolment.status).join(Enrolment, Enrolment.participant_id == Participant.id),
    )
    assert {email: status.value for email, status in statuses} == {
        "p1@example.com": "Interview Scheduled",
        "p2@example.com": "Interview Completed",
    }


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        ("CHK,p1@example.com,2026-03-29 02:30,Europe/Berlin,,,", "does not exist on 29 March 2026 in Europe/Berlin"),
        ("CHK,p1@example.com,2026-11-31 10:00,,,,", "is not a day of the calendar"),
        ("CHK,p1@example.com,2026-11-20,,,,", "has no time of day"),
        ("CHK,p1@example.com,tomorrow,,,,", "is not a time that I can read"),
        ("CHK,p1@example.com,03/04/2026 10:00,,,,", "could be the 3. of month 4 or the 4. of month 3"),
        ("CHK,p1@example.com,2026-11-20 25:00,,,,", "is not a time that I can read"),
        ("CHK,p1@example.com,2026-11-20 10:00,Mars/Base,,,", "“Mars/Base” is not a time zone"),
        ("CHK,p1@example.com,2026-11-20 10:00,,ages,,", "“ages” is not a length"),
        ("CHK,p1@example.com,2026-11-20 10:00,,900,,", "between 5 minutes and 8 hours"),
        ("CHK,p1@example.com,2026-11-20 10:00,,,nobody@example.com,", "Nobody in this workspace is called"),
        ("CHK,p1@example.com,2026-11-20 10:00,,,,perhaps", "“perhaps” is not a status"),
        ("CHK,p1@example.com,2026-11-20 10:00,,,,upcoming", "has passed (Europe/Berlin)"),
        ("CHK,p1@example.com,2026-11-30 10:00,,,,completed", "is still ahead (Europe/Berlin)"),
        (",p1@example.com,2026-11-20 10:00,,,,", "The study is missing."),
        ("CHK,,2026-11-20 10:00,,,,", "The e-mail address is missing."),
        ("CHK,p1@example.com,,,,,", "The start is missing."),
        ("SRV,p1@example.com,2026-11-30 10:00,,,,", "SRV is a survey: it has no interviews."),
        ("SHUT,p1@example.com,2026-11-30 10:00,,,,", "SHUT is closed."),
        ("CHK,p1@example.com,=HYPERLINK(1),,,,", "“'=HYPERLINK(1)” is not a time"),
    ],
)
def test_a_broken_row_is_refused_with_its_reason_and_the_others_go_in(world: World, cells: str, reason: str) -> None:
    world.study("SRV", "Survey", type=StudyType.SURVEY)
    world.study("SHUT", "Shut", status=StudyStatus.CLOSED)
    header = "study,email,start,time zone,length,host,status\n"
    report = bring(world, f"{header}{cells}\nCHK,good@example.com,2026-11-20 10:00,,,,completed\n")
    assert outcomes(report) == ["refused", "added"]
    assert reason in reasons(report)
    assert len(sessions(world)) == 1


def test_a_survey_has_no_past_sessions_either(world: World) -> None:
    world.study("SRV", "Survey", type=StudyType.SURVEY)
    text = "study,email,start\nSRV,p1@example.com,2026-11-20 10:00\nCHK,p2@example.com,2026-11-20 10:00\n"
    report = bring(world, text)
    assert outcomes(report) == ["refused", "added"]


def test_of_two_sessions_of_one_host_at_one_time_the_second_is_refused(world: World) -> None:
    text = "study,email,start\nCHK,a@example.com,2026-11-24T10:00Z\nCHK,b@example.com,2026-11-24T10:30Z\n"
    report = bring(world, text)
    assert outcomes(report) == ["added", "refused"]
    assert "is already booked" in reasons(report)


def test_two_imports_and_a_booking_at_once_wait_for_each_other(desk: Desk) -> None:
    world = desk.world
    other = world.study("ONB", "Onboarding")

    def file(first: str, second: str, hour: int) -> str:
        days = "".join(
            f"{key},{key}{hour}{day}@example.com,2026-12-{day:02}T{hour + place:02}:00Z\n"
            for day in range(1, 9)
            for place, key in ((0, first), (1, second))
        )
        return f"study,email,start\n{days}"

    def bring_in(text: str) -> Callable[[Session], object]:
        return lambda session: import_interviews(session, world.researcher, text.encode(), world.now)

    late = Booking(other.id, "late@example.com", world.now + timedelta(days=30))
    results = desk.race(
        bring_in(file("CHK", "ONB", 8)),
        bring_in(file("ONB", "CHK", 12)),
        lambda session: booking.book(session, world.researcher, late, world.now),
    )
    assert [result for result in results if isinstance(result, Exception)] == []
    assert len(sessions(world)) == 33


def test_whether_the_day_or_the_month_comes_first_is_seen_in_the_whole_column(world: World) -> None:
    report = bring(
        world, "study,email,date,time\nCHK,a@example.com,11/05/2026,9:30 am\nCHK,b@example.com,11/19/2026,2 PM\n"
    )
    assert outcomes(report) == ["added", "added"]
    assert [one.starts_at.isoformat() for one in sessions(world)] == [
        "2026-11-05T08:30:00+00:00",
        "2026-11-19T13:00:00+00:00",
    ]


def test_start_and_end_times_beside_a_date_give_the_length(world: World) -> None:
    report = bring(
        world, "study,email,date,start time,end time,host\nCHK,a@example.com,20 Nov 2026,10:00,11:20,Researcher 3\n"
    )
    assert outcomes(report) == ["added"], reasons(report)
    assert sessions(world)[0].ends_at - sessions(world)[0].starts_at == timedelta(minutes=80)


def test_hosts_are_known_by_address_name_and_slack_id(world: World) -> None:
    hosts = "member1@northwind.example; Ops Manager 2, U00003"
    report = bring(world, f'study,email,start,hosts\nCHK,a@example.com,2026-11-20 10:00,"{hosts}"\n')
    assert outcomes(report) == ["added"], reasons(report)
    found = rows(world.database, sa.select(Attendee.member_id).where(Attendee.member_id.is_not(None)))
    assert len(found) == 3


def properties(world: World) -> dict[str, dict[str, str]]:
    return {person.email: person.properties for person in people(world)}


def test_columns_that_no_interview_has_become_properties_of_the_participant(world: World) -> None:
    text = (
        "study,email,start,room,Plan\n"
        "CHK,past@example.com,2026-11-20 10:00,4b,Pro\n"
        "CHK,ahead@example.com,2026-11-30 10:00,,Free\n"
    )
    report = bring(world, text)
    assert outcomes(report) == ["added", "added"]
    assert report.remarks[0] == "Kept as properties: “room”, “Plan”."
    kept = {"past@example.com": {"room": "4b", "Plan": "Pro"}, "ahead@example.com": {"Plan": "Free"}}
    assert properties(world) == kept
    again = bring(world, text)
    assert outcomes(again) == ["unchanged", "unchanged"]
    assert again.remarks == ()
    assert properties(world) == kept


def test_properties_of_interviews_add_to_what_is_known_of_the_participant(world: World) -> None:
    bring(world, "email,name,phone,time zone,study,City,Plan\na@example.com,Mara,123,Asia/Tokyo,CHK,Berlin,Pro\n")
    bring(world, "study,email,start,City,Plan,Room\nCHK,A@example.com,2026-11-20 10:00,,Free,4b\n")
    (mara,) = people(world)
    assert (mara.name, mara.phone, mara.time_zone) == ("Mara", "123", "Asia/Tokyo")
    assert mara.properties == {"City": "Berlin", "Plan": "Free", "Room": "4b"}


def test_of_two_sessions_of_one_person_the_later_row_decides_their_properties(world: World) -> None:
    text = (
        "study,email,start,plan\n"
        "CHK,a@example.com,2026-11-30 10:00,Free\n"
        "CHK,a@example.com,2026-11-20 10:00,Pro\n"
        "CHK,b@example.com,2026-11-20 12:00,Pro\n"
        "CHK,b@example.com,2026-11-30 12:00,Free\n"
    )
    assert outcomes(bring(world, text)) == ["added"] * 4
    assert properties(world) == {"a@example.com": {"plan": "Pro"}, "b@example.com": {"plan": "Free"}}


def test_rows_that_do_not_go_in_change_no_properties(world: World) -> None:
    header = "study,email,start,plan\n"
    bring(world, f"{header}CHK,a@example.com,2026-11-30T10:00Z,Pro\n")
    report = bring(
        world,
        f"{header}CHK,a@example.com,2026-11-30T10:00Z,Known\n"
        "CHK,a@example.com,2026-11-30T10:30Z,Taken\n"
        "CHK,a@example.com,yesterday,Broken\n"
        f"CHK,a@example.com,2026-11-20T10:00Z,{'x' * 1001}\n",
    )
    assert outcomes(report) == ["unchanged", "refused", "refused", "refused"]
    assert "Row 5: “plan” is longer than 1,000 characters." in reasons(report)
    assert report.remarks == ()
    assert properties(world) == {"a@example.com": {"plan": "Pro"}}


def test_interviews_of_another_team_are_not_touched(world: World) -> None:
    outsider = world.member(Role.RESEARCHER)
    text = "study,email,start\nCHK,a@example.com,2026-11-20 10:00\n"
    assert "no study “CHK” that you can see" in reasons(bring(world, text, outsider))
    observer = bring(world, text, world.observer)
    assert "You may not manage this study's interviews" in reasons(observer)


def test_the_report_is_printed_with_what_was_refused(world: World) -> None:
    out = io.StringIO()
    assert not print_report(bring(world, "email,study\na@example.com,CHK\nbad,CHK\n"), out)
    assert out.getvalue().splitlines() == [
        "2 participants: 1 added, 1 refused.",
        "Row 3, “email”: “bad” is not an e-mail address.",
    ]
    assert print_report(bring(world, "email,study\na@example.com,CHK\n"), io.StringIO())


def call_also(world: World, person: Participant, email: str) -> None:
    with world.database.unit_of_work() as session:
        session.add(
            ParticipantAddress(
                workspace_id=world.workspace_id, email=email, participant_id=person.id, added_at=world.now
            )
        )


def test_interviews_that_come_again_by_another_address_of_the_person_change_nothing(world: World) -> None:
    world.study("GRP", "Groups", type=StudyType.GROUP_INTERVIEW, capacity=3)
    times = {"CHK": ("11-03 10:00", "12-03 10:00"), "GRP": ("11-03 13:00", "12-03 13:00")}
    text = "study,email,start\n" + "\n".join(f"{key},WHO,2026-{at}" for key, both in times.items() for at in both)
    assert outcomes(bring(world, text.replace("WHO", "mara@old.example"))) == ["added"] * 4
    (mara,) = people(world)
    call_also(world, mara, "mara@home.example")
    for address in ("mara@home.example", "mara@old.example"):
        assert outcomes(bring(world, text.replace("WHO", address))) == ["unchanged"] * 4
    twice = "study,email,start\nCHK,mara@home.example,2026-11-05 10:00\nCHK,mara@old.example,2026-11-05 10:00"
    assert outcomes(bring(world, twice)) == ["added", "unchanged"]
    assert len(sessions(world)) == 5
    assert len(people(world)) == 1
