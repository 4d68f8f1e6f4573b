"""Looks out of the difference between two sets of sliders."""

import numpy as np
import pytest

from clipzy.analysis import oklab
from clipzy.analysis.grade import grade
from clipzy.analysis.slider_look import slider_look
from clipzy.media.look_table import check_look, identity
from clipzy.style.dna import ColorGrade

NEUTRAL = ColorGrade()
WARM = ColorGrade(temperature=60, contrast=20)


def test_like_sliders_change_nothing():
    """Footage that has the style already keeps its colours exactly."""
    np.testing.assert_array_equal(slider_look(WARM, WARM, 1.0), identity())


def test_strength_0_changes_nothing():
    """Without strength the look is the identity exactly."""
    np.testing.assert_array_equal(slider_look(WARM, NEUTRAL, 0.0), identity())


def test_from_neutral_the_look_is_the_grade():
    """For footage without a grade of its own every node is graded by the wanted sliders."""
    nodes = identity().astype(np.float64)
    wanted = oklab.into_srgb(grade(oklab.from_srgb(nodes), np.array([0.6, 0, 0, 0.2, 0, 0])))
    look = slider_look(WARM, NEUTRAL, 1.0)
    check_look(look)
    assert look.dtype == np.float32
    np.testing.assert_allclose(look, wanted, atol=1e-6)


def test_only_the_difference_counts():
    """Footage that is warm already is warmed by what is missing."""
    there = slider_look(ColorGrade(temperature=60), ColorGrade(temperature=20), 1.0)
    np.testing.assert_array_equal(there, slider_look(ColorGrade(temperature=40), NEUTRAL, 1.0))


def test_strength_is_a_share_of_the_difference():
    """Half the strength is half the sliders."""
    np.testing.assert_allclose(
        slider_look(WARM, NEUTRAL, 0.5), slider_look(ColorGrade(temperature=30, contrast=10), NEUTRAL, 1.0), atol=1e-6
    )


def test_a_difference_is_held_in_the_sliders_range():
    """From one end to the other of a slider the look is that of one end."""
    far = slider_look(ColorGrade(saturation=100), ColorGrade(saturation=-100), 1.0)
    np.testing.assert_array_equal(far, slider_look(ColorGrade(saturation=100), NEUTRAL, 1.0))


def test_red_varies_fastest():
    """Saturation at -100 makes every node grey, red nodes along the last axis as light as red is."""
    look = slider_look(ColorGrade(saturation=-100), NEUTRAL, 1.0, size=5)
    assert look.shape == (5, 5, 5, 3)
    np.testing.assert_allclose(np.ptp(look, axis=-1), 0, atol=1e-5)
    red, blue = look[0, 0, 4, 0], look[4, 0, 0, 0]
    assert oklab.from_srgb(np.full(3, red, float))[0] == pytest.approx(0.628, abs=0.002)
    assert oklab.from_srgb(np.full(3, blue, float))[0] == pytest.approx(0.452, abs=0.002)


@pytest.mark.parametrize("sign", [-100, 100])
@pytest.mark.parametrize("name", ["temperature", "tint", "saturation", "contrast", "highlights", "shadows"])
def test_no_slider_harms_the_greys(name, sign):
    """At either end of each slider black, white and all between stay in 0..1 and in their order."""
    look = slider_look(ColorGrade(**{name: sign}), NEUTRAL, 1.0)
    index = np.arange(33)
    luma = look[index, index, index] @ np.array([0.2126, 0.7152, 0.0722])
    assert 0 <= look.min() <= look.max() <= 1
    assert np.diff(luma).min() >= -1e-6
    np.testing.assert_allclose(luma[[0, -1]], [0, 1], atol=0.01)


@pytest.mark.parametrize("strength", [-0.1, 1.1])
def test_strengths_beyond_the_range_are_refused(strength):
    """Strength is a share."""
    with pytest.raises(ValueError, match="strength"):
        slider_look(WARM, NEUTRAL, strength)


def test_a_style_without_colours_leaves_none():
    """From the usual strength on, whatever colours and cast the footage has; at half of it half of them are left."""
    wanted, present = ColorGrade(saturation=-100), ColorGrade(temperature=40, saturation=30)
    nodes = oklab.from_srgb(identity().astype(np.float64))
    middle = (nodes[..., 0] > 0.3) & (nodes[..., 0] < 0.8)
    for strength, left in ((0.35, 0.5), (0.7, 0.0), (1.0, 0.0)):
        look = slider_look(wanted, present, strength)
        check_look(look)
        chroma = np.linalg.norm(oklab.from_srgb(look.astype(np.float64))[middle][:, 1:], axis=1)
        assert chroma.max() <= left * np.linalg.norm(nodes[middle][:, 1:], axis=1).max() + 0.02
