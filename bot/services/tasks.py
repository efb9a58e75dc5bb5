"""Surveys and unmoderated tests: begun by a personal link, done elsewhere, finished by coming back or by a button.

Whoever has begun may finish, whatever has become of the study meanwhile.
"""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.services import booking, consents, governance, letters, links, outgoing, record, screening, statuses, visits
from bot.services.record import By
from bot.services.statuses import Why
from domain import task as rules
from domain import task_link
from domain.errors import RuleError
from domain.governance import contact_status
from domain.participant import TOOK_PART, Cause, ParticipantStatus
from domain.person import LinkPurpose
from domain.slots import BARRED_FROM_BOOKING
from domain.study import StudyStatus
from domain.task import FINISHED, STARTED, TaskPage, TaskState
from storage import studies
from storage.models import Enrolment, Participant, Study


class CantStart(RuleError):
    """Somebody can't begin (any more); their page says why."""

    def __init__(self) -> None:
        super().__init__("You can't start here at the moment.")


def page(session: Session, token: str, now: datetime, purpose: LinkPurpose = LinkPurpose.TASK) -> TaskPage:
    """What the link's holder sees. Changes nothing. Raises LinkExpired."""
    link = links.resolve(session, token, now, purpose)
    person, study, team = visits.whose(session, link.enrolment_id)
    if study.type.has_interviews:
        raise links.LinkExpired
    enrolment = session.get_one(Enrolment, link.enrolment_id)
    state = state_of(session, enrolment, study, person, now)
    return TaskPage(
        state=state,
        study_type=study.type,
        study_name=study.external_name,
        study_status=study.status,
        team_name=team.name,
        participant_name=person.name,
        reward=letters.incentive(study) or "",
        tells_back=task_link.tells_back(study.task_url),
        needs_consent=state is TaskState.OPEN and consents.is_needed(session, study.consent_version, enrolment.id),
    )


def state_of(session: Session, enrolment: Enrolment, study: Study, person: Participant, now: datetime) -> TaskState:
    """What the page is about."""
    if enrolment.status in TOOK_PART:
        return TaskState.DONE
    contact = contact_status(governance.contact_facts(session, person, study.id), now)
    if contact in BARRED_FROM_BOOKING or study.task_url is None:
        return TaskState.BARRED
    if enrolment.status is STARTED[study.type]:
        return TaskState.STARTED
    if not rules.may_start(enrolment.status, study.type):
        return TaskState.BARRED
    if study.status is not StudyStatus.ACTIVE:
        return TaskState.NOT_ACTIVE
    return TaskState.FULL if screening.is_full(session, study, person) else TaskState.OPEN


def start(session: Session, token: str, now: datetime) -> str:
    """Begin, or go on with what was begun: the address elsewhere, with the person's own token.

    Raises LinkExpired, ConsentNeeded and CantStart.
    """
    link = links.resolve(session, token, now, LinkPurpose.TASK)
    enrolment, study, person = locked(session, link.enrolment_id)
    if study.type.has_interviews:
        raise links.LinkExpired
    state = state_of(session, enrolment, study, person, now)
    if state not in (TaskState.OPEN, TaskState.STARTED) or study.task_url is None:
        raise CantStart
    if state is TaskState.OPEN:
        consents.require(session, study, enrolment.id)
        why = Why(Cause.TASK_OPENED, links.by_participant(person, now))
        statuses.move(session, [(enrolment, STARTED[study.type])], why)
        outgoing.show_study(session, study.workspace_id, study.id, now)
    values = {
        task_link.TOKEN: links.issue_finish(session, token, enrolment.id, now),
        task_link.ALIAS: record.alias_of(person),
        task_link.STUDY: study.key,
    }
    return task_link.filled(study.task_url, values)


def say_finished(session: Session, token: str, now: datetime) -> None:
    """The link's holder says that they have finished, where the tool does not. Saying it twice changes nothing.

    Raises LinkExpired.
    """
    link = links.resolve(session, token, now, LinkPurpose.TASK)
    enrolment, study, person = locked(session, link.enrolment_id)
    if not task_link.tells_back(study.task_url):
        finish(session, enrolment, study, links.by_participant(person, now))


def come_back(session: Session, token: str, now: datetime) -> None:
    """Somebody is sent back by the tool in which they have finished. Twice is once. Raises LinkExpired."""
    link = links.resolve(session, token, now, LinkPurpose.FINISH)
    enrolment, study, person = locked(session, link.enrolment_id)
    finish(session, enrolment, study, links.by_participant(person, now))


def locked(session: Session, enrolment_id: int) -> tuple[Enrolment, Study, Participant]:
    """An enrolment, its study and its person, locked until the commit."""
    person_id, study_id, workspace_id = session.execute(
        sa.select(Enrolment.participant_id, Study.id, Study.workspace_id)
        .join(Study, Study.id == Enrolment.study_id)
        .where(Enrolment.id == enrolment_id)
    ).one()
    study = studies.lock(session, workspace_id, study_id)
    (enrolment,) = statuses.lock(session, [enrolment_id])
    return enrolment, study, session.get_one(Participant, person_id, populate_existing=True)


def finish(session: Session, enrolment: Enrolment, study: Study, by: By) -> None:
    """Let somebody who has begun have finished: they count, and what they are owed is owed at once."""
    if enrolment.status is not STARTED.get(study.type):
        return
    is_paid = study.incentive_amount_minor is not None
    to = ParticipantStatus.INCENTIVE_NOT_SENT if is_paid else FINISHED[study.type]
    statuses.move(session, [(enrolment, to)], Why(Cause.TASK_FINISHED, by))
    study.seats_taken += 1
    if (told := limit_notice(study)) is not None:
        booking.announce_limits(session, [(study, told)], by.at)
    outgoing.show_study(session, study.workspace_id, study.id, by.at)
    session.flush()


def limit_notice(study: Study) -> str | None:
    """What the channel hears, once, when as many have taken part in a locked study as it takes."""
    limit = study.participation_limit
    if limit is None or study.seats_taken < limit or study.limit_announced:
        return None
    study.limit_announced = True
    return f"*{study.key}* is full: {study.seats_taken} of {limit} have taken part. Whoever has begun may still finish."
