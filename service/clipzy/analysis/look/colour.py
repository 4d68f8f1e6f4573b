"""Colour of a whole video: its grade as six sliders, palette, brightness, and how far its shots agree."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from clipzy.analysis.framing.bars import Bars, find_bars
from clipzy.analysis.look import oklab
from clipzy.analysis.look.colour_samples import in_shots, not_black, seconds_of, shot_of_each, small_samples
from clipzy.analysis.look.grade import fit_grade, look_statistics
from clipzy.style.dna import ColorGrade
from clipzy.style.measurements import ColorMeasure, PaletteColor, ShotColor
from clipzy.style.time import Span

Pixels = NDArray[np.uint8]
Array = NDArray[np.float64]

PALETTE_SIZE = 5
_BINS = 32  # per channel, for pooling: 1/32 of the scale, and each bin keeps the mean of its colours
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
    luma = (small @ np.array([0.2126, 0.7152, 0.0722])).mean(1) / 255
    times = np.asarray(sample_times, float)
    shot_of = shot_of_each(times, shots)
    seen = in_shots(not_black(small), shot_of)
    if not seen.any():
        return ColorMeasure(ColorGrade(), (PaletteColor("#000000", 1.0),), float(luma.mean()), 1.0, 0.0)
    seconds = seconds_of(times, shot_of, shots)[seen]
    mean_luma = float(np.average(luma[seen], weights=seconds))
    srgb, pooled = _pool(small[seen], seconds)
    lab = oklab.from_srgb(srgb)
    sliders, distance = fit_grade(look_statistics(lab, pooled))
    shot_of = shot_of[seen]
    shown = len(np.unique(shot_of))
    confidence = _BLIND_MOST * shown / (shown + _BLIND_SHOTS) * float(np.exp(-distance / 0.15)) * float(seen.mean())
    colors, looks = zip(*(_shot_color(int(k), small[seen][shot_of == k]) for k in np.unique(shot_of)), strict=True)
    consistency = _consistency(np.stack(looks))
    of_shots = tuple(color for color in colors if color.shot >= 0)  # none where all samples lie in transitions
    return ColorMeasure(sliders, palette(lab, pooled), mean_luma, consistency, confidence, of_shots)


def palette(lab: Array, weights: Array) -> tuple[PaletteColor, ...]:
    """Group OKLab colours (n, 3) with weights (n,) into at most `PALETTE_SIZE` (k-means, 30 rounds), the largest share first.

    Starts from the heaviest colour, then the one whose weighted squared distance to those chosen is largest: no chance is involved.
    """
    weights = weights / weights.sum()
    centres = lab[[int(weights.argmax())]]
    for _ in range(PALETTE_SIZE - 1):
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
    """The colour of a shot from the pixels (..., 3) of its samples; and its look, (5,): mean OKLab, spread of lightness, mean chroma."""
    lab = oklab.from_codes(pixels.reshape(-1, 3)[::7])
    mean, contrast = lab.mean(0), float(lab[:, 0].std())
    chroma = float(np.hypot(lab[:, 1], lab[:, 2]).mean())
    lightness, a, b = (float(value) for value in mean)
    color = ShotColor(shot, oklab.hex_color(oklab.into_srgb(mean)), lightness, a, b, contrast, chroma)
    return color, np.array([*mean, contrast, chroma])


def _consistency(looks: Array) -> float:
    return float(np.exp(-np.linalg.norm(looks - looks.mean(0), axis=1).mean() / 0.08))
