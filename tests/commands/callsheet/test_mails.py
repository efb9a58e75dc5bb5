"""`/callsheet mails`: a team's own words, seen while they are written, tried out, kept and given up."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from bot.blocks.ids import CallsheetId
from bot.commands.callsheet import mails
from bot.commands.callsheet.mails import Writing
from bot.commands.interview import cancel, compose
from bot.services.outgoing import Kind
from bot.slack.outcomes import Close, Open, Outcome, Update
from domain.drafts import STANDARD
from domain.errors import NotAllowed, NotFound, RuleError
from domain.letters import TOKENS
from domain.mail import MailKind
from domain.mail_samples import NAME
from domain.roles import Role
from domain.tokens import token
from storage.models import MailTemplate, OutboxRow
from tests.builders import World, rows
from tests.commands.screen import Screen, buttons, text_of
from tests.fakes import Outside


def value(world: World, kind: MailKind = MailKind.REMINDER) -> str:
    return f"{world.team_id}:{kind.value}"


def metadata(world: World, kind: MailKind = MailKind.REMINDER) -> str:
    return Writing("C0CORE", world.team_id, kind.value).dump()


def written(world: World, kind: MailKind = MailKind.REMINDER, **fields: str | None) -> dict[str, Any]:
    """What the modal gives for what was typed into it."""
    words = {"subject": "Bis bald, {{ participant.first_name }}", "text": "Hallo {{ participant.name }}!", **fields}
    return {"fields": words, "metadata": metadata(world, kind), "has_mail": True}


def stored(world: World) -> list[Any]:
    return rows(world.database, sa.select(MailTemplate.kind, MailTemplate.subject, MailTemplate.updated_by))


def element(outcome: Outcome, block_id: str) -> dict[str, Any]:
    assert isinstance(outcome, Open | Update)
    (block,) = [block for block in outcome.view["blocks"] if block.get("block_id") == block_id]
    assert block["dispatch_action"] is True
    return dict(block["element"])


def initial(outcome: Outcome, block_id: str) -> str:
    """What a field of a modal begins with."""
    assert isinstance(outcome, Open | Update)
    (block,) = [block for block in outcome.view["blocks"] if block.get("block_id") == block_id]
    return str(block["element"]["initial_value"])


def test_list_says_whose_words_each_mail_has(world: World, screen: Screen) -> None:
    screen.run(mails.save, world.researcher, **written(world))
    shown = screen.run(mails.show, world.admin)

    assert isinstance(shown, Open)
    told = [block["text"]["text"] for block in shown.view["blocks"] if block["type"] == "section"]
    assert "*Confirmation*\nStandard wording" in told
    assert any(text.startswith(f"*Reminder*\nOwn version by {world.researcher.name}, <!date^") for text in told)
    assert buttons(shown)[CallsheetId.MAILS_RESET] == value(world)
    assert "Screener" not in text_of(shown)


@pytest.mark.parametrize("kind", [MailKind.REMINDER, MailKind.SCHEDULER, MailKind.CANCELLATION])
def test_version_begins_with_the_standard_words_and_shows_how_they_read(
    world: World, screen: Screen, kind: MailKind
) -> None:
    opened = screen.run(mails.edit, world.researcher, value=value(world, kind), metadata="")

    assert element(opened, "subject")["initial_value"] == STANDARD[kind].subject
    text = element(opened, "text")
    assert text["initial_value"] == STANDARD[kind].text
    assert text["dispatch_action_config"] == {"trigger_actions_on": ["on_character_entered"]}
    assert f"Hi {NAME.split()[0]}," in text_of(opened)
    assert "Callsheet adds " in text_of(opened)
    for name in TOKENS[kind]:
        assert token(name).replace(" ", "\u00a0") in text_of(opened)


def test_preview_follows_what_is_typed_and_leaves_the_inputs_alone(world: World, screen: Screen) -> None:
    opened = screen.run(mails.edit, world.researcher, value=value(world), metadata="")
    typed = screen.run(mails.preview, world.researcher, **written(world))

    assert isinstance(typed, Update)
    assert f"Hallo {NAME}!" in text_of(typed)
    assert f"Bis bald, {NAME.split()[0]}" in text_of(typed)
    for name in ("subject", "text"):
        assert element(typed, name)["action_id"] == element(opened, name)["action_id"] == CallsheetId.MAILS_TYPED


@pytest.mark.parametrize(
    ("field", "wrong", "sentence"),
    [
        ("text", "Hi {{ participant.firstname }}", "There is no {{ participant.firstname }}."),
        ("subject", "See {{ links.schedule }}", "There is no {{ links.schedule }}."),
        ("text", "Hi {{ participant.name", "one of the two is missing"),
        ("text", None, "The mail has no text."),
    ],
)
def test_wrong_version_is_told_in_the_preview_and_at_its_field(
    world: World, screen: Screen, field: str, wrong: str | None, sentence: str
) -> None:
    given = written(world, **{field: wrong})
    assert sentence in text_of(screen.run(mails.preview, world.researcher, **given))
    with pytest.raises(RuleError) as refused:
        screen.run(mails.save, world.researcher, **given)
    assert refused.value.field == field
    assert sentence in refused.value.message
    assert stored(world) == []


def test_version_is_kept_with_who_wrote_it_and_changed_by_the_next(world: World, screen: Screen) -> None:
    done = screen.run(mails.save, world.researcher, **written(world))
    assert isinstance(done, Close)
    assert "The reminder of *Core* has your words now" in text_of(done)
    screen.run(mails.save, world.admin, **written(world, subject="Second"))

    assert [tuple(row) for row in stored(world)] == [(MailKind.REMINDER, "Second", world.admin.name)]
    again = screen.run(mails.edit, world.researcher, value=value(world), metadata="")
    assert element(again, "subject")["initial_value"] == "Second"


def test_standard_words_are_no_version_of_ones_own(world: World, screen: Screen) -> None:
    screen.run(mails.save, world.researcher, **written(world))
    words = STANDARD[MailKind.REMINDER]
    screen.run(mails.save, world.researcher, **written(world, subject=words.subject, text=words.text))

    assert stored(world) == []


def test_back_to_standard_shows_the_list_as_it_is_then(world: World, screen: Screen) -> None:
    screen.run(mails.save, world.researcher, **written(world))
    for _ in range(2):
        shown = screen.run(mails.reset, world.researcher, value=value(world), metadata="")
        assert isinstance(shown, Update)
        assert "has the standard wording now" in text_of(shown)
        assert CallsheetId.MAILS_RESET not in buttons(shown)
    assert stored(world) == []


def test_test_goes_to_who_writes_and_is_no_mail_to_a_participant(world: World, screen: Screen) -> None:
    shown = screen.run(mails.try_out, world.researcher, **written(world))
    assert "A test is on its way to member3@northwind.example." in text_of(shown)
    assert f"Hallo {NAME}!" in text_of(shown)
    outside = Outside.of(world.database, world.now)
    outside.deliver()

    (mail,) = outside.mailer.sent
    assert (mail.to, mail.subject) == ("member3@northwind.example", f"[Test] Bis bald, {NAME.split()[0]}")
    assert mail.text.startswith(f"Hallo {NAME}!\n")
    assert "Confirm you're coming:" in mail.text
    assert mail.unsubscribe is None
    assert stored(world) == []


def test_test_needs_mail_and_words_that_are_right(world: World, screen: Screen) -> None:
    with pytest.raises(RuleError, match="No mail is set up"):
        screen.run(mails.try_out, world.researcher, **{**written(world), "has_mail": False})
    with pytest.raises(RuleError, match=r"There is no \{\{ x \}\}"):
        screen.run(mails.try_out, world.researcher, **written(world, text="{{ x }}"))
    assert rows(world.database, sa.select(OutboxRow.id).where(OutboxRow.kind == Kind.SAMPLE_MAIL)) == []


@pytest.mark.parametrize("role", [Role.COLLABORATOR, Role.OBSERVER])
def test_only_those_who_run_studies_change_what_mails_say(world: World, screen: Screen, role: Role) -> None:
    with pytest.raises(NotAllowed):
        screen.run(mails.show, world.people[role])
    with pytest.raises(NotAllowed):
        screen.run(mails.edit, world.people[role], value=value(world), metadata="")
    with pytest.raises(NotAllowed):
        screen.run(mails.save, world.people[role], **written(world))
    with pytest.raises(NotAllowed):
        screen.run(mails.reset, world.people[role], value=value(world), metadata="")


def test_researcher_of_another_team_changes_nothing_here_and_an_ops_manager_anything(
    world: World, screen: Screen
) -> None:
    stranger = world.member(Role.RESEARCHER)
    world.team("Growth", "C0GROW", stranger)
    for body, given in ((mails.save, written(world)), (mails.try_out, written(world))):
        with pytest.raises(NotFound):
            screen.run(body, stranger, **given)
    ops = world.member(Role.OPS_MANAGER)
    screen.run(mails.save, ops, **written(world))
    assert len(stored(world)) == 1


def test_mails_of_a_team_say_its_words_from_then_on_and_keep_time_and_links(world: World, screen: Screen) -> None:
    text = "Hallo {{ participant.first_name }}!\n\nCode: {{ interview.passcode }}"
    given = written(world, MailKind.CONFIRMATION, text=text)
    screen.run(mails.save, world.researcher, **given)
    world.book(timedelta(hours=3))
    outside = Outside.of(world.database, world.now)
    outside.deliver()

    (mail,) = outside.mailer.sent
    assert mail.subject == "Bis bald, Mara"
    assert mail.text.startswith("Hallo Mara!\n\nWhen:     Monday, 23 November 2026, 12:30–13:30")
    assert "https://call.example/s/" in mail.text


def test_mail_by_hand_and_a_cancellation_begin_with_the_teams_words(world: World, screen: Screen) -> None:
    for kind in (MailKind.REMINDER, MailKind.CANCELLATION):
        text = "Hallo {{ participant.first_name }}!\n\nYou get {{ study.incentive }}."
        screen.run(mails.save, world.researcher, **written(world, kind, text=text))
    world.book()
    around = {"public_url": "https://call.example", "has_mail": True, "view": {}, "arguments": "CHK-1"}
    composed = screen.run(compose.ask_typed, world.researcher, **around)
    cancelled = screen.run(cancel.ask_typed, world.researcher, **around)

    assert initial(composed, "subject") == "Bis bald, {{ participant.first_name }}"
    assert initial(composed, "text") == "Hallo {{ participant.first_name }}!"
    assert initial(cancelled, "message") == "Hallo Mara!"
