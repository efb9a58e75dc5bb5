"""A database that fails at the commit: one clear sentence, nothing half written; the same once more is done, and once.

Real listeners behind the real decorator. That each may be clicked twice is tried with it.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import pytest
import sqlalchemy as sa
from slack_bolt import Ack
from structlog.testing import capture_logs

from bot.blocks.ids import CallsheetId, ParticipantId, ScreenerId, StudyId
from bot.commands import CAPABILITIES
from bot.commands.callsheet.governance import Writing
from bot.commands.participant.contact import Deciding
from bot.commands.participant.erase import Erasing
from bot.commands.participant.merge import Two
from bot.commands.participant.status import Changing
from bot.commands.participant.statuses import Reviewed
from bot.commands.study.consent import Agreeing
from bot.commands.study.invite import Inviting
from bot.commands.study.quotas import Changing as Quotas
from bot.commands.study.review import Reviewing
from bot.commands.study.screener import Draft
from bot.commands.study.task import Linking
from bot.metrics import Metrics
from bot.services import invitation_lists, invitation_review, pending_imports, screeners, status_changes
from bot.services.status_changes import Choice
from bot.slack import payloads
from bot.slack.capability import Listener, Trigger
from bot.slack.gateway import SlackGateway
from bot.slack.listener import IN_DOUBT, UNDONE, Surroundings, listen
from bot.slack.payloads import Incoming
from domain.contact_rules import RuleKind
from domain.importing import DroppedFile
from domain.participant import ParticipantStatus
from domain.roles import Role
from domain.study import StudyType
from storage import engine
from storage.engine import Database
from storage.models import Member, Participant
from tests import screened
from tests.builders import SLACK_TEAM, World, rows
from tests.conftest import emptied
from tests.fakes import FakeClock
from tests.faults import Watch, failing

S = ParticipantStatus
PUBLIC = "https://call.example"
HOOK = "https://hooks.slack.com/actions/1"
LISTENERS: dict[str, Listener] = {
    listener.name: listener
    for capability in CAPABILITIES
    for listener in (*(subcommand.listener for subcommand in capability.subcommands), *capability.listeners)
    if listener.trigger is not Trigger.OPTIONS
}


@dataclass(frozen=True)
class Act:
    """What somebody does: the listener's name, and what Slack sends with it."""

    listener: str
    key: str = "1"
    value: str = ""
    arguments: str = ""
    fields: dict[str, Any] = field(default_factory=dict)
    metadata: str = ""

    @property
    def incoming(self) -> Incoming:
        """From an Admin, always the same trigger: as when Slack, or a finger, sends it twice."""
        trigger = LISTENERS[self.listener].trigger
        view: dict[str, Any] = {}
        if trigger is Trigger.SUBMISSION:
            values = {name: {"input": {"value": value}} for name, value in self.fields.items()}
            view = {"id": "V1", "hash": "h1", "type": "modal", "blocks": [], "state": {"values": values}}
        return Incoming(
            trigger,
            f"{SLACK_TEAM}:{self.key}",
            SLACK_TEAM,
            "U00001",
            "Lena",
            is_stranger=False,
            channel_id="C0CORE",
            value=self.value,
            arguments=self.arguments,
            metadata=self.metadata,
            trigger_id="1.2.3",
            response_url=HOOK if trigger is Trigger.ACTION else "",
            message=("C0CORE", "17.1") if trigger is Trigger.ACTION else None,
            message_key=f"{SLACK_TEAM}:C0CORE:{self.key}",
            view=view,
        )


@dataclass
class Screen:
    """Where somebody acts, with all that they are shown."""

    world: World
    shown: list[str] = field(default_factory=list)

    def call(self, _team: str, method: str, *, seconds: int, **arguments: Any) -> dict[str, Any]:
        self.shown.append(json.dumps(arguments))
        return {}

    def respond(self, _url: str, message: dict[str, Any]) -> None:
        self.shown.append(json.dumps(message))

    def ack(self, text: str = "", **arguments: Any) -> None:
        self.shown.append(json.dumps({"text": text, **arguments}))

    def do(self, act: Act) -> str:
        """Everything that is shown of it."""
        self.shown.clear()
        slack = cast(SlackGateway, self)
        around = Surroundings(self.world.database, FakeClock(self.world.now), slack, Metrics(), PUBLIC, has_mail=True)
        with capture_logs():
            listen(LISTENERS[act.listener], act.incoming, cast(Ack, self.ack), around)
        return "".join(self.shown)


@pytest.fixture
def database_url(request: pytest.FixtureRequest, sqlite_template: Path, tmp_path: Path) -> str:
    """SQLite, unless a test needs the other: what goes on around a commit does not depend on it."""
    if hasattr(request, "param"):
        url = str(request.getfixturevalue("postgresql_url"))
        emptied(url).dispose()
        return url
    return f"sqlite:///{shutil.copy(sqlite_template, tmp_path)}"


