"""The check that a rendered file has to pass."""

from __future__ import annotations

import tracemalloc
from dataclasses import replace
from fractions import Fraction
from hashlib import sha256
from types import SimpleNamespace

import numpy as np
import pytest

import synth
from clipzy.errors import MediaError
from clipzy.media.decoding.containers import open_media
from clipzy.media.rendering import verify as verifying
from clipzy.media.rendering.verify import Expected, verify

RATE = Fraction(25)
GOOD = Expected((160, 90), RATE, 60, sound=True)


def file(tmp_path, frames=60, sound_s=2.4, **more):
    """A file of 60 frames with sound, or another."""
    sound = synth.noise(sound_s) if sound_s else None
    options = {"g": "25", "bf": "2"}
    return synth.write_video(
        tmp_path / "o.mp4", synth.numbered_frames(frames, (160, 90)), audio=sound, options=options, **more
    )


@pytest.mark.parametrize("frames", [1, 10, 25, 26, 60])
def test_a_good_file_passes(frames, tmp_path):
    """Of one group of pictures or several, with a last group of any length."""
    verify(file(tmp_path, frames, frames / 25), replace(GOOD, frames=frames))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"frames": 61}, "60 of 61 frames"),
        ({"size": (160, 92)}, "160x90"),
        ({"sound": False}, "has sound"),
        ({"rate": Fraction(24)}, "frame rate"),
    ],
    ids=["frames", "size", "sound", "rate"],
)
def test_a_file_that_is_not_as_expected_fails(changes, words, tmp_path):
    """Each expectation is checked, and the error says which one does not hold."""
    with pytest.raises(MediaError, match=words):
        verify(file(tmp_path), replace(GOOD, **changes))


def test_the_sound_has_to_be_the_one_that_was_coded(tmp_path):
    """Packet by packet, where they are known."""
    path = file(tmp_path)
    with open_media(path) as container:
        packets = [bytes(packet) for packet in container.demux(container.streams.audio[0])]
    verify(path, replace(GOOD, digest=sha256(b"".join(packets)).digest()))
    with pytest.raises(MediaError, match="another sound"):
        verify(path, replace(GOOD, digest=sha256(b"".join(packets[:-2])).digest()))


def test_key_frames_have_to_be_where_they_were_coded(tmp_path):
    """All of them, where they are known; the report relies on that."""
    path, keys = file(tmp_path), (Fraction(0), Fraction(1), Fraction(2))
    verify(path, replace(GOOD, keys=keys))
    with pytest.raises(MediaError, match="key frames elsewhere"):
        verify(path, replace(GOOD, keys=keys[:2]))


def test_sound_that_is_missing_fails(tmp_path):
    """A file without the sound that was to be there."""
    with pytest.raises(MediaError, match="no sound"):
        verify(file(tmp_path, sound_s=0), GOOD)


@pytest.mark.parametrize("seconds", [2.3, 2.5], ids=["short", "long"])
def test_sound_of_another_length_fails(seconds, tmp_path):
    """More than a frame apart from the pictures."""
    with pytest.raises(MediaError, match=r"ends 0\.1"):
        verify(file(tmp_path, sound_s=seconds), GOOD)


def test_uneven_frames_fail(tmp_path):
    """One frame that comes late breaks the constant rate."""
    times = [Fraction(n, 25) + (Fraction(1, 100) if n == 30 else 0) for n in range(60)]
    with pytest.raises(MediaError, match="frame rate"):
        verify(file(tmp_path, times=times), GOOD)


class FilmOfPackets:
    """A file of five minutes at 60 frames a second, with sound, as far as its packets' stamps go."""

    streams = (SimpleNamespace(index=0, time_base=Fraction(1, 15360)), SimpleNamespace(index=1, time_base=Fraction(1, 48000)))  # fmt: skip

    def demux(self):
        """All packets, pictures first."""
        for k in range(5 * 60 * 60):
            yield SimpleNamespace(pts=k * 256, duration=256, stream_index=0, is_keyframe=k % 120 == 0)
        for k in range(5 * 60 * 48000 // 1024):
            yield SimpleNamespace(pts=k * 1024, duration=1024, stream_index=1, is_keyframe=True)


def test_stamps_of_a_long_film_take_little_memory():
    """A number each for its pictures, and of its sound the end alone."""
    film = FilmOfPackets()
    tracemalloc.start()
    found = verifying._stamps(film, 0, None, bytes)
    even, uneven = found[0].are_even(Fraction(60)), found[0].are_even(Fraction(60000, 1001))
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (even, uneven) == (True, False)
    assert (found[1].times, found[1].end) == ([], Fraction(5 * 60 * 48000 // 1024 * 1024, 48000))
    assert most < 60 * 18000  # bytes: fractions of seconds took four times that


@pytest.mark.parametrize("where", [0.02, 0.98], ids=["start", "end"])
def test_pictures_that_cannot_be_decoded_fail(where, tmp_path):
    """Noise in the first or the last group of pictures is found by decoding."""
    path = file(tmp_path, sound_s=0)
    content = bytearray(path.read_bytes())
    begin, end = content.find(b"mdat") + 900, content.find(b"moov")
    at = round(begin + where * (end - begin - 300))
    content[at : at + 200] = np.random.default_rng(1).bytes(200)
    path.write_bytes(content)
    with pytest.raises(MediaError, match="pictures from"):
        verify(path, replace(GOOD, sound=False))


@pytest.mark.parametrize("share", [0.0, 0.5, 0.99], ids=["empty", "half", "nearly all"])
def test_a_file_that_is_cut_off_fails(share, tmp_path):
    """Whatever is missing at the end."""
    path = file(tmp_path)
    path.write_bytes(path.read_bytes()[: round(share * path.stat().st_size)])
    with pytest.raises(MediaError, match="cannot be read back"):
        verify(path, GOOD)


def test_checking_takes_few_threads_on_any_machine(tmp_path, monkeypatch):
    """Each holds pictures, at 8K some 50 MB each, while the encoders' memory is not all given back."""
    monkeypatch.setattr(verifying, "available_processors", lambda: 64)
    prepare, threads = verifying.prepare_decoder, []
    monkeypatch.setattr(verifying, "prepare_decoder", lambda *a, **k: threads.append(a[1]) or prepare(*a, **k))
    verify(file(tmp_path), GOOD)
    assert threads == [4]
