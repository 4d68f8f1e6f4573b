"""Virtual cuts: as many as the template has, on beats, never too close, never in a transition."""

from fractions import Fraction
from itertools import pairwise

import pytest

import measured
from clipzy.style.dna import MOST_CUTS_A_MINUTE, BeatBand, TransitionType
from clipzy.style.measurements import Beat, Boundary
from clipzy.style.pacing import CLEAR_OF_TRANSITION, SHORTEST, paced, takes_between

SECONDS = Fraction(40)


def beats(period_s=0.5, count=80):
    """Every fourth one a downbeat."""
    return tuple(Beat(k * period_s, 0.9, BeatBand.BASS, downbeat=k % 4 == 0) for k in range(count))


def cut_up(cut_frequency, footage=None, music=(), boundaries=None):
    """The takes of footage of 40 s after pacing, and what was said."""
    video = footage or measured.video(shots=1)
    takes = takes_between(video.boundaries if boundaries is None else boundaries, SECONDS)
    return paced(takes, video, music, cut_frequency)


def starts(takes):
    """Where virtual cuts are made, in seconds."""
    return [float(take.span.start) for take in takes if take.virtual]


@pytest.mark.parametrize("music", [(), beats()], ids=["silence", "music"])
@pytest.mark.parametrize("cut_frequency", [3.0, 15.0, 30.0, 60.0])
def test_the_templates_density_is_reached(cut_frequency, music):
    """Cuts a minute, to the whole cut, with the footage covered from end to end."""
    takes, _ = cut_up(cut_frequency, music=music)
    assert len(takes) - 1 == round(cut_frequency * 40 / 60)
    assert (takes[0].span.start, takes[-1].span.end) == (0, SECONDS)
    assert all(one.span.end == next_one.span.start for one, next_one in pairwise(takes))


def test_of_more_cuts_than_there_is_room_for_as_many_are_made_as_there_is():
    """The most that a style may ask for."""
    takes, said = cut_up(MOST_CUTS_A_MINUTE)
    assert len(takes) == SECONDS / SHORTEST
    assert said.endswith("there is no room for more")


def test_cuts_fall_on_beats_and_rather_on_downbeats():
    """All of them where beats are close enough; more downbeats than chance would give."""
    takes, said = cut_up(24.0, music=beats())
    times = starts(takes)
    assert all(time * 2 == int(time * 2) for time in times)
    assert sum(time % 2 == 0 for time in times) > 0.5 * len(times)  # by chance a quarter
    assert said.startswith("16 virtual cuts, 16 of them on beats")
    assert {take.reason.rpartition(" ")[0] for take in takes if take.virtual} <= {
        "virtual cut on downbeat",
        "virtual cut on beat",
    }


def test_a_dense_template_cuts_no_faster_than_eyes_follow():
    """Ten cuts a second are not made of anything; the sentence says so."""
    takes, said = cut_up(600.0)
    assert min(take.span.duration for take in takes) >= SHORTEST
    assert said.endswith("there is no room for more")


def test_a_slow_template_leaves_the_footages_cuts():
    """What the footage has is not taken away."""
    takes, said = cut_up(3.0, measured.video(shots=10))
    assert len(takes) == 10
    assert starts(takes) == []
    assert said == "cuts kept: the template's 3 cuts a minute are 2 in this time, and the footage has 9"


def test_long_takes_are_divided_first():
    """Takes of 30 s and of 10 s: of three cuts the long one gets three."""
    video = measured.video(shots=2, boundaries=(measured.cut_at(30),))
    takes, _ = cut_up(6.0, video)
    assert all(time < 30 for time in starts(takes))
    assert len(starts(takes)) == 3


def test_no_cut_is_made_in_a_transition():
    """Nor close to one; the dissolve stays inside of its take, and counts as a change."""
    dissolve = Boundary(Fraction(19), Fraction(21), TransitionType.DISSOLVE, 0.9)
    video = measured.video(shots=2, boundaries=(dissolve,))
    takes, said = cut_up(90.0, video, music=beats())
    clear = (dissolve.start - CLEAR_OF_TRANSITION, dissolve.end + CLEAR_OF_TRANSITION)
    assert not [time for time in starts(takes) if clear[0] < time < clear[1]]
    assert said.endswith("and the footage has 1")


def test_beats_too_far_away_draw_nothing():
    """Music with a beat every eight seconds: a cut is on one of them or where an even division puts it."""
    times = starts(cut_up(30.0, music=beats(8.0, 5))[0])
    even = [40 / 21 * number for number in range(1, 21)]
    drawn = [time for time in times if time % 8 == 0]
    assert drawn == [8.0, 16.0, 24.0, 32.0]
    assert {round(time, 6) for time in times} - set(drawn) <= {round(time, 6) for time in even}
