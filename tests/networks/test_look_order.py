"""Order in a look: what is lit stays lighter than its shade."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from clipzy.analysis.look import oklab
from clipzy.networks import look_transfer
from clipzy.networks.look_grid import identity_grid
from clipzy.networks.look_order import Rays
from clipzy.networks.oklab import Oklab
from look_readings import look_of, seen_through
from synth_pictures import graded, textured_frame

SURFACES = [(0.96, 0.82, 0.69), (0.73, 0.47, 0.31), (0.2, 0.4, 0.9), (0.9, 0.3, 0.2), (0.3, 0.8, 0.4), (0.8, 0.4, 0.9)]


def falls(look, colour):
    """By how much lightness falls, at worst, from a colour's deep shade up to its light."""
    light = oklab.to_linear(np.asarray(colour, float)) * np.linspace(0.01, 1, 200)[:, None]
    shown = oklab.from_srgb(seen_through(look, oklab.to_srgb(light)))[:, 0]
    return (np.maximum.accumulate(shown) - shown).max()


@pytest.mark.parametrize("colour", SURFACES)
def test_light_and_shade_of_one_surface_keep_their_order(colour):
    """A look that darkens what is lit in all its channels at once is flattened there, and one that rises is let be."""
    nodes = identity_grid()[None]
    bright = nodes.amax(-1, keepdim=True)
    inverted = nodes * (1 - 0.7 * ((bright - 0.4) / 0.2).clamp(0, 1))
    assert falls(inverted[0].numpy(), colour) > 0.1
    rays = Rays(Oklab())
    ordered, some = rays(inverted)
    assert falls(ordered[0].numpy(), colour) < 0.01
    assert some.tolist() == [True]
    same, none = rays(nodes)
    assert none.tolist() == [False]
    torch.testing.assert_close(same, nodes, atol=1e-6, rtol=0)


def test_a_match_keeps_light_and_shade_of_a_face_in_order(weights_path):
    """Before a white wall, under a cold and colourful template, a face's lightness does not fall from its shade to its light by what can be seen."""
    random = np.random.default_rng(4)
    skin, shirt = (oklab.to_linear(np.array(colour)) for colour in ((0.91, 0.71, 0.56), (0.3, 0.37, 0.53)))
    lit = random.uniform(0.2, 1.1, (6000, 1))
    footage = oklab.to_srgb((np.where(random.random((6000, 1)) < 0.6, skin, shirt) * lit).clip(0, 1))
    footage[random.random(6000) < 0.55] = 252 / 255
    template = graded(textured_frame(14), warmth=-0.6, saturation=1.6).reshape(-1, 3)[::7] / 255
    look = look_of(look_transfer.load(weights_path), footage, template)
    assert max(falls(look, colour) for colour in ((0.91, 0.71, 0.56), *SURFACES)) < 0.01
