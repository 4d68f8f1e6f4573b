"""Sound as arrays of samples: decoded frames, and silence."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from numpy.typing import NDArray

Sound = NDArray[np.float32]  # (channels, samples), full scale at -1 and 1; between two steps of a chain over it
_NO_ARRAYS = frozenset({"s64", "s64p"})  # formats of which PyAV makes none


def silence(channels: int, samples: int, at_most: int) -> Iterator[Sound]:
    """So many samples of silence, in pieces of at most so many."""
    for at in range(0, samples, at_most):
        yield np.zeros((channels, min(at_most, samples - at)), np.float32)


def as_float(frame: AudioFrame) -> Sound:
    """A frame's samples, (channels, samples) float32, -1..1 for integer formats."""
    # PyAV counts the planes of a frame up to a null pointer, which FFmpeg leaves only after fewer than eight: beyond, it reads anywhere
    many_planes = frame.format.is_planar and frame.layout.nb_channels >= 8
    if many_planes or frame.format.name in _NO_ARRAYS:
        packer = AudioResampler(format="flt", layout=frame.layout, rate=frame.sample_rate)
        return np.concatenate([as_float(packed) for packed in packer.resample(frame)], axis=1)
    samples: NDArray[Any] = frame.to_ndarray()
    if frame.format.is_packed:
        samples = samples.reshape(-1, frame.layout.nb_channels).T
    if samples.dtype == np.uint8:
        return np.asarray((samples.astype(np.float32) - 128) / 128, np.float32)
    if np.issubdtype(samples.dtype, np.integer):
        return samples.astype(np.float32) / np.float32(2 ** (8 * samples.dtype.itemsize - 1))
    return np.asarray(samples, np.float32)
