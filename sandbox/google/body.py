"""What clients write: event bodies checked as Google checks them, and brought into one form."""

from __future__ import annotations

import copy
import hashlib
import re
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sandbox.google.errors import GoogleError, empty_range, invalid, missing, not_understood
from sandbox.google.event import Json, instant

_ID = re.compile(r"[a-v0-9]{5,1024}")
_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+")
_RESPONSES = ("needsAction", "declined", "tentative", "accepted")
_STATUSES = ("confirmed", "tentative", "cancelled")
_GUEST_FIELDS = ("displayName", "optional", "resource", "comment", "additionalGuests")
_OWN_FIELDS = ("colorId", "reminders", "transparency", "visibility")
_SHARED_FIELDS = (
    "summary",
    "description",
    "location",
    "status",
    "source",
    "attachments",
    "anyoneCanAddSelf",
    "guestsCanInviteOthers",
    "guestsCanModify",
    "guestsCanSeeOtherGuests",
)
_TYPES: dict[str, type] = {
    "attendees": list,
    "attachments": list,
    "summary": str,
    "description": str,
    "location": str,
    "extendedProperties": dict,
    "conferenceData": dict,
    "reminders": dict,
    "source": dict,
}


@dataclass(frozen=True, slots=True)
class Draft:
    """An event body in one form: what all copies share, what this copy has for itself, and the guests."""

    shared: Json
    own: Json
    attendees: list[Json]


def checked_id(body: Json) -> str | None:
    """The client's id for a new event, if there is one. Raises GoogleError 400 for one that Google refuses."""
    wanted = body.get("id")
    if wanted is None:
        return None
    if not isinstance(wanted, str) or not _ID.fullmatch(wanted):
        raise invalid("Invalid resource id value.")
    if "iCalUID" in body:
        raise invalid("Only one of id and iCalUID can be given.")
    return wanted


def parse(body: Json, calendar_zone: str) -> Draft:
    """Check a whole event body. Raises GoogleError 400. Fields that a client can't write are passed over."""
    for name, expected in _TYPES.items():
        if body.get(name) is not None and not isinstance(body[name], expected):
            raise not_understood()
    if body.get("recurrence"):
        raise invalid("The sandbox has no recurring events.", "recurrence")
    shared = {name: body[name] for name in _SHARED_FIELDS if body.get(name) is not None}
    own = {name: body[name] for name in _OWN_FIELDS if body.get(name) is not None}
    shared.setdefault("status", "confirmed")
    shared["start"] = _moment(body.get("start"), "start")
    shared["end"] = _moment(body.get("end"), "end")
    _check_values(shared, own, calendar_zone)
    for target, kind in ((shared, "shared"), (own, "private")):
        properties = _properties(body.get("extendedProperties") or {}, kind)
        if properties:
            target["extendedProperties"] = {kind: properties}
    return Draft(shared, own, _guests(body.get("attendees") or []))


def merge_patch(resource: Json, patch: Json) -> Json:
    """Google's patch: objects are merged, null removes a field, lists are replaced as a whole."""
    result = copy.copy(resource)
    for name, value in patch.items():
        if value is None:
            result.pop(name, None)
        elif isinstance(value, dict) and isinstance(result.get(name), dict):
            result[name] = merge_patch(result[name], value)
        else:
            result[name] = value
    return result


def conference(body: Json, present: Json | None, calendar: str, status: str) -> Json | None:
    """The conference after a write with conferenceDataVersion=1. `status` is what becomes of a new one."""
    wanted = body.get("conferenceData", present)
    if wanted is None or wanted == present:
        return present if "conferenceData" not in body else wanted
    request = wanted.get("createRequest")
    if request is None:
        return dict(wanted)
    if not request.get("requestId"):
        raise missing("conference request ID")
    if request.get("conferenceSolutionKey", {"type": "hangoutsMeet"}).get("type") != "hangoutsMeet":
        raise invalid("Invalid conference type value.")
    if present is not None and present.get("createRequest", {}).get("requestId") == request["requestId"]:
        return present
    new = _meeting(calendar, request["requestId"])
    new["createRequest"]["status"] = {"statusCode": status}
    return new if status == "success" else {"createRequest": new["createRequest"]}


