"""What is said of the file that comes out."""

from dataclasses import replace

import pytest

import measured
from clipzy.style.apply import build_plan
from clipzy.style.config import JobConfig
from clipzy.style.delivery import hard_to_play, not_carried


@pytest.mark.parametrize(
    ("size", "config", "lines"),
    [
        ((5312, 2988), {}, 2304),
        ((2988, 5312), {}, 4096),
        ((8192, 1000), {}, 500),
        ((4096, 2160), {}, None),
        ((7680, 4320), {"max_height": 4320}, None),
        ((1920, 1080), {"min_height": 4320}, None),
    ],
)
def test_pictures_that_few_decoders_take_are_told_of(size, config, lines):
    """With the height at which they do; not where the job sets the height itself."""
    job = JobConfig(**config)
    footage = measured.measurements(measured.video(facts=measured.facts(width=size[0], height=size[1])))
    said = hard_to_play(build_plan(None, footage, job).output, job)
    assert (said is None) == (lines is None)
    assert said is None or said.startswith(f"the output is {size[0]}x{size[1]}: ")
    assert said is None or f"; set config.max_height to {lines} or less" in said


def test_a_subtitle_track_that_is_lost_is_told_of():
    """Where there is one."""
    facts = measured.facts()
    assert not_carried(facts) is None
    assert not_carried(replace(facts, has_subtitle_stream=True)) == "the footage's subtitle track is not in the output"
