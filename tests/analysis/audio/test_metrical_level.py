"""Which level of a pulse is the beat."""

import numpy as np
import pytest

from clipzy.analysis.audio.metrical_level import backbeat, settle
from drummed import SECONDS, counted, drummed, heard


def test_every_second_beat_goes_where_the_backbeat_says_so():
    """Beats at 160 whose every fourth is a snare, weak in between, are beats at 80, whose bars begin where the network says."""
    times, numbers = counted(0.375)
    activations = heard(times, (0.9, 0.4), downbeats=times[2::8])
    settled, places = settle(times, numbers, activations, drummed(0.75, "khshkhsh"))
    np.testing.assert_allclose(settled, times[0::2])
    assert set(settled[places == 1]) == set(times[2::8])


@pytest.mark.parametrize(
    ("beat_s", "pattern", "strengths"),
    [
        (0.375, "khshkhsh", (0.9, 0.4)),
        (0.375, "khkhkhkh", (0.9, 0.4)),
        (0.75, "khshkhsh", (0.9, 0.9)),
        (0.75, "khbhkhbh", (0.9, 0.5)),
    ],
    ids=["snare-on-2-and-4", "no-snare", "slow", "slow-with-kicks-throughout"],
)
def test_right_beats_stay(beat_s, pattern, strengths):
    """Where the drums go with the beats nothing changes, weak beats or not."""
    times, numbers = counted(beat_s)
    settled, places = settle(times, numbers, heard(times, strengths), drummed(beat_s, pattern))
    np.testing.assert_array_equal(settled, times)
    np.testing.assert_array_equal(places, numbers)


def test_strong_beats_between_stay():
    """Where every beat is as strong as the next, a slow backbeat alone halves no tempo: that may be half-time."""
    times, numbers = counted(0.375)
    settled, _ = settle(times, numbers, heard(times, (0.9, 0.85)), drummed(0.75, "khshkhsh"))
    np.testing.assert_array_equal(settled, times)


def test_kicks_between_the_beats_double_them():
    """A kick on every beat and between any two, and a snare between all, are of twice the tempo."""
    times, numbers = counted(0.7)
    settled, _ = settle(times, numbers, heard(times, (0.9,)), drummed(0.7, "kb"))
    assert np.diff(settled) == pytest.approx(0.35)


def test_a_backbeat_in_between_doubles_them_where_the_network_hears_beats_there():
    """Snares half way between the beats, and no other backbeat, are of twice the tempo; where the network hears nothing there, they are not."""
    times, numbers = counted(0.7)
    flux = drummed(0.7, "ks")
    doubled, _ = settle(times, numbers, heard(np.arange(0.5, SECONDS - 0.1, 0.35), (0.9, 0.6)), flux)
    assert np.diff(doubled) == pytest.approx(0.35)
    alone, _ = settle(times, numbers, heard(times, (0.9,)), flux)
    np.testing.assert_array_equal(alone, times)


@pytest.mark.parametrize("strengths", [(0.9, 0.5), (0.9, 0.85)], ids=["weaker", "as strong"])
def test_beats_that_kick_and_snare_leave_out_go_where_they_are_weaker(strengths):
    """A waltz at 90 counted at 180, with hats alone between its beats, is halved, unless the network hears all beats alike."""
    times, numbers = counted(1 / 3, meter=3)
    settled, _ = settle(times, numbers, heard(times, strengths), drummed(2 / 3, "khshsh"))
    assert np.diff(settled) == pytest.approx(2 / 3 if strengths[1] < 0.8 else 1 / 3)


def test_beats_of_which_the_network_heard_nothing_stay():
    """None of them is weaker than the others."""
    times, numbers = counted(0.375)
    settled, _ = settle(times, numbers, np.zeros((int(SECONDS * 50), 3)), drummed(0.75, "khshkhsh"))
    np.testing.assert_array_equal(settled, times)


def test_the_click_of_a_kick_is_no_backbeat():
    """Where strong kicks alone take turns with nothing, no snare is told from their clicks."""
    times, _ = counted(0.5)
    assert backbeat(times, drummed(0.5, "k-h-")) < 0.1


@pytest.mark.parametrize(
    ("beat_s", "settled_s", "pattern"),
    [(0.7, 0.35, "kk"), (0.7, 0.35, "kkbk"), (0.35, 0.7, "k-h-")],
    ids=["counted at half", "with a snare on every second", "counted twice"],
)
def test_a_kick_that_keeps_the_time_is_the_beat(beat_s, settled_s, pattern):
    """Kicks in even time with nothing but hats between are the beats, though the network hears the others as strong, or them less."""
    times, numbers = counted(beat_s)
    settled, places = settle(times, numbers, heard(times, (0.9,)), drummed(beat_s, pattern))
    assert np.diff(settled) == pytest.approx(settled_s)
    assert places.max() == 4


