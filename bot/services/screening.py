"""Answering a screener by a personal link: what was entered is kept page by page, until everything is sent off."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.services import consents, governance, links, outgoing, record, review_cards, statuses
from bot.services.statuses import Why
from domain import screener as rules
from domain import screening
from domain.errors import RuleError, Stale
from domain.governance import contact_status
from domain.participant import COMPLETED, SCREENER, STAGES, UNASKED, Cause, ParticipantStatus, Stage
from domain.person import LinkPurpose
from domain.quota import full_for
from domain.screener import Answer, Verdict
from domain.screening import Part, ScreeningState
from domain.slots import BARRED_FROM_BOOKING
from domain.study import StudyStatus, StudyType
from storage import quotas, studies
from storage import screening as stored
from storage.models import Enrolment, Participant, ScreenerResponse, Study, Team
from storage.responses import answers_in
from storage.screeners import Published

S = ParticipantStatus
State = ScreeningState

HAS_CHANGED = "The questions have just changed. Please look at them once more."
OUTCOMES = {
    Verdict.QUALIFIED: S.SCREENER_QUALIFIED,
    Verdict.NOT_QUALIFIED: S.SCREENER_NOT_QUALIFIED,
    Verdict.UNDECIDED: S.SCREENER_COMPLETED,
}
"""Where what the rules say puts somebody who has sent their answers."""
FURTHER = COMPLETED | {
    *(status for status, stage in STAGES.items() if stage in (Stage.IN_PROGRESS, Stage.PENDING_INCENTIVE, Stage.DONE)),
    S.INTERVIEW_CANCELED,
    S.NO_SHOWED,
}
"""Statuses of those who have got further than a screener: another page is theirs."""


class CantAnswer(RuleError):
    """There is nothing (any more) for somebody to answer; their page says why."""

    def __init__(self) -> None:
        super().__init__("There is nothing for you to answer here at the moment.")


@dataclass(frozen=True, slots=True)
class Here:
    """Somebody in a study, with what they have answered so far, if anything, and the screener that they answer."""

    enrolment: Enrolment
    study: Study
    person: Participant
    team: Team
    response: ScreenerResponse | None
    asked: Published | None

    @property
    def answers(self) -> dict[str, Answer]:
        return answers_in(self.response.answers) if self.response is not None else {}


@dataclass(frozen=True, slots=True)
class ScreenerPage:
    """What somebody sees of a screener. `part` is what is asked now, None when everything is answered.

    `last_part` is where they come back to from the end, `version` the number of the one that they answer. `goes_on`:
    another page is theirs, to which they may go.
    """

    state: State
    study_name: str
    study_status: StudyStatus
    study_type: StudyType
    team_name: str
    participant_name: str
    introduction: str
    version: int
    part: Part | None
    last_part: int
    answers: Mapping[str, Answer]
    is_begun: bool
    verdict: Verdict
    goes_on: bool
    needs_consent: bool


@dataclass(frozen=True, slots=True)
class Entered:
    """What was entered on page `part` of a version, by the questions' positions; page 0 has no questions."""

    version: int
    part: int
    answers: Mapping[int, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Onward:
    """The page to which somebody goes on: what its link is for, and its secret."""

    purpose: LinkPurpose
    secret: str


@dataclass(frozen=True, slots=True)
class Saved:
    """What came of an answer: what is wrong, by the ids of the questions; whether all was sent, and where to go on."""

    problems: Mapping[str, str]
    is_sent: bool
    onward: Onward | None = None


def page(session: Session, token: str, wanted: int | None, now: datetime) -> ScreenerPage:
    """What the link's holder sees who wants that page of the questions, or (None) goes on where they were.

    Changes nothing. Raises LinkExpired.
    """
    link = links.resolve(session, token, now, LinkPurpose.SCREENER)
    here = find(session, link.enrolment_id)
    state, answers = state_of(session, here, now), here.answers
    asked = here.asked
    is_asked = state is State.QUESTIONS and asked is not None
    if wanted is None:
        wanted = screening.resumed(asked.screener, answers) if asked is not None else 1
    return ScreenerPage(
        state=state,
        study_name=here.study.external_name,
        study_status=here.study.status,
        study_type=here.study.type,
        team_name=here.team.name,
        participant_name=here.person.name,
        introduction=asked.screener.introduction if asked is not None else "",
        version=asked.number if asked is not None else 0,
        part=screening.part(asked.screener, answers, wanted) if asked is not None and is_asked else None,
        last_part=screening.last_part(asked.screener, answers) if asked is not None else 1,
        answers=answers,
        is_begun=here.response is not None,
        verdict=verdict_of(here),
        goes_on=goes_on(here),
        needs_consent=is_asked and consents.is_needed(session, here.study.consent_version, here.enrolment.id),
    )


def save(session: Session, token: str, entered: Entered, now: datetime, *, is_last: bool = False) -> Saved:
    """Keep what was entered on a page, as far as it can be an answer; the first time begins the screener.

    `is_last` sends everything off, if nothing is wrong or missing. What was sent stays as it is: sending twice is
    sending once. Raises LinkExpired, ConsentNeeded, CantAnswer, and Stale when who has not begun saw another version.
    """
    link = links.resolve(session, token, now, LinkPurpose.SCREENER)
    here = locked(session, link.enrolment_id)
    state = state_of(session, here, now)
    if state is State.SENT:
        return Saved({}, is_sent=True, onward=onward_of(session, here, now))
    if state is not State.QUESTIONS or here.asked is None:
        raise CantAnswer
    if here.asked.number != entered.version:
        raise Stale(HAS_CHANGED)
    consents.require(session, here.study, here.enrolment.id)
    response = here.response or begin(
        session, here.enrolment, here.study, here.asked, links.by_participant(here.person, now)
    )
    screener = here.asked.screener
    taken = screening.take(screener, answers_in(response.answers), entered.part, entered.answers)
    response.answers, response.saved_at = stored.as_kept(taken.answers), now
    session.flush()
    if not is_last or taken.problems or rules.missing(screener, taken.answers):
        return Saved(taken.problems, is_sent=False)
    send(session, here, response, taken.answers, now)
    return Saved({}, is_sent=True, onward=onward_of(session, find(session, here.enrolment.id), now))


def go_on(session: Session, token: str, now: datetime) -> Onward | None:
    """A link to the page that is theirs who have got so far; None for those who have none. Raises LinkExpired."""
    link = links.resolve(session, token, now, LinkPurpose.SCREENER)
    return onward_of(session, find(session, link.enrolment_id), now)


def find(session: Session, enrolment_id: int) -> Here:
    """Somebody in a study, as it is now: a fixed number of statements."""
    row = session.execute(
        sa.select(Enrolment, Study, Participant, Team)
        .join(Study, Study.id == Enrolment.study_id)
        .join(Participant, Participant.id == Enrolment.participant_id)
        .join(Team, Team.id == Study.team_id)
        .where(Enrolment.id == enrolment_id)
        .execution_options(populate_existing=True)
    ).one()
    enrolment, study, person, team = row
    response = stored.response(session, enrolment_id)
    return Here(enrolment, study, person, team, response, stored.asked(session, study.id, response))


def locked(session: Session, enrolment_id: int) -> Here:
    """As `find`; the study, the person and the enrolment are locked until the commit."""
    here = find(session, enrolment_id)
    studies.lock(session, here.study.workspace_id, here.study.id)
    statuses.lock(session, [enrolment_id])
    return find(session, enrolment_id)


def state_of(session: Session, here: Here, now: datetime) -> State:
    """What the page is about."""
    status = here.enrolment.status
    if (here.response is not None and here.response.submitted_at is not None) or status is S.SCREENER_NOT_QUALIFIED:
        return State.SENT
    if contact_status(governance.contact_facts(session, here.person, here.study.id), now) in BARRED_FROM_BOOKING:
        return State.BARRED
    if status in FURTHER:
        return State.ELSEWHERE
    if here.asked is None or status not in UNASKED | SCREENER:
        return State.BARRED
    if here.study.status is not StudyStatus.ACTIVE:
        return State.NOT_ACTIVE
    return State.FULL if is_full(session, here.study, here.person) else State.QUESTIONS


def is_full(session: Session, study: Study, person: Participant) -> bool:
    """Whether nobody else, or nobody like them, can take part in the study."""
    if study.participation_limit is not None and study.seats_taken >= study.participation_limit:
        return True
    return full_for(quotas.meters(session, study), person.properties) is not None


def verdict_of(here: Here) -> Verdict:
    """What has come of the answers, as far as it is decided."""
    if here.enrolment.status is S.SCREENER_NOT_QUALIFIED:
        return Verdict.NOT_QUALIFIED
    return here.response.verdict if here.response is not None else Verdict.UNDECIDED


def begin(session: Session, enrolment: Enrolment, study: Study, asked: Published, by: record.By) -> ScreenerResponse:
    """Let somebody have begun the screener; who got further by another way stays there."""
    step(session, enrolment, S.SCREENER_STARTED, Why(Cause.SCREENER_OPENED, by))
    outgoing.show_study(session, study.workspace_id, study.id, by.at)
    return stored.begin(session, enrolment.id, asked.id, by.at)


def step(session: Session, enrolment: Enrolment, to: ParticipantStatus, why: Why) -> None:
    """Move a locked enrolment on, if there is such a step from where it is."""
    statuses.move(session, statuses.possible(session, [(enrolment, to)], why.cause), why)


def send(
    session: Session, here: Here, response: ScreenerResponse, answers: Mapping[str, Answer], now: datetime
) -> None:
    """Take the answers as they are: the rules decide, or somebody is asked to; what they say of the person is kept."""
    assert here.asked is not None
    screener = here.asked.screener
    verdict = rules.verdict(screener, answers)
    response.answers = stored.as_kept(rules.kept(screener, answers))
    response.submitted_at, response.verdict = now, verdict
    if known := rules.properties(screener, answers):
        here.person.properties = {**here.person.properties, **known}
    session.flush()
    why = Why(Cause.SCREENER_SUBMITTED, links.by_participant(here.person, now))
    step(session, here.enrolment, OUTCOMES[verdict], why)
    if verdict is Verdict.UNDECIDED:
        review_cards.show(session, here.enrolment.id, now)
    outgoing.show_study(session, here.study.workspace_id, here.study.id, now)


def goes_on(here: Here) -> bool:
    """Whether another page is theirs: they have got further, or qualified where nobody need invite them."""
    if here.enrolment.status in FURTHER:
        return True
    if here.enrolment.status is not S.SCREENER_QUALIFIED or here.study.status is not StudyStatus.ACTIVE:
        return False
    if here.study.type.has_interviews:
        is_by_rules = here.response is not None and here.response.decided_at is None
        return here.study.is_immediate and is_by_rules
    return here.study.task_url is not None


def onward_of(session: Session, here: Here, now: datetime) -> Onward | None:
    """A fresh link to the page that is theirs, if there is one."""
    if not goes_on(here):
        return None
    purpose = LinkPurpose.PAGE if here.study.type.has_interviews else LinkPurpose.TASK
    return Onward(purpose, links.issue_for(session, here.enrolment.id, purpose, now))
