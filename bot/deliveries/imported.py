"""Files that people drop into a message: fetched, imported as whoever dropped them, and reported on in the thread."""

from __future__ import annotations

from bot.blocks import inviting, kit
from bot.deliveries.posting import Post, post_once
from bot.deliveries.scope import slack_team_of, workspace_of
from bot.deliveries.tools import Tools
from bot.importing import import_data, import_into_study
from bot.integrations.ports import Refused
from bot.services import dropped_files, invitation_lists, outgoing, pending_imports
from bot.services.imports import ImportKind, Report
from bot.services.imports.report import quoted
from bot.services.imports.sheet import LARGEST_FILE
from bot.services.outgoing import Whisper
from domain.errors import RuleError
from domain.importing import DroppedFile
from domain.roles import Actor
from storage import members
from storage.models import PendingImport
from storage.outbox import Delivery
from storage.participants import number_of

PROBLEMS_SHOWN = 20
LONGEST_REPORT = 3000


def deliver(delivery: Delivery, tools: Tools) -> None:
    """Fetch the file and import it. What became of it is posted by `post_report`."""
    with tools.database.reading() as session:
        slack_team_id = slack_team_of(session, delivery)
        actor = members.actor(session, int(delivery.subject))
        pending_id = delivery.payload.get("pending_id")
        pending = session.get(PendingImport, pending_id) if pending_id is not None else None
    if pending_id is None:
        deliver_for_invitation(tools, DroppedFile(**delivery.payload), actor, slack_team_id)
        return
    if pending is None:
        return
    file, now = DroppedFile(**pending.file), tools.clock.now()
    kind, chosen = ImportKind(pending.kind or ImportKind.PARTICIPANTS), pending_imports.chosen(pending)
    try:
        data = tools.slack.download(slack_team_id, file.url, LARGEST_FILE)
        text = told(file, import_data(tools.database, actor, data, kind, now, chosen))
    except (Refused, RuleError) as error:
        text = f"“{quoted(file.name)}” was not brought in. {error.why if isinstance(error, Refused) else error.message}"
    with tools.database.unit_of_work() as session:
        dropped_files.report_on(session, workspace_of(delivery), file, text, tools.clock.now())


def deliver_for_invitation(tools: Tools, file: DroppedFile, actor: Actor, slack_team_id: str) -> None:
    """Fetch the file and import it into the study; its people are kept, to be reviewed before they are invited."""
    now, list_id = tools.clock.now(), None
    try:
        data = tools.slack.download(slack_team_id, file.url, LARGEST_FILE)
        report = import_into_study(tools.database, actor, data, file.study_id, now)
        text = told(file, report, AGAIN_FOR_INVITATION)
        numbers = {number for row in report.rows if (number := number_of(row.reference)) is not None}
        if numbers:
            with tools.database.unit_of_work() as session:
                list_id = invitation_lists.add_numbered(session, actor, file.study_id, numbers, file.list_id, now)
    except (Refused, RuleError) as error:
        text = f"“{quoted(file.name)}” was not brought in. {error.why if isinstance(error, Refused) else error.message}"
    with tools.database.unit_of_work() as session:
        said = Whisper("", kit.escape(text), f"invite-file:{file.id}", inviting.report(text, list_id))
        outgoing.whisper(session, actor, said, now)


AGAIN = "Correct these rows and drop the file again: what is in already stays as it is."
AGAIN_FOR_INVITATION = "Correct these rows and choose the file again: what is in already stays as it is."


def told(file: DroppedFile, report: Report, again: str = AGAIN) -> str:
    """What is said of an import: the sum of it, the first of what was refused, and what to do about it (`again`)."""
    problems = [problem.sentence for problem in report.problems]
    lines = [f"“{quoted(file.name)}”: {report.summary}", *report.remarks, *problems[:PROBLEMS_SHOWN]]
    if len(problems) > PROBLEMS_SHOWN:
        lines.append(f"… and {len(problems) - PROBLEMS_SHOWN:,} more rows.")
    if problems:
        lines.append(again)
    return kit.fit("\n".join(lines), LONGEST_REPORT)


def post_report(delivery: Delivery, tools: Tools) -> None:
    """Post what became of a file, as plain text: it quotes what stands in it."""
    with tools.database.reading() as session:
        slack_team_id = slack_team_of(session, delivery)
    payload = delivery.payload
    block = {"type": "section", "text": kit.plain(payload["text"])}
    post = Post(payload["channel"], kit.escape(payload["text"]), [block], thread_ts=payload["thread_ts"])
    post_once(tools.slack, slack_team_id, delivery, post)