@pytest.fixture
def watch(database: Database) -> Iterator[Watch]:
    with Watch.over(database) as watch:
        yield watch


# What people do


def person(world: World, status: ParticipantStatus = S.NOT_CONTACTED) -> int:
    """The enrolment of somebody in the study: the first is P1."""
    return screened.enrolled(world, f"p{next(world.numbers)}@example.com", "Mara Lindqvist", status)


def status_of_one(world: World) -> Act:
    metadata = Changing("C0CORE", person(world), S.NOT_CONTACTED).dump()
    return Act(ParticipantId.STATUS_MODAL, fields={"status": S.CANCELED, "reason": "moved"}, metadata=metadata)


def reviewed(world: World) -> int:
    """A change of many that was reviewed: its id."""
    choice = Choice(world.study_id, S.CANCELED, enrolment_ids=tuple(person(world) for _ in range(3)))
    with world.database.unit_of_work() as session:
        begun = status_changes.begin(session, world.admin, choice, world.now)
        status_changes.review(session, world.admin, begun.bulk_id, world.now)
        return begun.bulk_id


def statuses_of_many(world: World) -> Act:
    return Act(ParticipantId.STATUSES_REVIEW_MODAL, metadata=Reviewed("C0CORE", reviewed(world)).dump())


def undoing_many(world: World) -> Act:
    bulk_id = reviewed(world)
    with world.database.unit_of_work() as session:
        status_changes.make(session, world.admin, bulk_id, world.now)
    return Act(ParticipantId.STATUSES_UNDO, value=str(bulk_id))


def inviting(world: World) -> Act:
    for _ in range(3):
        person(world)
    people = [row.id for row in rows(world.database, sa.select(Participant.id))]
    with world.database.unit_of_work() as session:
        list_id = invitation_lists.keep(session, world.admin, world.study_id, people, world.now)
        shown = invitation_review.review(session, world.admin, list_id, PUBLIC, world.now)
    metadata = Inviting("C0CORE", list_id=list_id).dump()
    return Act(StudyId.INVITE_REVIEW_MODAL, fields={"subject": shown.subject, "text": shown.text}, metadata=metadata)


def qualifying(world: World) -> Act:
    return Act(StudyId.QUALIFY, value=str(screened.answered(world, screened.publish(world))))


def discussing(world: World) -> Act:
    enrolment_id = screened.answered(world, screened.publish(world))
    return Act(StudyId.DISCUSS_MODAL, fields={"note": "Hm"}, metadata=Reviewing("C0CORE", enrolment_id).dump())


def importing(world: World) -> Act:
    file = DroppedFile("F1", "people.csv", 100, "https://files.slack.com/1", "D1", "1.0")
    with world.database.unit_of_work() as session:
        pending_imports.take(session, world.admin, file, world.now)
    return Act(CallsheetId.IMPORT_GO, value="1:0")


def exporting(_world: World) -> Act:
    return Act("/callsheet export", arguments="participants CHK csv")


def erasing(world: World) -> Act:
    person(world)
    return Act(ParticipantId.ERASE_MODAL, fields={"confirm": "P1"}, metadata=Erasing("C0CORE", 1).dump())


def merging(world: World) -> Act:
    for _ in range(2):
        person(world)
    return Act(ParticipantId.MERGE_MODAL, fields={"confirm": "P2"}, metadata=Two("C0CORE", "P1", "P2").dump())


def blocking(world: World) -> Act:
    world.book()
    return Act(ParticipantId.BLOCK_MODAL, fields={"reason": "rude"}, metadata=Deciding("C0CORE", 1).dump())


def suggesting(world: World) -> Act:
    person(world)
    return Act(ParticipantId.SUGGEST_BLOCK_MODAL, fields={"reason": "rude"}, metadata=Deciding("C0CORE", 1).dump())


def correcting(world: World) -> Act:
    person(world)
    return Act("/participant address", arguments="P1 new@example.com")


def ruling(_world: World) -> Act:
    metadata = Writing("C0CORE", 0, RuleKind.MOST_INVITATIONS).dump()
    return Act(CallsheetId.RULE_MODAL, fields={"most": "3", "period_days": "90"}, metadata=metadata)


def keeping(_world: World) -> Act:
    return Act(CallsheetId.PRIVACY_MODAL, fields={"retention": "365"})


def promoting(world: World) -> Act:
    return Act("/callsheet role", arguments=f"<@{world.observer.slack_user_id}> researcher")


def limiting(world: World) -> Act:
    fields = {"property_name": "City", "property_value": "Bonn", "seats": "3"}
    return Act(StudyId.QUOTAS_MODAL, fields=fields, metadata=Quotas("C0CORE", world.study_id).dump())


def consenting(world: World) -> Act:
    return Act(StudyId.CONSENT_MODAL, fields={"text": "Yes."}, metadata=Agreeing("C0CORE", world.study_id).dump())


