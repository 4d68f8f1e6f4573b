"""One network on its device: a batch of tensors in, a batch of numpy tensors out.

The body that `LocalInference` and Triton's Python backend share, so that both give the same numbers.
"""

from __future__ import annotations

import importlib
import logging
import os
from collections.abc import Mapping
from pathlib import Path
from typing import cast

import numpy as np

from clipzy.errors import GpuLost
from clipzy.inference.specs import ModelSpec
from clipzy.inference.tensors import Array, Shaped, check_outputs, join, split
from clipzy.machine.gpu import first_line, gpu_errors
from clipzy.machine.processors import available_processors

# Threads of a network that wait for each other give their processor away: spinning, as they do unless told, cost five times the work of the
# smaller networks, and up to fifty where others want the processors. OpenMP reads this once, when torch brings it in.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import torch

log = logging.getLogger(__name__)


class Runner:
    """A network loaded from `clipzy.networks`, in evaluation mode; one caller at a time."""

    def __init__(self, model: ModelSpec, weights_path: Path, device: str) -> None:
        """Load the network.

        Args:
            model: which network.
            weights_path: folder written by `clipzy models`.
            device: as torch spells it: `cpu`, `cuda`, `cuda:1`.

        Raises:
            ConfigurationError: the weights are missing or damaged.
        """
        self._model = model
        self._device = torch.device(device)
        network = importlib.import_module(f"clipzy.networks.{model.name}")
        self._network = cast(torch.nn.Module, network.load(weights_path)).eval().to(self._device)

    def __call__(self, inputs: Mapping[str, Shaped]) -> dict[str, Array]:
        """Run one batch, in halves where the GPU has no room for it; tensors as the specification says, batch first, numpy's or torch's.

        Raises:
            InferenceError: the network answered with tensors that are not as specified.
            GpuLost: the GPU failed, and stays so for this process.
            torch.OutOfMemoryError: it has no room for a single row.
        """
        batch = next(iter(inputs.values())).shape[0]
        try:
            return check_outputs(self._model, self._computed(inputs), batch)
        except torch.OutOfMemoryError:
            if batch == 1:
                raise
        # only here: all that the network made of the batch lives as long as the exception
        log.warning("%s: no room on %s for %d rows at once: they run in halves", self._model.name, self._device, batch)
        return join(self._model, [self(half) for half in split(inputs, batch, -(-batch // 2))])

    def _computed(self, inputs: Mapping[str, Shaped]) -> dict[str, Array]:
        """What the network answers, whatever that is."""
        try:
            with torch.inference_mode():
                answers = self._network(*(self._placed(inputs[spec.name]) for spec in self._model.inputs))
            names = [spec.name for spec in self._model.outputs]
            return {name: answer.cpu().contiguous().numpy() for name, answer in zip(names, answers, strict=True)}
        except torch.OutOfMemoryError:  # of this call; a smaller one may have room
            raise
        except Exception as exc:
            if (fault := fault_of(self._device)) is not None:
                raise GpuLost(f"the GPU fails: {fault}") from exc
            raise

    def _placed(self, tensor: Shaped) -> torch.Tensor:
        """A tensor on the network's device."""
        if not isinstance(tensor, torch.Tensor):
            # torch warns of arrays it may not write to: views of shared memory and of broadcasts are copied here
            tensor = torch.from_numpy(np.require(cast(Array, tensor), requirements=["C", "W"]))
        return tensor.to(self._device)


def has_gpu() -> bool:
    """Whether torch sees a GPU; not whether it works."""
    return torch.cuda.is_available()


def fault_of(device: torch.device | str) -> str | None:
    """Why nothing can be computed on a device, None where something can: tried with two numbers. A full GPU has room for them as a rule."""
    try:
        # from this process's memory and back, as every call's tensors; by a kernel, which a GPU too old for this torch has not
        if (torch.ones(2).to(device) + 1).sum().item() == 4:
            return None
    except gpu_errors() as exc:
        return first_line(exc)
    return "it adds up wrongly"


def use_all_cores() -> int:
    """Give each call every core this process may use; OMP_NUM_THREADS, where set, wins. Returns the number.

    The calls of one job come one after another, so networks rarely compete. Torch counts the host's cores and
    does not see a container's quota, where more threads than cores cost several times the work.
    """
    if "OMP_NUM_THREADS" not in os.environ:
        torch.set_num_threads(available_processors())
    return torch.get_num_threads()
