"""Best moments that are mostly filled with what does not stand out are told of."""

from fractions import Fraction

import pytest

import measured
from clipzy.style.apply import build_plan
from clipzy.style.config import JobConfig
from clipzy.style.filler import mostly_filler
from clipzy.style.measurements import Course
from clipzy.style.plan import EditPlan


def planned(target: float, lively_s: float, shots: int = 1) -> tuple[EditPlan, str | None]:
    """Twenty seconds of which the first ones show movement."""
    video = measured.video(shots, facts=measured.facts(duration=Fraction(20)))
    flow = Course(0.5, tuple(0.1 if k / 2 < lively_s else 0.001 for k in range(40)))
    footage = measured.measurements(video, measured.audio(beats=()), measured.motion(subject_flow=flow))
    config = JobConfig(pacing="highlights", target_duration_seconds=target)
    plan = build_plan(measured.style(), footage, config)
    return plan, mostly_filler(plan, footage)


def test_what_is_filled_with_plain_parts_is_told_with_what_stands_out() -> None:
    """Three of twelve seconds."""
    _, told = planned(12, 3)
    assert told == (
        "only 3.0 s of the best moments stand out, and 3 s of the footage do: the rest is filled with its plainer parts, "
        "which a shorter config.target_duration_seconds leaves out"
    )


@pytest.mark.parametrize(
    ("target", "lively_s", "shots"),
    [(4, 3, 1), (12, 12, 1), (12, 0, 1), (25, 3, 1), (12, 3, 60)],
    ids=["short enough", "much", "nothing", "all is wanted", "none is long enough"],
)
def test_others_are_not_spoken_of(target: float, lively_s: float, shots: int) -> None:
    """Nor footage in which nothing stands out, as a landscape, nor where all of it is kept."""
    assert planned(target, lively_s, shots)[1] is None
