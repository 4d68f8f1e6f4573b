"""How densely a sound was compressed, and how heavy its bass is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import maximum_filter1d, uniform_filter1d

from clipzy.analysis.audio.sound_rates import RATE_22K
from clipzy.analysis.audio.spectrum import band_levels, mean_power
from clipzy.style.dna import MOST_COMPRESSION

Floats = NDArray[np.floating[Any]]
Mask = NDArray[np.bool_]

SLOW_BLOCKS = 60  # of 50 ms each: 3 s, the short-term window of EBU Tech 3341
GATE_DB = -20.0  # under the mean: below it a passage is a pause, as in the gate of EBU Tech 3342
# Under the mean of the whole: below it lies only the noise of microphone and converter. A fixed level would cut the quiet syllables off a voice that was
# recorded low, and call it compressed
FLOOR_DB = -36.0
SILENT_DBFS = -90.0


@dataclass(frozen=True, slots=True)
class Natural:
    """Dynamics of sound that nobody compressed.

    `peaks_db`: peaks over the 3 s mean. `spread_db`: spread of the 50 ms levels about that mean (5th largest of 100 over the 70th) where they move by
    1 dB from one to the next; it grows with the root of that movement.
    """

    peaks_db: float
    spread_db: float


# Set on the cautious side of acoustic recordings (peaks 14-19 dB; spread over that root 4.5-7 in music, 8 in read speech), so that they read 1. The root is
# what levels of 53 pieces of music for games have by nature: calm strings are even without any compressor, drums are not. Held against 53 others, what a compressor
# did is told from what nobody did to them in .93 of all pairs at 4:1 and .80 at 2:1, by the spread alone in .89 and .80; limited to -8 LUFS in .91, alone .85
NATURAL_MUSIC = Natural(14.0, 4.0)
NATURAL_SPEECH = Natural(16.0, 6.2)
STEADIEST_DB = 0.1  # of levels that do not move at all, so that they have a ratio


def density(block_rms: Floats, block_peak: Floats, natural: Natural) -> float | None:
    """The ratio that would turn natural dynamics into these: how many times smaller they are, in decibels.

    A compressor of ratio R over its whole range divides every difference of level by R. Two such differences are looked at, and the more
    squeezed one counts: peaks over the 3 s mean (what limiting and clipping shave off) and the spread of the 50 ms levels around that mean
    (what a slower compressor evens out), beside how much they move from one to the next. Without the untouched original this is an equivalent, not the
    setting of a knob: a compressor that works only above its threshold reads less than its ratio, and music that is steady by itself reads more.

    Args:
        block_rms: (B,) linear, one per 50 ms.
        block_peak: (B,) linear, largest magnitude in the same 50 ms.
        natural: what to compare with.

    Returns:
        8 at most, and under 1 where levels differ more than in the natural sound; None for silence and for less than 3 s.
    """
    power = np.square(np.asarray(block_rms, np.float64))
    floor = float(power.mean()) * 10 ** (FLOOR_DB / 10) if len(power) else 0.0
    heard = power > max(floor, 10 ** (SILENT_DBFS / 10))
    if heard.sum() < SLOW_BLOCKS:
        return None
    slow = np.maximum(uniform_filter1d(power, SLOW_BLOCKS, mode="nearest"), 1e-12)
    inside = heard & (slow > power[heard].mean() * 10 ** (GATE_DB / 10))
    top = maximum_filter1d(np.asarray(block_peak, np.float64), SLOW_BLOCKS, mode="nearest")
    peaks_db = float(np.median(20 * np.log10(top[inside]) - 10 * np.log10(slow[inside])))
    around = 10 * np.log10(power[inside] / slow[inside])
    spread_db = max(float(np.percentile(around, 95) - np.percentile(around, 30)), STEADIEST_DB)
    # both are divided by a ratio, and so is the square of the one over the other
    evened = natural.spread_db**2 * _moves_db(power, inside) / spread_db**2
    return min(max(natural.peaks_db / max(peaks_db, 0.1), evened), MOST_COMPRESSION)


def _moves_db(power: NDArray[np.float64], inside: Mask) -> float:
    """By how much the level of a block differs from that of the next, on the average of those that are both inside, dB."""
    both = inside[1:] & inside[:-1]
    moves = np.abs(np.diff(10 * np.log10(np.maximum(power, 1e-12))))[both]
    return max(float(moves.mean()), STEADIEST_DB) if len(moves) else STEADIEST_DB


def compression_ratio(read: float | None) -> float:
    """The compression_ratio, 1..8, of a density: 1 for sound that nobody compressed, and where it is unknown."""
    return 1.0 if read is None else max(1.0, read)


THIRDS_HZ = 1000 * 2.0 ** (np.arange(-15, 9) / 3)  # centres of the third-octaves from 31 Hz to 6.3 kHz
NEUTRAL_BASS_DB = 2.0  # the most that music with untouched bass was seen to lie over its own trend
SHELF_SHOWN = 0.62  # a low shelf of 6 dB at 100 Hz raises the excess by 3.5 to 3.9 dB


def bass_excess_db(audio_22k: Floats, where: Mask, mask_rate: float) -> float | None:
    """How far 40-150 Hz lies over the trend of 150-6000 Hz, a line through the third-octaves over log frequency, dB; None when nothing is chosen.

    Args:
        audio_22k: (N,) mono at 22 050 Hz; may be a memory map.
        where: (M,) frames that count, such as those with music.
        mask_rate: frames of `where` a second.
    """
    power = mean_power(audio_22k, RATE_22K, where, mask_rate)
    if power is None:
        return None
    levels = band_levels(power, RATE_22K, tuple((c / 2 ** (1 / 6), c * 2 ** (1 / 6)) for c in THIRDS_HZ))
    trend = (THIRDS_HZ >= 150) & (THIRDS_HZ <= 6000)
    slope, offset = np.polyfit(np.log2(THIRDS_HZ[trend]), levels[trend], 1)
    bass = (THIRDS_HZ >= 40) & (THIRDS_HZ <= 150)
    return float(np.mean(levels[bass] - (slope * np.log2(THIRDS_HZ[bass]) + offset)))


def shelf_of_excess(excess_db: float) -> float:
    """Gain of the low shelf that leads from neutral music to a bass excess, dB; below 0 for thinner bass."""
    return (excess_db - NEUTRAL_BASS_DB) / SHELF_SHOWN
