"""Whom an actor chooses to invite to a study: kept as a list, which is reviewed before anything is sent."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from bot.services import participants
from bot.services.imports import ImportKind, read
from bot.services.imports.people import profile_of_row
from bot.services.participants import NewParticipant
from domain.errors import NotFound, RuleError
from domain.invitation import MOST, Choosing
from domain.participant import ParticipantStatus
from domain.person import Person
from domain.roles import Actor, Permission
from domain.study import StudyLine
from storage import invitations, people, screeners, studies
from storage.people import PeoplePage
from storage.studies import StudyChoice

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

    Raises NotFound and NotAllowed.
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
        study_type=line.type,
        has_screener=screeners.has_screener(session, line.id),
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
    """Raise NotAllowed unless the actor may invite people to the study."""
    actor.require(Permission.MANAGE_INTERVIEWS, own_study=line.is_own)


def study_for(session: Session, actor: Actor, study_id: int) -> StudyLine:
    """The study, if the actor may invite people to it. Raises NotFound and NotAllowed."""
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
