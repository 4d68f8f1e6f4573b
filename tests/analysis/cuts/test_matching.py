"""Parts of small pictures looked for in others."""

import cv2
import numpy as np
import pytest

import scenes
from clipzy.analysis.cuts.matching import Part, fits, fits_both_ways

ONE, OTHER = (scenes.picture(seed, 27, 48, detail=2.0).mean(-1).astype(np.float32) for seed in (1, 2))
PARTS = [
    Part.middle((48, 27), (48, 27), (38, 22)),
    Part.middle((48, 27), (43, 24), (30, 17)),
    Part.middle((48, 27), (26, 15), (18, 10)),
    Part.middle((48, 27), (24, 14), (24, 14)),
]


@pytest.mark.parametrize("part", PARTS, ids=lambda part: f"{len(part.across)}x{len(part.down)} of {part.size[0]}")
def test_parts_fit_as_opencv_matches_them(part):
    """Shrunk as it shrinks by area, at the same place and with the same correlation."""
    for picture, other in ((ONE, OTHER), (OTHER, ONE), (ONE, ONE)):
        small = cv2.resize(other, part.size, interpolation=cv2.INTER_AREA)
        (left, top), rows, columns = part.corner, len(part.down), len(part.across)
        cut = np.ascontiguousarray(small[top : top + rows, left : left + columns])
        np.testing.assert_allclose(part.of(other[None])[0].reshape(rows, columns), cut, atol=1e-6)
        _, alike, _, place = cv2.minMaxLoc(cv2.matchTemplate(picture, cut, cv2.TM_CCOEFF_NORMED))
        found = fits(picture[None], other[None], [part], 0.0)
        assert found.alike[0, 0] == pytest.approx(alike, abs=1e-4)
        assert tuple(found.places[0, 0]) == place


def test_many_are_looked_for_at_once_as_one_by_one():
    """Each in its own picture, and both ways."""
    ones, others = np.stack([ONE, OTHER, ONE]), np.stack([OTHER, ONE, ONE])
    there, back = fits_both_ways(ones, others, PARTS, 0.0)
    for k, (one, other) in enumerate(zip(ones, others, strict=True)):
        for found, alone in (
            (there, fits(one[None], other[None], PARTS, 0.0)),
            (back, fits(other[None], one[None], PARTS, 0.0)),
        ):
            np.testing.assert_allclose(found.alike[k], alone.alike[0], atol=1e-6)
            np.testing.assert_array_equal(found.places[k], alone.places[0])


def test_nothing_even_fits():
    """Neither an even part, whose contrast is under the least, nor any part in an even picture."""
    even, faint = np.full((27, 48), 0.5, np.float32), 0.5 + 0.01 * (ONE - ONE.mean())
    assert not fits(even[None], ONE[None], PARTS, 0.0).alike.any()
    assert not fits(ONE[None], even[None], PARTS, 1e-3).alike.any()
    assert not fits(ONE[None], faint[None], PARTS, 0.01).alike.any()
    assert fits(ONE[None], faint[None], PARTS, 0.0).alike[0, 0] > 0.99
