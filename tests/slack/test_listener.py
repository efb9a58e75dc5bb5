"""What happens around every body: who acts, once only, commit before acknowledgement, refusals where people look."""

from __future__ import annotations

import io
import json
import logging
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import pytest
import sqlalchemy as sa
import structlog
from slack_bolt import Ack
from sqlalchemy.orm import Session

from bot.blocks import kit
from bot.integrations.ports import Refused, Unavailable
from bot.logs import configure_logs
from bot.metrics import Metrics
from bot.services import outgoing
from bot.slack.capability import PARAMETERS, Body, Listener, Trigger, listener_of
from bot.slack.gateway import SlackGateway
from bot.slack.listener import NOT_FOR_STRANGERS, NOT_SET_UP, NOT_SHOWN, Surroundings, listen
from bot.slack.metadata import Metadata
from bot.slack.outcomes import (
    Close,
    FieldErrors,
    Nothing,
    Open,
    Options,
    Outcome,
    Remove,
    Replace,
    Reply,
    Update,
    say,
)
from bot.slack.payloads import Incoming
from domain.errors import RuleError, Stale
from domain.roles import Actor, Role
from storage import outbox, projections
from storage.engine import Database
from storage.models import LedgerEntry, Member, OutboxRow, ReceivedTrigger
from storage.projections import Remote
from tests.builders import SLACK_TEAM, World, rows
from tests.fakes import FakeClock

HOOK = "https://hooks.slack.com/actions/1"
VIEW = {
    "id": "V1",
    "hash": "h1",
    "type": "modal",
    "private_metadata": Metadata(channel_id="C0CORE").dump(),
    "blocks": [
        {"type": "section", "block_id": "intro"},
        {"type": "input", "block_id": "who"},
        {"type": "input", "block_id": "when"},
    ],
}
Done = dict[str, Any]


@dataclass
class Stage:
    """A database, a Slack that writes down what it is asked, and an acknowledgement that does the same, in order."""

    world: World
    happened: list[tuple[str, Any]] = field(default_factory=list)
    failing: dict[str, Exception] = field(default_factory=dict)
    metrics: Metrics = field(default_factory=Metrics)

    def __post_init__(self) -> None:
        clock = FakeClock(self.world.now)
        slack = cast(SlackGateway, self)
        self.around = Surroundings(self.world.database, clock, slack, self.metrics, "https://call.example", True)

    def call(self, slack_team_id: str, method: str, *, seconds: int, **arguments: Any) -> Done:
        self.note(method, arguments)
        return {}

    def respond(self, response_url: str, message: Done) -> None:
        self.note("respond", message)

    def note(self, what: str, arguments: Done) -> None:
        self.happened.append((what, arguments))
        if what in self.failing:
            raise self.failing[what]

    def ack(self, text: str = "", **arguments: Any) -> None:
        self.note("ack", {"text": text, **arguments} if text else arguments)

    def listen(self, body: Body, incoming: Incoming, *, reads: bool = False) -> Done:
        """What was acknowledged, once and last."""
        before = len([what for what, _ in self.happened if what == "ack"])
        listen(listener(incoming.trigger, body, reads=reads), incoming, cast(Ack, self.ack), self.around)
        acks = [arguments for what, arguments in self.happened if what == "ack"]
        assert len(acks) == before + 1
        assert self.happened[-1][0] == "ack", "the acknowledgement comes last"
        return cast(Done, acks[-1])

    def asked(self, what: str) -> list[Done]:
        return [arguments for name, arguments in self.happened if name == what]

    @property
    def notes(self) -> list[str]:
        """What bodies have left in the database: see `leave`."""
        return [row.subject for row in rows(self.world.database, sa.select(LedgerEntry.subject))]


def listener(trigger: Trigger, body: Body, *, reads: bool = False) -> Listener:
    return listener_of(trigger, "test", body, reads=reads)


def leave(session: Session, note: str = "was here") -> None:
    """Write something that can be looked for."""
    outbox_time = sa.func.current_timestamp()
    session.execute(sa.insert(LedgerEntry).values(kind="test", subject=note, at=outbox_time))


