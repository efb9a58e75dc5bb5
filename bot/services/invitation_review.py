"""What inviting the people of a list would do: who gets which mail, who is held back and why, as things are now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from bot.services import governance, letters, overrides, slots
from bot.services.invitation_lists import study_for
from bot.services.letters import Invitation
from domain import drafts, tokens
from domain import invitation as rules
from domain.drafts import Wording
from domain.errors import RuleError
from domain.invitation import FIRST_NAMES, Candidate, InvitationPreview, InvitationReview, sort_out
from domain.letters import TOKENS, MailLinks, token_values
from domain.mail import MailKind
from domain.participant import ParticipantStatus
from domain.person import LinkPurpose
from domain.roles import Actor, Permission
from domain.study import StudyLine
from storage import invitations, mail_templates, scheduling, screeners
from storage.models import Enrolment, InvitationList, Member, Participant, Study, Team

NO_PAGES = (
    "Participants can't reach their pages yet, so there is nothing to invite them to. "
    "Whoever runs Callsheet sets CALLSHEET_PUBLIC_URL."
)


@dataclass(frozen=True, slots=True)
class Gathered:
    """A kept list with everything that decides what may be sent. `mail` is what would be, one of the study's `ways`."""

    kept: InvitationList
    line: StudyLine
    study: Study
    sorted: rules.Sorted
    mail: MailKind
    ways: tuple[MailKind, ...]


def gather(
    session: Session,
    actor: Actor,
    list_id: int,
    now: datetime,
    since: datetime | None = None,
    mail: MailKind | None = None,
) -> Gathered:
    """The list as things are now. With `since`, who was invited after that is held back. `mail` None: the standard."""
    kept = invitations.own(session, actor, list_id)
    line = study_for(session, actor, kept.study_id)
    possible = rules.ways(line.type, has_screener=screeners.has_screener(session, line.id))
    chosen = rules.way_of(mail, possible)
    said = governance.evaluate(session, actor.workspace_id, kept.participant_ids, now, line.id)
    candidates = invitations.candidates(session, actor, line.id, kept.participant_ids, said)
    sorted_out = sort_out(candidates, now, since, chosen)
    return Gathered(kept, line, session.get_one(Study, line.id), sorted_out, chosen, possible)


def refused(study: Study, public_url: str | None) -> str | None:
    """Why nothing goes out of the study at all, None when something may."""
    return (
        rules.why_nothing_goes_out(study.key, study.status)
        or rules.why_no_task(study.key, study.type, study.task_url)
        or (None if public_url else NO_PAGES)
    )


def review(
    session: Session,
    actor: Actor,
    list_id: int,
    public_url: str | None,
    now: datetime,
    mail: MailKind | None = None,
) -> InvitationReview:
    """What would happen now, with that mail (None: the study's standard). From here on counts what they saw: whoever is
    invited meanwhile by somebody else is not mailed again.
    """
    found = gather(session, actor, list_id, now, mail=mail)
    found.kept.reviewed_at = now
    going = found.sorted.going
    shown = standard(session, found.study, going[0] if going else None, public_url, found.mail)
    refusal = refused(found.study, public_url)
    return InvitationReview(
        list_id=list_id,
        study_key=found.line.key,
        study_name=found.line.name,
        sorted=found.sorted,
        names=tuple(one.label for one in going[:FIRST_NAMES]),
        named_twice=found.kept.named_twice,
        subject=shown.subject,
        text=shown.text,
        tokens=TOKENS[found.mail],
        mail=found.mail,
        ways=found.ways,
        refusal=refusal,
        warnings=warnings(session, found.study, len(going), now) if going and not refusal else (),
        overridable=0 if refusal or not actor.may(Permission.OVERRIDE_RULES) else len(found.sorted.overridable),
    )


def study_of(session: Session, actor: Actor, list_id: int) -> StudyLine:
    """The study to which the people of a list of the actor's are invited. Raises NotFound and NotAllowed."""
    return study_for(session, actor, invitations.own(session, actor, list_id).study_id)


def to_override(session: Session, actor: Actor, list_id: int, now: datetime, mail: MailKind | None) -> rules.Sorted:
    """Who of the list is held back, when the actor may override the rules for some of them.

    Raises NotAllowed, and RuleError when nobody is held back by what can be overridden.
    """
    actor.require(Permission.OVERRIDE_RULES)
    found = gather(session, actor, list_id, now, mail=mail).sorted
    if not found.overridable:
        raise RuleError("Nobody is held back by something that can be overridden any more.")
    return found


