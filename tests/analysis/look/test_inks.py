"""Colours of graphics on white and dark pages under a look."""

import numpy as np
import pytest

from clipzy.analysis.look import oklab
from clipzy.analysis.look.colour_samples import colour_samples
from clipzy.analysis.look.inks import ink_weights, keep_inks
from clipzy.analysis.look.roughness import seen_through
from clipzy.media.colour.look_table import check_look, identity
from synth_pictures import textured_frame

BLUE, RED = (10, 88, 202), (228, 0, 43)


def slides(ground=(255, 255, 255), noise=0):
    """A page with a bar and a square, as a codec leaves it, (4, 90, 160, 3) uint8."""
    page = np.full((4, 90, 160, 3), ground, np.int64)
    page[:, :16], page[:, 40:70, 110:150] = BLUE, RED
    wrong = np.random.default_rng(5).integers(-1, 2, page.shape) if noise else 0
    return np.clip(page + wrong, 0, 255).astype(np.uint8)


def weights_of(pictures):
    """Of the colours drawn of pictures; and these."""
    samples = colour_samples(pictures)
    return ink_weights(samples.on_surfaces(()), samples.side_by_side()), samples.on_surfaces(())[:, 0]


@pytest.mark.parametrize("noise", [0, 1], ids=["clean", "coded"])
def test_bars_and_logos_on_a_page_are_inks(noise):
    """As much of the picture as they cover; the page is none."""
    weights, colours = weights_of(slides(noise=noise))
    assert weights.mean() == pytest.approx((16 * 160 + 30 * 40) / (90 * 160), abs=0.03)
    assert weights[(colours > 0.97).all(1)].max() == 0


@pytest.mark.parametrize("ground", [(0, 0, 0), (18, 18, 18), (11, 30, 61)], ids=["black", "grey", "navy"])
@pytest.mark.parametrize("noise", [0, 1], ids=["clean", "coded"])
def test_bars_and_logos_on_a_dark_page_are_inks(ground, noise):
    """As on a white one."""
    weights, colours = weights_of(slides(ground, noise))
    assert weights.mean() == pytest.approx((16 * 160 + 30 * 40) / (90 * 160), abs=0.03)
    assert weights[(colours < 0.25).all(1)].max() == 0


@pytest.mark.parametrize("ink", [(0, 51, 102), (60, 0, 90)], ids=["navy", "purple"])
def test_a_dark_logo_on_a_white_page_is_an_ink(ink):
    """It is the commonest dark colour there, and no page."""
    page = np.full((4, 90, 160, 3), 255, np.uint8)
    page[:, :16] = ink
    weights, colours = weights_of(page)
    assert np.median(weights[(colours < 0.9).any(1)]) > 0.9


def test_there_are_none_without_a_page():
    """In a drawn picture of flat colours, in a texture, at night."""
    drawn = slides((90, 160, 60))
    texture = np.stack([textured_frame(k, size=(160, 90)) for k in range(4)])
    for pictures in (drawn, texture, night()):
        assert weights_of(pictures)[0].max() == 0


def night():
    """A third of the picture crushed to black, the rest dark and coarse, with a lamp of one vivid colour; (4, 90, 160, 3) uint8."""
    lit = np.stack([textured_frame(k, size=(160, 90)) for k in range(4)]) // 4
    lit[:, :30], lit[:, 40:60, 70:90] = 0, (250, 120, 0)
    return lit


def test_they_stay_in_the_light_that_white_is_shown_in():
    """Of a look that darkens and pales all colours; far from them it is what it was, and without any it is not touched."""
    grey = identity() @ np.array([[0.2126], [0.7152], [0.0722]], np.float32)
    dark = ((0.6 * grey + 0.4 * identity()) ** 1.4 * np.array([0.9, 0.9, 0.8])).astype(np.float32)
    weights, colours = weights_of(slides())
    kept = keep_inks(dark, colours, weights)
    check_look(kept)
    inks = np.array([BLUE, RED]) / 255
    shown, wanted = (oklab.from_srgb(each) for each in (seen_through(kept, inks), inks * (0.9, 0.9, 0.8)))
    assert np.linalg.norm(shown - wanted, axis=1).max() < 0.06
    assert np.linalg.norm(oklab.from_srgb(seen_through(dark, inks)) - wanted, axis=1).min() > 0.12
    assert np.abs(kept - dark)[2:10, 26:, 14:24].max() < 1e-3
    assert keep_inks(dark, colours, np.zeros(len(colours))) is dark
