"""Files that a member asked for: made now, as things are now, and put into their direct conversation with the bot."""

from __future__ import annotations

from bot.blocks import kit
from bot.deliveries.notice import direct
from bot.deliveries.posting import posted_since
from bot.deliveries.scope import slack_team_of, workspace_of
from bot.deliveries.tools import Tools
from bot.integrations.ports import Refused
from bot.services import exports, outgoing
from bot.services.exports import ExportedFile
from bot.services.outgoing import Whisper
from bot.slack.gateway import FileToSend
from domain.errors import RuleError
from storage import members
from storage.models import Member
from storage.outbox import Delivery

NO_SCOPE = (
    "Callsheet may not send files in this workspace yet. Ask an admin to install it anew with the present manifest "
    "(it needs files:write), or use the command line: `callsheet export`."
)
COMMENT = "The file that you asked for. It holds personal data: give it to whom it is for, then delete it here."
REFUSALS = ("missing_scope", "not_allowed_token_type", "file_uploads_disabled", "no_permission")


def deliver(delivery: Delivery, tools: Tools) -> None:
    """Make the file and hand it over. Who may not have it any more, or has left, gets nothing."""
    now = tools.clock.now()
    with tools.database.reading() as session:
        slack_team_id = slack_team_of(session, delivery)
        member = session.get(Member, int(delivery.subject))
        if member is None or not member.is_active or member.workspace_id != workspace_of(delivery):
            return
        actor = members.actor(session, member.id)
        try:
            made = exports.make(session, actor, delivery.payload, now)
        except RuleError as error:
            made, why = None, error.message
    if made is None:
        tell(delivery, tools, why)
        return
    channel_id = direct(slack_team_id, actor.slack_user_id, tools)
    if is_there(delivery, tools, slack_team_id, channel_id, made):
        return
    try:
        tools.slack.upload(slack_team_id, channel_id, FileToSend(made.name, made.title, COMMENT, made.data))
    except Refused as error:
        if error.code not in REFUSALS:
            raise
        tell(delivery, tools, NO_SCOPE)


def tell(delivery: Delivery, tools: Tools, why: str) -> None:
    """Say why there is no file."""
    with tools.database.unit_of_work() as session:
        actor = members.actor(session, int(delivery.subject))
        said = Whisper("", kit.escape(why), f"no-{delivery.dedupe_key}")
        outgoing.whisper(session, actor, said, tools.clock.now())


def is_there(delivery: Delivery, tools: Tools, slack_team_id: str, channel_id: str, file: ExportedFile) -> bool:
    """Whether an earlier try of this delivery, whose outcome nobody knows, brought the file: its name is its own."""
    if delivery.attempted_at is None:
        return False
    messages = posted_since(tools.slack, slack_team_id, delivery.attempted_at, channel_id)
    return any(each.get("name") == file.name for message in messages for each in message.get("files") or [])
