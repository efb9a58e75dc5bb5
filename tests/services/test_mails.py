"""Mails that a person writes: which, to whom, what they say, and what becomes of those who get them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from bot.services import cancellations, mails, outcomes, schedule
from bot.services.cancellations import Cancellation
from domain.errors import NotAllowed, NotFound, RuleError
from domain.interview import CancelReason, InterviewAction
from domain.mail import Composing, Draft, MailKind, Preview
from domain.roles import Actor, Role
from domain.study import StudyStatus, StudyType
from storage.models import Interview, Study
from tests.builders import World, counted_statements
from tests.services.conftest import Desk
from tests.services.test_interviews import seats

HOUR = timedelta(hours=1)
URL = "https://call.example"


def group(world: World, number: int, **values: Any) -> Interview:
    """A group's session with several participants, in an hour."""
    study = world.study("GRP", "Group", type=StudyType.GROUP_INTERVIEW, capacity=max(number, 2), **values)
    booked = [world.book(study_id=study.id, email=f"g{n}@example.com", name=f"Person {n}") for n in range(number)]
    return booked[0]


def draft(
    world: World, interview: Interview, kind: MailKind = MailKind.CUSTOM, text: str = "Hello", **given: Any
) -> Draft:
    ids = tuple(seat.id for seat in seats(world, interview.id))
    return Draft(**{"kind": kind, "seat_ids": ids, "subject": "About it", "text": text, **given})


def sending(
    world: World, interview: Interview, what: Draft, actor: Actor | None = None
) -> Callable[[Session], Interview]:
    return lambda session: mails.send(session, actor or world.researcher, interview.id, what, URL, world.now)


def begun(world: World, desk: Desk, interview: Interview, kind: MailKind | None = None) -> Composing:
    def act(session: Session) -> Composing:
        seen = schedule.to_manage(session, world.researcher, interview.id, InterviewAction.COMPOSE)
        return mails.begin(session, seen, kind, URL, world.now)

    return desk.do(act)


def previewed(world: World, desk: Desk, interview: Interview, what: Draft) -> Preview:
    def act(session: Session) -> Preview:
        seen = schedule.to_manage(session, world.researcher, interview.id, InterviewAction.COMPOSE)
        return mails.preview(session, seen, what, URL, world.now)

    return desk.do(act)


def test_mail_is_asked_for_once_a_recipient_with_what_was_written(world: World, desk: Desk) -> None:
    interview = group(world, 3)
    chosen = tuple(seat.id for seat in seats(world, interview.id))[:2]
    what = draft(world, interview, seat_ids=chosen, text="Hi {{ participant.first_name }}")
    for _ in range(2):
        desk.do(sending(world, interview, what))

    asked = [row for row in desk.outbox("mail", interview.id) if row.payload["mail"] == "custom"]
    assert [row.payload["attendee_id"] for row in asked] == list(chosen)
    assert {row.payload["text"] for row in asked} == {"Hi {{ participant.first_name }}"}
    assert {row.payload["by"] for row in asked} == {world.researcher.name}


def test_two_different_mails_at_one_moment_both_go_out(world: World, desk: Desk) -> None:
    interview = world.book()
    desk.do(sending(world, interview, draft(world, interview, text="One")))
    desk.do(sending(world, interview, draft(world, interview, text="Two")))

    assert desk.mails(interview.id) == ["confirmation", "custom", "custom"]


def test_preview_is_what_the_first_of_them_reads(world: World, desk: Desk) -> None:
    interview = group(world, 2)
    text = "Hi {{ participant.first_name }}, {{ interview.length }} from {{ interview.when }}. {{ links.confirm }}"
    shown = previewed(world, desk, interview, draft(world, interview, text=text))

    assert shown.text.startswith("Hi Person, 1 hour from Monday, 23 November 2026, 10:30–11:30 (Berlin time")
    assert shown.text.endswith("https://call.example/s/…")
    assert shown.recipients == ("Person 0", "Person 1")
    assert shown.answers_go_to == "Researcher"


