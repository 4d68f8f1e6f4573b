"""Surfaces in a look: colours that lie together stay together, and all else keeps the full look."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from clipzy.analysis.look import oklab
from clipzy.networks import look_transfer
from clipzy.networks.look_guards import STEEPEST
from look_readings import alone, fall, look_of, seen_through, steepness


@pytest.fixture(scope="module")
def network(weights_path):
    """The network on the CPU."""
    return look_transfer.load(weights_path)


def wall(count, seed=1):
    """A grey with noise, sRGB."""
    noise = np.random.default_rng(seed).normal(0, 0.012, (count, 3))
    return np.clip(0.5 + noise, 0, 1).astype(np.float32)


def two_coloured(count, seed=2):
    """Half pink sky, half green trees."""
    random = np.random.default_rng(seed)
    colours = np.where(random.random((count, 1)) < 0.5, [0.95, 0.75, 0.75], [0.2, 0.45, 0.2])
    return np.clip(colours + random.normal(0, 0.02, (count, 3)), 0, 1).astype(np.float32)


def chroma_apart(pairs, look):
    """By how much pairs (n, 2, 3) differ in a and b through a look, on average."""
    one, other = (oklab.from_srgb(seen_through(look, pairs[:, side])) for side in (0, 1))
    return float(np.linalg.norm((one - other)[:, 1:], axis=1).mean())


def test_a_surface_is_not_torn(network):
    """Noise on a grey wall that the match alone would make pink and green stays as it was, nearly, in chroma; the wall as a whole takes a colour."""
    footage, template = wall(3000), two_coloured(3000)
    pairs = np.stack([footage, wall(3000, seed=5)], 1)
    torn, whole = (look_of(network, footage, template, surfaces=of) for of in (None, pairs))
    before = chroma_apart(pairs, look_of(network, footage, footage))
    assert chroma_apart(pairs, torn) > 1.6 * before
    assert chroma_apart(pairs, whole) < 1.2 * before
    mean = oklab.from_srgb(seen_through(whole, footage)).mean(0)
    wanted = oklab.from_srgb(template.astype(float)).mean(0)
    assert np.linalg.norm(mean - wanted) < 0.04


def test_what_is_no_surface_keeps_the_look(network):
    """Of footage with a wall and leaves, leaves are mapped as without the surface of the wall, to within two codes on average."""
    random = np.random.default_rng(3)
    leaves = np.clip(random.normal([0.2, 0.6, 0.1], 0.04, (3000, 3)), 0, 1).astype(np.float32)
    footage, template = np.concatenate([wall(3000), leaves]), two_coloured(3000)
    pairs = np.stack([wall(3000), wall(3000, seed=5)], 1)
    torn, whole = (look_of(network, footage, template, surfaces=of) for of in (None, pairs))
    assert np.abs(seen_through(torn, leaves) - seen_through(whole, leaves)).mean() < 2 / 255


def test_colours_alone_change_nothing(network):
    """Pairs of a colour with itself leave the look as it is, and so does a surface that asks for no more than it may have."""
    footage = wall(2000)
    assert np.array_equal(
        look_of(network, footage, two_coloured(2000)),
        look_of(network, footage, two_coloured(2000), surfaces=alone(torch.from_numpy(wall(50))[None])[0].numpy()),
    )
    paler = (0.5 + 0.5 * (footage - 0.5)).astype(np.float32)
    pairs = np.stack([footage, footage[::-1]], 1)
    np.testing.assert_array_equal(look_of(network, footage, paler), look_of(network, footage, paler, surfaces=pairs))


def test_surfaces_do_not_break_what_holds_of_every_look(network):
    """However much is drawn together, no channel falls or runs away, and nothing leaves 0..1."""
    footage, template = np.concatenate([wall(2000), two_coloured(2000, seed=7)]), two_coloured(3000)
    pairs = np.stack([footage, np.roll(footage, 1, axis=0)], 1)
    look = look_of(network, footage, template, surfaces=pairs)
    assert fall(look) < 0.01
    assert steepness(look) < STEEPEST / 32 + 0.01
    assert 0 <= look.min() <= look.max() <= 1
