"""What footage is to be measured like for a style's sliders to be on it, and what a saturation near -100 is.

A style without colours leaves none from the usual strength on, as a template in black and white does; -100 is grey. Temperature and tint are then the tone
that all is shown in, which ends at -100 itself: a picture of one tone is measured at about -95, since tones fade out towards black and white and so differ
in chroma, and one without any at -99. So no measured tone is lost, and there is no leap on the way to -100.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from clipzy.style.config import share_of_tone

Array = NDArray[np.float64]

# places of temperature, tint and saturation, of the first two, of the third
COLOURS, CAST, SATURATION = slice(0, 3), slice(0, 2), 2
# Of saturation: where a style is none without colours, and where it surely is. Noise of a codec lifts black and white to -0.9
COLOURLESS = (-0.9, -0.99)
MOST_VIVID = 2.0  # times as strong as they were, the most that colours may become in other styles than grey ones
TONELESS = (-0.97, -1.0)  # where its cast is all of a tone, and where it is none


@dataclass(frozen=True, slots=True)
class Target:
    """`sliders`: (6,) in -1..1, as they are to be measured; `tone`: 0..1, share of the casts that stays; `vivid`: times as strong as they were that colours may be."""

    sliders: Array
    tone: float
    vivid: float


def target(have: Array, want: Array, strength: float) -> Target:
    """As much of the way from sliders `have` to `want`, (6,) each in -1..1, as the strength 0..1 says."""
    grey, toneless = (float(np.interp(-want[SATURATION], -np.array(ramp), (0, 1))) for ramp in (COLOURLESS, TONELESS))
    taken = share_of_tone(strength)
    share = np.full(6, strength)
    share[COLOURS] += grey * (taken - strength)
    meant = want.copy()
    meant[CAST] *= 1 - toneless
    # pale footage measures as grey before it is: a rare red car is to lose its colour with all else
    vivid = MOST_VIVID + grey * (1 - taken - MOST_VIVID)
    return Target(have + share * (meant - have), 1 - toneless, vivid)
