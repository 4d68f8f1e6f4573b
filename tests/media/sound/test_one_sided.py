"""Sound in one ear: told where one channel of stereo has none, and nowhere else."""

from fractions import Fraction

import numpy as np
import pytest

import synth
from clipzy.media.sound.audio import decode_audio

RATE = 16000


def told(sound, tmp_path):
    """What is said of a sound, (samples, channels)."""
    frames = synth.numbered_frames(round(len(sound) / RATE), (64, 36))
    path = synth.write_video(
        tmp_path / "clip.mkv", frames, rate=Fraction(1), audio=sound, sample_rate=RATE, audio_codec="pcm_f32le"
    )
    return decode_audio(path, tmp_path).warnings


def voice(*levels):
    """Speech that has these levels on its channels."""
    return synth.speech_like(4.0, RATE, channels=len(levels)) * np.array(levels, np.float32)


def hiss(dbfs):
    """What an open input gives, a channel of it."""
    return synth.noise(4.0, RATE, rms_dbfs=dbfs, channels=1)


@pytest.mark.parametrize(("side", "other"), [("left", "right"), ("right", "left")])
@pytest.mark.parametrize("noise", [None, -65.0], ids=["silence", "hiss"])
def test_a_microphone_in_one_input_is_told(side, other, noise, tmp_path):
    """Whether the other input gives nothing or hisses."""
    mono = voice(1.0)
    empty = np.zeros_like(mono) if noise is None else hiss(noise)
    sound = np.concatenate([mono, empty] if side == "left" else [empty, mono], axis=1)
    (warning,) = told(sound, tmp_path)
    assert warning.startswith(f"only the {side} channel has sound, the {other} one is almost silent")


@pytest.mark.parametrize(
    "sound",
    [voice(1.0, 0.1), voice(1.0), voice(0, 0, 1.0, 0, 0, 0), voice(1e-4, 0.0), np.zeros((4 * RATE, 2), np.float32)],
    ids=["to the left", "mono", "centre of 5.1", "too faint to tell", "silence"],
)
def test_other_sounds_are_not_called_one_sided(sound, tmp_path):
    """What is merely to one side is heard on both; what has one channel is played on both; silence has no side."""
    assert not any("one ear" in warning for warning in told(sound, tmp_path))
