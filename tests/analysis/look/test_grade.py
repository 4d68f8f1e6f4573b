"""The six sliders: what each does, and that they are found again."""

import numpy as np
import pytest

from clipzy.analysis.look import oklab
from clipzy.analysis.look.grade import (
    PIVOT,
    fit_grade,
    grade,
    look_statistics,
    neutral_prior,
)

NAMES = ("temperature", "tint", "saturation", "contrast", "highlights", "shadows")
GREYS = np.stack([np.linspace(0, 1, 101), np.zeros(101), np.zeros(101)], -1)


def sliders(**values):
    """Six sliders in -1..1, zero unless given."""
    return np.array([values.get(name, 0.0) for name in NAMES])


def colours(seed=1):
    """OKLab colours of a random picture, (2000, 3)."""
    return oklab.from_srgb(np.random.default_rng(seed).beta(2, 2, (2000, 3)))


def fitted(target):
    """Sliders in points and the distance left."""
    grade_found, distance = fit_grade(look_statistics(target, np.ones(len(target))))
    return np.array([getattr(grade_found, name) for name in NAMES]), distance


def test_no_grade_changes_nothing():
    """All sliders at zero are the identity."""
    np.testing.assert_allclose(grade(colours(), sliders()), colours(), atol=1e-5)


@pytest.mark.parametrize(("name", "axis"), [("tint", 1), ("temperature", 2)])
@pytest.mark.parametrize("amount", [-1.0, 0.5])
def test_casts_colour_the_middle_and_spare_the_ends(name, axis, amount):
    """A cast moves mid-greys by 0.07 of OKLab at full slider; black and white stay neutral."""
    cast = grade(GREYS, sliders(**{name: amount}))
    assert cast[55, axis] == pytest.approx(0.07 * amount)
    np.testing.assert_allclose(cast[[0, -1], 1:], 0, atol=0.006)
    np.testing.assert_allclose(cast[:, 0], GREYS[:, 0], atol=1e-5)


@pytest.mark.parametrize("amount", [-1.0, -0.4, 0.5])
def test_saturation_scales_chroma_alone(amount):
    """Chroma is multiplied, lightness and hue stay."""
    before, after = colours(), grade(colours(), sliders(saturation=amount))
    np.testing.assert_allclose(after[:, 1:], (1 + amount) * before[:, 1:], atol=1e-9)
    np.testing.assert_allclose(after[:, 0], before[:, 0], atol=1e-5)


@pytest.mark.parametrize("amount", [-1.0, 1.0])
def test_contrast_turns_about_the_pivot(amount):
    """Ends and pivot stay, and the slope in the middle is 2 to the power of the slider."""
    tones = np.stack([[0.0, PIVOT - 1e-3, PIVOT, PIVOT + 1e-3, 1.0], np.zeros(5), np.zeros(5)], -1)
    after = grade(tones, sliders(contrast=amount))[:, 0]
    np.testing.assert_allclose(after[[0, 2, 4]], [0, PIVOT, 1], atol=2e-3)
    assert (after[3] - after[1]) / 2e-3 == pytest.approx(2**amount, rel=0.05)


@pytest.mark.parametrize(("name", "moved", "kept"), [("highlights", 75, 20), ("shadows", 25, 80)])
def test_tone_sliders_move_their_end_of_the_scale(name, moved, kept):
    """Highlights lift the upper tones by 0.11 at most and leave the lower ones; shadows the other way round."""
    lift = grade(GREYS, sliders(**{name: 1.0}))[:, 0] - GREYS[:, 0]
    assert lift[moved] == pytest.approx(lift.max(), abs=0.005)
    assert lift.max() == pytest.approx(0.11, abs=0.002)
    assert lift[kept] == pytest.approx(0, abs=1e-5)


@pytest.mark.parametrize("name", NAMES[3:])
@pytest.mark.parametrize("amount", [-1.0, 1.0])
def test_no_tone_slider_inverts_tones(name, amount):
    """What was lighter stays lighter at either end of each slider."""
    assert np.diff(grade(GREYS, sliders(**{name: amount}))[:, 0]).min() > -1e-9


def test_the_neutral_picture_has_no_grade():
    """What is neutral by definition is described by zeros, without distance."""
    found, distance = fitted(neutral_prior())
    np.testing.assert_allclose(found, 0, atol=0.5)
    assert distance < 1e-3


def test_the_neutral_picture_is_as_described():
    """Mean code value 0.40, grey on average, chroma 0.045 in the middle tones and none at the ends."""
    lab = neutral_prior()
    assert oklab.into_srgb(lab).mean() == pytest.approx(0.40, abs=0.01)
    np.testing.assert_allclose(lab[:, 1:].mean(0), 0, atol=0.002)
    middle = np.abs(lab[:, 0] - 0.5) < 0.2
    assert np.hypot(lab[middle, 1], lab[middle, 2]).mean() == pytest.approx(0.045, abs=0.005)
    assert np.hypot(lab[lab[:, 0] > 0.999, 1], lab[lab[:, 0] > 0.999, 2]).max() < 0.02


@pytest.mark.parametrize("name", NAMES)
def test_a_blind_guess_leans_the_right_way(name):
    """Without the ungraded picture a strong slider is still told by its sign, and by no more than it is."""
    found, _ = fitted(grade(neutral_prior(), sliders(**{name: 0.7})))
    assert 5 < found[NAMES.index(name)] < 75


def test_extreme_pictures_end_at_the_sliders_ends():
    """A picture of one vivid blue has a description within ±100, and a distance that owns up to it."""
    found, distance = fitted(np.tile(oklab.from_srgb(np.array([0.0, 0.1, 1.0])), (50, 1)))
    assert np.abs(found).max() <= 100
    assert distance > 0.05


def test_weights_count_as_repetition():
    """A colour of weight 3 counts as three of weight 1."""
    few = colours()[:200]
    weights = np.random.default_rng(3).integers(1, 5, 200)
    once = look_statistics(few, weights.astype(float)).vector()
    many = look_statistics(np.repeat(few, weights, 0), np.ones(weights.sum())).vector()
    np.testing.assert_allclose(once, many, atol=0.01)
