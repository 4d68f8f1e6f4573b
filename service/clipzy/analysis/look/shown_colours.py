"""Which of a video's colours the output of a plan shows: those within the crop of the clip that plays at their moment."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from clipzy.analysis.look.colour_samples import ColourSamples, cells, shot_of_each
from clipzy.style.crop_path import CropPath
from clipzy.style.plan import Clip, Crop
from clipzy.style.time import Span

# Colours that are enough for a look; clips may be too short to hold any sampled picture
LEAST = 1024


def shown_colours(samples: ColourSamples, clips: Sequence[Clip], shots: Sequence[Span]) -> ColourSamples:
    """What the clips show, each for as long as it is seen; all samples where the clips show fewer than a look can be made of.

    The output may dwell on some of the samples and shows others in part: a moment that was sampled counts here for all that a clip shows of its shot that
    is nearer to it than to any other, and the colours of it that lie within the crop share that.

    `shots`: the footage's, which the samples name by their numbers.
    """
    parts = [part for clip in clips for part in _moments(samples, clip, shots)]
    if sum(len(rows) for rows, _ in parts) < LEAST:
        return samples
    return _shown_for(samples, parts)


def colours_behind(
    samples: ColourSamples, shots: Sequence[Span], playing: Sequence[tuple[Clip, Fraction]], seconds: Sequence[float]
) -> ColourSamples:
    """What the samples of the footage tell of pictures of the output: of each those of the nearest moment in the same shot, within its crop.

    Args:
        samples: of the footage.
        shots: the footage's.
        playing: for each picture its clip, and the instant of the footage that it shows.
        seconds: for how long each counts.

    Returns:
        The samples behind these pictures; all of the footage's where nothing lies behind any of them.
    """
    moments, which = np.unique(samples.moments, return_inverse=True)
    shot_of = shot_of_each(moments, shots)
    instants = np.array([float(instant) for _, instant in playing])
    parts = []
    for (clip, _), instant, shot, shown in zip(playing, instants, shot_of_each(instants, shots), seconds, strict=True):
        among = np.flatnonzero(shot_of == shot)
        among = among if len(among) else np.arange(len(moments))
        rows = np.flatnonzero(which == among[np.abs(moments[among] - instant).argmin()])
        seen = rows[_within(samples.places[rows], CropPath(clip)(instant - float(clip.source.start)))]
        if len(seen):
            parts.append((seen, shown))
    return _shown_for(samples, parts) if parts else samples


def _shown_for(samples: ColourSamples, parts: Sequence[tuple[NDArray[np.intp], float]]) -> ColourSamples:
    """Samples by their numbers, part by part, each part as long as told."""
    seconds = np.concatenate([np.full(len(rows), shown / len(rows)) for rows, shown in parts])
    return replace(samples.at(np.concatenate([rows for rows, _ in parts])), seconds=seconds)


def _within(places: NDArray[np.float32], crop: Crop) -> NDArray[np.bool_]:
    low, high = (crop.x, crop.y), (crop.x + crop.width, crop.y + crop.height)
    return np.asarray(((places >= low) & (places <= high)).all(1))


def _moments(samples: ColourSamples, clip: Clip, shots: Sequence[Span]) -> Iterator[tuple[NDArray[np.intp], float]]:
    """The numbers of the samples that a clip shows, moment by moment, and for how long it shows each."""
    start, end = float(clip.source.start), float(clip.source.end)
    crop_at = CropPath(clip)
    inside = (samples.moments >= start) & (samples.moments < end)
    for shot in np.unique(samples.shots[inside]):
        rows = np.flatnonzero(inside & (samples.shots == shot))
        rows = rows[np.argsort(samples.moments[rows], kind="stable")]
        moments, first = np.unique(samples.moments[rows], return_index=True)
        # by shots, as the template's colours count: else the time beside a cut would go to the other shot's nearest sample
        of_shot = clip.source if shot < 0 else shots[shot]
        seconds = cells(moments, max(start, float(of_shot.start)), min(end, float(of_shot.end)))
        for moment, part, shown in zip(moments, np.split(rows, first[1:]), seconds, strict=True):
            seen = part[_within(samples.places[part], crop_at(float(moment) - start))]
            if len(seen):
                yield seen, float(shown)
