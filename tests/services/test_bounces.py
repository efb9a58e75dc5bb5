"""Mails that did not arrive: what becomes of the person, of where they stand, and who hears it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.blocks import interview_details as interview_blocks
from bot.blocks import person_page as person_blocks
from bot.integrations.ports import Refused, Unavailable
from bot.services import bounces, outgoing_mails, participants, person_page
from bot.services.outgoing import Kind
from bot.services.participants import NewParticipant
from domain.bounce import Action, Report
from domain.mail import MailFate, MailKind
from domain.participant import ParticipantStatus
from domain.study import StudyStatus
from storage import interviews
from storage import participants as stored
from storage.engine import Database
from storage.models import Enrolment, OutboxRow, Participant, SentMail
from storage.participants import Profile
from tests.builders import World
from tests.fakes import Outside
from tests.services.conftest import Desk

KAI = "kai@example.com"
S = ParticipantStatus


@pytest.fixture
def outside(world: World, database: Database, now: datetime) -> Outside:
    return Outside.of(database, now)


def enrol(desk: Desk, key: str, status: ParticipantStatus, email: str = KAI) -> int:
    """Take somebody into a study, and put them there. Their enrolment."""

    def act(session: Session) -> int:
        study = participants.choose_study(session, desk.world.researcher, key)
        participants.add(session, desk.world.researcher, NewParticipant(Profile(email, "Kai"), study), desk.world.now)
        person = stored.by_email(session, desk.world.workspace_id, email)
        assert person is not None
        enrolment = session.scalars(
            sa.select(Enrolment).where(Enrolment.participant_id == person.id, Enrolment.study_id == study.id)
        ).one()
        enrolment.status_before, enrolment.status = enrolment.status, status
        return enrolment.id

    return desk.do(act)


def invite(
    desk: Desk, outside: Outside, enrolment_id: int, kind: MailKind = MailKind.SCHEDULER, once: str = "1"
) -> str:
    """Mail somebody an invitation. Its Message-ID."""
    desk.do(
        lambda session: outgoing_mails.to_enrolments(
            session, desk.world.workspace_id, [enrolment_id], kind, desk.world.now, once=once
        )
    )
    outside.deliver()
    return outside.mailer.sent[-1].message_id


def report(desk: Desk, message_id: str, code: str = "5.1.1", action: Action = Action.FAILED) -> bool:
    return desk.do(lambda session: bounces.returned(session, Report(message_id, action, code), desk.world.now))


def person(desk: Desk, email: str = KAI) -> Participant:
    with desk.database.reading() as session:
        found = stored.by_email(session, desk.world.workspace_id, email)
        assert found is not None
        return found


def sent(desk: Desk) -> Sequence[SentMail]:
    with desk.database.reading() as session:
        return session.scalars(sa.select(SentMail).order_by(SentMail.id)).all()


def said(desk: Desk) -> list[str]:
    return [row.payload["text"] for row in desk.outbox("slack_notice")]


def test_every_mail_that_is_handed_over_is_remembered(desk: Desk, outside: Outside, world: World) -> None:
    world.book(email=KAI)
    outside.deliver()

    (mail,) = sent(desk)
    assert (mail.kind, mail.fate, mail.sent_at) == (MailKind.CONFIRMATION, MailFate.SENT, world.now)
    assert mail.message_id == outside.mailer.sent[0].message_id
    assert mail.participant_id == person(desk).id
    assert mail.attendee_id is not None
    assert mail.enrolment_id is not None


def test_hard_bounce_reaches_every_study_in_which_nothing_is_booked(desk: Desk, outside: Outside, world: World) -> None:
    other, done, over = (world.study(key, key) for key in ("OTH", "DON", "OVR"))
    enrolment = enrol(desk, "CHK", S.INTERVIEW_INVITED)
    enrol(desk, "OTH", S.NOT_CONTACTED)
    enrol(desk, "DON", S.INTERVIEW_COMPLETED)
    enrol(desk, "OVR", S.INTERVIEW_INVITED)
    desk.change(over, status=StudyStatus.CLOSED)

    assert report(desk, invite(desk, outside, enrolment))
    assert desk.status(KAI) == desk.status(KAI, other.id) == "Hard Bounced"
    assert desk.status(KAI, done.id) == "Interview Completed"
    assert desk.status(KAI, over.id) == "Interview Invited"
    assert (person(desk).bounced_at, person(desk).soft_bounced_at) == (world.now, None)
    assert "P1 does not arrive: there is no such address (5.1.1). P1 is now Hard Bounced." in said(desk)[0]
    assert len(said(desk)) == 2


@pytest.mark.parametrize("code", ["4.2.2", "5.2.2", "4.4.7"])
def test_soft_bounce_is_about_its_study_alone(desk: Desk, outside: Outside, world: World, code: str) -> None:
    other = world.study("OTH", "Other")
    enrolment = enrol(desk, "CHK", S.INTERVIEW_INVITED)
    enrol(desk, "OTH", S.INTERVIEW_INVITED)

    assert report(desk, invite(desk, outside, enrolment), code)
    assert (desk.status(KAI), desk.status(KAI, other.id)) == ("Soft Bounced", "Interview Invited")
    assert (person(desk).bounced_at, person(desk).soft_bounced_at) == (None, world.now)
    assert (sent(desk)[0].fate, sent(desk)[0].code) == (MailFate.SOFT_BOUNCED, code)


@pytest.mark.parametrize(
    "status",
    [S.INTERVIEW_SCHEDULED, S.INTERVIEW_COMPLETED, S.INCENTIVE_NOT_SENT, S.INCENTIVE_SENT, S.OPTED_OUT, S.CANCELED],
)
def test_where_something_is_booked_or_done_the_status_stays(
    desk: Desk, outside: Outside, status: ParticipantStatus
) -> None:
    enrolment = enrol(desk, "CHK", S.INTERVIEW_INVITED)
    message_id = invite(desk, outside, enrolment)
    enrol(desk, "CHK", status)

    assert report(desk, message_id)
    assert desk.status(KAI) == status.value
    assert person(desk).bounced_at is not None


def test_bounce_of_a_booked_participant_is_a_flag_an_entry_and_an_alert(
    desk: Desk, outside: Outside, world: World
) -> None:
    interview = world.book(email=KAI)
    other = world.book(timedelta(days=2), email=KAI, study_id=world.study("OTH", "Other").id)
    outside.deliver()
    message_id = next(mail.message_id for mail in sent(desk) if mail.kind is MailKind.CONFIRMATION)

    assert report(desk, message_id)
    assert desk.status(KAI) == "Interview Scheduled"
    assert desk.timeline(interview.id)[-1] == (
        "Callsheet",
        "was told that the confirmation to P1 came back: there is no such address (5.1.1)",
    )
    assert desk.alerts(interview.id) == desk.alerts(other.id) == ["mail_returned"]
    outside.deliver(Kind.ALERT)
    (told,) = [
        text for text in outside.slack.said_in("C0CORE") if "CHK-1" in text and text.startswith("Mail came back")
    ]
    assert "there is no such address (5.1.1)." in told
    assert said(desk) == []


def test_report_counts_once_however_often_it_comes(desk: Desk, outside: Outside, world: World) -> None:
    interview = world.book(email=KAI)
    outside.deliver()
    message_id = sent(desk)[0].message_id

    results = desk.race(
        *[lambda session: bounces.returned(session, Report(message_id, Action.FAILED, "5.1.1"), world.now)] * 2
    )
    assert sorted(results, key=str) == [False, True]
    assert report(desk, message_id) is False
    assert desk.alerts(interview.id) == ["mail_returned"]


def test_hard_bounce_after_a_soft_one_of_the_same_mail_counts(desk: Desk, outside: Outside) -> None:
    message_id = invite(desk, outside, enrol(desk, "CHK", S.INTERVIEW_INVITED))

    assert report(desk, message_id, "4.2.2")
    assert report(desk, message_id, "5.1.1")
    assert not report(desk, message_id, "4.2.2")
    assert desk.status(KAI) == "Hard Bounced"


@pytest.mark.parametrize("action", [Action.DELAYED, Action.DELIVERED, Action.RELAYED])
def test_delay_is_no_failure(desk: Desk, outside: Outside, action: Action) -> None:
    message_id = invite(desk, outside, enrol(desk, "CHK", S.INTERVIEW_INVITED))

    assert not report(desk, message_id, "4.4.1", action)
    assert desk.status(KAI) == "Interview Invited"


def test_mail_of_somebody_else_is_nobodys_bounce(desk: Desk, outside: Outside) -> None:
    invite(desk, outside, enrol(desk, "CHK", S.INTERVIEW_INVITED))

    assert not report(desk, "<other@elsewhere.example>")
    assert person(desk).bounced_at is None


def test_refusal_at_the_door_is_a_bounce_too(desk: Desk, outside: Outside) -> None:
    enrolment = enrol(desk, "CHK", S.INTERVIEW_INVITED)
    outside.mailer.failing.append(Refused("mail.example does not take mail for this address: 552 full", "5.2.2"))
    desk.do(
        lambda session: outgoing_mails.to_enrolments(
            session, desk.world.workspace_id, [enrolment], MailKind.SCHEDULER, desk.world.now, once="1"
        )
    )
    outside.deliver()

    assert desk.status(KAI) == "Soft Bounced"
    assert outside.dead == []
    assert sent(desk)[0].fate is MailFate.SOFT_BOUNCED


def tried_to_the_end(desk: Desk, outside: Outside, error: Unavailable) -> None:
    """Let a confirmation fail so on its last try."""
    outside.mailer.failing.append(error)
    with desk.database.unit_of_work() as session:
        session.execute(sa.update(OutboxRow).where(OutboxRow.kind == Kind.MAIL).values(attempts=16))
    outside.deliver()


def test_refusal_for_now_that_stays_is_a_soft_bounce_in_the_end(desk: Desk, outside: Outside, world: World) -> None:
    interview = world.book(email=KAI)
    tried_to_the_end(desk, outside, Unavailable("mail.example is full: 452", went_out=False, code="4.2.2"))

    assert (person(desk).bounced_at, person(desk).soft_bounced_at) == (None, world.now)
    assert desk.alerts(interview.id) == ["mail_refused"]
    assert [row.state for row in desk.outbox("mail")] == ["done"]


def test_trouble_of_the_mail_server_is_held_against_nobody(desk: Desk, outside: Outside, world: World) -> None:
    world.book(email=KAI)
    tried_to_the_end(desk, outside, Unavailable("451 4.3.0 try later", went_out=False, code="4.3.0"))

    assert person(desk).soft_bounced_at is None
    assert [row.state for row in desk.outbox("mail")] == ["pending"]
    assert sent(desk) == []


def test_mail_whose_fate_is_unknown_can_come_back_too(desk: Desk, outside: Outside, world: World) -> None:
    world.book(email=KAI)
    outside.mailer.failing.append(Unavailable("The connection broke off."))
    outside.deliver()

    assert report(desk, sent(desk)[0].message_id)


@pytest.mark.parametrize(
    ("kind", "status"),
    [(MailKind.SCHEDULER, "Interview Invited"), (MailKind.SURVEY_INVITATION, "Study Invited")],
)
def test_soft_bounced_person_to_whom_a_mail_goes_through_is_what_that_mail_sets(
    desk: Desk, outside: Outside, kind: MailKind, status: str
) -> None:
    enrolment = enrol(desk, "CHK", S.SCREENER_QUALIFIED)
    report(desk, invite(desk, outside, enrolment), "4.2.2")
    assert desk.status(KAI) == "Soft Bounced"

    again = invite(desk, outside, enrolment, kind, once="2")
    assert desk.status(KAI) == status
    assert person(desk).soft_bounced_at is None
    assert report(desk, again, "4.2.2")
    assert desk.status(KAI) == "Soft Bounced"


def test_flag_shows_where_the_person_and_their_session_do(desk: Desk, outside: Outside, world: World) -> None:
    interview = world.book(email=KAI)
    outside.deliver()
    report(desk, sent(desk)[0].message_id)

    with desk.database.reading() as session:
        session_view = interviews.details(session, world.researcher, interview.id, None, 5)
    person_view = desk.do(lambda s: person_page.show(s, world.researcher, "P1", world.now))
    assert "No mail reaches this address" in str(person_blocks.modal(person_view, ""))
    assert "P1 · kai@example.com · ⚠ mail came back" in str(interview_blocks.details(session_view, world.now))


def test_mail_of_another_study_that_arrives_does_not_keep_them_soft_bounced(desk: Desk, outside: Outside) -> None:
    desk.world.study("NAV", "Navigation")
    here, there = enrol(desk, "CHK", S.SCREENER_QUALIFIED), enrol(desk, "NAV", S.SCREENER_QUALIFIED, "ben@example.com")
    with desk.database.unit_of_work() as session:
        session.get_one(Enrolment, there).participant_id = session.get_one(Enrolment, here).participant_id
    report(desk, invite(desk, outside, here), "4.2.2")
    invite(desk, outside, there)
    assert person(desk).soft_bounced_at is None
    assert desk.status(KAI) == "Soft Bounced"
    invite(desk, outside, here, once="2")
    assert desk.status(KAI) == "Interview Invited"
