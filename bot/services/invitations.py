"""Inviting people to schedule: chosen, reviewed with who is held back and why, then sent. Nobody is mailed twice."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from bot.services import letters, outgoing, outgoing_mails, participants, record, slots
from bot.services.imports import ImportKind, read
from bot.services.imports.people import profile_of_row
from bot.services.letters import Invitation
from bot.services.participants import NewParticipant
from domain import drafts, tokens
from domain import invitation as rules
from domain.drafts import Wording
from domain.errors import NotFound, RuleError
from domain.invitation import (
    FIRST_NAMES,
    HELD_BY_CONTACT,
    HELD_BY_STATUS,
    MOST,
    Candidate,
    Choosing,
    InvitationPreview,
    InvitationReview,
    Invited,
    sort_out,
)
from domain.letters import TOKENS, MailLinks, token_values
from domain.mail import MailKind, Written
from domain.participant import ParticipantStatus, Person, contact_status
from domain.roles import Actor, Permission
from domain.study import StudyLine
from storage import invitations, mail_templates, members, people, scheduling, studies
from storage import participants as stored
from storage.models import Enrolment, InvitationList, Member, Participant, Study, Team
from storage.people import PeoplePage
from storage.studies import StudyChoice

NO_PAGES = (
    "Participants can't reach their pages yet, so there is nothing to invite them to. "
    "Whoever runs Callsheet sets CALLSHEET_PUBLIC_URL."
)
PEOPLE_OFFERED = 50
WRONG_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Choice:
    """Who is to be invited: everybody whom any of it names.

    `participant_ids` are people picked one by one, `statuses` where they stand in the study, the property something
    that is known of them, `addresses` what was pasted: an address a line, or a table with a header.
    """

    study_id: int
    participant_ids: tuple[int, ...] = ()
    statuses: tuple[ParticipantStatus, ...] = ()
    property_name: str = ""
    property_value: str = ""
    addresses: str = ""

    @property
    def names_anybody(self) -> bool:
        """Whether anything was filled in."""
        texts = (self.property_name, self.property_value, self.addresses)
        return bool(self.participant_ids or self.statuses or any(text.strip() for text in texts))


def begin(session: Session, actor: Actor, study_key: str, enrolment_id: int | None = None) -> Choosing:
    """What the choice begins with, in the study that the actor calls by its key; somebody may be chosen already.

    Raises NotFound, NotAllowed, and RuleError for a study in which nothing is scheduled.
    """
    line = studies.by_key(session, actor, study_key)
    check_may(actor, line)
    counts = studies.details(session, actor, line.key).status_counts
    chosen: tuple[tuple[int, str], ...] = ()
    if enrolment_id is not None:
        person, _line = people.standing_by_id(session, actor, enrolment_id)
        chosen = ((person.id, named(person)),)
    return Choosing(
        study_id=line.id,
        study_key=line.key,
        study_name=line.name,
        statuses=tuple((ParticipantStatus(status), number) for status, number in counts),
        chosen=chosen,
    )


def begin_by_id(session: Session, actor: Actor, enrolment_id: int) -> Choosing:
    """As `begin`, with the participant of an enrolment that a button carries. Raises NotFound."""
    _person, line = people.standing_by_id(session, actor, enrolment_id)
    return begin(session, actor, line.study_key, enrolment_id)


def named(person: Person) -> str:
    """How somebody is called who is to be chosen."""
    return " · ".join(part for part in (person.alias, person.name or person.email) if part)


def check_may(actor: Actor, line: StudyLine) -> None:
    """Raise RuleError unless the actor may invite people to the study, and there is something to schedule."""
    actor.require(Permission.MANAGE_INTERVIEWS, own_study=line.is_own)
    rules.check_type(line.key, line.type)


def study_for(session: Session, actor: Actor, study_id: int) -> StudyLine:
    """The study, if the actor may invite people to it. Raises NotFound, NotAllowed and RuleError."""
    line = studies.by_id(session, actor, study_id)
    if line is None:
        raise NotFound("There is no such study that you can see.", "study")
    check_may(actor, line)
    return line


def find(session: Session, actor: Actor, typed: str) -> PeoplePage:
    """People to choose from, by the beginning of their name, last name or address, as the actor may know them."""
    return people.page(session, actor, typed, None, PEOPLE_OFFERED)


def property_names(session: Session, actor: Actor, typed: str) -> Sequence[str]:
    """The names of what is known of people, which begin with what was typed."""
    return invitations.property_names(session, actor, typed)


def choose(session: Session, actor: Actor, choice: Choice, now: datetime) -> int:
    """Keep the people whom the choice names: the id of the list. Nothing is sent; new addresses are added.

    Raises RuleError at the field that is wrong, and when nobody was chosen.
    """
    line = study_for(session, actor, choice.study_id)
    found = invitations.seen_among(session, actor, choice.participant_ids)
    found += invitations.standing_so(session, line.id, choice.statuses)
    found += by_property(session, actor, choice)
    found += by_addresses(session, actor, line, choice.addresses, now)
    return keep(session, actor, line.id, found, now)


def keep(session: Session, actor: Actor, study_id: int, found: Sequence[int], now: datetime) -> int:
    """Keep the list of these participants, each once. Raises RuleError for none, or too many."""
    unique = list(dict.fromkeys(found))
    if not unique:
        raise RuleError("Nobody was chosen. Pick people, a status, a property, or paste addresses.", "people")
    if len(unique) > MOST:
        raise RuleError(f"{len(unique):,} people are too many at once: choose at most {MOST:,}.", "people")
    return invitations.keep(session, actor, study_id, unique, len(found) - len(unique), now)


def by_property(session: Session, actor: Actor, choice: Choice) -> list[int]:
    """Those of whom that is known. Raises RuleError when only one of name and value is given, or for nobody."""
    name, value = choice.property_name.strip(), choice.property_value.strip()
    if not name and not value:
        return []
    if not name or '"' in name:
        raise RuleError("Which property is it?", "property_name")
    if not value:
        raise RuleError(f"What must “{name[:60]}” be?", "property_value")
    found = invitations.with_property(session, actor, name, value, MOST + 1)
    if not found:
        raise RuleError(f"There is nobody whose “{name[:60]}” is “{value[:60]}”.", "property_value")
    return found


def by_addresses(session: Session, actor: Actor, line: StudyLine, pasted: str, now: datetime) -> list[int]:
    """Those whose addresses were pasted; who is new is added, and enrolled. Raises RuleError with the wrong lines."""
    if not pasted.strip():
        return []
    study = choice_of(session, actor, line)
    participants.check_may_add(actor, study)
    new: list[NewParticipant] = []
    wrong: list[str] = []
    table = read(with_header(pasted).encode(), ImportKind.PARTICIPANTS)
    for row in table.rows:
        try:
            new.append(NewParticipant(participants.checked(profile_of_row(table, row)), study))
        except RuleError as error:
            wrong.append(f"Line {row.number - header_lines(pasted)}: {error.message}")
    if wrong:
        more = f" And {len(wrong) - WRONG_SHOWN} more." if len(wrong) > WRONG_SHOWN else ""
        raise RuleError(" ".join(wrong[:WRONG_SHOWN]) + more, "addresses")
    return [one.participant_id for one in participants.write_all(session, actor, new, now)]


HEADER = "email,name\n"


def with_header(pasted: str) -> str:
    """What was pasted as a table: its first line is its header unless an address stands in it."""
    lines = [unangled(line) for line in pasted.splitlines()]
    return "\n".join(lines) if not header_lines(pasted) else HEADER + "\n".join(lines)


def header_lines(pasted: str) -> int:
    """How many lines of header are added to what was pasted."""
    first = next((line for line in pasted.splitlines() if line.strip()), "")
    return 1 if "@" in first else 0


def unangled(line: str) -> str:
    """`Mara Lindqvist <mara@example.com>` as the cells of a row."""
    name, opening, rest = line.partition("<")
    if not opening or "@" not in rest:
        return line
    address, quoted = rest.partition(">")[0].strip(), name.strip(' "').replace('"', "'")
    return f'{address},"{quoted}"'


def add_numbered(
    session: Session, actor: Actor, study_id: int, numbers: Collection[int], list_id: int, now: datetime
) -> int:
    """Keep a list of the participants whom a file brought in, by their numbers, and of those of an earlier list."""
    line = study_for(session, actor, study_id)
    earlier = invitations.own(session, actor, list_id).participant_ids if list_id else []
    return keep(session, actor, line.id, [*earlier, *invitations.numbered(session, actor, numbers)], now)


def choice_of(session: Session, actor: Actor, line: StudyLine) -> StudyChoice:
    return studies.choices(session, actor, [line.key])[line.key.lower()]


@dataclass(frozen=True, slots=True)
class Gathered:
    """A kept list with everything that decides what may be sent."""

    kept: InvitationList
    line: StudyLine
    study: Study
    sorted: rules.Sorted


def gather(session: Session, actor: Actor, list_id: int, now: datetime, since: datetime | None = None) -> Gathered:
    """The list as things are now. With `since`, who was invited after that is held back."""
    kept = invitations.own(session, actor, list_id)
    line = study_for(session, actor, kept.study_id)
    candidates = invitations.candidates(session, actor, line.id, kept.participant_ids)
    return Gathered(kept, line, session.get_one(Study, line.id), sort_out(candidates, now, since))


def review(
    session: Session, actor: Actor, list_id: int, public_url: str | None, now: datetime, words: Wording | None = None
) -> InvitationReview:
    """What would happen now. `words` are those that the person has written already. From here on counts what they saw:
    whoever is invited meanwhile by somebody else is not mailed again.
    """
    found = gather(session, actor, list_id, now)
    found.kept.reviewed_at = now
    going = found.sorted.going
    shown = words or standard(session, found.study, going[0] if going else None, public_url)
    refusal = rules.why_nothing_goes_out(found.line.key, found.line.status) or (None if public_url else NO_PAGES)
    return InvitationReview(
        list_id=list_id,
        study_key=found.line.key,
        study_name=found.line.name,
        sorted=found.sorted,
        names=tuple(one.label for one in going[:FIRST_NAMES]),
        named_twice=found.kept.named_twice,
        subject=shown.subject,
        text=shown.text,
        tokens=TOKENS[MailKind.SCHEDULER],
        refusal=refusal,
        warnings=warnings(session, found.study, len(going), now) if going and not refusal else (),
    )


def warnings(session: Session, study: Study, going: int, now: datetime) -> tuple[str, ...]:
    """What whoever invites should know: there are fewer places than people, or no time that anybody could book."""
    limit, told = study.participation_limit, []
    if limit is not None:
        left = max(0, limit - study.seats_taken)
        if left == 0:
            told.append(f"{study.key} is fully booked ({study.seats_taken} of {limit}): they can only ask to wait.")
        elif left < going:
            places = "1 place is left" if left == 1 else f"{left} places are left"
            told.append(f"{places} for {going} people: who comes too late can ask to wait.")
    if not slots.preview(session, study, scheduling.setup_of(session, study), now, 1):
        told.append(f"Nobody could find a time: {study.key} has no free slot. See why with /study slots {study.key}.")
    return tuple(told)


def standard(session: Session, study: Study, first: Candidate | None, public_url: str | None) -> Wording:
    """The mail as it goes out unless somebody changes it: the team's own version, else the standard one."""
    own = mail_templates.own_wording(session, study.team_id, MailKind.SCHEDULER)
    return drafts.begin(MailKind.SCHEDULER, own, values_for(session, study, first, public_url))


