"""Changing who hosts an interview."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from bot.blocks import editing as blocks
from bot.blocks.ids import InterviewId
from bot.commands.interview.words import MENTION
from bot.services import hosts, schedule
from bot.services.hosts import HostChange
from bot.slack.capability import Capability
from bot.slack.metadata import Metadata
from bot.slack.outcomes import Close, Open, Options, Outcome, say
from domain.errors import RuleError
from domain.hosting import Candidate
from domain.roles import Actor

capability = Capability()


@dataclass(frozen=True, slots=True)
class Changing(Metadata):
    """Which interview gets another host, and who hosts it alone: 0 when there are several, or none."""

    interview_id: int = 0
    host_id: int = 0


@capability.subcommand("/interview", "host", summary="Give an interview another host", usage="KEY-7 [@who]")
def typed(session: Session, actor: Actor, arguments: str, channel_id: str, now: datetime, has_mail: bool) -> Outcome:
    """With somebody named it is done at once; of several hosts, the modal asks who is to go."""
    reference, _, named = arguments.partition(" ")
    interview_id = schedule.called(session, actor, reference)
    if not named.strip():
        return ask(session, actor, interview_id, channel_id)
    mention = MENTION.fullmatch(named.strip())
    if mention is None:
        raise RuleError(
            f"I don't know who “{named.strip()[:60]}” is. Choose the person from the list that Slack shows when you "
            "type @, so that the name becomes a mention."
        )
    chosen = hosts.candidate_called(session, actor, interview_id, mention[1].upper())
    if len(schedule.find(session, actor, interview_id).line.hosts) > 1:
        return ask(session, actor, interview_id, channel_id, chosen)
    done = hosts.change_host(session, actor, interview_id, HostChange(chosen.member_id), now)
    return say(blocks.host_changed_text(done, has_mail=has_mail))


@capability.action(InterviewId.CHANGE_HOST, reads=True)
def clicked(session: Session, actor: Actor, value: str, channel_id: str) -> Outcome:
    return ask(session, actor, int(value), channel_id)


def ask(session: Session, actor: Actor, interview_id: int, channel_id: str, chosen: Candidate | None = None) -> Outcome:
    """Open the modal with those who can host it."""
    found = hosts.candidates(session, actor, interview_id)
    present = found.line.hosts
    metadata = Changing(channel_id, interview_id, present[0].member_id if len(present) == 1 else 0)
    return Open(blocks.host_modal(found, metadata.dump(), chosen))


@capability.options(InterviewId.HOST_MENU)
def find_hosts(session: Session, actor: Actor, metadata: str, typed: str) -> Outcome:
    """Those who can host it, whose name has a word that begins with what was typed."""
    found = hosts.candidates(session, actor, Changing.load(metadata).interview_id)
    return Options(blocks.host_options(found.matching(typed)))


@capability.submission(InterviewId.HOST_MODAL)
def submitted(
    session: Session, actor: Actor, fields: dict[str, Any], metadata: str, now: datetime, has_mail: bool
) -> Outcome:
    if not fields.get("host"):
        raise RuleError("Choose who is to host it.", "host")
    changing = Changing.load(metadata)
    wanted = HostChange(int(fields["host"]), int(fields.get("instead_of") or changing.host_id) or None)
    done = hosts.change_host(session, actor, changing.interview_id, wanted, now)
    return Close(say(blocks.host_changed_text(done, has_mail=has_mail)))