def override(session: Session, actor: Actor, list_id: int, reason: str, now: datetime, mail: MailKind | None) -> int:
    """Let those of the list be invited who are held back by a cooldown or a do-not-contact only. How many.

    Raises as `to_override`, and RuleError without a reason.
    """
    held = to_override(session, actor, list_id, now, mail).overridable
    line = study_of(session, actor, list_id)
    return overrides.override_all(session, actor, line, [one.participant_id for one in held], reason, now)


def warnings(session: Session, study: Study, going: int, now: datetime) -> tuple[str, ...]:
    """What whoever invites should know: there are fewer places than people, or no time that anybody could book."""
    limit, told = study.participation_limit, []
    if limit is not None:
        left = max(0, limit - study.seats_taken)
        if left == 0:
            what = "they can only ask to wait" if study.type.has_interviews else "nobody can take part"
            told.append(f"{study.key} is fully booked ({study.seats_taken} of {limit}): {what}.")
        elif left < going:
            places = "1 place is left" if left == 1 else f"{left} places are left"
            late = "can ask to wait" if study.type.has_interviews else "is told so"
            told.append(f"{places} for {going} people: who comes too late {late}.")
    if not study.type.has_interviews:
        return tuple(told)
    if not slots.preview(session, study, scheduling.setup_of(session, study), now, 1):
        told.append(f"Nobody could find a time: {study.key} has no free slot. See why with /study slots {study.key}.")
    return tuple(told)


def standard(
    session: Session,
    study: Study,
    first: Candidate | None,
    public_url: str | None,
    mail: MailKind = MailKind.SCHEDULER,
) -> Wording:
    """The mail as it goes out unless somebody changes it: the team's own version, else the standard one."""
    own = mail_templates.own_wording(session, study.team_id, mail)
    return drafts.begin(mail, own, values_for(session, study, first, public_url, mail))


def values_for(
    session: Session,
    study: Study,
    first: Candidate | None,
    public_url: str | None,
    mail: MailKind = MailKind.SCHEDULER,
) -> dict[str, str]:
    """What the tokens stand for in the mail to somebody, or (None) to anybody at all."""
    person = session.get(Participant, first.participant_id) if first is not None else None
    about = Invitation(
        enrolment=Enrolment(study_id=study.id),
        person=person or Participant(name="", email="", time_zone=None),
        study=study,
        team=session.get_one(Team, study.team_id),
        owner=session.get_one(Member, study.owner_id),
    )
    unsubscribe = letters.opt_out_page(public_url)
    if mail is MailKind.SCHEDULER:
        links = MailLinks(schedule=letters.own_page(public_url), unsubscribe=unsubscribe)
    else:
        status = (first.status if first is not None else None) or ParticipantStatus.NOT_CONTACTED
        start = starts_at(session, study, mail, status)
        links = MailLinks(start=letters.start_page(public_url, start), unsubscribe=unsubscribe)
    return token_values(letters.enrolment_context(about, links))


def starts_at(session: Session, study: Study, mail: MailKind, status: ParticipantStatus) -> LinkPurpose:
    """Where the mail leads somebody who stands so: to the screener, or to the survey or the test."""
    return rules.start_of(mail, status, has_screener=screeners.has_screener(session, study.id))


def filled(words: Wording, values: dict[str, str]) -> Wording:
    """The words with their tokens filled. Raises RuleError at the field that is empty or has a wrong token."""
    done = {}
    for field, text in (("subject", words.subject), ("text", words.text)):
        if not text.strip():
            raise RuleError(f"The mail has no {field}.", field)
        try:
            done[field] = tokens.render(text, values).strip()
        except RuleError as error:
            raise RuleError(error.message, field) from error
    return Wording(drafts.one_line(done["subject"]), done["text"])


@dataclass(frozen=True, slots=True)
class Draft:
    """What is to go out: to the people of a list, in these words, as this mail (None: the study's standard)."""

    list_id: int
    words: Wording
    mail: MailKind | None = None


def preview(session: Session, actor: Actor, draft: Draft, public_url: str | None, now: datetime) -> InvitationPreview:
    """The mail as the first of its recipients gets it. Raises RuleError for a wrong token, and when nobody gets it."""
    found = gather(session, actor, draft.list_id, now, mail=draft.mail)
    going = found.sorted.going
    if not going:
        raise RuleError("Nobody gets this mail.")
    shown = filled(draft.words, values_for(session, found.study, going[0], public_url, found.mail))
    return InvitationPreview(draft.list_id, going[0].label, len(going), shown.subject, shown.text, found.mail)
