"""The same done to many interviews at once, each as if it were the only one: a refusal holds up no other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.orm import Session

from bot.services import cancellations, mails, outcomes, outgoing
from bot.services.cancellations import Cancellation
from bot.services.interviews import how_settled
from domain.bulk import MOST, BulkAction, BulkResult, Skipped
from domain.errors import NotFound, RuleError, Stale
from domain.interview import CancelReason, InterviewStatus
from domain.mail import Draft, MailKind
from domain.roles import Actor, Permission
from domain.schedule import Cursor, Filter, Seen
from storage import interviews, studies
from storage import schedule as stored


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be done, to which interviews. Cancelling needs a reason; `public_url` is where reminders lead to."""

    action: BulkAction
    interview_ids: tuple[int, ...]
    reason: CancelReason | None = None
    public_url: str | None = None


def choices(session: Session, actor: Actor, wanted: Filter, cursor: Cursor | None) -> tuple[Seen, ...]:
    """The interviews of a list, from the cursor on, to which the actor may do something at all."""
    actor.require(Permission.MANAGE_INTERVIEWS, own_study=True)
    return stored.listing(session, actor, replace(wanted, managed=True), cursor, MOST).interviews


def rehearse(session: Session, actor: Actor, wanted: Wanted, now: datetime) -> BulkResult:
    """What `carry_out` would do, which is found out by doing it and taking it back."""
    rehearsal = session.begin_nested()
    try:
        return carry_out(session, actor, wanted, now)
    finally:
        rehearsal.rollback()


def carry_out(session: Session, actor: Actor, wanted: Wanted, now: datetime) -> BulkResult:
    """Do it to each of the interviews for which that is possible. Raises RuleError for none, or too many."""
    ids = set(wanted.interview_ids)
    if not ids:
        raise RuleError("Choose at least one interview.")
    if len(ids) > MOST:
        raise RuleError(f"{len(ids)} interviews are too many at once: choose at most {MOST}.")
    if wanted.action is BulkAction.CANCEL and wanted.reason is None:
        raise RuleError("Say why they are cancelled.", "reason")
    found = stored.chosen(session, actor, ids)
    lock(session, actor, [each for each in found if each.may_manage], now)
    act = ACTS[wanted.action]
    done, refused = one_by_one(session, found, lambda each: act(session, actor, each, wanted, now))
    unseen = [Skipped(None, "There is no such interview that you can see.")] * (len(ids) - len(found))
    return BulkResult(wanted.action, done, (*unseen, *refused))


def one_by_one(
    session: Session, found: Sequence[Seen], act: Callable[[Seen], None]
) -> tuple[tuple[str, ...], tuple[Skipped, ...]]:
    """Act on each: the references of those with which it went well, and the others, of which nothing is left."""
    done: list[str] = []
    refused: list[Skipped] = []
    for each in found:
        try:
            with session.begin_nested():
                act(each)
        except RuleError as error:
            refused.append(Skipped(each.line.reference, error.message))
        else:
            done.append(each.line.reference)
    return tuple(done), tuple(refused)


def lock(session: Session, actor: Actor, found: Sequence[Seen], now: datetime) -> None:
    """Lock everything that will be changed in the order that everybody keeps, and ask that it be shown anew.

    Doing so one by one could make two who change many wait for each other.
    """
    studies.lock_all(session, actor.workspace_id, {each.line.study_id for each in found})
    rows = interviews.lock_all(session, actor.workspace_id, {each.line.id for each in found})
    outgoing.show_all(session, rows, now)


def remind(session: Session, actor: Actor, each: Seen, wanted: Wanted, now: datetime) -> None:
    """Mail a reminder, as its template has it, to those who may get one."""
    line = each.line
    if line.status is not InterviewStatus.UPCOMING:
        raise Stale(f"{line.reference} {how_settled(session, actor, line)}: nobody is reminded of it.")
    try:
        begun = mails.begin(session, each, MailKind.REMINDER, wanted.public_url, now)
    except NotFound as error:
        raise RuleError(f"{line.reference} has nobody to remind.") from error
    seats = tuple(seat.attendee_id for seat in begun.free)
    draft = Draft(MailKind.REMINDER, seats, begun.subject, begun.text)
    mails.send(session, actor, line.id, draft, wanted.public_url, now)


def complete(session: Session, actor: Actor, each: Seen, _wanted: Wanted, now: datetime) -> None:
    """Mark it as completed; one that Callsheet completed by itself is confirmed."""
    if each.line.status is InterviewStatus.COMPLETED and not each.line.is_verified:
        outcomes.verify(session, actor, each.line.id, now)
    else:
        outcomes.mark_completed(session, actor, each.line.id, now)


def cancel(session: Session, actor: Actor, each: Seen, wanted: Wanted, now: datetime) -> None:
    assert wanted.reason is not None
    cancellations.cancel(session, actor, each.line.id, Cancellation(wanted.reason), now)


ACTS: dict[BulkAction, Callable[[Session, Actor, Seen, Wanted, datetime], None]] = {
    BulkAction.REMIND: remind,
    BulkAction.COMPLETE: complete,
    BulkAction.CANCEL: cancel,
}
