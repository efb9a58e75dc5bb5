"""Whether somebody may be contacted, in any study or in one (DOMAIN, "Contact status (workspace-wide) and governance").

A period of N days is N times 24 hours back from now: what happened exactly so long ago counts no more. What is dated
ahead counts already, so that time alone never makes a rule say no: it only lets rules say yes again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TypeVar

from domain import incentive
from domain.contact_rules import Rule, RuleKind, studies, times, within
from domain.study import StudyType
from domain.times import local


class ContactStatus(StrEnum):
    """Whether a person may be contacted at all, in any study. Worst first: the first that is true is shown."""

    IN_BLOCKLIST = "In Blocklist"
    OPTED_OUT = "Opted Out"
    DO_NOT_CONTACT = "Do Not Contact"
    IN_COOLDOWN = "In Cooldown"
    FREE_TO_CONTACT = "Free to contact"


SEVERITY = {status: place for place, status in enumerate(ContactStatus)}
"""The smaller, the worse."""


@dataclass(frozen=True, slots=True)
class ContactFacts:
    """The facts that the contact status is derived from. All instants aware UTC."""

    blocklisted_at: datetime | None = None
    opted_out_at: datetime | None = None
    do_not_contact_reason: str | None = None
    cooldown_until: datetime | None = None


def contact_status(facts: ContactFacts, now: datetime) -> ContactStatus:
    """The contact status without the workspace's rules: the worst of what is true at `now`."""
    if facts.blocklisted_at is not None:
        return ContactStatus.IN_BLOCKLIST
    if facts.opted_out_at is not None:
        return ContactStatus.OPTED_OUT
    if facts.do_not_contact_reason is not None:
        return ContactStatus.DO_NOT_CONTACT
    if facts.cooldown_until is not None and facts.cooldown_until > now:
        return ContactStatus.IN_COOLDOWN
    return ContactStatus.FREE_TO_CONTACT


@dataclass(frozen=True, slots=True)
class Invitation:
    """That somebody was invited to a study. Aware UTC."""

    at: datetime
    study_id: int


@dataclass(frozen=True, slots=True)
class Participation:
    """That somebody took part in a study, with what it pays, in minor units. Aware UTC."""

    at: datetime
    study_id: int
    study_type: StudyType
    amount_minor: int | None = None
    currency: str | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """All that rules look at of one person, as far back as the longest of them. Instants are aware UTC.

    `bounced_at` is since when no mail reaches them.
    """

    contact: ContactFacts = ContactFacts()
    blocklist_reason: str | None = None
    bounced_at: datetime | None = None
    invitations: Sequence[Invitation] = ()
    participations: Sequence[Participation] = ()


@dataclass(frozen=True, slots=True)
class About:
    """The study for which somebody would be contacted: what happened in it does not count against that.

    Somebody who was invited to it may be reminded, and may be written to as they get on in it.
    """

    study_id: int
    pays_minor: int | None = None
    currency: str | None = None


@dataclass(frozen=True, slots=True)
class Reason:
    """Why somebody may not be contacted. `text` follows the person's name, `note` is what a member wrote of it.

    `clears_at` is when it is so no more if nothing else happens, None: not by time alone. `rule` is the one that says
    so, None for a fact. An override lifts it unless it `is_final`.
    """

    status: ContactStatus
    text: str
    clears_at: datetime | None = None
    note: str | None = None
    rule: Rule | None = None
    is_final: bool = False

    @property
    def is_bounce(self) -> bool:
        """Whether it is that no mail reaches them."""
        return self.is_final and self.status is ContactStatus.DO_NOT_CONTACT

    def sentence(self, zone_name: str, now: datetime, *, with_note: bool = True) -> str:
        """`took part in 3 studies within 90 days; at most 2 are allowed; free again on 4 December`."""
        note = f": {self.note.strip()}" if with_note and self.note and self.note.strip() else ""
        free = f"; free again on {day_of(self.clears_at, zone_name, now)}" if self.clears_at is not None else ""
        return f"{self.text}{note}{free}"


