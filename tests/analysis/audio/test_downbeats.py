"""Which beats begin a bar."""

import numpy as np
import pytest

from clipzy.analysis.audio.downbeats import in_bars
from drummed import SECONDS, counted, drummed, heard

BEAT_S = 0.5
ROCK, WALTZ = "khshkhsh", "khshsh"


def counted_from(first, meter=4):
    """Beats and their places, where the bar begins with that of the first beats."""
    times, _ = counted(BEAT_S)
    return times, (np.arange(len(times)) - first) % meter + 1


@pytest.mark.parametrize(("meter", "first"), [(4, 0), (4, 1), (3, 1), (3, 2)])
def test_a_kick_on_every_third_beat_begins_bars_of_three(meter, first):
    """However they were counted, and whatever the network takes for a downbeat."""
    times, numbers = counted_from(first, meter)
    places = in_bars(times, numbers, heard(times, (0.9,), downbeats=times[first::meter]), drummed(BEAT_S, WALTZ))
    np.testing.assert_array_equal(places, counted_from(0, 3)[1])


@pytest.mark.parametrize("surer", [0, 2])
@pytest.mark.parametrize("first", [1, 3])
def test_bars_of_four_do_not_begin_on_the_backbeat(first, surer):
    """They begin with the one of the other two beats that the network is surer of."""
    times, numbers = counted_from(first)
    places = in_bars(times, numbers, heard(times, (0.9,), downbeats=times[surer::4]), drummed(BEAT_S, ROCK))
    np.testing.assert_array_equal(places, counted_from(surer)[1])


@pytest.mark.parametrize(
    ("first", "pattern"),
    [(0, ROCK), (2, ROCK), (1, "khkhkhkh"), (1, "bhbhbhbh"), (1, "khkhkhsh"), (0, WALTZ.replace("s", "k"))],
    ids=["on the first", "on the third", "no snare", "snare throughout", "one snare a bar", "kick throughout"],
)
def test_bars_stay_where_the_drums_do_not_speak_against_them(first, pattern):
    """Beats one and three are alike to the drums, and without a backbeat on two beats of four so are all."""
    times, numbers = counted_from(first)
    places = in_bars(times, numbers, heard(times, (0.9,), downbeats=times[3::4]), drummed(BEAT_S, pattern))
    np.testing.assert_array_equal(places, numbers)


def test_the_click_of_a_kick_is_no_snare():
    """Where kick and snare take turns with a snare alone that sounds softer, the bars begin on the kick."""
    times, numbers = counted_from(0)
    flux = drummed(BEAT_S, "bhshbhsh")
    flux[:, 1] = np.where(flux[:, 0] < 0.5, flux[:, 1] / 3, flux[:, 1])
    places = in_bars(times, numbers, heard(times, (0.9,), downbeats=times[1::4]), flux)
    np.testing.assert_array_equal(places, numbers)


def test_bars_that_shift_on_the_way_stay():
    """A beat too much in the middle leaves no place in four for all."""
    times, numbers = counted_from(1)
    half = len(numbers) // 2
    shifted = np.concatenate([numbers[:half], np.roll(numbers, 1)[half:]])
    places = in_bars(times, shifted, heard(times, (0.9,)), drummed(BEAT_S, ROCK))
    np.testing.assert_array_equal(places, shifted)


def test_bars_stay_where_nothing_is_heard():
    """No onsets at all, or too few beats to tell."""
    times, numbers = counted_from(1)
    silent = np.zeros((int(SECONDS * 50), 3))
    np.testing.assert_array_equal(in_bars(times, numbers, silent, silent), numbers)
    np.testing.assert_array_equal(in_bars(times, numbers, silent, silent[:0]), numbers)
    np.testing.assert_array_equal(
        in_bars(times[:8], numbers[:8], heard(times, (0.9,)), drummed(BEAT_S, ROCK)), numbers[:8]
    )
