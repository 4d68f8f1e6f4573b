"""Whether a sound is ordered as music is: by notes that set in and last, or by a pulse.

The event network hears music in most sounds that have a pitch or strokes: test tones, mains hum, typing. What these lack is order. A tone or
a hum does not change its pitch in steps; knocks come at times of their own. Where the network itself wavers, as it does over knocks that ring
and over voices in noise, it has to be more of it.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import fft
from scipy.ndimage import maximum_filter1d, median_filter

from clipzy.analysis.audio.sound_rates import BEAT_RATE, RATE_16K
from clipzy.analysis.stretches import runs

Floats = NDArray[np.floating[Any]]
Mask = NDArray[np.bool_]

WINDOW, HOP = 4096, 1600  # 256 ms: partials a semitone apart are told apart from 130 Hz up
LOWEST_HZ, HIGHEST_HZ = 150.0, 2500.0
PEAK_DB = 15.0  # of a partial over the spectrum around it
AROUND_BINS = 41  # 160 Hz
AUDIBLE_DB = 30.0  # below the loudest partials
HELD = 3  # frames of 100 ms
BEFORE = 2  # frames without the pitch, nor its neighbours, before a note that is new

SHORTEST_S, LONGEST_S = 0.28, 2.0  # of a pulse's period
OUTLIERS = 0.99

# Set on clips with seeds kept for that. Notes a second: generated and recorded music with pitches 1.5 to 10, hum, tones, noise, applause 0 to
# 0.4. Clarity: drums 0.38 and more, knocks and applause to 0.18, wind to 0.3. Mean confidence of the beats: drums 0.49 and more, tones and hum to 0.37
NOTES, CLARITY, STRENGTH = 0.6, 0.28, 0.4
# Share of a passage's frames in which the network hears music: music .95 and more, also in noise, under speech and in a film (slow drums alone .74, but
# with a clarity of .70); knocks .66 to .93, voices in noise .54 and .66. These have up to 2.6 notes a second, most of them partials of what was
# struck, and a clarity of up to .30
STEADY, NOTES_WAVERING, CLARITY_WAVERING = 0.94, 3.0, 0.38


def is_ordered(note_rate: float, clarity: float, strength: float, steadiness: float) -> bool:
    """Whether there is order enough for music.

    Args:
        note_rate: of `note_rate`.
        clarity: of `pulse_clarity`.
        strength: mean confidence of the beats found, 0..1; where nothing is struck at all the clarity says nothing.
        steadiness: of `music.steadiness`.
    """
    steady = steadiness >= STEADY
    notes, clear = (NOTES, CLARITY) if steady else (NOTES_WAVERING, CLARITY_WAVERING)
    return note_rate >= notes or (clarity >= clear and strength >= STRENGTH)


def note_rate(excerpts: Floats) -> float:
    """New notes a second: partials that set in, away from the pitches that just sounded, and last 300 ms.

    Args:
        excerpts: (P, N) mono at 16 kHz.

    Returns:
        0 for excerpts under half a second. Partials count one by one: a chord of an instrument is a dozen.
    """
    if len(excerpts) == 0 or excerpts.shape[1] < 2 * WINDOW:
        return 0.0
    count = sum(_new_notes(excerpt) for excerpt in excerpts)
    return count * RATE_16K / excerpts.size


def pulse_clarity(flux: Floats, where: Mask) -> float:
    """How much onsets repeat after some period: the highest autocorrelation between 0.28 and 2 s, up to 1 for a machine.

    After O. Lartillot et al., "Multi-feature modeling of pulse clarity" (ISMIR 2008).

    Args:
        flux: (T, 3) of `onsets.band_flux`.
        where: (T,) frames that count.
    """
    onsets = np.asarray(flux[where[: len(flux)]], np.float64).sum(axis=1)
    first, last = round(SHORTEST_S * BEAT_RATE), round(LONGEST_S * BEAT_RATE)
    if len(onsets) < 2 * last:
        return 0.0
    onsets = np.minimum(onsets, np.quantile(onsets, OUTLIERS))
    onsets -= onsets.mean()
    power = float(np.square(onsets).sum())
    if power < 1e-9:
        return 0.0
    repeated = fft.irfft(np.square(np.abs(fft.rfft(onsets, 2 * len(onsets)))))[first : last + 1]
    # the further apart the fewer pairs there are
    return float((repeated / power * len(onsets) / (len(onsets) - np.arange(first, last + 1))).max())


def _new_notes(excerpt: Floats) -> int:
    sounding = _pitches(excerpt)
    near = maximum_filter1d(sounding, 3, axis=1)
    count = 0
    for semitone in np.flatnonzero(sounding.any(axis=0)):
        for start, stop in runs(sounding[:, semitone]):
            silent = not near[max(0, start - BEFORE) : start, semitone].any()
            count += int(start > 0 and stop - start >= HELD and silent)
    return count


def _pitches(excerpt: Floats) -> Mask:
    """(frames, semitones): where a partial sounds."""
    framed = np.lib.stride_tricks.sliding_window_view(excerpt, WINDOW)[::HOP] * np.hanning(WINDOW).astype(np.float32)
    low, high = (round(hertz * WINDOW / RATE_16K) for hertz in (LOWEST_HZ, HIGHEST_HZ))
    # one bin more on each side, to see the peaks at the edges
    level = 10 * np.log10(np.square(np.abs(fft.rfft(framed, axis=1)[:, low - 1 : high + 2])) + 1e-12)
    inner, left, right = level[:, 1:-1], level[:, :-2], level[:, 2:]
    loudest = np.quantile(level.max(axis=1), 0.95)
    clear = inner > _medians(level, AROUND_BINS)[:, 1:-1] + PEAK_DB
    frame, place = np.nonzero((inner > left) & (inner >= right) & clear & (inner > loudest - AUDIBLE_DB))
    below, top, above = left[frame, place], inner[frame, place], right[frame, place]
    # the crest of the parabola through the three bins
    hertz = (low + place + 0.5 * (below - above) / (below - 2 * top + above)) * RATE_16K / WINDOW
    semitone = np.round(12 * np.log2(hertz / LOWEST_HZ)).astype(int).clip(0)
    sounding = np.zeros((len(level), round(12 * np.log2(HIGHEST_HZ / LOWEST_HZ)) + 2), bool)
    sounding[frame, semitone] = True
    return sounding


def _medians(rows: NDArray[np.float64], size: int) -> NDArray[np.float64]:
    """The median about each number of a row, of an odd count of them; a row is mirrored at its ends.

    As one line, since of lines SciPy finds running medians in a twelfth of the time that it takes for planes.
    """
    half = size // 2
    mirrored = np.pad(rows, ((0, 0), (half, half)), mode="symmetric")
    medians: NDArray[np.float64] = median_filter(mirrored.ravel(), size).reshape(mirrored.shape)
    return medians[:, half:-half]
