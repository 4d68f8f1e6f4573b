"""Which beats begin a bar, where the drums tell what the beat network leaves open.

- A kick on every third beat and hardly ever between: three beats a bar, and the kick is their first.
- A snare on every second beat, the backbeat, is on 2 and 4: a bar of four does not begin with it.

Where neither is plain, the decoder's bars stay. Whether a bar of four begins with one of two beats or the other is left to the network: their
drums are often the same.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from clipzy.analysis.audio.metrical_level import ALONG, ENOUGH_BARS, KICKS, NO_KICKS, Times, at, kicks, snares

Floats = NDArray[np.floating[Any]]
Numbers = NDArray[np.int64]

# Set on 64 generated pieces: eight had begun their bars on a wrong beat, two of them do still
BACKBEAT = 0.3  # least lead in snare of the weaker of two backbeats over the stronger of the other beats
REGULAR = 0.9  # of the downbeats must lie at the same place of four


def in_bars(times: Times, numbers: Numbers, activations: Floats, flux: Floats) -> Numbers:
    """Places in the bar, from 1, as the drums have them.

    Args:
        times: (N,) beats in seconds.
        numbers: (N,) their places in the bar so far.
        activations: (T, 3) at 50 frames a second: probabilities of beat that is no downbeat, downbeat, neither.
        flux: (T', 3) of `onsets.band_flux`, at the same rate.
    """
    if len(times) < ENOUGH_BARS * 4 or len(flux) == 0:
        return numbers
    first = _first_of_three(times, flux)
    if first is not None:
        return _counted(len(times), first, 3)
    first = _off_the_backbeat(times, numbers, activations, flux)
    return numbers if first is None else _counted(len(times), first, 4)


def _first_of_three(times: Times, flux: Floats) -> int | None:
    """Which of the first three beats the kick falls on, where it falls on every third and on no others."""
    kick = kicks(times, flux)
    places = np.array([kick[k::3].mean() for k in range(3)])
    first = int(places.argmax())
    others = np.delete(places, first)
    return first if places[first] >= KICKS and others.max() <= NO_KICKS else None


def _off_the_backbeat(times: Times, numbers: Numbers, activations: Floats, flux: Floats) -> int | None:
    """Which of the first four beats begins a bar, where those that did so far have the snare of the backbeat; None where they have not."""
    downbeats = np.bincount(np.flatnonzero(numbers == 1) % 4, minlength=4)
    first = int(downbeats.argmax())
    if numbers.max(initial=0) != 4 or downbeats[first] < REGULAR * downbeats.sum():
        return None
    on, off = [first % 2, first % 2 + 2], [1 - first % 2, 3 - first % 2]
    snare, alone = snares(times, flux)
    kick = kicks(times, flux)
    plain = _least_between(alone, on, off)
    # the click of a kick sets in over the whole spectrum, too: where kicks coincide only snares without one count
    if kick[on[0] :: 2].mean() - kick[off[0] :: 2].mean() < ALONG:
        plain = max(plain, _least_between(snare, on, off))
    if plain < BACKBEAT:
        return None
    sure = at(activations[:, 1], times)
    return max(off, key=lambda place: float(sure[place::4].mean()))


def _least_between(struck: NDArray[np.float64], on: list[int], off: list[int]) -> float:
    places = [struck[k::4].mean() for k in range(4)]
    return float(min(places[k] for k in on) - max(places[k] for k in off))


def _counted(count: int, first: int, meter: int) -> Numbers:
    return np.asarray((np.arange(count) - first) % meter + 1, np.int64)
