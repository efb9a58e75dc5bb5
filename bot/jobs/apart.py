"""A sweep goes on with the rest where it fails for one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import structlog
from sqlalchemy.exc import OperationalError

log = structlog.get_logger()


class Unswept(Exception):
    """Some of what a sweep found could not be swept: the log says which."""


@dataclass(slots=True)
class Apart:
    """Sweeps many things so that one which fails keeps none of the others. `left` are the ids of those that failed."""

    left: list[int] = field(default_factory=list)

    def each(self, what: str, ids: Sequence[int], sweep: Callable[[Sequence[int]], int]) -> int:
        """Sweep them together; where that fails, each half of them by itself. How many `sweep` says that there were.

        Where the database fails, the fault is with none of them: they are left as they are.
        """
        try:
            return sweep(ids) if ids else 0
        except Unswept:
            self.left += ids
        except Exception as error:
            if len(ids) > 1 and not isinstance(error, OperationalError):
                half = len(ids) // 2
                return self.each(what, ids[:half], sweep) + self.each(what, ids[half:], sweep)
            log.exception("not swept", what=what, ids=list(ids))
            self.left += ids
        return 0


@contextmanager
def going_on() -> Iterator[Apart]:
    """Sweep each apart. Raises Unswept at the end when something was left."""
    apart = Apart()
    yield apart
    if apart.left:
        raise Unswept(f"{len(apart.left)} could not be swept.")
