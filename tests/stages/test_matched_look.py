"""Looks that the footage's noise bears."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from clipzy.analysis.look import oklab
from clipzy.analysis.look.colour_samples import colour_samples
from clipzy.analysis.look.monochrome import tone_of
from clipzy.analysis.look.roughness import most_roughness, roughness, seen_through
from clipzy.media.colour.look_table import identity
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
def smooth():
    """The same without fine texture."""
    clean = pictures(40, 0.0, contrast=1.3, saturation=1.8)
    return colour_samples(np.stack([cv2.GaussianBlur(each, (0, 0), 3) for each in clean]))


@pytest.fixture(scope="module")
def pale():
    """Of little contrast, with grain of four codes."""
    return colour_samples(pictures(20, 4.0, contrast=0.4, saturation=0.3))


def through(look, shown):
    """A picture as a look shows it, OKLab."""
    return oklab.from_srgb(seen_through(look, shown.reshape(-1, 3) / 255)).reshape(shown.shape)


@pytest.fixture(scope="module")
def sky_and_trees():
    """A template of two colours: pink above, green below, with a little drawing in each."""
    random = np.random.default_rng(8)
    shown = np.full((6, 90, 160, 3), (245, 190, 195), float)
    shown[:, 45:] = (60, 120, 50)
    return colour_samples(np.clip(shown + random.normal(0, 6, shown.shape), 0, 255).astype(np.uint8))


def lit_wall(seed=4):
    """A grey wall, lighter to the right, with blotches of 8 pixels as a codec leaves and grain: (6, 90, 160, 3) uint8."""
    random = np.random.default_rng(seed)
    light = np.linspace(110, 150, 160)[:, None] * np.ones((6, 90, 1, 3))
    blotches = random.normal(0, 1.5, (6, 12, 20, 3)).repeat(8, 1).repeat(8, 2)[:, :90]
    return np.rint(light + blotches + random.normal(0, 1.5, light.shape)).astype(np.uint8)


@pytest.mark.parametrize("strength", [0.7, 1.0])
def test_a_grey_wall_stays_one_colour(networks, sky_and_trees, strength):
    """Under a template of two colours it turns neither half pink and half green, nor are its blotches brought out; it takes a cast as a whole."""
    footage = lit_wall()
    look, _ = matched_look(networks, colour_samples(footage), (), sky_and_trees, strength)
    before, after = (through(table, footage[0]) for table in (identity(), look))
    blocks = [lab[:88].reshape(11, 8, 20, 8, 3).mean((1, 3))[..., 1:] for lab in (before, after)]
    spread = [np.linalg.norm(of - of.mean((0, 1)), axis=-1).max() for of in blocks]
    assert spread[1] < 1.5 * spread[0] + 0.01
    assert np.linalg.norm(blocks[1].mean((0, 1)) - blocks[0].mean((0, 1))) > 0.015 * strength


def test_blocks_of_chroma_on_a_plain_wall_grow_little(networks, smooth):
    """A codec has taken its noise away and left steps of a code or two, in hues in which the wall itself does not vary: under many colours they came out 2.7 times as strong."""
    light = np.rint(np.linspace(110, 150, 160))[:, None] * np.ones((6, 90, 1, 3))
    random = np.random.default_rng(4)
    blocks = random.choice([-1, 0, 0, 0, 1], (6, 6, 10, 3)).repeat(16, 1).repeat(16, 2)[:, :90]
    look, _ = matched_look(networks, colour_samples((light + blocks).astype(np.uint8)), (), smooth, 1.0)
    wall = oklab.from_srgb(np.linspace(0.45, 0.57, 20)[:, None] * np.ones(3))
    hues = np.linspace(0, 2 * np.pi, 8, endpoint=False)
    beside = oklab.into_srgb(wall[:, None] + 0.006 * np.stack([0 * hues, np.cos(hues), np.sin(hues)], -1))
    seen = [oklab.from_srgb(seen_through(look, colours)) for colours in (oklab.into_srgb(wall), beside.reshape(-1, 3))]
    grown = np.linalg.norm((seen[1].reshape(20, 8, 3) - seen[0][:, None])[..., 1:], axis=-1) / 0.006
    assert np.median(grown.max(1)) < 2.1
    assert grown.max() < 2.6


def test_a_logo_on_a_page_stays_its_owners(networks, template):
    """Under a template of many colours a bar of blue lost four tenths of its chroma; the page is white as ever."""
    page = np.full((6, 90, 160, 3), 255, np.uint8)
    page[:, :16] = 10, 88, 202
    page[:, 40:50, 20:100:3] = 20
    look, _ = matched_look(networks, colour_samples(page), (), template, 0.7)
    blue, white = np.array([[10, 88, 202]]) / 255, np.ones((1, 3))
    before, after = oklab.from_srgb(blue)[0], oklab.from_srgb(seen_through(look, blue))[0]
    assert abs(after[0] - before[0]) < 0.05
    assert np.hypot(*after[1:]) > 0.8 * np.hypot(*before[1:])
    assert oklab.from_srgb(seen_through(look, white))[0, 0] > 0.85


@pytest.mark.parametrize("strength", [0.7, 1.0])
def test_a_soft_sky_stays_soft(networks, sky_and_trees, strength):
    """A blue that pales towards the ground rises in lightness all the way, no step 2.5 times the mean one, and its hue does not jump."""
    sky = np.rint(np.linspace((90, 130, 220), (190, 205, 235), 90))[None, :, None] * np.ones((6, 1, 160, 1))
    footage = sky.astype(np.uint8)
    look, _ = matched_look(networks, colour_samples(footage), (), sky_and_trees, strength)
    down = through(look, footage[0])[:, 0].reshape(15, 6, 3).mean(1)
    steps = np.diff(down, axis=0)
    assert steps[:, 0].min() > 0
    assert steps[:, 0].max() < 2.5 * steps[:, 0].mean()
    before = np.diff(through(identity(), footage[0])[:, 0].reshape(15, 6, 3).mean(1), axis=0)
    assert np.linalg.norm(steps[:, 1:], axis=1).max() < 2 * np.linalg.norm(before[:, 1:], axis=1).max() + 0.005


def test_two_things_still_get_two_colours(networks, sky_and_trees):
    """A light half and a dark half take the template's pink and green, each to within a small step."""
    random = np.random.default_rng(5)
    footage = np.full((6, 90, 160, 3), 190.0)
    footage[:, 45:] = 80
    footage = np.clip(footage + random.normal(0, 3, footage.shape), 0, 255).astype(np.uint8)
    look, _ = matched_look(networks, colour_samples(footage), (), sky_and_trees, 1.0)
    after = through(look, footage[0])
    for half, wanted in ((after[:40], (245, 190, 195)), (after[50:], (60, 120, 50))):
        gap = half.mean((0, 1)) - oklab.from_srgb(np.array([wanted]) / 255)[0]
        assert np.linalg.norm(gap) < 0.04


