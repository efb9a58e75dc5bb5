"""Taking away all that is personal of people: the rows that go, and those that stay without what named somebody.

The number of statements depends neither on the people nor on how much there is of them. Nothing here decides.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute, Session

from domain.erasure import REMOVED, Traces
from domain.interview import AttendeeKind, InterviewStatus
from storage.models import (
    Attendee,
    AuditEntry,
    Base,
    BlocklistSuggestion,
    BulkChange,
    Enrolment,
    GovernanceOverride,
    Interview,
    Member,
    OutboxRow,
    OutboxState,
    Participant,
    ParticipantAddress,
    ParticipantLink,
    ParticipantNote,
    PendingImport,
    ScreenerResponse,
    SessionRating,
    StatusChange,
    TimelineEntry,
)

LAST = "\U0010ffff"
"""Behind every name: whoever reads people in the order of their names does not come past thousands who were erased."""
MAILS = ("mail", "mail_enrolment")
SAID = ("slack_alert", "slack_notice", "slack_whisper", "slack_import_report", "slack_review_note")
"""One-offs that hold a text, which may quote somebody. It is of no use once it is posted."""


def traces(session: Session, people: Sequence[Participant]) -> dict[int, Traces]:
    """By what each of the people can be known in a text, by id."""
    others: dict[int, list[str]] = defaultdict(list)
    found = session.execute(
        sa.select(ParticipantAddress.participant_id, ParticipantAddress.email).where(
            ParticipantAddress.participant_id.in_([person.id for person in people])
        )
    )
    for participant_id, email in found:
        others[participant_id].append(email)
    return {
        person.id: Traces(person.number, person.name, (person.email, *others[person.id]), person.phone)
        for person in people
    }


def forget(session: Session, participant_ids: Collection[int], now: datetime) -> None:
    """Delete what is only about them, end their links, and empty what has to stay."""
    enrolments = sa.select(Enrolment.id).where(Enrolment.participant_id.in_(participant_ids)).scalar_subquery()
    for table in (ParticipantAddress, ParticipantNote):
        session.execute(sa.delete(table).where(table.participant_id.in_(participant_ids)))
    session.execute(
        sa.update(ParticipantLink)
        .where(ParticipantLink.enrolment_id.in_(enrolments), ParticipantLink.revoked_at.is_(None))
        .values(revoked_at=now)
    )
    session.execute(
        sa.update(ScreenerResponse)
        .where(ScreenerResponse.enrolment_id.in_(enrolments))
        .values(answers={}, decision_reason=None)
    )
    changes = sa.select(StatusChange.bulk_id).where(
        StatusChange.enrolment_id.in_(enrolments), StatusChange.bulk_id.is_not(None)
    )
    session.execute(
        sa.update(BulkChange)
        .where(BulkChange.id.in_(changes), BulkChange.reason.is_not(None))
        .values(reason=REMOVED)
        .execution_options(synchronize_session=False)
    )
    session.execute(
        sa.update(StatusChange)
        .where(StatusChange.enrolment_id.in_(enrolments), StatusChange.reason.is_not(None))
        .values(reason=REMOVED)
    )
    session.execute(
        sa.update(Enrolment)
        .where(Enrolment.participant_id.in_(participant_ids), Enrolment.status_reason.is_not(None))
        .values(status_reason=REMOVED, version=Enrolment.version + 1)
    )
    for reasoned in (GovernanceOverride, BlocklistSuggestion):
        session.execute(sa.update(reasoned).where(reasoned.participant_id.in_(participant_ids)).values(reason=REMOVED))


def empty(session: Session, participant_ids: Collection[int], now: datetime) -> None:
    """Take everything personal from the people's own rows; nobody can write to them any more."""
    session.execute(
        sa.update(Participant)
        .where(Participant.id.in_(participant_ids))
        .values(
            email=sa.literal("p") + sa.cast(Participant.number, sa.String(12)) + sa.literal("@erased.invalid"),
            name="",
            sort_name=LAST,
            sort_surname=LAST,
            phone=None,
            time_zone=None,
            properties={},
            blocklist_reason=None,
            do_not_contact_reason=None,
            cooldown_until=None,
            bounced_at=None,
            soft_bounced_at=None,
            recheck_at=None,
            opted_out_at=sa.func.coalesce(Participant.opted_out_at, now),
            erased_at=now,
        )
    )


def seats_of(session: Session, participant_ids: Collection[int]) -> dict[int, set[int]]:
    """The sessions in which the people have or had a seat, by the sessions' ids: whose."""
    found: dict[int, set[int]] = defaultdict(set)
    rows = session.execute(
        sa.select(Attendee.interview_id, Attendee.participant_id).where(Attendee.participant_id.in_(participant_ids))
    )
    for interview_id, participant_id in rows:
        if participant_id is not None:
            found[interview_id].add(participant_id)
    return dict(found)


def clean_sessions(session: Session, seats: Mapping[int, set[int]], named: Mapping[int, Traces]) -> dict[int, int]:
    """Take the people's names out of what people wrote about their sessions.

    The posts in cards' threads that tell entries which have changed, each with its interview's id.
    """
    texts = (Interview.title, Interview.description, Interview.cancel_reason)
    clean(session, Interview, texts, Interview.id, seats, named)
    clean(session, SessionRating, (SessionRating.note,), SessionRating.interview_id, seats, named)
    columns = (TimelineEntry.text, TimelineEntry.before, TimelineEntry.after)
    changed = clean(session, TimelineEntry, columns, TimelineEntry.interview_id, seats, named)
    others = sa.exists().where(
        Attendee.interview_id == Interview.id,
        Attendee.kind == AttendeeKind.PARTICIPANT,
        Attendee.participant_id.not_in(named),
    )
    session.execute(
        sa.update(Interview)
        .where(Interview.id.in_(seats), Interview.import_key.is_not(None), ~others)
        .values(import_key=None)
        .execution_options(synchronize_session=False)
    )
    posts = session.execute(
        sa.select(TimelineEntry.post_id, TimelineEntry.interview_id).where(
            TimelineEntry.id.in_([key["id"] for key in changed]), TimelineEntry.post_id.is_not(None)
        )
    )
    return {row.post_id: row.interview_id for row in posts}


