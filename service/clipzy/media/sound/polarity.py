"""Left and right out of phase: one channel is inverted, so that a mono mix would cancel what both have in common."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

# As powers: 10 dB mean a correlation of left and right under -.8, which stereo mixed for loudspeakers has only for moments
FAR, CLEARLY = 10.0, 2.0
AUDIBLE = 1e-6  # -60 dBFS: below are noise floors, whose phase means nothing
QUIET = 0.1  # of the file's mean power: seconds under that, and neither in phase nor out of it, are pauses
# Seconds of evidence needed for an inverted stretch of a file, and for a wholly inverted file, which is the usual case
STRETCH, WHOLE = 4.0, 1.0
PAIRS = (("FL", "FR"), ("DL", "DR"))

Floats = NDArray[np.float64]


def right_of(names: list[str]) -> int | None:
    """The index of the right channel of the front pair, None without a pair."""
    return next((names.index(right) for left, right in PAIRS if left in names and right in names), None)


def inverted_seconds(plain: Floats, turned: Floats) -> NDArray[np.bool_]:
    """The seconds of a sound in which right has to be inverted for the mono mix.

    Each second votes: for inversion if the plain mix loses most of it, else against it, so that music with strong sides for a moment stays as it is. Pauses
    do not vote. Of all divisions into stretches the one with most votes is taken, less `STRETCH` for each inverted stretch (Viterbi).

    Args:
        plain: (seconds,) power of the mono mix.
        turned: (seconds,) power of the mono mix with right inverted.
    """
    both = plain + turned
    loud = both >= QUIET * both.mean() if both.size else np.zeros(0, bool)
    votes = np.where(turned >= FAR * plain, 1.0, np.where(loud | (plain >= CLEARLY * turned), -1.0, 0.0))
    votes[both < AUDIBLE] = 0.0
    # a second that the inverted mix would lose is never inverted
    return _stretches(votes.tolist()) & ~(plain > FAR * turned)


def _stretches(votes: list[float]) -> NDArray[np.bool_]:
    """The inverted stretches with most votes, or the whole file."""
    upright, inverted = 0.0, -STRETCH
    changes: list[tuple[bool, bool]] = []  # whether the best path to upright, to inverted, comes from the other
    for vote in votes:
        changes.append((inverted > upright, upright - STRETCH > inverted))
        upright, inverted = max(upright, inverted), max(inverted, upright - STRETCH) + vote
    if sum(votes) - WHOLE > max(upright, inverted):
        return np.ones(len(votes), bool)
    state = inverted > upright
    found = np.zeros(len(votes), bool)
    for second in reversed(range(len(votes))):
        found[second] = state
        to_upright, to_inverted = changes[second]
        state = not to_inverted if state else to_upright
    return found


def phase_warning(inverted: NDArray[np.bool_]) -> str:
    """A sentence for the user on a sound with at least one inverted second."""
    where = "" if inverted.all() else f" for {inverted.sum()} of {len(inverted)} s"
    return (
        f"left and right are out of phase{where}, as if one of them were inverted; one was flipped for the analysis, "
        "but the output keeps the sound as it is, and it cancels out where it is played in mono, as on phones: invert one channel of the file"
    )
