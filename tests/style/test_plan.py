"""Edit plans as values: where things lie on the output's timeline."""

from fractions import Fraction

import pytest

import measured
from clipzy.style.apply import build_plan
from clipzy.style.config import JobConfig
from clipzy.style.plan import WHOLE_PICTURE, Clip, Crop, EditPlan, placed, when_shown
from clipzy.style.time import Span


def clip(start, end):
    """A clip of these seconds of the source."""
    return Clip(Span(Fraction(start), Fraction(end)), WHOLE_PICTURE, look=False, transition_in=None, reason="")


def plan(*clips):
    """Clips in that order."""
    made = build_plan(None, measured.measurements(), JobConfig(), own_style=True)
    return EditPlan(clips, None, made.audio, made.output, ())


def test_clips_follow_each_other_in_the_output():
    """Each begins where the one before ends."""
    edit = plan(clip(10, 12), clip(0, 1), clip(5, 9))
    assert [begins for begins, _ in placed(edit)] == [0, 2, 3]
    assert edit.duration == 7


@pytest.mark.parametrize(("moment", "shown"), [(10, 0), (11, 1), (0, 2), (6, 4), (12, None), (3, None)])
def test_an_instant_of_the_source_is_found_in_the_output(moment, shown):
    """Or not, where the plan leaves it out."""
    assert when_shown(plan(clip(10, 12), clip(0, 1), clip(5, 9)), Fraction(moment)) == shown


def test_a_plan_without_clips_is_none():
    """There would be nothing to write."""
    with pytest.raises(ValueError, match="at least one clip"):
        plan()


@pytest.mark.parametrize("crop", [(-0.1, 0, 1, 1), (0, 0, 0, 1), (0.5, 0, 0.6, 1), (0, 0.5, 1, 0.6)])
def test_a_crop_lies_in_the_picture(crop):
    """Nothing outside can be shown."""
    with pytest.raises(ValueError, match="crop must"):
        Crop(*crop)
