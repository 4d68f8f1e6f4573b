"""How dense, heavy in the bass and present a sound is, on scales that have no end at "nothing was done to it"."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SoundReadings:
    """What the figures of a style's sound are made of; None where nothing tells.

    `density`: as `compression_ratio`, and under 1 where levels differ more than those of natural sound. `bass_db`: gain of the low shelf that leads from
    neutral bass to this one, dB; below 0 where it is thinner. `presence_db`: 2-5 kHz of speech over natural speech's, dB.
    """

    density: float | None = None
    bass_db: float | None = None
    presence_db: float | None = None


NO_READINGS = SoundReadings()