@pytest.mark.parametrize(
    ("given", "field", "sentence"),
    [
        ({"text": "{{ participant.nickname }}"}, "text", "There is no {{ participant.nickname }}"),
        ({"subject": "{{ study.name }}"}, "subject", "There is no {{ study.name }}"),
        ({"subject": " "}, "subject", "no subject"),
        ({"text": ""}, "text", "no text"),
        ({"seat_ids": ()}, "recipients", "Who is to get it"),
        ({"kind": MailKind.INCENTIVE}, "kind", "the session is not completed"),
        ({"kind": MailKind.CONFIRMATION}, "kind", "What kind"),
    ],
)
def test_what_can_not_be_sent_is_refused_under_its_field(
    world: World, desk: Desk, given: dict[str, Any], field: str, sentence: str
) -> None:
    interview = world.book()
    what = draft(world, interview, **given)
    refusal = desk.refused(sending(world, interview, what))

    assert (refusal.field, sentence in refusal.message) == (field, True)
    with pytest.raises(RuleError) as before:
        previewed(world, desk, interview, what)
    assert before.value.message == refusal.message
    assert desk.mails(interview.id) == ["confirmation"]


@pytest.mark.parametrize("token", ["interview.link", "interview.passcode", "links.confirm", "links.manage"])
def test_token_that_is_empty_for_one_of_them_is_refused_with_whose_mail_it_is(
    world: World, desk: Desk, token: str
) -> None:
    interview = group(world, 3)
    desk.change(interview, link="https://meet.example/x", passcode="42")
    first, second, third = seats(world, interview.id)
    why = Cancellation(CancelReason.OTHER)
    desk.do(lambda s: cancellations.cancel_seat(s, world.researcher, interview.id, second.id, why, world.now))
    what = draft(world, interview, text=f"Come: {{{{ {token} }}}}")
    refusal = desk.refused(sending(world, interview, what))

    assert (refusal.field, refusal.message.partition(" Possible")[0]) == (
        "text",
        f"For P2 it can't be written: change it, or leave them out. There is no {{{{ {token} }}}}.",
    )
    with pytest.raises(RuleError) as before:
        previewed(world, desk, interview, what)
    assert before.value.message == refusal.message
    assert "custom" not in desk.mails(interview.id)
    desk.do(sending(world, interview, draft(world, interview, text=what.text, seat_ids=(first.id, third.id))))
    assert desk.mails(interview.id).count("custom") == 2


def test_token_that_nobody_has_is_refused_without_names(world: World, desk: Desk) -> None:
    interview = group(world, 2)
    refusal = desk.refused(sending(world, interview, draft(world, interview, text="{{ x }}")))

    assert refusal.message.startswith("There is no {{ x }}. Possible: ")


def test_seat_of_another_interview_gets_nothing(world: World, desk: Desk) -> None:
    interview, other = world.book(), world.book(3 * HOUR)
    what = draft(world, other)

    assert desk.refused(sending(world, interview, what)).field == "recipients"


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"opted_out_at": "now"}, "has opted out"),
        ({"blocklisted_at": "now"}, "is on the blocklist"),
        ({"bounced_at": "now"}, "has an address that bounced"),
    ],
)
def test_who_may_not_be_written_to_is_left_out_and_named(
    world: World, desk: Desk, changed: dict[str, Any], why: str
) -> None:
    person = world.participant("g0@example.com", "Person 0")
    interview = group(world, 2)
    desk.change(person, **dict.fromkeys(changed, world.now))
    shown = begun(world, desk, interview)

    assert [(one.seat.name, one.barred) for one in shown.recipients] == [("Person 0", why), ("Person 1", None)]
    assert [seat.name for seat in shown.free] == ["Person 1"]
    refusal = desk.refused(sending(world, interview, draft(world, interview)))
    assert f"P1 {why}" in refusal.message
    assert "Person" not in refusal.message


def test_nobody_to_write_to_is_said(world: World, desk: Desk) -> None:
    person = world.participant("kai@example.com", "Kai", opted_out_at=None)
    interview = world.book(email="kai@example.com")
    desk.change(person, opted_out_at=world.now)

    with pytest.raises(RuleError, match=r"Kai has opted out\. No mail goes out\."):
        begun(world, desk, interview)


