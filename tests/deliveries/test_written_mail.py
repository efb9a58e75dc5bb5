"""Mails that a person wrote, as they go out; and what is held back because something has changed."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from bot.integrations.ports import Refused
from bot.services import cancellations, interviews, links, mails, moves, outcomes, outgoing_mails, undo
from bot.services.cancellations import Cancellation
from domain.interview import CancelReason, Door, TimelineKind
from domain.mail import Draft, MailKind
from domain.person import LinkPurpose
from domain.study import StudyStatus, StudyType
from storage.models import Attendee, Interview, Participant, ParticipantLink, Study, TimelineEntry
from tests.builders import World, rows
from tests.deliveries.test_mail import ics_of, timeline
from tests.fakes import Outside

HOUR = timedelta(hours=1)


def seats(world: World, interview: Interview) -> list[Attendee]:
    with world.database.reading() as session:
        return interviews.participant_seats(session, session.get_one(Interview, interview.id))


def group(world: World, number: int = 2) -> Interview:
    study = world.study("GRP", "Group", type=StudyType.GROUP_INTERVIEW, capacity=4)
    booked = [world.book(study_id=study.id, email=f"g{n}@example.com", name=f"Person{n} X") for n in range(number)]
    return booked[0]


def write(world: World, interview: Interview, text: str, kind: MailKind = MailKind.CUSTOM, **given: Any) -> None:
    what = Draft(
        kind, tuple(seat.id for seat in seats(world, interview)), **{"subject": "About it", "text": text, **given}
    )
    with world.database.unit_of_work() as session:
        mails.send(session, world.researcher, interview.id, what, "https://call.example", given.get("now", world.now))


def written(outside: Outside) -> list[Any]:
    """What went out besides the confirmations."""
    outside.deliver()
    return [mail for mail in outside.mailer.sent if not mail.subject.startswith("You're booked")]


def words_of(mail: Any) -> str:
    """The mail's text without its foot."""
    return str(mail.text).partition("\n\n--\n")[0]


def test_everybody_reads_their_own(world: World, outside: Outside) -> None:
    world.participant("g1@example.com", "Kai Tanaka", time_zone="Asia/Tokyo")
    interview = group(world)
    write(
        world, interview, "Hi {{ participant.first_name }}, {{ interview.when }}", subject="For {{ participant.name }}"
    )

    first, second = written(outside)
    assert (first.to, first.subject) == ("g0@example.com", "For Person0 X")
    assert "Hi Person0, Monday, 23 November 2026, 10:30–11:30 (Berlin time" in first.text
    assert "Hi Kai, Monday, 23 November 2026, 18:30–19:30 (Tokyo time" in second.text
    assert second.reply_to == "member3@northwind.example"
    assert second.calendar is None


def test_who_wrote_it_stands_in_the_timeline_and_in_the_thread(world: World, outside: Outside) -> None:
    interview = world.book()
    outside.deliver()
    write(world, interview, "Which time suits you?", MailKind.RESCHEDULE_REQUEST)
    outside.deliver()

    entry = rows(
        world.database,
        sa.select(TimelineEntry.actor, TimelineEntry.text, TimelineEntry.door)
        .where(TimelineEntry.kind == TimelineKind.MAIL_SENT)
        .order_by(TimelineEntry.id.desc()),
    )[0]
    assert tuple(entry) == (world.researcher.name, "sent the request to reschedule to P1", Door.SLACK)
    (ts,) = [ts for ts, m in outside.slack.channel("C0CORE").messages.items() if "CHK-1 Checkout" in m["text"]]
    assert "sent the request to reschedule to P1" in "".join(outside.slack.said_in("C0CORE", ts))


def test_personal_link_is_made_where_the_mail_names_it_and_only_there(world: World, outside: Outside) -> None:
    interview = world.book()
    outside.deliver()
    pages = sa.select(ParticipantLink.token_hash).where(ParticipantLink.purpose == LinkPurpose.PAGE)
    before = len(rows(world.database, pages))
    write(world, interview, "Hello")
    write(world, interview, "Come: {{ links.confirm }}")
    plain, linked = written(outside)

    assert len(rows(world.database, pages)) == before + 1
    assert "/s/" not in plain.text
    token = re.search(r"https://call\.example/s/(\S+)", linked.text)
    assert token is not None
    with world.database.reading() as session:
        assert links.page(session, token[1], world.now).study_name == "Checkout study"


def test_mail_about_a_completed_session_goes_out(world: World, outside: Outside) -> None:
    study = world.study("PAY", "Paid", incentive_amount_minor=5000, incentive_currency="EUR")
    interview = world.book(study_id=study.id)
    outside.deliver()
    with world.database.unit_of_work() as session:
        outcomes.mark_completed(session, world.researcher, interview.id, world.now + 2 * HOUR)
    write(world, interview, "You get {{ study.incentive }}.", MailKind.INCENTIVE)
    write(world, interview, "Thank you!")

    assert [words_of(mail) for mail in written(outside)] == ["You get 50.00 EUR.", "Thank you!"]
    assert timeline(world.database, TimelineKind.MAIL_SENT)[-2:] == [
        "sent the incentive mail to P1",
        "sent a custom mail to P1",
    ]


