"""Colour of a video: grade, palette, consistency, and the colours drawn for the look."""

from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest

from clipzy.analysis.look.colour import measure_colour
from clipzy.analysis.look.colour_samples import colour_samples
from clipzy.style.dna import ColorGrade
from clipzy.style.measurements import PaletteColor
from clipzy.style.time import Span
from synth_pictures import graded, textured_frame

SIZE = (160, 90)
RED, BLUE = (200, 40, 40), (40, 40, 200)


def flat(colour, count):
    """Samples of one colour, (count, 90, 160, 3)."""
    return np.full((count, 90, 160, 3), colour, np.uint8)


def textures(count=8, **grade):
    """Samples of different textures, graded alike."""
    return np.stack([graded(textured_frame(seed, SIZE), **grade) for seed in range(count)])


def shots(*lengths):
    """Shots that follow one another, by their lengths in seconds."""
    ends = np.cumsum((0, *lengths))
    return tuple(Span(Fraction(int(a)), Fraction(int(b))) for a, b in pairwise(ends))


def seconds(count):
    """Sample times half way into each second."""
    return [k + 0.5 for k in range(count)]


def measured(samples, cut=()):
    """Measure with a sample a second."""
    return measure_colour(samples, seconds(len(samples)), cut or shots(len(samples)))


@pytest.mark.parametrize(
    ("slider", "low", "high"),
    [
        ("temperature", {"warmth": -0.5}, {"warmth": 0.5}),
        ("saturation", {"saturation": 0.2}, {"saturation": 2.0}),
        ("contrast", {"contrast": 0.5}, {"contrast": 1.5}),
    ],
)
def test_sliders_follow_the_grade(slider, low, high):
    """The same pictures graded one way and the other differ in that slider by 20 points and more."""
    apart = [getattr(measured(textures(**grade)).grade, slider) for grade in (low, high)]
    assert apart[1] - apart[0] > 20


def test_a_black_video_has_no_colours():
    """Nothing seen: neutral, black, and not to be relied on."""
    colour = measured(flat((3, 3, 3), 4))
    assert colour.grade == ColorGrade()
    assert colour.palette == (PaletteColor("#000000", 1.0),)
    assert colour.confidence == 0
    assert colour.mean_luma == pytest.approx(3 / 255)


def test_brightness_is_of_what_is_seen_for_as_long_as_it_is_seen():
    """Black frames do not count, and a sample counts for all the time that it stands for."""
    samples = np.concatenate([flat((0, 0, 0), 3), flat((200, 200, 200), 1)])
    assert measure_colour(samples, [0, 0.5, 1, 1.5], []).mean_luma == pytest.approx(200 / 255)
    samples = np.concatenate([flat((200, 200, 200), 1), flat((50, 50, 50), 2)])
    found = measure_colour(samples, [0, 9.5, 10], shots(9, 2)).mean_luma
    assert found == pytest.approx((200 * 9 + 50 * 2) / 11 / 255)


def test_palette_names_the_colours_and_their_shares():
    """Three quarters of red and a quarter of blue are found, the larger first."""
    samples = flat(RED, 5)
    samples[:, :, 120:] = BLUE
    palette = measured(samples).palette
    assert [each.color for each in palette] == ["#c82828", "#2828c8"]
    np.testing.assert_allclose([each.share for each in palette], [0.75, 0.25], atol=0.01)


def test_palette_of_a_rich_picture_is_five_colours_that_share_it_all():
    """Shares fall and sum to one."""
    shares = [each.share for each in measured(textures()).palette]
    assert len(shares) == 5
    assert shares == sorted(shares, reverse=True)
    assert sum(shares) == pytest.approx(1)


def test_colours_count_for_as_long_as_they_are_seen():
    """A shot of one second weighs a ninth of one of nine, as do both where no boundary was found between them."""
    samples = np.concatenate([flat(RED, 1), flat(BLUE, 9)])
    for cut in (shots(1, 9), shots(10)):
        np.testing.assert_allclose([each.share for each in measured(samples, cut).palette], [0.9, 0.1], atol=0.01)


def test_a_sample_counts_for_all_that_is_nearest_to_it():
    """However samples are spread: one that is alone in four seconds weighs as much as ten that share four."""
    times = [*np.linspace(0.2, 3.8, 10), 6.0]
    samples = np.concatenate([flat(RED, 10), flat(BLUE, 1)])
    palette = measure_colour(samples, times, shots(4, 4)).palette
    np.testing.assert_allclose([each.share for each in palette], [0.5, 0.5], atol=0.01)
    drawn = colour_samples(samples, 1000, sample_times=times, shots=shots(4, 4)).of(count=1000)
    assert abs((drawn[:, 0] > 0.5).sum() - 500) <= 1


def test_transitions_and_black_frames_are_left_out():
    """Samples between shots and black ones colour nothing."""
    samples = np.concatenate([flat(RED, 2), flat(BLUE, 1), flat((0, 0, 0), 1), flat(RED, 2)])
    between = (Span(Fraction(0), Fraction(2)), Span(Fraction(3), Fraction(6)))
    assert [each.color for each in measured(samples, between).palette] == ["#c82828"]


def test_samples_outside_every_shot_count_when_there_are_no_others():
    """A video that is one long transition is still described."""
    nowhere = (Span(Fraction(90), Fraction(91)),)
    assert [each.color for each in measured(flat(RED, 3), nowhere).palette] == ["#c82828"]


