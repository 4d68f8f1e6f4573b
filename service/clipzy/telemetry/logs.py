"""Logs: one event a line, whoever wrote it, with the ids of the request, the job and the trace that it belongs to."""

from __future__ import annotations

import logging
import math
import re
import sys
import threading
import time
from collections import Counter
from typing import TYPE_CHECKING, Any

import structlog

from clipzy.telemetry import trace_context

if TYPE_CHECKING:  # what only writes a line need not load what reads the environment
    from clipzy.settings import Settings

log: structlog.stdlib.BoundLogger = structlog.get_logger("clipzy")

SAME_LINE_EVERY_S = 30.0

# What terminals obey (ECMA-48), but for tabs and line ends.
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")

# Their own handlers would write every line a second time, in another form.
_OTHERS = ("uvicorn", "uvicorn.access", "uvicorn.error", "dbos", "alembic")


def configure_logging(settings: Settings) -> None:
    """Send every log line of this process, the libraries' too, to stderr in one form; call once at its start."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        _add_trace,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,  # `log` above exists before it is configured
    )
    handler = _StderrHandler()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*shared, structlog.stdlib.ExtraAdder(), _plain],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *_rendering(settings)],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(settings.log_level)
    for name in _OTHERS:
        adopt_logger(name)
    queue = logging.getLogger("dbos")
    queue.filters = [each for each in queue.filters if not isinstance(each, Seldom)]
    if not settings.debug:
        queue.addFilter(Seldom())
    quiet = logging.DEBUG if settings.debug else logging.WARNING
    for name in ("dbos", "alembic", "httpx", "httpcore", "numba", "opentelemetry"):
        logging.getLogger(name).setLevel(quiet)


class Seldom(logging.Filter):
    """Passes a message of each line of code once in a while, with how many of that line were dropped meanwhile.

    While the database is away, threads of the queue's library try again several times a second, and tell of it each time.
    """

    def __init__(self, every_s: float = SAME_LINE_EVERY_S) -> None:
        """`every_s`: seconds between two messages of one line."""
        super().__init__()
        self._every_s = every_s
        self._lock = threading.Lock()
        self._said: dict[tuple[str, int], float] = {}
        self._held_back: Counter[tuple[str, int]] = Counter()

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the message is to be heard."""
        # not by its text, which has a time, a port or a whole trace in it
        line, moment = (record.pathname, record.lineno), time.monotonic()
        with self._lock:
            if moment < self._said.get(line, -math.inf) + self._every_s:
                self._held_back[line] += 1
                return False
            self._said[line] = moment
            if held_back := self._held_back.pop(line, 0):
                record.held_back = held_back
        return True


def adopt_logger(name: str) -> None:
    """Let a library's log lines go through our handler; again after the library has installed its own."""
    logger = logging.getLogger(name)
    logger.handlers = []
    logger.propagate = True


class _StderrHandler(logging.StreamHandler[Any]):
    """Writes to the stderr of that moment: an earlier one may have been replaced and closed."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write one event."""
        self.stream = sys.stderr
        super().emit(record)


def _add_trace(_logger: object, _method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    context = trace_context.current()
    if context is not None:
        event.setdefault("trace_id", context.trace_id)
        event.setdefault("span_id", context.span_id)
    return event


def _plain(_logger: object, _method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    event.pop("color_message", None)  # uvicorn's second copy of a line, for terminals
    return event


def _harmless(_logger: object, _method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """Escapes control characters for a terminal: a stranger's words, such as a request's path, must not move the cursor."""
    return {key: _CONTROLS.sub(_escaped, value) if isinstance(value, str) else value for key, value in event.items()}


def _escaped(sign: re.Match[str]) -> str:
    return sign[0].encode("unicode_escape").decode()


def _rendering(settings: Settings) -> list[Any]:
    if settings.log_format == "console":
        # its own traces show the values of variables, tokens of requests among them, and take seconds to draw
        plain = structlog.dev.plain_traceback
        return [_harmless, structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=plain)]

    def add_env(_logger: object, _method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
        event.setdefault("env", settings.env)
        return event

    return [add_env, structlog.processors.format_exc_info, structlog.processors.JSONRenderer(ensure_ascii=False)]
