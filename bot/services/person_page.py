"""A participant's page, for whoever asks: as far as they may see names, studies, and what was said."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.orm import Session

from bot.services import audit, governance, responses
from domain.errors import NotAllowed, RuleError
from domain.person import ParticipantDetails
from domain.person_page import Line, Part, PersonPage, Powers
from domain.roles import Actor, Permission
from storage import people
from storage import person_page as stored
from storage.models import Participant, ParticipantNote
from storage.participants import number_of

PAGE = 15
LONGEST_NOTE = 1000

Read = Callable[[Session, Actor, int, int | None, int], Sequence[tuple[int, Line]]]

READ: dict[Part, Read] = {
    Part.HISTORY: stored.history,
    Part.MAILS: stored.mails,
    Part.INTERVIEWS: stored.sessions,
    Part.INCENTIVES: stored.incentives,
    Part.NOTES: stored.notes,
}
"""The parts that are read a page at a time."""


@dataclass(frozen=True, slots=True)
class Spot:
    """A part of the page, and the line before which it is read on; None: from its beginning."""

    part: Part = Part.OVERVIEW
    older_than: int | None = None


TOP = Spot()


def show(session: Session, actor: Actor, called: str, now: datetime, spot: Spot = TOP) -> PersonPage:
    """The participant with that alias or address. Whoever sees their contact details is noted, once an hour at most.
    What members wrote of the reasons against contact is for those who manage a study that the person is in.

    The statements are as many for little as for much. Raises NotFound.
    """
    about = people.details(session, actor, called, now)
    person = about.person
    is_known = person.email is not None
    if is_known:
        audit.note_seen(session, actor, person.id, person.alias, now)
    found = governance.evaluate(session, actor.workspace_id, [person.id], now).get(person.id)
    may, lines = powers(actor, about, is_known=is_known), lines_of(session, actor, person.id, spot)
    return PersonPage(
        about=replace(about, contact_status=found.status) if found is not None else about,
        part=spot.part,
        lines=tuple(line for _, line in lines[:PAGE]),
        powers=may,
        reasons=found.sentences(actor.time_zone, now, with_notes=may.manage) if found is not None else (),
        is_overridden=found is not None and found.is_overridden,
        other_addresses=tuple(stored.other_addresses(session, person.id)) if is_known else (),
        older_than=lines[PAGE - 1][0] if len(lines) > PAGE else None,
        begins=spot.older_than is None,
        asked=number_of(called),
    )


def lines_of(session: Session, actor: Actor, participant_id: int, spot: Spot) -> Sequence[tuple[int, Line]]:
    """A page of the part's lines with their ids, and one more if it goes on."""
    if spot.part is Part.SCREENER:
        return [(each.enrolment_id, each) for each in responses.of_person(session, actor, participant_id)[:PAGE]]
    read = READ.get(spot.part)
    return read(session, actor, participant_id, spot.older_than, PAGE) if read is not None else []


def powers(actor: Actor, about: ParticipantDetails, *, is_known: bool) -> Powers:
    """What the actor may do about somebody who is shown to them so."""
    if about.erased_at is not None:
        return Powers()
    manage = actor.may(Permission.MANAGE_INTERVIEWS) or any(line.may_manage for line in about.enrolments)
    return Powers(
        manage=manage,
        correct=manage and is_known,
        merge=actor.may(Permission.MERGE_PEOPLE),
        block=actor.may(Permission.DECIDE_BLOCKLIST),
        erase=actor.may(Permission.ERASE_PEOPLE),
    )


def to_manage(session: Session, actor: Actor, called: str) -> tuple[Participant, bool]:
    """The participant with that alias or address, for who manages a study that they are in, and whether by name.

    Raises NotFound, NotAllowed, and RuleError for one who was erased.
    """
    person, by_name = people.one(session, actor, called)
    shown = people.person_of(person, by_name)
    if person.erased_at is not None:
        raise RuleError(f"{shown.alias} was erased: there is nobody to write about.")
    if not stored.is_manager(session, actor, person.id):
        raise NotAllowed(
            f"That is for those who manage a study that {shown.alias} is in. Ask the study's owner to add you."
        )
    return person, by_name


def note(session: Session, actor: Actor, called: str, words: str, now: datetime) -> int:
    """Keep a note about a participant: their number. Raises as `to_manage`, and RuleError for no words, or too many."""
    person, _ = to_manage(session, actor, called)
    text = words.strip()
    if not text:
        raise RuleError("What is to be noted?", "text")
    if len(text) > LONGEST_NOTE:
        raise RuleError(f"A note has at most {LONGEST_NOTE:,} characters; this one has {len(text):,}.", "text")
    session.add(ParticipantNote(participant_id=person.id, author=actor.name, text=text, at=now))
    session.flush()
    return person.number
