"""What a person should know of the template's sound, where it is heard, stands in the job's warnings."""

from fractions import Fraction

import pytest

import measured
import synth
from clipzy.jobs.lifecycle import Stage
from clipzy.storage.artifacts import save_json
from clipzy.style.config import JobConfig
from clipzy.style.measurements import Course, Loudness, SoundKind, SoundSpan
from clipzy.style.time import Span
from staged import StagedJob

PLAIN = measured.audio()
MUTE = measured.audio(
    present=False, duration_s=0.0, beats=(), loudness=Loudness(None, None, None), genre=None, music_ratio=0.0
)
NARRATED = measured.audio(sounds=(SoundSpan(Span(Fraction(1), Fraction(15)), SoundKind.SPEECH),), speech_ratio=0.35)
FADING = measured.audio(
    duration_s=10.0, beats=measured.audio().beats[:20], level=Course(0.5, (*[-20] * 7, *range(-30, -43, -1)))
)


@pytest.mark.parametrize(
    ("sound", "own", "audio", "told"),
    [
        (NARRATED, PLAIN, "template", ["the template's sound has speech, which is heard in the output;"]),
        (NARRATED, PLAIN, "source", []),
        (FADING, PLAIN, "template", ["the template's sound dies away from second 3.5 on, "]),
        (PLAIN, PLAIN, "template", []),
        (PLAIN, MUTE, True, ["the footage has no sound, so the output has none; config.audio 'template' "]),
        (PLAIN, MUTE, "source", []),
        (measured.audio(music_ratio=0.1), MUTE, True, []),
        (PLAIN, PLAIN, True, []),
    ],
    ids=[
        "a narrator",
        "not heard",
        "a long fade-out",
        "music",
        "mute",
        "mute as asked for",
        "mute without music",
        "sound",
    ],
)
def test_what_is_heard_of_the_templates_sound_is_told(sound, own, audio, told, tmp_path):
    """A narrator over the user's pictures, music that dies away again and again, and music that could be heard and is not."""
    path = synth.write_video(tmp_path / "video.mp4", synth.numbered_frames(5, (320, 180)))
    config = JobConfig(color=False, audio=audio)
    job = StagedJob(tmp_path / "job", None, template=path, footage=path, config=config)
    footage = measured.measurements(measured.video(), own, measured.motion())
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
