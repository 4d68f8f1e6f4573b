"""Beats, downbeats and tempo out of the beat network's activations."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import metricon
import numpy as np
from numpy.typing import NDArray

from clipzy.analysis.audio.beat_times import refined
from clipzy.analysis.audio.downbeats import in_bars
from clipzy.analysis.audio.level_confidence import half_as_many, level_confidence
from clipzy.analysis.audio.metrical_level import counted, settle
from clipzy.analysis.audio.onsets import band_at
from clipzy.analysis.audio.sound_rates import BEAT_RATE
from clipzy.style.measurements import STEADY_TEMPO, Beat

Floats = NDArray[np.floating[Any]]

# start and end with nothing above this are trimmed, as madmom's DBNDownBeatTrackingProcessor does; so are beats that are no stronger
THRESHOLD = 0.05
# from which the beats confirm a tempo: fitted on 72 files, music against speech, noise, animals and bare clicks
MUSIC_STRENGTH, MUSIC_BEATS = 0.50, 6
CLICK_STRENGTH, CLICK_JITTER, CLICK_BEATS = 0.80, 0.03, 8
BREAK = 2.5  # a gap of that many beats ends a passage: the pulse on both sides shares the tempo, not the phase
LOCAL_BEATS = 9  # beats of one local tempo; over 8 intervals the network's 20 ms frames cost 0.2 % at 120 a minute
UNSTABLE = 0.10  # coefficient of variation of the local tempo at which stability is 0
ALIKE = 0.04  # local tempi that differ by less are one, as a musician would say


@dataclass(frozen=True, slots=True)
class Rhythm:
    """What the beats of a sound say.

    `tempo_bpm`: beats a minute, None with fewer than three beats; of a tempo that changes, the one that lasts longest. `share`: of the time for
    which it lasts, 0..1, 1 where it does not change. `stability`: 0..1, 1 for a machine, 0 where the local tempo varies by 10 % or more; None with
    too few beats. `strength`: mean confidence, 0..1. `jitter`: coefficient of variation of the intervals. `level`: how sure it is that the pulse is
    not counted at half or twice its tempo, 0..1, `share` at most; None with too few beats.
    """

    beats: tuple[Beat, ...]
    tempo_bpm: float | None
    stability: float | None
    strength: float
    jitter: float
    level: float | None = None
    share: float = 1.0

    @property
    def metronomic(self) -> bool:
        """Whether the beats are regular and plain enough for a tempo without any music, as clicks are."""
        return self.strength >= CLICK_STRENGTH and self.jitter < CLICK_JITTER and len(self.beats) >= CLICK_BEATS

    def has_tempo(self, music: bool) -> bool:
        """Whether the tempo may be told, given whether there is music."""
        enough = self.strength >= MUSIC_STRENGTH and len(self.beats) >= MUSIC_BEATS
        return self.tempo_bpm is not None and ((music and enough) or self.metronomic)


def decode_beats(
    activations: Floats, flux: Floats, where: NDArray[np.bool_] | None = None, audio: Floats | None = None
) -> Rhythm:
    """Place the beats by a bar-pointer model over three and four beats a bar (Krebs, Böck, Widmer 2015, as metricon decodes it).

    The drums may move the beats to another level of the pulse (`metrical_level`), or to half of it where that is far likelier (`level_confidence`), and
    the downbeats to other bars (`downbeats`).

    Args:
        activations: (T, 3) at 50 frames a second: probabilities of beat that is no downbeat, downbeat, neither.
        flux: (T', 3) of `onsets.band_flux` for the same sound.
        where: (T,) frames in which beats count, such as those with music; everywhere when None. The decoder hears the whole in any case.
        audio: (N,) mono at 22 050 Hz; its onsets refine the times of the beats, which are those of frames when it is None.

    Returns:
        Beats in order, each with P(beat) + P(downbeat) at its frame as confidence.
    """
    if len(activations) == 0:
        return _rhythm(())
    # metricon wants P(any beat) in the first channel and takes the downbeats out of it by itself
    anybeat = np.clip(activations[:, 0] + activations[:, 1], 0, 1).astype(np.float64)
    tracked = metricon.DownbeatTracker(beats_per_bar=(3, 4), fps=BEAT_RATE).track(
        metricon.Activations.from_activations(anybeat, activations[:, 1].astype(np.float64), fps=BEAT_RATE),
        threshold=THRESHOLD,
    )
    times, numbers = settle(tracked.times, tracked.numbers, activations, flux)
    halved, sure = half_as_many(times, activations, flux) or (times, 1.0)
    if halved is not times:
        times, numbers = halved, counted(halved, activations, int(numbers.max()))
    numbers = in_bars(times, numbers, activations, flux)
    frames = np.clip(np.round(times * BEAT_RATE).astype(int), 0, len(anybeat) - 1)
    counts = np.ones(len(frames), bool) if where is None else where[np.minimum(frames, len(where) - 1)]
    counts = counts & _between_strong(anybeat[frames] >= THRESHOLD)
    times, numbers, frames = times[counts], numbers[counts], frames[counts]
    fine = times if audio is None else refined(times, audio)
    rhythm = _rhythm(
        tuple(
            Beat(float(heard), float(anybeat[frame]), band_at(flux, float(time)), int(number) == 1)
            for heard, time, number, frame in zip(fine, times, numbers, frames, strict=True)
        )
    )
    level = level_confidence(times, activations, flux)
    return replace(rhythm, level=None if level is None else min(level, sure, rhythm.share))


def _between_strong(strong: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """From the first strong beat to the last one; those between are counted on, however weak."""
    return np.asarray(np.logical_or.accumulate(strong) & np.logical_or.accumulate(strong[::-1])[::-1], bool)


def _rhythm(beats: tuple[Beat, ...]) -> Rhythm:
    times = np.array([beat.time_s for beat in beats])
    strength = float(np.mean([beat.confidence for beat in beats])) if beats else 0.0
    if len(times) < 3:
        return Rhythm(beats, None, None, strength, float("inf"))
    intervals = np.diff(times)
    usual = float(np.median(intervals))
    within = intervals[intervals < BREAK * usual]
    jitter = float(np.std(within) / np.mean(within))
    passages = np.split(times, np.flatnonzero(intervals >= BREAK * usual) + 1)
    local = _local_periods(passages)
    stability, period, share = _stability(local), _period(passages, usual), 1.0
    if period is not None and stability is not None and stability < STEADY_TEMPO:
        period, share = _lasting(local, period)
    return Rhythm(beats, None if period is None else 60 / period, stability, strength, jitter, share=share)


def _period(passages: list[NDArray[np.float64]], usual: float) -> float | None:
    """Seconds per beat by least squares of the times on the beat numbers, one slope for all passages; None without two beats in a row.

    The median interval would be off by half a frame, 2 % at 174 beats a minute.
    """
    above = below = 0.0
    for times in passages:
        number = _numbers(times, usual)
        above += float(np.sum((number - number.mean()) * (times - times.mean())))
        below += float(np.sum((number - number.mean()) ** 2))
    return above / below if below else None


def _local_periods(passages: list[NDArray[np.float64]]) -> NDArray[np.float64]:
    """Seconds per beat about each beat that has four on both sides; none without a passage of nine beats."""
    windows = [times[at : at + LOCAL_BEATS] for times in passages for at in range(len(times) - LOCAL_BEATS + 1)]
    # missing beats are counted by the interval that is usual here: elsewhere the tempo may be another
    local = [_period([window], float(np.median(np.diff(window)))) for window in windows]
    return np.array([period for period in local if period is not None])


def _stability(local: NDArray[np.float64]) -> float | None:
    """1 less the variation of the local tempo in tenths; None where no local tempo is known."""
    return float(np.clip(1 - np.std(local) / np.mean(local) / UNSTABLE, 0, 1)) if len(local) else None


def _lasting(local: NDArray[np.float64], mean: float) -> tuple[float, float]:
    """The period near which most of the time lies, in seconds per beat, and the share of that time, 0..1.

    The mean is taken if at least half as much time lies near it: a steadily rising tempo passes every value once, and its mean is fair.
    """
    ordered = np.sort(local)
    passed = np.concatenate([[0.0], np.cumsum(ordered)])  # seconds, a beat for each local tempo
    about = np.append(ordered, mean)
    first, end = ordered.searchsorted(about * (1 - ALIKE / 2)), ordered.searchsorted(about * (1 + ALIKE / 2), "right")
    share = (passed[end] - passed[first]) / passed[-1]
    best = int(share.argmax())
    if share[-1] >= share[best] / 2:
        return mean, float(share[-1])
    return float(np.median(ordered[first[best] : end[best]])), float(share[best])


def _numbers(times: NDArray[np.float64], usual: float) -> NDArray[np.float64]:
    """Number of each beat, counting missing ones."""
    steps = np.maximum(1, np.round(np.diff(times) / usual))
    return np.concatenate([[0.0], np.cumsum(steps)])
