"""The colours of a video that a plan shows."""

from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest

from clipzy.analysis.look.colour_samples import colour_samples
from clipzy.analysis.look.shown_colours import colours_behind, shown_colours
from clipzy.style.plan import WHOLE_PICTURE, Clip, Crop, CropKey
from clipzy.style.time import Span

RED, GREEN, BLUE = (200, 30, 30), (30, 200, 30), (30, 30, 200)
LEFT, RIGHT = Crop(0.0, 0.0, 0.5, 1.0), Crop(0.5, 0.0, 0.5, 1.0)


def halves(left, right):
    """A picture of two colours side by side, 48x96."""
    return np.concatenate([np.full((48, 48, 3), side, np.uint8) for side in (left, right)], axis=1)


def samples():
    """Four seconds, two pictures a second: red beside green, then red beside blue."""
    pictures = np.stack([halves(RED, GREEN)] * 4 + [halves(RED, BLUE)] * 4)
    times = [0.5 * k + 0.25 for k in range(8)]
    return colour_samples(
        pictures, 8192, sample_times=times, shots=[Span(Fraction(0), Fraction(2)), Span(Fraction(2), Fraction(4))]
    )


def on_the_cut():
    """The same at 23.976 frames a second, where the fifth picture is the first one of the second shot; and the instant of the cut."""
    cut = Fraction(50 * 1001, 24000)
    pictures = np.stack([halves(RED, GREEN)] * 4 + [halves(RED, BLUE)] * 4)
    times = [float(cut * k / 4) for k in range(8)]
    return colour_samples(pictures, 8192, sample_times=times, shots=[Span(Fraction(0), cut), Span(cut, 2 * cut)]), cut


def clip(start, end, crop=WHOLE_PICTURE, path=()):
    """A clip of the source from second to second."""
    return Clip(Span(Fraction(start), Fraction(end)), crop, None, None, "", path)


def shares(found):
    """How much of red, green and blue there is."""
    colours = np.rint(255 * found.of())
    return [float((colours == colour).all(1).mean()) for colour in (RED, GREEN, BLUE)]


def near(found, expected, within=0.03):
    """Whether shares are about as expected: what is shrunk has one mixed column."""
    return bool(np.abs(np.subtract(shares(found), expected)).max() < within)


def test_all_that_is_shown_whole_is_all():
    """Each colour as often as it was sampled."""
    assert near(shown_colours(samples(), [clip(0, 4)], SHOTS), (0.5, 0.25, 0.25))


def test_a_crop_shows_what_lies_in_it_at_its_time():
    """Red alone on the left; green, then blue on the right."""
    assert near(shown_colours(samples(), [clip(0, 4, LEFT)], SHOTS), (1, 0, 0))
    assert near(shown_colours(samples(), [clip(0, 4, RIGHT)], SHOTS), (0, 0.5, 0.5))
    assert near(shown_colours(samples(), [clip(0, 2, RIGHT), clip(2, 4, LEFT)], SHOTS), (0.5, 0.5, 0))


def test_a_moving_crop_is_where_it_is_when_the_picture_was_seen():
    """From left to right within the first two seconds."""
    moving = clip(0, 2, LEFT, (CropKey(Fraction(1), RIGHT),))
    found = shown_colours(samples(), [moving], SHOTS)
    assert 0.2 < shares(found)[0] < 0.5
    assert shares(found)[2] == 0


def test_what_is_left_out_does_not_count_and_what_is_shown_twice_counts_twice():
    """Two seconds, one of them again."""
    found = shown_colours(samples(), [clip(0, 2, RIGHT), clip(2, 4, RIGHT), clip(2, 4, RIGHT)], SHOTS)
    assert near(found, (0, 1 / 3, 2 / 3))


def test_a_plan_too_short_to_have_been_sampled_falls_back_on_all():
    """Between two samples nothing was seen."""
    some = samples()
    assert shown_colours(some, [clip(Fraction(3, 10), Fraction(7, 10))], SHOTS) is some


