"""Writing a mail in Slack: what is offered, the preview, and what is sent."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from bot.blocks.ids import InterviewId
from bot.commands.interview import compose, more
from bot.commands.interview.compose import Sending, Writing
from bot.services import outcomes
from bot.slack.outcomes import Close, Open, Outcome, Update
from domain.errors import NotAllowed, RuleError
from domain.interview import InterviewStatus
from domain.study import StudyStatus, StudyType
from storage.models import Interview, OutboxRow, Participant, Study
from tests.builders import World, rows
from tests.commands.screen import Screen, buttons, text_of

HOUR = timedelta(hours=1)
AROUND: dict[str, Any] = {"public_url": "https://call.example", "has_mail": True, "view": {}}


def group(world: World, number: int) -> Interview:
    study = world.study("GRP", "Group", type=StudyType.GROUP_INTERVIEW, capacity=20)
    booked = [world.book(study_id=study.id, email=f"g{n}@example.com", name=f"Person {n}") for n in range(number)]
    return booked[0]


def inputs(outcome: Outcome) -> dict[str, Any]:
    """The elements of the modal's fields by name."""
    assert isinstance(outcome, Open | Update)
    return {block["block_id"]: block["element"] for block in outcome.view["blocks"] if block["type"] == "input"}


def kinds(outcome: Outcome) -> list[str]:
    return [option["value"] for option in inputs(outcome)["kind"]["options"]]


def asked(screen: Screen, reference: str = "CHK-1") -> Outcome:
    return screen.run(compose.ask_typed, screen.world.researcher, arguments=reference, **AROUND)


def submitted(screen: Screen, interview: Interview, **fields: Any) -> Outcome:
    given = {"kind": "custom", "subject": "Hello", "text": "Hi {{ participant.first_name }}", **fields}
    metadata = Writing("C0CORE", interview.id).dump()
    return screen.run(compose.preview, screen.world.researcher, fields=given, metadata=metadata, **AROUND)


def sent(world: World) -> list[dict[str, Any]]:
    return [row.payload for row in rows(world.database, sa.select(OutboxRow.payload)) if "by" in row.payload]


@pytest.mark.parametrize("door", ["typed", "button", "menu"])
def test_every_door_opens_the_same_modal(world: World, screen: Screen, door: str) -> None:
    interview = world.book()
    body, given = {
        "typed": (compose.ask_typed, {"arguments": "CHK-1"}),
        "button": (compose.ask_clicked, {"value": str(interview.id)}),
        "menu": (more.choose, {"value": f"compose:{interview.id}"}),
    }[door]
    opened = screen.run(body, world.researcher, **given, **AROUND)

    assert kinds(opened) == ["reminder", "custom", "reschedule_request"]
    assert inputs(opened)["kind"]["initial_option"]["value"] == "reminder"
    assert "recipients" not in inputs(opened)
    assert "no incentive mail, because the session is not completed" in text_of(opened)


def test_without_mail_the_action_says_so_at_every_door(world: World, screen: Screen) -> None:
    interview = world.book()
    around = {**AROUND, "has_mail": False}
    with pytest.raises(RuleError, match="No mail is set up"):
        screen.run(compose.ask_typed, world.researcher, arguments="CHK-1", **around)
    with pytest.raises(RuleError, match="No mail is set up"):
        screen.run(compose.ask_clicked, world.researcher, value=str(interview.id), **around)
    with pytest.raises(RuleError, match="No mail is set up"):
        screen.run(more.choose, world.researcher, value=f"compose:{interview.id}", **around)


def test_observer_writes_no_mail(world: World, screen: Screen) -> None:
    world.book()
    with pytest.raises(NotAllowed):
        screen.run(compose.ask_typed, world.observer, arguments="CHK-1", **AROUND)


def test_another_kind_brings_its_words_and_keeps_who_was_chosen(world: World, screen: Screen) -> None:
    interview = group(world, 3)
    first = inputs(asked(screen, "GRP-1"))
    chosen = [option["value"] for option in first["recipients"]["initial_options"]]
    assert len(chosen) == 3
    changed = screen.run(
        compose.choose_kind,
        world.researcher,
        value="reschedule_request",
        fields={"recipients": chosen[:1]},
        metadata=Writing("C0CORE", interview.id).dump(),
        **AROUND,
    )

    second = inputs(changed)
    assert isinstance(changed, Update)
    assert second["text"]["initial_value"] != first["text"]["initial_value"]
    assert "choose another time" in second["text"]["initial_value"]
    assert [option["value"] for option in second["recipients"]["initial_options"]] == chosen[:1]
    for name in ("subject", "text", "recipients"):
        assert second[name]["action_id"] != first[name]["action_id"], "else Slack keeps what it shows"


def test_preview_shows_what_the_first_of_them_reads_and_sends_it(world: World, screen: Screen) -> None:
    interview = group(world, 3)
    ids = [option["value"] for option in inputs(asked(screen, "GRP-1"))["recipients"]["options"]]
    shown = submitted(screen, interview, recipients=ids[:2], text="Hi {{ participant.name }},\n\nsee you!")

    assert isinstance(shown, Update), "Slack stacks three modals: the list, the details, and this one"
    assert shown.view["submit"]["text"] == "Send"
    texts = [block["text"]["text"] for block in shown.view["blocks"] if block["type"] == "section"]
    assert texts[1:] == ["Hello", "Hi Person 0,\n\nsee you!"]
    assert "To Person 0, Person 1." in text_of(shown)
    assert sent(world) == []
    closed = screen.run(compose.send, world.researcher, metadata=shown.view["private_metadata"], **AROUND)

    assert isinstance(closed, Close)
    assert "The custom mail about GRP-1 goes to 2 participants now." in text_of(closed)
    assert [str(payload["attendee_id"]) for payload in sent(world)] == ids[:2]


