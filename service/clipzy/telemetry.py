"""What operators see: logs, one event a line, and Prometheus metrics."""

from __future__ import annotations

import logging
import sys
from typing import Any

import structlog
from prometheus_client import Counter, Gauge, Histogram

from clipzy.settings import Settings

log: structlog.stdlib.BoundLogger = structlog.get_logger("clipzy")

JOBS_FINISHED = Counter("clipzy_jobs_finished_total", "Jobs that ended, by status.", ["status"])
JOBS_RUNNING = Gauge("clipzy_jobs_running", "Jobs that this worker is running.", multiprocess_mode="livesum")
STAGE_SECONDS = Histogram(
    "clipzy_stage_seconds",
    "How long the stages took, by stage and how they ended.",
    ["stage", "outcome"],
    buckets=(0.1, 0.3, 1, 3, 10, 30, 60, 120, 300, 600, 1800, 3600),
)
WEBHOOKS = Counter("clipzy_webhooks_total", "Attempts to deliver webhooks, by outcome.", ["outcome"])
JOB_WARNINGS = Counter("clipzy_job_warnings_total", "Warnings given to the owners of jobs, by stage.", ["stage"])

# Their own handlers would write every line a second time, in another form.
_OTHERS = ("uvicorn", "uvicorn.access", "uvicorn.error", "dbos", "alembic")


def configure_logging(settings: Settings) -> None:
    """Send every log line of this process, the libraries' too, to stderr in one form; call once at its start."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
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
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*shared, structlog.stdlib.ExtraAdder()],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *_rendering(settings)],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(settings.log_level)
    for name in _OTHERS:
        adopt_logger(name)
    quiet = logging.DEBUG if settings.debug else logging.WARNING
    for name in ("dbos", "alembic", "httpx", "httpcore", "numba"):
        logging.getLogger(name).setLevel(quiet)


def adopt_logger(name: str) -> None:
    """Let a library's log lines go our way; again after the library has put its own handler in place."""
    logger = logging.getLogger(name)
    logger.handlers = []
    logger.propagate = True


def _rendering(settings: Settings) -> list[Any]:
    if settings.log_format == "console":
        return [structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())]
    return [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(ensure_ascii=False)]
