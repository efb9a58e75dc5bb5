"""Inviting by the type of the study: to its screener, a time, a survey, a test."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from bot.services import invitation_lists, invitation_review, invitations
from bot.services.invitation_lists import Choice
from bot.services.invitation_review import Draft
from domain.drafts import Wording
from domain.errors import RuleError
from domain.invitation import InvitationReview, Invited, Reason
from domain.mail import MailKind
from domain.participant import ParticipantStatus
from domain.study import StudyType
from storage.models import Enrolment
from tests import screened
from tests.services.conftest import Desk

URL = "https://callsheet.example"
S, K = ParticipantStatus, MailKind


def study_of(desk: Desk, study_type: StudyType, task_url: str | None = "https://task.example/?t={{ token }}") -> int:
    return desk.world.study("NXT", "Next", type=study_type, task_url=task_url).id


def review(desk: Desk, study_id: int, ids: list[int], mail: MailKind | None = None) -> InvitationReview:
    world = desk.world

    def act(session: Session) -> InvitationReview:
        people = tuple(session.get_one(Enrolment, id_).participant_id for id_ in ids)
        list_id = invitation_lists.choose(session, world.researcher, Choice(study_id, people), world.now)
        return invitation_review.review(session, world.researcher, list_id, URL, world.now, mail)

    return desk.do(act)


def send(desk: Desk, shown: InvitationReview) -> Invited:
    words = Wording(shown.subject, shown.text)
    return desk.do(
        lambda s: invitations.send(
            s, desk.world.researcher, Draft(shown.list_id, words, shown.mail), URL, desk.world.now
        )
    )


def mails(desk: Desk) -> list[str]:
    return [row.payload["mail"] for row in desk.outbox("mail_enrolment")]


@pytest.mark.parametrize(
    ("study_type", "has_screener", "wanted", "mail", "status"),
    [
        (StudyType.INTERVIEW, True, None, K.SCREENER_INVITATION, S.STUDY_INVITED),
        (StudyType.INTERVIEW, True, K.SCHEDULER, K.SCHEDULER, S.INTERVIEW_INVITED),
        (StudyType.GROUP_INTERVIEW, False, None, K.SCHEDULER, S.INTERVIEW_INVITED),
        (StudyType.SURVEY, False, None, K.SURVEY_INVITATION, S.STUDY_INVITED),
        (StudyType.UNMODERATED_TEST, False, None, K.TEST_INVITATION, S.TEST_INVITED),
        (StudyType.UNMODERATED_TEST, True, None, K.SCREENER_INVITATION, S.STUDY_INVITED),
    ],
)
def test_people_are_invited_to_what_the_study_is(
    desk: Desk,
    study_type: StudyType,
    has_screener: bool,
    wanted: MailKind | None,
    mail: MailKind,
    status: ParticipantStatus,
) -> None:
    study_id = study_of(desk, study_type)
    if has_screener:
        screened.publish(desk.world, study_id)
    enrolment_id = screened.enrolled(desk.world, "a@example.com", "Ana", study_id=study_id)
    shown = review(desk, study_id, [enrolment_id], wanted)
    assert (shown.mail, shown.number, shown.refusal) == (mail, 1, None)
    assert send(desk, shown).mail is mail
    assert screened.status_of(desk.world, enrolment_id) is status
    assert mails(desk) == [mail.value]


def test_who_is_held_back_depends_on_what_they_are_invited_to(desk: Desk) -> None:
    study_id = study_of(desk, StudyType.INTERVIEW)
    screened.publish(desk.world, study_id)
    statuses = (
        S.NOT_CONTACTED,
        S.SCREENER_STARTED,
        S.SCREENER_QUALIFIED,
        S.INTERVIEW_INVITED,
        S.SCREENER_NOT_QUALIFIED,
    )
    ids = [screened.enrolled(desk.world, f"{one.name}@example.com", one.name, one, study_id) for one in statuses]
    to_screener = review(desk, study_id, ids)
    assert {group.reason: group.first for group in to_screener.sorted.held} == {
        Reason.ANSWERED: ("SCREENER_QUALIFIED",),
        Reason.FURTHER: ("INTERVIEW_INVITED",),
        Reason.NOT_QUALIFIED: ("SCREENER_NOT_QUALIFIED",),
    }
    to_times = review(desk, study_id, ids, K.SCHEDULER)
    assert {group.reason for group in to_times.sorted.held} == {Reason.NOT_QUALIFIED}
    assert send(desk, to_screener).number == 2
    assert screened.status_of(desk.world, ids[1]) is S.SCREENER_STARTED, "they are reminded, and go on with theirs"


@pytest.mark.parametrize("study_type", [StudyType.SURVEY, StudyType.UNMODERATED_TEST])
def test_without_a_link_to_the_task_nobody_is_invited(desk: Desk, study_type: StudyType) -> None:
    study_id = study_of(desk, study_type, task_url=None)
    enrolment_id = screened.enrolled(desk.world, "a@example.com", "Ana", study_id=study_id)
    shown = review(desk, study_id, [enrolment_id])
    assert shown.number == 0
    assert "Set it first: /study task NXT" in (shown.refusal or "")
    with pytest.raises(RuleError, match="/study task NXT"):
        send(desk, shown)
    assert mails(desk) == []


def test_a_screener_that_was_ended_since_the_review_stops_the_invitation(desk: Desk) -> None:
    study_id = study_of(desk, StudyType.INTERVIEW)
    screened.publish(desk.world, study_id)
    enrolment_id = screened.enrolled(desk.world, "a@example.com", "Ana", study_id=study_id)
    shown = review(desk, study_id, [enrolment_id])
    screened.publish(desk.world, study_id, screened.Screener())
    with pytest.raises(RuleError, match="another screener by now"):
        send(desk, shown)
    assert mails(desk) == []


def test_an_invitation_to_a_screener_is_stopped_by_what_has_changed(desk: Desk) -> None:
    study_id = study_of(desk, StudyType.INTERVIEW)
    screened.publish(desk.world, study_id)
    enrolment_id = screened.enrolled(desk.world, "a@example.com", "Ana", S.STUDY_INVITED, study_id)

    def why() -> str | None:
        with desk.database.reading() as session:
            enrolment = session.get_one(Enrolment, enrolment_id)
            return invitations.may_still_invite(session, enrolment, desk.world.now, K.SCREENER_INVITATION)

    assert why() is None
    screened.publish(desk.world, study_id, screened.Screener())
    assert "has no screener any more" in (why() or "")
