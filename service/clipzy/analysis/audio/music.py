"""Whether and where there is music or singing, and where there is silence."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from clipzy.analysis.audio.sound_rates import BLOCK_RATE, EVENT_RATE
from clipzy.analysis.stretches import hysteresis, runs, tidied

Floats = NDArray[np.floating[Any]]
Mask = NDArray[np.bool_]

LIKELY = 0.5
LEAVE = 0.3
SILENT_DBFS = -60.0
# Fitted on 72 files, all right there: the widest misses are tonal animal sounds (a share of .30) and percussive noise (.25)
MUSIC_SHARE = 0.40
PASSAGE_S = 8
SHORTEST_S, LONGEST_GAP_S = 1.0, 1.0
SHORTEST_SILENCE_S = 0.5


def has_music(music: Floats, block_rms: Floats) -> bool:
    """Whether a sound counts as having music: likely in 40 % of its frames, or in most of each of 8 seconds in a row; never in silence.

    Args:
        music: (E,) probability of music, 100 frames a second.
        block_rms: (B,) linear level per 50 ms.
    """
    if len(music) == 0 or level_dbfs(block_rms) <= SILENT_DBFS:
        return False
    likely = music > LIKELY
    seconds = likely[: len(likely) // EVENT_RATE * EVENT_RATE].reshape(-1, EVENT_RATE).mean(axis=1) > 0.5
    longest = max((stop - start for start, stop in runs(seconds)), default=0)
    return bool(likely.mean() >= MUSIC_SHARE or longest >= PASSAGE_S)


def passages(probability: Floats) -> Mask:
    """Frames of (E,) in passages of a second or more in which something is likely; gaps of up to a second are closed."""
    shortest, gap = round(SHORTEST_S * EVENT_RATE), round(LONGEST_GAP_S * EVENT_RATE)
    return tidied(hysteresis(probability, LIKELY, LEAVE), shortest, gap)


def steadiness(music: Floats, plays: Mask) -> float:
    """Share of the frames with music, by `passages`, in which music is likely by itself; 1 where there are none."""
    return float((music[plays] > LIKELY).mean()) if plays.any() else 1.0


def singing_mask(events: Floats) -> Mask:
    """Frames of (E, 3) in which somebody sings, and is likelier to sing than to speak."""
    return passages(np.where(events[:, 1] > events[:, 0], events[:, 1], 0)) if len(events) else np.zeros(0, bool)


def silence_mask(block_rms: Floats) -> Mask:
    """Blocks of (B,) linear levels, 50 ms each, that lie in half a second or more under -60 dBFS."""
    return tidied(np.asarray(block_rms) < 10 ** (SILENT_DBFS / 20), round(SHORTEST_SILENCE_S * BLOCK_RATE), 0)


def level_dbfs(block_rms: Floats) -> float:
    """Level of the whole sound, dB below full scale; -120 at least."""
    power = float(np.mean(np.square(np.asarray(block_rms, np.float64)))) if len(block_rms) else 0.0
    return 10 * float(np.log10(max(power, 1e-12)))