def test_a_shot_counts_for_as_long_as_it_is_seen():
    """As many colours of each shot are kept, however short: three seconds of red beside green and one of red beside blue are seen as such."""
    pictures = np.stack([halves(RED, GREEN)] * 6 + [halves(RED, BLUE)] * 2)
    shots = [Span(Fraction(0), Fraction(3)), Span(Fraction(3), Fraction(4))]
    kept = colour_samples(pictures, 8192, sample_times=[0.5 * k + 0.25 for k in range(8)], shots=shots)
    assert near(shown_colours(kept, [clip(0, 4)], shots), (0.5, 0.375, 0.125))
    assert near(shown_colours(kept, [clip(0, 2, RIGHT), clip(2, 4, RIGHT)], shots), (0, 0.75, 0.25))


def test_a_clip_over_several_shots_counts_as_the_template_does():
    """Each shot for its own time: a match of a video with itself must find nothing to change. By the nearest sample .8 s would be .75 s, and .3 s .5 s."""
    edges = [Fraction(each) for each in ("0", "0.8", "1.1", "1.9", "2.2", "3.0")]
    shots = [Span(start, end) for start, end in pairwise(edges)]
    times = [0.5 * k + 0.05 for k in range(6)]
    pictures = np.stack([halves(RED, GREEN) if at in {0, 1, 3, 5} else halves(RED, BLUE) for at in range(6)])
    whole = colour_samples(pictures, 8192, sample_times=times, shots=shots)
    shown = shown_colours(whole, [clip(0, 3)], shots)
    for moment in np.unique(whole.moments):
        seconds = [each.seconds[each.moments == moment].sum() for each in (whole, shown)]
        assert seconds[1] == pytest.approx(seconds[0], rel=0.01)


def test_a_clip_counts_for_its_length_and_not_for_its_samples():
    """Of .5 s, with one sample in it, and of 2 s, with four: a fifth is green and the rest blue."""
    found = shown_colours(samples(), [clip(Fraction(8, 10), Fraction(13, 10), RIGHT), clip(2, 4, RIGHT)], SHOTS)
    assert near(found, (0, 0.2, 0.8))


def playing_at(*instants, crop=WHOLE_PICTURE):
    """A clip of the whole source at these instants of it."""
    return [(clip(0, 4, crop), Fraction(instant)) for instant in instants]


SHOTS = [Span(Fraction(0), Fraction(2)), Span(Fraction(2), Fraction(4))]


def test_behind_pictures_of_the_output_lie_the_nearest_samples():
    """For as long as each picture counts, within its crop."""
    assert near(colours_behind(samples(), SHOTS, playing_at("1", "3"), [3, 1]), (0.5, 0.375, 0.125))
    assert near(colours_behind(samples(), SHOTS, playing_at("1", crop=RIGHT), [1]), (0, 1, 0))


def test_behind_a_picture_lies_a_sample_of_its_own_shot():
    """Beside a cut the nearest one may be of another."""
    assert near(
        colours_behind(samples(), [Span(Fraction(0), Fraction("1.6")), *SHOTS[1:]], playing_at("1.55"), [1]),
        (0.5, 0.5, 0),
    )
    late = [Span(Fraction(0), Fraction("2.4")), Span(Fraction("2.4"), Fraction(4))]
    assert near(colours_behind(samples(), late, playing_at("2.41"), [1]), (0.5, 0, 0.5))
    between = colours_behind(samples(), [Span(Fraction(0), Fraction("0.1")), *SHOTS[1:]], playing_at("0.05"), [1])
    assert near(between, (0.5, 0.5, 0))


def test_behind_nothing_lies_all():
    """A crop in which no colour was drawn tells nothing."""
    some = samples()
    assert colours_behind(some, SHOTS, playing_at("1", crop=Crop(0.0, 0.0, 1e-6, 1e-6)), [1]) is some


def test_the_first_picture_of_a_shot_is_none_of_the_clip_before_it():
    """A clip up to a cut shows nothing of what begins there, nor does any picture before the cut."""
    found, cut = on_the_cut()
    shots = [Span(Fraction(0), cut), Span(cut, 2 * cut)]
    assert near(shown_colours(found, [clip(0, cut)], shots), [0.5, 0.5, 0.0])
    assert near(shown_colours(found, [clip(cut, 2 * cut)], shots), [0.5, 0.0, 0.5])
    last = cut - Fraction(1001, 24000)
    assert near(colours_behind(found, shots, [(clip(0, cut), last)], [1.0]), [0.5, 0.5, 0.0])
