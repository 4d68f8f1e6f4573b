"""OKLab: published values, and the way there and back."""

import numpy as np
import pytest
import torch

from clipzy.analysis.look import oklab
from clipzy.networks.oklab import Oklab

# worked out from the definition (B. Ottosson, 2020) for the sRGB primaries
PUBLISHED = {
    "black": ((0, 0, 0), (0, 0, 0)),
    "white": ((1, 1, 1), (1, 0, 0)),
    "red": ((1, 0, 0), (0.62796, 0.22486, 0.12585)),
    "green": ((0, 1, 0), (0.86644, -0.23389, 0.17950)),
    "blue": ((0, 0, 1), (0.45201, -0.03246, -0.31153)),
}


@pytest.mark.parametrize(("srgb", "lab"), PUBLISHED.values(), ids=PUBLISHED)
def test_primaries_have_their_published_coordinates(srgb, lab):
    """Black, white and the primaries lie where the definition puts them."""
    np.testing.assert_allclose(oklab.from_srgb(np.array(srgb, float)), lab, atol=1e-4)


def test_colours_come_back():
    """There and back changes no colour of the sRGB cube by more than rounding."""
    srgb = np.random.default_rng(1).random((20, 30, 3))
    np.testing.assert_allclose(oklab.into_srgb(oklab.from_srgb(srgb)), srgb, atol=1e-6)


def test_what_no_display_shows_is_clipped():
    """Lightness beyond white and chroma beyond the primaries end within 0..1."""
    srgb = oklab.into_srgb(np.array([[1.3, 0, 0], [0.6, 0.4, 0], [-0.2, 0, 0]]))
    assert 0 <= srgb.min() <= srgb.max() <= 1
    np.testing.assert_allclose(srgb[0], 1)
    np.testing.assert_allclose(srgb[2], 0)


@pytest.mark.parametrize("code", [0.0, 0.04, 0.04045, 0.05, 0.5, 1.0])
def test_transfer_curve_comes_back_on_both_branches(code):
    """The linear foot and the power above it are each undone, at the joint too."""
    assert oklab.to_srgb(oklab.to_linear(np.array(code))) == pytest.approx(code, abs=1e-6)


def test_half_of_the_code_is_a_fifth_of_the_light():
    """Code value 0.5 is 21.4 % of white's light (IEC 61966-2-1)."""
    assert oklab.to_linear(np.array(0.5)) == pytest.approx(0.21404, abs=1e-5)


@pytest.mark.parametrize(
    ("srgb", "spelt"), [((1, 0.5, 0), "#ff8000"), ((0.004, 0, 1.2), "#0100ff")], ids=["orange", "beyond"]
)
def test_colours_are_spelt_in_hexadecimal(srgb, spelt):
    """Each channel is rounded to 8 bits and held in its range."""
    assert oklab.hex_color(np.array(srgb, float)) == spelt


def test_networks_and_analyses_mean_the_same_colours():
    """The torch statement of OKLab, which networks use, agrees with the numpy one."""
    srgb = np.random.default_rng(2).random((500, 3))
    space = Oklab()
    lab = space.from_srgb(torch.from_numpy(srgb))
    np.testing.assert_allclose(lab.numpy(), oklab.from_srgb(srgb), atol=1e-9)
    np.testing.assert_allclose(space.into_srgb(lab).numpy(), srgb, atol=1e-6)


def test_networks_take_chroma_from_what_no_display_shows():
    """A colour out of gamut keeps its lightness and hue, and touches the gamut's edge."""
    lab = torch.tensor([[0.7, 0.3, 0.1]], dtype=torch.float64)
    shown = Oklab().into_srgb(lab)
    lightness, a, b = oklab.from_srgb(shown.numpy())[0]
    assert lightness == pytest.approx(0.7, abs=1e-3)
    assert b / a == pytest.approx(1 / 3, abs=5e-3)
    assert shown.max() > 0.99


def test_the_nearest_is_the_first_of_the_least_gaps():
    """Of few centres and of one, for colours that lie on one and halfway between two."""
    random = np.random.default_rng(4)
    centres = random.random((4, 3))
    colours = np.concatenate([random.random((200, 3)), centres, [(centres[1] + centres[2]) / 2]])
    for some in (centres, centres[:1], np.concatenate([centres, centres])):
        np.testing.assert_array_equal(
            oklab.nearest_along(np.ascontiguousarray(colours.T), some), oklab.squared_gaps(colours, some).argmin(0)
        )
