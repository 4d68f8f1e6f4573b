"""Where sound sets in, low, middle and high: the energy rise that tells a kick from a snare from a hat."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import fft

from clipzy.analysis.audio.sound_rates import BEAT_HOP, RATE_22K
from clipzy.analysis.audio.spectrum import magnitudes
from clipzy.style.dna import BeatBand

Floats = NDArray[np.float32]

WINDOW = 1024
BLOCK = 1500  # frames at once: half a minute, 13 MB
# Hz; the gap keeps the ring of a snare out of the hats
EDGES = ((20.0, 150.0), (150.0, 2500.0), (4500.0, 11025.0))
RISE = 2  # frames back that the energy is compared with
LOUD_QUANTILE = 0.995  # a full-strength onset; at .97 a sparse kick vanishes against the notes between
FLOOR = 1e-4  # keeps divisions defined in digital silence
NEAR = 3  # frames on both sides of a beat in which its onset may stand
# In order of precedence: a hat layered on a kick or a snare must not win. The loudest rise in the middle is mostly the beater of the kick, so
# a snare reaches .2 to 1 of it, its median .5; a hat alone stays under .2
ENOUGH = ((BeatBand.BASS, 0.5), (BeatBand.MID, 0.25))

_BIN_HZ = fft.rfftfreq(WINDOW, 1 / RATE_22K)
_BANDS = np.stack([np.digitize(_BIN_HZ, edges) == 1 for edges in EDGES], axis=1).astype(np.float32)


def band_flux(audio: Floats) -> Floats:
    """How much the magnitude in each band rises, frame by frame.

    Linear magnitudes on purpose: logarithmic ones let the noise of a snare leak into every band.

    Args:
        audio: (N,) mono at 22 050 Hz, -1..1; may be a memory map, read half a minute at a time.

    Returns:
        (ceil(N / 441), 3) float32: bass, mid, treble at 50 frames a second, frame k centred on sample 441 k; 1 is a strong onset of that
        sound (its 99.5th percentile), more is possible.
    """
    count = -(-len(audio) // BEAT_HOP)
    if count == 0:
        return np.zeros((0, 3), np.float32)
    energy = np.concatenate([_energy(audio, at, min(at + BLOCK, count)) for at in range(0, count, BLOCK)])
    rise = np.zeros_like(energy)
    rise[RISE:] = np.maximum(energy[RISE:] - energy[:-RISE], 0)
    return np.asarray(rise / (np.quantile(rise, LOUD_QUANTILE, axis=0) + FLOOR), np.float32)


def _energy(audio: Floats, first: int, last: int) -> Floats:
    """Root of the energy in each band, frames [first, last): (last - first, 3)."""
    begin, end = first * BEAT_HOP - WINDOW // 2, (last - 1) * BEAT_HOP + WINDOW // 2
    power = np.square(magnitudes(audio, begin, end, WINDOW, BEAT_HOP))
    return np.asarray(np.sqrt(power @ _BANDS), np.float32)


def band_at(flux: Floats, time_s: float) -> BeatBand:
    """The band that carries a beat at that time, from `band_flux`: bass if it is strong, else mid, else treble."""
    centre = round(time_s * RATE_22K / BEAT_HOP)
    near = flux[max(0, centre - NEAR) : centre + NEAR + 1]
    if len(near) == 0:
        return BeatBand.MID
    peak = near.max(axis=0)
    return next((band for (band, enough), value in zip(ENOUGH, peak, strict=False) if value >= enough), BeatBand.TREBLE)
