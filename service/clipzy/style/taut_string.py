"""The taut string: the path through a corridor that moves least, and stands still wherever it can."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate

Vertex = tuple[float, float]  # time, value


def taut_string(times: Sequence[float], low: Sequence[float], high: Sequence[float]) -> list[Vertex]:
    """Pull a string tight between a lower and an upper bound, both ends free.

    Of all paths in the corridor it has the least total movement and the least top speed (Davies and Kovac 2001, Annals of Statistics
    29: it minimises every convex function of the slope at once). It consists of stretches at rest and at constant speed, which is what
    a camera path by L1 optimisation consists of as well (Grundmann, Kwatra and Essa 2011, CVPR), without a linear program.

    Args:
        times: ascending.
        low: lower bound at each.
        high: upper bound at each, nowhere below the lower one.

    Returns:
        The vertices, in order; before the first and after the last the string runs level.
    """
    rest = _rest(low, high)
    if rest is None:
        return [(times[0], (max(low) + min(high)) / 2)]
    backwards = _rest(low[::-1], high[::-1])
    assert backwards is not None  # a string that bends does so seen from either end
    first, start = rest
    last, end = len(times) - 1 - backwards[0], backwards[1]
    vertices, at, value = [(times[first], start)], first, start
    while at < last:
        at, value = _next(times, low, high, (at, value), (last, end))
        vertices.append((times[at], value))
    return vertices


def _rest(low: Sequence[float], high: Sequence[float]) -> tuple[int, float] | None:
    """Where a string that begins level leaves its level, and which that is; None where it need not."""
    floors, ceilings = list(accumulate(low, max)), list(accumulate(high, min))
    for at, (floor, ceiling) in enumerate(zip(floors, ceilings, strict=True)):
        if floor > ceiling:
            # the new one of the two bounds pulls it away from the other
            level, bounds = (ceilings[at - 1], high) if floor > floors[at - 1] else (floors[at - 1], low)
            return max(k for k in range(at) if bounds[k] == level), level
    return None


def _next(
    times: Sequence[float],
    low: Sequence[float],
    high: Sequence[float],
    here: tuple[int, float],
    goal: tuple[int, float],
) -> tuple[int, float]:
    """The next vertex after a vertex, at the latest the goal."""
    at, value = here
    # the slopes that the bounds so far ask for and allow, and which bounds do
    least, most = (float("-inf"), at), (float("inf"), at)
    for k in range(at + 1, goal[0] + 1):
        floor, ceiling = (goal[1], goal[1]) if k == goal[0] else (low[k], high[k])
        to_floor, to_ceiling = (floor - value) / (times[k] - times[at]), (ceiling - value) / (times[k] - times[at])
        if to_floor > most[0]:
            return most[1], high[most[1]]
        if to_ceiling < least[0]:
            return least[1], low[least[1]]
        if to_floor >= least[0]:
            least = to_floor, k
        if to_ceiling <= most[0]:
            most = to_ceiling, k
    return goal
