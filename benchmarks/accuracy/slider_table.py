"""The sliders as a look: what material is graded with whose sliders are known."""

from __future__ import annotations

from dataclasses import astuple

import numpy as np
from numpy.typing import NDArray

from clipzy.analysis.look import oklab
from clipzy.analysis.look.grade import grade
from clipzy.media.colour.look_table import identity
from clipzy.style.dna import ColorGrade


def graded_table(sliders: ColorGrade) -> NDArray[np.float32]:
    """The sliders baked, whatever they are put on: (33, 33, 33, 3) by [blue, green, red], values R, G, B in 0..1."""
    nodes, values = identity(), np.array(astuple(sliders)) / 100
    if not values.any():
        return nodes
    return np.asarray(oklab.into_srgb(grade(oklab.from_srgb(nodes.astype(np.float64)), values)), np.float32)