def day_of(instant: datetime, zone_name: str, now: datetime) -> str:
    """`4 December` on the calendar of a zone; with its year unless that is this one."""
    there = local(instant, zone_name)
    year = f" {there.year}" if there.year != local(now, zone_name).year else ""
    return f"{there.day} {there:%B}{year}"


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What rules and facts say of somebody at an instant. `reasons` are all of them, the worst first.

    `is_overridden`: an override lifts some of the reasons, which are given all the same. `clears_at` is the earliest
    instant at which time alone may change any of this, None when it can't.
    """

    status: ContactStatus
    reasons: tuple[Reason, ...] = ()
    is_overridden: bool = False
    clears_at: datetime | None = None

    @property
    def is_free(self) -> bool:
        return self.status is ContactStatus.FREE_TO_CONTACT

    @property
    def may_be_overridden(self) -> bool:
        """Whether somebody is barred, and only by what an override lifts."""
        return not self.is_free and not any(reason.is_final for reason in self.reasons)

    @property
    def barring(self) -> tuple[Reason, ...]:
        """The reasons that hold: without those that an override lifts."""
        return tuple(one for one in self.reasons if one.is_final) if self.is_overridden else self.reasons

    def sentences(self, zone_name: str, now: datetime, *, with_notes: bool = True) -> tuple[str, ...]:
        """Every reason, as it follows the person's name; with what members wrote of it."""
        return tuple(reason.sentence(zone_name, now, with_note=with_notes) for reason in self.reasons)


FREE = Evaluation(ContactStatus.FREE_TO_CONTACT)


def evaluate(
    rules: Sequence[Rule], facts: Facts, now: datetime, *, about: About | None = None, is_overridden: bool = False
) -> Evaluation:
    """What the rules and facts say of a person: every rule is looked at, every reason given, the worst status wins.

    With `about` it is for one study, and `is_overridden` says that somebody has overridden the rules for it.
    """
    reasons = facts_against(facts, now)
    for rule in rules:
        look = LOOKS.get(rule.kind)
        found = look(rule, facts, now, about) if look is not None else None
        if found is not None:
            reasons.append(found)
    if not reasons:
        return FREE
    reasons.sort(key=lambda one: SEVERITY[one.status])
    lifted = is_overridden and any(not one.is_final for one in reasons)
    holding = [one for one in reasons if one.is_final] if is_overridden else reasons
    clears = [one.clears_at for one in reasons if one.clears_at is not None]
    return Evaluation(
        status=holding[0].status if holding else ContactStatus.FREE_TO_CONTACT,
        reasons=tuple(reasons),
        is_overridden=lifted,
        clears_at=min(clears) if clears else None,
    )


def facts_against(facts: Facts, now: datetime) -> list[Reason]:
    """What stands against contact whatever the rules are."""
    contact, found = facts.contact, []
    if contact.blocklisted_at is not None:
        status = ContactStatus.IN_BLOCKLIST
        found.append(Reason(status, "is on the blocklist", note=facts.blocklist_reason, is_final=True))
    if contact.opted_out_at is not None:
        found.append(Reason(ContactStatus.OPTED_OUT, "has opted out", is_final=True))
    if facts.bounced_at is not None:
        text = "has an address that mail does not reach"
        found.append(Reason(ContactStatus.DO_NOT_CONTACT, text, is_final=True))
    if contact.do_not_contact_reason is not None:
        note = contact.do_not_contact_reason
        found.append(Reason(ContactStatus.DO_NOT_CONTACT, "is not to be contacted", note=note))
    if contact.cooldown_until is not None and contact.cooldown_until > now:
        text = "is in a cooldown that somebody set"
        found.append(Reason(ContactStatus.IN_COOLDOWN, text, contact.cooldown_until))
    return found


def too_many_invitations(rule: Rule, facts: Facts, now: datetime, about: About | None) -> Reason | None:
    counted = sorted(one.at for one in counting(facts.invitations, rule, now, about))
    most = rule.most or 0
    if len(counted) < most:
        return None
    text = f"was invited {times(len(counted))} {within(rule.period_days)}; at most {most} {is_are(most)} allowed"
    return Reason(ContactStatus.DO_NOT_CONTACT, text, counted[len(counted) - most] + rule.period, rule=rule)


