"""The route that Prometheus reads: this process's own measurements, and the jobs in the database."""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa
from fastapi import APIRouter, Response
from fastapi.responses import PlainTextResponse
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from clipzy.api.dependencies import Provided
from clipzy.api.documentation import ANY_ERROR, failures
from clipzy.errors import Unauthorized
from clipzy.jobs.store import Store

_EXAMPLE = '# HELP clipzy_jobs Jobs by status.\n# TYPE clipzy_jobs gauge\nclipzy_jobs{status="queued"} 3.0\n'

router = APIRouter(tags=["health"], responses=ANY_ERROR)


@router.get(
    "/metrics",
    operation_id="getMetrics",
    summary="Metrics",
    response_class=Response,  # with a media type of its own the errors too would be documented as text
    responses={
        200: {"description": "In Prometheus' text format.", "content": {"text/plain": {"example": _EXAMPLE}}},
        **failures(Unauthorized),
    },
)
def read_metrics(services: Provided) -> PlainTextResponse:
    """Counters and times of this process; jobs by status over the whole engine."""
    of_engine = CollectorRegistry(auto_describe=False)
    of_engine.register(_Jobs(services.store))
    text = generate_latest(REGISTRY) + generate_latest(of_engine)
    return PlainTextResponse(text, media_type=CONTENT_TYPE_LATEST)


class _Jobs(Collector):
    def __init__(self, store: Store) -> None:
        self._store = store

    def collect(self) -> Iterator[Metric]:
        up = GaugeMetricFamily("clipzy_database_up", "Whether the database answers.")
        jobs = GaugeMetricFamily("clipzy_jobs", "Jobs by status.", labels=["status"])
        try:
            for status, count in self._store.count_jobs().items():
                jobs.add_metric([status.value], count)
            up.add_metric([], 1)
        except sa.exc.SQLAlchemyError:  # the process's own measurements are wanted then above all
            up.add_metric([], 0)
        yield up
        yield jobs
