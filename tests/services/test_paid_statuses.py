"""Whose incentive was sent: nothing that happens afterwards takes it back, or lets it be owed once more."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from bot.services import erasing, links, opting_out, outcomes, record, status_changes, statuses
from bot.services.status_changes import Choice
from bot.services.statuses import Why
from domain.participant import Cause, ParticipantStatus
from domain.person import LinkPurpose, alias
from storage.models import Enrolment, Participant
from tests.builders import ONE_DATABASE, World, rows
from tests.services.booking_desk import Bookings
from tests.services.conftest import Desk

pytestmark = ONE_DATABASE
S = ParticipantStatus
MARA, KAI = "mara@example.com", "kai@example.com"
PAID = {Cause.PAID: S.INCENTIVE_SENT, Cause.PAYMENT_CANCELED: S.INCENTIVE_NOT_SENT}


def paid_study(desk: Desk) -> int:
    return desk.world.study("PAY", "Paid", incentive_amount_minor=5000, incentive_currency="EUR").id


def pay(desk: Desk, id_: int, cause: Cause = Cause.PAID) -> None:
    why = Why(cause, record.by_callsheet(desk.world.now))
    desk.do(lambda s: statuses.move(s, [(one, PAID[cause]) for one in statuses.lock(s, [id_])], why))


def standing(desk: Desk, id_: int) -> tuple[ParticipantStatus, ParticipantStatus | None]:
    with desk.database.reading() as session:
        found = session.get_one(Enrolment, id_)
        return found.status, found.status_before


def test_who_was_paid_and_opts_out_is_not_owed_it_again_once_it_is_certain(desk: Desk, world: World) -> None:
    study_id = paid_study(desk)
    interview = world.book(timedelta(minutes=15), email=MARA, study_id=study_id)
    ((id_,),) = rows(desk.database, sa.select(Enrolment.id).where(Enrolment.study_id == study_id))
    later = interview.ends_at
    desk.do(lambda s: outcomes.complete_ended(s, interview, later))
    pay(desk, id_)
    desk.do(lambda s: opting_out.opt_out(s, links.issue_for(s, id_, LinkPurpose.UNSUBSCRIBE, later), later))

    desk.do(lambda s: outcomes.verify(s, world.observer, interview.id, later))

    assert standing(desk, id_) == (S.OPTED_OUT, S.INCENTIVE_SENT)


def test_who_was_paid_since_stays_so_when_a_change_of_all_is_undone(desk: Desk, world: World) -> None:
    study_id = paid_study(desk)
    ids = [
        Bookings(desk).enrol(world.participant(email).id, study_id, status=S.INTERVIEW_INVITED) for email in (MARA, KAI)
    ]
    choice = Choice(study_id, S.INTERVIEW_COMPLETED, "By phone", tuple(ids))
    bulk_id = desk.do(lambda s: status_changes.begin(s, world.researcher, choice, world.now)).bulk_id
    desk.do(lambda s: status_changes.review(s, world.researcher, bulk_id, world.now))
    desk.do(lambda s: status_changes.make(s, world.researcher, bulk_id, world.now))
    pay(desk, ids[0])

    desk.do(lambda s: status_changes.undo(s, world.researcher, bulk_id, world.now))

    assert [standing(desk, id_)[0] for id_ in ids] == [S.INCENTIVE_SENT, S.INTERVIEW_INVITED]


def test_who_was_erased_is_owed_and_paid_all_the_same(desk: Desk, world: World) -> None:
    person = world.participant(MARA)
    id_ = Bookings(desk).enrol(person.id, paid_study(desk), status=S.INCENTIVE_NOT_SENT)
    desk.do(lambda s: erasing.erase(s, world.admin, alias(person.number), world.now))
    assert standing(desk, id_)[0] is S.INCENTIVE_NOT_SENT

    pay(desk, id_)
    assert standing(desk, id_)[0] is S.INCENTIVE_SENT
    pay(desk, id_, Cause.PAYMENT_CANCELED)
    assert standing(desk, id_)[0] is S.INCENTIVE_NOT_SENT
    assert rows(desk.database, sa.select(Participant.email)) == [(f"p{person.number}@erased.invalid",)]