def test_bars_colour_nothing():
    """A letterboxed video is described as the same video without bars, up to the pixels the shrinking mixes."""
    plain = textures()
    boxed = np.pad(plain, ((0, 0), (20, 20), (0, 0), (0, 0)))
    one, other = measured(plain), measured(boxed)
    assert one.grade == other.grade
    assert one.palette == other.palette


def test_like_shots_are_consistent_and_unlike_ones_are_not():
    """Consistency is 1 for one look, and falls as shots part."""
    same = measured(flat(RED, 4), shots(2, 2)).consistency
    apart = measured(np.concatenate([flat(RED, 2), flat(BLUE, 2)]), shots(2, 2)).consistency
    near = measured(np.concatenate([flat(RED, 2), flat((180, 50, 45), 2)]), shots(2, 2)).consistency
    assert same == pytest.approx(1)
    assert apart < 0.2 < near < 1


def test_each_shot_tells_its_own_colour():
    """Mean as #rrggbb, lightness, and no contrast and chroma where there is none."""
    grey = flat((128, 128, 128), 4)
    first, second = measured(np.concatenate([flat(RED, 4), grey]), cut=shots(4, 4)).shots
    assert (first.shot, second.shot) == (0, 1)
    assert (first.mean_color, second.mean_color) == ("#{:02x}{:02x}{:02x}".format(*RED), "#808080")
    assert first.chroma > 0.1 > second.chroma
    assert second.lightness == pytest.approx(0.6, abs=0.01)  # of OKLab, for half grey
    assert first.contrast == pytest.approx(0, abs=1e-6)


def test_confidence_grows_with_the_shots():
    """Content averages out over shots: ten say more than one, none says all."""
    few, many = (measured(textures(10), shots(*lengths)).confidence for lengths in ((10,), (1,) * 10))
    assert 0 < few < many < 0.8


@pytest.mark.parametrize(("samples", "times"), [(flat(RED, 0), []), (flat(RED, 2), [0.5])], ids=["none", "unlike"])
def test_samples_need_times(samples, times):
    """No samples, or samples without as many times, are refused."""
    with pytest.raises(ValueError, match="samples"):
        measure_colour(samples, times, ())


def test_drawn_colours_are_those_of_the_picture():
    """As many float32 colours in 0..1 as asked for, with the picture's mean."""
    samples = textures()
    drawn = colour_samples(samples).of(count=4096)
    assert (drawn.shape, drawn.dtype) == ((4096, 3), np.float32)
    assert 0 <= drawn.min() <= drawn.max() <= 1
    np.testing.assert_allclose(drawn.mean(0), samples.mean((0, 1, 2)) / 255, atol=0.01)


def test_the_same_colours_are_drawn_again():
    """Of the same samples."""
    samples = textures()
    np.testing.assert_array_equal(colour_samples(samples, 500).colours, colour_samples(samples, 500).colours)


def test_shots_say_nothing_of_samples_without_times():
    """All samples are drawn from alike then, whatever the shots."""
    samples = np.concatenate([flat(RED, 5), flat(BLUE, 5)])
    drawn = colour_samples(samples, 1000, shots=shots(1, 9)).of(count=1000)
    assert abs((drawn[:, 0] > 0.5).sum() - 500) <= 1


def test_shots_are_drawn_from_alike_and_count_by_their_length():
    """Half of the colours that are kept are of each of two shots, and of those that a look is made of a tenth and nine tenths, to within one colour."""
    samples = np.concatenate([flat(RED, 1), flat(BLUE, 9)])
    drawn = colour_samples(samples, 1000, sample_times=seconds(10), shots=shots(1, 9))
    assert abs((drawn.colours[:, 0] > 127).sum() - 500) <= 1
    assert abs((drawn.of(count=1000)[:, 0] > 0.5).sum() - 100) <= 1


def test_black_frames_and_bars_are_not_drawn_from():
    """Only what is seen is drawn."""
    samples = np.concatenate([flat(RED, 4), flat((0, 0, 0), 4)])
    samples[:, :10] = samples[:, -10:] = 0
    np.testing.assert_allclose(
        colour_samples(samples, 300).of(count=300), np.tile(np.array(RED) / 255, (300, 1)), atol=1e-6
    )


def test_a_black_video_is_drawn_from_as_it_is():
    """Black is drawn when there is nothing else."""
    np.testing.assert_array_equal(colour_samples(flat((0, 0, 0), 3), 10).of(count=10), np.zeros((10, 3), np.float32))


def test_colours_of_some_shots_are_of_those_alone():
    """As many as asked for, from each by its length, whichever shots they are."""
    samples = np.concatenate([flat(RED, 1), flat(BLUE, 9), flat((120, 120, 120), 2)])
    drawn = colour_samples(samples, 1000, sample_times=seconds(12), shots=shots(1, 9, 2))
    some = drawn.of((0, 2), 600)
    assert some.shape == (600, 3)
    assert abs((some[:, 0] - some[:, 2] > 0.3).sum() - 200) <= 2
    assert not (some[:, 2] - some[:, 0] > 0.3).any()


def test_a_video_of_many_shots_keeps_colours_for_a_look_of_each():
    """Two shots keep twice as many as one; a hundred do not keep a hundred times as many."""
    kept = [
        len(colour_samples(textures(10), sample_times=seconds(10), shots=shots(*lengths)).shots)
        for lengths in ((10,), (5, 5), (1,) * 10)
    ]
    assert kept[1] == 2 * kept[0]
    assert kept[2] == 8 * kept[0]


def test_colours_of_a_shot_that_was_not_seen_are_refused():
    """There is nothing to make a look of."""
    with pytest.raises(ValueError, match="no colour was seen of the shots 7"):
        colour_samples(flat(RED, 4)).of((7,))
