"""Which of a video's colours the output of a plan shows: those within the crop of the clip that plays at their moment."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from clipzy.analysis.colour import ColourSamples
from clipzy.style.crop_path import CropPath
from clipzy.style.plan import Clip

LEAST = (
    1024  # colours of which a look can be made; clips may be too short for any picture that was sampled to lie in them
)


def shown_colours(samples: ColourSamples, clips: Sequence[Clip]) -> ColourSamples:
    """The samples that the clips show, clip by clip; all of them where the clips show fewer than a look can be made of."""
    rows = np.concatenate([_rows(samples, clip) for clip in clips])
    return samples.at(rows) if len(rows) >= LEAST else samples


def _rows(samples: ColourSamples, clip: Clip) -> NDArray[np.intp]:
    start, end = float(clip.source.start), float(clip.source.end)
    rows = np.flatnonzero((samples.moments >= start) & (samples.moments < end))
    moments, which = np.unique(samples.moments[rows], return_inverse=True)
    crop_at = CropPath(clip)
    crops = [crop_at(float(moment) - start) for moment in moments]
    low = np.array([(crop.x, crop.y) for crop in crops]).reshape(-1, 2)[which]
    high = np.array([(crop.x + crop.width, crop.y + crop.height) for crop in crops]).reshape(-1, 2)[which]
    places = samples.places[rows]
    return np.asarray(rows[((places >= low) & (places <= high)).all(1)])
