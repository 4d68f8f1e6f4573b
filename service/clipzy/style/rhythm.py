"""How the changes of shot of a video lie to the beats of its music."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from clipzy.style.measurements import Beat, Boundary

TO_BARS = 0.8  # share of a video's changes of shot on downbeats, from which they are meant to be there: one in four is by chance, of cuts on beats
# share of the changes that chance would leave beside beats, from which on beats they are meant to be there
TO_BEATS = 0.5
FEWEST = 3  # changes of which that can be told
ON_BEAT_S = 0.07  # as beat tracking is scored (MIREX): nearer than that the ear hears one event


@dataclass(frozen=True, slots=True)
class CutRhythm:
    """Where the changes of shot fall. Shares are 0..1, of those changes that have a beat on either side.

    `offsets_ms`: of every boundary's middle from its nearest beat, > 0 after it; None before the first beat and after the last.
    `on_beat`, `on_downbeat`: share within 70 ms of a beat, and of a downbeat. `by_chance`: what `on_beat` would be, were the
    changes made without regard to the music. The three are None where no change lies among beats.
    """

    offsets_ms: tuple[int | None, ...]
    on_beat: float | None
    on_downbeat: float | None
    by_chance: float | None

    @property
    def keeps_to_beats(self) -> bool:
        """Whether shots change on beats, too often for chance."""
        if self.on_beat is None or self.by_chance is None or self._among < FEWEST:
            return False
        return self.on_beat >= self.by_chance + TO_BEATS * (1 - self.by_chance)

    @property
    def keeps_to_bars(self) -> bool:
        """Whether shots change where bars begin, too often for chance."""
        return self.on_downbeat is not None and self.on_downbeat >= TO_BARS and self._among >= FEWEST

    @property
    def _among(self) -> int:
        return sum(offset is not None for offset in self.offsets_ms)


def cut_rhythm(boundaries: Sequence[Boundary], beats: Sequence[Beat]) -> CutRhythm:
    """Relate the changes of shot to the beats, which are in order of time."""
    times = [beat.time_s for beat in beats]
    downbeats = [beat.time_s for beat in beats if beat.downbeat]
    middles = [float(boundary.start + boundary.end) / 2 for boundary in boundaries]
    offsets = [_offset_s(middle, times) for middle in middles]
    among = [(middle, offset) for middle, offset in zip(middles, offsets, strict=True) if offset is not None]
    told = tuple(None if offset is None else round(offset * 1000) for offset in offsets)
    if not among:
        return CutRhythm(told, None, None, None)
    on_downbeat = [_is_near(middle, downbeats) for middle, _ in among]
    return CutRhythm(
        told,
        on_beat=sum(abs(offset) <= ON_BEAT_S for _, offset in among) / len(among),
        on_downbeat=sum(on_downbeat) / len(among),
        by_chance=_by_chance(times),
    )


def _offset_s(time_s: float, times: Sequence[float]) -> float | None:
    at = bisect_left(times, time_s)
    if at == len(times) or (at == 0 and time_s < times[0]):
        return None
    return min((time_s - times[k] for k in (at - 1, at) if k >= 0), key=abs)


def _is_near(time_s: float, times: Sequence[float]) -> bool:
    return any(abs(time_s - each) <= ON_BEAT_S for each in times)


def _by_chance(times: Sequence[float]) -> float:
    """Share of the time between the first beat and the last that lies within reach of a beat."""
    reached = sum(min(2 * ON_BEAT_S, later - earlier) for earlier, later in pairwise(times))
    return reached / (times[-1] - times[0]) if times[-1] > times[0] else 1.0
