"""The pulse that beats make: where it runs, and the instants half way from one beat to the next, which the ear counts too."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise

from clipzy.style.measurements import Beat
from clipzy.style.time import on_clock

SLOWEST_S = 1.5  # from beat to beat, 40 a minute: of beats farther apart nobody feels the pulse go on


def half_beats(beats: Sequence[Beat]) -> list[Fraction]:
    """The instants half way between two beats of a pulse, in order, on a plan's clock."""
    return [on_clock((one.time_s + other.time_s) / 2) for one, other in pairwise(beats) if _runs(one, other)]


def is_in_pulse(time: Fraction, beats: Sequence[Beat]) -> bool:
    """Whether a pulse is felt at an instant: it lies between two of its beats."""
    at = bisect_left(beats, float(time), key=lambda beat: beat.time_s)
    return 0 < at < len(beats) and _runs(beats[at - 1], beats[at])


def _runs(one: Beat, other: Beat) -> bool:
    return other.time_s - one.time_s <= SLOWEST_S
