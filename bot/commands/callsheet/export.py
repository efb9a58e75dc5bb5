"""`/callsheet export participants CHK xlsx`: a table as a file, in a direct message."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from bot.blocks import exporting as blocks
from bot.blocks.ids import CallsheetId
from bot.blocks.participant import study_options
from bot.services import exports, studies
from bot.services.exports import tables
from bot.services.exports.files import OF_A_TABLE, format_called
from bot.services.exports.tables import Wanted
from bot.services.studies import Filter
from bot.slack.capability import Capability
from bot.slack.metadata import Metadata
from bot.slack.outcomes import Close, Open, Options, Outcome, say
from domain.roles import Actor, Permission

capability = Capability()


@dataclass(frozen=True, slots=True)
class Words:
    """What was asked for, in words: which table, of which study (empty: the workspace), in which format."""

    what: str
    study: str
    form: str

    @classmethod
    def typed(cls, arguments: str) -> Words:
        """`participants CHK xlsx`: the study and the format may be left out, and stand in either order."""
        what, *others = arguments.split()
        forms = [word for word in others if word.lower() in OF_A_TABLE]
        keys = [word for word in others if word.lower() not in OF_A_TABLE]
        return cls(what, " ".join(keys), " ".join(forms))


@capability.subcommand(
    "/callsheet",
    "export",
    summary="Participants, interviews or their timelines as a file",
    usage="[participants|interviews|timeline] [KEY] [csv|xlsx]",
    menu="Export",
)
def typed(session: Session, actor: Actor, arguments: str, channel_id: str, now: datetime) -> Outcome:
    """Alone it opens the modal."""
    if not arguments:
        actor.require(Permission.MANAGE_INTERVIEWS, own_study=True)
        return Open(blocks.modal(tables.TABLES, OF_A_TABLE, Metadata(channel_id).dump()))
    return say(ask(session, actor, Words.typed(arguments), now))


@capability.submission(CallsheetId.EXPORT_MODAL)
def submitted(session: Session, actor: Actor, fields: dict[str, Any], now: datetime) -> Outcome:
    words = Words(fields.get("what") or "", fields.get("study") or "", fields.get("format") or "")
    return Close(say(ask(session, actor, words, now)))


@capability.options(CallsheetId.EXPORT_STUDY_MENU)
def find_studies(session: Session, actor: Actor, typed: str) -> Outcome:
    found, _ = studies.listing(session, actor, Filter(prefix=typed.strip()), None)
    return Options(study_options(found))


def ask(session: Session, actor: Actor, words: Words, now: datetime) -> str:
    """Have the file made. What is to be said of it, in mrkdwn."""
    wanted = Wanted(tables.table_called(words.what), words.study, format_called(words.form, OF_A_TABLE))
    asked = tables.ask(session, actor, wanted, now)
    exports.ask_for(session, actor, asked, now)
    where = f" of *{asked['study']}*" if asked["study"] else ""
    return f"The {wanted.kind.value}{where} are on their way to you, in a direct message."
