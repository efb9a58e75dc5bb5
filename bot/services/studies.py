"""Studies: creating them, and taking them live, pausing, resuming and closing them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from bot.services import governance, outgoing
from bot.services import members as member_services
from domain.editing import MOST_SEATS
from domain.errors import NotFound, RuleError
from domain.roles import Actor, Permission
from domain.study import (
    LocationKind,
    StudyAction,
    StudyDetails,
    StudyLine,
    StudyStatus,
    StudyType,
    next_status,
    study_key,
)
from storage import members, scheduling, studies
from storage.models import Study, StudyCollaborator, Team

LONGEST_NAME = 200
PAGE = 10
SHORTEST_MINUTES, LONGEST_MINUTES = 5, 480
MOST_PARTICIPANTS = 100_000


@dataclass(frozen=True, slots=True)
class Incentive:
    """What a participant gets: minor units of an ISO currency (see `domain.incentive`)."""

    amount_minor: int
    currency: str


@dataclass(frozen=True, slots=True)
class NewStudy:
    """A study as it is asked for. An empty key is made from the name; an empty external name is the name.

    `location_text` is the link or the place. `capacity` is the seats a session, for group interviews only.
    """

    name: str
    type: StudyType
    team_id: int
    key: str = ""
    external_name: str = ""
    description: str = ""
    status: StudyStatus = StudyStatus.DRAFT
    channel_id: str | None = None
    participation_limit: int | None = None
    duration_minutes: int = 60
    capacity: int = 1
    location: LocationKind = LocationKind.GOOGLE_MEET
    location_text: str | None = None
    incentive: Incentive | None = None
    collaborator_slack_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Filter:
    """Which studies a list shows. `mine`: those that the actor owns or collaborates on; `prefix`: of key or name."""

    statuses: tuple[StudyStatus, ...] = tuple(StudyStatus)
    mine: bool = False
    prefix: str = ""


def listing(
    session: Session, actor: Actor, wanted: Filter, after_key: str | None
) -> tuple[list[StudyLine], str | None]:
    """A page of the studies that the actor sees, by key, and the key after which the next page begins."""
    return studies.listing(
        session,
        actor,
        statuses=wanted.statuses,
        own_only=wanted.mine,
        prefix=wanted.prefix,
        after_key=after_key,
        size=PAGE,
    )


def details(session: Session, actor: Actor, key: str) -> StudyDetails:
    """Everything about the study that the actor calls by its key. Raises NotFound."""
    return studies.details(session, actor, key)


def to_change(session: Session, actor: Actor, key: str) -> StudyLine:
    """The study that the actor calls by its key, if they may edit it. Raises NotFound and NotAllowed."""
    line = studies.by_key(session, actor, key)
    actor.require(Permission.EDIT_STUDY, own_study=line.is_own)
    return line


def teams_for_new(session: Session, actor: Actor, channel_id: str) -> list[tuple[int, str]]:
    """The teams, by id and name, in which the actor may start a study: the channel's first, then their own.

    Raises NotAllowed, and RuleError when there is none.
    """
    actor.require(Permission.CREATE_STUDY)
    here = members.team_of_channel(session, actor.workspace_id, channel_id)
    own = set(session.scalars(members.own_teams(actor)))
    teams = sorted(members.teams_of(session, actor), key=lambda team: (team is not here, team.id not in own))
    found = [(team.id, team.name) for team in teams]
    if not found:
        raise RuleError(
            "You are in no research team yet. Type /callsheet settings in your team's channel to create it, "
            "or ask an Admin to add you."
        )
    return found


def create(session: Session, actor: Actor, new: NewStudy, now: datetime) -> Study:
    """Create a study, owned by the actor, as a draft or live at once; its channel hears of a live one.

    Raises RuleError with the field that is wrong.
    """
    actor.require(Permission.CREATE_STUDY)
    check(new)
    team = team_for(session, actor, new.team_id)
    study = Study(
        workspace_id=actor.workspace_id,
        team_id=team.id,
        owner_id=actor.member_id,
        key=free_key(session, actor.workspace_id, new),
        name=new.name.strip(),
        external_name=new.external_name.strip() or new.name.strip(),
        description=new.description.strip(),
        type=new.type,
        status=new.status,
        channel_id=new.channel_id,
        participation_limit=new.participation_limit,
        duration_minutes=new.duration_minutes,
        capacity=new.capacity if new.type is StudyType.GROUP_INTERVIEW else 1,
        location=new.location,
        location_text=(new.location_text or "").strip() or None,
        incentive_amount_minor=new.incentive.amount_minor if new.incentive else None,
        incentive_currency=new.incentive.currency if new.incentive else None,
        created_at=now,
    )
    session.add(study)
    try:
        session.flush()
    except IntegrityError as error:
        raise RuleError(f"Somebody has just taken the key {study.key}. Choose another.", "key") from error
    scheduling.store_reminders(session, study.id)
    add_collaborators(session, actor, study, new.collaborator_slack_ids, now)
    if study.status is StudyStatus.ACTIVE:
        announce(session, study, team, f"{by(actor)} started *{study.key}*.", now)
    return study


def check(new: NewStudy) -> None:
    """Raise RuleError, naming the field, for what can't be in a study."""
    if not new.name.strip():
        raise RuleError("Give the study a name.", "name")
    for field, text in (("name", new.name), ("external_name", new.external_name)):
        if len(text.strip()) > LONGEST_NAME:
            raise RuleError(f"At most {LONGEST_NAME} characters, please.", field)
    if new.status not in (StudyStatus.DRAFT, StudyStatus.ACTIVE):
        raise RuleError("A study begins as a draft, or active.", "status")
    if not SHORTEST_MINUTES <= new.duration_minutes <= LONGEST_MINUTES:
        raise RuleError("A session lasts between 5 minutes and 8 hours.", "duration")
    check_limit(new.participation_limit)
    if new.type is StudyType.GROUP_INTERVIEW and not 2 <= new.capacity <= MOST_SEATS:
        raise RuleError(f"A group session has between 2 and {MOST_SEATS} seats.", "capacity")
    check_location(new.location, (new.location_text or "").strip())


