"""What a crop takes from the footage is told among a job's warnings."""

from fractions import Fraction

import pytest

import measured
import synth
from clipzy.jobs.lifecycle import Stage
from clipzy.style.config import JobConfig
from clipzy.style.dna import AspectRatio
from clipzy.style.measurements import Subject
from clipzy.style.standing_text import StandingText
from staged import StagedJob

FACE = tuple(Subject(k / 2, 0.45, 0.2, 0.55, 0.4, 0.99, is_face=True) for k in range(80))
TITLE = (StandingText(2.0, 5.0, 0.1, 0.8, 0.9, 0.9),)


def told(folder, size, **changes):
    """The warnings of a plan in an upright style for footage of that size, by their first words."""
    path = synth.write_video(folder / "footage.mp4", synth.numbered_frames(5, (320, 180)))
    style = measured.style(aspect_ratio=AspectRatio.TALL, source_duration_seconds=1.0)
    job = StagedJob(folder / "job", None, footage=path, config=JobConfig(style=style, color=False))
    facts = measured.facts(width=size[0], height=size[1], duration=Fraction(40))
    found = measured.measurements(measured.video(facts=facts, **changes), measured.audio(), measured.motion())
    job.measured_as(found, style)
    return [" ".join(each.split()[:3]).rstrip(",") for each in job.run(Stage.STYLE_APPLICATION).warnings]


@pytest.mark.parametrize(
    ("size", "changes", "expected"),
    [
        ((1920, 1080), {"subjects": FACE}, []),
        ((1920, 1080), {"subjects": FACE, "texts": TITLE}, ["the crop cuts"]),
        ((1920, 1080), {"subjects": FACE[:8]}, ["only 32% of"]),
        ((1280, 544), {}, ["no subject was", "the output is"]),
    ],
    ids=["a face", "a wide title", "a face in one of ten shots", "nothing known, and small"],
)
def test_what_a_crop_takes_is_told(size, changes, expected, tmp_path):
    """Text that it cuts, that it goes by guesses, that few pixels are left; nothing where it loses none of that."""
    assert told(tmp_path, size, **changes) == expected
