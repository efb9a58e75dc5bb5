"""`/callsheet roles`, `privacy` and `audit`: who may do what, for how long people are kept, and who did what."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from bot.blocks.ids import CallsheetId
from bot.commands.callsheet import audit, privacy, roles
from bot.jobs import retention as job
from bot.services import audit as log
from bot.services.audit import Audited
from bot.slack.outcomes import Close, Open, Replace, Reply, Update
from domain.audit import AuditAction
from domain.errors import NotAllowed, NotFound, RuleError
from domain.participant import ParticipantStatus
from domain.roles import SUMMARIES, Role
from storage.models import AuditEntry, Enrolment, Member, Participant, SentMail, Workspace
from tests.builders import World, rows
from tests.commands.inputs import inputs_of, metadata_of
from tests.commands.screen import Screen, buttons, text_of

YEAR = timedelta(days=365)


def role_of(world: World, slack_user_id: str) -> Role:
    return Role(rows(world.database, sa.select(Member.role).where(Member.slack_user_id == slack_user_id))[0][0])


def test_an_admin_finds_a_member_sees_their_role_and_gives_another(world: World, screen: Screen) -> None:
    opened = screen.run(roles.show, world.admin)
    assert isinstance(opened, Open)
    for role in Role:
        assert f"*{role.label}*: {SUMMARIES[role]}" in text_of(opened)
    found = text_of(screen.run(roles.find, world.admin, typed="obs"))
    assert world.observer.slack_user_id in found
    assert world.researcher.slack_user_id not in found
    shown = screen.run(roles.chosen, world.admin, value=world.observer.slack_user_id, metadata=metadata_of(opened))
    assert isinstance(shown, Update)
    assert inputs_of(shown) == {"member": world.observer.slack_user_id, "role": "observer"}
    done = screen.run(
        roles.submitted, world.admin, fields={"member": world.observer.slack_user_id, "role": "researcher"}
    )
    assert f"<@{world.observer.slack_user_id}> is Researcher now." in text_of(done)
    assert role_of(world, world.observer.slack_user_id) is Role.RESEARCHER
    (entry,) = rows(world.database, sa.select(AuditEntry.action, AuditEntry.actor, AuditEntry.text))
    assert entry.action is AuditAction.CHANGED_ROLE
    assert entry.text == f"changed the role of {world.observer.name} from Observer to Researcher"


def test_the_same_role_once_more_is_not_written_down(world: World, screen: Screen) -> None:
    screen.run(roles.submitted, world.admin, fields={"member": world.observer.slack_user_id, "role": "observer"})
    assert rows(world.database, sa.select(AuditEntry.id)) == []


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.ADMIN])
def test_others_see_who_the_admins_are_and_raise_nobody_themselves_least(
    world: World, screen: Screen, role: Role
) -> None:
    actor = world.people[role]
    shown = screen.run(roles.show, actor)
    assert isinstance(shown, Reply)
    assert f"Your role is *{role.label}*" in text_of(shown)
    assert f"Admins: <@{world.admin.slack_user_id}>" in text_of(shown)
    with pytest.raises(NotAllowed):
        screen.run(roles.submitted, actor, fields={"member": actor.slack_user_id, "role": "admin"})
    with pytest.raises(NotAllowed):
        screen.run(roles.find, actor, typed="")
    with pytest.raises(NotAllowed):
        screen.run(roles.chosen, actor, value=actor.slack_user_id, metadata="")
    assert role_of(world, actor.slack_user_id) is role


def test_the_last_admin_stays(world: World, screen: Screen) -> None:
    with pytest.raises(RuleError, match="The last Admin") as refusal:
        screen.run(roles.submitted, world.admin, fields={"member": world.admin.slack_user_id, "role": "observer"})
    assert refusal.value.field == "role"
    with pytest.raises(RuleError, match="Choose the member") as refusal:
        screen.run(roles.submitted, world.admin, fields={"member": None, "role": "observer"})
    assert refusal.value.field == "member"


def old(world: World, email: str, days: int = 800, status: ParticipantStatus = ParticipantStatus.CANCELED) -> int:
    """A person to whom nothing has happened for so many days. Their id."""
    at = world.now - timedelta(days=days)
    person = world.participant(email, email.partition("@")[0].title(), created_at=at)
    with world.database.unit_of_work() as session:
        session.add(Enrolment(study_id=world.study_id, participant_id=person.id, status=status, status_changed_at=at))
    return person.id


def erased(world: World) -> set[str]:
    found = rows(world.database, sa.select(Participant.number).where(Participant.erased_at.is_not(None)))
    return {f"P{number}" for (number,) in found}


def test_a_period_shows_whom_it_would_erase_before_it_is_saved(world: World, screen: Screen) -> None:
    old(world, "one@example.com")
    old(world, "two@example.com", days=400)
    opened = screen.run(privacy.show, world.people[Role.OPS_MANAGER])
    assert "Nobody is erased by itself." in text_of(opened)
    assert "Core in <#C0CORE>: aliases such as P17" in text_of(opened)
    for value, number in (("730", "*1 person*"), ("365", "*2 people*"), ("1095", "Nobody would be erased now")):
        shown = screen.run(privacy.chosen, world.admin, value=value, metadata=metadata_of(opened))
        assert number in text_of(shown)
        assert inputs_of(shown) == {"retention": value}
    assert job.sweep(world.database, world.now) == 0, "a look changes nothing"
    done = screen.run(privacy.submitted, world.admin, fields={"retention": "730"})
    assert isinstance(done, Close)
    assert world.workspace().retention_days == 730
    assert job.sweep(world.database, world.now) == 1
    assert erased(world) == {"P1"}
    assert [row.text for row in rows(world.database, sa.select(AuditEntry.text).order_by(AuditEntry.id))] == [
        "changed for how long people are kept: Never: until somebody erases them → 24 months (730 days)",
        "erased P1: nothing has happened for as long as people are kept",
    ]
    assert job.sweep(world.database, world.now) == 0, "once a day"


def test_whoever_is_still_in_use_is_kept(world: World) -> None:
    with world.database.unit_of_work() as session:
        session.execute(sa.update(Workspace).values(retention_days=365))
    gone = old(world, "gone@example.com")
    old(world, "owed@example.com", status=ParticipantStatus.INCENTIVE_NOT_SENT)
    old(world, "unclaimed@example.com", status=ParticipantStatus.INCENTIVE_SENT)
    mailed = old(world, "mailed@example.com")
    old(world, "recent@example.com", days=300)
    world.book(timedelta(days=3), email="booked@example.com")
    with world.database.unit_of_work() as session:
        session.add(
            SentMail(
                workspace_id=world.workspace_id,
                message_id="<1@callsheet>",
                participant_id=mailed,
                kind="custom",
                sent_at=world.now - timedelta(days=10),
            )
        )
        session.execute(
            sa.update(Participant)
            .where(Participant.email == "booked@example.com")
            .values(created_at=world.now - timedelta(days=900))
        )
        session.execute(
            sa.update(Enrolment)
            .where(Enrolment.status == ParticipantStatus.INTERVIEW_SCHEDULED)
            .values(status_changed_at=world.now - timedelta(days=900))
        )
    assert job.sweep(world.database, world.now) == 1
    assert rows(world.database, sa.select(Participant.id).where(Participant.erased_at.is_not(None))) == [(gone,)]


def test_without_a_period_nobody_is_erased(world: World) -> None:
    old(world, "one@example.com", days=5000)
    assert job.sweep(world.database, world.now) == 0


@pytest.mark.parametrize("role", [Role.RESEARCHER, Role.COLLABORATOR, Role.OBSERVER])
def test_privacy_and_the_audit_log_are_for_those_in_charge(world: World, screen: Screen, role: Role) -> None:
    actor = world.people[role]
    with pytest.raises(NotAllowed):
        screen.run(privacy.show, actor)
    with pytest.raises(NotAllowed):
        screen.run(privacy.submitted, actor, fields={"retention": "180"})
    with pytest.raises(NotAllowed):
        screen.run(audit.first_page, actor)
    with pytest.raises(NotAllowed):
        screen.run(audit.first_page, actor, arguments="P1")
    with pytest.raises(NotAllowed):
        screen.run(audit.turn_page, actor, value="")


def write_log(world: World, number: int) -> None:
    person = world.participant("kai@example.com", "Kai")
    with world.database.unit_of_work() as session:
        for n in range(number):
            log.note(
                session,
                world.researcher,
                Audited(AuditAction.SAW, f"opened page {n} of <P1>"),
                world.now + timedelta(minutes=n),
            )
        log.note(session, world.admin, Audited(AuditAction.BLOCKED, "blocked P1", person.id), world.now)


def test_the_audit_log_is_read_newest_first_a_page_at_a_time(world: World, screen: Screen) -> None:
    write_log(world, 20)
    first = screen.run(audit.first_page, world.admin)
    text = text_of(first)
    assert "blocked P1" in text
    assert "opened page 19 of &lt;P1&gt;" in text
    assert text.index("opened page 19") < text.index("opened page 12")
    assert "opened page 3 " not in text
    second = screen.run(audit.turn_page, world.admin, value=buttons(first)[CallsheetId.AUDIT_PAGE])
    assert isinstance(second, Replace)
    assert "opened page 3 " in text_of(second)
    assert "opened page 0 " in text_of(second)
    assert CallsheetId.AUDIT_PAGE not in buttons(second)


def test_the_audit_log_of_one_participant_or_one_member(world: World, screen: Screen) -> None:
    write_log(world, 3)
    of_person = text_of(screen.run(audit.first_page, world.admin, arguments="P1"))
    assert "blocked P1" in of_person
    assert "opened page" not in of_person
    of_member = text_of(screen.run(audit.first_page, world.admin, arguments=f"<@{world.researcher.slack_user_id}|r>"))
    assert "opened page 2" in of_member
    assert "blocked P1" not in of_member
    with pytest.raises(NotFound):
        screen.run(audit.first_page, world.admin, arguments="P99")
    assert "nothing yet" in text_of(
        screen.run(audit.first_page, world.admin, arguments=f"<@{world.observer.slack_user_id}>")
    )


def test_the_audit_log_of_another_workspace_is_not_shown(world: World, screen: Screen) -> None:
    other = World.build(world.database, world.now, slack_team="T0ELSE")
    write_log(other, 2)
    assert "nothing yet" in text_of(screen.run(audit.first_page, world.admin))
