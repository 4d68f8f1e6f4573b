"""The protocol by which stages ask networks, whoever runs them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

import numpy as np
import numpy.typing as npt

from clipzy.inference.specs import ModelSpec

Tensors = Mapping[str, npt.NDArray[np.generic]]


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
