"""The moment that stills are made of: one that the output shows."""

from dataclasses import replace
from fractions import Fraction

import pytest

import measured
from clipzy.stages.rendering import telling_moment
from clipzy.style.apply import build_plan
from clipzy.style.config import JobConfig
from clipzy.style.measurements import Subject
from clipzy.style.shown import when_shown
from clipzy.style.time import Span


@pytest.mark.parametrize(
    ("config", "within"),
    [(JobConfig(), (12.5, 12.5)), (JobConfig(pacing="highlights", target_duration_seconds=4), (30, 40))],
    ids=["all-of-the-footage", "highlights"],
)
def test_stills_are_of_a_moment_that_is_shown(config, within):
    """The middle of the longest shot, or where the plan leaves that out, of its longest clip."""
    faces = tuple(Subject(time, 0.4, 0.2, 0.6, 0.6, 1.0, is_face=True) for time in range(30, 40))
    video = measured.video(boundaries=(measured.cut_at(25),), subjects=faces)
    video = replace(video, shots=(Span(Fraction(0), Fraction(25)), Span(Fraction(25), Fraction(40))))
    plan = build_plan(measured.style(cut_frequency=6.0), measured.measurements(video), config)
    moment = telling_moment(plan, video)
    assert when_shown(plan, moment) is not None
    assert within[0] <= moment <= within[1]
