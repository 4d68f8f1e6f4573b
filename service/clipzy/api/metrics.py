"""The route that Prometheus reads: this process's own measurements, and the state of the engine as a whole.

Each replica of the API tells the same of the engine, so queries take `max` over them, never `sum`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from fastapi import APIRouter, Response
from fastapi.responses import PlainTextResponse
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from clipzy.api.documentation import ANY_ERROR, failures
from clipzy.api.health import Asked, EngineState
from clipzy.api.uploads import OUTCOMES
from clipzy.errors import Forbidden, Unauthorized
from clipzy.jobs.lifecycle import TERMINAL, Status
from clipzy.telemetry.metrics import JOBS_CANCELLED, UPLOADS, tell_build

_EXAMPLE = '# HELP clipzy_jobs Jobs by status.\n# TYPE clipzy_jobs gauge\nclipzy_jobs{status="queued"} 3.0\n'

router = APIRouter(tags=["health"], responses=ANY_ERROR)


@router.get(
    "/metrics",
    operation_id="getMetrics",
    summary="Metrics",
    response_class=Response,  # with a media type of its own the errors too would be documented as text
    responses={
        200: {"description": "Prometheus text format.", "content": {"text/plain": {"example": _EXAMPLE}}},
        **failures(Unauthorized, Forbidden),
    },
)
async def read_metrics(checks: Asked) -> PlainTextResponse:
    """Counters and times of this process; jobs, workers and parts of the whole engine. Answered within seconds, whatever is away.

    Where tokens are in use it wants one of scope `metrics`.
    """
    text = generate_latest(REGISTRY) + generate_latest(_EngineMetrics(await checks.state()))
    return PlainTextResponse(text, media_type=CONTENT_TYPE_LATEST)


def begin_counters() -> None:
    """Export zeros from the start: what first appears as 1 is no increase to Prometheus; and which code this is."""
    tell_build()
    for outcome in OUTCOMES:
        UPLOADS.labels(outcome)
    for status in set(Status) - TERMINAL:
        JOBS_CANCELLED.labels(status.value)


def engine_metrics(state: EngineState) -> Iterator[Metric]:
    """What is known of the engine; of a part that is away, only that it is."""
    health = state.health
    networks = bool(health.networks) and all(health.networks.values())
    for name, what, answers in (
        ("database", "Whether the database answers and accepts writes.", health.database),
        ("storage", "Whether the object storage answers.", health.storage),
        ("inference", "Whether every network is ready; 0 while any is loading.", networks),
    ):
        yield _gauge(f"clipzy_{name}_up", what, {(): answers})
    jobs = state.jobs or {}
    counted: dict[tuple[str, ...], float] = {(status.value,): count for status, count in jobs.items()}
    yield _gauge("clipzy_jobs", "Jobs by status.", counted, ["status"])
    if state.backlog is not None:
        backlog = state.backlog
        yield _gauge(
            "clipzy_queue_oldest_age_seconds",
            "Seconds for which the oldest queued job has waited.",
            {(): backlog.oldest_s},
        )
        yield _gauge(
            "clipzy_workers_alive", "Workers with a heartbeat within WORKER_LOST_AFTER_S.", {(): backlog.workers_alive}
        )
        yield _gauge("clipzy_webhooks_pending", "Webhooks waiting to be delivered or retried.", {(): backlog.webhooks})
        undeleted = "Deleted jobs and uploads whose files could not be deleted despite retries."
        yield _gauge("clipzy_deletions_stuck", undeleted, {(): backlog.undeleted})
    yield from state.disks


def _gauge(
    name: str, what: str, values: Mapping[tuple[str, ...], float], labels: Iterable[str] = ()
) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, what, labels=list(labels))
    for key, value in values.items():
        family.add_metric(key, float(value))
    return family


class _EngineMetrics(Collector):
    def __init__(self, state: EngineState) -> None:
        self._state = state

    def collect(self) -> Iterator[Metric]:
        return engine_metrics(self._state)