def check_location(location: LocationKind, text: str) -> None:
    """Raise RuleError unless the link or place fits the kind of location. Google Meet brings its own link."""
    if location in (LocationKind.ZOOM, LocationKind.TEAMS) and not re.fullmatch(r"https?://\S+", text):
        raise RuleError(f"{location.label} needs its meeting link, beginning with https://.", "location_text")
    if location is LocationKind.CUSTOM and not text:
        raise RuleError("Say where the sessions are held.", "location_text")


def team_for(session: Session, actor: Actor, team_id: int) -> Team:
    """The team, if the actor may start studies in it: their own, or any for Admin and Ops Manager."""
    found = next((team for team in members.teams_of(session, actor) if team.id == team_id), None)
    if found is None:
        raise NotFound("There is no such team that you belong to.", "team")
    return found


def free_key(session: Session, workspace_id: int, new: NewStudy) -> str:
    """The study's key: the one that was asked for, or the first free one made from its name."""
    if new.key.strip():
        key = study_key(new.key)
        if taken_keys(session, workspace_id, [key]):
            raise RuleError(f"{key} is another study's key. Choose another.", "key")
        return key
    suggestions = list(suggested_keys(new.name))
    taken = taken_keys(session, workspace_id, suggestions)
    free = next((key for key in suggestions if key not in taken), None)
    if free is None:
        raise RuleError("Choose a key of 2 to 8 letters or digits for the study, such as CHK.", "key")
    return free


def taken_keys(session: Session, workspace_id: int, keys: list[str]) -> set[str]:
    return set(session.scalars(sa.select(Study.key).where(Study.workspace_id == workspace_id, Study.key.in_(keys))))


