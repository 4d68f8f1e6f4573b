"""Which of a video's colours the output of a plan shows: those within the crop of the clip that plays at their moment."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from clipzy.analysis.colour import MOST_COLOURS, ColourSamples
from clipzy.style.crop_path import CropPath
from clipzy.style.plan import Clip

# Colours of which a look can be made; clips may be too short for any picture that was sampled to lie in them
LEAST = 1024


def shown_colours(samples: ColourSamples, clips: Sequence[Clip]) -> ColourSamples:
    """What the clips show, each for as much as it is seen; all samples where the clips show fewer than a look can be made of.

    Samples are drawn for each shot of the video alike, however short. The output may dwell on some of them and shows others in part, so each
    moment that was sampled counts alike here, with as many of its colours as lie within the crop.
    """
    seen = [rows for clip in clips for rows in _moments(samples, clip)]
    if sum(map(len, seen)) < LEAST:
        return samples
    each = max(1, MOST_COLOURS // len(seen))
    even = 2 * np.arange(each) + 1
    return samples.at(np.concatenate([rows[even * len(rows) // (2 * each)] for rows in seen]))


def _moments(samples: ColourSamples, clip: Clip) -> list[NDArray[np.intp]]:
    """The numbers of the samples that a clip shows, moment by moment."""
    start, end = float(clip.source.start), float(clip.source.end)
    rows = np.flatnonzero((samples.moments >= start) & (samples.moments < end))
    rows = rows[np.argsort(samples.moments[rows], kind="stable")]
    moments, first, which = np.unique(samples.moments[rows], return_index=True, return_inverse=True)
    crop_at = CropPath(clip)
    crops = [crop_at(float(moment) - start) for moment in moments]
    low = np.array([(crop.x, crop.y) for crop in crops]).reshape(-1, 2)[which]
    high = np.array([(crop.x + crop.width, crop.y + crop.height) for crop in crops]).reshape(-1, 2)[which]
    places = samples.places[rows]
    inside = ((places >= low) & (places <= high)).all(1)
    parts = zip(np.split(rows, first[1:]), np.split(inside, first[1:]), strict=True)
    return [part[seen] for part, seen in parts if seen.any()]