def publishing(world: World) -> Act:
    source = world.study("SRC", "Source").id
    screened.publish(world, source)
    with world.database.unit_of_work() as session:
        building = screeners.begin(session, world.admin, world.study_id, world.now)
        screeners.copy(session, world.admin, building.draft_id, source, world.now)
    return Act(ScreenerId.BUILD_MODAL, metadata=Draft("C0CORE", building.draft_id).dump())


def leading_out(world: World) -> Act:
    study_id = world.study("SUR", "Survey", type=StudyType.SURVEY).id
    fields = {"url": "https://forms.example/s?t={{ token }}", "told": "redirect"}
    return Act(StudyId.TASK_MODAL, fields=fields, metadata=Linking("C0CORE", study_id).dump())


def sharing(world: World) -> Act:
    screened.publish(world)
    return Act("/study share", arguments="CHK")


ACTS: tuple[Callable[[World], Act], ...] = (
    status_of_one,
    statuses_of_many,
    undoing_many,
    inviting,
    qualifying,
    discussing,
    importing,
    exporting,
    erasing,
    merging,
    blocking,
    suggesting,
    correcting,
    ruling,
    keeping,
    promoting,
    limiting,
    consenting,
    publishing,
    leading_out,
    sharing,
)


@pytest.mark.parametrize("act", ACTS, ids=lambda act: act.__name__)
def test_a_commit_that_fails_is_said_and_the_same_once_more_is_done_once(
    world: World, watch: Watch, act: Callable[[World], Act]
) -> None:
    screen, wanted = Screen(world), act(world)
    watch.has_changed()
    with failing(world.database):
        said = screen.do(wanted)
    assert "Something went wrong (ref " in said
    assert UNDONE in said
    assert not watch.has_changed(), "nothing is half written"
    assert "went wrong" not in screen.do(wanted)
    assert watch.has_changed(), "now it is done"
    screen.do(wanted)
    assert not watch.has_changed(), "a second click does nothing more"


def test_a_database_that_another_process_locks_is_told_in_place_of_the_answer(
    world: World, database: Database, watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "BUSY_TIMEOUT_SECONDS", 0.05)
    ours = Database(database.url.render_as_string(hide_password=False))
    screen, wanted = Screen(World(ours, world.now, world.workspace_id)), limiting(world)
    watch.has_changed()
    with database.unit_of_work() as session:
        session.connection()
        assert UNDONE in screen.do(wanted)
    assert not watch.has_changed()
    assert "went wrong" not in screen.do(wanted)
    assert watch.has_changed()
    ours.dispose()


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_server_that_breaks_off_during_the_commit_leaves_it_open_whether_it_was_done(world: World) -> None:
    other = Database(world.database.url.render_as_string(hide_password=False))
    screen, wanted = Screen(world), promoting(world)

    def kill(connection: sa.Connection) -> None:
        pid = connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one()
        with other.reading() as session:
            session.execute(sa.select(sa.func.pg_terminate_backend(pid, 2000)))

    sa.event.listen(world.database.engine, "commit", kill)
    said = screen.do(wanted)
    sa.event.remove(world.database.engine, "commit", kill)
    assert IN_DOUBT in said
    assert UNDONE not in said
    assert "went wrong" not in screen.do(wanted)
    other.dispose()


def test_who_loses_a_deadlock_does_not_notice(world: World) -> None:
    lost: list[int] = []

    def lose(_connection: Any) -> None:
        if not lost:
            lost.append(1)
            raise sa.exc.OperationalError("COMMIT", {}, Deadlock())

    screen, wanted = Screen(world), promoting(world)
    sa.event.listen(world.database.engine, "commit", lose)
    said = screen.do(wanted)
    sa.event.remove(world.database.engine, "commit", lose)
    assert lost
    assert "went wrong" not in said
    assert rows(world.database, sa.select(Member.role).where(Member.id == world.observer.member_id)) == [
        (Role.RESEARCHER,)
    ]


class Deadlock(Exception):
    sqlstate = "40P01"


def test_an_answer_that_comes_too_late_for_the_acknowledgement_comes_by_the_command_s_address(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(payloads, "IN_TIME_SECONDS", -1.0)
    screen = Screen(world)
    screen.do(promoting(world))
    answer, acknowledged = screen.shown
    assert "is Researcher now" in answer
    assert json.loads(acknowledged) == {"text": ""}


def test_what_is_out_of_date_is_said_though_it_can_not_be_drawn_again(world: World) -> None:
    enrolment_id = screened.answered(world, screened.publish(world))
    screen = Screen(world)
    screen.do(Act(StudyId.NOT_QUALIFY, value=str(enrolment_id)))
    with failing(world.database):
        said = screen.do(Act(StudyId.QUALIFY, value=str(enrolment_id), key="2"))
    assert "went wrong" not in said
    assert "P1 was not qualified by Admin 1" in said
