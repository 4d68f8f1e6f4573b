"""The composition root: makes stores, storage, clients of networks, the app and the worker from the settings."""

from __future__ import annotations

import signal
from collections.abc import Mapping
from functools import partial

import tritonclient.grpc as grpcclient

from clipzy import leaving
from clipzy.errors import ConfigurationError
from clipzy.inference import connect
from clipzy.inference.client import InferenceFactory
from clipzy.inference.specs import MODELS
from clipzy.inference.triton import CHANNEL
from clipzy.jobs.engine import Engine, prepare_database
from clipzy.jobs.store import Store
from clipzy.jobs.worker import STAGE_FUNCTIONS, run_worker
from clipzy.jobs.worker_server import Pulse, serving_metrics
from clipzy.media.accel import may_decode_on_gpu
from clipzy.networks.manifest import outdated
from clipzy.settings import Settings
from clipzy.stages.background import roomy
from clipzy.storage.database import open_database
from clipzy.storage.objects import open_objects
from clipzy.telemetry import log, tracing

READY_TIMEOUT_S = 2.0  # of each question to Triton
HANGING_S = 2.0  # for threads that wait for storage, database or a stranger's name server, after that
# both import torch
CUDA_SCALING = "clipzy.media.decoding.cuda_scaling"
LOCAL_INFERENCE = "clipzy.inference.local"
# imported once, by the process that the stages' processes are forked from
STAGE_MODULES = (
    *(function.partition(":")[0] for function in STAGE_FUNCTIONS.values()),
    connect.__name__,
)


def networks_ready(settings: Settings) -> Mapping[str, bool]:
    """Whether each network answers. Those in process always do: their first call loads them."""
    if settings.inference == "local":
        return dict.fromkeys(MODELS, True)
    with grpcclient.InferenceServerClient(settings.triton_url, channel_args=CHANNEL) as client:
        return {name: _is_ready(client, name) for name in MODELS}


def serve_api(settings: Settings) -> None:
    """Serve the REST API until SIGTERM or SIGINT; where threads hang then, end the process.

    Raises:
        ConfigurationError: the settings cannot be worked with, or the port is taken.
    """
    try:
        with tracing.exporting(settings, "clipzy-api"):
            _serve_api(settings)
    except KeyboardInterrupt:  # uvicorn gives it back
        leaving.leave(HANGING_S, code=128 + signal.SIGINT)
        raise
    leaving.leave(HANGING_S)


def _serve_api(settings: Settings) -> None:
    # imported here: a worker needs none of it, and would be a second later at its work
    from clipzy.api.app import create_app  # noqa: PLC0415 (see above)
    from clipzy.api.listening import check_listening  # noqa: PLC0415 (see above)
    from clipzy.api.server import Server  # noqa: PLC0415 (see above)
    from clipzy.api.services import Services  # noqa: PLC0415 (see above)

    ending: list[int] = []
    # without a handler the first process of a container (PID 1) ignores signals
    signal.signal(signal.SIGTERM, lambda number, _: ending.append(number))
    if prepare_database(settings.resolved_database_url, lambda: bool(ending)) is None:
        return
    database = open_database(settings.resolved_database_url)
    store = Store(database)
    engine = Engine(settings, store)
    engine.warm_up()
    app = create_app(
        Services(
            settings=settings,
            store=store,
            objects=open_objects(settings),
            engine=engine,
            networks_ready=partial(networks_ready, settings),
        )
    )
    server = Server(app, settings.api_host, settings.api_port)
    # uvicorn stops in order and then raises the signal again, which would end us before what comes after it; a signal
    # from before uvicorn handled them has to be passed on to it
    signal.signal(signal.SIGTERM, lambda *_: setattr(server, "should_exit", True))
    if ending:
        server.should_exit = True
    try:
        server.run()
    except SystemExit as exc:  # uvicorn's way of saying that it did not start, mostly since it could not listen
        if server.lifespan.should_exit:
            raise ConfigurationError("the API did not start; the log says why") from exc
        check_listening(settings)
        raise ConfigurationError(
            f"the API cannot listen on {settings.api_host}:{settings.api_port}; the log says why"
        ) from exc
    finally:
        leaving.close(engine.close, database.dispose)


def work(settings: Settings) -> None:
    """Work on jobs until SIGTERM or SIGINT; where threads hang then, end the process.

    Raises:
        ConfigurationError: the settings cannot be worked with, or METRICS_PORT is taken.
    """
    pulse = Pulse(settings.worker_lost_after_s)
    with tracing.exporting(settings, "clipzy-worker"), serving_metrics(settings, pulse):
        run_worker(
            settings,
            inference_of(settings),
            preload=stage_modules(settings),
            many_processors=many_processors(settings),
            pulse=pulse,
        )
    leaving.leave(HANGING_S)


def many_processors(settings: Settings) -> bool:
    """Whether a worker here has enough processors for several processes of a stage.

    Networks in process keep all processors, or the GPU, busy with one source, and each process would load them.
    """
    return settings.inference == "triton" and roomy()


def stage_modules(settings: Settings) -> tuple[str, ...]:
    """The modules that the stages' processes are forked with; torch among them where every job uses it, since its import takes seconds."""
    modules = STAGE_MODULES
    if settings.hardware_decoding != "off" and may_decode_on_gpu() is None:
        modules += (CUDA_SCALING,)
    if settings.inference == "local":
        modules += (LOCAL_INFERENCE,)
    return modules


def inference_of(settings: Settings) -> InferenceFactory:
    """Makes the networks' client; picklable, for the stages' processes. Where the networks run in those, old weights are logged."""
    if settings.inference == "local" and (names := outdated(settings.weights_path)):
        log.warning("weights were made by another version of the engine; run `clipzy models`", networks=names)
    return partial(connect.open_inference, settings)


def _is_ready(client: grpcclient.InferenceServerClient, model: str) -> bool:
    try:
        return bool(client.is_model_ready(model, client_timeout=READY_TIMEOUT_S))
    except grpcclient.InferenceServerException:
        return False
