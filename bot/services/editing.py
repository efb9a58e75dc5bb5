"""Editing what an interview says: title, description, where it is held; and how many take part in a group session."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from sqlalchemy.orm import Session

from bot.services import outgoing, record, schedule
from bot.services.booking import held_at
from bot.services.interviews import last_changed, seats_held, take
from bot.services.record import Change
from domain import editing as rules
from domain import tokens
from domain.editing import Details, Edited, Location
from domain.errors import RuleError, Stale
from domain.interview import InterviewAction, InterviewLine, TimelineKind
from domain.roles import Actor
from domain.spelling import length_words
from domain.study import LocationKind
from storage import calendars, interviews
from storage.models import Interview, Member, Study

EDITED = (TimelineKind.DETAILS_CHANGED, TimelineKind.LOCATION_CHANGED)


def to_edit(session: Session, actor: Actor, interview_id: int) -> tuple[InterviewLine, Details]:
    """The interview as it is before somebody edits it. Raises NotFound, NotAllowed or Stale."""
    line = schedule.to_manage(session, actor, interview_id, InterviewAction.EDIT).line
    return line, details_of(session.get_one(Interview, line.id))


def edit(session: Session, actor: Actor, interview_id: int, wanted: Details, seen: str, now: datetime) -> Edited:
    """Let the interview say what is wanted; its tokens are filled in here, once.

    `seen` is the fingerprint of the details that the person saw: Stale when others have changed them since. The
    calendar tells everybody; mails that come later say the new.
    """
    interview, study = take(session, actor, interview_id, InterviewAction.EDIT)
    present = details_of(interview)
    if present.fingerprint != seen:
        who = last_changed(session, actor, interview.id, *EDITED)
        raise Stale(
            f"{interview.reference} was changed by {who}, after you opened this. "
            "Keep what you wrote, close this and open it again."
        )
    new = filled_in(session, study, interview, wanted)
    rules.check_title(new.title)
    rules.check_change(present.location, new.location)
    found = rules.differences(present, new)
    if not found:
        return Edited(interview.reference, ())
    interview.title, interview.description = new.title, new.description
    if new.location != present.location:
        hold(session, interview, present.location, new.location)
    by = record.by(actor, now)
    entries = [
        record.entry(session, interview, by, each.kind, f"changed the {each.what}", Change(each.before, each.after))
        for each in found
    ]
    session.flush()
    outgoing.show(session, interview, now)
    outgoing.threads(session, [(interview, entry) for entry in entries], now)
    outgoing.sync_calendar(session, interview, now)
    return Edited(interview.reference, tuple(each.what for each in found))


def details_of(interview: Interview) -> Details:
    """What the interview says; a meeting link that the calendar made is the calendar's and not ours to edit."""
    return Details(interview.title, interview.description, held_at(interview))


def filled_in(session: Session, study: Study, interview: Interview, wanted: Details) -> Details:
    """The details with their tokens filled in. A text that stays is taken as it is. Raises RuleError for a wrong token.

    The calendar's own link, given as if it were another, stays the calendar's.
    """
    values = token_values(session, study, interview)
    held = wanted.location
    if held.kind is LocationKind.GOOGLE_MEET and held.link == interview.link and not interview.link_is_own:
        held = replace(held, link=None)
    title = rendered(wanted.title, interview.title, values, "title")
    return Details(
        title=title if title == interview.title else " ".join(title.split()),
        description=rendered(wanted.description, interview.description, values, "description"),
        location=held,
    )


def rendered(text: str, present: str, values: Mapping[str, str], field: str) -> str:
    """The text of a field with its tokens filled in. Raises RuleError about the field.

    Inputs trim texts and have line ends of their own: that is no change.
    """
    if text.strip().splitlines() == present.strip().splitlines():
        return present
    try:
        return tokens.render(text.strip(), values)
    except RuleError as error:
        raise RuleError(error.message, field) from error


def token_values(session: Session, study: Study, interview: Interview) -> dict[str, str]:
    """What the tokens of a title or description stand for."""
    hosts = interviews.host_ids(session, interview.id)
    name = session.get_one(Member, hosts[0]).name if hosts else ""
    length = length_words(interview.ends_at - interview.starts_at)
    values = (study.external_name, length, next(iter(name.split()), ""))
    return dict(zip(rules.TOKENS, values, strict=True))


def hold(session: Session, interview: Interview, old: Location, new: Location) -> None:
    """Let a locked interview be held elsewhere. A link that the calendar is to make is a new one.

    Raises RuleError when there is no calendar to make it, or only one that takes no events.
    """
    if new.takes_calendar_link and not old.takes_calendar_link:
        organizer_id = interview.organizer_id
        if organizer_id is None or not calendars.takes_events(calendars.feed(session, organizer_id)):
            raise RuleError(f"{interview.reference} is in no calendar that could make a link. Give one.", "link")
        interview.meeting_number += 1
        interview.link = None
    elif not new.takes_calendar_link:
        interview.link = new.link
    interview.location, interview.passcode = new.kind, new.passcode
    interview.link_is_own = new.link is not None


def change_limit(session: Session, actor: Actor, interview_id: int, limit: int, now: datetime) -> Edited:
    """Let so many take part in a group session. Raises RuleError for fewer than there are."""
    interview, _ = take(session, actor, interview_id, InterviewAction.CHANGE_LIMIT)
    rules.check_limit(limit, len(seats_held(session, interview)), interview.reference)
    if limit == interview.capacity:
        return Edited(interview.reference, ())
    change = Change(str(interview.capacity), str(limit))
    interview.capacity = limit
    by = record.by(actor, now)
    entry = record.entry(session, interview, by, TimelineKind.LIMIT_CHANGED, "changed the participant limit", change)
    outgoing.show(session, interview, now)
    outgoing.thread(session, interview, entry, now)
    return Edited(interview.reference, ("participant limit",))
