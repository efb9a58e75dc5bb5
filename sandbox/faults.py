"""Faults on demand, per service: what Slack, Google and a mail server do on a bad day."""

from __future__ import annotations

import itertools
import threading
from dataclasses import asdict, dataclass
from typing import Any, Literal

Service = Literal["slack", "calendar", "mail"]
Kind = Literal["rate_limit", "error", "timeout", "accept_then_drop", "gone"]


@dataclass(slots=True)
class Fault:
    """One fault in force. `count` is how many calls are still to suffer it; None means until it is removed."""

    id: int
    service: Service
    kind: Kind
    method: str | None = None
    count: int | None = None
    retry_after: int = 1
    seconds: float = 15.0
    status: int = 500

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


class Faults:
    """The faults in force. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._ids = itertools.count(1)
        self._faults: list[Fault] = []

    def add(self, service: Service, kind: Kind, **options: Any) -> Fault:
        """Put a fault in force. Options are the fields of `Fault`; a wrong one raises TypeError."""
        with self._lock:
            fault = Fault(next(self._ids), service, kind, **options)
            self._faults.append(fault)
            return fault

    def remove(self, fault_id: int | None = None) -> None:
        """End one fault, or all of them."""
        with self._lock:
            self._faults = [] if fault_id is None else [f for f in self._faults if f.id != fault_id]

    def list(self) -> list[Fault]:
        with self._lock:
            return list(self._faults)

    def take(self, service: Service, method: str) -> Fault | None:
        """The fault that this call suffers, if any; its count goes down by one."""
        with self._lock:
            for fault in self._faults:
                if fault.service == service and fault.method in (None, method):
                    if fault.count is not None:
                        fault.count -= 1
                        if fault.count <= 0:
                            self._faults.remove(fault)
                    return fault
            return None

    def is_gone(self, service: Service) -> bool:
        """Whether the whole service is out of reach, for connections that stay open (sockets)."""
        with self._lock:
            return any(f.service == service and f.kind == "gone" for f in self._faults)
