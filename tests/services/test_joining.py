"""Coming by a study's public link: somebody new, somebody known, and nobody learns which."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from bot.services import joining
from bot.services.joining import Closed, Form, Unfinished
from bot.services.links import LinkExpired
from bot.services.screening import Onward
from domain.participant import ParticipantStatus
from domain.person import LinkPurpose
from domain.study import StudyStatus, StudyType
from storage import suppressed
from storage.models import Consent, Enrolment, OutboxRow, Participant, ParticipantAddress
from storage.suppressed import Suppressed
from tests.builders import counted_statements, rows
from tests.services.conftest import Desk
from tests.services.screening_desk import FIRST, Screenings

S = ParticipantStatus
SHARED = "Zq3vT8aaZq3vT8aaZq3vT8aaZq3vT8aa"
MIRA = Form("Mira", "Kaya", "Mira@Example.com ")


@pytest.fixture
def screenings(desk: Desk) -> Screenings:
    """The study of the world has a public link, and a screener."""
    found = Screenings(desk)
    found.publish()
    found.change_study(share_token=SHARED)
    return found


def join(screenings: Screenings, form: Form = MIRA, *, has_mail: bool = False, token: str = SHARED) -> Onward | None:
    return screenings.desk.do(lambda s: joining.join(s, token, form, screenings.desk.world.now, has_mail=has_mail))


def people(screenings: Screenings) -> list[tuple[str, str]]:
    statement = sa.select(Participant.email, Participant.name).order_by(Participant.id)
    return [(email, name) for email, name in rows(screenings.desk.database, statement)]


def places(screenings: Screenings) -> list[str]:
    return [status.value for (status,) in rows(screenings.desk.database, sa.select(Enrolment.status))]


def mails(screenings: Screenings) -> list[tuple[str, int]]:
    """The kinds of mails that go out, and to whose enrolment."""
    statement = sa.select(OutboxRow.payload).where(OutboxRow.kind == "mail_enrolment").order_by(OutboxRow.id)
    found = rows(screenings.desk.database, statement)
    return [(payload["mail"], payload["enrolment_id"]) for (payload,) in found]


def test_without_mail_somebody_new_goes_straight_on(screenings: Screenings) -> None:
    onward = join(screenings)

    assert onward is not None
    assert onward.purpose is LinkPurpose.SCREENER
    assert people(screenings) == [("mira@example.com", "Mira Kaya")]
    assert places(screenings) == ["Screener Started"]
    assert screenings.page(onward.secret).is_begun
    assert screenings.save(onward.secret, 1, FIRST).problems == {}
    assert mails(screenings) == []


def test_without_mail_nobody_gets_at_the_page_of_somebody_known(screenings: Screenings) -> None:
    join(screenings)
    screenings.desk.world.participant("ola@example.com", "Ola Nord")

    for email in ("mira@example.com", "MIRA@example.com", "ola@example.com"):
        assert join(screenings, Form("Eve", "", email)) is None
    assert people(screenings) == [("mira@example.com", "Mira Kaya"), ("ola@example.com", "Ola Nord")]
    assert places(screenings) == ["Screener Started"]


def test_by_another_address_somebody_is_who_they_are(screenings: Screenings) -> None:
    world = screenings.desk.world
    person = world.participant("mira@example.com", "Mira Kaya")
    with world.database.unit_of_work() as session:
        session.add(
            ParticipantAddress(
                workspace_id=world.workspace_id,
                email="mk@example.org",
                participant_id=person.id,
                added_at=world.now,
            )
        )

    assert join(screenings, Form("Mira", "", "MK@example.org")) is None
    assert join(screenings, Form("Mira", "", "MK@example.org"), has_mail=True) is None

    assert [email for email, _ in people(screenings)] == ["mira@example.com"]
    assert places(screenings) == ["Study Invited"]


def test_with_mail_everybody_gets_their_link_by_mail_alone(screenings: Screenings) -> None:
    known, _ = screenings.invite("ola@example.com", S.SCREENER_STARTED)

    assert join(screenings, has_mail=True) is None
    assert join(screenings, Form("Ola", "", "ola@example.com"), has_mail=True) is None

    assert [kind for kind, _ in mails(screenings)] == ["screener_invitation"] * 2
    assert mails(screenings)[1][1] == known
    assert sorted(places(screenings)) == ["Screener Started", "Study Invited"]


def test_who_has_got_further_is_sent_what_is_theirs_and_who_has_booked_nothing(screenings: Screenings) -> None:
    screenings.invite("ola@example.com", S.INTERVIEW_INVITED)
    for email, status in (("kim@example.com", S.INTERVIEW_SCHEDULED), ("lee@example.com", S.SCREENER_COMPLETED)):
        screenings.invite(email, status)

    for email in ("ola@example.com", "kim@example.com", "lee@example.com"):
        assert join(screenings, Form("Some", "Body", email), has_mail=True) is None

    assert [kind for kind, _ in mails(screenings)] == ["scheduler"]


def test_who_is_in_cooldown_is_not_invited_by_typing_an_address(screenings: Screenings) -> None:
    world = screenings.desk.world
    world.participant("mira@example.com", "Mira", cooldown_until=world.now + timedelta(days=3))

    assert join(screenings, has_mail=True) is None

    assert mails(screenings) == []
    assert places(screenings) == ["Not Contacted"]


def test_asking_again_at_once_mails_once(screenings: Screenings) -> None:
    join(screenings, has_mail=True)
    join(screenings, has_mail=True)

    assert len(mails(screenings)) == 1


def test_who_did_not_fit_gets_no_second_try(screenings: Screenings) -> None:
    enrolment_id, token = screenings.invite()
    screenings.save(token, 1, {0: ("Buyer",), 1: ("no",)})
    screenings.save(token, 2, {}, is_last=True)

    assert join(screenings) is None
    assert join(screenings, has_mail=True) is None

    assert screenings.status(enrolment_id) == "Screener Not Qualified"
    assert len(rows(screenings.desk.database, sa.select(Enrolment.id))) == 1


@pytest.mark.parametrize("fact", ["opted_out_at", "blocklisted_at"])
@pytest.mark.parametrize("has_mail", [False, True])
def test_who_wants_or_gets_no_contact_is_told_the_same_and_gets_no_mail(
    screenings: Screenings, fact: str, has_mail: bool
) -> None:
    screenings.desk.world.participant("mira@example.com", "Mira", **{fact: screenings.desk.world.now})

    assert join(screenings, has_mail=has_mail) is None
    assert mails(screenings) == []
    assert places(screenings) == []


@pytest.mark.parametrize(
    ("form", "fields"),
    [
        (Form("", "", ""), {"first", "email"}),
        (Form("Mira", "", "mira@example"), {"email"}),
        (Form("Win at www.example.com", "", "a@example.com"), {"first"}),
        (Form("Mira", "http://evil.example", "a@example.com"), {"last"}),
        (Form("M" * 81, "", "a@example.com"), {"first"}),
        (Form("Anne-Marie J.R.", "O’Neil Ñandú 王", "a@example.com"), set()),
    ],
    ids=["empty", "address", "host", "link", "long", "fine"],
)
def test_what_was_typed_is_checked(screenings: Screenings, form: Form, fields: set[str]) -> None:
    if not fields:
        assert join(screenings, form) is not None
        return
    with pytest.raises(Unfinished) as refusal:
        join(screenings, form)
    assert set(refusal.value.problems) == fields
    assert people(screenings) == []


def test_consent_is_ticked_by_who_goes_straight_on(screenings: Screenings) -> None:
    version = screenings.consent()

    with pytest.raises(Unfinished) as refusal:
        join(screenings)
    assert set(refusal.value.problems) == {"agree"}
    assert people(screenings) == []
    assert join(screenings, Form("Mira", "", "mira@example.com", version)) is not None
    assert rows(screenings.desk.database, sa.select(Consent.version)) == [(1,)]


def test_nobody_agrees_for_others_by_typing_their_address(screenings: Screenings) -> None:
    version = screenings.consent()

    join(screenings, Form("Mira", "", "mira@example.com", version), has_mail=True)

    assert rows(screenings.desk.database, sa.select(Consent.version)) == []


@pytest.mark.parametrize(
    ("kind", "status"),
    [(StudyType.SURVEY, "Survey Started"), (StudyType.UNMODERATED_TEST, "Test Started")],
)
def test_a_survey_or_a_test_without_a_screener_begins_at_once(
    screenings: Screenings, kind: StudyType, status: str
) -> None:
    study = screenings.desk.world.study(
        "SUR", "Survey", type=kind, task_url="https://forms.example/1", share_token="other"
    )

    onward = join(screenings, token="other")
    assert join(screenings, Form("Ola", "", "ola@example.com"), token="other", has_mail=True) is None

    assert onward is not None
    assert onward.purpose is LinkPurpose.TASK
    assert status in places(screenings)
    (kind_of_mail,) = [mail for mail, _ in mails(screenings)]
    assert kind_of_mail == ("survey_invitation" if study.type is StudyType.SURVEY else "test_invitation")


@pytest.mark.parametrize(
    "study",
    [{"status": StudyStatus.PAUSED}, {"status": StudyStatus.CLOSED}, {"participation_limit": 1, "seats_taken": 1}],
    ids=["paused", "closed", "full"],
)
def test_nobody_comes_to_a_study_that_takes_nobody(screenings: Screenings, study: dict[str, object]) -> None:
    screenings.change_study(**study)

    with screenings.desk.database.reading() as session:
        assert not joining.landing(session, SHARED, has_mail=False).is_open
    for has_mail in (False, True):
        with pytest.raises(Closed):
            join(screenings, has_mail=has_mail)
    assert people(screenings) == []


def test_a_link_that_was_ended_opens_nothing(screenings: Screenings) -> None:
    screenings.change_study(share_token=None)

    with pytest.raises(LinkExpired):
        join(screenings)
    with screenings.desk.database.reading() as session, pytest.raises(LinkExpired):
        joining.landing(session, SHARED, has_mail=False)


def test_opening_takes_few_statements(screenings: Screenings) -> None:
    screenings.consent()

    with counted_statements(screenings.desk.database) as statements, screenings.desk.database.reading() as session:
        joining.landing(session, SHARED, has_mail=False)
    assert len(statements) <= 3


@pytest.mark.parametrize("has_mail", [False, True])
def test_of_who_was_erased_and_is_not_to_be_contacted_nothing_is_kept_anew(
    screenings: Screenings, has_mail: bool
) -> None:
    world = screenings.desk.world
    kept = {"mira@example.com": Suppressed(world.now, is_blocked=False)}
    screenings.desk.do(lambda s: suppressed.keep(s, world.workspace_id, kept))

    assert join(screenings, has_mail=has_mail) is None
    assert (people(screenings), mails(screenings)) == ([], [])
