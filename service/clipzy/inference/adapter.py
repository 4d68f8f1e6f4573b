"""The shared body of the model repository's `model.py` files: Triton's requests in, responses out.

Runs inside the Python backend's stub process only, where `triton_python_backend_utils` exists and where both
settings come through the environment: reading `clipzy.settings` would cost each stub pydantic. `WEIGHTS_PATH` is the
folder written by `clipzy models`; with `REQUIRE_GPU=1` a network refuses to run on the processor.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, NoReturn, cast

import numpy as np
import triton_python_backend_utils as triton

from clipzy.errors import GpuLost
from clipzy.inference.specs import ModelSpec
from clipzy.inference.tensors import Array, Shaped, check_inputs
from clipzy.networks.manifest import is_outdated

FULL = "out of memory"  # in what torch says of a GPU without room
GPU_LOST = 70  # exit code: EX_SOFTWARE of sysexits.h
Kin = tuple[object, ...]
"""What requests must have in common to run as one batch: where each tensor lies, and its shape without the batch."""


class Adapter:
    """Triton's interface to a Python model; a subclass named `TritonPythonModel` says which network."""

    model: ClassVar[ModelSpec]
    _run: Callable[[Mapping[str, Shaped]], dict[str, Array]]
    _counted: object = None

    def initialize(self, args: Mapping[str, str]) -> None:
        """Load the network onto the device that Triton gave this instance.

        One whose GPU computes nothing, as under a driver too old for torch, runs on the processor; the log and a metric of the server say so.
        The log tells of weights that another version has made, too.

        Raises:
            RuntimeError: WEIGHTS_PATH is not in the environment, or a GPU is required and Triton sees none that computes.
        """
        # imported here: the server may start a second stub that reads model.py only to complete its configuration
        from clipzy.inference.runner import Runner, use_all_cores  # noqa: PLC0415

        if "WEIGHTS_PATH" not in os.environ:
            raise RuntimeError("WEIGHTS_PATH must name the folder written by `clipzy models`")
        use_all_cores()
        weights_path = Path(os.environ["WEIGHTS_PATH"])
        if is_outdated(weights_path, self.model.name):
            self._say(f"its weights in {weights_path} were made by another version of the engine; run `clipzy models`")
        self._run = Runner(self.model, weights_path, self._device(args))

    def execute(self, requests: Sequence[Any]) -> list[Any]:
        """Answer each request, in order; those whose tensors have the same shapes run as one batch."""
        responses: list[Any] = [None] * len(requests)
        groups: dict[Kin, dict[int, dict[str, Shaped]]] = {}
        for index, request in enumerate(requests):
            if request.is_cancelled():
                responses[index] = _refusal("cancelled by the caller", triton.TritonError.CANCELLED)
                continue
            tensors = {
                spec.name: _received(triton.get_input_tensor_by_name(request, spec.name)) for spec in self.model.inputs
            }
            kin = tuple((isinstance(tensor, np.ndarray), tensor.shape[1:]) for tensor in tensors.values())
            groups.setdefault(kin, {})[index] = tensors
        for group in groups.values():
            for index, response in zip(group, self._answer(list(group.values())), strict=True):
                responses[index] = response
        return responses

    def _device(self, args: Mapping[str, str]) -> str:
        """What to run on, as torch spells it: what Triton gave this instance, where that computes."""
        from clipzy.inference.runner import fault_of  # noqa: PLC0415

        required = os.environ.get("REQUIRE_GPU") == "1"
        if args["model_instance_kind"] != "GPU":
            if required:
                # else a node whose driver has failed would serve at a tenth of the speed, and nobody would hear of it
                raise RuntimeError("a GPU is required (REQUIRE_GPU=1), and Triton sees none: has the node its driver?")
            return "cpu"
        device = f"cuda:{args['model_instance_device_id']}"
        fault = fault_of(device)
        # one that is full may have room at the next start: loading onto it says so, and does not leave it out for good
        if fault is None or FULL in fault:
            return device
        if required:
            raise RuntimeError(f"a GPU is required (REQUIRE_GPU=1), and the one of Triton fails: {fault}")
        self._say(f"runs on the CPU instead of the GPU, which fails: {fault}")
        self._count_fallback()
        return "cpu"

    def _count_fallback(self) -> None:
        """As the engine's other processes count it, among the server's own metrics; nowhere where those are closed."""
        with contextlib.suppress(triton.TritonModelException):
            family = triton.MetricFamily(
                name="clipzy_fallbacks_total",
                description="Times that a fallback was taken, by what was intended and what was used.",
                kind=triton.MetricFamily.COUNTER,
            )
            metric = family.Metric(labels={"of": "cuda", "to": "cpu"})
            metric.increment(1)
            self._counted = family, metric  # the server shows them as long as they are held here

    def _say(self, sentence: str) -> None:
        """Into the server's log."""
        sys.stderr.write(f"{self.model.name}: {sentence}\n")
        sys.stderr.flush()

    def _leave(self, reason: str) -> NoReturn:
        """End this process, so that the server says that the model is not healthy and is started anew; callers ask again meanwhile.

        While it lived it would answer every call with an error, and be called ready.
        """
        self._say(f"its process ends, since only a new one can help: {reason}")
        # not by an exception, which the backend makes an answer; nor through CUDA's own cleaning up, which may hang
        os._exit(GPU_LOST)

    def _answer(self, asked: Sequence[Mapping[str, Shaped]]) -> Iterable[Any]:
        """Responses to requests that are kin; where they fail together, each has another try alone."""
        try:
            sizes = [check_inputs(self.model, tensors) for tensors in asked]
            answers = self._run(
                {spec.name: _joined([tensors[spec.name] for tensors in asked]) for spec in self.model.inputs}
            )
        except Exception as exc:  # noqa: BLE001 (one request's failure is its answer, never the end of the server)
            if isinstance(exc, GpuLost):
                self._leave(str(exc))
            failure = f"{type(exc).__name__}: {exc}"
        else:
            return self._responses(answers, sizes)
        # only here: what failed holds the batch, and all that the network made of it, as long as its exception lives
        if len(asked) > 1:
            return [response for tensors in asked for response in self._answer([tensors])]
        return [_refusal(failure, triton.TritonError.INTERNAL)]

    @staticmethod
    def _responses(answers: Mapping[str, Array], sizes: Sequence[int]) -> list[Any]:
        """A batch's answers as those to its requests, of so many rows each."""
        ends = np.cumsum(sizes)
        return [
            triton.InferenceResponse(
                [triton.Tensor(name, np.ascontiguousarray(array[end - size : end])) for name, array in answers.items()]
            )
            for size, end in zip(sizes, ends, strict=True)
        ]


def _received(tensor: Any) -> Shaped:  # noqa: ANN401 (the backend's classes have no types)
    """A request's tensor where it lies: an array of this process's memory, or torch's in a GPU's, neither copied."""
    if tensor.is_cpu():
        return cast(Array, tensor.as_numpy())
    return cast(Shaped, importlib.import_module("torch").from_dlpack(tensor.to_dlpack()))


def _joined(tensors: Sequence[Any]) -> Shaped:
    """One batch out of several in the same memory; a single one is not copied."""
    if len(tensors) == 1:
        return cast(Shaped, tensors[0])
    if isinstance(tensors[0], np.ndarray):
        return cast(Array, np.concatenate(tensors))
    return cast(Shaped, importlib.import_module("torch").cat(list(tensors)))


def _refusal(message: str, code: int) -> Any:  # noqa: ANN401 (the backend's classes have no types)
    return triton.InferenceResponse(error=triton.TritonError(message, code))
