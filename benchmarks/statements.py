"""How many SQL statements an answer takes, counted in this process around the bot's own listeners."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from benchmarks.data import ASKER, CHANNEL, OLD, SLACK_TEAM
from benchmarks.figures import Figure
from benchmarks.instant_slack import InstantSlack
from bot.clock import SystemClock
from bot.commands import CAPABILITIES
from bot.deliveries import home
from bot.deliveries.tools import Tools
from bot.metrics import Metrics
from bot.services.outgoing import Kind
from bot.slack import payloads
from bot.slack.listener import Surroundings, run
from bot.slack.router import Router
from storage import outbox
from storage.engine import Database
from storage.outbox import Delivery
from tests.builders import counted_statements

MOST_STATEMENTS = 6
PAYLOAD = {"team_id": SLACK_TEAM, "user_id": ASKER, "channel_id": CHANNEL}
LEASE = timedelta(minutes=1)


def measure(small: Database, large: Database) -> list[Figure]:
    """Each answer's statements with many interviews stored, and how many more they are than with few."""
    counts: dict[str, Callable[[Database], int]] = {
        "/interview today": lambda database: of_command(database, "today"),
        "/interview KEY-7": lambda database: of_command(database, OLD),
        "App Home, opened": of_home_opened,
        "App Home, read": of_home_read,
    }
    return [figure for name, count in counts.items() for figure in compared(name, count(small), count(large))]


def compared(name: str, of_few: int, of_many: int) -> list[Figure]:
    return [
        Figure(f"SQL: {name}", of_many, "statements", MOST_STATEMENTS, "with many interviews stored"),
        Figure(f"SQL: {name}, many − few", abs(of_many - of_few), "statements", 0, f"{of_many} and {of_few}"),
    ]


def surroundings(database: Database) -> Surroundings:
    """What listeners run in, with a Slack that takes no time."""
    return Surroundings(database, SystemClock(), InstantSlack(), Metrics(), public_url=None, has_mail=False)


def of_command(database: Database, text: str) -> int:
    """The statements of `/interview text`."""
    incoming = payloads.of_command({**PAYLOAD, "trigger_id": "1.1", "text": text})
    listener, arguments = Router(CAPABILITIES).find("/interview", incoming.arguments)
    with counted_statements(database) as statements:
        run(listener, incoming.with_arguments(arguments, aloud=False), surroundings(database))
    return len(statements)


def of_home_opened(database: Database) -> int:
    """The statements of the listener that is told that App Home was opened."""
    event = {"type": "app_home_opened", "tab": "home", "user": ASKER, "channel": "D0BENCHES0"}
    incoming = payloads.of_event({"team_id": SLACK_TEAM, "event_id": "Ev0BENCHES0", "event": event})
    listener = next(each for capability in CAPABILITIES for each in capability.listeners if each.name == event["type"])
    with counted_statements(database) as statements:
        run(listener, incoming, surroundings(database))
    return len(statements)


def of_home_read(database: Database) -> int:
    """The statements with which what App Home shows is read. Writing down that it was drawn is one more."""
    around = surroundings(database)
    tools = Tools(database, around.clock, around.slack, calendar=None, mailer=None, public_url=None)
    delivery = home_delivery(database)
    with counted_statements(database) as statements:
        home.deliver(delivery, tools)
    return sum(statement.startswith("SELECT") for statement in statements)


def home_delivery(database: Database) -> Delivery:
    """The order to draw App Home that `of_home_opened` left."""
    with database.unit_of_work() as session:
        claimed = outbox.claim(session, SystemClock().now(), LEASE, limit=10)
    return next(delivery for delivery in claimed if delivery.kind == Kind.HOME)
