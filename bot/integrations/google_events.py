"""Events as Google Calendar writes them: from a draft, into a remote event, and what differs between the two."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from bot.integrations.ports import EventAttendee, EventDraft, RemoteEvent
from bot.integrations.wording import one_line
from domain.attendance import Rsvp
from domain.errors import RuleError
from domain.times import local, zone

TAG = "callsheet"
"""The private extended property that holds our reference."""

MEETING = "callsheet_meeting"
"""The private extended property that holds the number of the meeting link, once a second one was asked for."""

FIELDS = (
    "id,etag,status,summary,start,end,transparency,hangoutLink,conferenceData,extendedProperties/private,"
    "attendees(email,displayName,responseStatus,comment,self)"
)
"""What `remote_event` reads, as a partial response names it."""

_ANSWERS = {rsvp.value: rsvp for rsvp in Rsvp}
_MEET = "hangoutsMeet"
_DISCREET = {"guestsCanSeeOtherGuests": False, "guestsCanInviteOthers": False}
"""Participants must not learn of each other."""

Json = dict[str, Any]


def ical_uid(event_id: str) -> str:
    """The UID that Google gives an event: an .ics that carries it too is the same event, not a second one."""
    return f"{event_id}@google.com"


def new_event(draft: EventDraft, owner: str) -> Json:
    """The body that creates the event on the calendar of `owner`, who has accepted; everybody else is asked."""
    return {
        "id": draft.event_id,
        "summary": draft.title,
        "description": draft.description,
        "location": draft.location or "",
        "start": _moment(draft.starts_at, draft.time_zone),
        "end": _moment(draft.ends_at, draft.time_zone),
        "attendees": [_guest(attendee, owner) for attendee in draft.attendees],
        "extendedProperties": {"private": _marks(draft)},
        **_DISCREET,
        **_conference(draft, {}),
    }


def differences(draft: EventDraft, held: Json, owner: str) -> Json:
    """The patch that makes the held event what the draft says; empty when it is so already.

    Who is invited keeps their answer. The draft says who is invited; only the organiser stays in any case.
    """
    texts = {"summary": draft.title, "description": draft.description, "location": draft.location or ""}
    patch: Json = {name: text or None for name, text in texts.items() if (held.get(name) or "") != text}
    patch |= {name: value for name, value in _DISCREET.items() if held.get(name, True) != value}
    if _tag(held) != draft.reference or _meeting_number(held) != draft.meeting_number:
        patch["extendedProperties"] = {"private": _marks(draft)}
    times = _moved(draft, held)
    return {**patch, **times, **_invited(draft, held, owner, is_moved=bool(times)), **_conference(draft, held)}


def is_pending(held: Json) -> bool:
    """Whether Google is still making the meeting's link."""
    return _request_status(held.get("conferenceData") or {}) == "pending"


def remote_event(held: Json, zone_name: str) -> RemoteEvent:
    """The event as the port describes it; whole days are those of the zone, the calendar's.

    Of an event without our tag only its times are told: what else people have in their calendars is theirs.
    """
    is_deleted = held.get("status") == "cancelled"
    attendees: Sequence[Json] = held.get("attendees") or ()
    answer = next((a.get("responseStatus") for a in attendees if a.get("self")), None)
    has_declined = answer == Rsvp.DECLINED
    is_open = held.get("transparency") == "transparent" or answer == Rsvp.TENTATIVE
    reference = _tag(held)
    is_ours = reference is not None
    return RemoteEvent(
        event_id=held["id"],
        etag=held.get("etag", ""),
        is_deleted=is_deleted,
        title=held.get("summary", "") if is_ours else "",
        starts_at=_instant(held.get("start"), zone_name),
        ends_at=_instant(held.get("end"), zone_name),
        attendees=tuple(_attendee(a) for a in attendees if a.get("email")) if is_ours else (),
        meet_link=_link(held) if is_ours else None,
        reference=reference,
        is_busy=not (is_deleted or has_declined or is_open),
        is_declined=has_declined,
        meeting_number=_meeting_number(held),
    )


def _moment(instant: datetime, zone_name: str) -> Json:
    return {"dateTime": local(instant, zone_name).isoformat(), "timeZone": zone_name}


def _instant(moment: Mapping[str, str] | None, zone_name: str) -> datetime | None:
    """The instant (aware UTC) of a start or end."""
    if not moment:
        return None
    if "dateTime" in moment:
        return datetime.fromisoformat(moment["dateTime"]).astimezone(UTC)
    return datetime.combine(date.fromisoformat(moment["date"]), time(), _zone(zone_name)).astimezone(UTC)


