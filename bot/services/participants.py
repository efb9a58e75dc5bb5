"""Participants: adding them, keeping what is known of them, moving them on in a study by hand."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from sqlalchemy.orm import Session

from bot.services import record, statuses
from bot.services.statuses import Why
from domain.errors import NotAllowed, NotFound, RuleError
from domain.participant import Cause, ParticipantStatus
from domain.person import EnrolmentLine, ParticipantDetails, Person, email_address
from domain.roles import Actor, Permission
from domain.study import StudyStatus
from domain.times import zone
from storage import members, participants, people, studies
from storage.models import Participant
from storage.participants import Profile
from storage.people import PeoplePage
from storage.studies import StudyChoice

LONGEST = {"name": 200, "phone": 40}
PHONE = re.compile(r"(?=.*[0-9])[0-9 +()./-]+")
LONGEST_PROPERTY = 1000
PAGE = 10


@dataclass(frozen=True, slots=True)
class NewParticipant:
    """A person to be added or brought up to date, and the study that they are to be in, if any.

    What is empty in the profile is left as it is known.
    """

    profile: Profile
    study: StudyChoice | None = None


class Effect(StrEnum):
    """What adding a person came to."""

    ADDED = "added"
    CHANGED = "changed"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True)
class Added:
    """A person after they were added. `is_enrolled` says that they are new in the study."""

    participant_id: int
    number: int
    effect: Effect
    is_enrolled: bool


def checked(profile: Profile) -> Profile:
    """The profile in canonical form. Raises RuleError for what is no address, phone or zone, or too long."""
    name, phone = " ".join(profile.name.split()), " ".join((profile.phone or "").split())
    for field, value in (("name", name), ("phone", phone)):
        if len(value) > LONGEST[field]:
            raise RuleError(f"The {field} is longer than {LONGEST[field]} characters.", field)
    if phone and not PHONE.fullmatch(phone):
        raise RuleError("A phone number is made of digits, spaces and + ( ) - . / only.", "phone")
    for column, value in profile.properties.items():
        if len(value) > LONGEST_PROPERTY:
            raise RuleError(f"“{column[:60]}” is longer than {LONGEST_PROPERTY:,} characters.")
    if profile.time_zone:
        zone(profile.time_zone)
    return replace(
        profile,
        email=email_address(profile.email),
        name=name,
        phone=phone or None,
        time_zone=profile.time_zone or None,
    )


def check_may_add(actor: Actor, study: StudyChoice | None) -> None:
    """Raise RuleError unless the actor may add somebody to the study, or (None) to the workspace's people."""
    if study is None:
        if not actor.may(Permission.MANAGE_INTERVIEWS):
            own = actor.may(Permission.MANAGE_INTERVIEWS, own_study=True)
            if own:
                raise NotAllowed("Name a study of yours: you may add people to your own studies only.", "study")
            actor.require(Permission.MANAGE_INTERVIEWS)
        return
    actor.require(Permission.MANAGE_INTERVIEWS, own_study=study.is_own)
    if study.status is StudyStatus.CLOSED:
        raise RuleError(f"{study.key} is closed. Resume it first: /study resume {study.key}.", "study")


def choose_study(session: Session, actor: Actor, called: str) -> StudyChoice:
    """The study of that key, or of exactly that name. Raises NotFound."""
    found = studies.choices(session, actor, [called]).get(called.strip().lower())
    if found is None:
        raise NotFound(f"There is no study {called.strip()[:40]} that you can see.", "study")
    return found


def add(session: Session, actor: Actor, new: NewParticipant, now: datetime) -> Added:
    """Add a person, or bring a known one up to date, and enrol them in the study if one is named."""
    check_may_add(actor, new.study)
    return write_all(session, actor, [replace(new, profile=checked(new.profile))], now)[0]


def write_all(session: Session, actor: Actor, new: Sequence[NewParticipant], now: datetime) -> list[Added]:
    """As `add`, for people who have been checked: the same number of statements for one and for hundreds.

    Somebody who comes several times is one person: the later entry adds to the earlier.
    """
    members.lock_workspace(session, actor.workspace_id)
    found = sort_out(session, actor, new)
    fresh = [profile for address, profile in found.after.items() if address not in found.known]
    ids = {address: (person.id, person.number) for address, person in found.known.items()}
    ids |= participants.add_all(session, actor.workspace_id, fresh, now)
    changed = {ids[address][0]: found.after[address] for address in found.changed}
    participants.change_all(session, changed)
    by_entry = {one.profile.email: ids[found.address[one.profile.email]] for one in new}
    first_in = enrol_missing(session, actor, new, by_entry, now)
    return [
        Added(
            participant_id=by_entry[one.profile.email][0],
            number=by_entry[one.profile.email][1],
            effect=effect_of(effect, is_enrolled=index in first_in),
            is_enrolled=index in first_in,
        )
        for index, (one, effect) in enumerate(zip(new, found.effects, strict=True))
    ]


