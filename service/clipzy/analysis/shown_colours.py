"""Which of a video's colours the output of a plan shows: those within the crop of the clip that plays at their moment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from clipzy.analysis.colour import ColourSamples, cells
from clipzy.style.crop_path import CropPath
from clipzy.style.plan import Clip

# Colours of which a look can be made; clips may be too short for any picture that was sampled to lie in them
LEAST = 1024


def shown_colours(samples: ColourSamples, clips: Sequence[Clip]) -> ColourSamples:
    """What the clips show, each for as long as it is seen; all samples where the clips show fewer than a look can be made of.

    The output may dwell on some of the samples and shows others in part: a moment that was sampled counts here for all of a clip that is nearer to it
    than to any other, and the colours of it that lie within the crop share that.
    """
    parts = [part for clip in clips for part in _moments(samples, clip)]
    if sum(len(rows) for rows, _ in parts) < LEAST:
        return samples
    seconds = np.concatenate([np.full(len(rows), shown / len(rows)) for rows, shown in parts])
    return replace(samples.at(np.concatenate([rows for rows, _ in parts])), seconds=seconds)


def _moments(samples: ColourSamples, clip: Clip) -> list[tuple[NDArray[np.intp], float]]:
    """The numbers of the samples that a clip shows, moment by moment, and for how long it shows each."""
    start, end = float(clip.source.start), float(clip.source.end)
    rows = np.flatnonzero((samples.moments >= start) & (samples.moments < end))
    rows = rows[np.argsort(samples.moments[rows], kind="stable")]
    moments, first, which = np.unique(samples.moments[rows], return_index=True, return_inverse=True)
    if not len(moments):
        return []
    crop_at = CropPath(clip)
    crops = [crop_at(float(moment) - start) for moment in moments]
    low = np.array([(crop.x, crop.y) for crop in crops])[which]
    high = np.array([(crop.x + crop.width, crop.y + crop.height) for crop in crops])[which]
    places = samples.places[rows]
    inside = ((places >= low) & (places <= high)).all(1)
    parts = zip(np.split(rows, first[1:]), np.split(inside, first[1:]), cells(moments, start, end), strict=True)
    return [(part[seen], float(shown)) for part, seen, shown in parts if seen.any()]
