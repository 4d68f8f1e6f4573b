"""Videos of one tone, and looks that show all colours in it."""

import numpy as np
import pytest

from clipzy.analysis.look import oklab
from clipzy.analysis.look.monochrome import tone_of, toned
from clipzy.media.colour.look_table import check_look, identity

RANDOM = np.random.default_rng(11)
GREYS = RANDOM.uniform(0, 1, (8192, 1)) * np.ones((1, 3))
SEPIA = np.clip(GREYS * (1.0, 0.85, 0.65), 0, 1)


def as_codes(colours):
    """Rounded to 8 bits, as videos are: float32."""
    return (np.rint(colours * 255) / 255).astype(np.float32)


@pytest.mark.parametrize("colours", [GREYS, SEPIA], ids=["grey", "sepia"])
def test_one_tint_for_each_lightness_is_a_tone(colours):
    """Black and white and sepia are surely tones, with the tint that they have."""
    tone = tone_of(as_codes(colours))
    assert tone.sureness == 1
    lab = oklab.from_srgb(colours)
    middle = (lab[:, 0] > 0.3) & (lab[:, 0] < 0.8)
    np.testing.assert_allclose(tone.at(lab[middle, 0]), lab[middle, 1:], atol=0.006)


def test_a_codec_s_residue_is_no_colour():
    """Grey that differs by a code from colour to colour is grey still, as is sepia by three, which codecs leave of it."""
    for colours, codes in ((GREYS, 0.3), (SEPIA, 1.2)):
        noisy = colours + RANDOM.normal(0, codes / 255, SEPIA.shape)
        assert tone_of(as_codes(np.clip(noisy, 0, 1))).sureness > 0.9


def test_one_red_car_on_a_grey_street_is_a_colour():
    """Two pixels of a hundred in red, and the video has colours."""
    street = GREYS.copy()
    street[::50] = (0.6, 0.15, 0.15)
    assert tone_of(as_codes(street)) is None


def test_two_hues_are_no_tone():
    """Light pink and dark green have one tint each at their lightness, and are two colours."""
    halves = np.where(np.arange(8192)[:, None] % 2, (0.96, 0.75, 0.76), (0.24, 0.47, 0.2))
    assert tone_of(as_codes(np.clip(halves + RANDOM.normal(0, 0.02, halves.shape), 0, 1))) is None


def test_two_tints_that_meet_are_a_tone():
    """Duotone: shadows blue, lights cream, and each lightness between has the one tint that lies there."""
    duotone = (1 - GREYS) * (0.1, 0.08, 0.35) + GREYS * (1.0, 0.85, 0.6)
    tone = tone_of(as_codes(duotone))
    assert tone.sureness == 1
    lab = oklab.from_srgb(duotone)
    middle = (lab[:, 0] > 0.3) & (lab[:, 0] < 0.8)
    np.testing.assert_allclose(tone.at(lab[middle, 0]), lab[middle, 1:], atol=0.006)


def test_two_even_tints_with_nothing_between_are_no_tone():
    """However even they are: what lies between them nobody has seen."""
    halves = np.where(np.arange(8192)[:, None] % 2, (0.96, 0.75, 0.76), (0.24, 0.47, 0.2))
    assert tone_of(as_codes(halves)) is None


def test_an_empty_grey_road_is_no_tone():
    """Tarmac is warm where it is worn and cool where it is wet, by a code or two everywhere: that is a film in colour."""
    cast = np.where(np.arange(8192)[:, None] % 2, (0.008, 0, -0.008), (-0.008, 0, 0.008))
    assert tone_of(as_codes(0.3 + 0.4 * GREYS + cast)) is None


def test_a_plain_surface_is_no_tone():
    """One colour has no range of lightness over which it could be one."""
    assert tone_of(np.full((8192, 3), (0.7, 0.2, 0.2), np.float32)) is None


def test_few_colours_are_no_matter():
    """Less colours than levels are looked for in: black and white alone."""
    tone = tone_of(np.repeat(np.array([[0.0], [1.0]], np.float32), 3, 1))
    np.testing.assert_allclose(tone.at(np.array([0.0, 0.5, 1.0])), 0, atol=1e-6)


def test_a_toned_look_has_the_tone_and_its_own_lightness():
    """Every node has the tint of its lightness, which stays, wherever the screen can show both."""
    tone = tone_of(as_codes(SEPIA))
    look = toned(identity(), tone, 1.0)
    check_look(look)
    before, after = (oklab.from_srgb(table.astype(float)) for table in (identity(), look))
    inside = (before[..., 0] > 0.15) & (before[..., 0] < 0.93)
    np.testing.assert_allclose(after[inside][:, 0], before[inside][:, 0], atol=0.01)
    np.testing.assert_allclose(after[inside][:, 1:], tone.at(before[inside][:, 0]), atol=0.015)


def test_half_of_it_leaves_half_of_the_colour():
    """A share between goes so far."""
    grey = tone_of(as_codes(GREYS))
    red = np.array([[[[0.7, 0.2, 0.2]]]], np.float32)
    chroma = [np.linalg.norm(oklab.from_srgb(toned(red, grey, share).astype(float))[..., 1:]) for share in (0.0, 0.5)]
    assert chroma[1] == pytest.approx(chroma[0] / 2, rel=0.02)