def settled(pending: Json, calendar: str) -> Json:
    """A conference that was pending, a moment later."""
    return _meeting(calendar, pending["createRequest"]["requestId"])


def _meeting(calendar: str, request_id: str) -> Json:
    digest = hashlib.sha256(f"{calendar} {request_id}".encode()).digest()
    letters = "".join(chr(ord("a") + octet % 26) for octet in digest[:10])
    code = f"{letters[:3]}-{letters[3:7]}-{letters[7:]}"
    key = {"type": "hangoutsMeet"}
    return {
        "createRequest": {
            "requestId": request_id,
            "conferenceSolutionKey": key,
            "status": {"statusCode": "success"},
        },
        "entryPoints": [
            {"entryPointType": "video", "uri": f"https://meet.google.com/{code}", "label": f"meet.google.com/{code}"}
        ],
        "conferenceSolution": {"key": key, "name": "Google Meet"},
        "conferenceId": code,
    }


def _moment(given: Any, which: str) -> Json:
    moment = {name: value for name, value in given.items() if value is not None} if isinstance(given, dict) else {}
    if not ("date" in moment or "dateTime" in moment):
        raise missing(f"{which} time")
    try:
        if "date" in moment:
            if "dateTime" in moment:
                raise invalid(f"Invalid {which} time.")
            return {"date": date.fromisoformat(moment["date"]).isoformat()}
        return _instant(moment, which)
    except (ValueError, TypeError):
        raise invalid(f'Invalid value for: Invalid format: "{moment.get("dateTime", moment.get("date"))}"') from None


def _instant(moment: Json, which: str) -> Json:
    at = datetime.fromisoformat(moment["dateTime"])
    zone = moment.get("timeZone")
    if zone is None:
        if at.tzinfo is None:
            raise invalid(f"Missing time zone definition for {which} time.")
        return {"dateTime": at.isoformat()}
    try:
        place = ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError):
        raise invalid(f"Invalid time zone definition for {which} time.") from None
    local = at.replace(tzinfo=place) if at.tzinfo is None else at.astimezone(place)
    return {"dateTime": local.isoformat(), "timeZone": zone}


def _check_values(shared: Json, own: Json, calendar_zone: str) -> None:
    if ("date" in shared["start"]) != ("date" in shared["end"]):
        raise invalid("The start and end times must either both be date or both be dateTime.")
    if instant(shared["end"], calendar_zone) < instant(shared["start"], calendar_zone):
        raise empty_range()
    if shared["status"] not in _STATUSES:
        raise invalid("Invalid status value.")
    if own.get("transparency", "opaque") not in ("opaque", "transparent"):
        raise invalid("Invalid transparency value.")
    if own.get("transparency") == "opaque":
        del own["transparency"]


def _properties(properties: Json, kind: str) -> dict[str, str]:
    """Values are texts; 1,024 characters of key and value each and 300 properties are Google's limits."""
    given = properties.get(kind) or {}
    if not isinstance(given, dict):
        raise not_understood()
    pairs = {name: value for name, value in given.items() if value is not None}
    if len(pairs) > 300 or any(len(name) > 44 or len(str(value)) > 1024 for name, value in pairs.items()):
        raise GoogleError(400, "extendedPropertyTooLong", "An extended property is too long.", "calendar")
    return {name: str(value) for name, value in pairs.items()}


def _guests(attendees: list[Json]) -> list[Json]:
    guests: dict[str, Json] = {}
    for attendee in attendees:
        if not isinstance(attendee, dict):
            raise not_understood()
        if not attendee.get("email"):
            raise missing("attendee email")
        address = str(attendee["email"]).lower()
        if not _ADDRESS.fullmatch(address):
            raise invalid("Invalid attendee email.")
        response = attendee.get("responseStatus", "needsAction")
        if response not in _RESPONSES:
            raise invalid("Invalid attendee response status.")
        kept = {name: attendee[name] for name in _GUEST_FIELDS if attendee.get(name) is not None}
        guests[address] = {"email": address, "responseStatus": response, **kept}
    return list(guests.values())
