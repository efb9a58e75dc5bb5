"""`/participant status P17 CHK`: where a participant, or several, stand in a study, changed by hand."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from bot.blocks import participant as blocks
from bot.blocks import status_changes as bulk_blocks
from bot.blocks.ids import ParticipantId
from bot.commands.participant import statuses
from bot.commands.participant.words import without_links
from bot.services import enrolment_list, participants, status_changes
from bot.services.status_changes import Choice, OneChange
from bot.slack.capability import Capability
from bot.slack.metadata import Metadata
from bot.slack.outcomes import Close, Open, Outcome, Reply, say
from domain.enrolment_list import Wanted
from domain.errors import RuleError
from domain.participant import ParticipantStatus
from domain.person import EnrolmentLine, Person
from domain.roles import Actor

capability = Capability()

COMMAS = re.compile(r"\s*,\s*")
EXAMPLE = "/participant status p17@example.com CHK canceled"
OTHER_WORDS = {
    "cancelled": ParticipantStatus.CANCELED,
    "interviewcancelled": ParticipantStatus.INTERVIEW_CANCELED,
    "canceledinterview": ParticipantStatus.INTERVIEW_CANCELED,
    "noshow": ParticipantStatus.NO_SHOWED,
    "scheduled": ParticipantStatus.INTERVIEW_SCHEDULED,
    "completed": ParticipantStatus.INTERVIEW_COMPLETED,
    "qualified": ParticipantStatus.SCREENER_QUALIFIED,
    "notqualified": ParticipantStatus.SCREENER_NOT_QUALIFIED,
}
"""What people write for a status, besides its name."""


@dataclass(frozen=True, slots=True)
class Changing(Metadata):
    """Whose status the modal changes, and what it was when it was opened."""

    enrolment_id: int = 0
    seen: str = ""


@capability.subcommand(
    "/participant",
    "status",
    summary="Change by hand where participants stand in a study",
    usage="E-MAIL|P17[,P18 …] KEY [STATUS]",
)
def typed(session: Session, actor: Actor, arguments: str, channel_id: str, now: datetime) -> Outcome:
    """With a status one person's is changed at once; without, the modal shows what is possible. Of several a review
    is shown before.
    """
    called, study_key, wanted = (*COMMAS.sub(",", without_links(arguments)).split(maxsplit=2), "", "", "")[:3]
    if not study_key:
        raise RuleError(f"Whose, and in which study? Write for example {EXAMPLE}.")
    if "," in called.strip(","):
        return several(session, actor, Several(called, study_key, wanted), channel_id, now)
    person, line = participants.standing(session, actor, called, study_key)
    if not wanted:
        return open_modal(person, line, channel_id)
    to = line.before if is_restored(wanted) else status_called(wanted)
    if to is None:
        raise RuleError(f"{person.alias} is {line.status.value}: only somebody who was removed can be restored.")
    return Reply(*change(session, actor, person, line, OneChange(line.enrolment_id, line.status, to), now))


@dataclass(frozen=True, slots=True)
class Several:
    """What was typed about several: who, the study, and the status or nothing."""

    called: str
    study_key: str
    wanted: str


def several(session: Session, actor: Actor, said: Several, channel_id: str, now: datetime) -> Outcome:
    """The review, or without a status the modal in which one is chosen."""
    study_id = enrolment_list.study_id(session, actor, said.study_key)
    if not said.wanted:
        return statuses.choose(session, actor, statuses.choosing_of(channel_id, study_id, Wanted()), now, said.called)
    to = None if is_restored(said.wanted) else status_called(said.wanted)
    return Open(statuses.review(session, actor, Choice(study_id, to, called=said.called), channel_id, now))


def change(
    session: Session, actor: Actor, person: Person, line: EnrolmentLine, wanted: OneChange, now: datetime
) -> tuple[str, list[dict[str, Any]]]:
    """Change it. What is said of it, with the button that undoes it."""
    done = status_changes.change(session, actor, wanted, now)
    return bulk_blocks.made(done, blocks.changed_text(person, line, wanted.to))


@capability.action(ParticipantId.STATUS, reads=True)
def clicked(session: Session, actor: Actor, value: str, channel_id: str) -> Outcome:
    return open_modal(*participants.standing_by_id(session, actor, int(value)), channel_id)


def open_modal(person: Person, line: EnrolmentLine, channel_id: str) -> Outcome:
    if not line.changes:
        return say(f"*{person.alias}* is {line.status.value} in *{line.study_key}*: nothing follows that by hand.")
    return Open(blocks.status_modal(person, line, Changing(channel_id, line.enrolment_id, line.status.value).dump()))


@capability.submission(ParticipantId.STATUS_MODAL)
def submitted(session: Session, actor: Actor, fields: dict[str, Any], metadata: str, now: datetime) -> Outcome:
    changing = Changing.load(metadata)
    if not fields.get("status"):
        raise RuleError("Choose the status.", "status")
    person, line = participants.standing_by_id(session, actor, changing.enrolment_id)
    seen, to = ParticipantStatus(changing.seen), ParticipantStatus(fields["status"])
    wanted = OneChange(changing.enrolment_id, seen, to, fields.get("reason") or "")
    return Close(Reply(*change(session, actor, person, line, wanted, now)))


def is_restored(text: str) -> bool:
    """Whether the word says that somebody is what they were before they were removed."""
    return plain_word(text) in ("restore", "restored")


def status_called(text: str) -> ParticipantStatus:
    """The status of that name, however it is written. Raises RuleError for none."""
    plain = plain_word(text)
    found = next((status for status in ParticipantStatus if plain_word(status.value) == plain), OTHER_WORDS.get(plain))
    if found is None:
        raise RuleError(f"“{text[:40]}” is not a status. Leave it out to see what is possible.")
    return found


def plain_word(text: str) -> str:
    return re.sub(r"[\W_]", "", text.casefold())
