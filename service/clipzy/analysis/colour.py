"""Colour of a whole video: its grade as six sliders, palette, brightness, and how far its shots agree."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from clipzy.analysis import oklab
from clipzy.analysis.bars import Bars, find_bars
from clipzy.analysis.grade import fit_grade, look_statistics
from clipzy.analysis.surfaces import mates
from clipzy.style.dna import ColorGrade
from clipzy.style.measurements import ColorMeasure, PaletteColor, ShotColor
from clipzy.style.time import Span

Pixels = NDArray[np.uint8]
Array = NDArray[np.float64]

PALETTE_SIZE = 5
COLOURS = 8192  # that a look is made of
MOST_COLOURS = 8 * COLOURS  # that are kept of a video
_SMALL = (64, 36)  # pixels a sample is shrunk to: looks do not depend on detail, and noise goes
_BINS = 32  # per channel, for pooling: 1/32 of the scale, and each bin keeps the mean of its colours
_BLACK_FRAME = 0.03  # mean code value 0..1 of a frame that shows nothing
_BLIND_SHOTS = 4.0  # content averages out with the number of shots; this many make half of what can be known
_BLIND_MOST = 0.8  # against a generic prior a grade is never sure (see `grade`)


def measure_colour(
    samples: Pixels,
    sample_times: Sequence[float],
    shots: Sequence[Span],
    bars: Bars | None = None,
    small: Pixels | None = None,
) -> ColorMeasure:
    """Describe the colours of a video from samples spread over it.

    Every sample counts for as long as the video shows what it stands for (see `seconds_of`), black frames and bars not at all.

    Args:
        samples: (S, H, W, 3) uint8 RGB.
        sample_times: (S,) seconds.
        shots: the video's shots; samples between shots (in transitions) are left out as long as others remain.
        bars: from `find_bars`, found here when left out.
        small: from `small_samples`, made here when left out.

    Returns:
        ColorMeasure. `consistency` is exp(-d / 0.08) with d the mean OKLab distance of a shot's mean colour, spread and chroma from their mean
        over shots, 1 for a single shot. `confidence` grows with the number of shots (the blinder the guess, the fewer), with what the fit explains, and
        is 0 when every frame is black.

    Raises:
        ValueError: without samples, or when times and samples differ in number.
    """
    if not len(samples) or len(samples) != len(sample_times):
        raise ValueError(
            f"{len(samples)} samples and {len(sample_times)} times: need as many of each, and at least one"
        )
    if small is None:
        small = small_samples(samples, bars or find_bars(samples))
    mean_luma = float((small @ np.array([0.2126, 0.7152, 0.0722])).mean() / 255)
    times = np.asarray(sample_times, float)
    shot_of = _shot_of(times, shots)
    seen = _in_shots(_lit(small), shot_of)
    if not seen.any():
        return ColorMeasure(ColorGrade(), (PaletteColor("#000000", 1.0),), mean_luma, 1.0, 0.0)
    srgb, pooled = _pool(small[seen], seconds_of(times, shot_of, shots)[seen])
    lab = oklab.from_srgb(srgb)
    sliders, distance = fit_grade(look_statistics(lab, pooled))
    shot_of = shot_of[seen]
    shown = len(np.unique(shot_of))
    confidence = _BLIND_MOST * shown / (shown + _BLIND_SHOTS) * float(np.exp(-distance / 0.15)) * float(seen.mean())
    colors, looks = zip(*(_shot_color(int(k), small[seen][shot_of == k]) for k in np.unique(shot_of)), strict=True)
    consistency = _consistency(np.stack(looks))
    of_shots = tuple(color for color in colors if color.shot >= 0)  # none where all samples lie in transitions
    return ColorMeasure(sliders, palette(lab, pooled), mean_luma, consistency, confidence, of_shots)


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
    moments: NDArray[np.float32]
    places: NDArray[np.float32]
    seconds: Array
    pairs: Pixels
    mates: Pixels

    def at(self, rows: NDArray[np.intp]) -> ColourSamples:
        """Some of them, by their numbers."""
        return ColourSamples(
            self.colours[rows],
            self.shots[rows],
            self.moments[rows],
            self.places[rows],
            self.seconds[rows],
            self.pairs[rows],
            self.mates[rows],
        )

    def of(self, shots: Sequence[int] = (), count: int = COLOURS) -> NDArray[np.float32]:
        """So many colours of some shots, or of all where none is named, each as often as it is seen long: (count, 3) sRGB 0..1.

        Raises:
            ValueError: of these shots no colour was seen.
        """
        return np.asarray(self.colours[self._drawn(shots, count)] / 255, np.float32)

    def side_by_side(self, shots: Sequence[int] = (), count: int = COLOURS) -> NDArray[np.float32]:
        """So many pairs of neighbouring pixels, drawn as `of` draws colours: (count, 2, 3) sRGB 0..1."""
        return np.asarray(self.pairs[self._drawn(shots, count)] / 255, np.float32)

    def on_surfaces(self, shots: Sequence[int] = (), count: int = COLOURS) -> NDArray[np.float32]:
        """So many pairs of colours from one surface each, drawn as `of` draws colours: (count, 2, 3) sRGB 0..1."""
        rows = self._drawn(shots, count)
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
    seed: int = 0,
    *,
    sample_times: Sequence[float] | None = None,
    shots: Sequence[Span] = (),
    bars: Bars | None = None,
    small: Pixels | None = None,
) -> ColourSamples:
    """Draw colours for the look_transfer network; unless told how many, enough for a look of each shot, as far as `MOST_COLOURS` go.

    As many are drawn of each shot when `sample_times` and `shots` are given, and their `seconds` say how long they are seen; of each sample otherwise. Bars and
    black frames are left out (when all frames are black, black is what is drawn). The same seed draws the same colours. `bars` and `small` as in `measure_colour`.
    """
    bars = bars or find_bars(samples)
    small = small_samples(samples, bars) if small is None else small
    # without times no sample is of any shot
    times, shots = (np.zeros(len(small)), ()) if sample_times is None else (np.asarray(sample_times, float), shots)
    shot_of = _shot_of(times, shots)
    lit = _lit(small)
    seen = _in_shots(lit if lit.any() else ~lit, shot_of)
    seconds = seconds_of(times, shot_of, shots)[seen]
    shot_of = shot_of[seen]
    weights, of_shot = _even_over_shots(shot_of, seconds)
    if count is None:
        count = min(COLOURS * len(np.unique(shot_of)), MOST_COLOURS)
    random = np.random.default_rng(seed)
    # systematic draw: the share of every frame is exact up to one colour
    frame = np.searchsorted(np.cumsum(weights), (np.arange(count) + random.random()) / count).clip(0, len(weights) - 1)
    pixel = random.integers(0, small.shape[1], count)
    places = _places(pixel, bars, *samples.shape[1:3])
    pictures = small[seen]
    return ColourSamples(
        colours=pictures[frame, pixel],
        shots=shot_of[frame],
        moments=times[seen][frame].astype(np.float32),
        places=places,
        seconds=of_shot[frame] * len(np.unique(shot_of)) / count,
        pairs=_pairs(samples, np.flatnonzero(seen)[frame], places),
        mates=mates(pictures, _SMALL, frame, pixel, random),
    )


def small_samples(samples: Pixels, bars: Bars) -> Pixels:
    """Samples within the bars at a size that is enough for looks: (S, pixels, 3)."""
    shrunk = np.empty((len(samples), _SMALL[1], _SMALL[0], 3), np.uint8)
    for picture, room in zip(bars.crop(samples), shrunk, strict=True):
        cv2.resize(picture, _SMALL, dst=room, interpolation=cv2.INTER_AREA)
    return shrunk.reshape(len(shrunk), -1, 3)


def _lit(small: Pixels) -> NDArray[np.bool_]:
    return np.asarray(small.mean((1, 2)) > _BLACK_FRAME * 255)


def _in_shots(some: NDArray[np.bool_], shot_of: NDArray[np.int64]) -> NDArray[np.bool_]:
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


def palette(lab: Array, weights: Array, size: int = PALETTE_SIZE) -> tuple[PaletteColor, ...]:
    """Group OKLab colours (n, 3) with weights (n,) into at most `size` (k-means, 30 rounds), the largest share first.

    Starts from the heaviest colour, then the one whose weighted squared distance to those chosen is largest: no chance is involved.
    """
    weights = weights / weights.sum()
    centres = lab[[int(weights.argmax())]]
    for _ in range(size - 1):
        gap = oklab.squared_gaps(lab, centres).min(0)
        if gap.max() < 1e-4:
            break
        centres = np.vstack([centres, lab[int((weights * gap).argmax())]])
    axes = np.ascontiguousarray(lab.T)
    weighted = weights * axes
    for _ in range(30):
        nearest = oklab.nearest_along(axes, centres)
        share = np.bincount(nearest, weights, len(centres))
        sums = np.stack([np.bincount(nearest, axis, len(centres)) for axis in weighted], -1)
        moved = np.where(share[:, None] > 0, sums / np.maximum(share, 1e-12)[:, None], centres)
        if np.abs(moved - centres).max() < 1e-4:
            break
        centres = moved
    order = [k for k in np.argsort(-share) if share[k] > 0]
    return tuple(PaletteColor(oklab.hex_color(oklab.into_srgb(centres[k])), float(share[k])) for k in order)


def _shot_of(times: Array, shots: Sequence[Span]) -> NDArray[np.int64]:
    """Index of the shot each time lies in, -1 for none; without shots all is one."""
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


def _pool(small: Pixels, weights: Array) -> tuple[Array, Array]:
    """Join the pixels (S, P, 3) of weighted samples (S,) into few colours: sRGB 0..1 (n, 3) and their weights (n,)."""
    step = 256 // _BINS
    bins = small.astype(np.int64) // step
    index = ((bins[..., 0] * _BINS + bins[..., 1]) * _BINS + bins[..., 2]).ravel()
    each = np.repeat(weights / small.shape[1], small.shape[1])
    total = np.bincount(index, each, _BINS**3)
    used = np.flatnonzero(total)
    flat = small.reshape(-1, 3)
    mean = np.stack([np.bincount(index, each * flat[:, c], _BINS**3)[used] for c in range(3)], -1)
    return np.asarray(mean / total[used, None] / 255), np.asarray(total[used], np.float64)


def _shot_color(shot: int, pixels: Pixels) -> tuple[ShotColor, Array]:
    """Of the pixels (..., 3) of a shot's samples; and its look, (5,): mean OKLab, spread of lightness, mean chroma."""
    lab = oklab.from_codes(pixels.reshape(-1, 3)[::7])
    mean, contrast = lab.mean(0), float(lab[:, 0].std())
    chroma = float(np.hypot(lab[:, 1], lab[:, 2]).mean())
    lightness, a, b = (float(value) for value in mean)
    color = ShotColor(shot, oklab.hex_color(oklab.into_srgb(mean)), lightness, a, b, contrast, chroma)
    return color, np.array([*mean, contrast, chroma])


def _consistency(looks: Array) -> float:
    return float(np.exp(-np.linalg.norm(looks - looks.mean(0), axis=1).mean() / 0.08))
