"""How many shots of an output zoom."""

from dataclasses import replace
from fractions import Fraction

import pytest

import measured
from clipzy.style.apply import build_plan
from clipzy.style.config import JobConfig
from clipzy.style.measurements import CameraMove, CameraMoveKind
from clipzy.style.plan import CropKey
from clipzy.style.shown import changes_shown
from clipzy.style.time import Span
from clipzy.style.zooms_shown import Zooms, zooms, zooms_shown

ZOOM = CameraMove(Span(Fraction(1), Fraction(3)), CameraMoveKind.ZOOM, 0.9, 0.2)


def planned(usage, moves=(), cut_frequency=0.0):
    """The plan for 40 s of footage in ten shots, and its zooms."""
    footage = measured.measurements(motion_analysis=measured.motion(moves=moves))
    style = measured.style(zoom_usage=usage, cut_frequency=cut_frequency)
    plan = build_plan(style, footage, JobConfig())
    return plan, zooms_shown(plan, changes_shown(plan, footage.video.boundaries), moves)


@pytest.mark.parametrize(("usage", "made"), [(0, 0), (10, 1), (50, 5), (100, 10)])
def test_as_many_are_counted_as_are_made(usage, made):
    """Of all shots of the output, though those that stand still share a clip."""
    _, found = planned(usage)
    assert (found, found.usage) == (Zooms(made, 0, 10), usage)
    assert found.words == f"the plan: zoom added to {made} of 10 shots, 0 zoom already"


def test_shots_that_zoom_by_themselves_count_too():
    """Once each, and not where the plan shows nothing of it."""
    assert planned(30, (ZOOM,))[1] == Zooms(2, 1, 10)
    assert planned(0, (replace(ZOOM, kind=CameraMoveKind.PAN),))[1] == Zooms(0, 0, 10)
    plan, _ = planned(0, (ZOOM,), cut_frequency=30.0)
    later = replace(plan, clips=tuple(clip for clip in plan.clips if clip.source.start >= 3))
    assert zooms_shown(later, (), (ZOOM,)) == Zooms(0, 0, 1)


def test_a_crop_that_goes_with_a_subject_does_not_zoom():
    """It keeps its width."""
    [clip] = planned(0)[0].clips
    narrow = replace(clip.crop, width=0.5, height=0.5)
    assert not zooms(replace(clip, crop=narrow, crop_path=(CropKey(Fraction(2), replace(narrow, x=0.5)),)))
    assert zooms(replace(clip, crop_path=(CropKey(Fraction(2), narrow),)))