def too_many_participations(rule: Rule, facts: Facts, now: datetime, about: About | None) -> Reason | None:
    """A rule for one study type counts only studies of it, and bars from studies of any."""
    took_part = counting(facts.participations, rule, now, about)
    counted = sorted(one.at for one in took_part if rule.study_type in (None, one.study_type))
    most = rule.most or 0
    if len(counted) < most:
        return None
    text = f"took part in {studies(len(counted), rule.study_type)} {within(rule.period_days)}"
    text = f"{text}; at most {most} {is_are(most)} allowed"
    return Reason(ContactStatus.DO_NOT_CONTACT, text, counted[len(counted) - most] + rule.period, rule=rule)


def invited_lately(rule: Rule, facts: Facts, now: datetime, about: About | None) -> Reason | None:
    last = max((one.at for one in counting(facts.invitations, rule, now, about)), default=None)
    return lately(rule, last, f"was invited {within(rule.period_days)}")


def took_part_lately(rule: Rule, facts: Facts, now: datetime, about: About | None) -> Reason | None:
    last = max((one.at for one in counting(facts.participations, rule, now, about)), default=None)
    return lately(rule, last, f"took part in a study {within(rule.period_days)}")


def lately(rule: Rule, last: datetime | None, text: str) -> Reason | None:
    return None if last is None else Reason(ContactStatus.IN_COOLDOWN, text, last + rule.period, rule=rule)


def earned_too_much(rule: Rule, facts: Facts, now: datetime, about: About | None) -> Reason | None:
    """Who has reached the cap, or would pass it by what the study pays."""
    counted = sorted(
        (one.at, one.amount_minor)
        for one in counting(facts.participations, rule, now, about)
        if one.amount_minor and one.currency == rule.currency
    )
    cap, earned = rule.most or 0, sum(amount for _, amount in counted)
    more = (about.pays_minor or 0) if about is not None and about.currency == rule.currency else 0
    if is_below(earned, more, cap):
        return None
    clears_at, left = None, earned
    for at, amount in counted:
        left -= amount
        if is_below(left, more, cap):
            clears_at = at + rule.period
            break
    currency = rule.currency or ""
    would = f" and would earn {incentive.shown(more, currency)}" if earned < cap else ""
    text = (
        f"has earned {incentive.shown(earned, currency)} {within(rule.period_days)}{would}; "
        f"at most {incentive.shown(cap, currency)} is allowed"
    )
    return Reason(ContactStatus.DO_NOT_CONTACT, text, clears_at, rule=rule)


def is_below(earned: int, more: int, cap: int) -> bool:
    return earned < cap and earned + more <= cap


Happened = TypeVar("Happened", Invitation, Participation)


def counting(happened: Sequence[Happened], rule: Rule, now: datetime, about: About | None) -> Sequence[Happened]:
    """What of it lies in the rule's period, and is of another study than the one in question."""
    if not happened:
        return ()
    after, but = now - rule.period, about.study_id if about is not None else None
    return [one for one in happened if one.at > after and one.study_id != but]


def is_are(number: int) -> str:
    return "is" if number == 1 else "are"


Look = Callable[[Rule, Facts, datetime, About | None], Reason | None]

LOOKS: dict[RuleKind, Look] = {
    RuleKind.MOST_INVITATIONS: too_many_invitations,
    RuleKind.MOST_PARTICIPATIONS: too_many_participations,
    RuleKind.COOLDOWN_AFTER_INVITATION: invited_lately,
    RuleKind.COOLDOWN_AFTER_TAKING_PART: took_part_lately,
    RuleKind.INCENTIVE_CAP: earned_too_much,
}


@dataclass(frozen=True, slots=True)
class NoShows:
    """When somebody did not come, and when they were last suggested for the blocklist for that. Aware UTC."""

    at: Sequence[datetime] = field(default=())
    suggested_at: datetime | None = None


def suggestion(rules: Sequence[Rule], missed: NoShows, now: datetime) -> str | None:
    """Why somebody is suggested for the blocklist, None when they are not: once for each streak of no-shows.

    What they missed up to the last suggestion is not held against them once more.
    """
    for rule in rules:
        if rule.kind is not RuleKind.SUGGEST_BLOCKLIST:
            continue
        since = max(filter(None, (missed.suggested_at, now - rule.period)))
        number = sum(at > since for at in missed.at)
        if number >= (rule.most or 0):
            return f"did not come {times(number)} {within(rule.period_days)}"
    return None
