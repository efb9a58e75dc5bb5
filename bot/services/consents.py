"""Consent: a study's text, version by version, and who has agreed to it before anything else."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from bot.services import audit, links, visits
from bot.services.audit import Audited
from domain import consent as rules
from domain.audit import AuditAction
from domain.consent import StudyConsent, Version
from domain.errors import NotFound, RuleError, Stale
from domain.person import LinkPurpose
from domain.roles import Actor, Permission
from domain.study import StudyLine
from storage import consents, studies
from storage.models import Study

HAS_CHANGED = "The text has just changed. Please read it once more."


class ConsentNeeded(RuleError):
    """Somebody has not agreed yet to what is agreed to in this study before anything else."""

    def __init__(self) -> None:
        super().__init__("Please read first what you agree to by taking part.")


@dataclass(frozen=True, slots=True)
class ConsentPage:
    """What a participant reads who has not agreed yet; no `version`: there is nothing (any more) to agree to."""

    team_name: str
    study_name: str
    version: Version | None


def begin(session: Session, actor: Actor, key: str) -> StudyConsent:
    """A study's consent, for whoever may change it. Raises NotFound and NotAllowed."""
    return shown(session, to_edit(actor, studies.by_key(session, actor, key)))


def by_id(session: Session, actor: Actor, study_id: int) -> StudyConsent:
    """As `begin`, of the study whose id a modal carries."""
    return shown(session, line_of(session, actor, study_id))


def line_of(session: Session, actor: Actor, study_id: int) -> StudyLine:
    line = studies.by_id(session, actor, study_id)
    if line is None:
        raise NotFound("There is no such study that you can see.", "study")
    return to_edit(actor, line)


def to_edit(actor: Actor, line: StudyLine) -> StudyLine:
    actor.require(Permission.EDIT_STUDY, own_study=line.is_own)
    return line


def shown(session: Session, line: StudyLine) -> StudyConsent:
    study = session.get_one(Study, line.id)
    last = consents.last(session, study.id)
    is_on = study.consent_version is not None
    return StudyConsent(study.id, study.key, study.name, last, is_on, tuple(consents.numbers(session, study.id)))


def save(session: Session, actor: Actor, study_id: int, text: str | None, seen: int, now: datetime) -> StudyConsent:
    """Let the study's participants agree to the text from now on, or (None) to nothing.

    A changed text is a new version, which whoever is not booked yet agrees to anew. `seen` is the version that the
    actor changed, 0 for none. Raises RuleError at the field `text`, and Stale when there is a later version by now.
    """
    study = studies.lock(session, actor.workspace_id, study_id)
    line = line_of(session, actor, study_id)
    last = consents.last(session, study.id)
    if (last.number if last is not None else 0) != seen:
        again = f"Open it again: /study consent {study.key}."
        raise Stale(f"Somebody has changed the consent of {study.key} meanwhile. {again}")
    before = study.consent_version
    if text is None:
        study.consent_version = None
    else:
        wanted = rules.checked(text)
        if last is None or last.text != wanted:
            last = consents.publish(session, study.id, wanted, actor.name, now)
        study.consent_version = last.number
    if study.consent_version != before:
        number = study.consent_version
        what = "switched off consent for" if number is None else f"set consent (version {number}) for"
        audited = Audited(AuditAction.CHANGED_SETTINGS, f"{what} {study.key}", study_id=study.id)
        audit.note(session, actor, audited, now)
    session.flush()
    return shown(session, line)


def is_needed(session: Session, number: int | None, enrolment_id: int) -> bool:
    """Whether somebody has yet to agree to that version of their study's text; None asks the database nothing."""
    return number is not None and not consents.has_agreed(session, enrolment_id, number)


def require(session: Session, study: Study, enrolment_id: int) -> None:
    """Raise ConsentNeeded unless there is nothing that the participant has yet to agree to."""
    if is_needed(session, study.consent_version, enrolment_id):
        raise ConsentNeeded


def page(session: Session, token: str, purpose: LinkPurpose, now: datetime) -> ConsentPage:
    """What the link's holder has yet to agree to, if anything. Raises LinkExpired."""
    link = links.resolve(session, token, now, purpose)
    _person, study, team = visits.whose(session, link.enrolment_id)
    number = study.consent_version
    is_asked = is_needed(session, number, link.enrolment_id)
    version = consents.version(session, study.id, number) if is_asked and number is not None else None
    return ConsentPage(team.name, study.external_name, version)


def agree(session: Session, token: str, purpose: LinkPurpose, number: int, now: datetime) -> None:
    """The link's holder agrees to a version of the study's text. Doing it twice is doing it once.

    Raises LinkExpired, and Stale when it is not the study's present text (any more).
    """
    link = links.resolve(session, token, now, purpose)
    _person, study, _team = visits.whose(session, link.enrolment_id)
    if study.consent_version is not None:
        agree_to(session, study, link.enrolment_id, number, now)


def agree_to(session: Session, study: Study, enrolment_id: int, number: int, now: datetime) -> None:
    """Keep that somebody agreed to the study's present text. Raises Stale when that is another version."""
    if study.consent_version != number:
        raise Stale(HAS_CHANGED)
    consents.agree(session, enrolment_id, number, now)
