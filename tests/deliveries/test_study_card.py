"""A study's card in its channel, and files of people who are to be invited."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from bot.services import dropped_files, invitation_lists, invitation_review, invitations, outcomes, outgoing, studies
from bot.services.invitation_lists import Choice
from bot.services.invitation_review import Draft
from domain.drafts import Wording
from domain.importing import DroppedFile
from domain.participant import ParticipantStatus
from domain.study import StudyAction
from storage import participants
from storage.models import InvitationList, Study
from tests.builders import World, counted_statements, rows
from tests.fakes import Outside

CHANNEL = "C0CORE"
URL = "https://callsheet.example"
FILE = "https://files.slack.com/files-pri/T0-F9/download/people.csv"


def invite(world: World, number: int) -> None:
    """Invite so many new people."""
    profiles = [participants.Profile(f"n{next(world.numbers)}@example.com") for _ in range(number)]
    with world.database.unit_of_work() as session:
        added = participants.add_all(session, world.workspace_id, profiles, world.now)
        ids = tuple(id_ for id_, _ in added.values())
        places = {(world.study_id, id_): ParticipantStatus.NOT_CONTACTED for id_ in ids}
        participants.enrol_all(session, places, "Test", world.now)
        list_id = invitation_lists.choose(session, world.researcher, Choice(world.study_id, ids), world.now)
        shown = invitation_review.review(session, world.researcher, list_id, URL, world.now)
        words = Wording(shown.subject, shown.text)
        invitations.send(session, world.researcher, Draft(list_id, words), URL, world.now)


def cards(outside: Outside) -> list[dict[str, Any]]:
    found = outside.slack.channel(CHANNEL).messages.values()
    return [message for message in found if message["text"].startswith("CHK Checkout study")]


def test_the_first_invitations_post_the_card_which_says_who_invited_how_many(world: World, outside: Outside) -> None:
    invite(world, 2)
    outside.deliver()
    (card,) = cards(outside)
    assert card["text"] == "CHK Checkout study: Active. Invited 2 · Booked 0"
    assert f"<@{world.researcher.slack_user_id}> invited 2 people, <!date^" in str(card["blocks"])
    labels = [element["text"]["text"] for element in card["blocks"][-1]["elements"]]
    assert labels == ["Slots", "Invite", "Waiting list", "Pause"]


def test_it_is_edited_in_place_when_what_it_counts_changes(world: World, outside: Outside) -> None:
    with world.database.unit_of_work() as session:
        session.get_one(Study, world.study_id).participation_limit = 3
    invite(world, 1)
    outside.deliver()
    invite(world, 2)
    interview = world.book()
    outside.deliver()
    (card,) = cards(outside)
    assert card["text"].endswith("Invited 3 · Booked 1 · 2 places left (limit 3)")
    assert "invited 1 person" in str(card["blocks"])
    assert "invited 2 people" in str(card["blocks"])
    with world.database.unit_of_work() as session:
        outcomes.mark_no_show(session, world.researcher, interview.id, interview.ends_at)
        studies.change_status(session, world.researcher, world.study_id, StudyAction.PAUSE, world.now)
    outside.deliver()
    (card,) = cards(outside)
    assert card["text"] == "CHK Checkout study: Paused. Invited 3 · Booked 0 · 3 places left (limit 3)"


def test_a_study_without_invitations_has_no_card_and_costs_no_statement_more(world: World, outside: Outside) -> None:
    interview = world.book()
    outside.deliver()
    assert cards(outside) == []

    def statements() -> int:
        with counted_statements(world.database) as counted, world.database.unit_of_work() as session:
            outgoing.show(session, world.get(interview.id), world.now)
        return len(counted)

    without = statements()
    invite(world, 1)
    outside.deliver()
    assert statements() == without


def test_a_storm_of_changes_is_one_edit(world: World, outside: Outside) -> None:
    invite(world, 1)
    outside.deliver()
    edits = len(outside.slack.called("chat.update"))
    for _ in range(5):
        with world.database.unit_of_work() as session:
            session.get_one(Study, world.study_id).seats_taken += 1
            outgoing.show_study(session, world.workspace_id, world.study_id, world.now)
    outside.deliver()
    assert len(outside.slack.called("chat.update")) == edits + 1
    assert cards(outside)[0]["text"].endswith("Booked 5")


def take(world: World, data: bytes, outside: Outside, list_id: int = 0) -> list[str]:
    """Bring in a file of people to invite. What whoever chose it is told."""
    outside.slack.files[FILE] = data
    file = DroppedFile("F9", "people.csv", FILE, 100, "", "", world.study_id, list_id)
    with world.database.unit_of_work() as session:
        dropped_files.take_for_invitation(session, world.researcher, file, world.now)
    outside.deliver()
    direct = outside.slack.called("conversations.open")
    assert direct, "it is said in a direct message"
    return [str(call["blocks"]) for call in outside.slack.called("chat.postMessage") if "people.csv" in call["text"]]


def test_a_file_of_people_is_imported_into_the_study_and_leads_to_the_review(world: World, outside: Outside) -> None:
    someone = world.participant("someone@example.com", "Someone")
    with world.database.unit_of_work() as session:
        list_id = invitation_lists.choose(session, world.admin, Choice(world.study_id, (someone.id,)), world.now)
        session.get_one(InvitationList, list_id).member_id = world.researcher.member_id
    (said,) = take(world, b"email,study\na@example.com,OTHER\nnot one,CHK\n", outside, list_id)
    assert "2 participants: 1 added, 1 refused." in said
    assert "Row 3" in said
    assert "choose the file again" in said
    assert "Review the invitation" in said
    lists = rows(world.database, sa.select(InvitationList.participant_ids).order_by(InvitationList.id.desc()).limit(1))
    assert len(lists[0][0]) == 2, "those in the file and the one chosen besides"


def test_a_file_with_nobody_in_it_leads_nowhere(world: World, outside: Outside) -> None:
    (said,) = take(world, b"email\nnot one\n", outside)
    assert "1 refused" in said
    assert "Review the invitation" not in said
