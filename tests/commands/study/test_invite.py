"""`/study invite`: choosing people, the review, the mail, sending."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from bot.blocks.ids import ParticipantId, StudyId
from bot.commands.participant import show as participant_show
from bot.commands.study import invite
from bot.commands.study.invite import Inviting
from bot.slack.outcomes import Close, Open, Outcome, Update
from domain.errors import RuleError
from domain.participant import ParticipantStatus
from domain.roles import Role
from domain.study import StudyStatus
from storage import participants
from storage.models import OutboxRow, Study
from tests import screened
from tests.builders import World, rows
from tests.commands.screen import Screen, buttons, text_of

AROUND = {"public_url": "https://callsheet.example", "has_mail": True}
S = ParticipantStatus


def enrolled(world: World, name: str, status: ParticipantStatus = S.NOT_CONTACTED, **values: Any) -> int:
    """The id of a new participant who is in the study."""
    person = world.participant(f"{name.split()[0].lower()}@example.com", name, **values)
    with world.database.unit_of_work() as session:
        participants.enrol_all(session, {(world.study_id, person.id): status}, "Test", world.now)
    return person.id


def opened(screen: Screen, world: World) -> Open:
    outcome = screen.run(invite.typed, world.researcher, arguments="chk", **AROUND)
    assert isinstance(outcome, Open)
    return outcome


def reviewed(screen: Screen, world: World, **fields: Any) -> Open:
    metadata = opened(screen, world).view["private_metadata"]
    outcome = screen.run(invite.chosen, world.researcher, fields=fields, metadata=metadata, **AROUND)
    assert isinstance(outcome, Open)
    return outcome


def words(review: Open | Update) -> dict[str, str]:
    """The inputs of the mail as they are at first."""
    blocks = [block for block in review.view["blocks"] if block.get("block_id") in ("subject", "text")]
    inputs = {block["block_id"]: block["element"] for block in blocks}
    return {name: element["initial_value"] for name, element in inputs.items()}


def submit(screen: Screen, world: World, review: Open | Update, **changed: str) -> Outcome:
    fields = {**words(review), **changed}
    return screen.run(invite.send, world.researcher, fields=fields, metadata=review.view["private_metadata"], **AROUND)


def mails(world: World) -> list[Any]:
    return rows(world.database, sa.select(OutboxRow.payload).where(OutboxRow.kind == "mail_enrolment"))


def test_the_whole_way_from_the_command_to_the_mails(screen: Screen, world: World) -> None:
    enrolled(world, "Mara <Lindqvist>")
    enrolled(world, "Jon")
    enrolled(world, "Out", opted_out_at=world.now)
    enrolled(world, "Again", S.INTERVIEW_INVITED)
    assert "Not Contacted (3)" in text_of(opened(screen, world))
    review = reviewed(screen, world, statuses=["Not Contacted", "Interview Invited"])
    said = text_of(review)
    assert "*3 people get the mail:* Again, Jon, Mara &lt;Lindqvist&gt;." in said
    assert "*1 person is held back*\\n• 1 has opted out: Out" in said
    assert review.view["submit"]["text"] == "Send 3 invitations"
    assert words(review)["subject"] == "Choose a time for {{ study.external_name }}"
    preview = screen.run(
        invite.preview,
        world.researcher,
        value=buttons(review)[StudyId.INVITE_PREVIEW],
        metadata=review.view["private_metadata"],
        view={"state": {"values": {name: {name: {"value": text}} for name, text in words(review).items()}}},
        **AROUND,
    )
    assert "Choose a time for Checkout study" in text_of(preview)
    done = submit(screen, world, review)
    assert isinstance(done, Close)
    assert "3 people are invited to choose a time in *CHK*" in text_of(done)
    assert len(mails(world)) == 3


def test_a_second_click_is_told_so(screen: Screen, world: World) -> None:
    enrolled(world, "Mara")
    review = reviewed(screen, world, statuses=["Not Contacted"])
    submit(screen, world, review)
    with pytest.raises(RuleError, match="1 has just been invited"):
        submit(screen, world, review)
    assert len(mails(world)) == 1


def test_a_draft_says_how_to_start_it_and_has_nothing_to_send(screen: Screen, world: World) -> None:
    enrolled(world, "Mara")
    with world.database.unit_of_work() as session:
        session.get_one(Study, world.study_id).status = StudyStatus.DRAFT
    review = reviewed(screen, world, statuses=["Not Contacted"])
    assert "Start it with /study start CHK" in text_of(review)
    assert "submit" not in review.view


def test_those_invited_before_and_in_cooldown_are_shown_with_dates(screen: Screen, world: World) -> None:
    person = enrolled(world, "Again")
    enrolled(world, "Cool", cooldown_until=world.now + timedelta(days=4))
    review = reviewed(screen, world, people=[str(person)])
    submit(screen, world, review)
    later = world.now + timedelta(days=1)
    metadata = opened(screen, world).view["private_metadata"]
    again = screen.run(
        invite.chosen,
        world.researcher,
        fields={"statuses": ["Interview Invited", "Not Contacted"]},
        metadata=metadata,
        **{**AROUND, "now": later},
    )
    assert "*1 of them was invited before*, and gets another mail: Again on <!date^" in text_of(again)
    assert "1 is in cooldown until <!date^" in text_of(again)


def test_a_wrong_token_is_an_error_at_its_field(screen: Screen, world: World) -> None:
    enrolled(world, "Mara")
    review = reviewed(screen, world, statuses=["Not Contacted"])
    with pytest.raises(RuleError) as refusal:
        submit(screen, world, review, text="Hi {{ nickname }}")
    assert refusal.value.field == "text"
    assert mails(world) == []


def test_a_file_is_taken_in_and_one_of_another_kind_is_not(screen: Screen, world: World) -> None:
    metadata = opened(screen, world).view["private_metadata"]
    file = {"id": "F1", "name": "people.csv", "size": 20, "url_private_download": "https://files.slack.com/x"}
    done = screen.run(invite.chosen, world.researcher, fields={"file": [file]}, metadata=metadata, **AROUND)
    assert "“people.csv” is being read for *CHK*" in text_of(done)
    ((payload,),) = rows(world.database, sa.select(OutboxRow.payload).where(OutboxRow.kind == "slack_import"))
    assert (payload["study_id"], payload["list_id"]) == (world.study_id, 0)
    fields = {"file": [{**file, "name": "people.pdf"}]}
    with pytest.raises(RuleError) as refusal:
        screen.run(invite.chosen, world.researcher, fields=fields, metadata=metadata, **AROUND)
    assert refusal.value.field == "file"


def test_people_are_found_by_what_is_typed_and_called_as_the_reader_may_know_them(screen: Screen, world: World) -> None:
    enrolled(world, "Mara Lindqvist", properties={"Plan": "Pro"})
    found = screen.run(invite.find_people, world.researcher, typed="lind")
    assert "P1 · Mara Lindqvist" in text_of(found)
    assert "Mara" not in text_of(screen.run(invite.find_people, world.observer, typed="P1"))
    assert "Plan" in text_of(screen.run(invite.find_properties, world.researcher, typed="p"))
    assert "Plan" not in text_of(screen.run(invite.find_properties, world.observer, typed="p"))


def test_a_participants_page_leads_to_inviting_them_where_that_makes_sense(screen: Screen, world: World) -> None:
    enrolled(world, "Mara")
    page = screen.run(participant_show.typed, world.researcher, arguments="P1")
    outcome = screen.run(invite.clicked_for_one, world.researcher, value=buttons(page)[ParticipantId.INVITE], **AROUND)
    assert isinstance(outcome, Open)
    people = next(block for block in outcome.view["blocks"] if block.get("block_id") == "people")
    assert [option["text"]["text"] for option in people["element"]["initial_options"]] == ["P1 · Mara"]
    world.book(email="mara@example.com")
    page = screen.run(participant_show.typed, world.researcher, arguments="P1")
    assert ParticipantId.INVITE not in buttons(page)


def test_without_mail_or_permission_nobody_is_invited(screen: Screen, world: World) -> None:
    with pytest.raises(RuleError, match="No mail is set up"):
        screen.run(invite.typed, world.researcher, arguments="CHK", public_url=None, has_mail=False)
    with pytest.raises(RuleError, match="your role is Observer"):
        screen.run(invite.typed, world.people[Role.OBSERVER], arguments="CHK", **AROUND)
    with pytest.raises(RuleError, match="To which study"):
        screen.run(invite.typed, world.researcher, **AROUND)
    enrolled(world, "Mara")
    metadata = opened(screen, world).view["private_metadata"]
    no_pages = {"public_url": None, "has_mail": True}
    review = screen.run(
        invite.chosen, world.researcher, fields={"statuses": ["Not Contacted"]}, metadata=metadata, **no_pages
    )
    assert "CALLSHEET_PUBLIC_URL" in text_of(review)


def test_the_review_carries_ids_only(screen: Screen, world: World) -> None:
    for number in range(40):
        enrolled(world, f"q{number} {'x' * 80}")
    review = reviewed(screen, world, statuses=["Not Contacted"])
    assert Inviting.load(review.view["private_metadata"]).list_id
    assert len(review.view["private_metadata"]) < 200


def test_with_a_screener_the_review_offers_both_ways_and_changes_the_mail(screen: Screen, world: World) -> None:
    screened.publish(world)
    enrolled(world, "Mara")
    enrolled(world, "Answered", S.SCREENER_QUALIFIED)
    review = reviewed(screen, world, statuses=["Not Contacted", "Screener Qualified"])
    assert "Choose a time (bypasses the screener)" in text_of(review)
    assert "1 has answered the screener already: Answered" in text_of(review)
    assert words(review)["subject"] == "Would you like to take part in {{ study.external_name }}?"
    other = screen.run(
        invite.choose_way,
        world.researcher,
        value="scheduler",
        metadata=review.view["private_metadata"],
        view=review.view | {"close": {"text": "Back"}},
        **AROUND,
    )
    assert isinstance(other, Update)
    assert "*2 people get the mail:*" in text_of(other)
    assert words(other)["subject"] == "Choose a time for {{ study.external_name }}"
    done = submit(screen, world, other)
    assert "2 people are invited to choose a time in *CHK*" in text_of(done)
    assert [payload["mail"] for (payload,) in mails(world)] == ["scheduler"] * 2


def test_those_whom_the_rules_hold_back_are_overridden_in_the_review(screen: Screen, world: World) -> None:
    enrolled(world, "Mara")
    enrolled(world, "Cool", cooldown_until=world.now + timedelta(days=4))
    enrolled(world, "Blocked", blocklisted_at=world.now)
    review = reviewed(screen, world, statuses=["Not Contacted"])
    assert "Override for 1 person…" in text_of(review)
    given = {**AROUND, "view": {"close": {"text": "Back"}}}
    asked = screen.run(
        invite.ask_to_override,
        world.researcher,
        value=buttons(review)[StudyId.INVITE_OVERRIDE],
        metadata=review.view["private_metadata"],
        **given,
    )
    assert "is in a cooldown that somebody set" in text_of(asked)
    assert isinstance(asked, Update)
    metadata = asked.view["private_metadata"]
    back = screen.run(invite.back_to_review, world.researcher, metadata=metadata, **given)
    assert "*1 person gets the mail:* Mara." in text_of(back)
    fields = {"reason": "only they know it"}
    done = screen.run(invite.override, world.researcher, fields=fields, metadata=metadata, **given)
    assert "*2 people get the mail:* Cool, Mara." in text_of(done)
    assert "1 is on the blocklist: Blocked" in text_of(done)
    assert StudyId.INVITE_OVERRIDE not in buttons(done)
