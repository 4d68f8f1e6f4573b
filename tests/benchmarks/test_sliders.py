"""The six sliders as the benchmarks put them on and find them again."""

from dataclasses import fields

import numpy as np
import pytest
from slider_table import graded_table
from sliders import fitted

from clipzy.analysis.look import oklab
from clipzy.analysis.look.grade import grade
from clipzy.media.colour.look_table import identity
from clipzy.style.dna import ColorGrade

NAMES = tuple(field.name for field in fields(ColorGrade))
WARM = ColorGrade(temperature=60, contrast=20)
LUMA = np.array([0.2126, 0.7152, 0.0722])


def sliders(**values):
    """Six sliders in -1..1, zero unless given."""
    return np.array([values.get(name, 0.0) for name in NAMES])


def colours():
    """OKLab colours of a random picture, (2000, 3)."""
    return oklab.from_srgb(np.random.default_rng(1).beta(2, 2, (2000, 3)))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("points", [-50, 30])
def test_each_slider_is_found_again(name, points):
    """Against the ungraded picture a single slider comes back within 3 points, the others stay under 3."""
    true = sliders(**{name: points / 100})
    np.testing.assert_allclose(fitted(grade(colours(), true), colours()), 100 * true, atol=3)


def test_sliders_are_found_together():
    """Against the ungraded picture all six at once come back, the colour sliders within 2 and the tone sliders within 8 points."""
    true = sliders(temperature=0.4, tint=-0.2, saturation=0.3, contrast=0.25, highlights=-0.3, shadows=0.35)
    found = fitted(grade(colours(), true), colours())
    np.testing.assert_allclose(found[:3], 100 * true[:3], atol=2)
    np.testing.assert_allclose(found[3:], 100 * true[3:], atol=8)


def test_a_table_of_sliders_is_the_grade():
    """Every node is graded; without sliders it keeps its colours exactly."""
    nodes = identity().astype(np.float64)
    wanted = oklab.into_srgb(grade(oklab.from_srgb(nodes), np.array([0.6, 0, 0, 0.2, 0, 0])))
    np.testing.assert_allclose(graded_table(WARM), wanted, atol=1e-6)
    np.testing.assert_array_equal(graded_table(ColorGrade()), identity())


def test_red_varies_fastest():
    """Saturation at -100 makes every node grey, red nodes along the last axis as light as red is."""
    look = graded_table(ColorGrade(saturation=-100))
    assert look.shape == (33, 33, 33, 3)
    np.testing.assert_allclose(np.ptp(look, axis=-1), 0, atol=1e-5)
    red, blue = look[0, 0, -1, 0], look[-1, 0, 0, 0]
    assert oklab.from_srgb(np.full(3, red, float))[0] == pytest.approx(0.628, abs=0.002)
    assert oklab.from_srgb(np.full(3, blue, float))[0] == pytest.approx(0.452, abs=0.002)


@pytest.mark.parametrize("sign", [-100, 100])
@pytest.mark.parametrize("name", NAMES)
def test_no_slider_harms_the_greys(name, sign):
    """At either end of each slider black, white and all between stay in 0..1 and in their order."""
    look = graded_table(ColorGrade(**{name: sign}))
    index = np.arange(33)
    luma = look[index, index, index] @ LUMA
    assert 0 <= look.min() <= look.max() <= 1
    assert np.diff(luma).min() >= -1e-6
    np.testing.assert_allclose(luma[[0, -1]], [0, 1], atol=0.01)
