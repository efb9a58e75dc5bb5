"""Participants' pages pressed twice, in two tabs, by two people at once: on both databases."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.services import consents, joining, screening, tasks
from bot.services.joining import Form
from bot.services.screening import Entered, Saved
from domain.participant import ParticipantStatus
from domain.person import LinkPurpose
from domain.study import StudyType
from storage.models import Enrolment, Participant, ScreenerResponse
from tests.builders import rows
from tests.services.conftest import Desk
from tests.services.screening_desk import FIRST, FITS, Screenings

S = ParticipantStatus


@pytest.fixture
def screenings(desk: Desk) -> Screenings:
    return Screenings(desk)


def test_two_tabs_begin_one_screener(screenings: Screenings) -> None:
    now = screenings.desk.world.now
    screenings.publish()
    enrolment_id, token = screenings.invite()

    def begin(session: Session) -> Saved:
        return screening.save(session, token, Entered(1, 1, FIRST), now)

    assert all(isinstance(each, Saved) for each in screenings.desk.race(begin, begin))

    assert len(rows(screenings.desk.database, sa.select(ScreenerResponse.id))) == 1
    assert len(screenings.steps(enrolment_id)) == 1


def test_a_double_click_sends_once(screenings: Screenings) -> None:
    now = screenings.desk.world.now
    screenings.publish()
    enrolment_id, token = screenings.invite()
    screenings.save(token, 1, FIRST)

    def send(session: Session) -> Saved:
        return screening.save(session, token, Entered(1, 2, FITS), now, is_last=True)

    done = screenings.desk.race(send, send)

    assert all(isinstance(each, Saved) and each.is_sent and each.onward is not None for each in done)
    assert [to for to, _ in screenings.steps(enrolment_id)] == ["Screener Started", "Screener Qualified"]


@pytest.mark.parametrize("has_mail", [False, True])
def test_one_address_typed_twice_at_once_is_one_person(screenings: Screenings, has_mail: bool) -> None:
    now = screenings.desk.world.now
    screenings.publish()
    screenings.change_study(share_token="shared")

    def join(session: Session) -> object:
        return joining.join(session, "shared", Form("Mira", "", "mira@example.com"), now, has_mail=has_mail)

    done = screenings.desk.race(join, join)

    assert not any(isinstance(each, Exception) for each in done)
    assert len([each for each in done if each is not None]) == (0 if has_mail else 1)
    assert len(rows(screenings.desk.database, sa.select(Participant.id))) == 1
    assert len(rows(screenings.desk.database, sa.select(Enrolment.id))) == 1
    assert len(screenings.desk.outbox("mail_enrolment")) == (1 if has_mail else 0)


def test_started_in_two_tabs_and_finished_twice_at_once_counts_once(screenings: Screenings) -> None:
    now = screenings.desk.world.now
    url = "https://forms.example/?t={{ token }}"
    study_id = screenings.desk.world.study("SUR", "Survey", type=StudyType.SURVEY, task_url=url).id
    enrolment_id, token = screenings.invite(purpose=LinkPurpose.TASK, study_id=study_id)

    first, second = screenings.desk.race(
        lambda s: tasks.start(s, token, now),
        lambda s: tasks.start(s, token, now),
    )
    assert first == second
    (secret,) = parse_qs(urlsplit(str(first)).query)["t"]
    done = screenings.desk.race(
        lambda s: tasks.come_back(s, secret, now),
        lambda s: tasks.come_back(s, secret, now),
    )

    assert done == [None, None]
    assert screenings.desk.study(study_id).seats_taken == 1
    assert [to for to, _ in screenings.steps(enrolment_id)] == ["Survey Started", "Survey Completed"]


def test_agreeing_twice_at_once_is_agreeing_once(screenings: Screenings) -> None:
    now = screenings.desk.world.now
    version = screenings.consent()
    _, token = screenings.invite(status=S.INTERVIEW_INVITED, purpose=LinkPurpose.PAGE)

    def agree(session: Session) -> None:
        consents.agree(session, token, LinkPurpose.PAGE, version, now)

    assert screenings.desk.race(agree, agree) == [None, None]