def test_kicks_too_fast_to_be_beats_stay_between_them():
    """Kicks on every half beat at 110 a minute come too fast to count."""
    times, numbers = counted(0.545)
    settled, _ = settle(times, numbers, heard(times, (0.9,)), drummed(0.545, "kk"))
    np.testing.assert_array_equal(settled, times)


@pytest.mark.parametrize("start", [0, 1], ids=["counted on the kicks", "counted on the snares"])
def test_kick_and_snare_in_turn_are_both_beats(start):
    """At 81 with a snare between all kicks, the beats are those of 162, whichever of both were counted and the others hardly heard."""
    times, numbers = counted(0.74)
    activations = heard(np.arange(0.5, SECONDS - 0.1, 0.37), (0.9, 0.3))
    settled, _ = settle(times, numbers, activations, drummed(0.74, "ks"[start:] + "ks"[:start]))
    assert np.diff(settled) == pytest.approx(0.37)


@pytest.mark.parametrize(("between", "settled_s"), [(0.6, 0.4), (0.2, 0.8)], ids=["heard", "not heard"])
def test_a_figure_of_the_kick_that_repeats_within_the_beat_halves_it(between, settled_s):
    """A kick on each half of a beat and just before makes two beats of one, where the network hears something there."""
    times, numbers = counted(0.8)
    activations = heard(np.arange(0.5, SECONDS - 0.1, 0.4), (0.9, between))
    settled, _ = settle(times, numbers, activations, drummed(0.2, "k--k" * 2))
    assert np.diff(settled) == pytest.approx(settled_s)


def test_beats_go_to_the_kicks():
    """Where every kick falls half way between the beats, they lie there."""
    times, numbers = counted(0.5)
    settled, _ = settle(times, numbers, heard(times, (0.7,)), drummed(0.5, "hk"))
    np.testing.assert_allclose(settled, (times[1:] + times[:-1]) / 2)


@pytest.mark.parametrize("shift", [0, 1, 2])
def test_a_stroke_in_the_middle_makes_a_bar_of_two(shift):
    """Three beats with strokes on one and half way to its next alone are two, wherever their bar is thought to begin."""
    times, numbers = counted(0.5, meter=3)
    flux = drummed(0.75, "khsh")
    settled, places = settle(times, np.roll(numbers, shift), heard(times, (0.8,)), flux)
    assert np.diff(settled) == pytest.approx(0.75)
    np.testing.assert_allclose(settled[:2], [0.5, 1.25])
    assert set(places) == {1, 2, 3, 4}


@pytest.mark.parametrize(("beat_s", "meter", "pattern"), [(0.95, 3, "khsh"), (0.6, 4, "khshkhsh")])
def test_no_tempo_falls_below_the_decoders_own(beat_s, meter, pattern):
    """Beats at 63 in three, or at 100, are not made fewer: they would come slower than 55 a minute."""
    times, numbers = counted(beat_s, meter)
    flux = drummed(beat_s * (1.5 if meter == 3 else 2), pattern)
    settled, _ = settle(times, numbers, heard(times, (0.9, 0.4) if meter == 4 else (0.8,)), flux)
    np.testing.assert_array_equal(settled, times)


def test_a_waltz_stays_in_three():
    """With strokes on its second and third beat a bar of three is one."""
    times, numbers = counted(0.5, meter=3)
    settled, places = settle(times, numbers, heard(times, (0.8,)), drummed(0.5, "khshsh"))
    np.testing.assert_array_equal(settled, times)
    np.testing.assert_array_equal(places, numbers)


def test_without_onsets_nothing_is_settled():
    """What is not known of the drums changes nothing."""
    times, numbers = counted(0.375)
    settled, _ = settle(times, numbers, heard(times, (0.9, 0.4)), np.zeros((0, 3), np.float32))
    np.testing.assert_array_equal(settled, times)


def test_the_backbeat_is_the_difference_of_neighbours():
    """Snares on every second beat differ from those between, snares on all do not, save where kicks take turns."""
    times, _ = counted(0.5)
    assert backbeat(times, drummed(0.5, "khsh")) > 0.6
    assert backbeat(times, drummed(0.5, "shsh")) < 0.1
    assert backbeat(times, drummed(0.5, "bhsh")) > 0.6


def test_beats_on_the_late_halves_of_swung_ones_go_to_the_kicks():
    """Where every kick comes two fifths after a beat, as after a swung off-beat, the beats lie there."""
    times, numbers = counted(0.9)
    settled, _ = settle(times, numbers, heard(times, (0.7,)), drummed(0.9, "k-", start=0.88))
    assert np.abs(settled - (times[:-1] + 0.38)).max() < 0.03