@pytest.fixture
def database_url(sqlite_template: Path, tmp_path: Path) -> str:
    """One kind of database is enough here: what goes on around a body does not depend on it."""
    return f"sqlite:///{shutil.copy(sqlite_template, tmp_path)}"


@pytest.fixture
def stage(world: World) -> Stage:
    return Stage(world)


def coming(trigger: Trigger, user: str = "U00003", key: str = "k1", **values: Any) -> Incoming:
    """Something that comes in from a member: the Researcher, unless said otherwise."""
    given: dict[str, Any] = {"trigger_id": "1.2.3", "channel_id": "C0CORE", **values}
    return Incoming(trigger, f"{SLACK_TEAM}:{key}", SLACK_TEAM, user, "kim", is_stranger=False, **given)


def command(**values: Any) -> Incoming:
    return coming(Trigger.COMMAND, **values)


def click(**values: Any) -> Incoming:
    return coming(Trigger.ACTION, **{"response_url": HOOK, "message": ("C0CORE", "17.1"), **values})


def submission(**values: Any) -> Incoming:
    return coming(
        Trigger.SUBMISSION, **{"view": VIEW, "metadata": VIEW["private_metadata"], "channel_id": "", **values}
    )


def failing(error: Exception) -> Body:
    def body(session: Session) -> Outcome:
        leave(session)
        raise error

    return body


# What a body is given


def test_a_body_is_given_what_it_names_and_nothing_else(stage: Stage) -> None:
    given: Done = {}

    def body(
        actor: Actor, now: object, arguments: str, channel_id: str, public_url: str, slack_team_id: str, has_mail: bool
    ) -> Outcome:
        given.update(locals())
        return Nothing()

    stage.listen(body, command(arguments="CHK p17"))
    assert given.pop("given") is given
    assert given == {
        "actor": stage.world.researcher,
        "now": stage.world.now,
        "arguments": "CHK p17",
        "channel_id": "C0CORE",
        "public_url": "https://call.example",
        "slack_team_id": SLACK_TEAM,
        "has_mail": True,
    }


def test_what_happens_in_a_modal_happens_where_it_was_opened(stage: Stage) -> None:
    seen: list[str] = []

    def body(channel_id: str) -> Outcome:
        seen.append(channel_id)
        return Nothing()

    stage.listen(body, submission())
    stage.listen(body, click(view={"type": "home"}, channel_id="", key="T1:home"))
    assert seen == ["C0CORE", ""]


def test_every_parameter_that_is_promised_is_given(stage: Stage) -> None:
    names = ", ".join(PARAMETERS)
    scope: Done = {"Nothing": Nothing, "seen": []}
    exec(f"def body({names}):\n    seen.append(dict(locals()))\n    return Nothing()", scope)
    stage.listen(scope["body"], submission())
    assert set(scope["seen"][0]) >= set(PARAMETERS)


def test_a_body_that_asks_for_the_impossible_is_found_out_at_once() -> None:
    with pytest.raises(TypeError, match="can't ask for weather"):
        listener(Trigger.COMMAND, lambda weather: Nothing())


# Who acts


def test_somebody_new_becomes_an_observer_whose_profile_is_asked_for(stage: Stage) -> None:
    seen: list[Actor] = []

    def body(actor: Actor) -> Outcome:
        seen.append(actor)
        return say("Hello.")

    for reads in (True, False):
        stage.listen(body, command(user=f"U0NEW{reads}"), reads=reads)
    assert [(actor.role, actor.name) for actor in seen] == [(Role.OBSERVER, "kim")] * 2
    asked = rows(stage.world.database, sa.select(OutboxRow.kind, OutboxRow.subject).order_by(OutboxRow.id))
    assert asked == [("slack_member", "U0NEWTrue"), ("slack_member", "U0NEWFalse")]


def test_a_stranger_is_refused_and_leaves_no_trace(stage: Stage) -> None:
    incoming = Incoming(Trigger.COMMAND, "k", SLACK_TEAM, "U0FAR", "kim", is_stranger=True)
    assert stage.listen(failing(AssertionError()), incoming)["text"] == NOT_FOR_STRANGERS
    assert rows(stage.world.database, sa.select(Member.id).where(Member.slack_user_id == "U0FAR")) == []


