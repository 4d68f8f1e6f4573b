"""Stereo with sound on one side only: a microphone in one of a camera's two inputs, heard in one ear."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

# As powers. Crosstalk and the hiss of an open input lie 30 dB or more under the other side's sound; no music or film is so one-sided for so long
FAR = 1000.0
AUDIBLE = 1e-6  # -60 dBFS
STEREO, SIDES = ["FL", "FR"], ("left", "right")


def one_sided_warning(names: list[str], powers: NDArray[np.float64]) -> str | None:
    """A sentence for the user where all of a stereo sound is on one side; None elsewhere.

    Args:
        names: FFmpeg's names of the channels; only stereo is looked at.
        powers: (channels,) mean squares of the whole sound.
    """
    if names != STEREO:
        return None
    loud = int(powers.argmax())
    if powers[loud] < AUDIBLE or powers[loud] < FAR * powers[1 - loud]:
        return None
    return (
        f"only the {SIDES[loud]} channel has sound, the {SIDES[1 - loud]} one is almost silent, as with a microphone in one of two inputs; the output keeps it so, "
        "and headphones play it in one ear: copy that channel to both sides of the file"
    )