def suggested_keys(name: str) -> Iterator[str]:
    """Keys for a study of that name, the best first: `Checkout study` gives CHE, CHEC, then CHEC2, CHEC3, …"""
    words = [word.upper() for word in re.findall(r"[A-Za-z][A-Za-z0-9]*", name)]
    initials = "".join(word[0] for word in words)[:8]
    first = words[0] if words else "STUDY"
    if len(initials) >= 3:
        yield initials
    if len(first) >= 3:
        yield first[:3]
        yield first[:4]
    stem = (initials if len(initials) >= 3 else first)[:4] or "ST"
    for number in range(2, 100):
        yield f"{stem}{number}"


def add_collaborators(
    session: Session, actor: Actor, study: Study, slack_user_ids: tuple[str, ...], now: datetime
) -> None:
    """Let members work on the study; the owner does anyway."""
    for member in member_services.known(session, actor, slack_user_ids, now):
        if member.id != study.owner_id:
            session.add(StudyCollaborator(study_id=study.id, member_id=member.id))
    session.flush()


DONE = {
    StudyAction.START: "started",
    StudyAction.PAUSE: "paused",
    StudyAction.RESUME: "resumed",
    StudyAction.CLOSE: "closed",
}


def change_status(session: Session, actor: Actor, study_id: int, action: StudyAction, now: datetime) -> Study:
    """Start, pause, resume or close a study. Its channel hears of it; what is booked stays.

    Raises NotFound (foreign or unseen), NotAllowed (neither owner nor collaborator), RuleError (does not fit now).
    """
    if not studies.is_visible(session, actor, study_id):
        raise NotFound("There is no such study that you can see.", "study")
    study = studies.lock(session, actor.workspace_id, study_id)
    actor.require(Permission.EDIT_STUDY, own_study=studies.is_own(session, actor, study_id))
    was, study.status = study.status, next_status(study.status, action)
    if was is StudyStatus.CLOSED:
        governance.reopened(session, study.id, now)
    team = members.team(session, actor.workspace_id, study.team_id)
    announce(session, study, team, f"{by(actor)} {DONE[action]} *{study.key}*.{AFTERMATH.get(action, '')}", now)
    outgoing.show_study(session, study.workspace_id, study.id, now)
    session.flush()
    return study


def change_limit(session: Session, actor: Actor, study_id: int, limit: int | None, now: datetime) -> Study:
    """Let a study take another number of participants at most (None: any). Who is booked stays.

    Who waits is offered the places that become free by it. Raises as `change_status`.
    """
    if not studies.is_visible(session, actor, study_id):
        raise NotFound("There is no such study that you can see.", "study")
    study = studies.lock(session, actor.workspace_id, study_id)
    actor.require(Permission.EDIT_STUDY, own_study=studies.is_own(session, actor, study_id))
    check_limit(limit)
    study.participation_limit = limit
    study.limit_announced = limit is not None and study.seats_taken >= limit
    outgoing.show_study(session, study.workspace_id, study.id, now)
    session.flush()
    return study


def check_limit(limit: int | None) -> None:
    """Raise RuleError for a number of participants that no study has."""
    if limit is not None and not 1 <= limit <= MOST_PARTICIPANTS:
        raise RuleError(f"The limit is between 1 and {MOST_PARTICIPANTS:,} participants.", "limit")


AFTERMATH = {
    StudyAction.PAUSE: " Interviews that are booked stay.",
    StudyAction.CLOSE: " No more bookings; interviews that are booked stay.",
}


def by(actor: Actor) -> str:
    return f"<@{actor.slack_user_id}>"


def announce(session: Session, study: Study, team: Team, text: str, now: datetime) -> None:
    """Tell the study's channel, else its team's."""
    channel_id = study.channel_id or team.channel_id
    once = f"study:{study.id}:{study.status.value}:{now.timestamp():.6f}"
    outgoing.announce(session, study.workspace_id, channel_id, text, now, once=once)