def test_a_workspace_without_the_app_is_told_so(stage: Stage) -> None:
    incoming = Incoming(Trigger.COMMAND, "k", "T0FAR", "U1", "kim", is_stranger=False)
    assert stage.listen(failing(AssertionError()), incoming)["text"] == NOT_SET_UP


def test_an_event_that_nobody_stands_behind_is_taken_when_the_body_does_not_ask_who(stage: Stage) -> None:
    def body(session: Session) -> Outcome:
        leave(session)
        return Nothing()

    stage.listen(body, coming(Trigger.EVENT, user=""))
    assert stage.notes == ["was here"]


# Once only, and the commit first


def test_the_commit_comes_before_the_acknowledgement(world: World) -> None:
    class Watching(Stage):
        def note(self, what: str, arguments: Done) -> None:
            super().note(what, {**arguments, "notes": self.notes})

    def body(session: Session) -> Outcome:
        leave(session)
        return Replace("Done.")

    stage = Watching(world)
    stage.listen(body, click())
    assert [(what, arguments["notes"]) for what, arguments in stage.happened] == [
        ("respond", ["was here"]),
        ("ack", ["was here"]),
    ]


@pytest.mark.parametrize("make", [command, click, submission])
def test_the_same_trigger_twice_is_done_once_and_acknowledged_twice(
    stage: Stage, make: Callable[..., Incoming]
) -> None:
    def body(session: Session) -> Outcome:
        leave(session)
        return say("Done.")

    first, second = stage.listen(body, make()), stage.listen(body, make())
    assert stage.notes == ["was here"]
    assert second == {}
    assert first != second or make is not command
    assert len(stage.asked("respond")) <= 1


def test_another_trigger_is_done_again(stage: Stage) -> None:
    done: list[int] = []

    def body() -> Outcome:
        done.append(1)
        return Nothing()

    for key in "ab":
        stage.listen(body, command(key=key))
    assert len(done) == 2


def test_what_only_reads_writes_nothing_and_may_come_twice(stage: Stage) -> None:
    def body(actor: Actor) -> Outcome:
        return say(f"Hello, {actor.name}.")

    answers = [stage.listen(body, command(), reads=True)["text"] for _ in range(2)]
    assert answers == ["Hello, Researcher 3."] * 2
    assert rows(stage.world.database, sa.select(ReceivedTrigger.key)) == []


def test_a_refused_trigger_may_come_again(stage: Stage) -> None:
    stage.listen(failing(RuleError("No.")), command())
    assert stage.notes == []
    stage.listen(lambda session: leave(session) or Nothing(), command())  # type: ignore[func-returns-value]
    assert stage.notes == ["was here"]


def test_a_modal_with_field_errors_keeps_nothing_and_can_be_submitted_again(stage: Stage) -> None:
    def wrong(session: Session) -> Outcome:
        leave(session)
        return FieldErrors({"when": "That time has passed."})

    def right(session: Session) -> Outcome:
        leave(session, "second time")
        return Close()

    assert stage.listen(wrong, submission()) == {
        "response_action": "errors",
        "errors": {"when": "That time has passed."},
    }
    assert stage.listen(right, submission()) == {"response_action": "clear"}
    assert stage.notes == ["second time"]


def test_a_modal_below_another_can_be_submitted_again(stage: Stage) -> None:
    done: list[int] = []

    def body(session: Session) -> Outcome:
        done.append(1)
        return Open(kit.modal("Is that right?", [], callback_id="confirm"))

    assert [stage.listen(body, submission())["response_action"] for _ in range(2)] == ["push", "push"]
    assert len(done) == 2


# Refusals


def test_a_command_is_refused_in_an_ephemeral_sentence(stage: Stage) -> None:
    answer = stage.listen(failing(RuleError("CHK is closed & <gone>.")), command())
    assert answer["response_type"] == "ephemeral"
    assert answer["text"] == "CHK is closed &amp; &lt;gone&gt;."
    assert stage.notes == [], "nothing of it is kept"


