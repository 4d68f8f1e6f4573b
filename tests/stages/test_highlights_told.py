"""Footage of which no moment can be taken out is kept whole, and the job says so."""

from fractions import Fraction

import pytest

import measured
import synth
from clipzy.jobs.lifecycle import Stage
from clipzy.style.config import JobConfig
from clipzy.style.measurements import View
from staged import StagedJob


def planned(folder, video, **config):
    """A job on footage that was measured so, in its own style and up to its plan."""
    path = synth.write_video(folder / "footage.mp4", synth.numbered_frames(5, (320, 180)))
    job = StagedJob(folder / "job", None, footage=path, config=JobConfig(**config))
    found = measured.measurements(video, measured.audio(beats=()), measured.motion())
    job.measured_as(found, measured.style(source_duration_seconds=1.0))
    return job.run(Stage.STYLE_APPLICATION)


def flashing(seconds):
    """Footage whose shots last a third of a second each."""
    return measured.video(shots=3 * seconds, facts=measured.facts(duration=Fraction(seconds)))


@pytest.mark.parametrize(
    ("seconds", "wanted", "words"),
    [
        (9, 1.0, "9 s where the target is 1 s"),
        (40, None, "40 s where the target is 30 s"),
        (20, None, None),
        (9, 9.0, None),
    ],
    ids=["longer", "longer than half a minute", "shorter than half a minute", "as long"],
)
def test_all_of_the_footage_is_told_where_moments_were_wanted(seconds, wanted, words, tmp_path):
    """With how long it lasts, how long the output was to last at most, and why; not where it lasts no longer."""
    job = planned(tmp_path, flashing(seconds), pacing="highlights", target_duration_seconds=wanted)
    told = [each for each in job.warnings if "highlights" in each]
    start = "config.pacing 'highlights' keeps all of the footage, "
    why = " at most: none of its shots is long enough"
    assert told == ([] if words is None else [f"{start}{words}{why}"])


@pytest.mark.parametrize(
    ("video", "wanted", "told"),
    [
        (
            measured.video(shots=10, views=tuple(View(k / 2, 0.6, 0) for k in range(80))),
            20.0,
            "s where the target is 20 s: everything else is too short, looks like",
        ),
        (measured.video(shots=4), 60.0, "finds 40 s where the target is 60 s: the footage has no more"),
        (measured.video(shots=4), 3600.0, "finds 40 s where the target is 3600 s: the footage has no more"),
        (measured.video(shots=4), None, None),
    ],
    ids=["alike", "shorter footage", "an hour", "not asked for"],
)
def test_what_lasts_much_less_than_was_wanted_is_told(video, wanted, told, tmp_path):
    """With both lengths and why; footage that is shorter only where the job says how long."""
    warnings = planned(tmp_path, video, pacing="highlights", target_duration_seconds=wanted).warnings
    assert len(warnings) == (told is not None)
    assert told is None or told in warnings[0]


@pytest.mark.parametrize(
    ("video", "config"),
    [(measured.video(shots=4), {"pacing": "highlights", "target_duration_seconds": 5.0}), (flashing(40), {})],
    ids=["moments", "all that is wanted"],
)
def test_nothing_is_told_where_nothing_is_amiss(video, config, tmp_path):
    """Moments were chosen, or all of the footage is what the job wants."""
    assert not planned(tmp_path, video, **config).warnings
