"""What a person should know of the template's sound, where it is heard, stands in the job's warnings."""

from fractions import Fraction

import pytest

import measured
import synth
from clipzy.jobs.lifecycle import Stage
from clipzy.storage.artifacts import save_json
from clipzy.style.config import JobConfig
from clipzy.style.measurements import Course, SoundKind, SoundSpan
from clipzy.style.time import Span
from staged import StagedJob

NARRATED = measured.audio(sounds=(SoundSpan(Span(Fraction(1), Fraction(15)), SoundKind.SPEECH),), speech_ratio=0.35)
FADING = measured.audio(
    duration_s=10.0, beats=measured.audio().beats[:20], level=Course(0.5, (*[-20] * 7, *range(-30, -43, -1)))
)


@pytest.mark.parametrize(
    ("sound", "audio", "told"),
    [
        (NARRATED, "template", ["the template's sound has speech, which is heard in the output;"]),
        (NARRATED, "source", []),
        (FADING, "template", ["the template's sound dies away from second 3.5 on, "]),
        (measured.audio(), "template", []),
    ],
    ids=["a narrator", "not heard", "a long fade-out", "music"],
)
def test_what_is_heard_of_the_templates_sound_is_told(sound, audio, told, tmp_path):
    """A narrator over the user's pictures, and music that dies away again and again."""
    path = synth.write_video(tmp_path / "video.mp4", synth.numbered_frames(5, (320, 180)))
    config = JobConfig(color=False, audio=audio)
    job = StagedJob(tmp_path / "job", None, template=path, footage=path, config=config)
    footage = measured.measurements(measured.video(), measured.audio(music_ratio=0.0), measured.motion())
    job.measured_as(footage, measured.style())
    for stage, value in (
        (Stage.VIDEO_ANALYSIS, footage.video),
        (Stage.AUDIO_ANALYSIS, sound),
        (Stage.MOTION_ANALYSIS, footage.motion),
    ):
        save_json(job.folders[stage.value] / "template.json", value)
    warnings = job.run(Stage.STYLE_APPLICATION).warnings
    assert len(warnings) == len(told)
    assert all(warning.startswith(start) for warning, start in zip(warnings, told, strict=True))