def test_seat_cancelled_alone_is_told_to_that_participant_alone(world: World, outside: Outside) -> None:
    interview = group(world)
    first, _ = seats(world, interview)
    outside.deliver()
    with world.database.unit_of_work() as session:
        why = Cancellation(CancelReason.OTHER, message="Hi {{ participant.first_name }}, we are too many.")
        cancellations.cancel_seat(session, world.researcher, interview.id, first.id, why, world.now)

    (mail,) = written(outside)
    assert (mail.to, mail.calendar_method) == ("g0@example.com", "CANCEL")
    assert mail.text.startswith("Hi Person0, we are too many.")
    assert "g1@example.com" not in str(ics_of(mail))


def test_cancellation_that_was_taken_back_before_it_went_out_is_not_told(world: World, outside: Outside) -> None:
    interview = world.book()
    outside.deliver()
    with world.database.unit_of_work() as session:
        cancellations.cancel(session, world.researcher, interview.id, Cancellation(CancelReason.OTHER), world.now)
    with world.database.unit_of_work() as session:
        undo.undo(session, world.researcher, interview.id, world.now + timedelta(minutes=1))

    assert written(outside) == []


def test_reminder_of_a_time_that_has_changed_is_left_to_the_mail_about_the_new_time(
    world: World, outside: Outside
) -> None:
    interview = world.book()
    outside.deliver()
    write(world, interview, "At 10:30!", MailKind.REMINDER)
    write(world, interview, "Bring a pen.")
    with world.database.unit_of_work() as session:
        later = interview.starts_at + timedelta(days=1)
        moves.reschedule(session, world.researcher, interview.id, later, None, world.now)

    assert sorted(mail.subject.partition(":")[0] for mail in written(outside)) == ["About it", "New time"]


@pytest.mark.parametrize("kind", [MailKind.REMINDER, MailKind.RESCHEDULE_REQUEST])
def test_mail_to_somebody_who_opted_out_meanwhile_stays_here(world: World, outside: Outside, kind: MailKind) -> None:
    interview = world.book()
    outside.deliver()
    write(world, interview, "Hello", kind)
    with world.database.unit_of_work() as session:
        session.execute(sa.update(Participant).values(opted_out_at=world.now))

    assert written(outside) == []


def test_request_to_reschedule_stays_here_when_the_study_was_paused_meanwhile(world: World, outside: Outside) -> None:
    interview = world.book()
    outside.deliver()
    write(world, interview, "Which time?", MailKind.RESCHEDULE_REQUEST)
    with world.database.unit_of_work() as session:
        session.execute(sa.update(Study).values(status=StudyStatus.PAUSED))

    assert written(outside) == []


def test_token_that_stands_for_nothing_any_more_is_noted_and_never_an_empty_space(
    world: World, outside: Outside
) -> None:
    """The address is none the worse for it."""
    interview = world.book()
    outside.deliver()
    with world.database.unit_of_work() as session:
        session.get_one(Interview, interview.id).link = "https://meet.example/x"
    write(world, interview, "Join {{ interview.link }}")
    with world.database.unit_of_work() as session:
        session.get_one(Interview, interview.id).link = None

    assert written(outside) == []
    assert outside.dead == []
    (said,) = timeline(world.database, TimelineKind.BOUNCED)
    assert said.startswith("could not write a custom mail to P1: There is no {{ interview.link }}.")
    assert rows(world.database, sa.select(Participant.bounced_at))[0][0] is None
    outside.clock.move(timedelta(minutes=2))
    outside.deliver()
    assert "could not write a custom mail to P1" in str(outside.slack.channel("C0CORE").messages)


def test_mail_that_can_not_be_written_holds_up_no_other(world: World, outside: Outside) -> None:
    interview = group(world)
    outside.deliver()
    write(world, interview, "Come: {{ links.confirm }}")
    first, _ = seats(world, interview)
    with world.database.unit_of_work() as session:
        why = Cancellation(CancelReason.OTHER)
        cancellations.cancel_seat(session, world.researcher, interview.id, first.id, why, world.now)

    assert [mail.to for mail in written(outside) if mail.subject == "About it"] == ["g1@example.com"]
    (said,) = timeline(world.database, TimelineKind.BOUNCED)
    assert "could not write a custom mail to P1" in said


def test_refusal_of_a_written_mail_is_noted_like_any(world: World, outside: Outside) -> None:
    interview = world.book()
    outside.deliver()
    write(world, interview, "Hello")
    outside.mailer.failing.append(Refused("550 no such user"))
    outside.deliver()

    assert timeline(world.database, TimelineKind.BOUNCED) == ["could not send a custom mail to P1: 550 no such user"]
    assert rows(world.database, sa.select(Participant.bounced_at))[0][0] == world.now


def test_host_change_comes_with_the_invitation_and_the_link(world: World, outside: Outside) -> None:
    world.calendar(world.researcher)
    interview = world.book()
    outside.deliver()
    now = outside.clock.move(timedelta(minutes=1))
    with world.database.unit_of_work() as session:
        stored = session.get_one(Interview, interview.id)
        seats = [(stored, seat) for seat in interviews.participant_seats(session, stored)]
        outgoing_mails.to_seats(session, seats, MailKind.HOST_CHANGE, now)
    (mail,) = written(outside)

    assert mail.subject.startswith("Your session is now with Researcher")
    assert (mail.calendar_method, ics_of(mail)["SUMMARY"]) == ("REQUEST", "Checkout study")
    assert str(world.get(interview.id).link) in mail.text
    assert timeline(world.database, TimelineKind.MAIL_SENT)[-1] == "sent the host change to P1"
