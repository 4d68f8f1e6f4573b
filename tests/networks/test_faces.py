"""The face network: finds a face where there is one, whatever its size, and none where there is none."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from clipzy.networks import faces
from portraits import astronaut, photograph

FACE = np.array([0.35, 0.12, 0.52, 0.34])  # of the astronaut, as shares of the picture


@pytest.fixture(scope="module")
def network(weights_path):
    """The network on the CPU."""
    return faces.load(weights_path)


def found(network, *pictures):
    """For each picture the faces, (n, 5)."""
    with torch.inference_mode():
        (answer,) = network(torch.from_numpy(np.stack(pictures)))
    assert answer.shape == (len(pictures), faces.MOST_FACES, 5)
    return [rows[rows[:, 4] > 0].numpy() for rows in answer]


def overlap(one, other):
    """Intersection over union of two boxes."""
    low, high = np.maximum(one[:2], other[:2]), np.minimum(one[2:4], other[2:4])
    shared = np.prod(np.clip(high - low, 0, None))
    return shared / (np.prod(one[2:4] - one[:2]) + np.prod(other[2:4] - other[:2]) - shared)


@pytest.mark.parametrize("side", [160, 320, 480])
def test_a_face_is_found_where_it_is(network, side):
    """At every size at which it has 24 pixels or more."""
    ([face],) = found(network, astronaut(side))
    assert overlap(face, FACE * side) > 0.7
    assert face[4] > 0.95


@pytest.mark.parametrize("name", ["chelsea.png", "coffee.png", "rocket.jpg"])
def test_no_face_is_found_where_there_is_none(network, name):
    """A cat, a cup, a rocket."""
    ([],) = found(network, photograph(name, 480))


def test_a_face_half_outside_is_no_error(network):
    """Windows that reach over the edge are looked at as far as they go."""
    found(network, astronaut(320)[:, 140:].copy())


def test_each_picture_of_a_batch_is_answered_alone(network):
    """Whatever else is in the batch: a face more, one less."""
    person, cat = astronaut(300), photograph("chelsea.png", 300)
    cat = np.pad(cat, ((0, person.shape[0] - cat.shape[0]), (0, 0), (0, 0)))
    alone = [found(network, picture)[0] for picture in (person, cat)]
    together = found(network, cat, person, person)
    np.testing.assert_allclose(together[1], alone[0], atol=1e-2)
    np.testing.assert_allclose(together[2], alone[0], atol=1e-2)
    assert len(together[0]) == len(alone[1]) == 0


@pytest.mark.parametrize("size", [(1, 1), (11, 300), (24, 24)])
def test_small_pictures_hold_no_face(network, size):
    """Nothing to look at is no error."""
    ([],) = found(network, np.full((*size, 3), 127, np.uint8))


def test_noise_is_bounded_work(network):
    """However many windows are proposed, 256 go on, and sixteen faces are told at most."""
    noise = np.random.default_rng(1).integers(0, 256, (270, 480, 3), np.uint8)
    assert len(found(network, noise)[0]) <= faces.MOST_FACES
