"""Looks that the footage's noise bears."""

from __future__ import annotations

import numpy as np
import pytest

from clipzy.analysis import oklab
from clipzy.analysis.colour import colour_samples
from clipzy.analysis.roughness import most_roughness, roughness, seen_through
from clipzy.stages.matched_look import matched_look
from synth_pictures import graded, textured_frame


def pictures(seed, sigma, **grade):
    """Six of a texture with grain, (6, 90, 160, 3) uint8."""
    random = np.random.default_rng(seed)
    made = [
        graded(textured_frame(seed + k, size=(160, 90)), **grade) + random.normal(0, sigma, (90, 160, 3))
        for k in range(6)
    ]
    return np.clip(np.rint(made), 0, 255).astype(np.uint8)


@pytest.fixture(scope="module")
def template():
    """Of many colours and strong contrast, without grain."""
    return colour_samples(pictures(40, 0.0, contrast=1.3, saturation=1.8))


@pytest.fixture(scope="module")
def pale():
    """Of little contrast, with grain of four codes."""
    return colour_samples(pictures(20, 4.0, contrast=0.25, saturation=0.3))


def test_pale_grainy_footage_takes_a_gentler_look(networks, pale, template):
    """Its grain becomes as rough as is allowed and no rougher, while its mean comes to the template's as by the whole look."""
    look, share = matched_look(networks, pale, (), template, 0.7)
    assert 0 < share < 0.9
    pairs = pale.side_by_side()
    most = most_roughness(roughness(pairs), roughness(template.side_by_side()), 0.7)
    assert 0.9 * most < roughness(pairs, look) <= most + 1e-3
    before, after, wanted = (
        oklab.from_srgb(np.asarray(of, float)).mean(0)
        for of in (pale.of(), seen_through(look, pale.of().astype(float)), template.of())
    )
    assert np.linalg.norm(after - wanted) < 0.45 * np.linalg.norm(before - wanted) + 0.005


def test_footage_with_contrast_of_its_own_takes_the_whole_look(networks, template):
    """Nothing has to be stretched by far, so that nothing is held back."""
    _, share = matched_look(networks, colour_samples(pictures(20, 1.0, warmth=-0.4)), (), template, 0.7)
    assert share == 1


def test_full_strength_is_held_back_less(networks, pale, template):
    """Who asks for the whole look has more of the template's contrasts, and of the grain."""
    _, usual = matched_look(networks, pale, (), template, 0.7)
    _, whole = matched_look(networks, pale, (), template, 1.0)
    assert whole > usual
