"""Colours drawn of a video, from which looks are made: as many of every shot, each with how long it is seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import cv2
import numpy as np
from numpy.typing import NDArray

from clipzy.analysis.framing.bars import Bars, find_bars
from clipzy.analysis.look.surfaces import mates
from clipzy.style.time import Span

Pixels = NDArray[np.uint8]
Array = NDArray[np.float64]

COLOURS = 8192  # that a look is made of
MOST_COLOURS = 8 * COLOURS  # that are kept of a video
_SMALL = (64, 36)  # pixels a sample is shrunk to: looks do not depend on detail, and noise goes
_BLACK_FRAME = 0.03  # mean code value 0..1 of a frame that shows nothing


@dataclass(frozen=True, slots=True)
class ColourSamples:
    """Colours of a video, in playing order. `colours`: (N, 3) uint8 sRGB; `shots`: (N,) the shot that each was seen in, -1 for none.

    `moments`: (N,) the second in which each was seen; `places`: (N, 2) where, in shares of the whole picture's width and height;
    `seconds`: (N,) for how long each is seen, counting as many shown at once as were drawn. `pairs`: (N, 2, 3) uint8, two pixels side by side there,
    of the sampled picture as it is, where `colours` are of one shrunk until noise is gone. `mates`: (N, 3) uint8, a colour from elsewhere on the same
    surface as `colours` (see `analysis.surfaces`).
    """

    colours: Pixels
    shots: NDArray[np.int64]
    moments: Array
    places: NDArray[np.float32]
    seconds: Array
    pairs: Pixels
    mates: Pixels

    def at(self, rows: NDArray[np.intp]) -> ColourSamples:
        """Some of them, by their numbers."""
        return ColourSamples(**{field.name: getattr(self, field.name)[rows] for field in fields(self)})

    def of(self, shots: Sequence[int] = (), count: int = COLOURS) -> NDArray[np.float32]:
        """So many colours of some shots, or of all where none is named, each as often as it is seen long: (count, 3) sRGB 0..1.

        Raises:
            ValueError: of these shots no colour was seen.
        """
        return np.asarray(self.colours[self._drawn(shots, count)] / 255, np.float32)

    def even(self, count: int = COLOURS) -> ColourSamples:
        """So many of them, drawn as `of` draws colours."""
        return self.at(self._drawn((), count))

    def side_by_side(self, shots: Sequence[int] = (), count: int = COLOURS) -> NDArray[np.float32]:
        """So many pairs of neighbouring pixels, drawn as `of` draws colours: (count, 2, 3) sRGB 0..1."""
        return np.asarray(self.pairs[self._drawn(shots, count)] / 255, np.float32)

    def on_surfaces(self, shots: Sequence[int]) -> NDArray[np.float32]:
        """Pairs of colours from one surface each, drawn as `of` draws colours: (COLOURS, 2, 3) sRGB 0..1."""
        rows = self._drawn(shots, COLOURS)
        return np.asarray(np.stack([self.colours[rows], self.mates[rows]], 1) / 255, np.float32)

    def _drawn(self, shots: Sequence[int], count: int) -> NDArray[np.intp]:
        rows = np.flatnonzero(np.isin(self.shots, shots)) if len(shots) else np.arange(len(self.shots))
        if not len(rows):
            raise ValueError(f"no colour was seen of the shots {', '.join(map(str, shots))}, counted from 0")
        until = np.cumsum(self.seconds[rows])
        even = np.searchsorted(until, (np.arange(count) + 0.5) / count * until[-1], "right").clip(max=len(rows) - 1)
        drawn: NDArray[np.intp] = rows[even]
        return drawn


def colour_samples(
    samples: Pixels,
    count: int | None = None,
    *,
    sample_times: Sequence[float] | None = None,
    shots: Sequence[Span] = (),
    bars: Bars | None = None,
    small: Pixels | None = None,
    detail_of: NDArray[np.intp] | None = None,
) -> ColourSamples:
    """Draw colours for the look_transfer network; unless told how many, enough for a look of each shot, as far as `MOST_COLOURS` go.

    As many are drawn of each shot when `sample_times` and `shots` are given, and their `seconds` say how long they are seen; of each sample otherwise. Bars and
    black frames are left out (when all frames are black, black is what is drawn). The same samples give the same colours. `bars` and `small` as in `measure_colour`.
    `detail_of`: of each sample the one whose pixels side by side are drawn for it (see `analysis.flashes`), its own when left out.
    """
    bars = bars or find_bars(samples)
    small = small_samples(samples, bars) if small is None else small
    # without times no sample is of any shot
    times, shots = (np.zeros(len(small)), ()) if sample_times is None else (np.asarray(sample_times, float), shots)
    shot_of = shot_of_each(times, shots)
    lit = not_black(small)
    seen = in_shots(lit if lit.any() else ~lit, shot_of)
    seconds = seconds_of(times, shot_of, shots)[seen]
    shot_of = shot_of[seen]
    weights, of_shot = _even_over_shots(shot_of, seconds)
    if count is None:
        count = min(COLOURS * len(np.unique(shot_of)), MOST_COLOURS)
    random = np.random.default_rng(0)
    # systematic draw: the share of every frame is exact up to one colour
    frame = np.searchsorted(np.cumsum(weights), (np.arange(count) + random.random()) / count).clip(0, len(weights) - 1)
    pixel = random.integers(0, small.shape[1], count)
    places = _places(pixel, bars, *samples.shape[1:3])
    pictures, of = small[seen], np.flatnonzero(seen)
    detailed = of if detail_of is None else detail_of[of]
    return ColourSamples(
        colours=pictures[frame, pixel],
        shots=shot_of[frame],
        moments=times[seen][frame],
        places=places,
        seconds=of_shot[frame] * len(np.unique(shot_of)) / count,
        pairs=_pairs(samples, detailed[frame], places),
        mates=mates(pictures, _SMALL, frame, pixel, random),
    )


def small_samples(samples: Pixels, bars: Bars) -> Pixels:
    """Samples within the bars at a size that is enough for looks: (S, pixels, 3)."""
    shrunk = np.empty((len(samples), _SMALL[1], _SMALL[0], 3), np.uint8)
    for picture, room in zip(bars.crop(samples), shrunk, strict=True):
        cv2.resize(picture, _SMALL, dst=room, interpolation=cv2.INTER_AREA)
    return shrunk.reshape(len(shrunk), -1, 3)


def not_black(small: Pixels) -> NDArray[np.bool_]:
    """Which of small samples (S, pixels, 3) show something: (S,)."""
    return np.asarray(small.mean((1, 2)) > _BLACK_FRAME * 255)


def in_shots(some: NDArray[np.bool_], shot_of: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Those of some samples that lie in a shot, or all of them where none does."""
    within = some & (shot_of >= 0)
    return within if within.any() else some


