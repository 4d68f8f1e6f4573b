"""The shared body of the model repository's `model.py` files: Triton's requests in, responses out.

Runs inside the Python backend's stub process only, where `triton_python_backend_utils` exists and where the one
setting, `WEIGHTS_PATH`, comes through the environment: reading `clipzy.settings` would cost each stub pydantic.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import triton_python_backend_utils as triton

from clipzy.inference.specs import ModelSpec
from clipzy.inference.tensors import Array, check_inputs


class Adapter:
    """Triton's interface to a Python model; a subclass named `TritonPythonModel` says which network."""

    model: ClassVar[ModelSpec]
    _run: Callable[[Mapping[str, Array]], dict[str, Array]]

    def initialize(self, args: Mapping[str, str]) -> None:
        """Load the network onto the device that Triton gave this instance.

        Raises:
            RuntimeError: WEIGHTS_PATH is not in the environment.
        """
        # imported here: the server may start a second stub that reads model.py only to complete its configuration
        from clipzy.inference.runner import Runner, use_all_cores  # noqa: PLC0415

        if "WEIGHTS_PATH" not in os.environ:
            raise RuntimeError("WEIGHTS_PATH must name the folder written by `clipzy models`")
        use_all_cores()
        on_gpu = args["model_instance_kind"] == "GPU"
        device = f"cuda:{args['model_instance_device_id']}" if on_gpu else "cpu"
        self._run = Runner(self.model, Path(os.environ["WEIGHTS_PATH"]), device)

    def execute(self, requests: Sequence[Any]) -> list[Any]:
        """Answer each request, in order; those whose tensors have the same shapes run as one batch."""
        responses: list[Any] = [None] * len(requests)
        groups: dict[tuple[tuple[int, ...], ...], dict[int, dict[str, Array]]] = {}
        for index, request in enumerate(requests):
            if request.is_cancelled():
                responses[index] = _refusal("cancelled by the caller", triton.TritonError.CANCELLED)
                continue
            tensors = {
                spec.name: triton.get_input_tensor_by_name(request, spec.name).as_numpy() for spec in self.model.inputs
            }
            shapes = tuple(array.shape[1:] for array in tensors.values())
            groups.setdefault(shapes, {})[index] = tensors
        for group in groups.values():
            for index, response in zip(group, self._answer(list(group.values())), strict=True):
                responses[index] = response
        return responses

    def _answer(self, asked: Sequence[Mapping[str, Array]]) -> Iterable[Any]:
        """Responses to requests of the same shapes; where they fail together, each has another try alone."""
        try:
            sizes = [check_inputs(self.model, tensors) for tensors in asked]
            joined = {
                spec.name: np.concatenate([tensors[spec.name] for tensors in asked]) for spec in self.model.inputs
            }
            answers = self._run(joined)
        except Exception as exc:  # noqa: BLE001 (one request's failure is its answer, never the end of the server)
            if len(asked) > 1:
                return [response for tensors in asked for response in self._answer([tensors])]
            return [_refusal(f"{type(exc).__name__}: {exc}", triton.TritonError.INTERNAL)]
        ends = np.cumsum(sizes)
        return [
            triton.InferenceResponse(
                [triton.Tensor(name, np.ascontiguousarray(array[end - size : end])) for name, array in answers.items()]
            )
            for size, end in zip(sizes, ends, strict=True)
        ]


def _refusal(message: str, code: int) -> Any:  # noqa: ANN401 (the backend's classes have no types)
    return triton.InferenceResponse(error=triton.TritonError(message, code))
