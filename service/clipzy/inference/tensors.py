"""What a call may carry: tensors are held against the network's specification, before sending and after."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol, TypeVar

import numpy as np
import numpy.typing as npt

from clipzy.errors import InferenceError
from clipzy.inference.specs import ModelSpec, TensorSpec

Array = npt.NDArray[np.generic]


class Shaped(Protocol):
    """What can be held against a specification: an array, or a torch tensor in a GPU's memory."""

    @property
    def dtype(self) -> object:
        """Prints as `float32`, or `torch.float32`."""

    @property
    def shape(self) -> tuple[int, ...]:
        """Sizes, batch first."""

    def __getitem__(self, rows: slice, /) -> Any:  # noqa: ANN401 (arrays and tensors tell the types of their parts differently)
        """Some rows of the batch."""


Part = TypeVar("Part", bound=Shaped)

DTYPES: Mapping[str, str] = {"UINT8": "uint8", "FP32": "float32"}


def check_inputs(model: ModelSpec, inputs: Mapping[str, Shaped]) -> int:
    """Size of the batch, once every tensor is as the specification says.

    Raises:
        ValueError: a tensor is missing, unknown, empty, or of another dtype, shape or batch size.
    """
    expected = {spec.name for spec in model.inputs}
    if set(inputs) != expected:
        raise ValueError(f"{model.name} takes the inputs {sorted(expected)}, not {sorted(inputs)}")
    for spec in model.inputs:
        problem = _problem(spec, inputs[spec.name])
        if problem:
            raise ValueError(f"input {spec.name} of {model.name} {problem}")
    sizes = {name: array.shape[0] for name, array in inputs.items()}
    if len(set(sizes.values())) > 1:
        raise ValueError(f"the inputs of {model.name} differ in batch size: {sizes}")
    return next(iter(sizes.values()))


def check_outputs(model: ModelSpec, outputs: Mapping[str, Array | None], batch: int) -> dict[str, Array]:
    """The outputs, once every one is there, full, and as the specification says.

    Raises:
        InferenceError: a tensor is missing or empty, or of another dtype, shape or batch size.
    """
    checked: dict[str, Array] = {}
    for spec in model.outputs:
        array = outputs.get(spec.name)
        if array is None:
            raise InferenceError(f"{model.name} returned no {spec.name}")
        problem = _problem(spec, array)
        if not problem and array.shape[0] != batch:
            problem = f"has {array.shape[0]} rows for a batch of {batch}"
        if problem and array.size == 0:
            # what Triton's Python backend returns, without a word, when it runs under numpy 2
            problem += " (does the server's Python have numpy 2? Its Python backend needs numpy < 2)"
        if problem:
            raise InferenceError(f"output {spec.name} of {model.name} {problem}")
        checked[spec.name] = array
    return checked


def split(inputs: Mapping[str, Part], batch: int, limit: int) -> Iterator[dict[str, Part]]:
    """The batch in order, in parts of at most `limit` rows."""
    for start in range(0, batch, limit):
        yield {name: array[start : start + limit] for name, array in inputs.items()}


def join(model: ModelSpec, parts: Sequence[Mapping[str, Array]]) -> dict[str, Array]:
    """One batch again out of the answers to its parts.

    Raises:
        InferenceError: the parts differ in more than their batch size.
    """
    if len(parts) == 1:
        return dict(parts[0])
    try:
        return {spec.name: np.concatenate([part[spec.name] for part in parts]) for spec in model.outputs}
    except ValueError as exc:
        raise InferenceError(f"the answers of {model.name} to parts of one batch do not fit together: {exc}") from exc


def _problem(spec: TensorSpec, array: Shaped) -> str | None:
    """What is wrong with a tensor, as the end of a sentence; None where nothing is."""
    dtype = str(array.dtype).removeprefix("torch.")
    if dtype != DTYPES[spec.dtype]:
        return f"is {dtype}, not {DTYPES[spec.dtype]}"
    if 0 in array.shape:
        return f"is empty: its shape is {tuple(array.shape)}"
    rank_fits = len(array.shape) == len(spec.shape) + 1
    if not rank_fits or any(want not in {-1, got} for want, got in zip(spec.shape, array.shape[1:], strict=True)):
        return f"has the shape {tuple(array.shape)}, not (batch, {', '.join(map(str, spec.shape))})"
    return None
