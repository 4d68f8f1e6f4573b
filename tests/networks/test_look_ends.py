"""Ends of the scale in a look: a page stays white and a black background black, however much of the picture they are."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from clipzy.analysis.look import oklab, roughness, table_guards, tone_curve
from clipzy.networks import look_ends, look_guards, look_transfer
from clipzy.networks.look_ends import anchored
from clipzy.networks.oklab import Oklab
from look_readings import look_of
from look_readings import seen_through as read_through
from synth_pictures import textured_frame

PAGE, DARK_PAGE = 252 / 255, 30 / 255


@pytest.fixture(scope="module")
def network(weights_path):
    """The network on the CPU."""
    return look_transfer.load(weights_path)


def seen_through(look, samples):
    """Colours (n, 3) as the look maps them."""
    return read_through(look, np.asarray(samples, float))


def pictures(seed, low=0.0, high=1.0):
    """Colours of a texture that fills the scale from one code to the other, (n, 3) float32 0..1."""
    colours = textured_frame(seed).reshape(-1, 3)[::7] / 255.0
    darkest, lightest = np.quantile(colours, [0.02, 0.98])
    filled = ((colours - darkest) / (lightest - darkest)).clip(0, 1)
    return (low + (high - low) * filled).astype(np.float32)


def with_page(colours, code, share):
    """The same with a page in place of a share of them, sown among them."""
    paged = colours.copy()
    paged[np.random.default_rng(3).random(len(paged)) < share] = code
    return paged


def lightness(look, code):
    """Of a grey as the look shows it, OKLab."""
    return float(oklab.from_srgb(seen_through(look, [[code] * 3]))[0, 0])


@pytest.mark.parametrize("share", [0.25, 0.6])
def test_a_white_page_stays_as_white_as_the_template(network, share):
    """However much of the footage is white, it comes to the template's own white and its cast, within what is hardly seen."""
    template = pictures(14)
    lab = oklab.from_srgb(template.astype(float))
    white = np.quantile(lab[:, 0], 0.99)
    shown = oklab.from_srgb(seen_through(look_of(network, with_page(pictures(1), PAGE, share), template), [[PAGE] * 3]))
    assert shown[0, 0] > white - 0.03
    cast = lab[lab[:, 0] > white, 1:].mean(0)
    assert np.linalg.norm(shown[0, 1:] - cast) < 0.04


@pytest.mark.parametrize("share", [0.5, 0.8])
def test_a_black_page_stays_as_black_as_it_was(network, share):
    """Under a template that has its black, a dark background is not lifted."""
    look = look_of(network, with_page(pictures(1, 0.3), DARK_PAGE, share), pictures(14))
    assert lightness(look, DARK_PAGE) < oklab.from_srgb(np.full((1, 3), DARK_PAGE))[0, 0] + 0.05


def test_ends_that_the_template_lowers_and_lifts_are_taken(network):
    """A faded template gives white and black pages its own white and black."""
    template = pictures(14, 0.25, 0.7) * np.array([1, 0.97, 0.9], np.float32)
    lab = oklab.from_srgb(template.astype(float))
    darkest, lightest = np.quantile(lab[:, 0], [0.01, 0.99])
    footage = with_page(pictures(1), PAGE, 0.4)
    white = oklab.from_srgb(seen_through(look_of(network, footage, template), [[PAGE] * 3]))[0]
    assert white[0] == pytest.approx(lightest, abs=0.05)
    dark = look_of(network, with_page(pictures(1, 0.3), DARK_PAGE, 0.5), template)
    assert lightness(dark, DARK_PAGE) == pytest.approx(darkest, abs=0.06)


def test_footage_with_no_more_at_its_ends_meets_the_template_itself():
    """Where the template has as much white, what is matched is the template, to the last bit."""
    source, target = (
        Oklab().from_srgb(torch.from_numpy(with_page(pictures(seed, 0.2, 0.8), PAGE, 0.3)).double())[None]
        for seed in (1, 14)
    )
    both = torch.cat([target, target])
    rows = anchored(torch.cat([target, Oklab().from_srgb(torch.full_like(target, PAGE))]), both)
    assert torch.equal(anchored(target, target), target)
    assert torch.equal(rows[0], target[0])
    assert not torch.equal(rows[1], target[0])
    assert anchored(source, target).shape == target.shape


def test_what_numpy_says_of_looks_again_is_said_alike():
    """Torch stays out of `analysis`, which guards looks of its own and knows pages."""
    for name in ("WHITE_REACH", "PALE", "BELIEVED"):
        assert getattr(roughness, name) == getattr(look_ends, name)
    for module, name in ((table_guards, "MOST_CLIPPED"), (table_guards, "NEAR_END"), (tone_curve, "STEEPEST")):
        assert getattr(module, name) == getattr(look_guards, name)
    assert (0.0, *look_guards.DRAWING) == table_guards.DRAWING
