"""Mails about a study to people who have no session in it: invitations, and offers of a time."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from bot.integrations.ports import Mail, Refused
from bot.services import links, outgoing_mails
from domain.drafts import Wording
from domain.mail import MailKind, Written
from domain.participant import ParticipantStatus
from domain.person import LinkPurpose
from domain.study import StudyStatus, StudyType
from domain.waiting import OfferState
from storage import mail_templates
from storage.models import Enrolment, Participant, ParticipantLink, SlotOffer, Study
from tests import screened
from tests.builders import World, rows
from tests.fakes import Outside

HOUR = timedelta(hours=1)
S, K = ParticipantStatus, MailKind


def enrolled(world: World, email: str = "kai@example.com", **values: Any) -> int:
    """The id of an enrolment in the study, of a new participant in Tokyo."""
    person = world.participant(email, "Kai Tanaka", **{"time_zone": "Asia/Tokyo", **values})
    with world.database.unit_of_work() as session:
        enrolment = Enrolment(study_id=world.study_id, participant_id=person.id, status_changed_at=world.now)
        session.add(enrolment)
        session.flush()
        return enrolment.id


def invite(world: World, *enrolment_ids: int, kind: MailKind = MailKind.SCHEDULER, **given: Any) -> None:
    with world.database.unit_of_work() as session:
        outgoing_mails.to_enrolments(
            session, world.workspace_id, enrolment_ids, kind, world.now, **{"once": "first", **given}
        )


def offered(world: World, enrolment_id: int, starts_at: datetime, **values: Any) -> int:
    with world.database.unit_of_work() as session:
        given: dict[str, Any] = {"state": OfferState.OPEN, "expires_at": world.now + 4 * HOUR, **values}
        offer = SlotOffer(
            study_id=world.study_id,
            enrolment_id=enrolment_id,
            starts_at=starts_at,
            offered_by="Callsheet",
            offered_at=world.now,
            **given,
        )
        session.add(offer)
        session.flush()
        return offer.id


def sent(outside: Outside, subject: str = "") -> list[Mail]:
    outside.deliver()
    return [mail for mail in outside.mailer.sent if mail.subject.startswith(subject)]


def purposes(world: World) -> list[LinkPurpose]:
    return sorted(row.purpose for row in rows(world.database, sa.select(ParticipantLink.purpose)))


def test_invitation_leads_to_the_persons_own_page_and_to_opting_out(world: World, outside: Outside) -> None:
    enrolment_id = enrolled(world)
    invite(world, enrolment_id)

    (mail,) = sent(outside)
    assert (mail.to, mail.subject) == ("kai@example.com", "Choose a time for Checkout study")
    assert mail.reply_to == "member3@northwind.example"
    assert "It takes 1 hour." in mail.text
    assert "{{" not in mail.text + mail.html
    page = re.search(r"Choose a time:\nhttps://call\.example/s/(\S+)", mail.text)
    assert page is not None
    assert mail.unsubscribe is not None
    assert mail.unsubscribe in mail.text
    assert re.fullmatch(r"https://call\.example/u/\S{43}", mail.unsubscribe)
    found = rows(
        world.database,
        sa.select(ParticipantLink.purpose, ParticipantLink.enrolment_id, ParticipantLink.attendee_id).where(
            ParticipantLink.token_hash == links.hashed(page[1])
        ),
    )
    assert [tuple(row) for row in found] == [(LinkPurpose.PAGE, enrolment_id, None)]


def test_sender_and_answers_are_the_studys_where_it_says_so(world: World, outside: Outside) -> None:
    with world.database.unit_of_work() as session:
        session.execute(sa.update(Study).values(sender_name="Northwind Panel", reply_to="panel@northwind.example"))
    invite(world, enrolled(world))
    world.book()

    for mail in sent(outside):
        assert (mail.from_name, mail.reply_to) == ("Northwind Panel", "panel@northwind.example")
    assert len(outside.mailer.sent) == 2


def test_offer_tells_the_time_in_their_zone_until_when_and_claims_by_a_link_of_its_own(
    world: World, outside: Outside
) -> None:
    enrolment_id = enrolled(world)
    offer_id = offered(world, enrolment_id, world.now + 24 * HOUR)
    invite(world, enrolment_id, kind=MailKind.SLOT_OFFER, offers={enrolment_id: offer_id})

    (mail,) = sent(outside)
    assert mail.subject == "A time is free: Checkout study, Tuesday, 24 November 2026, 17:30"
    assert "When:          Tuesday, 24 November 2026, 17:30–18:30 (Tokyo time, UTC+9)" in mail.text
    assert "Take it until: Monday, 23 November 2026, 21:30 (Tokyo time, UTC+9)" in mail.text
    claim = re.search(r"https://call\.example/c/(\S+)", mail.text)
    assert claim is not None
    (link,) = rows(
        world.database,
        sa.select(ParticipantLink.offer_id, ParticipantLink.expires_at).where(
            ParticipantLink.token_hash == links.hashed(claim[1])
        ),
    )
    assert tuple(link) == (offer_id, world.now + 24 * HOUR)
    assert purposes(world) == [LinkPurpose.CLAIM, LinkPurpose.UNSUBSCRIBE]


def test_offer_of_an_earlier_time_says_what_it_would_replace(world: World, outside: Outside) -> None:
    world.book(48 * HOUR, email="kai@example.com", name="Kai Tanaka")
    (row,) = rows(world.database, sa.select(Enrolment.id))
    invite(world, row.id, kind=MailKind.SLOT_OFFER, offers={row.id: offered(world, row.id, world.now + 24 * HOUR)})

    (mail,) = sent(outside, "A time is free")
    assert "Instead of:    Wednesday, 25 November 2026, 09:30–10:30 (Berlin time, UTC+1)" in mail.text


@pytest.mark.parametrize("state", [OfferState.CLAIMED, OfferState.LOST, OfferState.EXPIRED, None])
def test_offer_that_is_over_is_not_made(world: World, outside: Outside, state: OfferState | None) -> None:
    enrolment_id = enrolled(world)
    values = {"state": state} if state else {"expires_at": world.now}
    offer_id = offered(world, enrolment_id, world.now + 24 * HOUR, **values)
    invite(world, enrolment_id, kind=MailKind.SLOT_OFFER, offers={enrolment_id: offer_id})

    assert sent(outside) == []


@pytest.mark.parametrize("status", [StudyStatus.PAUSED, StudyStatus.CLOSED])
def test_nobody_is_invited_while_the_study_is_held(world: World, outside: Outside, status: StudyStatus) -> None:
    invite(world, enrolled(world))
    with world.database.unit_of_work() as session:
        session.execute(sa.update(Study).values(status=status))

    assert sent(outside) == []


@pytest.mark.parametrize("column", ["opted_out_at", "blocklisted_at", "bounced_at"])
def test_nobody_is_invited_who_may_not_be_written_to_any_more(world: World, outside: Outside, column: str) -> None:
    invite(world, enrolled(world))
    with world.database.unit_of_work() as session:
        session.execute(sa.update(Participant).values({column: world.now}))

    assert sent(outside) == []
    assert outside.dead == []


def test_person_whose_enrolment_is_gone_gets_nothing(world: World, outside: Outside) -> None:
    enrolment_id = enrolled(world)
    invite(world, enrolment_id)
    with world.database.unit_of_work() as session:
        session.execute(sa.delete(Enrolment))

    assert sent(outside) == []
    assert outside.dead == []


def test_what_a_person_wrote_and_then_the_teams_version_come_before_the_standard(
    world: World, outside: Outside
) -> None:
    first, second = enrolled(world), enrolled(world, "lea@example.com")
    with world.database.unit_of_work() as session:
        own = Wording("Own", "Hallo {{ participant.first_name }}!\n\nYou get {{ study.incentive }}.")
        mail_templates.store(session, world.team_id, MailKind.SCHEDULER, own, "Ana", world.now)
    invite(world, first)
    invite(world, second, written=Written("Dear {{ participant.name }}", "Written", by="Ana"))

    own_words, written = sent(outside)
    assert (own_words.subject, written.subject) == ("Own", "Written")
    assert own_words.text.startswith("Hallo Kai!\n\nChoose a time:\nhttps://call.example/s/")
    assert written.text.startswith("Dear Kai Tanaka\n\nChoose a time:\nhttps://call.example/s/")


def test_invitation_that_can_not_be_written_is_told_in_the_channel_by_alias(world: World, outside: Outside) -> None:
    invite(world, enrolled(world), written=Written("You get {{ study.incentive }}", "Hello", by="Ana"))

    assert sent(outside) == []
    assert outside.dead == []
    (said,) = outside.slack.said_in("C0CORE")
    assert "the invitation to schedule to P1 could not be written: There is no {{ study.incentive }}." in said
    assert "Kai" not in said


def test_address_that_refuses_is_noted(world: World, outside: Outside) -> None:
    invite(world, enrolled(world))
    outside.mailer.failing.append(Refused("example.com does not take mail for this address: 550 no such user"))
    outside.deliver()

    assert rows(world.database, sa.select(Participant.bounced_at))[0][0] == world.now
    assert outside.dead == []


def test_without_pages_the_invitation_asks_for_a_reply(world: World, now: datetime) -> None:
    outside = Outside.of(world.database, now, public_url=None)
    invite(world, enrolled(world))

    (mail,) = sent(outside)
    assert "Would you like to? Just reply to this mail." in mail.text
    assert "You want no more mails? Just say so in a reply." in mail.text
    assert "http" not in mail.text
    assert purposes(world) == []


def start_link(world: World, mail: Mail) -> tuple[str, LinkPurpose]:
    """The kind of page that the mail leads to, and what its link is for."""
    found = re.search(r"https://call\.example/([qst])/(\S+)", mail.text)
    assert found is not None
    where = ParticipantLink.token_hash == links.hashed(found[2])
    ((purpose,),) = rows(world.database, sa.select(ParticipantLink.purpose).where(where))
    return found[1], purpose


@pytest.mark.parametrize(
    ("study_type", "kind", "status", "has_screener", "leads_to"),
    [
        (StudyType.INTERVIEW, K.SCREENER_INVITATION, S.STUDY_INVITED, True, ("q", LinkPurpose.SCREENER)),
        (StudyType.INTERVIEW, K.SCHEDULER, S.INTERVIEW_INVITED, True, ("s", LinkPurpose.PAGE)),
        (StudyType.SURVEY, K.SURVEY_INVITATION, S.STUDY_INVITED, False, ("t", LinkPurpose.TASK)),
        (StudyType.SURVEY, K.SURVEY_INVITATION, S.STUDY_INVITED, True, ("q", LinkPurpose.SCREENER)),
        (StudyType.SURVEY, K.SURVEY_INVITATION, S.SCREENER_QUALIFIED, True, ("t", LinkPurpose.TASK)),
        (StudyType.UNMODERATED_TEST, K.TEST_INVITATION, S.TEST_INVITED, True, ("t", LinkPurpose.TASK)),
    ],
)
def test_every_invitation_leads_to_what_it_invites_to(
    world: World,
    outside: Outside,
    study_type: StudyType,
    kind: MailKind,
    status: ParticipantStatus,
    has_screener: bool,
    leads_to: tuple[str, LinkPurpose],
) -> None:
    study_id = world.study("NXT", "Next", type=study_type, task_url="https://task.example/x").id
    if has_screener:
        screened.publish(world, study_id)
    invite(world, screened.enrolled(world, "kai@example.com", "Kai", status, study_id), kind=kind)

    (mail,) = sent(outside)
    assert start_link(world, mail) == leads_to
    assert "{{" not in mail.text + mail.html


@pytest.mark.parametrize("status", [S.SCREENER_COMPLETED, S.INTERVIEW_SCHEDULED, S.CANCELED])
def test_nobody_is_asked_to_answer_a_screener_who_has_gone_on(
    world: World, outside: Outside, status: ParticipantStatus
) -> None:
    screened.publish(world)
    invite(world, screened.enrolled(world, "kai@example.com", "Kai", status), kind=K.SCREENER_INVITATION)

    assert sent(outside) == []