@dataclass(frozen=True, slots=True)
class SortedOut:
    """What entries come to, before anything is written. People are called by their own address.

    `address` leads there from every address that an entry names, `known` are those who are there, `before` and `after`
    what was known of them and what is then; `effects` are one for each entry.
    """

    address: dict[str, str]
    known: dict[str, Participant]
    before: dict[str, Profile]
    after: dict[str, Profile]
    effects: list[Effect]

    @property
    def changed(self) -> list[str]:
        """Those of whom something else is known then."""
        return [address for address, before in self.before.items() if self.after[address] != before]


def sort_out(session: Session, actor: Actor, new: Sequence[NewParticipant]) -> SortedOut:
    """What the entries come to: who is new, and what of others changes. Somebody may come by any of their addresses."""
    named = {one.profile.email for one in new}
    found = participants.by_emails(session, actor.workspace_id, named)
    address = {each: found[each].email if each in found else each for each in named}
    known = {person.email: person for person in found.values()}
    before = {each: profile_of(person) for each, person in known.items()}
    after, effects = dict(before), []
    for one in new:
        place = address[one.profile.email]
        present = after.get(place)
        after[place] = one.profile if present is None else merge(present, one.profile)
        same = Effect.UNCHANGED if after[place] == present else Effect.CHANGED
        effects.append(Effect.ADDED if present is None else same)
    return SortedOut(address, known, before, after, effects)


def foreseen(session: Session, actor: Actor, new: Sequence[NewParticipant]) -> SortedOut:
    """What writing the entries would come to: as `sort_out`, and who of those who are there would be enrolled."""
    found = sort_out(session, actor, new)
    ids = {each: found.known[own].id for each, own in found.address.items() if own in found.known}
    first_in = set(missing(session, new, ids).values())
    effects = [effect_of(effect, is_enrolled=index in first_in) for index, effect in enumerate(found.effects)]
    return replace(found, effects=effects)


def effect_of(effect: Effect, *, is_enrolled: bool) -> Effect:
    """What an entry comes to that changes nothing else, but by which somebody is enrolled."""
    return Effect.CHANGED if is_enrolled and effect is Effect.UNCHANGED else effect


def enrol_missing(
    session: Session, actor: Actor, new: Sequence[NewParticipant], ids: dict[str, tuple[int, int]], now: datetime
) -> set[int]:
    """Enrol those who are not yet in the study named: which of the entries did it, by their index."""
    free = missing(session, new, {address: id_ for address, (id_, _) in ids.items()})
    statuses.enrol(
        session, dict.fromkeys(free, ParticipantStatus.NOT_CONTACTED), Why(Cause.ADDED, record.by(actor, now))
    )
    return set(free.values())


def missing(session: Session, new: Sequence[NewParticipant], ids: Mapping[str, int]) -> dict[participants.Place, int]:
    """The places that people have not yet in the studies named, with the first entry that names each (its index). `ids`
    are the participants by the addresses of their entries; who has none is left out.
    """
    places: dict[participants.Place, int] = {}
    for index, one in enumerate(new):
        if one.study is not None and one.profile.email in ids:
            places.setdefault((one.study.id, ids[one.profile.email]), index)
    taken = participants.enrolments(session, places.keys())
    return {place: index for place, index in places.items() if place not in taken}


def profile_of(person: Participant) -> Profile:
    """What is known of the person."""
    return Profile(person.email, person.name, person.phone, person.time_zone, person.properties)


def merge(known: Profile, new: Profile) -> Profile:
    """What is known with what is new; nothing that is known is emptied."""
    return Profile(
        email=known.email,
        name=new.name or known.name,
        phone=new.phone or known.phone,
        time_zone=new.time_zone or known.time_zone,
        properties={**known.properties, **new.properties},
    )


def find(session: Session, actor: Actor, text: str, after_id: int | None = None) -> PeoplePage:
    """A page of those whose name, last name or address begins with the text, as far as the actor may see them."""
    return people.page(session, actor, text, after_id, PAGE)


def details(session: Session, actor: Actor, called: str, now: datetime) -> ParticipantDetails:
    """Everything that the actor may see about the participant with that address or alias. Raises NotFound."""
    return people.details(session, actor, called, now)


def standing(session: Session, actor: Actor, called: str, study_key: str) -> tuple[Person, EnrolmentLine]:
    """The participant (`P17` or an address) and where they stand in the study, if the actor may change it.

    Raises NotFound, and NotAllowed for a study that is not theirs.
    """
    return manageable(actor, people.standing(session, actor, called, study_key))


def standing_by_id(session: Session, actor: Actor, enrolment_id: int) -> tuple[Person, EnrolmentLine]:
    """As `standing`, for the enrolment that a button carries."""
    return manageable(actor, people.standing_by_id(session, actor, enrolment_id))


def manageable(actor: Actor, found: tuple[Person, EnrolmentLine]) -> tuple[Person, EnrolmentLine]:
    """What was found. Raises NotAllowed unless the actor may change it."""
    if not found[1].may_manage:
        actor.require(Permission.MANAGE_INTERVIEWS)
    return found