@pytest.mark.parametrize("status", [StudyStatus.PAUSED, StudyStatus.CLOSED])
def test_no_request_to_reschedule_while_the_study_rests(world: World, desk: Desk, status: StudyStatus) -> None:
    interview = world.book()
    desk.change(desk.study(), status=status)

    refusal = desk.refused(sending(world, interview, draft(world, interview, MailKind.RESCHEDULE_REQUEST)))
    assert refusal.message == f"No request to reschedule about CHK-1: the study is {status.label}."
    assert MailKind.RESCHEDULE_REQUEST in begun(world, desk, interview).refused
    desk.do(sending(world, interview, draft(world, interview, MailKind.REMINDER)))


def test_incentive_mail_tells_amount_and_currency_after_the_session(world: World, desk: Desk) -> None:
    study: Study = world.study("PAY", "Paid", incentive_amount_minor=5000, incentive_currency="EUR")
    interview = world.book(study_id=study.id)
    desk.do(lambda session: outcomes.mark_completed(session, world.researcher, interview.id, world.now + 3 * HOUR))
    shown = begun(world, desk, interview)
    what = draft(world, interview, shown.kind, shown.text, subject=shown.subject)

    assert shown.kind is MailKind.INCENTIVE
    said = previewed(world, desk, interview, what).text
    assert "you get 50.00 EUR. It comes by a separate mail" in said
    desk.do(sending(world, interview, what))
    assert desk.mails(interview.id) == ["confirmation", "incentive"]


def test_request_to_reschedule_invites_anew_who_did_not_come(world: World, desk: Desk) -> None:
    world.participant("kai@example.com", "Kai")
    interview = world.book(email="kai@example.com")
    later = world.now + 3 * HOUR
    desk.do(lambda session: outcomes.mark_no_show(session, world.researcher, interview.id, later))
    assert desk.status("kai@example.com") == "No Showed"
    desk.do(sending(world, interview, draft(world, interview, MailKind.CUSTOM)))
    assert desk.status("kai@example.com") == "No Showed"
    desk.do(sending(world, interview, draft(world, interview, MailKind.RESCHEDULE_REQUEST)))
    assert desk.status("kai@example.com") == "Interview Invited"


def test_request_to_reschedule_leaves_who_has_an_appointment_where_they_are(world: World, desk: Desk) -> None:
    world.participant("kai@example.com", "Kai")
    interview = world.book(email="kai@example.com")
    desk.do(sending(world, interview, draft(world, interview, MailKind.RESCHEDULE_REQUEST)))

    assert desk.status("kai@example.com") == "Interview Scheduled"


def test_reminder_is_not_for_those_who_gave_up_their_seat(world: World, desk: Desk) -> None:
    interview = group(world, 2)
    first, second = seats(world, interview.id)
    why = Cancellation(CancelReason.OTHER)
    desk.do(lambda s: cancellations.cancel_seat(s, world.researcher, interview.id, first.id, why, world.now))

    assert [one.seat.attendee_id for one in begun(world, desk, interview, MailKind.REMINDER).recipients] == [second.id]
    assert len(begun(world, desk, interview, MailKind.RESCHEDULE_REQUEST).recipients) == 2


def test_only_who_manages_the_interview_writes_and_only_in_their_workspace(
    world: World, desk: Desk, elsewhere: World
) -> None:
    interview = world.book()
    what = draft(world, interview)
    desk.refused(sending(world, interview, what, world.observer), NotAllowed)
    desk.refused(sending(world, interview, what, elsewhere.people[Role.ADMIN]), NotFound)

    assert desk.mails(interview.id) == ["confirmation"]


def test_statements_do_not_grow_with_the_group(world: World, desk: Desk) -> None:
    counts = []
    for key, number in (("GRA", 2), ("GRB", 8)):
        study = world.study(key, "Group", type=StudyType.GROUP_INTERVIEW, capacity=8)
        at = {"study_id": study.id, "starts_in": number * 2 * HOUR}
        interview, *_ = [world.book(email=f"{key}{n}@example.com", **at) for n in range(number)]
        what = draft(world, interview)
        with counted_statements(world.database) as statements:
            desk.do(sending(world, interview, what))
        counts.append(len(statements))
    assert counts[0] == counts[1]