def test_a_click_is_refused_in_an_ephemeral_message_that_leaves_the_clicked_one(stage: Stage) -> None:
    assert stage.listen(failing(RuleError("No.")), click()) == {}
    (said,) = stage.asked("respond")
    assert (said["text"], said["response_type"], said["replace_original"]) == ("No.", "ephemeral", False)


def test_a_click_where_nothing_can_be_said_is_refused_in_a_modal(stage: Stage) -> None:
    stage.listen(failing(RuleError("No.")), click(response_url="", message=None))
    (opened,) = stage.asked("views.open")
    assert opened["trigger_id"] == "1.2.3"
    assert "No." in json.dumps(opened["view"])


@pytest.mark.parametrize(("named", "shown"), [("when", "when"), ("who", "who"), (None, "who"), ("weather", "who")])
def test_a_submission_is_refused_under_the_field_it_is_about_else_the_first(
    stage: Stage, named: str | None, shown: str
) -> None:
    answer = stage.listen(failing(RuleError("No <b>.", named)), submission())
    assert answer == {"response_action": "errors", "errors": {shown: "No <b>."}}


def test_a_submission_without_fields_is_refused_in_a_modal_on_top(stage: Stage) -> None:
    answer = stage.listen(failing(RuleError("No <b>.")), submission(view={**VIEW, "blocks": []}))
    assert answer["response_action"] == "push"
    assert "No &lt;b&gt;." in json.dumps(answer["view"], ensure_ascii=False)


def test_a_menu_is_refused_with_no_options(stage: Stage) -> None:
    assert stage.listen(failing(RuleError("No.")), coming(Trigger.OPTIONS), reads=True) == {"options": []}


@pytest.mark.parametrize(("kind", "subject"), [(outgoing.Kind.CARD, "7"), (outgoing.Kind.DIGEST_UPDATE, "C0CORE:d")])
def test_a_stale_click_has_the_clicked_message_drawn_again(stage: Stage, kind: str, subject: str) -> None:
    world = stage.world
    with world.database.unit_of_work() as session:
        projections.remember(session, world.workspace_id, kind, subject, Remote("C0CORE", "17.1"), world.now)
    stage.listen(failing(Stale("CHK-7 is cancelled.")), click())
    assert stage.asked("respond")[0]["text"] == "CHK-7 is cancelled."
    asked = rows(world.database, sa.select(OutboxRow.kind, OutboxRow.subject, OutboxRow.lane))
    assert asked == [(kind, subject, "slack:C0CORE")]


def test_a_stale_click_on_a_message_that_is_not_ours_only_gets_its_sentence(stage: Stage) -> None:
    stage.listen(failing(Stale("CHK-7 is cancelled.")), click())
    assert rows(stage.world.database, sa.select(OutboxRow.id)) == []


# Failures


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    stream = io.StringIO()
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    configure_logs("json", "INFO", stream)
    yield stream
    root.handlers[:] = handlers
    root.setLevel(level)
    logging.captureWarnings(False)
    structlog.reset_defaults()


@pytest.mark.parametrize("make", [command, click, submission])
def test_an_unexpected_failure_is_undone_and_told_with_the_reference_in_the_log(
    stage: Stage, log: io.StringIO, make: Callable[..., Incoming]
) -> None:
    answer = stage.listen(failing(ZeroDivisionError("mara@example.com")), make())
    shown = json.dumps([answer, stage.happened])
    (logged,) = [json.loads(line) for line in log.getvalue().splitlines()]
    assert logged["level"] == "error"
    assert f"Something went wrong (ref {logged['reference']})" in shown
    assert "ZeroDivisionError" in logged["exception"]
    assert "mara" not in log.getvalue()
    assert "ZeroDivisionError" not in shown
    assert stage.notes == []


