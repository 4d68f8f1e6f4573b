"""The protocol through which stages ask networks, whoever runs them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

import numpy as np
import numpy.typing as npt

from clipzy.inference.specs import ModelSpec

Tensors = Mapping[str, npt.NDArray[np.generic]]
Tell = Callable[[str], None]
"""Takes a sentence for the user, such as that a job waits for a server that is away."""


class Inference(Protocol):
    """Runs networks; one instance a process, safe to use from several threads."""

    def infer(self, model: ModelSpec, inputs: Tensors) -> dict[str, npt.NDArray[np.generic]]:
        """Run one batch through a network.

        `inputs` hold the batch dimension first, dtypes and shapes as `model` says; so do the outputs.

        Raises:
            InferenceUnavailable: the server is away, and stayed away for the patience allowed.
            InferenceError: the network refused or failed.
        """
        ...

    def close(self) -> None:
        """Release connections and shared memory."""
        ...


class InferenceFactory(Protocol):
    """Makes a client in the process that will use it; picklable."""

    def __call__(self, tell: Tell, *, gpu: bool = True) -> Inference:
        """The client; it tells with a sentence when it has to wait, or to do without a GPU. `gpu`: whether networks of this process may use one."""
        ...
