"""How rough pictures are, and looks that leave them no rougher than they may be."""

from __future__ import annotations

import numpy as np
import pytest

from clipzy.analysis.look import oklab
from clipzy.analysis.look.colour_samples import colour_samples
from clipzy.analysis.look.roughness import (
    VISIBLE,
    gentle_share,
    most_roughness,
    moved_to_mean,
    roughness,
    seen_through,
    without_edges,
)
from clipzy.media.colour.look_table import identity


def grainy(sigma, seed=1, height=90, width=160):
    """Four pictures of one grey with grain, (4, height, width, 3) uint8."""
    noise = np.random.default_rng(seed).normal(0, sigma, (4, height, width, 1))
    return np.clip(np.rint(110 + noise), 0, 255).astype(np.uint8).repeat(3, 3)


def pairs(sigma):
    """What is drawn of such pictures."""
    return colour_samples(grainy(sigma)).side_by_side(count=4096)


def steep(times):
    """A look that stretches greys about the middle of these pictures."""
    return np.clip((identity() - 110 / 255) * times + 110 / 255, 0, 1).astype(np.float32)


def test_grain_is_rough_and_grows_with_it():
    """A flat picture has no roughness; twice the grain is twice as rough."""
    assert roughness(pairs(0)) == 0
    assert roughness(pairs(4)) == pytest.approx(2 * roughness(pairs(2)), rel=0.1)


def test_edges_are_no_roughness():
    """Pictures of black and white stripes are as smooth as pictures of one colour."""
    stripes = np.zeros((4, 90, 160, 3), np.uint8)
    stripes[:, :, ::2] = 255
    assert roughness(colour_samples(stripes).side_by_side()) == 0


def test_across_an_edge_a_pixel_is_left_alone():
    """Of two pairs, one of grain and one on an edge, the first stays, and the second becomes its first pixel twice."""
    both = np.array([[[0.5, 0.5, 0.5], [0.51, 0.5, 0.49]], [[0.2, 0.2, 0.2], [0.8, 0.8, 0.8]]], np.float32)
    np.testing.assert_array_equal(without_edges(both), [both[0], [both[1, 0]] * 2])


def test_pairs_are_neighbours_at_their_places():
    """In a picture whose red tells the column, each pixel is as far across as its place, and its neighbour one column from it."""
    ramp = np.zeros((3, 90, 160, 3), np.uint8)
    ramp[..., 0] = np.arange(160)
    ramp[..., 1] = 60
    drawn = colour_samples(ramp, 2000)
    columns = drawn.pairs[..., 0].astype(int)
    assert (np.abs(columns[:, 1] - columns[:, 0]) == 1).all()
    assert np.abs(columns[:, 0] - 160 * drawn.places[:, 0]).max() <= 1


def test_a_look_stretches_grain():
    """Through a look three times as steep grain is three times as rough, to within a tenth, and through the identity as it was."""
    assert roughness(pairs(2), steep(3)) == pytest.approx(3 * roughness(pairs(2)), rel=0.1)
    assert roughness(pairs(2), identity()) == pytest.approx(roughness(pairs(2)), rel=1e-4)


@pytest.mark.parametrize("times", [1.3, 2.0])
def test_the_share_is_the_most_that_is_smooth_enough(times):
    """The mix of a steep look and the identity is as rough as is allowed, and hardly less."""
    grain = pairs(2)
    most = times * roughness(grain)
    share = gentle_share(steep(3), identity(), grain, most)
    rough = roughness(grain, (identity() + np.float32(share) * (steep(3) - identity())).astype(np.float32))
    assert 0.9 * most < rough <= most + 1e-6


def test_how_much_is_allowed():
    """Of the usual strength a quarter more than the rougher of both, but no more than twice its own; at the whole 2.4 times that."""
    assert most_roughness(1.0, 0.4, 0.7) == pytest.approx(1.25)
    assert most_roughness(1.0, 1.1, 0.3) == pytest.approx(1.375)
    assert most_roughness(0.4, 1.0, 0.7) == pytest.approx(0.8)
    assert most_roughness(1.0, 0.4, 1.0) == pytest.approx(3.0)
    assert most_roughness(0.01, 0.01, 0.5) == VISIBLE


def test_colours_moved_to_a_mean_keep_their_contrasts():
    """Mid-tones moved to another light and cast have the template's mean, and spread as they did."""
    random = np.random.default_rng(2)
    footage = np.clip(random.normal(0.4, 0.04, (3000, 3)), 0, 1).astype(np.float32)
    template = np.clip(random.normal((0.6, 0.5, 0.4), 0.1, (2000, 3)), 0, 1).astype(np.float32)
    before, after, wanted = (
        oklab.from_srgb(each.astype(float)) for each in (footage, moved_to_mean(footage, template), template)
    )
    np.testing.assert_allclose(after.mean(0), wanted.mean(0), atol=1e-3)
    np.testing.assert_allclose(after.std(0), before.std(0), rtol=0.01)


def test_a_table_is_read_between_its_nodes():
    """The identity gives every colour back, and red is red."""
    colours = np.random.default_rng(3).random((500, 3))
    np.testing.assert_allclose(seen_through(identity(), colours), colours, atol=1e-6)
    only_red = identity() * np.array([1, 0, 0], np.float32)
    np.testing.assert_allclose(seen_through(only_red, colours)[:, 0], colours[:, 0], atol=1e-6)


def test_a_page_says_nothing_of_light():
    """Footage that is white for the most part is moved by what else it shows, and its white no farther than to the template's own."""
    random = np.random.default_rng(8)
    template = random.uniform(0.05, 0.97, (4000, 1)).repeat(3, 1).astype(np.float32)
    footage = random.uniform(0.3, 0.5, (4000, 1)).repeat(3, 1).astype(np.float32)
    footage[:2800] = 1
    moved = oklab.from_srgb(moved_to_mean(footage, template).astype(float))[:, 0]
    light = oklab.from_srgb(template.astype(float))[:, 0]
    assert moved[:2800].min() > np.quantile(light, 0.99) - 0.01
    assert moved[2800:].mean() == pytest.approx(light.mean(), abs=0.12)
