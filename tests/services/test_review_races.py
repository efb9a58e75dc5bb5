"""Two people who decide about the same answers, and decisions while somebody books: on both databases."""

from __future__ import annotations

from sqlalchemy.orm import Session

from bot.services import reviews
from domain.errors import Stale
from domain.participant import ParticipantStatus as S
from domain.review import Review
from domain.roles import Actor
from domain.screener import Verdict
from storage.models import Enrolment
from tests import screened
from tests.services.conftest import Desk

URL = "https://callsheet.example"


def test_of_two_who_decide_at_once_one_does_and_the_other_is_told_who(desk: Desk) -> None:
    world = desk.world
    enrolment_id = screened.answered(world, screened.publish(world))
    came_to = desk.race(
        lambda s: reviews.decide(s, world.researcher, enrolment_id, Verdict.QUALIFIED, "", world.now),
        lambda s: reviews.decide(s, world.admin, enrolment_id, Verdict.NOT_QUALIFIED, "", world.now),
    )
    (done,) = [each for each in came_to if isinstance(each, Review)]
    (told,) = [each for each in came_to if isinstance(each, Stale)]
    assert done.decided_by is not None
    assert done.decided_by in told.message
    assert "To change that, give a reason" in told.message
    assert screened.status_of(world, enrolment_id) is (
        S.SCREENER_QUALIFIED if done.verdict is Verdict.QUALIFIED else S.SCREENER_NOT_QUALIFIED
    )


def test_two_who_qualify_at_once_send_one_mail(desk: Desk) -> None:
    world = desk.world
    enrolment_id = screened.answered(world, screened.publish(world))

    def qualify(session: Session, actor: Actor) -> str | None:
        reviews.decide(session, actor, enrolment_id, Verdict.QUALIFIED, "", world.now)
        return reviews.invite(session, actor, enrolment_id, URL, world.now, has_mail=True)

    came_to = desk.race(lambda s: qualify(s, world.researcher), lambda s: qualify(s, world.admin))
    assert sorted(type(each).__name__ for each in came_to) == ["NoneType", "Stale"]
    assert [row.payload["mail"] for row in desk.outbox("mail_enrolment")] == ["scheduler"]


def test_a_decision_and_its_change_move_the_enrolment_and_ask_for_the_card(desk: Desk) -> None:
    world = desk.world
    enrolment_id = screened.answered(world, screened.publish(world))
    desk.do(lambda s: reviews.decide(s, world.researcher, enrolment_id, Verdict.QUALIFIED, "", world.now))
    changed = desk.do(
        lambda s: reviews.decide(s, world.admin, enrolment_id, Verdict.NOT_QUALIFIED, " too   busy ", world.now)
    )
    assert (changed.stands, changed.reason, changed.decided_by) == (
        Verdict.NOT_QUALIFIED,
        "too busy",
        world.admin.name,
    )
    with desk.database.reading() as session:
        enrolment = session.get_one(Enrolment, enrolment_id)
        assert (enrolment.status, enrolment.status_reason) == (S.SCREENER_NOT_QUALIFIED, "too busy")
    assert [row.subject for row in desk.outbox("slack_review")] == [str(enrolment_id)]
    assert desk.outbox("mail_enrolment") == []
