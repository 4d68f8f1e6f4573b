"""The compiled loop that finds peaks between samples. Compiled once, cached on disk, run without the GIL."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

Floats = NDArray[np.float32]

AT_ONCE = 1024  # samples, so that the sums stay in the L1 cache


# sums may be reordered, so that the compiler can vectorise
@njit(
    "(float32[::1], float32[:,::1], float32[::1])",
    cache=True,
    nogil=True,
    fastmath={"reassoc", "contract"},
)
def raise_to_peaks(sound: Floats, places: Floats, peaks: Floats) -> None:
    """Raise each of `peaks` (n,) to the magnitude between the samples there, if that is larger.

    The number of taps is a multiple of four.

    Args:
        sound: (n + taps - 1,) one channel.
        places: (places, taps) convolution filters, each for one position between two samples.
        peaks: at least 0.
    """
    taps = places.shape[1]
    between = np.empty(AT_ONCE, np.float32)
    for start in range(0, peaks.shape[0], AT_ONCE):
        near = peaks[start : start + AT_ONCE]
        for place in range(places.shape[0]):
            between[:] = 0
            for t in range(0, taps, 4):
                heard = sound[start + t : start + t + near.shape[0] + 3]
                first, second, third, fourth = (
                    places[place, taps - 1 - t],
                    places[place, taps - 2 - t],
                    places[place, taps - 3 - t],
                    places[place, taps - 4 - t],
                )
                for i in range(near.shape[0]):
                    between[i] += (
                        first * heard[i] + second * heard[i + 1] + third * heard[i + 2] + fourth * heard[i + 3]
                    )
            for i in range(near.shape[0]):
                near[i] = max(near[i], abs(between[i]))
