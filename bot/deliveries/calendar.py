"""An interview's event in the calendar of the host who organises it."""

from __future__ import annotations

from bot.deliveries.scope import workspace_of
from bot.deliveries.tools import Tools
from bot.integrations.ports import Missing, Refused
from bot.services import calendar_changes, calendars
from bot.services.calendars import Meeting
from bot.services.outgoing import Kind
from domain.calendar import EventDraft, RemoteEvent
from storage import projections
from storage.outbox import Delivery
from storage.projections import Remote


def deliver(delivery: Delivery, tools: Tools) -> None:
    """Write the event as the interview is now, or take it away. Without a calendar there is nothing to do."""
    if tools.calendar is None:
        return
    interview_id = int(delivery.subject)
    with tools.database.reading() as session:
        event = calendars.event_of(session, workspace_of(delivery), interview_id)
        held = projections.find(session, workspace_of(delivery), Kind.CALENDAR, delivery.subject)
    if event is None:
        return
    if held is not None and held.remote_id != event.event_id:
        tools.calendar.delete(held.container, held.remote_id)
    if event.draft is None:
        tools.calendar.delete(event.calendar_id, event.event_id)
        with tools.database.unit_of_work() as session:
            calendars.note_removed(session, workspace_of(delivery), interview_id)
        return
    saved = save(delivery, event.calendar_id, event.draft, tools)
    if saved is not None:
        remote = Remote(event.calendar_id, event.event_id, etag=saved.etag)
        with tools.database.unit_of_work() as session:
            meeting = Meeting(saved.meet_link, saved.meeting_number)
            now = tools.clock.now()
            calendars.note_written(session, workspace_of(delivery), interview_id, remote, meeting, now)


def save(delivery: Delivery, calendar_id: str, draft: EventDraft, tools: Tools) -> RemoteEvent | None:
    """The event as the calendar holds it now. None when it was deleted there, which calls the interview off.

    Raises Unavailable, and Refused after the team was told.
    """
    assert tools.calendar is not None
    try:
        return tools.calendar.save(calendar_id, draft)
    except Missing:
        with tools.database.unit_of_work() as session:
            calendar_changes.found_deleted(session, workspace_of(delivery), int(delivery.subject), tools.clock.now())
        return None
    except Refused as error:
        with tools.database.unit_of_work() as session:
            now = tools.clock.now()
            calendars.note_failure(session, workspace_of(delivery), int(delivery.subject), error.why, now)
        raise
