"""`/callsheet mails`: what a team's mails to participants say, in its own words where it likes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from bot.blocks import kit
from bot.blocks import team_mails as blocks
from bot.blocks.ids import CallsheetId
from bot.services import team_mails
from bot.slack.capability import Capability
from bot.slack.metadata import Metadata
from bot.slack.outcomes import Close, Open, Outcome, Update, say
from domain.drafts import STANDARD, Wording
from domain.errors import RuleError
from domain.mail import MailKind
from domain.roles import Actor

capability = Capability()

NO_MAIL = "No mail is set up, so no test can go out. Whoever runs Callsheet sets it up with CALLSHEET_SMTP_URL."


@dataclass(frozen=True, slots=True)
class Writing(Metadata):
    """Whose version of which kind of mail is being written."""

    team_id: int = 0
    kind: str = ""


@capability.subcommand(
    "/callsheet", "mails", summary="What your team's mails to participants say", menu="Mails", reads=True
)
def show(session: Session, actor: Actor, channel_id: str) -> Outcome:
    shown = team_mails.listed(session, actor, channel_id)
    return Open(blocks.list_modal(shown, Metadata(channel_id).dump()))


@capability.action(CallsheetId.MAILS_EDIT, reads=True)
def edit(session: Session, actor: Actor, value: str, metadata: str, now: datetime) -> Outcome:
    team_id, kind = named(value)
    shown = team_mails.to_edit(session, actor, team_id, kind, now)
    writing = Writing(Metadata.load(metadata).channel_id, team_id, kind.value)
    return Open(blocks.edit_modal(shown, writing.dump()))


@capability.action(CallsheetId.MAILS_TYPED, reads=True)
def preview(session: Session, actor: Actor, fields: dict[str, Any], metadata: str, now: datetime) -> Outcome:
    """How it reads so far. What is typed stays: to Slack the inputs are the same."""
    writing = Writing.load(metadata)
    shown = team_mails.to_edit(session, actor, writing.team_id, MailKind(writing.kind), now, typed_in(fields))
    return Update(blocks.edit_modal(shown, metadata), is_live=True)


@capability.action(CallsheetId.MAILS_TEST)
def try_out(
    session: Session, actor: Actor, fields: dict[str, Any], metadata: str, now: datetime, has_mail: bool
) -> Outcome:
    """Send what is written so far to the person who writes it."""
    if not has_mail:
        raise RuleError(NO_MAIL)
    writing, words = Writing.load(metadata), typed_in(fields)
    kind = MailKind(writing.kind)
    address = team_mails.send_sample(session, actor, writing.team_id, kind, words, now)
    shown = team_mails.to_edit(session, actor, writing.team_id, kind, now, words)
    return Update(blocks.edit_modal(shown, metadata, f"A test is on its way to {kit.literal(address)}."))


@capability.submission(CallsheetId.MAILS_EDIT_MODAL)
def save(session: Session, actor: Actor, fields: dict[str, Any], metadata: str, now: datetime) -> Outcome:
    writing, words = Writing.load(metadata), typed_in(fields)
    kind = MailKind(writing.kind)
    team = team_mails.save(session, actor, writing.team_id, kind, words, now)
    return Close(say(blocks.saved_text(team.name, kind, is_own=words != STANDARD[kind])))


@capability.action(CallsheetId.MAILS_RESET)
def reset(session: Session, actor: Actor, value: str, metadata: str) -> Outcome:
    team_id, kind = named(value)
    team = team_mails.reset(session, actor, team_id, kind)
    shown = team_mails.of_team(session, team)
    return Update(blocks.list_modal(shown, metadata, blocks.saved_text(team.name, kind, is_own=False)))


def named(value: str) -> tuple[int, MailKind]:
    """The team's id and the kind that a button names."""
    team_id, _, kind = value.partition(":")
    return int(team_id), MailKind(kind)


def typed_in(fields: dict[str, Any]) -> Wording:
    """What is written so far."""
    return Wording((fields.get("subject") or "").strip(), (fields.get("text") or "").strip())