def test_an_event_that_fails_is_not_acknowledged_so_that_slack_delivers_it_again(
    stage: Stage, log: io.StringIO
) -> None:
    body = failing(ZeroDivisionError())
    with pytest.raises(ZeroDivisionError):
        stage.listen(body, coming(Trigger.EVENT))
    assert stage.happened == []
    stage.listen(lambda session: leave(session) or Nothing(), coming(Trigger.EVENT))  # type: ignore[func-returns-value]
    assert stage.notes == ["was here"]


def test_how_it_ended_is_counted(stage: Stage, log: io.StringIO) -> None:
    stage.listen(lambda: Nothing(), command(key="1"))
    stage.listen(lambda: Nothing(), command(key="1"))
    stage.listen(failing(Stale("No.")), command(key="2"))
    stage.listen(failing(ZeroDivisionError()), command(key="3"))
    with pytest.raises(ZeroDivisionError):
        stage.listen(failing(ZeroDivisionError()), coming(Trigger.EVENT, key="4"))
    text = stage.metrics.render().decode()
    for outcome, number in (("ok", 1), ("repeated", 1), ("Stale", 1), ("failed", 2)):
        assert f'_count{{listener="test",outcome="{outcome}"}} {number}.0' in text


# Outcomes


MODAL = kit.modal("Cancel CHK-7", [kit.section("Why?")], callback_id="cancel", submit="Cancel it")


def test_a_reply_to_a_command_is_the_acknowledgement(stage: Stage) -> None:
    private = stage.listen(lambda: Reply("Two today.", [kit.section("Two")]), command(key="1"))
    assert private == {
        "text": "Two today.",
        "blocks": [kit.section("Two")],
        "response_type": "ephemeral",
        "unfurl_links": False,
        "unfurl_media": False,
    }
    public = stage.listen(lambda: Reply("Two today.", in_channel=True), command(key="2"))
    assert public["response_type"] == "in_channel"


def test_a_modal_opens_from_a_command_and_on_top_of_another(stage: Stage) -> None:
    assert stage.listen(lambda: Open(MODAL), command(key="1")) == {}
    assert stage.asked("views.open") == [{"trigger_id": "1.2.3", "view": MODAL}]
    stage.listen(lambda: Open(MODAL), click(key="2", view=VIEW, message=None))
    assert stage.asked("views.push") == [{"trigger_id": "1.2.3", "view": MODAL}]


@pytest.mark.parametrize(
    ("outcome", "message"),
    [
        (Replace("Booked."), {"text": "Booked.", "replace_original": True}),
        (Remove(), {"delete_original": True}),
        (Reply("Hi.", in_channel=True), {"text": "Hi.", "response_type": "in_channel", "replace_original": False}),
    ],
)
def test_a_click_changes_or_answers_the_message(stage: Stage, outcome: Outcome, message: Done) -> None:
    assert stage.listen(lambda: outcome, click()) == {}
    (said,) = stage.asked("respond")
    assert message.items() <= said.items()


def test_a_click_in_a_modal_draws_it_anew_unless_it_has_changed_meanwhile(stage: Stage) -> None:
    stage.listen(lambda: Update(MODAL), click(view=VIEW))
    assert stage.asked("views.update") == [{"view_id": "V1", "hash": "h1", "view": MODAL}]


@pytest.mark.parametrize(
    ("outcome", "answer"),
    [
        (Close(), {"response_action": "clear"}),
        (Nothing(), {"response_action": "clear"}),
        (Update(MODAL), {"response_action": "update", "view": MODAL}),
        (Open(MODAL), {"response_action": "push", "view": MODAL}),
        (FieldErrors({"who": "No."}), {"response_action": "errors", "errors": {"who": "No."}}),
    ],
)
def test_a_submission_is_answered_by_what_becomes_of_the_modal(stage: Stage, outcome: Outcome, answer: Done) -> None:
    assert stage.listen(lambda: outcome, submission()) == answer


def test_what_is_said_when_a_modal_closes_is_whispered_where_it_was_opened(stage: Stage) -> None:
    assert stage.listen(lambda: Close(say("CHK-7 is cancelled.")), submission()) == {"response_action": "clear"}
    ((kind, payload),) = rows(stage.world.database, sa.select(OutboxRow.kind, OutboxRow.payload))
    assert kind == "slack_whisper"
    said = say("CHK-7 is cancelled.")
    assert payload == {"channel": "C0CORE", "user": "U00003", "text": said.text, "blocks": list(said.blocks)}


