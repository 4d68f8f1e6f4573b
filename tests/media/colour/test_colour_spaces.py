"""From HDR and wide gamuts to standard video, against the figures and the geometry of the standards."""

from __future__ import annotations

import numpy as np
import pytest

import synth_colours
from clipzy.media.colour.colour_spaces import (
    REFERENCE_WHITE,
    ColourSpace,
    Primaries,
    eetf,
    hlg_to_light,
    into_gamut,
    light_to_pq,
    pq_to_light,
    primaries_luminance,
    primaries_matrix,
    to_standard,
)

HLG, PQ = ColourSpace("hlg", "bt2020"), ColourSpace("pq", "bt2020")
GREYS = np.linspace(0, 1, 1024)[:, None].repeat(3, 1)
XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])  # of linear BT.709


def direction(linear: np.ndarray) -> np.ndarray:
    """Where linear BT.709 colours lie from white in CIE 1931 x, y, in degrees: equal for one dominant wavelength."""
    xyz = linear @ XYZ.T
    x, y = xyz[..., 0] / xyz.sum(-1), xyz[..., 1] / xyz.sum(-1)
    return np.degrees(np.arctan2(y - 0.3290, x - 0.3127))


def turned(before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """Degrees between two directions."""
    return np.abs((after - before + 180) % 360 - 180)


@pytest.mark.parametrize(
    ("light", "code"), [(0.0, 0.0), (100.0, 0.5081), (203.0, 0.5807), (1000.0, 0.7518), (1e4, 1.0)]
)
def test_pq_has_the_codes_of_its_standard(light, code):
    """As BT.2408 tabulates them, there and back."""
    assert light_to_pq(np.array(light)) == pytest.approx(code, abs=1e-4)
    assert pq_to_light(light_to_pq(np.array(light))) == pytest.approx(light, abs=1e-6)


@pytest.mark.parametrize(("code", "light"), [(0.0, 0.0), (0.38, 26.0), (0.75, 203.0), (1.0, 1000.0)])
def test_hlg_has_the_light_of_its_standard(code, light):
    """A grey card and reference white as in BT.2408, table 1, on a screen of 1000 cd/m²."""
    assert hlg_to_light(np.full(3, code)) == pytest.approx(light, abs=0.5)


@pytest.mark.parametrize(
    ("source", "target", "expected"),
    [("bt709", "bt2020", synth_colours.TO_BT2020), ("bt709", "p3", synth_colours.TO_P3)],
)
def test_primaries_are_those_of_the_standards(source, target, expected):
    """BT.2087's matrix, to its four digits; white stays white."""
    np.testing.assert_allclose(primaries_matrix(source, target), expected, atol=2e-4)
    np.testing.assert_allclose(primaries_matrix(target, source) @ np.ones(3), 1)


def test_luminance_is_that_of_the_standards():
    """BT.2020's own weights."""
    np.testing.assert_allclose(primaries_luminance("bt2020"), [0.2627, 0.6780, 0.0593], atol=1e-4)


@pytest.mark.parametrize("peak", [300.0, 1000.0, 4000.0, 10000.0])
def test_tones_below_the_knee_stay_and_the_peak_becomes_white(peak):
    """BT.2390's curve: straight, then bent without a corner, never falling."""
    light = np.geomspace(1e-3, peak, 4000)
    shown = eetf(light, peak)
    # where the curve begins to bend, in PQ: 1.5 times the screen's share of the range, less a half
    knee = pq_to_light(1.5 * light_to_pq(np.array(REFERENCE_WHITE)) - 0.5 * light_to_pq(np.array(peak)))
    np.testing.assert_allclose(shown[light < knee], light[light < knee])
    assert shown[-1] == pytest.approx(REFERENCE_WHITE)
    assert np.diff(shown).min() > -1e-9
    steepness = np.diff(light_to_pq(shown)) / np.diff(light_to_pq(light))
    assert np.abs(np.diff(steepness)).max() < 0.02
    assert eetf(np.array(peak * 2), peak) == pytest.approx(REFERENCE_WHITE)


@pytest.mark.parametrize("space", [HLG, PQ], ids=["HLG", "PQ"])
def test_reference_white_and_the_grey_card_land_where_stated(space):
    """203 cd/m² at 90 % of the code range (214 of 235), 26 cd/m² at 42 %, where standard video's own grey card is (41 %)."""
    code = synth_colours.hlg if space is HLG else synth_colours.pq
    white, grey = (to_standard(code(np.full(3, light)), space) for light in (203.0, 26.0))
    assert white == pytest.approx(0.903, abs=0.003)
    assert grey == pytest.approx(0.425, abs=0.003)


def test_a_source_no_lighter_than_reference_white_keeps_its_tones():
    """With MaxCLL 203 nothing has to yield: white is white."""
    space = ColourSpace("pq", "bt2020", REFERENCE_WHITE)
    linear = np.linspace(0, 1, 50)
    codes = synth_colours.pq(203 * linear)[:, None].repeat(3, 1)
    np.testing.assert_allclose(to_standard(codes, space)[:, 0], linear ** (1 / 2.4), atol=2e-3)


@pytest.mark.parametrize("transfer", ["sdr", "hlg", "pq"])
@pytest.mark.parametrize("primaries", ["bt709", "bt2020", "p3"])
def test_greys_stay_grey_and_in_order(transfer, primaries: Primaries):
    """Whatever the space: no tint, no step back."""
    shown = to_standard(GREYS, ColourSpace(transfer, primaries))
    assert np.ptp(shown, axis=1).max() < 1e-6
    assert np.diff(shown[:, 0]).min() > -1e-9
    assert (shown[0, 0], shown[-1, 0]) == pytest.approx((0, 1))


@pytest.mark.parametrize("primaries", ["bt2020", "p3"])
def test_the_primaries_of_wide_gamuts_do_not_turn(primaries: Primaries):
    """Each primary, secondary and mixture keeps its dominant wavelength and fits into BT.709, saturated to nine tenths."""
    corners = np.array([[r, g, b] for r in (0, 0.4, 1) for g in (0, 0.4, 1) for b in (0, 0.4, 1) if not r == g == b])
    linear = corners @ primaries_matrix(primaries, "bt709").T
    shown = into_gamut(linear)
    assert shown.min() >= 0
    assert shown.max() <= 1
    assert turned(direction(linear), direction(shown)).max() < 0.1
    pure = into_gamut(np.eye(3) @ primaries_matrix(primaries, "bt709").T)
    assert (pure.min(1) / pure.max(1)).max() < 0.1


def test_colours_well_inside_stay_and_the_edge_makes_room():
    """What is less saturated than nine tenths of BT.709 is untouched; pure BT.709 moves a little; order is kept along a ray."""
    inside = np.array([[0.5, 0.3, 0.2], [0.1, 0.4, 0.3], [0.2, 0.2, 0.9]])
    np.testing.assert_allclose(into_gamut(inside), inside)
    grey = np.full(3, 0.25)
    ray = grey + np.linspace(0, 2, 60)[:, None] * (np.array([0.60, 0.20, 0.0]) - grey)
    smallest = into_gamut(ray)[:, 2]
    assert np.diff(smallest).max() <= 1e-9
    assert into_gamut(np.array([1.0, 0.0, 0.0])) == pytest.approx([0.973, 0.008, 0.008], abs=0.005)


@pytest.mark.parametrize("level", [0.2, 0.6, 1.5, 4.0])
@pytest.mark.parametrize("space", [HLG, PQ], ids=["HLG", "PQ"])
def test_skin_keeps_its_hue_from_shadow_to_highlight(space, level):
    """A light and a dark skin (ColorChecker 2 and 1) within a degree, even four times as light as white allows."""
    code = synth_colours.hlg if space is HLG else synth_colours.pq
    skins = np.array([[0.552, 0.305, 0.222], [0.178, 0.085, 0.058]]) * level
    shown = to_standard(code(203 * skins @ synth_colours.TO_BT2020.T), space) ** 2.4
    assert turned(direction(skins), direction(shown)).max() < 1


def test_a_bright_red_light_stays_red():
    """1000 cd/m² in its red component: as light as red gets, and saturated."""
    red = to_standard(synth_colours.pq(np.array([1000.0, 30.0, 30.0])), PQ)
    assert red[0] > 0.85
    assert red[1:].max() < 0.4
