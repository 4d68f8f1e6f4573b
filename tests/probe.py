"""A network that does as it is told, on a real tritonserver: it doubles numbers, or misbehaves on request."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from clipzy.inference.server import TritonServer
from clipzy.inference.specs import ModelSpec, TensorSpec
from ports import free_port

REPOSITORY = Path(__file__).parent / "inference" / "probe_repository"
PROBE = ModelSpec(
    "probe",
    inputs=(TensorSpec("numbers", "FP32", (-1,)),),
    outputs=(TensorSpec("doubled", "FP32", (-1,)),),
    max_batch_size=4,
)

# orders, as the first number of a row
SLEEP, FAIL, DIE, ANSWER_NOTHING = -1.0, -2.0, -3.0, -4.0


@contextmanager
def running(server: TritonServer) -> Iterator[TritonServer]:
    """The server, ready; ended by force after, which takes no time."""
    try:
        server.start()
        server.wait_ready()
        yield server
    finally:
        server.stop(grace_s=0)


def probe_server(port: int | None = None, **options) -> TritonServer:
    """A server, not started yet, that serves the probe alone."""
    return TritonServer(REPOSITORY, REPOSITORY, grpc_port=port or free_port(), **options)


def numbers(*rows) -> dict[str, np.ndarray]:
    """The probe's input."""
    return {"numbers": np.array(rows, np.float32)}


def many_numbers(megabytes: float) -> dict[str, np.ndarray]:
    """A large input of the probe: the same numbers at each call."""
    count = int(megabytes * 1e6) // 4
    return {"numbers": np.random.default_rng(7).random((1, count), np.float32)}


def eventually(condition: Callable[[], bool], within_s: float = 20.0) -> bool:
    """Whether a condition comes true in time."""
    deadline = time.monotonic() + within_s
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True
