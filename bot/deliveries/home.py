"""A member's App Home."""

from __future__ import annotations

from bot.blocks import home as blocks
from bot.deliveries.message import fingerprint
from bot.deliveries.scope import workspace_of
from bot.deliveries.tools import Tools
from bot.integrations.ports import Missing
from bot.services import schedule
from bot.services.outgoing import Kind
from storage import members, projections
from storage.outbox import Delivery
from storage.projections import Remote

HOME = "home"


def deliver(delivery: Delivery, tools: Tools) -> None:
    """Publish the member's App Home, unless Slack shows it already. From then on it is kept up to date."""
    now = tools.clock.now()
    with tools.database.reading() as session:
        found = members.with_slack_team(session, int(delivery.subject))
        if found is None or not found[0].is_active:
            return
        member, slack_team_id = found
        view = blocks.view(schedule.home(session, members.actor(session, member.id), now))
        shown = projections.find(session, workspace_of(delivery), Kind.HOME, delivery.subject)
    remote = Remote(HOME, member.slack_user_id, fingerprint=fingerprint(view))
    if shown == remote:
        return
    try:
        tools.slack.call(slack_team_id, "views.publish", user_id=member.slack_user_id, view=view)
    except Missing:
        with tools.database.unit_of_work() as session:
            projections.forget(session, workspace_of(delivery), Kind.HOME, delivery.subject)
        return
    with tools.database.unit_of_work() as session:
        projections.remember(session, workspace_of(delivery), Kind.HOME, delivery.subject, remote, now)
