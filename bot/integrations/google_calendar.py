"""The hosts' calendars in Google (the port `Calendar`).

Google's own invitations go to everybody (`sendUpdates=all`): they alone put the event on any participant's calendar
with Yes, Maybe and No, and bring the answer back. The .ics in Callsheet's mail carries the same UID (`ical_uid`), so it
is the same event to the participant's calendar and not a second one. A save that changes nothing writes nothing, and
so mails nobody.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal

from bot.integrations.google_api import TIMEOUT, GoogleApi, Rejected
from bot.integrations.google_events import FIELDS, differences, is_pending, new_event, remote_event
from bot.integrations.ports import Changes, EventDraft, Missing, PushChannel, RemoteEvent, Unavailable
from domain.times import Span

if TYPE_CHECKING:
    from googleapiclient._apis.calendar.v3.resources import CalendarResource

LOOK_LIMIT = 2.0
"""Seconds that a live look at a calendar may take."""

_SEND_UPDATES: Literal["all"] = "all"
_WRITES = 3
_LINK_LOOKS = 3
_LINK_PAUSE = 0.5
_DUPLICATE, _NOT_FOUND, _GONE, _CHANGED = 409, 404, 410, 412

Json = dict[str, Any]


class GoogleCalendar:
    """Each calendar is reached as its own owner. Safe for many threads; `close` it in the end.

    `account`, `api_endpoint` and `timeout` are those of `GoogleApi`; `page_size` is how many events a list is read in
    at a time (Google gives 2,500 at most); `sleep` takes seconds.
    """

    def __init__(
        self,
        account: Mapping[str, Any],
        api_endpoint: str | None = None,
        timeout: float = TIMEOUT,
        page_size: int = 2500,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._api: GoogleApi[CalendarResource] = GoogleApi(account, api_endpoint, timeout)
        self._page_size = page_size
        self._sleep = sleep

    def close(self) -> None:
        """Close the connections."""
        self._api.close()

    def save(self, calendar_id: str, draft: EventDraft) -> RemoteEvent:
        """Create the event or bring it up to date; who was invited keeps their answer. Safe to repeat.

        A meeting link that Google is slow to make may be missing from the answer; it comes with the next changes.
        Raises Missing when the event was deleted in the calendar.
        """
        try:
            held = self._insert(calendar_id, draft)
        except Rejected as error:
            if error.status != _DUPLICATE:
                raise
            held = self._bring_up_to_date(calendar_id, draft)
        return remote_event(self._with_link(calendar_id, held), draft.time_zone)

    def delete(self, calendar_id: str, event_id: str) -> None:
        """Cancel the event for everybody. Nothing happens when it is gone already."""
        try:
            self._api.call(
                calendar_id,
                lambda google: google.events().delete(
                    calendarId=calendar_id, eventId=event_id, sendUpdates=_SEND_UPDATES
                ),
            )
        except Rejected as error:
            if error.status not in (_NOT_FOUND, _GONE):
                raise

    def changes(self, calendar_id: str, sync_token: str | None, since: datetime) -> Changes:
        """What changed since the token was given; without one, or when it is worn out, everything from `since` on.

        Of events that are not ours only the times are told.
        """
        if sync_token is not None:
            try:
                return self._changes(calendar_id, {"syncToken": sync_token})
            except Rejected as error:
                if error.status not in (_GONE, 400):
                    raise
        return self._changes(calendar_id, {"timeMin": since.astimezone(UTC).isoformat()})

    def look(self, calendar_id: str, span: Span) -> tuple[RemoteEvent, ...]:
        """The events that lie in the span, as they are now; it takes two seconds at most."""
        gives_up_at = time.monotonic() + LOOK_LIMIT
        where = {"timeMin": span.start.astimezone(UTC).isoformat(), "timeMax": span.end.astimezone(UTC).isoformat()}
        events: list[RemoteEvent] = []
        page: Json = {}
        while not page or "nextPageToken" in page:
            if time.monotonic() > gives_up_at:
                raise Unavailable("Google Calendar did not answer in time.")
            turned = {"pageToken": page["nextPageToken"]} if page else {}
            page = self._page(calendar_id, {**where, **turned}, timeout=LOOK_LIMIT)
            events += (remote_event(item, page.get("timeZone", "UTC")) for item in page.get("items", ()))
        return tuple(events)

    def watch(self, calendar_id: str, channel_id: str, token: str, address: str, until: datetime) -> PushChannel:
        """Have change notices posted to `address` until then at the latest. Each try needs a channel id of its own."""
        body = {
            "id": channel_id,
            "type": "web_hook",
            "address": address,
            "token": token,
            "expiration": str(int(until.timestamp() * 1000)),
        }
        answer = self._api.call(
            calendar_id, lambda google: google.events().watch(calendarId=calendar_id, body=_typed(body))
        )
        expires = datetime.fromtimestamp(int(answer["expiration"]) / 1000, UTC) if "expiration" in answer else until
        return PushChannel(answer["id"], answer["resourceId"], expires)

    def stop_watching(self, channel_id: str, resource_id: str, calendar_id: str) -> None:
        """End a stream of notices. Nothing happens when it has ended already."""
        body = {"id": channel_id, "resourceId": resource_id}
        try:
            self._api.call(calendar_id, lambda google: google.channels().stop(body=_typed(body)))
        except Rejected as error:
            if error.status != _NOT_FOUND:
                raise

    def _insert(self, calendar_id: str, draft: EventDraft) -> Json:
        answer: Json = self._api.call(
            calendar_id,
            lambda google: google.events().insert(
                calendarId=calendar_id,
                body=_typed(new_event(draft, calendar_id)),
                conferenceDataVersion=1,
                sendUpdates=_SEND_UPDATES,
            ),
        )
        return answer

    def _bring_up_to_date(self, calendar_id: str, draft: EventDraft) -> Json:
        """Read, compare, write on condition that nobody wrote in between; then read again."""
        for _ in range(_WRITES):
            held = self._event(calendar_id, draft.event_id)
            patch = differences(draft, held, calendar_id)
            if not patch:
                return held
            try:
                return self._patch(calendar_id, held, patch)
            except Rejected as error:
                if error.status != _CHANGED:
                    raise
        raise Unavailable("Others keep changing the event in the calendar.", went_out=False)

    def _event(self, calendar_id: str, event_id: str) -> Json:
        try:
            held: Json = self._api.call(
                calendar_id, lambda google: google.events().get(calendarId=calendar_id, eventId=event_id)
            )
        except Rejected as error:
            raise _missing(error) from None
        if held.get("status") == "cancelled":
            raise Missing("The event was deleted in the calendar.")
        return held

    def _patch(self, calendar_id: str, held: Json, patch: Json) -> Json:
        def request(google: Any) -> Any:
            asked = google.events().patch(
                calendarId=calendar_id,
                eventId=held["id"],
                body=patch,
                conferenceDataVersion=1,
                sendUpdates=_SEND_UPDATES,
            )
            asked.headers["If-Match"] = held["etag"]
            return asked

        try:
            answer: Json = self._api.call(calendar_id, request)
        except Rejected as error:
            raise _missing(error) from None
        return answer

    def _with_link(self, calendar_id: str, held: Json) -> Json:
        """The event once its meeting link is made, if that does not take long."""
        for _ in range(_LINK_LOOKS):
            if not is_pending(held):
                break
            self._sleep(_LINK_PAUSE)
            held = self._event(calendar_id, held["id"])
        return held

    def _changes(self, calendar_id: str, start: Json) -> Changes:
        """All pages. But for their start, the parameters of a full and an incremental list have to be the same."""
        events: list[RemoteEvent] = []
        page: Json = {}
        while not page or "nextPageToken" in page:
            turned = {"pageToken": page["nextPageToken"]} if page else {}
            page = self._page(calendar_id, {**start, **turned})
            events += (remote_event(item, page.get("timeZone", "UTC")) for item in page.get("items", ()))
        return Changes(tuple(events), page["nextSyncToken"], is_full="syncToken" not in start)

    def _page(self, calendar_id: str, where: Json, timeout: float | None = None) -> Json:
        answer: Json = self._api.call(
            calendar_id,
            lambda google: google.events().list(
                calendarId=calendar_id,
                singleEvents=True,
                maxResults=self._page_size,
                fields=f"items({FIELDS}),nextPageToken,nextSyncToken,timeZone",
                **where,
            ),
            timeout=timeout,
        )
        return answer


def _missing(error: Rejected) -> Rejected | Missing:
    """The error of a call about an event that has to be there."""
    if error.status in (_NOT_FOUND, _GONE):
        return Missing("The event is not in the calendar any more.")
    return error


def _typed(body: Json) -> Any:
    """The body for Google's client, whose types are narrower than the JSON that Google takes (a null, for one)."""
    return body
