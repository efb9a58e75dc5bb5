"""Who may host an interview instead of somebody else (DOMAIN, "Scheduling": change host)."""

from __future__ import annotations

from dataclasses import dataclass

from domain.booking import HostFacts, engagement
from domain.interview import InterviewLine
from domain.times import Span


@dataclass(frozen=True, slots=True)
class Candidate:
    """A member of the study's team. `why_not` completes "Aisha Bello: …", None for one who may host it.

    `is_busy`: their calendar has something else at that time, which is a warning and no bar.
    """

    member_id: int
    slack_user_id: str
    name: str
    why_not: str | None
    is_busy: bool


@dataclass(frozen=True, slots=True)
class Candidates:
    """Everybody in the study's team, by name, and the interview that is to have another host."""

    line: InterviewLine
    everybody: tuple[Candidate, ...]

    @property
    def eligible(self) -> tuple[Candidate, ...]:
        return tuple(each for each in self.everybody if each.why_not is None)

    def matching(self, typed: str) -> tuple[Candidate, ...]:
        """Those who may host it and whose name, or a word of it, begins with what was typed."""
        wanted = " ".join(typed.casefold().split())
        return tuple(each for each in self.eligible if f" {wanted}" in f" {each.name.casefold()}")

    @property
    def others(self) -> tuple[Candidate, ...]:
        """Those who may not host it; who does already needs no explanation."""
        hosts = {host.member_id for host in self.line.hosts}
        return tuple(each for each in self.everybody if each.why_not is not None and each.member_id not in hosts)


@dataclass(frozen=True, slots=True)
class HostChanged:
    """What a change of host did. The calendar is making a new link (`makes_link`), or the old one stays (`keeps_link`).

    `is_busy`: the new host's calendar has something else at that time.
    """

    reference: str
    host_slack_id: str
    old_slack_id: str | None
    makes_link: bool
    keeps_link: bool
    is_busy: bool


def obstacle(host: HostFacts, span: Span, *, is_host: bool, is_in_team: bool) -> str | None:
    """Why the member can't host the session; None when they can. A busy calendar is no bar."""
    if is_host:
        return "hosts it already"
    if not host.is_active:
        return "no longer active in Slack"
    if not is_in_team:
        return "not in the study's team"
    if host.calendar is None or not host.calendar.takes_events:
        return "no connected calendar"
    if host.calendar.problem is not None:
        return "calendar can't be read"
    taken = engagement(host.taken, span)
    return f"hosts {taken} at that time" if taken is not None else None
