"""Networks asked over gRPC from a Triton server: deadlines, patience with a server that is away, shared memory."""

from __future__ import annotations

import logging
import random
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from enum import Enum, auto
from functools import partial
from typing import Literal

import numpy as np
import tritonclient.grpc as grpcclient

from clipzy import loopback
from clipzy.errors import InferenceError, InferenceUnavailable
from clipzy.inference.client import Tensors
from clipzy.inference.cuda_memory import CudaRegion
from clipzy.inference.observed import observed
from clipzy.inference.shared_memory import UNAVAILABLE, Region, RegionPool, SharedMemoryRefused, SystemRegion, offsets
from clipzy.inference.specs import ModelSpec
from clipzy.inference.suspicion import MOST_DEATHS, Suspicion
from clipzy.inference.tensors import Array, check_inputs, check_outputs, join, split
from clipzy.telemetry import observations

log = logging.getLogger(__name__)

SHARED_FROM = 1 << 20  # bytes; below, gRPC takes no longer
KINDS: Mapping[str, tuple[type[Region], ...]] = {
    "auto": (SystemRegion,),
    "cuda": (CudaRegion, SystemRegion),
    "off": (),
}
"""Of memory that carries large tensors, tried in this order before gRPC."""
CHANNEL = [
    ("grpc.max_send_message_length", -1),
    ("grpc.max_receive_message_length", -1),
    # gRPC's own pause between attempts to connect grows to two minutes; a server back after 10 s would be missed
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.min_reconnect_backoff_ms", 100),
    ("grpc.max_reconnect_backoff_ms", 1000),
    # A machine that is gone closes nothing. What it has not acknowledged in this time ends the connection, and the next one may find another server; gRPC asks
    # the kernel for that (TCP_USER_TIMEOUT) only beside pings, which Triton takes for abuse if they come more often than every five minutes
    ("grpc.keepalive_timeout_ms", 20_000),
    ("grpc.keepalive_time_ms", 600_000),
    # a proxy for the web that the environment names has no business between the two
    ("grpc.enable_http_proxy", 0),
]
PAUSES_S = (0.05, 2.0)  # first and longest pause between attempts
MOST_MISSES = 3  # deadlines in a row; a network changes nothing, so that it may be asked again
WHY_SLOW = "Triton is overloaded, or INFERENCE_TIMEOUT_S too short"
DEADLINE_EXCEEDED = "StatusCode.DEADLINE_EXCEEDED"
# Triton's words, where its status (INTERNAL, NOT_FOUND, INVALID_ARGUMENT, UNAVAILABLE) says too little
MODEL_IS_UNLOADED = "has no available versions"  # the server is stopping, or loads the model still
MODEL_IS_DEAD = "is not healthy"  # the model's process ended; `clipzy triton` and Kubernetes then start it anew
REGION_IS_LOST = "Unable to find shared memory region"  # the server was started anew since we registered it


