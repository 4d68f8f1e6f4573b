"""Which colours lie together in pictures."""

from __future__ import annotations

import numpy as np

from clipzy.analysis.look import oklab
from clipzy.analysis.look.colour_samples import colour_samples
from clipzy.analysis.look.surfaces import STEP, chroma_steps


def gaps(samples):
    """How far each colour is from its mate, OKLab."""
    return np.linalg.norm(oklab.from_srgb(samples.colours / 255) - oklab.from_srgb(samples.mates / 255), axis=1)


def ramp(low, high):
    """Two pictures whose grey rises from left to right, (2, 90, 160, 3) uint8."""
    return np.rint(np.linspace(low, high, 160)).astype(np.uint8)[None, None, :, None] * np.ones((2, 90, 1, 3), np.uint8)


def test_a_mate_is_never_across_an_edge():
    """Of a picture half dark and half light, dark colours have dark mates and light ones light."""
    halves = np.full((2, 90, 160, 3), 40, np.uint8)
    halves[:, :, 80:] = 200
    assert gaps(colour_samples(halves, 4000)).max() == 0


def test_mates_lie_far_along_a_soft_ramp():
    """No step of it is an edge, so that its colours meet others as far off as a third of the picture."""
    away = gaps(colour_samples(ramp(60, 200), 4000))
    whole = np.linalg.norm(np.subtract(*oklab.from_srgb(np.array([[60.0] * 3, [200.0] * 3]) / 255)))
    assert away.max() > 0.25 * whole
    assert np.median(away) > 0.04 * whole


def test_texture_has_no_mates():
    """Where every step is an edge, each colour is alone."""
    noise = np.random.default_rng(3).integers(0, 2, (2, 36, 64, 1), np.uint8).repeat(3, 3) * 255
    samples = colour_samples(noise.repeat(2, 1).repeat(2, 2), 4000)
    assert gaps(samples).max() == 0


def test_the_same_mates_are_drawn_again():
    """Of the same samples."""
    first, again = (colour_samples(ramp(60, 200), 500).mates for _ in range(2))
    np.testing.assert_array_equal(first, again)


def test_plain_colours_are_told_with_those_a_step_of_chroma_apart():
    """In any hue, as light as they are; not where noise hides such steps, nor where all is one colour."""
    smooth, random = ramp(60, 200), np.random.default_rng(3)
    grainy = np.clip(smooth + random.normal(0, 4, smooth.shape), 0, 255).astype(np.uint8)
    steps, few, none = (
        chroma_steps(samples.on_surfaces(()), samples.side_by_side())
        for samples in map(colour_samples, (smooth, grainy, np.full_like(smooth, 90)))
    )
    lab = oklab.from_srgb(steps.astype(float))
    apart = lab[:, 0] - lab[:, 1]
    assert len(steps) > 500
    np.testing.assert_allclose(np.linalg.norm(apart, axis=1), STEP, atol=1e-5)
    np.testing.assert_allclose(apart[:, 0], 0, atol=1e-5)
    assert np.abs(apart[:, 1:].mean(0)).max() < 0.02 * STEP
    assert len(few) < 0.02 * len(steps)
    assert len(none) == 0
