"""The networks in this very process: no server, no gRPC; for small machines, tests and the bench."""

from __future__ import annotations

import logging
import threading
from pathlib import Path

from clipzy.errors import ClipzyError, InferenceError
from clipzy.inference.client import Tell, Tensors
from clipzy.inference.runner import Runner, fault_of, has_gpu, use_all_cores
from clipzy.inference.specs import ModelSpec
from clipzy.inference.tensors import Array, check_inputs, join, split
from clipzy.machine import gpu
from clipzy.telemetry import observations

log = logging.getLogger(__name__)


class LocalInference:
    """`clipzy.inference.client.Inference` in process; each network is loaded by its first call."""

    def __init__(self, weights_path: Path, device: str | None = None, tell: Tell | None = None) -> None:
        """Load nothing yet.

        Args:
            weights_path: folder written by `clipzy models`.
            device: as torch spells it; None: the GPU where there is one that works.
            tell: takes a sentence for the user where there is one that does not.
        """
        self._weights_path = weights_path
        self._device = device or best_device(tell)
        if self._device == "cpu":
            use_all_cores()
        self._runners: dict[str, Runner] = {}
        # networks use every core (or the one GPU): two at once gain nothing and would hold twice the memory
        self._lock = threading.Lock()

    def infer(self, model: ModelSpec, inputs: Tensors) -> dict[str, Array]:
        """Run one batch through a network, in parts of at most `model.max_batch_size`.

        Raises:
            ValueError: the inputs are not as the specification says.
            InferenceError: the network failed.
            GpuLost: so did the GPU, for this process.
            ConfigurationError: its weights are missing.
        """
        batch = check_inputs(model, inputs)
        with self._lock:
            try:
                run = self._runner(model)
                parts = [run(part) for part in split(inputs, batch, model.max_batch_size)]
            except ClipzyError:
                raise
            except Exception as exc:  # whatever a network raises ends the stage as its failure
                raise InferenceError(f"{model.name} failed: {exc}") from exc
        return join(model, parts)

    def close(self) -> None:
        """Let the networks go."""
        self._runners.clear()

    def _runner(self, model: ModelSpec) -> Runner:
        if model.name not in self._runners:
            self._runners[model.name] = Runner(model, self._weights_path, self._device)
        return self._runners[model.name]


def is_to_use_gpu() -> bool:
    """Whether networks in process are to use a GPU: torch sees one, or this machine has one that CUDA will not start on, as under an old driver."""
    return has_gpu() or gpu.absence() is None


def best_device(tell: Tell | None = None) -> str:
    """`cuda` where there is a GPU and torch can compute on it, else `cpu`; one that is there and not used is told of."""
    if not is_to_use_gpu():
        return "cpu"
    fault = fault_of("cuda")
    if fault is None:
        return "cuda"
    log.warning("networks run on the CPU: the GPU fails: %s", fault)
    observations.fell_back("cuda", "cpu")
    if tell is not None:
        tell(f"networks ran on the CPU instead of the GPU ({fault})")
    return "cpu"
