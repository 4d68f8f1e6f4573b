"""The sound of a rendering, heard on its way to the file."""

from __future__ import annotations

import os
import threading
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

import synth
from clipzy.errors import MediaError
from clipzy.media.decoding.packets import Damage
from clipzy.media.rendering.footage import examine
from clipzy.media.rendering.passing import Passing
from clipzy.media.rendering.passing_sound import PassingSound
from clipzy.media.rendering.readers import SoundReader
from clipzy.media.rendering.render import render
from clipzy.media.sound.loudness import LoudnessMeter
from clipzy.media.sound.recording import even
from clipzy.media.sound.waveform import Envelope
from clipzy.style.plan import WHOLE_PICTURE, AudioChain, Clip, EditPlan, OutputFormat
from clipzy.style.time import Span

SIZE, RATE = (64, 36), Fraction(25)
KEPT = AudioChain(None, None, None, None, -1.0, "")
LOUD = replace(KEPT, target_lufs=-9.0)


def plan(seconds, chain=KEPT):
    """The first seconds of the footage."""
    clip = Clip(Span(Fraction(0), Fraction(seconds)), WHOLE_PICTURE, look=None, transition_in=None, reason="")
    return EditPlan((clip,), (), chain, OutputFormat(*SIZE, RATE, "h264", 30, "ultrafast", 96), ())


def footage(folder, sound=None, sample_rate=48000, seconds=8):
    """Black pictures with that sound."""
    frames = [np.zeros((*SIZE[::-1], 3), np.uint8)] * round(seconds * RATE)
    return synth.write_video(folder / "s.mp4", frames, rate=RATE, audio=sound, sample_rate=sample_rate)


def on_the_way(folder, edit, source):
    """What was heard while a plan was rendered, and the file."""
    sound, output = PassingSound(edit.duration), folder / "o.mp4"
    render(edit, source, {}, output, passing=Passing(-1, (), 0, sound))
    return sound.heard, output


def read_back(path, duration):
    """What the file's reader gives: columns and loudness."""
    source = examine(path)
    samples = round(duration * source.sample_rate)
    envelope = Envelope(samples)
    meter = LoudnessMeter(source.sample_rate, "mono" if source.channels == 1 else "stereo")
    with SoundReader(source) as reader:
        for piece in even(reader.blocks(Fraction(0), samples)):
            envelope.add(piece)
            meter.add(piece)
        assert reader.damage == Damage()
    return envelope.columns, meter.result()


@pytest.mark.parametrize("chain", [KEPT, LOUD], ids=["coded as a whole", "in chapters under a ceiling"])
@pytest.mark.parametrize(
    ("sample_rate", "channels", "seconds"), [(48000, 2, 8), (44100, 1, 8), (32000, 2, Fraction(33, 10)), (48000, 2, 1)]
)
def test_what_is_heard_is_what_the_file_says(chain, sample_rate, channels, seconds, tmp_path, monkeypatch):
    """To the bit: every column and all measures of the loudness, over borders of chapters too, in the output's seconds."""
    # several chapters in a few seconds
    monkeypatch.setattr("clipzy.media.sound.sound_chapters.OWN", 100)
    quiet_then_loud = synth.noise(8.0, sample_rate, channels=channels, rms_dbfs=-12.0)
    quiet_then_loud[: len(quiet_then_loud) // 2] *= 0.1
    edit = plan(seconds, chain)
    heard, output = on_the_way(tmp_path, edit, footage(tmp_path, quiet_then_loud, sample_rate))
    columns, loudness = read_back(output, edit.duration)
    np.testing.assert_array_equal(heard.envelope.columns, columns)
    assert heard.loudness == loudness
    assert loudness.true_peak_dbtp > -25


def test_where_nothing_is_heard_there_is_nothing_to_tell(tmp_path):
    """Neither of footage without sound nor of a plan without it."""
    silent = footage(tmp_path, seconds=1)
    assert on_the_way(tmp_path, plan(1), silent)[0] is None
    sounding = footage(tmp_path, synth.noise(1.0), seconds=1)
    assert on_the_way(tmp_path, plan(1, chain=None), sounding)[0] is None


def test_a_file_with_another_sound_than_was_heard_is_refused(tmp_path, monkeypatch):
    """What is told of the output is told of this very file."""
    source = footage(tmp_path, synth.noise(1.0), seconds=1)
    hear = PassingSound.hear

    def hears_more(self, packets, pass_on, header, form):
        hear(self, packets, pass_on, header, form)
        self.heard = replace(self.heard, digest=b"of another sound")

    monkeypatch.setattr(PassingSound, "hear", hears_more)
    with pytest.raises(MediaError, match="another sound"):
        on_the_way(tmp_path, plan(1), source)
    assert not (tmp_path / "o.mp4").exists()


def test_a_failure_while_it_is_heard_fails_the_rendering(tmp_path, monkeypatch):
    """At once, in the words of whatever failed; nothing waits for packets that never come."""

    def fails(*_):
        raise MediaError("the sound cannot be measured")

    monkeypatch.setattr("clipzy.media.rendering.passing_sound.Envelope.add", fails)
    with pytest.raises(MediaError, match="cannot be measured"):
        on_the_way(tmp_path, plan(4), footage(tmp_path, synth.noise(4.0), seconds=4))


def test_what_a_failed_rendering_left_is_forgotten():
    """The next one's sound is told by itself, or not at all."""
    sound = PassingSound(Fraction(1))
    sound.heard = object()

    def broken():
        raise MediaError("broken")
        yield

    with pytest.raises(MediaError, match="broken"):
        sound.hear(broken(), lambda _packet: None, b"\x11\x90", (48000, 2))
    assert sound.heard is None


def test_the_sound_comes_before_the_pictures_where_processors_are_few(tmp_path):
    """It is heard through before it is coded, by one thread: a rendering would wait for it once its pictures are there."""

    class Niceness(Passing):
        def see(self, *_args):
            self.of_pictures = niceness()

    class Heard(PassingSound):
        def hear(self, *args):
            self.niceness = niceness()
            super().hear(*args)

    sound = Heard(Fraction(1))
    passing = Niceness(-1, (), 0, sound)
    render(plan(1), footage(tmp_path, np.zeros((8 * 48000, 2), np.float32)), {}, tmp_path / "o.mp4", passing=passing)
    assert sound.niceness == os.getpriority(os.PRIO_PROCESS, os.getpid()) < passing.of_pictures


def niceness():
    """Of this thread."""
    return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())
