"""What every part of the sandbox's web server shares: control errors, and connections dropped without an answer."""

from __future__ import annotations

import asyncio
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from uvicorn.protocols.http.h11_impl import H11Protocol


class DroppedConnection(Exception):
    """Raised by an endpoint to cut the connection: the caller never gets an answer."""


class DroppableProtocol(H11Protocol):
    """HTTP as uvicorn speaks it, with the way to cut the connection in `request.state.drop`."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self.app_state = {**self.app_state, "drop": transport.abort}
        super().connection_made(transport)


async def _drop(request: Request, _: Exception) -> Response:
    request.state.drop()
    return Response()


async def _control_error(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return JSONResponse({"error": error.detail}, error.status_code, headers=error.headers)


EXCEPTION_HANDLERS: dict[Any, Any] = {DroppedConnection: _drop, HTTPException: _control_error}
"""For the one Starlette app: `raise HTTPException(404, "A sentence.")` is the control API's error."""


async def json_body(request: Request) -> dict[str, Any]:
    """The JSON object in the request, {} when there is none. Raises HTTPException 400 for anything else."""
    body = await request.body()
    if not body:
        return {}
    try:
        data = await request.json()
    except ValueError:
        raise HTTPException(400, "The body is not JSON.") from None
    if not isinstance(data, dict):
        raise HTTPException(400, "The body must be a JSON object.")
    return data


def required(data: dict[str, Any], name: str) -> Any:
    """A field that must be there. Raises HTTPException 400 when it is not."""
    if name not in data:
        raise HTTPException(400, f"The field “{name}” is missing.")
    return data[name]
