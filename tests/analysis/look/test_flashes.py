"""Flashes of light count for nothing in a video's colours, unless they are what it shows."""

from fractions import Fraction

import cv2
import numpy as np
import pytest

import synth
from clipzy.analysis.framing.bars import Bars
from clipzy.analysis.look.colour import measure_colour
from clipzy.analysis.look.colour_samples import colour_samples, small_samples
from clipzy.analysis.look.flashes import steady
from clipzy.style.time import Span

RATE, SECONDS = 30, 6
SIZE = (160, 90)
SLIDERS = ("contrast", "highlights", "shadows", "saturation", "temperature", "tint")


def pictures(every=None, first=0, length=1):
    """One dim picture for six seconds, white for `length` frames every so many, from frame `first` on."""
    shown = np.repeat(synth.textured_frame(1, SIZE)[None] // 2, RATE * SECONDS, axis=0)
    for start in range(first, len(shown), every or len(shown) + 1):
        if every:
            shown[start : start + length] = 255
    return shown


def analysed(shown):
    """The colours of a video of these pictures, sampled each half second, and the samples without flashes."""
    at = np.arange(0, len(shown), RATE // 2)
    frames = np.stack([cv2.resize(picture, (48, 27), interpolation=cv2.INTER_AREA) for picture in shown])
    samples, times = shown[at], (at / RATE).tolist()
    edges_s = np.arange(len(shown) + 1) / RATE
    calm = steady(small_samples(samples, Bars()), Bars(), SIZE, at=at, frames=frames, edges_s=edges_s)
    shots = (Span(Fraction(0), Fraction(SECONDS)),)
    colour = measure_colour(samples, times, shots, Bars(), calm.small)
    return colour, colour_samples(
        samples, sample_times=times, shots=shots, bars=Bars(), small=calm.small, detail_of=calm.detail_of
    )


def sliders(colour):
    """The six of a grade."""
    return [getattr(colour.grade, name) for name in SLIDERS]


@pytest.mark.parametrize(
    ("every", "first", "length"),
    [(30, 15, 1), (30, 19, 1), (15, 15, 1), (15, 14, 3), (15, 20, 1)],
    ids=["60 on the grid", "60 beside it", "120 on the grid", "three frames each", "120 beside it"],
)
def test_flashes_on_beats_leave_the_colours_what_they_are(every, first, length):
    """Wherever beats fall to the moments that are sampled."""
    colour, drawn = analysed(pictures(every, first, length))
    truth, plain = analysed(pictures())
    np.testing.assert_allclose(sliders(colour), sliders(truth), atol=4)
    assert colour.mean_luma == pytest.approx(truth.mean_luma, abs=0.01)
    assert drawn.colours.max() < 250
    np.testing.assert_allclose(drawn.colours.mean(0), plain.colours.mean(0), atol=2)


def test_pixels_side_by_side_are_those_of_pictures_between_flashes():
    """White has no noise, by which looks are bounded."""
    _, drawn = analysed(pictures(30, 15))
    assert drawn.pairs.max() < 250


def test_a_strobe_is_the_look():
    """Lit for half of the time, it is seen as what it is."""
    colour, _ = analysed(pictures(2, 1))
    assert colour.mean_luma > 0.4


def test_lightning_in_the_night_is_what_is_seen_of_it():
    """Between flashes all is black, which counts for nothing."""
    shown = pictures()
    lit = np.arange(len(shown)) % RATE == RATE // 2
    shown[~lit] = 0
    colour, _ = analysed(shown)
    assert colour.confidence > 0


def test_a_bright_picture_that_stays_for_a_while_counts():
    """At one picture a second a single frame is seen for a second."""
    shown = pictures()[:9]
    shown[4] = 255
    frames = np.stack([cv2.resize(picture, (48, 27), interpolation=cv2.INTER_AREA) for picture in shown])
    small = small_samples(shown, Bars())
    calm = steady(small, Bars(), SIZE, at=np.arange(9), frames=frames, edges_s=np.arange(10.0))
    assert calm.small is small
