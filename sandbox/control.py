"""The control API of what belongs to no one service: the clock, the faults, and the stream of changes for the pages."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from datetime import datetime, timedelta
from typing import Any, get_args
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from sandbox.bus import Bus
from sandbox.clock import SandboxClock
from sandbox.faults import Faults, Kind, Service
from sandbox.web import json_body, required

_FAULT_OPTIONS: dict[str, Callable[[Any], bool]] = {
    "method": lambda value: isinstance(value, str),
    "count": lambda value: isinstance(value, int) and value >= 1,
    "retry_after": lambda value: isinstance(value, int) and value >= 0,
    "seconds": lambda value: isinstance(value, int | float) and value >= 0,
    "status": lambda value: isinstance(value, int) and 400 <= value <= 599,
}
"""The options of a fault that may be given, and what each may be."""
_HEARTBEAT_SECONDS = 15.0


def routes(clock: SandboxClock, faults: Faults, bus: Bus, changed: Callable[[], None]) -> list[BaseRoute]:
    """The routes under /control that the sandbox as a whole answers."""
    return [
        Route("/control/health", _health),
        Route("/control/events", _Events(bus).stream),
        *_ClockControl(clock, bus, changed).routes(),
        *_FaultControl(faults, bus).routes(),
    ]


async def _health(_: Request) -> Response:
    return JSONResponse({"ready": True})


class _Events:
    def __init__(self, bus: Bus) -> None:
        self._bus = bus

    async def stream(self, _: Request) -> Response:
        return StreamingResponse(self._notices(), media_type="text/event-stream", headers={"Cache-Control": "no-store"})

    async def _notices(self) -> AsyncIterator[str]:
        notices = self._bus.listen()
        waiting = asyncio.ensure_future(anext(notices, None))
        await asyncio.sleep(0)  # so that it is listening when the page reads the first line
        yield "retry: 1000\n\n"
        try:
            while True:
                done, _ = await asyncio.wait({waiting}, timeout=_HEARTBEAT_SECONDS)
                if not done:
                    yield ": still here\n\n"
                    continue
                notice = waiting.result()
                if notice is None:
                    return
                yield f"data: {json.dumps(notice)}\n\n"
                waiting = asyncio.ensure_future(anext(notices, None))
        finally:
            waiting.cancel()


class _ClockControl:
    def __init__(self, clock: SandboxClock, bus: Bus, changed: Callable[[], None]) -> None:
        self._clock = clock
        self._bus = bus
        self._changed = changed

    def routes(self) -> list[BaseRoute]:
        return [
            Route("/control/clock", self.show, methods=["GET"]),
            Route("/control/clock", self.move, methods=["POST"]),
        ]

    async def show(self, _: Request) -> Response:
        return self._answer()

    async def move(self, request: Request) -> Response:
        by = _step(await json_body(request), self._clock.now())
        try:
            # Not on the event loop: whoever listens for the jump may call the sandbox.
            await asyncio.to_thread(self._clock.advance, by)
        except ValueError as error:
            raise HTTPException(400, str(error)) from None
        except OverflowError:
            raise HTTPException(400, "That is too far in the future.") from None
        self._changed()
        self._bus.publish("clock")
        return self._answer()

    def _answer(self) -> Response:
        return JSONResponse(
            {"now": self._clock.now().isoformat(), "offset_seconds": self._clock.offset.total_seconds()}
        )


def _step(body: dict[str, Any], now: datetime) -> timedelta:
    """How far the clock is to go. Raises HTTPException 400 for what is not understood."""
    try:
        if "advance_seconds" in body:
            return timedelta(seconds=float(body["advance_seconds"]))
        if "to" in body:
            to = datetime.fromisoformat(body["to"])
            if to.tzinfo is None:
                raise HTTPException(400, "The time in “to” needs a UTC offset.")
            return to - now
        hour, minute = map(int, required(body, "next").split(":"))
        local = now.astimezone(ZoneInfo(required(body, "time_zone")))
        then = local.replace(hour=hour, minute=minute, second=0, microsecond=0)
        if then <= local:
            then += timedelta(days=1)
        return then.astimezone(now.tzinfo) - now
    except (ValueError, TypeError, AttributeError, OverflowError, ZoneInfoNotFoundError) as error:
        raise HTTPException(400, f"This step of the clock is not understood: {error}") from None


class _FaultControl:
    def __init__(self, faults: Faults, bus: Bus) -> None:
        self._faults = faults
        self._bus = bus

    def routes(self) -> list[BaseRoute]:
        return [
            Route("/control/faults", self.show, methods=["GET"]),
            Route("/control/faults", self.add, methods=["POST"]),
            Route("/control/faults", self.clear, methods=["DELETE"]),
            Route("/control/faults/{fault:int}", self.remove, methods=["DELETE"]),
        ]

    async def show(self, _: Request) -> Response:
        return JSONResponse({"faults": [fault.as_dict() for fault in self._faults.list()]})

    async def add(self, request: Request) -> Response:
        body = await json_body(request)
        service, kind = required(body, "service"), required(body, "kind")
        if service not in get_args(Service):
            raise HTTPException(400, f"There is no service “{service}”: say slack, calendar or mail.")
        if kind not in get_args(Kind):
            raise HTTPException(400, f"There is no fault “{kind}”: say one of {', '.join(get_args(Kind))}.")
        options = {name: value for name, value in body.items() if name not in ("service", "kind") and value is not None}
        for name, value in options.items():
            if name not in _FAULT_OPTIONS:
                raise HTTPException(400, f"A fault has no field “{name}”.")
            if not _FAULT_OPTIONS[name](value):
                raise HTTPException(400, f"“{value}” is no {name} of a fault.")
        fault = self._faults.add(service, kind, **options)
        self._bus.publish("faults")
        return JSONResponse(fault.as_dict())

    async def clear(self, _: Request) -> Response:
        self._faults.remove()
        self._bus.publish("faults")
        return JSONResponse({})

    async def remove(self, request: Request) -> Response:
        self._faults.remove(request.path_params["fault"])
        self._bus.publish("faults")
        return JSONResponse({})