def _zone(name: str) -> ZoneInfo:
    """The zone; UTC for a name that only Google knows, so that one odd calendar does not stop."""
    try:
        return zone(name)
    except RuleError:
        return zone("UTC")


def _moved(draft: EventDraft, held: Json) -> Json:
    is_same = all(
        "dateTime" in held.get(end, {}) and _instant(held[end], draft.time_zone) == wanted
        for end, wanted in (("start", draft.starts_at), ("end", draft.ends_at))
    )
    if is_same:
        return {}
    # Somebody may have made it a whole-day event: the patch must take the date away.
    return {
        "start": {**_moment(draft.starts_at, draft.time_zone), "date": None},
        "end": {**_moment(draft.ends_at, draft.time_zone), "date": None},
    }


def _guest(attendee: EventAttendee, owner: str) -> Json:
    answer = Rsvp.ACCEPTED if _is_same(attendee.email, owner) else Rsvp.NEEDS_ACTION
    guest = {"email": attendee.email, "responseStatus": answer.value}
    return {**guest, "displayName": attendee.name} if attendee.name else guest


def _invited(draft: EventDraft, held: Json, owner: str, *, is_moved: bool) -> Json:
    """The attendees, if they change. Nothing but who they are is compared: Google knows many by another name."""
    present = {a["email"].lower(): a for a in held.get("attendees") or () if a.get("email")}
    wanted = {a.email.lower(): a for a in draft.attendees}
    organisers = {email for email, attendee in present.items() if attendee.get("organizer")}
    if present.keys() == wanted.keys() | organisers:
        return {}
    # Google asks everybody anew when the time moves, unless the patch brings attendees and their answers.
    asked_anew = {"responseStatus": Rsvp.NEEDS_ACTION.value} if is_moved else {}
    kept = {
        email: attendee if email in organisers else {**attendee, **asked_anew}
        for email, attendee in present.items()
        if email in organisers or email in wanted
    }
    added = {email: _guest(attendee, owner) for email, attendee in wanted.items() if email not in present}
    return {"attendees": [*kept.values(), *added.values()]}


def _conference(draft: EventDraft, held: Json) -> Json:
    """The change of the video meeting: one is asked for when there is none, or when the draft wants another; ours goes
    when it is not wanted.
    """
    present: Json = held.get("conferenceData") or {}
    is_there = bool(present.get("entryPoints")) or _request_status(present) == "pending"
    if draft.wants_meet_link and not (is_there and _meeting_number(held) == draft.meeting_number):
        # Google passes over a request whose id it has seen: the same for a retry, another after a failure.
        seed = f"{draft.event_id} {draft.meeting_number} {held.get('etag', '')}"
        request_id = hashlib.sha256(seed.encode()).hexdigest()[:32]
        request = {"requestId": request_id, "conferenceSolutionKey": {"type": _MEET}}
        return {"conferenceData": {"createRequest": request}}
    solution = present.get("conferenceSolution", {}).get("key", {}).get("type")
    if not draft.wants_meet_link and solution == _MEET:
        return {"conferenceData": None}
    return {}


def _request_status(conference: Json) -> str | None:
    status: str | None = conference.get("createRequest", {}).get("status", {}).get("statusCode")
    return status


def _link(held: Json) -> str | None:
    """The meeting's link; not one that Google is about to replace."""
    if is_pending(held):
        return None
    entries = (held.get("conferenceData") or {}).get("entryPoints", ())
    videos = (entry.get("uri") for entry in entries if entry.get("entryPointType") == "video")
    return held.get("hangoutLink") or next(videos, None)


def _attendee(attendee: Json) -> EventAttendee:
    rsvp = _ANSWERS.get(attendee.get("responseStatus", ""), Rsvp.NEEDS_ACTION)
    comment = one_line(attendee.get("comment") or "") or None
    return EventAttendee(attendee["email"], attendee.get("displayName"), rsvp, comment, bool(attendee.get("self")))


def _tag(held: Json) -> str | None:
    reference: str | None = held.get("extendedProperties", {}).get("private", {}).get(TAG)
    return reference


def _meeting_number(held: Json) -> int:
    number: str = held.get("extendedProperties", {}).get("private", {}).get(MEETING, "0")
    return int(number) if number.isdecimal() else 0


def _marks(draft: EventDraft) -> Json:
    """Our private extended properties; none that the event does not need, for each write mails its guests."""
    number = {MEETING: str(draft.meeting_number)} if draft.meeting_number else {}
    return {TAG: draft.reference, **number}


def _is_same(address: str, other: str) -> bool:
    return address.lower() == other.lower()
