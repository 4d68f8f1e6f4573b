"""A plan that changes shots far less often than its style is told of."""

from fractions import Fraction

import pytest

import measured
from clipzy.style.apply import build_plan
from clipzy.style.config import JobConfig
from clipzy.style.density import too_few_changes, too_many_changes
from clipzy.style.dna import MOST_CUTS_A_MINUTE
from clipzy.style.lasting import why_all
from clipzy.style.measurements import Subject

SILENCE = measured.audio(beats=())


def told(cut_frequency, config=None, *, shots=10, own_style=False, whose="style"):
    """The warning on a plan of 40 s of footage without music."""
    footage = measured.measurements(measured.video(shots), SILENCE)
    style = None if own_style else measured.style(cut_frequency=cut_frequency)
    config = config or JobConfig()
    plan = build_plan(style, footage, config)
    return too_few_changes(style, plan, footage.video.boundaries, config, whose)


@pytest.mark.parametrize("cut_frequency", [0.0, 5.0, 60.0, 140.0, 160.0])
def test_a_density_that_is_nearly_reached_is_not_spoken_of(cut_frequency):
    """Nor one of which the footage has more; 145 a minute are as many as there is room for, which is 90 % of 160."""
    assert told(cut_frequency) is None


@pytest.mark.parametrize("whose", ["style", "template"])
@pytest.mark.parametrize(("cut_frequency", "wanted"), [(200.0, 133), (MOST_CUTS_A_MINUTE, 40_000)])
def test_one_that_is_not_is_told_with_both_figures(cut_frequency, wanted, whose):
    """And with what keeps the cuts from being more."""
    assert told(cut_frequency, whose=whose) == (
        f"the output has 99 changes of shot (148 per minute), where the {whose}'s {cut_frequency:.3g} per minute would be {wanted}: "
        "no shot is made shorter than 0.4 s, and cuts go to beats where there are any"
    )


@pytest.mark.parametrize(("cut_frequency", "is_told"), [(10.0, False), (120.0, False), (200.0, True)])
def test_best_moments_reach_the_density_as_the_whole_footage_does(cut_frequency, is_told):
    """By virtual cuts, though six seconds of seven have no room for many moments."""
    config = JobConfig(pacing="highlights", target_duration_seconds=6.0)
    video = measured.video(1, facts=measured.facts(duration=Fraction(7)))
    footage, style = measured.measurements(video, SILENCE), measured.style(cut_frequency=cut_frequency)
    plan = build_plan(style, footage, config)
    found = too_few_changes(style, plan, video.boundaries, config, "style")
    assert (found is not None) is is_told
    assert not is_told or found.endswith("cuts go to beats where there are any")


@pytest.mark.parametrize(("cut_frequency", "also"), [(60.0, False), (300.0, True)])
def test_crops_that_have_no_room_are_named_as_what_keeps_cuts_away(cut_frequency, also):
    """A face that fills the picture allows no closer crop; shots are too short only where that keeps cuts away as well."""
    faces = tuple(Subject(k / 2, 0.02, 0.02, 0.96, 0.96, 1.0, is_face=True) for k in range(80))
    footage, style = (
        measured.measurements(measured.video(1, subjects=faces), SILENCE),
        measured.style(cut_frequency=cut_frequency),
    )
    plan = build_plan(style, footage, JobConfig())
    found = too_few_changes(style, plan, footage.video.boundaries, JobConfig(), "style")
    assert found is not None
    assert " of the virtual cuts left out because a closer crop would cut into a face or text" in found
    assert ("no shot is made shorter" in found) is also


@pytest.mark.parametrize("pacing", [True, "highlights"])
@pytest.mark.parametrize(
    ("shots", "cut_frequency", "is_told"), [(41, 30.0, True), (41, 50.0, False), (3, 0.0, False), (4, 0.0, True)]
)
def test_footage_that_is_cut_much_faster_than_the_style_is_told(shots, cut_frequency, is_told, pacing):
    """Its cuts stay; half as many again are not spoken of, nor are two."""
    config = JobConfig(pacing=pacing)
    footage = measured.measurements(measured.video(shots), SILENCE)
    style = measured.style(cut_frequency=cut_frequency, source_duration_seconds=40.0)
    plan = build_plan(style, footage, config)
    found = too_many_changes(style, plan, footage.video.boundaries, config, "template")
    moments = pacing == "highlights" and why_all(plan) is None
    assert (found is not None) is is_told
    if cut_frequency == 30.0:
        assert found == (
            "the output has 40 changes of shot (60 per minute), where the template's 30 per minute would be 20: "
            + ("its best moments are shorter than the template's shots" if moments else "the footage's own cuts stay")
        )
    assert too_many_changes(None, plan, footage.video.boundaries, config, "template") is None
    assert too_many_changes(style, plan, footage.video.boundaries, JobConfig(pacing=False), "template") is None


def test_who_keeps_the_footages_cuts_is_not_told_of_the_styles():
    """With the pacing switch off, or in the footage's own style."""
    assert told(200.0, JobConfig(pacing=False)) is None
    assert told(200.0, own_style=True) is None