def values_for(session: Session, study: Study, first: Candidate | None, public_url: str | None) -> dict[str, str]:
    """What the tokens stand for in the mail to somebody, or (None) to anybody at all."""
    person = session.get(Participant, first.participant_id) if first is not None else None
    about = Invitation(
        enrolment=Enrolment(study_id=study.id),
        person=person or Participant(name="", email="", time_zone=None),
        study=study,
        team=session.get_one(Team, study.team_id),
        owner=session.get_one(Member, study.owner_id),
    )
    links = MailLinks(schedule=letters.own_page(public_url), unsubscribe=letters.opt_out_page(public_url))
    return token_values(letters.enrolment_context(about, links))


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


def preview(
    session: Session, actor: Actor, list_id: int, words: Wording, public_url: str | None, now: datetime
) -> InvitationPreview:
    """The mail as the first of its recipients gets it. Raises RuleError for a wrong token, and when nobody gets it."""
    found = gather(session, actor, list_id, now)
    going = found.sorted.going
    if not going:
        raise RuleError("Nobody gets this mail.")
    mail = filled(words, values_for(session, found.study, going[0], public_url))
    return InvitationPreview(list_id, going[0].label, len(going), mail.subject, mail.text)


def send(
    session: Session, actor: Actor, list_id: int, words: Wording, public_url: str | None, now: datetime
) -> Invited:
    """Invite everybody on the list who may be: they are enrolled, and each gets one mail.

    Who was invited since the review was shown gets none, so that neither a second click nor a second person mails
    anybody twice. The number of statements is the same for one and for thousands. Raises RuleError when nothing goes
    out, and for a wrong token at its field.
    """
    kept = invitations.own(session, actor, list_id)
    study = studies.lock(session, actor.workspace_id, kept.study_id)
    members.lock_workspace(session, actor.workspace_id)
    session.refresh(kept)
    found = gather(session, actor, list_id, now, kept.reviewed_at)
    if refusal := rules.why_nothing_goes_out(study.key, study.status) or (None if public_url else NO_PAGES):
        raise RuleError(refusal)
    going = found.sorted.going
    if not going:
        told = "; ".join(rules.group_text(group) for group in found.sorted.held)
        raise RuleError(f"Nobody is left to invite: {told}.")
    filled(words, values_for(session, study, going[0], public_url))
    is_standard = words == standard(session, study, going[0], public_url)
    written = None if is_standard else Written(words.text, words.subject, by=actor.name)
    sent = invite(session, actor, study, going, written, now)
    kept.sent_at, kept.sent = now, kept.sent + sent
    session.flush()
    outgoing.post_study(session, study, now)
    return Invited(study.key, sent, found.sorted.held)


