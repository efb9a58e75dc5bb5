"""The daily digest: which teams get one now, in how many messages, and what each shows."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from bot.services import outgoing
from bot.services.outgoing import Kind, channel_lane
from domain.digest import Digest, DigestDays, DigestPlan, DigestSection, Entries, days_of, is_due, next_digest, split
from domain.errors import NotFound
from domain.interview import InterviewLine
from domain.roles import Actor, Permission
from domain.times import local_day, today
from storage import digests, interviews, ledger, members, outbox
from storage.digests import SeenTo
from storage.members import TeamSettings
from storage.models import Team
from storage.outbox import Outgoing

LEDGER = "digest"


def plan_of(team: TeamSettings) -> DigestPlan:
    """When the team wants its digest."""
    return DigestPlan(team.digest_hour, team.working_days, team.time_zone)


def days_told(team: TeamSettings, now: datetime) -> DigestDays:
    """The days that the team's digest of `now` tells of."""
    return days_of(plan_of(team), now, team.tomorrow_from_hour, team.last_digest_at)


def post_due(session: Session, team_ids: Collection[int], now: datetime) -> int:
    """Post the digests of those teams that are due: one a team and local day, none with nothing to say. How many
    messages.

    The number of statements depends neither on the teams nor on their sessions.
    """
    teams = digests.due_teams(session, team_ids, now)
    days = {team.id: days_told(team, now) for team in teams if is_due(plan_of(team), now)}
    found = digests.entries(session, days)
    subject_of = {team_id: f"{team_id}:{days[team_id].day}" for team_id in found}
    fresh = ledger.enter(session, LEDGER, subject_of.values(), now)
    messages = [
        (team.workspace_id, message)
        for team in teams
        if subject_of.get(team.id) in fresh
        for message in messages_of(team, days[team.id], found[team.id])
    ]
    sent = outbox.send_all(session, messages, now)
    seen_to = [
        SeenTo(team.id, now if team.id in days else team.last_digest_at, next_digest(plan_of(team), now))
        for team in teams
    ]
    digests.note_seen_to(session, seen_to)
    return sent


def post_now(session: Session, actor: Actor, team_id: int, now: datetime) -> int:
    """Post the team's digest because the actor asks for it. How many messages; 0 when there is nothing to say.

    Asking twice within a minute posts once. Raises NotFound for a team that the actor does not see, and NotAllowed for
    somebody who manages no interviews.
    """
    actor.require(Permission.MANAGE_INTERVIEWS, own_study=True)
    team = members.team_settings(visible_team(session, actor, team_id))
    days = days_told(team, now)
    found = digests.entries(session, {team.id: days}).get(team.id, ())
    messages = messages_of(team, days, found, asked_at=f"{now:%H%M}")
    outbox.send_all(session, [(team.workspace_id, message) for message in messages], now)
    return len(messages)


def visible_team(session: Session, actor: Actor, team_id: int) -> Team:
    """The team. Raises NotFound for one that the actor does not see."""
    found = next((team for team in members.teams_of(session, actor) if team.id == team_id), None)
    if found is None:
        raise NotFound("There is no such team.")
    return found


def messages_of(team: TeamSettings, days: DigestDays, entries: Entries, asked_at: str | None = None) -> list[Outgoing]:
    """The messages of a team's digest. `asked_at` tells one that was asked for from the day's own."""
    parts = split(entries)
    counted = [[section.value, id_] for section, id_ in entries if section is not DigestSection.TOMORROW]
    return [
        Outgoing(
            kind=Kind.DIGEST,
            dedupe_key=digest_key(team.id, days.day, number, asked_at),
            lane=channel_lane(team.channel_id),
            subject=str(team.id),
            payload={
                "team_id": team.id,
                "channel": team.channel_id,
                "date": days.day.isoformat(),
                "part": number,
                "of": len(parts),
                "entries": [[section.value, id_] for section, id_ in part],
                "counted": counted,
            },
        )
        for number, part in enumerate(parts, start=1)
    ]


def digest_key(team_id: int, day: date, part: int, asked_at: str | None = None) -> str:
    """What makes a digest's message single, and what it is known by afterwards."""
    asked = f":{asked_at}" if asked_at else ""
    return f"digest:{team_id}:{day}{asked}:{part}"


def show(session: Session, workspace_id: int, payload: Mapping[str, Any], now: datetime) -> Digest:
    """One message of a digest, with the sessions as they are now."""
    shown, counted = entries_of(payload["entries"]), entries_of(payload["counted"])
    ids = {id_ for _, id_ in (*shown, *counted)}
    lines = {line.id: line for line in interviews.lines(session, workspace_id, ids)}

    def of_section(wanted: DigestSection) -> list[InterviewLine]:
        return [lines[id_] for section, id_ in counted if section is wanted and id_ in lines]

    return Digest(
        day=date.fromisoformat(payload["date"]),
        part=payload["part"],
        of=payload["of"],
        sessions=len(of_section(DigestSection.TODAY)),
        need_attention=sum(bool(line.problems(now)) for line in of_section(DigestSection.TODAY)),
        outcomes_missing=sum(bool(line.problems(now)) for line in of_section(DigestSection.UNVERIFIED)),
        sections={
            section: tuple(lines[id_] for stands_in, id_ in shown if stands_in is section and id_ in lines)
            for section in DigestSection
        },
    )


def entries_of(stored: Sequence[Sequence[Any]]) -> Entries:
    """Sessions with their sections, as they stand in a message's payload."""
    return [(DigestSection(section), int(id_)) for section, id_ in stored]


def redraw(session: Session, workspace_id: int, team_id: int, now: datetime) -> None:
    """Draw the team's digests of today again, those that were asked for too: a session in them may have changed."""
    team = members.team(session, workspace_id, team_id)
    since = local_day(today(now, team.time_zone), team.time_zone).start
    for key in digests.posted(session, workspace_id, Kind.DIGEST_UPDATE, team.channel_id, since):
        outgoing.show_digest(session, workspace_id, key, team.channel_id, now)
