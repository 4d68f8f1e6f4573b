"""What the output of a plan shows when."""

from bisect import bisect_left
from dataclasses import replace
from fractions import Fraction

import pytest

from clipzy.media.rendering.cadence import place, shown
from clipzy.style.dna import Transition, TransitionType
from clipzy.style.measurements import Boundary
from clipzy.style.plan import WHOLE_PICTURE, Clip, Crop, CropKey, EditPlan, OutputFormat, Slowed
from clipzy.style.shown import changes_shown, shows_all, when_shown
from clipzy.style.time import Span
from source_moments import source_moments

FADE = Transition(TransitionType.FADE, 400)
CLOSER = Crop(0.1, 0.1, 0.7, 0.7)


def clip(start, end, crop=WHOLE_PICTURE, transition=None):
    """A clip of the source from second to second."""
    return Clip(Span(Fraction(start), Fraction(end)), crop, None, transition, "")


def plan(*clips):
    """Those clips on end."""
    return EditPlan(clips, (), None, OutputFormat(320, 180, Fraction(25), "h264", 23, "veryfast", 160), ())


def own(start, end, kind=TransitionType.CUT):
    """A boundary of the footage."""
    return Boundary(Fraction(start), Fraction(end), kind, 0.9)


def told(found):
    """Start, end and kind of each."""
    return [(change.start, change.end, change.type) for change in found]


def test_joins_and_the_footages_own_changes_are_shown_in_the_outputs_time():
    """A fade where clips are joined by one, a cut where they are not, and the footage's changes where their clip went."""
    edit = plan(clip(10, 12), clip(3, 5), clip(5, 9, CLOSER, FADE))
    found = changes_shown(edit, [own(7, 8, TransitionType.DISSOLVE), own(11, 11), own(20, 20)])
    assert told(found) == [
        (1, 1, TransitionType.CUT),
        (2, 2, TransitionType.CUT),
        (Fraction(38, 10), Fraction(42, 10), TransitionType.FADE),
        (6, 7, TransitionType.DISSOLVE),
    ]


@pytest.mark.parametrize(
    ("source_rate", "rate"), [(24, 30), (30, 24), (60, 24), (50, 25), ("24000/1001", 25), (24, 24), ("25/2", 60)]
)
def test_the_footages_own_cuts_are_told_by_the_frame_that_shows_them(source_rate, rate):
    """Where a cut lies between two frames it depends on both rates which of them is the first of the new shot; it was told a frame early in up to two of five."""
    source_rate, rate = Fraction(source_rate), Fraction(rate)
    made = plan(clip(0, 20))
    made = replace(made, output=replace(made.output, frame_rate=rate))
    [placed] = place(made.clips, rate)
    pictures = ((Fraction(number) / source_rate, number) for number in range(int(20 * source_rate)))
    seen = [number for number, count in shown(pictures, placed, rate, source_rate) for _ in range(count)]
    for number in range(1, 200, 7):
        cut = Fraction(number) / source_rate
        [change] = changes_shown(made, [own(cut, cut)], source_rate)
        assert change.start == Fraction(bisect_left(seen, number)) / rate


def test_a_cut_kept_between_clips_is_one_change():
    """The join lies at the footage's own cut."""
    assert told(changes_shown(plan(clip(0, 2), clip(2, 4, CLOSER)), [own(2, 2)])) == [(2, 2, TransitionType.CUT)]


def test_clips_that_run_on_in_one_framing_change_nothing():
    """Neither whole nor where a moving crop ends as the next one begins."""
    moving = replace(clip(0, 2), crop_path=(CropKey(Fraction(2), CLOSER),))
    assert changes_shown(plan(clip(0, 2), clip(2, 4)), []) == ()
    assert changes_shown(plan(moving, clip(2, 4, CLOSER)), []) == ()


def test_a_cut_of_the_footage_between_clips_in_one_framing_is_still_a_change():
    """The source changes there, though the plan does nothing."""
    assert told(changes_shown(plan(clip(0, 2), clip(2, 4)), [own(2, 2)])) == [(2, 2, TransitionType.CUT)]


def test_moments_of_the_output_are_moments_of_the_source():
    """Clip by clip."""
    edit = plan(clip(10, 12), clip(3, 5))
    assert source_moments(edit, [Fraction(0), Fraction(3, 2), Fraction(2), Fraction(4)]) == [
        10,
        Fraction(23, 2),
        3,
        5,
    ]


def test_slowed_pictures_are_found_where_they_are_shown():
    """Half a fade late or early beside its cut, at their own time elsewhere; what the footage changes there goes with them."""
    slowed = replace(clip(5, 10, transition=FADE), slowed=Slowed(Fraction(1), Fraction(1)))
    edit = plan(clip(0, 5), slowed)
    assert source_moments(edit, [Fraction(2), Fraction(5), Fraction(8)]) == [2, Fraction(31, 6), 8]
    assert when_shown(edit, Fraction(31, 6)) == 5
    assert when_shown(edit, Fraction(2)) == 2
    [_, change] = changes_shown(edit, [own("11/2", "11/2")])
    assert change.start == change.end == Fraction(27, 5)


def test_all_is_shown_where_each_instant_is_once_in_its_whole_picture():
    """In any order, black bars left out; not where a moment is left out or comes twice, or a crop is or gets closer."""
    assert shows_all(plan(clip(5, 10), clip(0, 5)), Fraction(10))
    assert shows_all(plan(clip(0, 10, Crop(0, 0.1, 1, 0.8))), Fraction(10), 0.8)
    assert not shows_all(plan(clip(0, 10, Crop(0, 0.1, 1, 0.8))), Fraction(10))
    assert not shows_all(plan(clip(0, 9)), Fraction(10))
    assert not shows_all(plan(clip(0, 5), clip(0, 5)), Fraction(10))
    assert not shows_all(plan(replace(clip(0, 10), crop_path=(CropKey(Fraction(2), CLOSER),))), Fraction(10))
