"""`/participant add`: a person who may take part, in words or in a modal."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from bot.blocks import participant as blocks
from bot.blocks.ids import ParticipantId
from bot.commands.participant.words import without_links
from bot.services import participants, studies
from bot.services.participants import Added, Effect, NewParticipant
from bot.services.studies import Filter
from bot.slack.capability import Capability
from bot.slack.metadata import Metadata
from bot.slack.outcomes import Close, Open, Options, Outcome, say
from domain.person import alias
from domain.roles import Actor, Permission
from domain.study import StudyStatus
from storage.participants import Profile

capability = Capability()

TO_STUDY = re.compile(r"(?:^|\s+)to\s+(\w{2,8})\s*$", re.IGNORECASE)
OPEN = (StudyStatus.DRAFT, StudyStatus.ACTIVE, StudyStatus.PAUSED)


@capability.subcommand(
    "/participant",
    "add",
    summary="Add a participant, and enrol them in a study",
    usage="[E-MAIL Name] [to KEY]",
    menu="Add",
)
def typed(session: Session, actor: Actor, arguments: str, channel_id: str, now: datetime) -> Outcome:
    """Alone it opens the modal."""
    if not arguments:
        actor.require(Permission.MANAGE_INTERVIEWS, own_study=True)
        return Open(blocks.add_modal(Metadata(channel_id).dump()))
    text = without_links(arguments)
    to_study = TO_STUDY.search(text)
    email, _, name = (text[: to_study.start()] if to_study else text).strip().partition(" ")
    return say(add(session, actor, Profile(email, name), to_study[1] if to_study else "", now))


@capability.submission(ParticipantId.ADD_MODAL)
def submitted(session: Session, actor: Actor, fields: dict[str, Any], now: datetime) -> Outcome:
    profile = Profile(fields.get("email") or "", fields.get("name") or "", fields.get("phone"))
    return Close(say(add(session, actor, profile, fields.get("study") or "", now)))


@capability.options(ParticipantId.STUDY_MENU)
def find_studies(session: Session, actor: Actor, typed: str) -> Outcome:
    found, _ = studies.listing(session, actor, Filter(OPEN, prefix=typed.strip()), None)
    return Options(blocks.study_options(found))


def add(session: Session, actor: Actor, profile: Profile, study_key: str, now: datetime) -> str:
    """Add the person. What is to be said of it, in mrkdwn."""
    study = participants.choose_study(session, actor, study_key) if study_key else None
    added = participants.add(session, actor, NewParticipant(profile, study), now)
    return said(added, study.key if study else None)


def said(added: Added, study_key: str | None) -> str:
    """What adding a person came to."""
    number = f"*{alias(added.number)}*"
    where = f" to *{study_key}*" if study_key else ""
    if added.effect is Effect.ADDED:
        return f"{number} is added{where}. Nothing was sent."
    if added.is_enrolled:
        return f"{number} was known already and is added{where}. Nothing was sent."
    known = f"{number} is known already{f' and in *{study_key}*' if study_key else ''}"
    return f"{known}; what is new is kept." if added.effect is Effect.CHANGED else f"{known}: nothing changed."