def _places(pixel: NDArray[np.int64], bars: Bars, height: int, width: int) -> NDArray[np.float32]:
    """Where pixels of the small picture without its bars lie in the whole one, in shares: (N, 2)."""
    down, across = np.divmod(pixel, _SMALL[0])
    x = bars.left + (across + 0.5) / _SMALL[0] * (width - bars.left - bars.right)
    y = bars.top + (down + 0.5) / _SMALL[1] * (height - bars.top - bars.bottom)
    return np.asarray(np.stack([x / width, y / height], -1), np.float32)


def _pairs(samples: Pixels, which: NDArray[np.intp], places: NDArray[np.float32]) -> Pixels:
    """The pixels of some samples at places, each with its neighbour to the right, or to the left at the edge: (N, 2, 3)."""
    height, width = samples.shape[1:3]
    x, y = (places * (width, height)).astype(np.intp).T
    return np.stack([samples[which, y, x], samples[which, y, np.where(x + 1 < width, x + 1, max(0, width - 2))]], 1)


def shot_of_each(times: Array, shots: Sequence[Span]) -> NDArray[np.int64]:
    """Index of the shot each time lies in, -1 for none; without shots all is one: (S,)."""
    if not shots:
        return np.zeros(len(times), np.int64)
    starts, ends = (np.array([float(e) for e in edge]) for edge in zip(*((s.start, s.end) for s in shots), strict=True))
    at = np.searchsorted(starts, times, "right") - 1
    return np.where((at >= 0) & (times < ends[at.clip(0)]), at, -1)


def seconds_of(times: Array, shot_of: NDArray[np.int64], shots: Sequence[Span]) -> Array:
    """How long a video shows what each sample stands for: all that is nearer to it than to any other of its shot, (S,) seconds.

    So colours count for as long as they are seen, wherever boundaries between shots were found or missed, and however samples are spread. Samples of
    no shot, and all of them without shots, share the time from their first to their last, and half a gap at both ends.
    """
    seconds = np.zeros(len(times))
    for shot in np.unique(shot_of):
        of = np.flatnonzero(shot_of == shot)
        if shots and shot >= 0:
            start, end = float(shots[shot].start), float(shots[shot].end)
        else:
            first, last = float(times[of].min()), float(times[of].max())
            gap = (last - first) / max(1, len(of) - 1)
            start, end = first - gap / 2, last + gap / 2
        seconds[of] = cells(times[of], start, end)
    return seconds


def cells(times: Array, start: float, end: float) -> Array:
    """The length of the part of a span of time that is nearest to each of some moments in it, (n,); like parts of a span of no length."""
    order = np.argsort(times, kind="stable")
    inner = times[order]
    edges = np.concatenate([[start], (inner[1:] + inner[:-1]) / 2, [end]])
    lengths = np.empty(len(times))
    lengths[order] = np.diff(edges) if start < end else 1 / len(times)
    return lengths


def _even_over_shots(shot_of: NDArray[np.int64], seconds: Array) -> tuple[Array, Array]:
    """Weight of each sample, sum 1, so that every shot weighs the same; and the seconds of its shot that are seen."""
    shots, inverse = np.unique(shot_of, return_inverse=True)
    of_shot: Array = np.bincount(inverse, seconds)[inverse].astype(np.float64)
    weights: Array = seconds / of_shot / len(shots)
    return weights, of_shot