class TritonInference:
    """`clipzy.inference.client.Inference` over gRPC; safe to use from several threads, not over a fork."""

    def __init__(
        self,
        url: str,
        *,
        timeout_s: float = 120.0,
        patience_s: float = 120.0,
        shared_memory: Literal["auto", "cuda", "off"] = "auto",
        on_wait: Callable[[str], None] | None = None,
    ) -> None:
        """Connect with the first call.

        Args:
            url: host:port of the server's gRPC endpoint.
            timeout_s: deadline of one call; one that misses it is made again, three times in all.
            patience_s: how long one call waits for a server that is away.
            shared_memory: of the system for tensors over 1 MiB where the server is on this host (`auto`); of the
                GPU, where both see one (`cuda`); never (`off`).
            on_wait: told once a wait, and once of each network that misses its deadline, with a sentence for the user.
        """
        self._timeout_s = timeout_s
        self._patience_s = patience_s
        self._on_wait = on_wait
        self._url = url
        self._client = grpcclient.InferenceServerClient(url, channel_args=CHANNEL)
        kinds = KINDS[shared_memory] if is_loopback(url) else ()
        if shared_memory == "cuda" and not kinds:
            log.warning(
                "tensors go to Triton at %s by gRPC, not by CUDA shared memory: it is not on this host's loopback", url
            )
            observations.fell_back("cuda_shared_memory", "grpc")
        self._pools = [RegionPool(self._client, kind) for kind in kinds]
        self._telling = threading.Lock()
        self._slow: set[str] = set()  # networks that the user was told of

    @property
    def large_tensors_by(self) -> str:
        """How tensors over 1 MiB go, as far as was tried: `CUDA shared memory`, `shared memory` or `gRPC`."""
        return next((pool.kind.KIND for pool in self._pools if not pool.refused), "gRPC")

    def infer(self, model: ModelSpec, inputs: Tensors) -> dict[str, Array]:
        """Run one batch through a network, in parts of at most `model.max_batch_size`.

        Raises:
            ValueError: the inputs are not as the specification says; nothing was sent.
            InferenceUnavailable: the server is away, and stayed away for `patience_s`.
            InferenceError: the network failed, missed the deadline three times, or answered with empty or misshapen tensors.
        """
        batch = check_inputs(model, inputs)
        return join(model, [self._patiently(model, part) for part in split(inputs, batch, model.max_batch_size)])

    def close(self) -> None:
        """Give shared memory back and hang up."""
        for pool in self._pools:
            pool.close()
        self._client.close()

    def _patiently(self, model: ModelSpec, inputs: Mapping[str, Array]) -> dict[str, Array]:
        """One call; again where it misses its deadline, and again and again while the server is away, as long as patience lasts."""
        for misses in range(1, MOST_MISSES + 1):
            try:
                return self._while_away(model, inputs)
            except grpcclient.InferenceServerException as exc:
                if not _is_late(exc):
                    raise InferenceError(f"{model.name} failed: {exc.message()}") from exc
                if misses == MOST_MISSES:
                    raise InferenceError(f"{self._missed(model)} {misses} times in a row: {WHY_SLOW}") from exc
                self._tell_of_miss(model, misses)
            # jobs that missed their deadlines together do not come back together
            time.sleep(random.uniform(0.5, 1) * min(PAUSES_S[1], self._timeout_s))  # noqa: S311 (no secret)
        raise AssertionError("the last miss raises")

    def _missed(self, model: ModelSpec) -> str:
        return f"{model.name} missed its deadline of {self._timeout_s:g} s"

    def _tell_of_miss(self, model: ModelSpec, misses: int) -> None:
        """Log it each time; tell the user once for each network."""
        log.warning("%s, %d of %d times at most: it is asked again", self._missed(model), misses, MOST_MISSES)
        with self._telling:
            told = model.name in self._slow
            self._slow.add(model.name)
        if self._on_wait and not told:
            self._on_wait(f"{self._missed(model)} and was asked again: {WHY_SLOW}")

    def _while_away(self, model: ModelSpec, inputs: Mapping[str, Array]) -> dict[str, Array]:
        """One call; again and again while the server is away, as long as patience lasts.

        Raises:
            InferenceServerException: the server is there, and failed.
            InferenceError: the network's process died of the call, as often as can be borne, or the answer is not as specified.
            InferenceUnavailable: the server stayed away.
        """
        began, told = time.monotonic(), False
        suspicion = Suspicion(self._client, model.name)
        for pause in pauses():
            try:
                suspicion.before_a_try(self._patience_s - (time.monotonic() - began))
                return self._attempt(model, inputs)
            except grpcclient.InferenceServerException as exc:
                absence = _absence(exc)
                if absence is None:
                    raise
                if absence is _Absence.MODEL_DEAD and suspicion.found_dead():
                    raise InferenceError(
                        f"{model.name} died of this call, {MOST_DEATHS} times: {exc.message()}"
                    ) from exc
                waited = time.monotonic() - began
                if waited + pause > self._patience_s:
                    message = f"Triton at {self._url} was away for {waited:.0f} s ({exc.message()}): is it running?"
                    raise InferenceUnavailable(message) from exc
                if self._on_wait and not told:
                    self._on_wait(f"waiting for Triton at {self._url}: {exc.message()}")
                told = True
            time.sleep(pause)
        raise AssertionError("pauses never end")

    def _attempt(self, model: ModelSpec, inputs: Mapping[str, Array]) -> dict[str, Array]:
        """One call; once more where the server has forgotten our shared memory."""
        try:
            return self._call(model, inputs)
        except grpcclient.InferenceServerException as exc:
            if REGION_IS_LOST not in exc.message():
                raise
        for pool in self._pools:
            pool.forget()
        return self._call(model, inputs)

    def _call(self, model: ModelSpec, inputs: Mapping[str, Array]) -> dict[str, Array]:
        """Send, receive, check.

        Raises:
            InferenceServerException: whatever gRPC or the server says.
            InferenceError: the answer is not as the specification says.
        """
        with observed(model.name, _outcome) as headers:
            with ExitStack() as leased:
                tensors = _request(model, inputs, partial(self._lease, leased))
                answer = self._client.infer(
                    model.name,
                    tensors,
                    outputs=[grpcclient.InferRequestedOutput(spec.name) for spec in model.outputs],
                    client_timeout=self._timeout_s,
                    headers=headers,
                )
            batch = next(iter(inputs.values())).shape[0]
            return check_outputs(model, {spec.name: answer.as_numpy(spec.name) for spec in model.outputs}, batch)

    def _lease(self, leased: ExitStack, arrays: Sequence[Array]) -> Region | None:
        """A region that holds these tensors for a call; None where they have to go by gRPC."""
        for pool in self._pools:
            if pool.refused:
                continue
            try:
                return leased.enter_context(pool.lease(arrays))
            except SharedMemoryRefused as exc:
                self._do_without(pool, exc)
        return None

    def _do_without(self, pool: RegionPool, refused: SharedMemoryRefused) -> None:
        """Stop using a kind of memory; of concurrent calls one logs it."""
        with self._telling:
            if pool.refused:
                return
            pool.refused = True
        way = self.large_tensors_by
        log.warning("tensors go to Triton at %s by %s, not by %s: %s", self._url, way, pool.kind.KIND, refused)
        observations.fell_back(_word(pool.kind.KIND), _word(way))


