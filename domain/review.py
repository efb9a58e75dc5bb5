"""Reviewing what people answered in a screener: who fits, decided by a person (DOMAIN, "Screener")."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from domain.errors import RuleError, Stale
from domain.participant import ParticipantStatus
from domain.person import alias, masked_email
from domain.screener import Answers as Given
from domain.screener import OutcomeRule, QuestionKind, Screener, Verdict, decided, kept, shown, visible
from domain.screener_words import condition_words
from domain.study import StudyType
from domain.times import spelled_time

S = ParticipantStatus

REVIEWABLE = frozenset({S.SCREENER_COMPLETED, S.SCREENER_QUALIFIED, S.SCREENER_NOT_QUALIFIED})
"""Where somebody stands whom a reviewer may still qualify, or not."""
INVITED_ON = frozenset({S.INTERVIEW_INVITED, S.TEST_INVITED})
"""Where the invitation puts somebody who qualified."""
STATUS_OF = {Verdict.QUALIFIED: S.SCREENER_QUALIFIED, Verdict.NOT_QUALIFIED: S.SCREENER_NOT_QUALIFIED}
"""Where a decision puts somebody."""
LONGEST_REASON, LONGEST_NOTE = 300, 1000
WRITTEN = frozenset({QuestionKind.SHORT_TEXT, QuestionKind.LONG_TEXT, QuestionKind.NUMBER})
"""Questions to which somebody may answer with an address or a phone number."""

ADDRESS = re.compile(r"[^\s@<>\"',;:()]{1,64}@[^\s@<>\"',;:()]+\.[^\s@<>\"',;:()]+")
PHONE = re.compile(r"(?<!\w)\+?\(?[0-9](?:[ .()/-]{0,3}[0-9]){6,14}(?!\w)")
YEAR = r"(?:19|20)[0-9]{2}"
DATE = re.compile(
    rf"(?<!\w)(?:{YEAR}(?P<a>[-/.])(?:0?[1-9]|1[0-2])(?P=a)(?:0?[1-9]|[12][0-9]|3[01])"
    rf"|[0-3]?[0-9](?P<b>[-/.])[0-3]?[0-9](?P=b){YEAR}|{YEAR} ?[-–/] ?{YEAR})(?!\w)"
)
"""A day, or a stretch of years, which is no phone number."""
DATE_OR_PHONE = re.compile(f"(?P<date>{DATE.pattern})|{PHONE.pattern}")
HIDDEN = "•••"
LONG_NAME = 4
"""Letters of a name that is no other word, so that it is hidden however it is written."""

VERDICT_WORDS = {
    Verdict.QUALIFIED: "Qualified",
    Verdict.NOT_QUALIFIED: "Not qualified",
    Verdict.UNDECIDED: "To review",
}
"""A verdict as it is shown."""


@dataclass(frozen=True, slots=True)
class Reply:
    """A question that was shown and what somebody said to it, None when they left it out."""

    question: str
    kind: QuestionKind
    answer: str | None


@dataclass(frozen=True, slots=True)
class Review:
    """A submitted screener with everything that a reader may want to know. Instants are aware UTC.

    `name` is theirs, "" when it is not known; `rules` are the sentences of the rules that decided, if any did;
    `decided_by` is who did, None for the rules. `limit` and `seats_taken` are the study's. `invited_at` is when they
    were last invited to it; `had_session`: they have a session in the study, or had one.
    """

    enrolment_id: int
    participant_id: int
    number: int
    name: str
    study_id: int
    study_key: str
    study_name: str
    study_type: StudyType
    status: ParticipantStatus
    verdict: Verdict
    replies: tuple[Reply, ...]
    rules: tuple[str, ...]
    submitted_at: datetime
    decided_by: str | None
    decided_at: datetime | None
    reason: str | None
    seats_taken: int
    limit: int | None
    invited_at: datetime | None
    names_in_channel: bool
    had_session: bool = False

    @property
    def alias(self) -> str:
        return alias(self.number)

    @property
    def stands(self) -> Verdict:
        """What holds now: a status set by hand says more than what was decided before."""
        return standing(self.verdict, self.status)

    @property
    def may_be_decided(self) -> bool:
        """Whether a reviewer may still say something, or something else: nothing has followed but the invitation."""
        return self.status in REVIEWABLE or self.may_be_taken_back

    @property
    def may_be_taken_back(self) -> bool:
        """Whether somebody qualified, was invited therefore, and has neither booked nor begun anything."""
        is_waited_for = self.status in INVITED_ON and not self.had_session
        return is_waited_for and self.is_invited and self.stands is Verdict.QUALIFIED

    @property
    def is_invited(self) -> bool:
        """Whether they were invited to what follows once they qualified."""
        return self.invited_at is not None and self.invited_at >= (self.decided_at or self.submitted_at)

    @property
    def seats_left(self) -> int | None:
        """How many places are left in the study, None without a limit."""
        return None if self.limit is None else max(0, self.limit - self.seats_taken)


def standing(verdict: Verdict, status: ParticipantStatus) -> Verdict:
    """What holds of somebody: where a person has put them, else what was decided."""
    by_status = {to: decision for decision, to in STATUS_OF.items()}
    return by_status.get(status, verdict)


def check(found: Review, verdict: Verdict, reason: str, time_zone: str) -> None:
    """Raise RuleError unless somebody may decide so. Whoever changes what was decided gives a reason; the first wins.

    `time_zone` is that of whoever decides.
    """
    if verdict not in STATUS_OF:
        raise RuleError("Choose whether they qualify or not.", "verdict")
    if not found.may_be_decided:
        raise Stale(f"{found.alias} is {found.status.value} in {found.study_key} by now: {WHAT_NOW}")
    present = found.stands
    if present is Verdict.UNDECIDED:
        return
    how = how_decided(found, time_zone)
    if present is verdict:
        raise Stale(f"{found.alias} {how} already.")
    if not reason.strip():
        raise Stale(f"{found.alias} {how}. To change that, give a reason: “Change…” on the card.")


WHAT_NOW = "what was decided is not changed any more. Remove them from the study instead: /participant status."


def how_decided(found: Review, time_zone: str) -> str:
    """`was qualified by Ana on Monday 7 December, 14:02`."""
    word = "was qualified" if found.stands is Verdict.QUALIFIED else "was not qualified"
    who = found.decided_by or ("the screener's rules" if found.verdict is found.stands else "hand")
    when = f" on {spelled_time(found.decided_at, time_zone)}" if found.decided_at is not None else ""
    return f"{word} by {who}{when}"


def replies(screener: Screener, answers: Given) -> tuple[Reply, ...]:
    """The questions that somebody was shown, in order, with what they answered as it is read."""
    counting = kept(screener, answers)
    return tuple(
        Reply(each.text, each.kind, shown(each, counting[each.id]) if each.id in counting else None)
        for each in visible(screener, answers)
    )


def deciding_rules(screener: Screener, answers: Given) -> tuple[str, ...]:
    """The rules that decide about these answers, as sentences; none when nothing does."""
    _verdict, rules = decided(screener, answers)
    return tuple(rule_words(screener, rule) for rule in rules)


def rule_words(screener: Screener, rule: OutcomeRule) -> str:
    """`Not qualified: “Which phone do you use?” is ‘None’`."""
    question = screener.question(rule.condition.question_id)
    called = f"“{question.text}”" if question is not None else "A question that is gone"
    return f"{VERDICT_WORDS[rule.verdict]}: {called} {condition_words(question, rule.condition)}"


def for_channel(found: Review) -> Sequence[Reply]:
    """The replies as a whole channel may read them: no addresses, phone numbers, nor names where names stay out."""
    name = "" if found.names_in_channel else found.name
    return [
        Reply(each.question, each.kind, without_contacts(each.answer, name))
        if each.answer is not None and each.kind in WRITTEN
        else each
        for each in found.replies
    ]


def for_all(found: Review, text: str) -> str:
    """What a member wrote about somebody, as a whole channel may read it."""
    return without_contacts(text, "" if found.names_in_channel else found.name)


def without_contacts(text: str, name: str = "") -> str:
    """The text without addresses and phone numbers, and without the name, a short one only as it is written."""
    text = ADDRESS.sub(lambda match: masked_email(match[0]), text)
    text = DATE_OR_PHONE.sub(lambda match: match["date"] or HIDDEN, text)
    for part in sorted({name, *name.split()}, key=len, reverse=True):
        if len(part) > 1:
            how = re.IGNORECASE if len(part) >= LONG_NAME else re.NOFLAG
            text = re.sub(rf"(?<!\w){re.escape(part)}(?!\w)", HIDDEN, text, flags=how)
    return text


@dataclass(frozen=True, slots=True)
class ResponsePage:
    """A page of a study's responses that stand so. `counts` is how many stand how; `after` begins the next page."""

    study_id: int
    study_key: str
    study_name: str
    verdict: Verdict
    counts: dict[Verdict, int]
    responses: tuple[Review, ...]
    after: int | None
