"""Looks that bring a video's colours to a style's sliders."""

from dataclasses import astuple

import numpy as np
import pytest

from clipzy.analysis.look import oklab
from clipzy.analysis.look.grade import fit_grade, grade, look_statistics
from clipzy.analysis.look.roughness import seen_through
from clipzy.analysis.look.slider_look import slider_look
from clipzy.analysis.look.tone_curve import STEEPEST
from clipzy.media.colour.look_table import check_look, identity
from clipzy.style.dna import ColorGrade
from synth_pictures import textured_frame

WARM = ColorGrade(temperature=60, contrast=20)
GRADES = {
    "warm": (0.5, 0.1, 0.2, 0.2, 0.0, 0.0),
    "faded": (0.3, 0.0, -0.5, -0.5, 0.2, 0.6),
    "bright": (0.0, 0.0, -0.2, -0.6, 1.0, 1.0),
    "dark": (-0.2, 0.1, -0.3, 0.0, -1.0, -1.0),
}
LUMA = np.array([0.2126, 0.7152, 0.0722])


def sliders_of(srgb):
    """As they are measured of colours (n, 3) sRGB: (6,)."""
    return np.array(astuple(fit_grade(look_statistics(oklab.from_srgb(srgb), np.ones(len(srgb))))[0]))


@pytest.fixture(scope="module")
def footage():
    """Colours of a picture with a texture, (1024, 3) sRGB."""
    return textured_frame(20, size=(160, 90)).reshape(-1, 3)[::14][:1024] / 255


@pytest.mark.parametrize("name", GRADES)
def test_the_footage_is_measured_like_the_style(footage, name):
    """Of each slider nine tenths of a distance are closed where its grade can be put on in the sliders' range, three fifths at its ends; none goes the wrong way."""
    truth = oklab.into_srgb(grade(oklab.from_srgb(footage), np.array(GRADES[name])))
    wanted, before = sliders_of(truth), sliders_of(footage)
    look = slider_look(ColorGrade(*wanted), footage, 1.0)
    check_look(look)
    after = sliders_of(seen_through(look, footage))
    far = np.abs(wanted - before) >= 8
    assert far.any()
    closed = 1 - np.abs(wanted - after)[far] / np.abs(wanted - before)[far]
    assert closed.min() >= (0.6 if max(map(abs, GRADES[name])) == 1 else 0.9)
    assert np.abs(wanted - after)[~far].max() < 8


@pytest.mark.parametrize(
    "wanted", [(0, 0, 100, 0, 100, 100), (100, -100, 50, 100, -100, -100), (-60, 30, -90, -100, 90, -90)]
)
def test_no_style_bands_or_crushes(footage, wanted):
    """Greys rise from black to white, no channel is steeper along its own axis than looks may be, and hardly more is clipped than was."""
    look = slider_look(ColorGrade(*wanted), footage, 1.0).astype(np.float64)
    index = np.arange(33)
    assert np.diff(look[index, index, index] @ LUMA).min() >= -1e-6
    for channel in range(3):
        rises = np.diff(look[..., channel], axis=2 - channel) * 32
        assert -0.05 <= rises.min() <= rises.max() <= STEEPEST + 0.05
    clipped = [((s <= 0.5 / 255) | (s >= 1 - 0.5 / 255)).mean() for s in (footage, seen_through(look, footage))]
    assert clipped[1] <= clipped[0] + 0.011


def test_footage_that_has_the_style_keeps_its_colours(footage):
    """Exactly."""
    np.testing.assert_array_equal(slider_look(ColorGrade(*sliders_of(footage)), footage, 1.0), identity())


def test_strength_0_changes_nothing(footage):
    """Without strength the look is the identity exactly."""
    np.testing.assert_array_equal(slider_look(WARM, footage, 0.0), identity())


def test_strength_is_a_share_of_the_way(footage):
    """At half of it the footage is measured half way between."""
    before = sliders_of(footage)
    wanted = before + np.array([30, 10, 20, 15, 0, 0])
    after = sliders_of(seen_through(slider_look(ColorGrade(*wanted), footage, 0.5), footage))
    np.testing.assert_allclose(after, (before + wanted) / 2, atol=4)


def test_the_same_colours_give_the_same_look(footage):
    """To the last digit."""
    made = [slider_look(WARM, footage[::4], 0.7) for _ in range(2)]
    np.testing.assert_array_equal(*made)


def test_black_footage_bears_any_style():
    """Nothing can be seen of it, and the look is one all the same."""
    check_look(slider_look(WARM, np.zeros((64, 3)), 1.0))


def test_a_style_without_colours_leaves_none(footage):
    """From the usual strength on, whatever colours and cast the footage has; at half of it half of them are left."""
    wanted = ColorGrade(saturation=-100)
    seen = oklab.into_srgb(grade(oklab.from_srgb(footage), np.array([0.4, 0, 0.3, 0, 0, 0])))
    nodes = oklab.from_srgb(identity().astype(np.float64))
    middle = (nodes[..., 0] > 0.3) & (nodes[..., 0] < 0.8)
    for strength, left in ((0.35, 0.5), (0.7, 0.0), (1.0, 0.0)):
        look = slider_look(wanted, seen, strength)
        check_look(look)
        chroma = np.linalg.norm(oklab.from_srgb(look.astype(np.float64))[middle][:, 1:], axis=1)
        assert chroma.max() <= left * np.linalg.norm(nodes[middle][:, 1:], axis=1).max() + 0.02


@pytest.mark.parametrize("greys", [0, 20, 60], ids=["ink and paper", "with edges", "with more of them"])
def test_a_cast_that_cannot_be_seen_is_not_put_on_without_end(greys):
    """Ink on paper shows next to none, so that it is never measured as warm as the style: greys between stay no warmer than such a style is."""
    page = np.ones((2000, 3))
    page[:400] = 0
    page[400 : 400 + greys] = np.linspace(0.1, 0.9, greys)[:, None]
    look = slider_look(ColorGrade(30, 0, 0, 0, 0, 0), page, 0.7)
    red, green, blue = seen_through(look, np.full((1, 3), 0.5))[0]
    assert red > green > blue
    assert red - blue < 0.16
    assert abs(green - (red + blue) / 2) < 0.03  # no tint was asked for
