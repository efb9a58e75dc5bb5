"""`/participant status P17 CHK`: where a participant stands in a study, changed by hand."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from bot.blocks import participant as blocks
from bot.blocks.ids import ParticipantId
from bot.commands.participant.words import without_links
from bot.services import participants
from bot.services.participants import StatusChange
from bot.slack.capability import Capability
from bot.slack.metadata import Metadata
from bot.slack.outcomes import Close, Open, Outcome, say
from domain.errors import RuleError
from domain.participant import EnrolmentLine, ParticipantStatus, Person, changes_by_hand
from domain.roles import Actor

capability = Capability()

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
    summary="Change by hand where a participant stands in a study",
    usage="E-MAIL|P17 KEY [STATUS]",
)
def typed(session: Session, actor: Actor, arguments: str, channel_id: str, now: datetime) -> Outcome:
    """With a status it is changed at once; without, the modal shows what is possible."""
    called, study_key, wanted = (*without_links(arguments).split(maxsplit=2), "", "", "")[:3]
    if not study_key:
        raise RuleError(f"Whose, and in which study? Write for example {EXAMPLE}.")
    person, line = participants.standing(session, actor, called, study_key)
    if not wanted:
        return open_modal(person, line, channel_id)
    to = status_called(wanted)
    participants.change_status(session, actor, StatusChange(line.enrolment_id, line.status, to, ""), now)
    return say(blocks.changed_text(person, line, to))


@capability.action(ParticipantId.STATUS, reads=True)
def clicked(session: Session, actor: Actor, value: str, channel_id: str) -> Outcome:
    return open_modal(*participants.standing_by_id(session, actor, int(value)), channel_id)


def open_modal(person: Person, line: EnrolmentLine, channel_id: str) -> Outcome:
    if not changes_by_hand(line.status, line.study_type):
        return say(f"*{person.alias}* is {line.status.value} in *{line.study_key}*: nothing follows that by hand.")
    return Open(blocks.status_modal(person, line, Changing(channel_id, line.enrolment_id, line.status.value).dump()))


@capability.submission(ParticipantId.STATUS_MODAL)
def submitted(session: Session, actor: Actor, fields: dict[str, Any], metadata: str, now: datetime) -> Outcome:
    changing = Changing.load(metadata)
    if not fields.get("status"):
        raise RuleError("Choose the status.", "status")
    person, line = participants.standing_by_id(session, actor, changing.enrolment_id)
    to = ParticipantStatus(fields["status"])
    change = StatusChange(changing.enrolment_id, ParticipantStatus(changing.seen), to, fields.get("reason") or "")
    participants.change_status(session, actor, change, now)
    return Close(say(blocks.changed_text(person, line, to)))


def status_called(text: str) -> ParticipantStatus:
    """The status of that name, however it is written. Raises RuleError for none."""
    plain = plain_word(text)
    found = next((status for status in ParticipantStatus if plain_word(status.value) == plain), OTHER_WORDS.get(plain))
    if found is None:
        raise RuleError(f"“{text[:40]}” is not a status. Leave it out to see what is possible.")
    return found


def plain_word(text: str) -> str:
    return re.sub(r"[\W_]", "", text.casefold())
