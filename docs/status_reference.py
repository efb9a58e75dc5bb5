"""Writes `docs/reference/participant-status.md` from the table in `domain/participant.py`: `make reference`."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

from domain.participant import (
    NEVER_BY_HAND,
    ONLY_FOR,
    STEPS,
    STUCK,
    Cause,
    ParticipantStatus,
    Stage,
    Step,
    changes_by_hand,
    exists_in,
    stage,
    why_not,
    why_not_by_hand,
)
from domain.study import StudyType

PAGE = Path(__file__).parent / "reference" / "participant-status.md"
NEW = "not in the study"
BY_HAND = frozenset({Cause.BY_HAND, Cause.RESTORED})
MOST_NAMED = 12
"""A set of more statuses is told by those that are not in it."""

INTRODUCTION = """\
# Participant status

Where a participant stands in one study. This page is written by `make reference` from the table in
[`domain/participant.py`](../../domain/participant.py), which the bot itself goes by: change the table, not the page.
What is behind it is in [decision 0009](../decisions/0009-the-status-machine.md).
"""


def page() -> str:
    """The whole page."""
    return "\n".join(lines())


def lines() -> Iterator[str]:
    yield INTRODUCTION
    yield from statuses()
    yield "## Steps\n"
    yield "*own*: the sources do not say it, [decision 0009](../decisions/0009-the-status-machine.md) does.\n"
    yield from steps(step for step in STEPS if step.cause not in BY_HAND)
    yield "## By hand\n"
    yield "A change by hand sends no mail, is kept with who made it and why, and can be undone.\n"
    yield from steps(step for step in STEPS if step.cause in BY_HAND)
    yield "### Why not\n"
    yield from refusals()
    yield "## Flow charts\n"
    yield "What leads there from nearly everywhere is told below each chart. Dotted: *own*.\n"
    for study_type in StudyType:
        yield from chart(study_type)


def statuses() -> Iterator[str]:
    yield "## Statuses and stages\n"
    yield "| status | stage | study types |"
    yield "| --- | --- | --- |"
    for status in ParticipantStatus:
        yield f"| {status.value} | {stage_of(status)} | {types(ONLY_FOR.get(status, frozenset(StudyType)))} |"
    yield ""


def stage_of(status: ParticipantStatus) -> str:
    with_one, without = stage(status, has_incentive=True), stage(status, has_incentive=False)
    same = with_one is without
    return with_one.value if same else f"{Stage.PENDING_INCENTIVE.value} with an incentive, else {without.value}"


def types(found: Collection[StudyType]) -> str:
    return "all" if set(found) == set(StudyType) else ", ".join(one.label for one in StudyType if one in found)


def steps(found: Iterable[Step]) -> Iterator[str]:
    yield "| from | to | what does it | study types |"
    yield "| --- | --- | --- | --- |"
    for step in found:
        own = " *(own)*" if step.is_own else ""
        was, to = among(there(step.was, step)), among(there(step.to, step))
        yield f"| {was} | {to} | {step.what}{own} | {types(step.types)} |"
    yield ""


def there(found: Iterable[ParticipantStatus | None], step: Step) -> set[ParticipantStatus | None]:
    """Those of few statuses that there are in the study types of a step; many are left as they are."""
    given = set(found)
    if len(given) > MOST_NAMED:
        return given
    return {one for one in given if one is None or any(exists_in(one, kind) for kind in step.types)}


def among(found: Collection[ParticipantStatus | None]) -> str:
    """The statuses as people read them, in their order; of many, which are not among them."""
    new = [NEW] if None in found else []
    present = [status.value for status in ParticipantStatus if status in found]
    absent = [status.value for status in ParticipantStatus if status not in found]
    if len(present) <= MOST_NAMED:
        return ", ".join(new + present)
    return ", ".join([*new, f"any but {', '.join(absent)}" if absent else "any"])


def refusals() -> Iterator[str]:
    yield "| from | to | what is said |"
    yield "| --- | --- | --- |"
    for stuck in (status for status in ParticipantStatus if status in STUCK):
        yield f"| {stuck.value} | most others | {STUCK[stuck]} |"
    for to in (status for status in ParticipantStatus if status in NEVER_BY_HAND):
        was, *_ = refused_from(to)
        yield f"| {was.value} | {to.value} | {said(was, to)} |"
    for to in changes_by_hand(ParticipantStatus.INTERVIEW_SCHEDULED, StudyType.INTERVIEW):
        why = why_not_by_hand(ParticipantStatus.INTERVIEW_SCHEDULED, to, StudyType.INTERVIEW, is_booked=True)
        yield f"| any, while a session is booked | {to.value} | {why} |"
    yield ""


def refused_from(to: ParticipantStatus) -> list[ParticipantStatus]:
    """From where the status is refused by the sentence that is about it."""
    return [was for was in ParticipantStatus if was is not to and was not in STUCK and said(was, to)]


def said(was: ParticipantStatus, to: ParticipantStatus) -> str | None:
    kinds = [kind for kind in StudyType if exists_in(was, kind) and exists_in(to, kind)]
    return why_not(Cause.BY_HAND, was, to, kinds[0]) if kinds else None


def chart(study_type: StudyType) -> Iterator[str]:
    """The steps of a study of that type as a mermaid chart, and below it what leads on from nearly everywhere."""
    found = [step for step in STEPS if study_type in step.types and step.cause not in BY_HAND]
    drawn = [step for step in found if not is_general(step)]
    arrows = [arrow for step in drawn for arrow in arrows_of(step, study_type)]
    seen = {name for was, _, to, _ in arrows for name in (was, to)}
    yield f"### {study_type.label}\n"
    yield "```mermaid"
    yield "flowchart TD"
    yield f"    new(({NEW}))"
    for status in ParticipantStatus:
        if status.name in seen:
            yield f'    {status.name}["{status.value}"]'
    for was, line, to, what in arrows:
        yield f'    {was} {line}|"{what}"| {to}'
    yield "```\n"
    for step in found:
        to = [status for status in step.to if exists_in(status, study_type)]
        if is_general(step) and to:
            here: set[ParticipantStatus | None] = {one for one in step.was if one is None or exists_in(one, study_type)}
            own = " *(own)*" if step.is_own else ""
            yield f"- {within(here, study_type)} → {among(to)}: {step.what}{own}"
    yield ""


def within(found: Collection[ParticipantStatus | None], study_type: StudyType) -> str:
    """As `among`, where only the statuses of a study type are there to be named."""
    there = [status for status in ParticipantStatus if exists_in(status, study_type)]
    absent = [status.value for status in there if status not in found]
    if len(absent) < len(there) / 2:
        return ", ".join([*([NEW] if None in found else []), f"any but {', '.join(absent)}" if absent else "any"])
    return among(found)


GENERAL = frozenset(
    {Cause.BOUNCED, Cause.DELIVERED, Cause.ADDRESS_CORRECTED, Cause.UNSUBSCRIBED, Cause.UNDONE, Cause.MERGED}
)


def is_general(step: Step) -> bool:
    """Whether its arrows would come from nearly everywhere."""
    return step.cause in GENERAL or len(step.was) > MOST_NAMED


def arrows_of(step: Step, study_type: StudyType) -> Iterator[tuple[str, str, str, str]]:
    sources: list[ParticipantStatus | None] = [None]
    sources.extend(ParticipantStatus)
    for was in sources:
        for to in ParticipantStatus:
            if step.leads(was, to, study_type) and (was is None or exists_in(was, study_type)):
                yield was.name if was else "new", "-.->" if step.is_own else "-->", to.name, step.what


def main() -> None:
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
