"""Files that people drop into a message to the bot: taken in at once, fetched and imported by the delivery worker."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

from sqlalchemy.orm import Session

from bot.services import members as member_services
from bot.services import pending_imports
from bot.services.imports.report import quoted
from bot.services.imports.sheet import LARGEST_FILE
from bot.services.outgoing import Kind, channel_lane
from domain.errors import RuleError
from domain.importing import DroppedFile
from domain.roles import Actor, Permission
from storage import members, outbox
from storage.outbox import Lane, Outgoing

ENDINGS = (".csv", ".tsv", ".txt", ".tab", ".xlsx")


def take(session: Session, slack_team_id: str, slack_user_id: str, files: Sequence[DroppedFile], now: datetime) -> None:
    """Take in the files that somebody dropped: each is looked at once, or they are told why it is not."""
    if not files:
        return
    actor = members.find_actor(session, slack_team_id, slack_user_id) or member_services.first_seen(
        session, slack_team_id, slack_user_id, "", now
    )
    if actor is None:
        return
    for file in files:
        refusal = refused(actor, file)
        if refusal is None:
            pending_imports.take(session, actor, file, now)
        else:
            outbox.send(session, actor.workspace_id, now, answer(file, refusal))


def take_for_invitation(session: Session, actor: Actor, file: DroppedFile, now: datetime) -> None:
    """Take in a file of people who are to be invited. Raises RuleError at the field `file` for one that is refused."""
    refusal = refused(actor, file)
    if refusal is not None:
        raise RuleError(refusal, "file")
    outbox.send(session, actor.workspace_id, now, to_import(actor, file))


def refused(actor: Actor, file: DroppedFile) -> str | None:
    """Why the file is not imported, None when it is."""
    name = quoted(file.name)
    if not actor.may(Permission.MANAGE_INTERVIEWS, own_study=True):
        return (
            f"I can't bring in “{name}”: your role is {actor.role.label}. Ask an Admin of Callsheet for another role."
        )
    if not file.name.lower().endswith(ENDINGS):
        return f"I can't read “{name}”. Save it as .xlsx or CSV and drop it here again."
    if file.size > LARGEST_FILE:
        return f"“{name}” is larger than 10 MB. Split it into several."
    return None


def to_import(actor: Actor, file: DroppedFile) -> Outgoing:
    """What asks the worker to fetch and import the file. A second event about the same file does nothing."""
    return Outgoing(
        kind=Kind.IMPORT,
        dedupe_key=f"import:{file.id}",
        lane=Lane(f"import:{actor.workspace_id}"),
        subject=str(actor.member_id),
        payload=asdict(file),
    )


def answer(file: DroppedFile, text: str) -> Outgoing:
    """What is said of the file, in the thread of the message that it came with. `text` is plain."""
    return Outgoing(
        kind=Kind.IMPORT_REPORT,
        dedupe_key=f"import-report:{file.id}",
        lane=channel_lane(file.channel_id),
        payload={"channel": file.channel_id, "thread_ts": file.message_ts, "text": text},
    )


def report_on(session: Session, workspace_id: int, file: DroppedFile, text: str, now: datetime) -> None:
    """Say what became of the file. It is said once: of what a second try finds done already nobody is told."""
    outbox.send(session, workspace_id, now, answer(file, text))