def pauses() -> Iterator[float]:
    """Seconds between attempts: doubling, with equal jitter (Brooker, Exponential Backoff And Jitter, AWS 2015)."""
    pause, longest = PAUSES_S
    while True:
        yield random.uniform(pause / 2, pause)  # noqa: S311 (no secret)
        pause = min(2 * pause, longest)


def is_loopback(url: str) -> bool:
    """Whether host:port is on this host's loopback."""
    return loopback.is_loopback(url.rpartition(":")[0].strip("[]"))


class _Absence(Enum):
    """Why a call may succeed later, unchanged."""

    SERVER_AWAY = auto()  # not there, starting or stopping
    MODEL_DEAD = auto()


def _is_late(exc: grpcclient.InferenceServerException) -> bool:
    """Whether the call missed its deadline."""
    return bool(exc.status() == DEADLINE_EXCEEDED)


def _absence(exc: grpcclient.InferenceServerException) -> _Absence | None:
    if _is_late(exc):
        return None
    if exc.status() == UNAVAILABLE or MODEL_IS_UNLOADED in exc.message():
        return _Absence.SERVER_AWAY
    return _Absence.MODEL_DEAD if MODEL_IS_DEAD in exc.message() else None


def _outcome(exc: Exception) -> str:
    """The outcome of a call, in a word, for its metric."""
    if not isinstance(exc, grpcclient.InferenceServerException):
        return "error"
    if _is_late(exc):
        return "deadline"
    absence = _absence(exc)
    return "error" if absence is None else absence.name.lower()


def _request(
    model: ModelSpec, inputs: Mapping[str, Array], lease: Callable[[Sequence[Array]], Region | None]
) -> list[grpcclient.InferInput]:
    """The call's tensors, large ones in a region where one can be had."""
    large = [name for name, array in inputs.items() if array.nbytes >= SHARED_FROM]
    arrays = [inputs[name] for name in large]
    region = lease(arrays) if arrays else None
    places = dict(zip(large, offsets(arrays), strict=True)) if region else {}
    tensors = []
    for spec in model.inputs:
        array = inputs[spec.name]
        tensor = grpcclient.InferInput(spec.name, list(array.shape), spec.dtype)
        if region is not None and spec.name in places:
            tensor.set_shared_memory(region.name, array.nbytes, places[spec.name])
        else:
            tensor.set_data_from_numpy(np.ascontiguousarray(array))
        tensors.append(tensor)
    return tensors


def _word(way: str) -> str:
    """As a label of the metric: `cuda_shared_memory`, `grpc`."""
    return way.lower().replace(" ", "_")
