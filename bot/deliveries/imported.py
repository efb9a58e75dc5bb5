"""Files that people drop into a message: fetched, imported as whoever dropped them, and reported on in the thread."""

from __future__ import annotations

from bot.blocks import kit
from bot.deliveries.posting import Post, post_once
from bot.deliveries.scope import slack_team_of, workspace_of
from bot.deliveries.tools import Tools
from bot.importing import import_data
from bot.integrations.ports import Refused
from bot.services import dropped_files
from bot.services.dropped_files import DroppedFile
from bot.services.imports import Report
from bot.services.imports.report import quoted
from bot.services.imports.sheet import LARGEST_FILE
from domain.errors import RuleError
from storage import members
from storage.outbox import Delivery

PROBLEMS_SHOWN = 20
LONGEST_REPORT = 3000


def deliver(delivery: Delivery, tools: Tools) -> None:
    """Fetch the file and import it. What became of it is posted by `post_report`."""
    file = DroppedFile(**delivery.payload)
    with tools.database.reading() as session:
        slack_team_id = slack_team_of(session, delivery)
        actor = members.actor(session, int(delivery.subject))
    now = tools.clock.now()
    try:
        data = tools.slack.download(slack_team_id, file.url, LARGEST_FILE)
        text = told(file, import_data(tools.database, actor, data, None, now))
    except (Refused, RuleError) as error:
        text = f"“{quoted(file.name)}” was not brought in. {error.why if isinstance(error, Refused) else error.message}"
    with tools.database.unit_of_work() as session:
        dropped_files.report_on(session, workspace_of(delivery), file, text, tools.clock.now())


def told(file: DroppedFile, report: Report) -> str:
    """What is said of an import: the sum of it, and the first of what was refused."""
    problems = [problem.sentence for problem in report.problems]
    lines = [f"“{quoted(file.name)}”: {report.summary}", *report.remarks, *problems[:PROBLEMS_SHOWN]]
    if len(problems) > PROBLEMS_SHOWN:
        lines.append(f"… and {len(problems) - PROBLEMS_SHOWN:,} more rows.")
    if problems:
        lines.append("Correct these rows and drop the file again: what is in already stays as it is.")
    return kit.fit("\n".join(lines), LONGEST_REPORT)


def post_report(delivery: Delivery, tools: Tools) -> None:
    """Post what became of a file, as plain text: it quotes what stands in it."""
    with tools.database.reading() as session:
        slack_team_id = slack_team_of(session, delivery)
    payload = delivery.payload
    block = {"type": "section", "text": kit.plain(payload["text"])}
    post = Post(payload["channel"], kit.escape(payload["text"]), [block], thread_ts=payload["thread_ts"])
    post_once(tools.slack, slack_team_id, delivery, post)