def test_from_the_preview_one_goes_back_to_what_was_written(world: World, screen: Screen) -> None:
    interview = group(world, 3)
    ids = [option["value"] for option in inputs(asked(screen, "GRP-1"))["recipients"]["options"]]
    mail = {"kind": "reschedule_request", "subject": "When?", "text": "Hi {{ participant.name }}"}
    shown = submitted(screen, interview, recipients=ids[1:], **mail)
    assert isinstance(shown, Update)
    back = {"metadata": shown.view["private_metadata"], **AROUND}
    assert buttons(shown) == {InterviewId.COMPOSE_BACK: "back"}
    again = screen.run(compose.back, world.researcher, **back)

    assert isinstance(again, Update)
    found = inputs(again)
    assert found["kind"]["initial_option"]["value"] == mail["kind"]
    assert [found[name]["initial_value"] for name in ("subject", "text")] == [mail["subject"], mail["text"]]
    assert [option["value"] for option in found["recipients"]["initial_options"]] == ids[1:]
    assert Writing.load(again.view["private_metadata"]) == Writing("C0CORE", interview.id)
    assert again.view["callback_id"] == InterviewId.COMPOSE_MODAL


@pytest.mark.parametrize(
    ("fields", "field", "sentence"),
    [
        ({"text": "Hi {{ participant.nme }}"}, "text", "There is no {{ participant.nme }}. Possible: {{ participant"),
        ({"subject": "{{ x }}"}, "subject", "There is no {{ x }}"),
        ({"text": None}, "text", "The mail has no text"),
        ({"kind": None}, "kind", "What kind of mail"),
        ({"kind": "confirmation"}, "kind", "What kind of mail"),
        ({"kind": "incentive"}, "kind", "No incentive mail about CHK-1"),
        ({"text": '"' * 2000, "subject": '"' * 150}, "text", "too long"),
    ],
)
def test_what_is_wrong_stands_under_its_field(
    world: World, screen: Screen, fields: dict[str, Any], field: str, sentence: str
) -> None:
    interview = world.book()
    with pytest.raises(RuleError) as refusal:
        submitted(screen, interview, **fields)
    assert (refusal.value.field, sentence in refusal.value.message) == (field, True)


def test_longest_mail_fits_into_the_preview(world: World, screen: Screen) -> None:
    interview = world.book()
    text = "\n".join(["W" * 99] * 19) + "{{ interview.when }}"
    shown = submitted(screen, interview, subject="S" * 150, text=text)

    assert isinstance(shown, Update)
    assert Sending.load(shown.view["private_metadata"]).text == text
    assert "Monday, 23 November 2026" in text_of(shown)


def test_many_participants_are_chosen_from_a_menu(world: World, screen: Screen) -> None:
    group(world, 12)

    assert inputs(asked(screen, "GRP-1"))["recipients"]["type"] == "multi_static_select"


def test_who_has_opted_out_is_left_out_by_name(world: World, screen: Screen) -> None:
    group(world, 3)
    with world.database.unit_of_work() as session:
        session.execute(
            sa.update(Participant).where(Participant.email == "g1@example.com").values(opted_out_at=world.now)
        )
    opened = asked(screen, "GRP-1")

    assert "Left out: Person 1 has opted out." in text_of(opened)
    assert len(inputs(opened)["recipients"]["options"]) == 2


def test_paused_study_says_why_there_is_no_request_to_reschedule(world: World, screen: Screen) -> None:
    world.book()
    with world.database.unit_of_work() as session:
        session.execute(sa.update(Study).values(status=StudyStatus.PAUSED))
    opened = asked(screen)

    assert kinds(opened) == ["reminder", "custom"]
    assert "no request to reschedule, because the study is Paused" in text_of(opened)


def test_session_completed_while_the_preview_was_open_gets_no_reminder(world: World, screen: Screen) -> None:
    interview = world.book()
    shown = submitted(screen, interview, kind="reminder")
    assert isinstance(shown, Update)
    with world.database.unit_of_work() as session:
        outcomes.mark_completed(session, world.researcher, interview.id, world.now + 2 * HOUR)
    with pytest.raises(RuleError, match="No reminder about CHK-1: the session is not ahead"):
        screen.run(compose.send, world.researcher, metadata=shown.view["private_metadata"], **AROUND)

    assert world.get(interview.id).status is InterviewStatus.COMPLETED
    assert sent(world) == []


def test_hostile_words_are_what_slack_takes_and_no_markup(world: World, screen: Screen) -> None:
    interview = world.book(name="<!channel> *x*")
    opened = asked(screen)
    shown = submitted(screen, interview, text="{{ participant.name }} <!here>" + "W" * 1900)

    assert "<!channel>" not in json.dumps([b for b in opened.view["blocks"] if b["type"] != "input"])  # type: ignore[union-attr]
    assert isinstance(shown, Update)
    marked = [b for b in shown.view["blocks"] if b.get("text", {}).get("type") != "plain_text"]
    assert "<!" not in json.dumps(marked)


def test_ids_of_the_modals_are_those_listened_to(world: World, screen: Screen) -> None:
    interview = world.book()
    opened, shown = asked(screen), submitted(screen, interview)
    assert isinstance(opened, Open)
    assert isinstance(shown, Update)
    assert inputs(opened)["kind"]["action_id"] == InterviewId.MAIL_KIND
    assert (opened.view["callback_id"], shown.view["callback_id"]) == (
        InterviewId.COMPOSE_MODAL,
        InterviewId.SEND_MODAL,
    )
