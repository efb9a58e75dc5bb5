"""Screeners as they are kept: one document a version, which never changes, and what people are at."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from domain.errors import NotFound
from domain.screener import Comparison, Condition, OutcomeRule, Question, QuestionKind, Screener, Verdict
from storage.models import ScreenerResponse, ScreenerVersion

E = TypeVar("E", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class Published:
    """A version of a study's screener. `published_at` is aware UTC."""

    id: int
    study_id: int
    number: int
    screener: Screener
    author: str
    published_at: datetime


def current(session: Session, study_id: int) -> Published | None:
    """The screener that people get who begin now; None for a study that has none, or has ended it."""
    found = last(session, study_id)
    return found if found is not None and found.screener.questions else None


def last(session: Session, study_id: int) -> Published | None:
    """The version that was published last, though it be empty: so a screener is ended."""
    row = session.scalar(
        sa.select(ScreenerVersion)
        .where(ScreenerVersion.study_id == study_id)
        .order_by(ScreenerVersion.number.desc())
        .limit(1)
    )
    return published(row) if row is not None else None


def numbered(session: Session, study_id: int, number: int) -> Published | None:
    """A study's version of that number, None when there is none."""
    row = session.scalar(
        sa.select(ScreenerVersion).where(ScreenerVersion.study_id == study_id, ScreenerVersion.number == number)
    )
    return published(row) if row is not None else None


def sizes(session: Session, study_ids: Collection[int]) -> dict[int, int]:
    """How many questions the screeners of those of the studies have that have one now. One statement."""
    rows = session.execute(
        sa.select(ScreenerVersion.study_id, ScreenerVersion.document).where(
            ScreenerVersion.study_id.in_(study_ids), is_last()
        )
    )
    found = {study_id: len(document.get("questions") or ()) for study_id, document in rows}
    return {study_id: number for study_id, number in found.items() if number}


def is_last() -> sa.ColumnElement[bool]:
    """That a version is its study's last."""
    later = aliased(ScreenerVersion)
    return ~sa.exists().where(later.study_id == ScreenerVersion.study_id, later.number > ScreenerVersion.number)


def version(session: Session, version_id: int) -> Published:
    """A version by its id: what somebody answers who has begun. Raises NotFound."""
    row = session.get(ScreenerVersion, version_id)
    if row is None:
        raise NotFound("There is no such screener.")
    return published(row)


def published(row: ScreenerVersion) -> Published:
    return Published(row.id, row.study_id, row.number, from_document(row.document), row.author, row.published_at)


def has_screener(session: Session, study_id: int) -> bool:
    """Whether who comes to the study now is asked first."""
    return current(session, study_id) is not None


def publish(session: Session, study_id: int, screener: Screener, author: str, now: datetime) -> Published:
    """Let everybody who begins from now on get this screener. One without questions ends it.

    Whoever publishes has locked the study.
    """
    before = last(session, study_id)
    row = ScreenerVersion(
        study_id=study_id,
        number=before.number + 1 if before is not None else 1,
        document=document(screener),
        author=author,
        published_at=now,
    )
    session.add(row)
    session.flush()
    return published(row)


def answering(session: Session, study_id: int) -> dict[int, int]:
    """How many people have begun and not submitted yet, by the number of the version that they answer."""
    rows = session.execute(
        sa.select(ScreenerVersion.number, sa.func.count())
        .join(ScreenerResponse, ScreenerResponse.version_id == ScreenerVersion.id)
        .where(ScreenerVersion.study_id == study_id, ScreenerResponse.submitted_at.is_(None))
        .group_by(ScreenerVersion.number)
        .order_by(ScreenerVersion.number)
    )
    return {number: count for number, count in rows}  # noqa: C416 - rows are no pairs to mypy


def document(screener: Screener) -> dict[str, Any]:
    """As JSON: what `from_document` reads."""
    return {
        "introduction": screener.introduction,
        "questions": [question_document(question) for question in screener.questions],
        "rules": [
            {"verdict": rule.verdict.value, "condition": condition_document(rule.condition)} for rule in screener.rules
        ],
    }


def question_document(question: Question) -> dict[str, Any]:
    return {
        "id": question.id,
        "kind": question.kind.value,
        "text": question.text,
        "hint": question.hint,
        "is_required": question.is_required,
        "options": list(question.options),
        "show_if": condition_document(question.show_if) if question.show_if is not None else None,
        "property_name": question.property_name,
    }


def condition_document(condition: Condition) -> dict[str, Any]:
    return {"question_id": condition.question_id, "test": condition.test.value, "values": list(condition.values)}


def from_document(given: Mapping[str, Any]) -> Screener:
    """The screener that a document says. What an older or newer Callsheet wrote is read as far as it is understood.

    A question of a kind that is not known is a short text, and a condition by a comparison that is not known shows it
    always. Where a rule is not understood nobody qualifies by rules: a person decides.
    """
    return Screener(
        questions=tuple(question_from(each) for each in given.get("questions") or ()),
        rules=tuple(rule_from(each) for each in given.get("rules") or ()),
        introduction=str(given.get("introduction") or ""),
    )


def question_from(given: Mapping[str, Any]) -> Question:
    required = given.get("is_required")
    return Question(
        id=str(given.get("id") or ""),
        kind=known(QuestionKind, given.get("kind")) or QuestionKind.SHORT_TEXT,
        text=str(given.get("text") or ""),
        hint=str(given.get("hint") or ""),
        is_required=True if required is None else bool(required),
        options=tuple(str(option) for option in given.get("options") or ()),
        show_if=condition_from(given.get("show_if")),
        property_name=str(given.get("property_name") or ""),
    )


def condition_from(given: Mapping[str, Any] | None) -> Condition | None:
    test = known(Comparison, given.get("test")) if given else None
    if not given or test is None:
        return None
    return Condition(str(given.get("question_id") or ""), test, tuple(str(each) for each in given.get("values") or ()))


def rule_from(given: Mapping[str, Any]) -> OutcomeRule:
    verdict, condition = known(Verdict, given.get("verdict")), condition_from(given.get("condition"))
    return OutcomeRule(verdict, condition) if verdict is not None and condition is not None else NEVER_MET


NEVER_MET = OutcomeRule(Verdict.QUALIFIED, Condition("", Comparison.IS_ANY_OF))
"""Stands for a rule that is not understood."""


def known(kind: type[E], value: object) -> E | None:
    """The member of an enum that a value names, None for one that is not known (any more)."""
    return next((member for member in kind if member.value == value), None)