def clean_audit(session: Session, named: Mapping[int, Traces]) -> None:
    """Take the people's names out of the audit log, where somebody gave one as a reason."""
    seats = {id_: {id_} for id_ in named}
    clean(session, AuditEntry, (AuditEntry.text,), AuditEntry.participant_id, seats, named)


def clean(
    session: Session,
    table: type[Base],
    columns: Sequence[InstrumentedAttribute[Any]],
    about: InstrumentedAttribute[Any],
    whose: Mapping[int, set[int]],
    named: Mapping[int, Traces],
) -> list[dict[str, Any]]:
    """Write those texts anew in which one of the people is named that they are about. The keys of the rows."""
    keys = [column.name for column in table.__table__.primary_key]
    wanted = [getattr(table, key) for key in keys]
    changed = []
    for row in session.execute(sa.select(about.label("about_"), *wanted, *columns).where(about.in_(list(whose)))):
        texts = {column.key: getattr(row, column.key) for column in columns}
        new = {key: without(text, whose[row.about_], named) for key, text in texts.items()}
        if new != texts:
            changed.append({**{key: getattr(row, key) for key in keys}, **new})
    if changed:
        core: Any = table.__table__
        statement = sa.update(core).where(*(core.c[key] == sa.bindparam(f"key_{key}") for key in keys))
        given = [{(f"key_{name}" if name in keys else f"new_{name}"): row[name] for name in row} for row in changed]
        values: dict[str, Any] = {column.key: sa.bindparam(f"new_{column.key}") for column in columns}
        session.connection().execute(statement.values(values), given)
        session.expire_all()
    return [{key: row[key] for key in keys} for row in changed]


def without(text: str | None, ids: Collection[int], named: Mapping[int, Traces]) -> str | None:
    for id_ in sorted(ids):
        text = named[id_].without(text) if text else text
    return text


def clean_outbox(session: Session, workspace_id: int, named: Mapping[int, Traces]) -> None:
    """What is on its way to the people goes no more, and what went out is remembered without its words.

    What is being sent at this moment stays claimed; should it fail, its next try finds nobody to write to.
    """
    mails = sa.and_(
        OutboxRow.workspace_id == workspace_id,
        OutboxRow.kind.in_(MAILS),
        OutboxRow.lane.in_(lanes(session, named)),
    )
    waits = OutboxRow.state.in_((OutboxState.PENDING, OutboxState.DEAD))
    session.execute(sa.delete(OutboxRow).where(mails, waits).execution_options(synchronize_session=False))
    said = sa.and_(OutboxRow.workspace_id == workspace_id, OutboxRow.kind.in_(SAID))
    is_done = OutboxRow.state == OutboxState.DONE
    session.execute(
        sa.update(OutboxRow)
        .where(sa.or_(mails, said), is_done, sa.cast(OutboxRow.payload, sa.Text) != "{}")
        .values(payload={}, last_error=None)
        .execution_options(synchronize_session=False)
    )
    quoting = [
        row.id
        for row in session.execute(sa.select(OutboxRow.id, OutboxRow.payload).where(said, waits))
        if is_named_in(row.payload, named)
    ]
    if quoting:
        session.execute(
            sa.delete(OutboxRow).where(OutboxRow.id.in_(quoting)).execution_options(synchronize_session=False)
        )


def clean_imports(session: Session, workspace_id: int, named: Mapping[int, Traces]) -> None:
    """Take the people out of the samples by which the columns of files are chosen that are to be brought in."""
    members = sa.select(Member.id).where(Member.workspace_id == workspace_id)
    for pending in session.scalars(sa.select(PendingImport).where(PendingImport.member_id.in_(members))):
        if is_named_in(pending.columns, named):
            pending.columns = [{**column, "sample": ""} for column in pending.columns]
    session.flush()


def is_named_in(payload: Mapping[str, Any] | Sequence[Any], named: Mapping[int, Traces]) -> bool:
    text = json.dumps(payload, ensure_ascii=False)
    return any(each.without(text) != text for each in named.values())


def lanes(session: Session, participant_ids: Collection[int]) -> list[str]:
    """The lanes in which mails go to the people."""
    enrolments = session.scalars(sa.select(Enrolment.id).where(Enrolment.participant_id.in_(participant_ids)))
    return [f"mail:{id_}" for id_ in participant_ids] + [f"mail:enrolment:{id_}" for id_ in enrolments]


def unsent(session: Session, workspace_id: int, participant_id: int) -> int:
    """How many mails are on their way to the person."""
    return (
        session.scalar(
            sa.select(sa.func.count())
            .select_from(OutboxRow)
            .where(
                OutboxRow.workspace_id == workspace_id,
                OutboxRow.kind.in_(MAILS),
                OutboxRow.lane.in_(lanes(session, [participant_id])),
                OutboxRow.state == OutboxState.PENDING,
            )
        )
        or 0
    )


def past_sessions(session: Session, interview_ids: Collection[int]) -> Sequence[Interview]:
    """Those of the sessions that are over and stand in somebody's calendar."""
    return session.scalars(
        sa.select(Interview).where(
            Interview.id.in_(interview_ids),
            Interview.status.in_((InterviewStatus.COMPLETED, InterviewStatus.NO_SHOWED)),
            Interview.organizer_id.is_not(None),
        )
    ).all()
