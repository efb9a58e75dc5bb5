"""Coming to a study by its public link, which anybody may have.

An address proves nothing: whoever types one is not shown, nor led to, anything of the person whose it is. Where mails
go out, everybody gets their personal link by mail, and is told the same. Where none do, only somebody new goes on.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from unicodedata import category

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.services import consents, governance, invitations, letters, links, outgoing, outgoing_mails, statuses
from bot.services.links import LinkExpired
from bot.services.screening import Onward
from bot.services.statuses import Why
from domain.consent import Version
from domain.errors import RuleError
from domain.governance import contact_status
from domain.invitation import INVITES_BY, goes_on_with
from domain.mail import MailKind
from domain.participant import INVITES, Cause, ParticipantStatus
from domain.person import LinkPurpose, email_address
from domain.slots import BARRED_FROM_BOOKING
from domain.study import StudyStatus, StudyType
from domain.task import STARTED
from storage import consents as texts
from storage import participants, screeners, studies, suppressed
from storage import screening as answers
from storage.models import Participant, ParticipantAddress, Study, Team
from storage.screeners import Published

LONGEST_NAME = 80
IN_NAMES = frozenset(" -'’.·‐")
"""What a name may have besides letters."""
HOST = re.compile(r"\.\w{2}")
"""What the name of a site has and no name of a person: mail programs make a link of it."""
MAIL_AGAIN = 900
"""Seconds within which the same person is sent their link once."""


S = ParticipantStatus
PAST_SCREENER = frozenset({S.INTERVIEW_INVITED, S.TEST_INVITED, S.SURVEY_STARTED, S.TEST_STARTED})
"""Who was invited to more than the screener already, and is so again."""


class Closed(RuleError):
    """Nobody can come (any more); the page says why."""

    def __init__(self) -> None:
        super().__init__("Nobody can come to this study at the moment.")


class Unfinished(RuleError):
    """Something is missing or wrong: `problems` says what, by the names of the fields."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        super().__init__("Something is missing.")
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Landing:
    """What whoever comes by the link sees. `is_open`: they may come now, and if not, `is_full` or the status says why.

    `consent` is what they agree to by coming, if there is something; `reward` what they get for taking part.
    """

    study_name: str
    study_status: StudyStatus
    study_type: StudyType
    team_name: str
    introduction: str
    reward: str
    has_screener: bool
    is_open: bool
    is_full: bool
    consent: Version | None


@dataclass(frozen=True, slots=True)
class Form:
    """Who says that they come. `agreed` is the version of the consent that they have ticked, 0 for none."""

    first_name: str
    last_name: str
    email: str
    agreed: int = 0


@dataclass(frozen=True, slots=True)
class Destination:
    """A study that is come to, with what is asked in it first, if anything."""

    study: Study
    team: Team
    asked: Published | None

    @property
    def is_full(self) -> bool:
        limit = self.study.participation_limit
        return limit is not None and self.study.seats_taken >= limit

    @property
    def is_open(self) -> bool:
        """Whether anybody may come now, and finds something there."""
        has_task = not self.study.type.has_interviews and self.study.task_url is not None
        is_there = self.asked is not None or has_task
        return self.study.status is StudyStatus.ACTIVE and is_there and not self.is_full

    @property
    def purpose(self) -> LinkPurpose:
        """What the personal link is for that leads on."""
        return LinkPurpose.SCREENER if self.asked is not None else LinkPurpose.TASK

    @property
    def mail(self) -> MailKind:
        return MailKind.SCREENER_INVITATION if self.asked is not None else goes_on_with(self.study.type)


def landing(session: Session, token: str, *, has_mail: bool) -> Landing:
    """What the public link of that token opens. Changes nothing. Raises LinkExpired.

    Where mails go out people agree on their own page: here they might agree for somebody else.
    """
    to = find(session, token)
    number = to.study.consent_version if to.is_open and not has_mail else None
    return Landing(
        study_name=to.study.external_name,
        study_status=to.study.status,
        study_type=to.study.type,
        team_name=to.team.name,
        introduction=to.asked.screener.introduction if to.asked is not None else "",
        reward=letters.incentive(to.study) or "",
        has_screener=to.asked is not None,
        is_open=to.is_open,
        is_full=to.is_full,
        consent=texts.version(session, to.study.id, number) if number is not None else None,
    )


def find(session: Session, token: str) -> Destination:
    """The study of a public link, as it is now. Raises LinkExpired."""
    row = session.execute(
        sa.select(Study, Team)
        .join(Team, Team.id == Study.team_id)
        .where(Study.share_token == token)
        .execution_options(populate_existing=True)
    ).first()
    if row is None:
        raise LinkExpired
    study, team = row
    return Destination(study, team, screeners.current(session, study.id))


