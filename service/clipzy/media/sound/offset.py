"""Sound that lies beside zero, as plain converters and some cameras record it: noticed as it streams by, and brought back.

An offset is not heard by itself. But it takes room from the peaks, is raised as they are, and sets in and breaks off with a knock; and what is read off
the levels of such a sound is its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray
from scipy.signal import sosfilt, sosfilt_zi

from clipzy.media.decoding.samples import Sound

# Of a channel's root mean square about its mean. Of 26 recordings the mean of 20 is less than .006 of that, of the others .02 to .57; a step of a fiftieth is not
# heard beside a sound
NOTICED = 0.02
FAINTEST = 1e-4  # -80 dBFS: three steps of 16 bits, by which silence itself may lie beside zero
HIGH_PASS_HZ = 5.0  # at 40 Hz it turns the phase by 7 degrees and takes 0.07 dB


class Offset:
    """Hears a sound through, and tells whether it lies beside zero."""

    def __init__(self, channels: int) -> None:
        self._sums, self._energies, self._samples = np.zeros(channels), np.zeros(channels), 0

    def add(self, sound: Sound) -> None:
        """The next piece."""
        self._sums += sound.sum(axis=1, dtype=np.float64)
        self._energies += np.einsum("cn,cn->c", sound, sound, dtype=np.float64)
        self._samples += sound.shape[1]

    def watched(self, sound: Iterable[Sound]) -> Iterator[Sound]:
        """The same sound, each of its pieces added as it comes by."""
        for piece in sound:
            self.add(piece)
            yield piece

    @property
    def powers(self) -> NDArray[np.float64]:
        """(channels,) mean squares of what came by; 0 before anything did."""
        return self._energies / max(self._samples, 1)

    @property
    def noticed(self) -> bool:
        """Whether a channel lies so far from zero that it matters."""
        means = self._sums / max(self._samples, 1)
        powers = np.maximum(self.powers - np.square(means), 0)
        return bool(((np.abs(means) > FAINTEST) & (np.square(means) > NOTICED**2 * powers)).any())


class Centring:
    """Takes the offset out of a sound, piece by piece, without delay: a high-pass far below what is heard."""

    def __init__(self, sample_rate: int) -> None:
        # y[n] = g (x[n] - x[n - 1]) + p y[n - 1], of gain 1 at half the sample rate
        pole = float(np.exp(-2 * np.pi * HIGH_PASS_HZ / sample_rate))
        gain = (1 + pole) / 2
        self._section = np.array([[gain, -gain, 0, 1, -pole, 0]])
        self._state: NDArray[np.float64] | None = None

    def __call__(self, sound: Sound) -> Sound:
        """The next piece, with at least one sample."""
        if self._state is None:
            # as if it had lain for ever where it begins: else it would begin with the very knock
            self._state = sosfilt_zi(self._section)[:, None, :] * sound[:, 0, None]
        centred, self._state = sosfilt(self._section, sound, axis=1, zi=self._state)
        return np.ascontiguousarray(centred, np.float32)
