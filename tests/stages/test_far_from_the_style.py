"""What a plan is far from, of the style that a job gives, stands in the job's warnings."""

import pytest

import measured
import synth
from clipzy.jobs.lifecycle import Stage
from clipzy.style.config import JobConfig
from clipzy.style.dna import Transition, TransitionType
from staged import StagedJob


@pytest.mark.parametrize(
    ("style", "told"),
    [
        (
            {"cut_frequency": 200.0},
            ["the output has 99 changes of shot (148 per minute), where the style's 200 per minute"],
        ),
        (
            {"primary_transition": Transition(TransitionType.FADE, 9000)},
            ["the style's fade is shortened to "],
        ),
        (
            {"primary_transition": Transition(TransitionType.WIPE, 60)},
            ["the style's wipe of 60 ms becomes a plain cut: it is shorter than two film frames (83 ms)"],
        ),
        (
            {"cut_frequency": 6.0},
            ["the output has 9 changes of shot (13.5 per minute), where the style's 6 per minute would be 4"],
        ),
        ({}, []),
    ],
    ids=["cuts", "lengths", "unseen", "faster footage", "nothing"],
)
def test_what_is_far_from_the_style_is_told(style, told, tmp_path):
    """Cuts that find no room, transitions that find none, and those that nobody would see."""
    given = measured.style(**style)
    path = synth.write_video(tmp_path / "footage.mp4", synth.numbered_frames(5, (320, 180)))
    job = StagedJob(tmp_path / "job", None, footage=path, config=JobConfig(style=given, color=False))
    found = measured.measurements(measured.video(), measured.audio(beats=()), measured.motion())
    job.measured_as(found, given)
    warnings = job.run(Stage.STYLE_APPLICATION).warnings
    assert len(warnings) == len(told)
    assert all(warning.startswith(start) for warning, start in zip(warnings, told, strict=True))