def join(session: Session, token: str, form: Form, now: datetime, *, has_mail: bool) -> Onward | None:
    """Let somebody come: a link to what is theirs, for somebody new where no mails go out; None for everybody else.

    These are all told the same. Of who was erased and is not to be contacted nothing is kept anew. Raises LinkExpired,
    Unfinished, and Closed.
    """
    email = checked(form)
    study_id, workspace_id = place_of(session, token)
    studies.lock(session, workspace_id, study_id)
    to = find(session, token)
    if not to.is_open:
        raise Closed
    if not has_mail and to.study.consent_version not in (None, form.agreed):
        raise Unfinished({"agree": "Please read it, and tick the box if you agree."})
    participants.lock_numbers(session, workspace_id)
    person = known(session, workspace_id, email)
    if person is not None and not has_mail:
        return None
    if person is None and email in suppressed.among(session, workspace_id, [email]):
        return None
    name = " ".join(f"{form.first_name} {form.last_name}".split())
    person = person or participants.add(session, workspace_id, email, name, now)
    if contact_status(governance.contact_facts(session, person, to.study.id), now) in BARRED_FROM_BOOKING:
        return None
    if has_mail:
        mail(session, to, person, now)
        return None
    return begin(session, to, person, now)


def place_of(session: Session, token: str) -> tuple[int, int]:
    row = session.execute(sa.select(Study.id, Study.workspace_id).where(Study.share_token == token)).first()
    if row is None:
        raise LinkExpired
    return row.id, row.workspace_id


def checked(form: Form) -> str:
    """The address in its canonical form. Raises Unfinished for what can't be so."""
    problems = {
        field: why
        for field, text in (("first", form.first_name), ("last", form.last_name))
        if (why := wrong_name(text)) is not None
    }
    if not form.first_name.strip():
        problems["first"] = "Please write your first name."
    email = ""
    try:
        email = email_address(form.email)
    except RuleError:
        problems["email"] = "Please write your e-mail address, such as mira@example.com."
    if problems:
        raise Unfinished(problems)
    return email


def wrong_name(text: str) -> str | None:
    """What is wrong with a name, None when nothing is. Names stand in mails: nobody makes these say more by one."""
    if len(text) > LONGEST_NAME:
        return f"At most {LONGEST_NAME} characters, please."
    is_written = all(sign in IN_NAMES or category(sign)[0] in "LM" for sign in text.strip())
    if not is_written or HOST.search(text):
        return "Please write it with letters only."
    return None


def known(session: Session, workspace_id: int, email: str) -> Participant | None:
    """The person whose address that is, or one of whose others it is."""
    other = sa.select(ParticipantAddress.participant_id).where(
        ParticipantAddress.workspace_id == workspace_id, ParticipantAddress.email == email
    )
    return session.scalars(
        sa.select(Participant)
        .where(
            Participant.workspace_id == workspace_id,
            sa.or_(Participant.email == email, Participant.id.in_(other)),
        )
        .order_by(Participant.id)
        .execution_options(populate_existing=True)
    ).first()


def mail(session: Session, to: Destination, person: Participant, now: datetime) -> None:
    """Mail somebody their link, whether they are in the study already or come to it now, if anything is theirs there:
    who has booked, has answered or is held back by the rules is not invited to it.
    """
    study, by = to.study, links.by_participant(person, now)
    place = (study.id, person.id)
    found = participants.enrolments(session, [place]).get(place)
    if found is None:
        enrolment_id = statuses.enrol(session, {place: S.NOT_CONTACTED}, Why(Cause.ADDED, by))[place]
    else:
        enrolment_id = found.id
    (enrolment,) = statuses.lock(session, [enrolment_id])
    kind = goes_on_with(study.type) if enrolment.status in PAST_SCREENER else to.mail
    if invitations.may_still_invite(session, enrolment, now, kind) is not None:
        return
    if enrolment.status is S.NOT_CONTACTED:
        cause = INVITES_BY[kind]
        statuses.move(session, [(enrolment, INVITES[cause])], Why(cause, by))
    once = f"share:{int(now.timestamp()) // MAIL_AGAIN}"
    outgoing_mails.to_enrolments(session, study.workspace_id, [enrolment_id], kind, now, once=once)
    outgoing.show_study(session, study.workspace_id, study.id, now)


def begin(session: Session, to: Destination, person: Participant, now: datetime) -> Onward:
    """Let somebody new have begun."""
    study, by = to.study, links.by_participant(person, now)
    place = (study.id, person.id)
    if to.asked is not None:
        first = (S.SCREENER_STARTED, Cause.SCREENER_OPENED)
    else:
        first = (STARTED[study.type], Cause.TASK_OPENED)
    enrolment_id = statuses.enrol(session, {place: first[0]}, Why(first[1], by))[place]
    if to.asked is not None:
        answers.begin(session, enrolment_id, to.asked.id, now)
    if study.consent_version is not None:
        consents.agree_to(session, study, enrolment_id, study.consent_version, now)
    outgoing.show_study(session, study.workspace_id, study.id, now)
    return Onward(to.purpose, links.issue_for(session, enrolment_id, to.purpose, now))
