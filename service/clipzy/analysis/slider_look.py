"""The look that takes a video from the sliders it has to the sliders wanted, for a style that came without a video.

What the sliders mean is `grade`'s model. Sliders that were measured describe a look and need not be how it was made, so the difference is applied
as one grade to the colours as they are: the look is as exact as the sliders are additive, which they are to first order.
"""

from __future__ import annotations

from dataclasses import astuple, replace

import numpy as np
from numpy.typing import NDArray

from clipzy.analysis import oklab
from clipzy.analysis.grade import grade
from clipzy.style.config import share_of_tone
from clipzy.style.dna import ColorGrade

NO_COLOUR = -100.0  # of saturation


def slider_look(wanted: ColorGrade, present: ColorGrade, strength: float, size: int = 33) -> NDArray[np.float32]:
    """Bake the difference of two grades into a look.

    Args:
        wanted: the style's sliders.
        present: the footage's sliders, as measured.
        strength: 0..1, share of the difference that is applied; 0 is the identity. Of a style without colours none is left from the usual strength on.
        size: nodes along each axis.

    Returns:
        (size, size, size, 3) float32 by [blue, green, red], values R, G, B in 0..1. A difference beyond the sliders' range of ±100 is held there.

    Raises:
        ValueError: when the strength lies outside 0..1.
    """
    if not 0 <= strength <= 1:
        raise ValueError(f"strength must lie in 0..1, not {strength!r}")
    axis = np.linspace(0, 1, size)
    blue, green, red = np.meshgrid(axis, axis, axis, indexing="ij")
    nodes: NDArray[np.float64] = np.stack([red, green, blue], -1)
    nodes, present = _without_colours(nodes, wanted, present, strength)
    sliders = strength * np.clip(np.subtract(astuple(wanted), astuple(present)) / 100, -1, 1)
    if not sliders.any():
        return nodes.astype(np.float32)
    return np.asarray(oklab.into_srgb(grade(oklab.from_srgb(nodes), sliders)), np.float32)


def _without_colours(
    nodes: NDArray[np.float64], wanted: ColorGrade, present: ColorGrade, strength: float
) -> tuple[NDArray[np.float64], ColorGrade]:
    """The nodes and the footage's sliders, less of colour where the style has none."""
    if wanted.saturation > NO_COLOUR or present.saturation <= NO_COLOUR or not strength:
        return nodes, present
    left = 1 - share_of_tone(strength)
    lab = oklab.from_srgb(nodes)
    lab[..., 1:] *= left
    # what is taken here is not asked for once more, and the footage's cast goes with its colours
    rest = replace(
        present, temperature=left * present.temperature, tint=left * present.tint, saturation=wanted.saturation
    )
    return oklab.into_srgb(lab), rest