def test_pale_grainy_footage_takes_a_gentler_look(networks, pale, smooth):
    """Its grain becomes as rough as is allowed and no rougher, while its mean comes to the template's as by the whole look."""
    look, share = matched_look(networks, pale, (), smooth, 0.7)
    assert 0 < share < 0.9
    pairs = pale.side_by_side()
    most = most_roughness(roughness(pairs), roughness(smooth.side_by_side()), 0.7)
    assert 0.9 * most < roughness(pairs, look) <= most + 1e-3
    before, after, wanted = (
        oklab.from_srgb(np.asarray(of, float)).mean(0)
        for of in (pale.of(), seen_through(look, pale.of().astype(float)), smooth.of())
    )
    assert np.linalg.norm(after - wanted) < 0.45 * np.linalg.norm(before - wanted) + 0.005


def test_footage_with_contrast_of_its_own_takes_the_whole_look(networks, template):
    """Nothing has to be stretched by far, so that nothing is held back."""
    _, share = matched_look(networks, colour_samples(pictures(20, 1.0, warmth=-0.4)), (), template, 0.7)
    assert share == 1


def test_full_strength_is_held_back_less(networks, pale, smooth):
    """Who asks for the whole look has more of the template's contrasts, and of the grain."""
    _, usual = matched_look(networks, pale, (), smooth, 0.7)
    _, whole = matched_look(networks, pale, (), smooth, 1.0)
    assert whole > usual


@pytest.mark.parametrize(("strength", "left"), [(0.35, 0.5), (0.7, 0.0), (1.0, 0.0)])
def test_black_and_white_leaves_no_colours(networks, strength, left):
    """From the usual strength on every colour is grey, rare ones too; at half of it no more than half of a colour is left."""
    grey = colour_samples(pictures(40, 1.0).mean(-1, keepdims=True).repeat(3, -1).astype(np.uint8))
    look, _ = matched_look(networks, colour_samples(pictures(20, 1.0)), (), grey, strength, tone=tone_of(grey.of()))
    loud = np.array([[0.8, 0.12, 0.12], [0.1, 0.6, 0.2], [0.15, 0.2, 0.8], [0.9, 0.8, 0.1]])
    chroma = [np.linalg.norm(oklab.from_srgb(of)[:, 1:], axis=1) for of in (loud, seen_through(look, loud))]
    assert (chroma[1] <= left * chroma[0] + 0.012).all()
