"""A string pulled tight in a corridor: what a linear program finds too, in one pass."""

import numpy as np
import pytest
from scipy.optimize import linprog

from clipzy.style.taut_string import taut_string


def corridor(seed):
    """Times, and bounds about a random walk."""
    random = np.random.default_rng(seed)
    count = int(random.integers(2, 25))
    middle = np.cumsum(random.normal(0, 1, count))
    half = random.uniform(0.1, 2.0, count)
    return np.cumsum(random.uniform(0.2, 1.5, count)), middle - half, middle + half


def string(times, low, high):
    """Its values at those times."""
    return np.interp(times, *zip(*taut_string(times.tolist(), low.tolist(), high.tolist()), strict=True))


def least(times, low, high, weights):
    """The least of: the total movement (one bound for each step), or the top speed (one bound for all of them)."""
    count, bounds = len(times), weights.shape[1]
    steps = np.diff(np.eye(count), axis=0)
    above = np.block([[steps, -weights], [-steps, -weights]])
    costs = np.r_[np.zeros(count), np.ones(bounds)]
    limits = [*zip(low, high, strict=True), *[(0, None)] * bounds]
    return linprog(costs, A_ub=above, b_ub=np.zeros(2 * count - 2), bounds=limits).fun


@pytest.mark.parametrize("seed", range(25))
def test_it_moves_least_and_slowest(seed):
    """Of all paths in the corridor: as little, and at as low a top speed, as linear programs can make it."""
    times, low, high = corridor(seed)
    values = string(times, low, high)
    assert (low - 1e-9 <= values).all()
    assert (values <= high + 1e-9).all()
    gaps = np.diff(times)
    assert np.abs(np.diff(values)).sum() == pytest.approx(least(times, low, high, np.eye(len(gaps))), abs=1e-7)
    assert np.abs(np.diff(values) / gaps).max() == pytest.approx(least(times, low, high, gaps[:, None]), abs=1e-7)


def test_it_stands_still_where_it_can():
    """In the middle of what all bounds leave."""
    assert taut_string([0, 1, 2], [0.0, -1.0, 0.2], [1.0, 0.6, 2.0]) == [(0, pytest.approx(0.4))]


def test_it_waits_then_goes_straight_then_waits():
    """A thing that is here, and then there: one move between two rests."""
    low, high = [0, 0, 0, 0.5, 0.5], [0.2, 0.2, 0.2, 0.7, 0.7]
    assert taut_string([0, 1, 2, 3, 4], low, high) == [(2, 0.2), (3, 0.5)]
