"""Logs: one JSON line each in production, readable on a terminal, the same reference on every line of one request.

Whoever reads the logs is not to learn who takes part in a study, nor to get hold of a key. So every line, whichever
library wrote it, passes `redact` last, tracebacks included.
"""

from __future__ import annotations

import logging
import re
import secrets
import sys
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from typing import Any, Literal, TextIO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

QUIET_LOGGERS = {
    "slack_sdk": logging.INFO,
    "slack_bolt": logging.INFO,
    "googleapiclient": logging.INFO,
    "httplib2": logging.INFO,
    "urllib3": logging.INFO,
    "asyncio": logging.INFO,
    "websockets": logging.INFO,
    "uvicorn.access": logging.WARNING,
    "apscheduler": logging.WARNING,
}
"""Loggers that write payloads, addresses or a line per tick when they are let: the least level that each may have."""

SECRET_KEYS = frozenset(
    {"authorization", "client_secret", "email", "password", "private_key", "response_url", "signing_secret", "token"}
)
REDACTIONS = (
    (re.compile(r"\b(?:xox[a-z](?:\.xox[a-z])?|xapp)-[\w-]+"), "[token]"),
    (re.compile(r"\bya29\.[\w-]+"), "[token]"),
    (re.compile(r"\b(Bearer\s+)[\w.~+/=-]{20,}"), r"\1[token]"),
    (re.compile(r"([?&](?:ticket|token|code|state)=)[^&\s\"']+"), r"\1[token]"),
    (re.compile(r"-----BEGIN [A-Z ]+-----.*?-----END [A-Z ]+-----", re.DOTALL), "[private key]"),
    (re.compile(r"https?://hooks\.slack(?:-gov)?\.com/[^\s\"'<>]+"), "[response_url]"),
    (re.compile(r"https?://[^\s\"'<>]+/slack/response/[^\s\"'<>]+"), "[response_url]"),
    (re.compile(r"(://)[^/\s@:]+:[^/\s@]+@"), r"\1[credentials]@"),
    (re.compile(r"(/[a-z]/)[\w-]{20,}"), r"\1[link]"),
    (re.compile(r"[\w.+%'-]+@[\w-]+(?:\.[\w-]+)+"), "[e-mail]"),
)
"""What must not be read in a log, and what stands there instead. A participant's page is at `/<letter>/<token>`."""


def configure_logs(
    log_format: Literal["json", "console"] | None = None, level: str = "INFO", stream: TextIO | None = None
) -> None:
    """Send everything that is logged, by structlog or by the standard library, to one place (stderr) in one form.

    Without a format it is `console` on a terminal and `json` elsewhere. Calling it again replaces the earlier set-up.
    """
    stream = stream or sys.stderr
    log_format = log_format or ("console" if stream.isatty() else "json")
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
        structlog.processors.format_exc_info,
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            structlog.stdlib.PositionalArgumentsFormatter(),
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                redact,
                _renderer(log_format, stream),
            ],
        )
    )
    root = logging.getLogger()
    for earlier in root.handlers[:]:
        if isinstance(earlier.formatter, structlog.stdlib.ProcessorFormatter):
            root.removeHandler(earlier)
    root.addHandler(handler)
    root.setLevel(level)
    for name, least in QUIET_LOGGERS.items():
        logging.getLogger(name).setLevel(max(least, root.level))
    logging.captureWarnings(True)


@contextmanager
def bind_reference(**what: str) -> Iterator[str]:
    """Put one new reference, and `what` is going on, on every line that is logged inside the block.

    The reference is what a person is told when something goes wrong: eight characters, easily read out.
    """
    reference = secrets.token_hex(4).upper()
    with structlog.contextvars.bound_contextvars(reference=reference, **what):
        yield reference


def redact(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Take tokens, addresses and keys out of an event, however deep they are."""
    redacted: MutableMapping[str, Any] = redacted_value(dict(event))
    return redacted


def redacted_text(text: str) -> str:
    """The text without what must not be read in a log."""
    for pattern, instead in REDACTIONS:
        text = pattern.sub(instead, text)
    return text


def redacted_value(value: Any) -> Any:
    """The value with every text in it redacted; what is neither text, number nor a collection becomes its text."""
    if isinstance(value, str):
        return redacted_text(value)
    if isinstance(value, dict):
        return {
            key: "[redacted]" if str(key).lower() in SECRET_KEYS and each else redacted_value(each)
            for key, each in value.items()
        }
    if isinstance(value, list | tuple | set | frozenset):
        return [redacted_value(each) for each in value]
    if value is None or isinstance(value, bool | int | float):
        return value
    return redacted_text(str(value))


def _renderer(log_format: Literal["json", "console"], stream: TextIO) -> Processor:
    if log_format == "json":
        return structlog.processors.JSONRenderer(ensure_ascii=False)
    return structlog.dev.ConsoleRenderer(
        colors=stream.isatty(), exception_formatter=structlog.dev.plain_traceback, pad_event_to=0
    )
