"""What a plan's output shows at its own moments: what the engine's paces say, for tests to hold others against."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from fractions import Fraction

from clipzy.style.plan import EditPlan, placed
from clipzy.style.slowing import paces


def source_moments(plan: EditPlan, moments: Sequence[Fraction]) -> list[Fraction]:
    """The instants of the source that the output shows at moments of its own, in seconds; in a transition the newer clip's."""
    starts, ways = [begins for begins, _ in placed(plan)], paces(plan.clips)
    return [ways[max(0, bisect_right(starts, moment) - 1)].source(moment) for moment in moments]
