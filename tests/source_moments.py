"""What a plan's output shows at its own moments: what the engine's paces say, for tests to hold others against."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from clipzy.style.plan import EditPlan
from clipzy.style.shown import playing


def source_moments(plan: EditPlan, moments: Sequence[Fraction]) -> list[Fraction]:
    """The instants of the source that the output shows at moments of its own, in seconds; in a transition the newer clip's."""
    return [instant for _, instant in playing(plan, moments)]
