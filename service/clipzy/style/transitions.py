"""Which transitions make a video's style: ranked by the evidence for them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Sequence
from statistics import median
from typing import TypeVar, assert_never

import numpy as np
from numpy.typing import NDArray

from clipzy.style.dna import Easing, Transition, TransitionType
from clipzy.style.measurements import Boundary

Progress = TypeVar("Progress", float, NDArray[np.float64])

PLAIN_CUT = Transition(TransitionType.CUT, 0)
ENOUGH_EVIDENCE = 0.5  # one boundary that is as likely of another kind does not make a style


def rank_transitions(boundaries: Sequence[Boundary]) -> tuple[Transition, Transition | None]:
    """The primary and the secondary transition of a video.

    Kinds are ranked by the sum of their boundaries' confidences, which is their expected number; of equals the one seen first leads. The
    length is the median of the kind's boundaries, the easing the one with most confidence behind it. Without transitions the primary is a
    plain cut; the secondary is None where there is no second kind with an expected number of one half.
    """
    ranked = [_typical(group) for group, _ in _ranked(boundaries, lambda boundary: boundary.type)]
    return ranked[0] if ranked else PLAIN_CUT, ranked[1] if len(ranked) > 1 else None


def ranked_dips(boundaries: Sequence[Boundary]) -> list[tuple[Transition, Sequence[Boundary], float]]:
    """Every kind with an expected number of one half at least, as it usually is, its boundaries in the order given, and that number.

    The most frequent comes first. Fades through black and through white are two kinds here.
    """
    ranked = _ranked(boundaries, lambda boundary: (boundary.type, boundary.dips_to))
    return [(_typical(group), group, evidence) for group, evidence in ranked]


def eased(progress: Progress, easing: Easing) -> Progress:
    """How far a transition is, 0..1, when a share of its time, or each of many, has passed."""
    match easing:
        case Easing.EASE_IN:
            return progress**2
        case Easing.EASE_OUT:
            return 1 - (1 - progress) ** 2
        case Easing.EASE_IN_OUT:
            return progress**2 * (3 - 2 * progress)
        case Easing.LINEAR:
            return progress
        case _:
            assert_never(easing)


def _ranked(boundaries: Sequence[Boundary], kind: Callable[[Boundary], Hashable]) -> list[tuple[list[Boundary], float]]:
    groups: dict[Hashable, list[Boundary]] = defaultdict(list)
    for boundary in boundaries:
        groups[kind(boundary)].append(boundary)
    ranked = sorted(groups.values(), key=_evidence, reverse=True)
    return [(group, _evidence(group)) for group in ranked if _evidence(group) >= ENOUGH_EVIDENCE]


def _evidence(group: Sequence[Boundary]) -> float:
    return sum(boundary.confidence for boundary in group)


def _typical(group: Sequence[Boundary]) -> Transition:
    kind = group[0].type
    if kind is TransitionType.CUT:
        return PLAIN_CUT
    votes: dict[Easing, float] = defaultdict(float)
    for boundary in group:
        votes[boundary.easing] += boundary.confidence
    length_s = median(boundary.end - boundary.start for boundary in group)
    return Transition(kind, round(length_s * 1000), max(votes, key=lambda easing: votes[easing]))
