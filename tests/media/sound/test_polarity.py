"""Left and right out of phase: what a mix to mono would cancel is heard all the same, and ordinary stereo is left as it is."""

from fractions import Fraction

import numpy as np
import pytest

import synth
from clipzy.media.sound.audio import decode_audio
from clipzy.media.sound.polarity import inverted_seconds

RATE = 16000


def video_with(path, audio):
    """A small clip with that sound, coded without loss."""
    frames = synth.numbered_frames(round(len(audio) / RATE), (64, 36))
    return synth.write_video(path, frames, rate=Fraction(1), audio=audio, sample_rate=RATE, audio_codec="pcm_f32le")


def heard(sound, tmp_path, name="clip"):
    """What is decoded of a sound."""
    return decode_audio(video_with(tmp_path / f"{name}.mkv", sound), tmp_path / name)


def with_right_inverted(sound, first=0.0, last=None):
    """The same with its right channel turned over between those seconds."""
    turned = sound.copy()
    turned[round(first * RATE) : None if last is None else round(last * RATE), 1] *= -1
    return turned


@pytest.mark.parametrize("channels", [2, 6], ids=["stereo", "5.1"])
def test_a_sound_whose_right_is_inverted_is_heard_as_if_it_were_not(channels, tmp_path):
    """A miswired microphone's voice reaches the networks whole, and the user is told once, of the file and of players in mono."""
    sound = synth.speech_like(4.0, RATE, channels=channels)
    sound[:, 2:] = 0
    upright = heard(sound, tmp_path, "upright")
    inverted = heard(with_right_inverted(sound), tmp_path, "inverted")
    assert inverted.mono(16000) == pytest.approx(upright.mono(16000), abs=1e-6)
    assert inverted.loudness == upright.loudness
    assert upright.warnings == ()
    (told,) = inverted.warnings
    assert "out of phase" in told
    assert "mono" in told


def test_lossy_coding_and_a_noisy_room_hide_no_inverted_channel(tmp_path):
    """Through AAC, with noises of their own on both sides, the voice is heard."""
    sound = synth.speech_like(4.0, 48000, channels=2)
    rng = np.random.default_rng(1)
    sound = with_right_inverted(sound) + 0.005 * rng.standard_normal(sound.shape).astype(np.float32)
    path = synth.write_video(tmp_path / "clip.mp4", synth.numbered_frames(4, (64, 36)), rate=Fraction(1), audio=sound)
    found = decode_audio(path, tmp_path)
    assert found.mono(16000).std() > 0.9 * np.sqrt(np.square(sound).mean())
    assert len(found.warnings) == 1


def test_part_of_a_film_is_inverted(tmp_path):
    """A take of another microphone between two others is heard as loud as they are, and no click tells where it begins and ends."""
    sound = with_right_inverted(synth.sine(440, 30.0, RATE, peak_dbfs=-6), 8.0, 20.0)
    found = heard(sound, tmp_path)
    mono = found.mono(16000)
    levels = np.sqrt(np.square(mono.reshape(-1, RATE)).mean(axis=1))
    assert levels == pytest.approx(np.full(30, 0.354), rel=0.03)
    assert np.abs(np.diff(mono)).max() < 1.3 * np.abs(np.diff(mono[: 8 * RATE])).max()
    assert "for 12 of 30 s" in found.warnings[0]


def test_wide_music_is_mixed_as_it_is(tmp_path):
    """Sides that are stronger than the middle, for moments by far, are no inverted channel: the mix is the mean of both channels."""
    rng = np.random.default_rng(2)
    middle, side = rng.standard_normal((2, 20 * RATE)) * 0.05
    side *= np.where((np.arange(len(side)) // RATE) % 5 == 2, 6.0, 1.2)  # every fifth second 15 dB over the middle
    sound = np.stack([middle + side, middle - side], axis=1).astype(np.float32)
    found = heard(sound, tmp_path)
    assert found.warnings == ()
    assert found.mono(16000) == pytest.approx(middle, abs=1e-6)


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ("iiii", "iiii"),
        ("ii", "ii"),
        ("ui", "uu"),
        ("uuuuiuuuu", "uuuuuuuuu"),
        ("uuuuiiiiiiuuuu", "uuuuiiiiiiuuuu"),
        ("iii  ii    iii", "iiiiiiiiiiiiii"),  # pauses, whose noise has no phase
        ("iiiiiuiiiii", "iiiiiuiiiii"),  # a word into another microphone
        ("  iii", "iiiii"),
        ("....i....", "uuuuuuuuu"),  # a file too quiet to tell, and one second
        ("ii?????iiii????i???iii", "u" * 22),  # music that is wide throughout
        ("uuuui ii  iiiiuuuiiii", "uuuuiiiiiiiiiiuuuiiii"),
        ("", ""),
    ],
)
def test_which_seconds_are_inverted(told, expected):
    """Only what many seconds tell together is believed."""
    powers = {"i": (1e-5, 1e-2), "u": (1e-2, 1e-5), " ": (1e-4, 1e-4), ".": (1e-8, 1e-7), "?": (1e-2, 5e-2)}
    plain, turned = np.array([powers[each] for each in told]).reshape(-1, 2).T
    found = inverted_seconds(plain, turned)
    assert "".join("i" if each else "u" for each in found) == expected
