"""Google's errors: a status, and a reason in Google's own JSON form."""

from __future__ import annotations

from typing import Any

from starlette.responses import JSONResponse, Response


class GoogleError(Exception):
    """An error as Google Calendar words it. `location` is the place of the fault, e.g. "parameter:timeMax"."""

    def __init__(self, status: int, reason: str, message: str, domain: str = "global", location: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.reason = reason
        self.message = message
        self.domain = domain
        self.location = location

    def response(self, headers: dict[str, str] | None = None) -> Response:
        """The answer that the client gets."""
        entry: dict[str, Any] = {"domain": self.domain, "reason": self.reason, "message": self.message}
        if self.location:
            entry["locationType"], entry["location"] = self.location.split(":")
        error = {"code": self.status, "message": self.message, "errors": [entry]}
        return JSONResponse({"error": error}, self.status, headers=headers)


def invalid(message: str, parameter: str = "") -> GoogleError:
    """400: the request can't be understood or makes no sense."""
    return GoogleError(400, "invalid", message, location=f"parameter:{parameter}" if parameter else "")


def missing(what: str) -> GoogleError:
    return GoogleError(400, "required", f"Missing {what}.")


def not_understood() -> GoogleError:
    return GoogleError(400, "parseError", "Parse Error")


def not_found() -> GoogleError:
    return GoogleError(404, "notFound", "Not Found")


def empty_range() -> GoogleError:
    message = "The specified time range is empty."
    return GoogleError(400, "timeRangeEmpty", message, "calendar", "parameter:timeMax")


def wrong_credentials() -> GoogleError:
    return GoogleError(401, "authError", "Invalid Credentials", location="header:Authorization")


def not_the_organizer() -> GoogleError:
    message = "Shared properties can only be changed by the organizer of the event."
    return GoogleError(403, "forbiddenForNonOrganizer", message, "calendar")
