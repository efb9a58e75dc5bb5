"""The rules of contact that a workspace may have, each over a period in days, and what they say in words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from domain import incentive
from domain.errors import RuleError
from domain.study import StudyType


class RuleKind(StrEnum):
    """The kinds of rules that a workspace may have, each over a period in days."""

    MOST_INVITATIONS = "most_invitations"
    MOST_PARTICIPATIONS = "most_participations"
    """Per study type, or in studies of any."""
    COOLDOWN_AFTER_INVITATION = "cooldown_after_invitation"
    COOLDOWN_AFTER_TAKING_PART = "cooldown_after_taking_part"
    INCENTIVE_CAP = "incentive_cap"
    """At most so much money, in minor units of one currency."""
    SUGGEST_BLOCKLIST = "suggest_blocklist"
    """After so many no-shows."""

    @property
    def label(self) -> str:
        return LABELS[self]

    @property
    def counts(self) -> bool:
        """Whether it has a number of times."""
        return self in (RuleKind.MOST_INVITATIONS, RuleKind.MOST_PARTICIPATIONS, RuleKind.SUGGEST_BLOCKLIST)


LABELS = {
    RuleKind.MOST_INVITATIONS: "Most invitations",
    RuleKind.MOST_PARTICIPATIONS: "Most participations",
    RuleKind.COOLDOWN_AFTER_INVITATION: "Cooldown after an invitation",
    RuleKind.COOLDOWN_AFTER_TAKING_PART: "Cooldown after taking part",
    RuleKind.INCENTIVE_CAP: "Incentive cap",
    RuleKind.SUGGEST_BLOCKLIST: "Suggest the blocklist",
}

LONGEST_PERIOD = 730
MOST_TIMES = 1000
MOST_RULES = 20
"""Rules of one workspace."""
COOLDOWNS = frozenset({RuleKind.COOLDOWN_AFTER_INVITATION, RuleKind.COOLDOWN_AFTER_TAKING_PART})


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule over `period_days`. `most` is a number of invitations, participations or no-shows, for an incentive cap
    minor units of `currency`, and None for a cooldown. `study_type` None: studies of any type.
    """

    kind: RuleKind
    period_days: int
    most: int | None = None
    currency: str | None = None
    study_type: StudyType | None = None
    id: int = 0

    @property
    def period(self) -> timedelta:
        return timedelta(days=self.period_days)

    @property
    def text(self) -> str:
        """What the rule does, as a sentence."""
        most, days = self.most or 0, within(self.period_days)
        match self.kind:
            case RuleKind.MOST_INVITATIONS:
                return f"Nobody is invited who was invited to other studies {times(most)} {days}."
            case RuleKind.MOST_PARTICIPATIONS:
                return f"Nobody is invited who took part in {studies(most, self.study_type)} {days}."
            case RuleKind.COOLDOWN_AFTER_INVITATION:
                return f"Nobody is invited who was invited to another study {days}."
            case RuleKind.COOLDOWN_AFTER_TAKING_PART:
                return f"Nobody is invited who took part in a study {days}."
            case RuleKind.INCENTIVE_CAP:
                money = incentive.shown(most, self.currency or "")
                return f"Nobody is invited who has earned {money} {days}, or would earn more than that with the study."
            case RuleKind.SUGGEST_BLOCKLIST:
                return f"Whoever did not come {times(most)} {days} is suggested for the blocklist."


def within(period_days: int) -> str:
    return "within 24 hours" if period_days == 1 else f"within {period_days} days"


def times(number: int) -> str:
    """`once`, `twice`, `3 times`."""
    return {1: "once", 2: "twice"}.get(number, f"{number} times")


def studies(number: int, kind: StudyType | None) -> str:
    """`a study`, `2 studies of type Survey`."""
    of_type = f" of type {kind.label}" if kind is not None else ""
    return f"{'a study' if number == 1 else f'{number} studies'}{of_type}"


def checked(rule: Rule, others: Iterable[Rule]) -> Rule:
    """The rule with what its kind has no use for left out. Raises RuleError at the field that is wrong, and when the
    workspace has such a rule already.
    """
    if not 1 <= rule.period_days <= LONGEST_PERIOD:
        raise RuleError(f"A period is 1 to {LONGEST_PERIOD} days long.", "period_days")
    has_type = rule.kind is RuleKind.MOST_PARTICIPATIONS
    found = Rule(rule.kind, rule.period_days, study_type=rule.study_type if has_type else None, id=rule.id)
    if rule.kind.counts:
        if rule.most is None or not 1 <= rule.most <= MOST_TIMES:
            raise RuleError(f"How often? A whole number from 1 to {MOST_TIMES:,}.", "most")
        found = Rule(found.kind, found.period_days, rule.most, None, found.study_type, found.id)
    elif rule.kind is RuleKind.INCENTIVE_CAP:
        currency = incentive.currency_code(rule.currency or "")
        if rule.most is None or not 0 < rule.most <= incentive.MOST_MINOR:
            raise RuleError("The cap is an amount such as 200 or 200.50.", "amount")
        found = Rule(found.kind, found.period_days, rule.most, currency, None, found.id)
    for other in others:
        if other.id != found.id and is_same_sort(found, other):
            raise RuleError(f"There is such a rule already: {other.text} Change that one.", "period_days")
    return found


def is_same_sort(one: Rule, other: Rule) -> bool:
    """Whether one of the two rules would be enough: of a sort there is one for each period, of cooldowns one at all."""
    if (one.kind, one.study_type, one.currency) != (other.kind, other.study_type, other.currency):
        return False
    return one.kind in COOLDOWNS or one.period_days == other.period_days


def period(text: str) -> int:
    """The days that somebody wrote. Raises RuleError for what is no number."""
    return whole_number(text, "period_days", f"A period is 1 to {LONGEST_PERIOD} days long.")


def most(text: str) -> int:
    """How often, as somebody wrote it. Raises RuleError for what is no number."""
    return whole_number(text, "most", f"How often? A whole number from 1 to {MOST_TIMES:,}.")


def whole_number(text: str, name: str, wrong: str) -> int:
    written = text.strip()
    if not (written.isascii() and written.isdecimal() and len(written) <= 6):
        raise RuleError(wrong, name)
    return int(written)
