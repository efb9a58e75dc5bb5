"""Files that people drop into a message: fetched and looked at, so that they see what would happen before it does."""

from __future__ import annotations

from bot.blocks import importing as blocks
from bot.blocks import kit
from bot.blocks.kit import Block
from bot.deliveries.posting import Post, post_once
from bot.deliveries.scope import slack_team_of
from bot.deliveries.tools import Tools
from bot.importing import preview_data
from bot.integrations.ports import Refused
from bot.services import pending_imports
from bot.services.imports.report import quoted
from bot.services.imports.sheet import LARGEST_FILE
from domain.errors import RuleError
from domain.importing import DroppedFile
from storage import members
from storage.models import PendingImport
from storage.outbox import Delivery


def deliver(delivery: Delivery, tools: Tools) -> None:
    """Fetch the file, look at it, and post what it would do in the thread of the message that it came with."""
    pending_id, round_ = delivery.payload["pending_id"], delivery.payload["round"]
    with tools.database.reading() as session:
        slack_team_id = slack_team_of(session, delivery)
        actor = members.actor(session, int(delivery.subject))
        pending = session.get(PendingImport, pending_id)
        if pending is None or pending.decided_at is not None or pending.round != round_:
            return
        file, kind, chosen = (
            DroppedFile(**pending.file),
            pending_imports.kind_of(pending),
            pending_imports.chosen(pending),
        )
    try:
        data = tools.slack.download(slack_team_id, file.url, LARGEST_FILE)
        found = preview_data(tools.database, actor, data, kind, chosen, tools.clock.now())
    except (Refused, RuleError) as error:
        why = error.why if isinstance(error, Refused) else error.message
        text = f"“{quoted(file.name)}” was not brought in. {why}"
        block: Block = {"type": "section", "text": kit.plain(text)}
        post = Post(file.channel_id, kit.escape(text), [block], thread_ts=file.message_ts)
    else:
        with tools.database.unit_of_work() as session:
            pending_imports.looked_at(session, pending_id, found)
        text, drawn = blocks.preview(file.name, found, blocks.value_of(pending_id, round_))
        post = Post(file.channel_id, text, drawn, thread_ts=file.message_ts)
    post_once(tools.slack, slack_team_id, delivery, post)
