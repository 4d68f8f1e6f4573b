"""Videos of one tone with other colours laid over them."""

from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest

from clipzy.analysis.look.colour_samples import colour_samples
from clipzy.analysis.look.tone_beneath import tone_beneath
from clipzy.style.standing_text import StandingText
from clipzy.style.time import Span
from synth_pictures import textured_frame

RED = (230, 25, 25)
SEPIA = np.array((1.0, 0.85, 0.65))


def grey(tint=(1.0, 1.0, 1.0)):
    """Three shots of four samples, (12, 90, 160, 3) uint8."""
    shots = [textured_frame(seed, size=(160, 90)).mean(-1, keepdims=True) * tint for seed in (1, 2, 3)]
    return np.repeat(np.stack(shots), 4, 0).astype(np.uint8)


def seen(pictures, *cuts):
    """Their colours: two samples a second, one shot between two cuts."""
    edges = [Fraction(edge, 2) for edge in (0, *cuts, len(pictures))]
    spans = [Span(start, end) for start, end in pairwise(edges)]
    return colour_samples(pictures, sample_times=np.arange(len(pictures)) / 2 + 0.25, shots=spans)


def sureness(pictures, *cuts, texts=()):
    """How sure the tone is, 0 for none."""
    tone = tone_beneath(seen(pictures, *cuts), texts)
    return 0 if tone is None else tone.sureness


@pytest.mark.parametrize("tint", [(1, 1, 1), SEPIA], ids=["grey", "sepia"])
@pytest.mark.parametrize("side", [5, 12, 20], ids=["small", "1 %", "3 %"])
def test_a_mark_in_the_corner_hides_no_tone(tint, side):
    """A channel's red square, up to 3 % of the picture, in every shot."""
    pictures = grey(tint)
    pictures[:, 6 : 6 + side, -6 - side : -6] = RED
    assert sureness(pictures, 4, 8) == 1
    tone = tone_beneath(seen(pictures, 4, 8), ())
    np.testing.assert_allclose(
        tone.at(np.array([0.5])), tone_beneath(seen(grey(tint), 4, 8), ()).at(np.array([0.5])), atol=0.005
    )


def test_a_wide_red_wall_is_a_colour():
    """A tenth of the picture is no mark."""
    pictures = grey()
    pictures[:, :, :16] = RED
    assert sureness(pictures, 4, 8) == 0


def test_a_red_coat_that_walks_by_is_a_colour():
    """As large as a mark, but everywhere in turn."""
    pictures = grey()
    for at, picture in enumerate(pictures):
        picture[40:55, 12 * at : 12 * at + 14] = RED
    assert sureness(pictures, 4, 8) == 0


def test_captions_in_yellow_hide_no_tone():
    """Where text was read, and only there, colours do not count."""
    pictures = grey()
    pictures[4:9, 70:78, 30:130:3] = (240, 220, 30)
    text = StandingText(2.0, 4.5, 30 / 160, 70 / 90, 130 / 160, 78 / 90)
    assert sureness(pictures, 4, 8) == 0
    assert sureness(pictures, 4, 8, texts=[text]) == 1


@pytest.mark.parametrize(("seconds", "expected"), [(1, 1), (3, 0)], ids=["short", "long"])
def test_a_short_end_card_hides_no_tone(seconds, expected):
    """Red all over, at the end: of 7 s or 9 s in all."""
    card = np.full((2 * seconds, 90, 160, 3), RED, np.uint8)
    assert sureness(np.concatenate([grey(), card]), 4, 8, 12) == expected


def test_a_page_with_a_logo_has_colours():
    """White with grey lines and little else: nothing says that its film is in black and white."""
    pages = np.full((12, 90, 160, 3), 255, np.uint8)
    pages[:, 30:80:10, 20:140] = 60
    pages[:, 6:18, 10:22] = RED
    assert sureness(pages, 4, 8) == 0


def test_text_over_all_of_the_picture_leaves_none_to_judge():
    """Nothing is seen beneath it."""
    pictures = grey()
    pictures[:, :, :80] = RED
    assert sureness(pictures, 4, 8, texts=[StandingText(0.0, 6.0, 0.0, 0.0, 1.0, 1.0)]) == 0
