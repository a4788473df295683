"""One JSON line a fact, to stdout, from a closed list of field names.

The list is the privacy rule: a field that is not on it is dropped, so an address, a name, a token or a path cannot slip
into a log by being passed along. Routes are written as patterns, never as paths.
"""

import logging
import sys
from collections.abc import MutableMapping
from contextlib import AbstractContextManager
from typing import Any

import structlog

ALLOWED = frozenset(
    "event level timestamp service process correlation_id route method status ms count reason error where topic partition offset type"
    " state template attempts command collection waiting exception".split()
)


def configure(service: str, process: str, level: str) -> None:
    """Set the process's logging up, once, at its start."""
    identity = _identity(service, process)
    number = logging.getLevelNamesMapping().get(level.upper(), logging.INFO)
    logging.basicConfig(stream=sys.stdout, level=max(number, logging.WARNING), format="%(message)s", force=True)
    for handler in logging.getLogger().handlers:
        handler.setFormatter(structlog.stdlib.ProcessorFormatter(processors=[_library_line, identity, *_shared()]))
    structlog.configure(
        processors=[structlog.contextvars.merge_contextvars, structlog.processors.add_log_level, identity, *_shared()],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.PrintLoggerFactory(),
        cache_logger_on_first_use=False,
    )


def _identity(service: str, process: str) -> Any:
    """Who speaks: on each line, as a context variable would not reach the threads that a server starts."""

    def add(_logger: Any, _name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        event.update(service=service, process=process)
        return event

    return add


def _shared() -> list[Any]:
    return [structlog.processors.TimeStamper(fmt="iso", utc=True), allow_listed, structlog.processors.JSONRenderer()]


def allow_listed(_logger: Any, _name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Drop every field that is not on the list."""
    return {key: value for key, value in event.items() if key in ALLOWED}


def _library_line(_logger: Any, _name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A library's own log call: keep who said it and how bad it is, never what (it may quote a document or an address)."""
    record: logging.LogRecord = event["_record"]
    raised = event.get("exc_info")  # the formatter has taken it off the record
    error = raised[0].__name__ if raised and raised[0] else None
    return {"event": "library", "where": record.name, "level": record.levelname.lower(), "error": error}


def log() -> Any:
    """The logger; call as `log().info("message counted", count=3)`."""
    return structlog.get_logger()


def correlation(correlation_id: str) -> AbstractContextManager[Any]:
    """Every line inside carries this correlation id."""
    return structlog.contextvars.bound_contextvars(correlation_id=correlation_id)


def current_correlation() -> str | None:
    found = structlog.contextvars.get_contextvars().get("correlation_id")
    return str(found) if found else None


def where_raised(error: BaseException) -> str:
    """`module:line` of the innermost frame: enough to find a fault, and never the message's own words."""
    trace = error.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    return f"{trace.tb_frame.f_globals.get('__name__', '?')}:{trace.tb_lineno}" if trace else "?"
