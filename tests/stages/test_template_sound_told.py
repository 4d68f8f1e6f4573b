"""What a person should know of the template's sound, where it is heard, stands in the job's warnings."""

from fractions import Fraction

import pytest

import measured
import synth
from clipzy.jobs.lifecycle import Stage
from clipzy.storage.artifacts import save_json
from clipzy.style.config import JobConfig
from clipzy.style.dna import AudioStyle
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


def warnings_of(tmp_path, sound, own, audio, style):
    """Of a plan with a template that sounds so, for footage that sounds so."""
    path = synth.write_video(tmp_path / "video.mp4", synth.numbered_frames(5, (320, 180)))
    config = JobConfig(color=False, audio=audio)
    job = StagedJob(tmp_path / "job", None, template=path, footage=path, config=config)
    footage = measured.measurements(measured.video(), own, measured.motion())
    job.measured_as(footage, style)
    for stage, value in (
        (Stage.VIDEO_ANALYSIS, footage.video),
        (Stage.AUDIO_ANALYSIS, sound),
        (Stage.MOTION_ANALYSIS, footage.motion),
    ):
        save_json(job.folders[stage.value] / "template.json", value)
    return job.run(Stage.STYLE_APPLICATION).warnings


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
    warnings = warnings_of(tmp_path, sound, own, audio, measured.style())
    assert len(warnings) == len(told)
    assert all(warning.startswith(start) for warning, start in zip(warnings, told, strict=True))


VOICE = measured.audio(music_ratio=0.0, speech_ratio=0.8, beats=())


@pytest.mark.parametrize(
    ("level", "own", "audio", "told"),
    [(1.0, VOICE, True, True), (1.0, VOICE, "template", False), (1.0, PLAIN, True, False), (0.8, VOICE, True, False)],
    ids=["as loud as a clipped song", "not heard alone", "music", "less loud"],
)
def test_speech_that_comes_to_the_loudness_of_a_loud_song_is_told(level, own, audio, told, tmp_path):
    """With how to have it otherwise."""
    style = measured.style(audio_style=AudioStyle(level, 1.0, 0.0, False))
    warnings = warnings_of(tmp_path, PLAIN, own, audio, style)
    assert bool(warnings) is told
    assert all(each.startswith("the footage's speech is brought to the template's -8.0 LUFS, ") for each in warnings)