def invite(
    session: Session,
    actor: Actor,
    study: Study,
    going: Collection[Candidate],
    written: Written | None,
    now: datetime,
) -> int:
    """Enrol who is not in the study yet, let all be Interview Invited, and mail them. How many."""
    new = {(study.id, one.participant_id): ParticipantStatus.NOT_CONTACTED for one in going if one.enrolment_id is None}
    ids = [one.enrolment_id for one in going if one.enrolment_id is not None]
    ids += stored.enrol_all(session, new, actor.name, now).values()
    done = sorted(invitations.mark_invited(session, ids, actor.name, now))
    once = f"{now.timestamp():.6f}"
    outgoing_mails.to_enrolments(session, study.workspace_id, done, MailKind.SCHEDULER, now, once=once, written=written)
    return len(done)


def may_still_invite(session: Session, enrolment: Enrolment, now: datetime) -> str | None:
    """Why an invitation that is on its way must not go out any more, None when it may: the study was paused or closed,
    the person opted out, is not to be contacted, or has booked meanwhile. After the person's name.
    """
    study, person = session.get_one(Study, enrolment.study_id), session.get_one(Participant, enrolment.participant_id)
    if why := rules.why_nothing_goes_out(study.key, study.status):
        return f"is not invited: {why}"
    contact = contact_status(record.contact_facts(person), now)
    if contact in HELD_BY_CONTACT:
        return HELD_BY_CONTACT[contact].value
    if person.bounced_at is not None:
        return rules.Reason.BOUNCED.value
    held = HELD_BY_STATUS.get(enrolment.status)
    return held.value if held is not None else None
