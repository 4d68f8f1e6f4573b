"""The consensus of many moves: found under outliers, by the weight behind it, and absent where there is none."""

from __future__ import annotations

import pytest
import torch

from clipzy.networks.similarity import apply, find_consensus

CAMERA = torch.tensor([[3.0, -2.0, 0.02, -0.03]])
TOLERANCE = 1.0
EVENLY = torch.ones(1, 600)


@pytest.fixture
def random():
    """Numbers of our own, so that the consensus cannot lean on them."""
    return torch.Generator().manual_seed(11)


@pytest.fixture
def points(random):
    """600 places in a picture of 320x180, about its centre."""
    return (torch.rand(600, 2, generator=random) - 0.5) * torch.tensor([320.0, 180.0])


def strays(count, random):
    """Moves of up to 20 pixels that agree on nothing."""
    return (torch.rand(count, 2, generator=random) - 0.5) * 40


def test_a_motion_moves_points_as_it_says():
    """Shift, magnification and clockwise turn (y down) act about the origin."""
    points = torch.tensor([[10.0, 0.0]])
    turned = apply(torch.tensor([[1.0, 2.0, 0.1, 0.2]]), points)
    torch.testing.assert_close(turned, torch.tensor([[[1.0 + 0.1 * 10, 2.0 + 0.2 * 10]]]))


@pytest.mark.parametrize("share", [0.0, 0.2, 0.4, 0.6])
def test_the_motion_is_found_among_outliers(points, random, share):
    """With up to 60 % of the moves astray, the motion of the others comes back."""
    moves = apply(CAMERA, points) + 0.05 * torch.randn(1, 600, 2, generator=random)
    astray = int(600 * share)
    moves[0, :astray] = strays(astray, random)
    found = find_consensus(points, moves, EVENLY, TOLERANCE, EVENLY)
    torch.testing.assert_close(found.motion, CAMERA, atol=0.02, rtol=0)
    assert found.agreement[0, astray:].mean() > 0.95
    assert found.agreement[0, :astray].sum() < 0.05 * 600


def test_the_heavier_of_two_motions_wins(points):
    """What counts is the weight that agrees, not the number of points."""
    other = torch.tensor([[-5.0, 4.0, 0.0, 0.0]])
    first = torch.arange(600) < 240
    moves = torch.where(first[:, None], apply(CAMERA, points), apply(other, points))
    by_number = find_consensus(points, moves, EVENLY, TOLERANCE, EVENLY)
    by_weight = find_consensus(points, moves, torch.where(first, 1.0, 0.2)[None], TOLERANCE, EVENLY)
    torch.testing.assert_close(by_number.motion, other, atol=1e-3, rtol=0)
    torch.testing.assert_close(by_weight.motion, CAMERA, atol=1e-3, rtol=0)


@pytest.mark.parametrize(("seen", "wins"), [(200, "background"), (150, "subject")])
def test_of_two_motions_with_nearly_the_same_weight_the_larger_one_is_found(points, seen, wins):
    """A background whose texture is a little less than the subject's is the larger one with its plain parts; far less of it is not enough."""
    background = torch.tensor([[-5.0, 4.0, 0.0, 0.0]])
    place = torch.arange(600)
    subject, plain = place < 240, place >= 240 + seen
    moves = torch.where(subject[:, None], apply(CAMERA, points), apply(background, points))
    weights = torch.where(plain, 0.0, 1.0)[None]
    found = find_consensus(points, moves, weights, TOLERANCE, EVENLY)
    torch.testing.assert_close(found.motion, background if wins == "background" else CAMERA, atol=1e-3, rtol=0)
    by_weight = find_consensus(points, moves, weights, TOLERANCE, weights)
    torch.testing.assert_close(by_weight.motion, CAMERA, atol=1e-3, rtol=0)


def test_without_weight_there_is_no_motion(points, random):
    """Moves that count for nothing are no motion at all."""
    found = find_consensus(points, strays(600, random)[None], torch.zeros(1, 600), TOLERANCE, EVENLY)
    assert torch.equal(found.motion, torch.zeros(1, 4))


def test_every_row_has_its_own_consensus(points):
    """Rows with different motions are answered side by side."""
    motions = torch.tensor([[1.0, 0.0, 0.0, 0.0], [0.0, -4.0, 0.05, 0.0], [0.0, 0.0, 0.0, 0.1]])
    found = find_consensus(points, apply(motions, points), torch.ones(3, 600), TOLERANCE, torch.ones(3, 600))
    torch.testing.assert_close(found.motion, motions, atol=1e-3, rtol=0)
