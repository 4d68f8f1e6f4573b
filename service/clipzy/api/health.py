"""Routes for those who look after the engine: health for people, liveness and readiness for machines."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Annotated

from fastapi import APIRouter
from prometheus_client.core import Metric

from clipzy.api import examples
from clipzy.api.checks import Check, Kept
from clipzy.api.dependencies import of_app
from clipzy.api.documentation import ANY_ERROR, answers
from clipzy.api.envelope import Success
from clipzy.api.schemas.health import AliveResponse, Health, HealthResponse
from clipzy.api.services import Services
from clipzy.build import build
from clipzy.errors import ServiceUnavailable
from clipzy.jobs.backlog import Backlog, read_backlog
from clipzy.jobs.lifecycle import Status
from clipzy.jobs.store import Store
from clipzy.storage.database import takes_writes
from clipzy.storage.objects import ObjectStore
from clipzy.telemetry import log
from clipzy.telemetry.disks import Disks

ENDED_KEPT_S = 60.0  # how old the count of ended jobs may be: to count a million takes the database a tenth of a second
STORAGE_KEPT_S = 10.0  # how old a good answer may be: a disk is written to for it, and S3 takes money for lists

router = APIRouter(tags=["health"], responses=ANY_ERROR)


@dataclass(frozen=True, slots=True)
class EngineState:
    """Everything that can be asked, for Prometheus. `jobs`, `backlog`: None while the database is away. Ended jobs as a minute ago."""

    health: HealthResponse
    jobs: Mapping[Status, int] | None
    backlog: Backlog | None
    disks: Sequence[Metric]


class Checks:
    """The checks of all parts of the engine."""

    def __init__(self, services: Services) -> None:
        self._store = _Written(services.store)
        self._jobs: Check[Mapping[Status, int]] = Check("database", self._store)
        self._ended: Check[Mapping[Status, int]] = Check("ended jobs", Kept(services.store.count_ended, ENDED_KEPT_S))
        self._storage: Check[bool] = Check("storage", Kept(partial(_answers, services.objects), STORAGE_KEPT_S))
        self._networks = Check("networks", _Told(services.networks_ready))
        lost_after_s = services.settings.worker_lost_after_s
        self._backlog = Check("backlog", lambda: read_backlog(services.store.database, lost_after_s))
        self._disks = Check("disks", lambda: tuple(Disks(services.settings).collect()))

    async def ask(self) -> HealthResponse:
        """Ask all at once whether they answer."""
        return self._health(*await asyncio.gather(self._jobs.ask(), self._storage.ask(), self._networks.ask()))

    def away(self, health: HealthResponse) -> Sequence[str]:
        """What keeps requests from being served, in words; empty where nothing does."""
        database = "database, which takes no writes" if self._store.read_only else "database"
        return [name for there, name in ((health.database, database), (health.storage, "storage")) if not there]

    async def state(self) -> EngineState:
        """Ask all at once how they are."""
        (jobs, storage, networks, backlog, disks), ended = await asyncio.gather(
            asyncio.gather(
                self._jobs.ask(), self._storage.ask(), self._networks.ask(), self._backlog.ask(), self._disks.ask()
            ),
            self._ended.ask(),
        )
        every = None if jobs is None else {**jobs, **(ended or {})}
        return EngineState(self._health(jobs, storage, networks), every, backlog, disks or ())

    @staticmethod
    def _health(
        jobs: Mapping[Status, int] | None, storage: bool | None, networks: Mapping[str, bool] | None
    ) -> HealthResponse:
        return HealthResponse(
            status=_health(accepting=jobs is not None and bool(storage), networks=networks or {}),
            version=build(),
            database=jobs is not None,
            storage=bool(storage),
            networks=dict(networks or {}),
            jobs_queued=None if jobs is None else jobs[Status.QUEUED],
            jobs_processing=None if jobs is None else jobs[Status.PROCESSING],
        )


class _Written:
    """Counts the jobs that have not ended; fails where the database takes no writes, since no job could be accepted or done."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.read_only = False  # when it was asked last

    def __call__(self) -> Mapping[Status, int]:
        self.read_only = False
        self.read_only = not takes_writes(self._store.database)
        if self.read_only:
            raise ServiceUnavailable("the database takes no writes: it is set read-only, or a standby")
        return self._store.count_active()


class _Told:
    """Asks which networks are ready, and logs which are not whenever that has changed."""

    def __init__(self, networks_ready: Callable[[], Mapping[str, bool]]) -> None:
        self._networks_ready = networks_ready
        self._away: tuple[str, ...] = ()

    def __call__(self) -> Mapping[str, bool]:
        networks = self._networks_ready()
        away = tuple(sorted(name for name, ready in networks.items() if not ready))
        if away != self._away:
            self._away = away
            if away:
                log.warning("networks are not ready", networks=away)
            else:
                log.info("all networks are ready")
        return networks


def _answers(objects: ObjectStore) -> bool:
    objects.check()
    return True


def _health(*, accepting: bool, networks: Mapping[str, bool]) -> Health:
    if not accepting:
        return Health.UNHEALTHY
    return Health.HEALTHY if networks and all(networks.values()) else Health.DEGRADED


Asked = Annotated[Checks, of_app("checks")]


# monitors like to ask with HEAD
@router.head("/api/v1/health", include_in_schema=False)
@router.get("/api/v1/health", operation_id="getHealth", summary="Health", responses=answers("Healthy", examples.HEALTH))
async def read_health(checks: Asked) -> Success[HealthResponse]:
    """How each part of the engine is; answered within seconds, whatever is away."""
    health = await checks.ask()
    return Success[HealthResponse](message=health.status.value.capitalize(), data=health)


@router.head("/livez", include_in_schema=False)
@router.get("/livez", operation_id="getLive", summary="Liveness", responses=answers("Alive", examples.ALIVE))
async def read_live() -> Success[AliveResponse]:
    """The process answers; nothing else is asked, so that no outage elsewhere has it restarted."""
    return Success[AliveResponse](message="Alive", data=AliveResponse())


@router.head("/readyz", include_in_schema=False)
@router.get(
    "/readyz",
    operation_id="getReady",
    summary="Readiness",
    responses=answers("Ready", examples.HEALTH, ServiceUnavailable),
)
async def read_ready(checks: Asked) -> Success[HealthResponse]:
    """Whether requests can be served: database and storage answer, and the database takes writes.

    Networks that are away make it `degraded`, and ready all the same: uploads, polling and results work without them, and
    jobs wait for them. Else one Triton that is started anew would take every replica of the API out of service.
    """
    health = await checks.ask()
    if health.status is Health.UNHEALTHY:
        raise ServiceUnavailable(f"not ready: {', '.join(checks.away(health))}")
    return Success[HealthResponse](message="Ready", data=health)
