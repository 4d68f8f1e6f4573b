"""Left and right out of phase: where one of a pair of channels is inverted, so that a mix to mono would cancel what both of them hold."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

# As powers: 10 dB is a correlation of left and right under -.8, which stereo that was mixed for loudspeakers passes for moments alone
FAR, CLEARLY = 10.0, 2.0
AUDIBLE = 1e-6  # -60 dBFS: below lie noise floors, in whose phase is no sense
QUIET = 0.1  # of the file's mean power: what is under that, and neither in phase nor out of it, is a pause
# In seconds of evidence: what it takes to believe that a stretch of a file is inverted, and that all of it is, which is the usual case
STRETCH, WHOLE = 4.0, 1.0
PAIRS = (("FL", "FR"), ("DL", "DR"))

Floats = NDArray[np.float64]


def right_of(names: list[str]) -> int | None:
    """Which of the channels of these names is the right one of the front pair, None where there is no pair."""
    return next((names.index(right) for left, right in PAIRS if left in names and right in names), None)


def inverted_seconds(plain: Floats, turned: Floats) -> NDArray[np.bool_]:
    """In which seconds of a sound right has to be turned over to be heard beside left.

    A second speaks for it where the plain mix loses most of it, and else against it, so that music whose sides are strong for moments stays
    as it is; pauses, whose noise is of no phase, belong to what lies around them. Single seconds change nothing: of all ways through the
    file the one is taken that most seconds speak for, less `STRETCH` for each stretch (Viterbi).

    Args:
        plain: (seconds,) power of the mix to mono.
        turned: (seconds,) power of the same mix with the right channel inverted.
    """
    both = plain + turned
    loud = both >= QUIET * both.mean() if both.size else np.zeros(0, bool)
    votes = np.where(turned >= FAR * plain, 1.0, np.where(loud | (plain >= CLEARLY * turned), -1.0, 0.0))
    votes[both < AUDIBLE] = 0.0
    # what the turned mix would lose by far is never turned, however short
    return _stretches(votes.tolist()) & ~(plain > FAR * turned)


def _stretches(votes: list[float]) -> NDArray[np.bool_]:
    """The stretches for which most seconds speak, each worth what it takes; or the whole."""
    upright, inverted = 0.0, -STRETCH
    changes: list[tuple[bool, bool]] = []  # whether the best way to upright, and to inverted, comes from the other one
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
    """A sentence for the user on a sound of which at least one second is inverted."""
    where = "" if inverted.all() else f" for {inverted.sum()} of {len(inverted)} s"
    return (
        f"left and right are out of phase{where}, as if one of them were inverted; one was flipped for the analysis, "
        "but the output keeps the sound as it is, and it cancels out where it is played in mono, as on phones: invert one channel of the file"
    )
