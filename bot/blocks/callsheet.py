"""`/callsheet`: how it is doing, and a team's settings."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from bot.blocks import kit
from bot.blocks.ids import CallsheetId
from bot.blocks.kit import Block, Element, View
from domain.status import FailedDelivery, Status

KINDS = {
    "slack_card": "Interview card",
    "slack_thread": "Message in a card's thread",
    "slack_alert": "Alert",
    "slack_digest": "Digest",
    "slack_digest_update": "Digest",
    "slack_home": "App Home",
    "slack_notice": "Message",
    "slack_whisper": "Message",
    "slack_member": "Member's profile",
    "slack_members": "Members' profiles",
    "slack_import": "File",
    "slack_import_report": "Report on a file",
    "slack_file": "Exported file",
    "calendar_event": "Calendar event",
    "mail": "Mail",
}
"""What a kind of delivery is, to people."""

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
NEVER = "never"
CALENDARS_SHOWN = 10
DIGESTS_SHOWN = 20


def status(found: Status) -> tuple[str, list[Block]]:
    """How Callsheet is doing, with a button to retry what it gave up."""
    admins = " ".join(kit.user(admin) for admin in found.admin_slack_ids[:5]) or "nobody yet"
    head = (
        f"*Callsheet {kit.escape(found.version)}* in {short(found.workspace)}\n"
        f"Your role: {found.role.label} · Admins: {admins}"
    )
    blocks = [kit.section(head), *deliveries(found)]
    if found.unreadable_calendars:
        lines = [f"• {kit.user(member)}: {short(why, 200)}" for member, why in found.unreadable_calendars]
        blocks.append(kit.section(listed("Calendars that can't be read", lines, CALENDARS_SHOWN)))
    if found.digests:
        lines = [f"• {short(team)}: {kit.at(at) if at else 'none'}" for team, at in found.digests]
        blocks.append(kit.section(listed("Next digests", lines, DIGESTS_SHOWN)))
    if found.may_become_admin:
        blocks.append(
            kit.section("Callsheet has no Admin here yet. As an admin of this Slack workspace you can be it.")
        )
        blocks.append(kit.actions(kit.button("Become Admin", CallsheetId.BECOME_ADMIN, style="primary")))
    return f"Callsheet {found.version}: {found.waiting} waiting, {found.dead} failed", blocks


def short(text: str, limit: int = 120) -> str:
    """A text from people or from outside for mrkdwn, cut before it is escaped so that no entity is torn."""
    return kit.literal(kit.fit(text, limit))


def listed(title: str, lines: list[str], most: int) -> str:
    more = [f"and {len(lines) - most} more"] if len(lines) > most else []
    return "\n".join([f"*{title}*", *lines[:most], *more])


def deliveries(found: Status) -> list[Block]:
    """What is on its way out, and what was given up."""
    if not found.dead:
        return [kit.section(f"Deliveries: {found.waiting} waiting, none failed.")]
    retry = kit.button("Retry them", CallsheetId.RETRY) if found.may_retry else None
    blocks = [kit.section(f"Deliveries: {found.waiting} waiting, *{found.dead} failed*.", retry)]
    if found.failed:
        blocks.append(kit.context("\n".join(failure(letter) for letter in found.failed)))
    return blocks


def failure(letter: FailedDelivery) -> str:
    kind = KINDS.get(letter.kind, letter.kind.replace("_", " "))
    return f"{kit.escape(kind)}, {kit.at(letter.at)}: {short(letter.why, 300)}"


@dataclass(frozen=True, slots=True)
class TeamForm:
    """What a team's settings say at first. Hours are local to `time_zone`; days are 0 (Monday) to 6."""

    name: str
    time_zone: str
    digest_hour: int
    working_days: frozenset[int]
    tomorrow_from_hour: int | None
    names_in_channel: bool
    member_slack_ids: tuple[str, ...]


def settings_modal(form: TeamForm, metadata: str, *, is_new: bool) -> View:
    """A team's settings, or those of a team to be created in the channel."""
    hours = [kit.option(f"{hour:02}:00", str(hour)) for hour in range(24)]
    tomorrow = NEVER if form.tomorrow_from_hour is None else str(form.tomorrow_from_hour)
    day_options = [kit.option(name, str(day)) for day, name in enumerate(DAYS)]
    names = [
        kit.option("Show aliases such as P17", "no"),
        kit.option("Show participants' names", "yes"),
    ]
    intro = [kit.section("There is no team in this channel yet. Create one: its digest will be posted here.")]
    blocks = [
        *(intro if is_new else []),
        kit.field("name", "Team", kit.text_input("name", initial=form.name, longest=80)),
        kit.field("members", "Members", kit.users_select("members", initial=form.member_slack_ids), optional=True),
        kit.field(
            "time_zone",
            "Time zone",
            kit.typed_select(
                CallsheetId.ZONE_MENU, initial=zone_option(form.time_zone), placeholder="Type a city, such as Berlin"
            ),
        ),
        kit.field("digest_hour", "Daily digest at", kit.select("digest_hour", hours, initial=str(form.digest_hour))),
        kit.field(
            "working_days",
            "On",
            kit.checkboxes("working_days", day_options, initial=[str(day) for day in sorted(form.working_days)]),
            hint="Without any day there is no digest.",
            optional=True,
        ),
        kit.field(
            "tomorrow_from_hour",
            "Show tomorrow's sessions too, in digests from",
            kit.select("tomorrow_from_hour", [kit.option("Never", NEVER), *hours], initial=tomorrow),
        ),
        kit.field(
            "names_in_channel",
            "In channels",
            kit.radio("names_in_channel", names, initial="yes" if form.names_in_channel else "no"),
            hint="Names are personal data: everybody in the channel reads them.",
        ),
    ]
    return kit.modal(
        "New team" if is_new else "Team settings",
        blocks,
        callback_id=CallsheetId.SETTINGS_MODAL,
        submit="Create" if is_new else "Save",
        metadata=metadata,
    )


def zone_option(name: str) -> Element:
    """A time zone as a menu's option."""
    return kit.option(name.replace("_", " "), name)


def zone_options(names: Iterable[str]) -> list[Element]:
    return [zone_option(name) for name in names]
