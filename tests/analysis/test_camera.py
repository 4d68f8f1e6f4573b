"""Names of camera moves, from speeds of known moves."""

import numpy as np
import pytest

from clipzy.analysis.camera import STILL, classify
from clipzy.style.measurements import CameraMoveKind

PAIRS = 20
AXES = {"pan": 0, "tilt": 1, "zoom": 2, "roll": 3}


def named(rates, *, intervals=None, confidence=1.0, flow=None, residual=0.0):
    """Classify rates (n, 4), frame diagonals a second; flow is the rates' own unless given."""
    rates = np.asarray(rates, float)
    count = len(rates)
    intervals = np.full(count, 1 / 25) if intervals is None else np.asarray(intervals, float)
    flow = np.linalg.norm(rates, axis=1) if flow is None else np.full(count, flow)
    return classify(rates, intervals, np.full(count, confidence), flow, np.full(count, residual))


def steady(axis, speed):
    """The same speed along one axis in every pair."""
    rates = np.zeros((PAIRS, 4))
    rates[:, axis] = speed
    return rates


def shaken(amount, seed=1):
    """Speeds without direction, of this root mean square in pan and tilt together."""
    rates = np.zeros((PAIRS, 4))
    rates[:, :2] = np.random.default_rng(seed).normal(0, amount / np.sqrt(2), (PAIRS, 2))
    return rates


@pytest.mark.parametrize("direction", [1, -1], ids=["forward", "back"])
@pytest.mark.parametrize(("kind", "axis"), AXES.items())
def test_a_steady_move_is_named_by_its_axis(kind, axis, direction):
    """Each of the four moves is told for sure, either way along its axis."""
    found, sure = named(steady(axis, 0.1 * direction))
    assert found is CameraMoveKind(kind)
    assert sure > 0.9


def test_no_motion_is_static():
    """A camera that does nothing is surely static."""
    assert named(np.zeros((PAIRS, 4))) == (CameraMoveKind.STATIC, 1.0)


@pytest.mark.parametrize(("speed", "kind"), [(0.9 * STILL, CameraMoveKind.STATIC), (1.3 * STILL, CameraMoveKind.PAN)])
def test_the_slowest_pan_crosses_the_frame_in_three_minutes(speed, kind):
    """Below that speed a drift counts as standing still, above as a move."""
    assert named(steady(0, speed))[0] is kind


def test_a_shaken_camera_is_handheld():
    """Unsteady motion without a direction is a hand, the surer the more it shakes."""
    weak, strong = named(shaken(0.02)), named(shaken(0.06))
    assert weak[0] is strong[0] is CameraMoveKind.HANDHELD
    assert weak[1] < strong[1]


def test_a_pan_by_hand_is_a_pan():
    """A steady component faster than the shake upon it is what was meant."""
    found, sure = named(steady(0, 0.15) + shaken(0.03))
    assert found is CameraMoveKind.PAN
    assert sure > 0.7


def test_the_faster_of_two_moves_names_it_less_surely():
    """A pan with some tilt is a pan, and less sure than a pure one."""
    pure, mixed = named(steady(0, 0.1)), named(steady(0, 0.1) + steady(1, 0.06))
    assert pure[0] is mixed[0] is CameraMoveKind.PAN
    assert mixed[1] < pure[1]


def test_things_that_pass_do_not_move_the_camera():
    """Where the consensus explains little of the flow the camera stands still, without certainty."""
    found, sure = named(steady(0, 0.05), flow=0.1, residual=0.08)
    assert found is CameraMoveKind.STATIC
    assert sure <= 0.5


def test_depth_makes_a_move_less_sure():
    """Residual motion, as parallax leaves it, lowers the certainty of a zoom."""
    pure, deep = named(steady(2, 0.1), flow=0.1), named(steady(2, 0.1), flow=0.1, residual=0.055)
    assert pure[0] is deep[0] is CameraMoveKind.ZOOM
    assert deep[1] < pure[1]


def test_poor_consensus_lowers_every_certainty():
    """A move told from pairs of confidence 0.25 is half as sure."""
    assert named(steady(0, 0.1), confidence=0.25)[1] == pytest.approx(0.5 * named(steady(0, 0.1))[1])


def test_pairs_count_by_their_time():
    """One long pair outweighs many short ones."""
    rates = np.concatenate([steady(0, 0.1)[:1], steady(1, 0.1)[:9]])
    assert named(rates, intervals=[0.9] + [0.01] * 9)[0] is CameraMoveKind.PAN
    assert named(rates, intervals=[0.01] * 10)[0] is CameraMoveKind.TILT