def test_a_menu_offers_at_most_a_hundred_options(stage: Stage) -> None:
    offered = [{"text": kit.plain(str(n)), "value": str(n)} for n in range(150)]
    answer = stage.listen(lambda typed: Options(offered), coming(Trigger.OPTIONS, typed="1"), reads=True)
    assert answer == {"options": offered[:100]}


def test_an_event_is_acknowledged(stage: Stage) -> None:
    assert stage.listen(lambda event: Nothing(), coming(Trigger.EVENT, event={"type": "app_home_opened"})) == {}


# Slack fails in between


@pytest.mark.parametrize("error", [Refused("expired_trigger_id"), Unavailable("no answer")])
def test_a_modal_that_does_not_open_gives_a_sentence_to_a_command(stage: Stage, error: Exception) -> None:
    stage.failing["views.open"] = error
    assert stage.listen(lambda: Open(MODAL), command()) == {"text": NOT_SHOWN}


def test_a_modal_that_slack_refuses_gives_a_sentence_to_a_click(stage: Stage) -> None:
    stage.failing["views.open"] = Refused("expired_trigger_id")
    assert stage.listen(lambda: Open(MODAL), click()) == {}
    assert [said["text"] for said in stage.asked("respond")] == [NOT_SHOWN]


def test_a_click_is_acknowledged_in_time_when_slack_does_not_answer(stage: Stage) -> None:
    stage.failing["views.open"] = Unavailable("timed out")
    assert stage.listen(lambda: Open(MODAL), click()) == {}
    assert stage.asked("respond") == [], "another try would come too late for the three seconds"


@pytest.mark.parametrize("outcome", [say("Hi."), Open(MODAL)])
def test_a_click_is_acknowledged_when_nothing_can_be_shown_at_all(stage: Stage, outcome: Outcome) -> None:
    stage.failing.update({"respond": Refused("expired_url"), "views.open": Refused("expired_trigger_id")})

    def body(session: Session) -> Outcome:
        leave(session)
        return outcome

    assert stage.listen(body, click()) == {}
    assert stage.notes == ["was here"], "what was done stays done"


# The digest that was clicked


def test_a_click_in_a_digest_brings_the_digest_up_to_date(stage: Stage) -> None:
    world = stage.world
    with world.database.unit_of_work() as session:
        where = Remote("C0CORE", "17.1")
        projections.remember(session, world.workspace_id, outgoing.Kind.DIGEST_UPDATE, "C0CORE:d", where, world.now)
    stage.listen(lambda: Nothing(), click())
    assert rows(world.database, sa.select(OutboxRow.subject)) == [("C0CORE:d",)]


def test_a_listener_wakes_the_worker_only_after_the_commit(stage: Stage) -> None:
    world = stage.world
    seen: list[int] = []
    world.database.on_outbox(lambda: seen.append(len(rows(world.database, sa.select(OutboxRow.id)))))

    def body(session: Session, now: Any) -> Outcome:
        item = outbox.Outgoing("notice", "a", outbox.Lane("slack:C1"), due_at=now + timedelta(hours=1))
        outbox.send(session, world.workspace_id, now, item)
        return Nothing()

    stage.listen(body, command())
    assert seen == [1]


def test_a_database_of_another_process_decides_on_repeats_too(world: World, database: Database) -> None:
    other = Database(database.url.render_as_string(hide_password=False))
    second = Stage(World(other, world.now, world.workspace_id))
    done: list[int] = []

    def body() -> Outcome:
        done.append(1)
        return Nothing()

    Stage(world).listen(body, command())
    second.listen(body, command())
    other.dispose()
    assert len(done) == 1


def test_answer_to_what_is_being_typed_does_not_mind_that_more_was_typed_meanwhile(stage: Stage) -> None:
    stage.listen(lambda: Update(MODAL, is_live=True), click(view=VIEW))
    assert stage.asked("views.update") == [{"view_id": "V1", "view": MODAL}]
