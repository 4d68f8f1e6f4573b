"""The sound of an output through the renderer: the template's, or both; levels, joins, loudness, layouts, and the length to the sample."""

from __future__ import annotations

import errno
import os
import re
from dataclasses import replace
from fractions import Fraction

import av
import numpy as np
import pytest

import synth
from clipzy.errors import MediaError
from clipzy.media.rendering.footage import examine
from clipzy.media.rendering.output_sound import OutputSound, template_stretches
from clipzy.media.rendering.render import render
from clipzy.media.sound.audio import decode_audio
from clipzy.media.sound.loudness import LoudnessMeter
from clipzy.media.sound.sound_cuts import crossfaded
from clipzy.style.plan import WHOLE_PICTURE, AudioChain, Clip, EditPlan, OutputFormat
from clipzy.style.soundtrack import Ducking, Soundtrack, Stretch
from clipzy.style.time import Span

SIZE = (64, 36)
RATE = Fraction(5)
TARGET = AudioChain(None, None, None, -20.0, -1.0, "")
KEPT = AudioChain(None, None, None, None, -1.0, "")


def stretch(start, end, crossfade=0):
    """A stretch of the template's sound."""
    return Stretch(Span(Fraction(str(start)), Fraction(str(end))), Fraction(str(crossfade)), "")


def track(*stretches, **changes):
    """A soundtrack of these, the template's sound alone."""
    return replace(Soundtrack(stretches or (stretch(0, 8),), 0.0, None, None, Fraction(0), ""), **changes)


def plan(soundtrack, seconds=8, chain=KEPT):
    """All of the footage, with that soundtrack."""
    clip = Clip(Span(Fraction(0), Fraction(seconds)), WHOLE_PICTURE, look=None, transition_in=None, reason="")
    output = OutputFormat(*SIZE, RATE, "h264", 30, "ultrafast", 256)
    return EditPlan((clip,), (), chain, output, (), soundtrack=soundtrack)


def video(path, sound, sample_rate=48000, seconds=8, audio_codec=None):
    """A black video with that sound, as good as lossless."""
    frames = [np.zeros((*SIZE[::-1], 3), np.uint8)] * round(seconds * RATE)
    return synth.write_video(path, frames, rate=RATE, audio=sound, sample_rate=sample_rate, audio_codec=audio_codec)


def tone(frequency_hz, sample_rate=48000, channels=2, peak_dbfs=-20.0, seconds=8):
    """A sine."""
    return synth.sine(frequency_hz, seconds, sample_rate, peak_dbfs=peak_dbfs, channels=channels)


def heard(tmp_path, edit, footage, template):
    """What the renderer sends to the encoder, (channels, samples), and its rate."""
    sound = OutputSound(edit, examine(footage), examine(template), tmp_path)
    rate, channels = sound.form
    pieces = list(sound.heard(edit.duration))
    assert {len(piece) for piece in pieces} == {channels}
    return np.concatenate(pieces, axis=1), rate


def level_db(sound, rate, frequency_hz, start_s, end_s):
    """Peak level of a sine of that frequency in a stretch of one channel, dBFS."""
    part = sound[round(start_s * rate) : round(end_s * rate)]
    wave = np.exp(-2j * np.pi * frequency_hz * np.arange(len(part)) / rate) * np.hanning(len(part))
    return 20 * np.log10(2 * abs((part * wave).sum()) / np.hanning(len(part)).sum() + 1e-9)


@pytest.mark.parametrize(
    ("own", "own_channels", "theirs", "their_channels"),
    [(48000, 1, 44100, 2), (44100, 2, 48000, 1), (22050, 2, 44100, 6), (48000, 6, 48000, 1)],
)
def test_rates_and_layouts_meet(own, own_channels, theirs, their_channels, tmp_path):
    """The footage's rate, or 48 kHz for one that players do not all take; as many channels as either has, two at most; each at its level."""
    a, b = tone(400, own, own_channels), tone(1000, theirs, their_channels)
    for sound, channels in ((a, own_channels), (b, their_channels)):
        if channels == 6:  # of 5.1 only the front is heard at its level in stereo
            sound[:, 2:] = 0
    footage, template = video(tmp_path / "f.mkv", a, own), video(tmp_path / "t.mkv", b, theirs)
    sound, rate = heard(tmp_path, plan(track(footage_gain_db=0.0)), footage, template)
    assert rate == (own if own > 44000 else 48000)
    assert sound.shape == (2, 8 * rate)
    for channel in sound:
        assert level_db(channel, rate, 400, 1, 7) == pytest.approx(-20, abs=0.1)
        assert level_db(channel, rate, 1000, 1, 7) == pytest.approx(-20, abs=0.1)


@pytest.mark.parametrize("begins_s", [0, 0.008, 1])
def test_a_join_without_a_cross_fade_is_not_heard_as_a_click(begins_s, tmp_path):
    """The old stretch is faded out over the 20 ms before, also where the new one has no sound before it, which is heard from its first sample."""
    template = video(tmp_path / "t.mkv", tone(100))
    turned = 4.0025 + begins_s  # a quarter of a wave: at its peak, where the new stretch begins at nothing
    sound, rate = heard(tmp_path, plan(track(stretch(0, turned), stretch(begins_s, 4))), template, template)
    steps = np.abs(np.diff(sound[0]))
    join = round(turned * rate)
    assert steps[join - rate // 10 : join + rate // 10].max() < 2 * steps[rate : 2 * rate].max()
    whole = np.abs(sound[0, join : join + rate // 100]).max()
    assert whole == pytest.approx(np.abs(sound[0, rate : 2 * rate]).max(), rel=0.02)


def test_music_goes_down_under_speech(tmp_path):
    """By the plan's depth where the plan says, and nothing happens to the footage's own sound."""
    footage, template = video(tmp_path / "f.mkv", tone(400)), video(tmp_path / "t.mkv", tone(1000))
    ducking = Ducking((Span(Fraction(2), Fraction(4)),), 14.0, Fraction(3, 10), Fraction(4, 5), "")
    sound, rate = heard(tmp_path, plan(track(footage_gain_db=0.0, ducking=ducking)), footage, template)
    for (start, end), down in {(0, 1.7): 0, (2, 4): 14, (4.8, 8): 0}.items():
        assert level_db(sound[0], rate, 1000, start, end) == pytest.approx(-20 - down, abs=0.1)
        assert level_db(sound[0], rate, 400, start, end) == pytest.approx(-20, abs=0.1)


@pytest.mark.parametrize("ratio", [None, 2.0])
def test_the_whole_comes_to_its_loudness_under_the_ceiling(ratio, tmp_path):
    """Speech over drums, loud: within 0.3 LU of the target, true peaks under -1 dBTP; the file is as long as its pictures to the sample."""
    speech, drums = synth.speech_like(8, 48000, channels=1), synth.drum_track(120, 8, 44100).audio
    footage, template = video(tmp_path / "f.mkv", speech), video(tmp_path / "t.mkv", drums, 44100)
    ducking = Ducking((Span(Fraction(0), Fraction(5)),), 14.0, Fraction(3, 10), Fraction(4, 5), "")
    chain = AudioChain(None, None, ratio, -14.0, -1.0, "")
    edit = plan(track(footage_gain_db=0.0, ducking=ducking), chain=chain)
    sound, rate = heard(tmp_path, edit, footage, template)
    meter = LoudnessMeter(rate, "stereo")
    meter.add(sound)
    assert meter.result().integrated_lufs == pytest.approx(-14, abs=0.3)
    assert meter.result().true_peak_dbtp <= -0.9
    if ratio is None:
        render(edit, footage, {}, tmp_path / "output.mp4", template=template)
        with av.open(str(tmp_path / "output.mp4")) as container:
            audio = container.streams.audio[0]
            assert (audio.sample_rate, audio.channels, audio.duration) == (48000, 2, 8 * 48000)


def test_the_compressor_leaves_the_balance_as_planned(tmp_path):
    """It works on the footage's sound alone, which keeps its loudness over the template's."""
    footage, template = video(tmp_path / "f.mkv", tone(400)), video(tmp_path / "t.mkv", tone(1000))
    chain = AudioChain(None, None, 4.0, None, -1.0, "")
    sound, rate = heard(tmp_path, plan(track(footage_gain_db=0.0), chain=chain), footage, template)
    assert level_db(sound[0], rate, 400, 2, 7) == pytest.approx(-20, abs=0.2)
    assert level_db(sound[0], rate, 1000, 2, 7) == pytest.approx(-20, abs=0.1)


@pytest.mark.parametrize("sample_rate", [44100, 48000])
def test_a_loop_on_the_beat_is_not_heard(sample_rate, tmp_path):
    """Drums of 120 beats a minute repeated after two bars are the drums that never stopped: to the sample, and without a step."""
    drums = synth.drum_track(120, 16, sample_rate).audio
    template = video(tmp_path / "t.mkv", drums[: 9 * sample_rate], sample_rate, seconds=9)
    footage = video(tmp_path / "f.mp4", None, seconds=16)
    looped = track(stretch(0, 8), stretch(4, 8, 0.03), stretch(4, 8, 0.03))
    sound, rate = heard(tmp_path, plan(looped, seconds=16), footage, template)
    assert (rate, sound.shape) == (sample_rate, (2, 16 * sample_rate))
    # each drum hit has noise of its own: what is alike is where its energy is
    power, truth = (np.square(each).reshape(-1, rate // 100).sum(axis=1) for each in (sound[0], drums[:, 0]))
    assert np.corrcoef(power, truth)[0, 1] > 0.95
    for join in (8, 12):
        around = sound[0, round((join - 0.1) * rate) : round(join * rate)]
        assert np.abs(np.diff(around)).max() <= np.abs(np.diff(drums[:, 0])).max()


def test_a_downmix_over_full_scale_is_made_quieter_as_a_whole(tmp_path):
    """Sound kept as it is, six channels alike: their sum in stereo by one gain under the ceiling, in the file too, and told."""
    loud = tone(400, channels=6, peak_dbfs=-1.0)
    loud[: 4 * 48000] *= 0.25
    footage = video(tmp_path / "f.mkv", loud)
    output = tmp_path / "output.mp4"
    report = render(plan(None), footage, {}, output)
    quieter, mixed = report.warnings
    assert re.search(r"lowered by \d\.\d dB", quieter)
    assert mixed == "surround sound was mixed to stereo"
    assert decode_audio(output, tmp_path / "decoded").loudness.true_peak_dbtp == pytest.approx(-1, abs=0.4)
    sound = np.concatenate(list(OutputSound(plan(None), examine(footage), None, tmp_path).heard(Fraction(8))), axis=1)
    quiet, full = (level_db(sound[0], 48000, 400, *part) for part in ((0.5, 3.5), (4.5, 7.5)))
    assert full - quiet == pytest.approx(20 * np.log10(4), abs=0.05)


@pytest.mark.parametrize(("channels", "peak_dbfs"), [(6, -20.0), (2, 0.0)])
def test_sound_kept_as_it_is_keeps_its_level(channels, peak_dbfs, tmp_path):
    """To the sample: a downmix under the ceiling, and two channels even over it; nothing is told of a level."""
    sound = tone(400, channels=channels, peak_dbfs=peak_dbfs)
    if channels == 6:
        sound[:, 2:] = 0
    out = OutputSound(plan(None), examine(video(tmp_path / "f.mkv", sound)), None, tmp_path)
    found = np.concatenate(list(out.heard(Fraction(8))), axis=1)
    assert np.abs(found - sound[:, :2].T).max() < 1e-4
    assert out.ceiling_dbtp == (-1.0 if channels == 6 else None)
    assert not out.notes


def test_footage_without_sound_gets_the_templates(tmp_path):
    """As an output that has sound."""
    footage, template = video(tmp_path / "f.mp4", None), video(tmp_path / "t.mp4", tone(1000, 44100), 44100)
    output = tmp_path / "output.mp4"
    report = render(plan(track(), chain=TARGET), footage, {}, output, template=template)
    assert report.warnings == ()
    assert decode_audio(output, tmp_path / "decoded").loudness.integrated_lufs == pytest.approx(-20, abs=0.2)


def undecodable(path):
    """A video with sound whose codec nobody knows."""
    content = video(path, tone(1000)).read_bytes()
    assert content.count(b"A_FLAC") == 1
    path.write_bytes(content.replace(b"A_FLAC", b"A_ZZZZ"))
    return path


def without_channels(path):
    """A video whose damaged header names no channels of its sound."""
    content = video(path, tone(1000), audio_codec="pcm_s16le").read_bytes()
    assert content.count(b"\x9f\x81") == 1
    at = content.index(b"\x9f\x81") + 2
    path.write_bytes(content[:at] + b"\0" + content[at + 1 :])
    return path


def silent(path):
    """A video without sound."""
    return video(path, None)


@pytest.mark.parametrize(
    ("made", "lack"),
    [
        (silent, "has no sound"),
        (undecodable, "has sound that cannot be decoded"),
        (without_channels, "has sound that cannot be decoded"),
    ],
    ids=["none", "undecodable", "no-channels"],
)
def test_why_nothing_is_heard_of_the_footage_is_told(made, lack, tmp_path):
    """With and without the template's sound; that there is none is not told as a fault of the file."""
    footage, template = made(tmp_path / "f.mkv"), video(tmp_path / "t.mp4", tone(1000))
    report = render(plan(track(footage_gain_db=0.0)), footage, {}, tmp_path / "o.mp4", template=template)
    assert report.warnings == (f"the footage {lack}: only the template's is heard",)
    report = render(plan(None), footage, {}, tmp_path / "o.mp4")
    assert report.warnings == (f"the footage {lack}: the output is silent",)


def test_a_soundtrack_needs_its_template(tmp_path):
    """One that is given, and has sound."""
    footage = video(tmp_path / "f.mp4", None)
    with pytest.raises(ValueError, match="no template was given"):
        render(plan(track()), footage, {}, tmp_path / "o.mp4")
    with pytest.raises(MediaError, match="the template has no sound"):
        render(plan(track()), footage, {}, tmp_path / "o.mp4", template=footage)
    with pytest.raises(MediaError, match="the template has sound that cannot be decoded"):
        render(plan(track()), footage, {}, tmp_path / "o.mp4", template=undecodable(tmp_path / "t.mkv"))


@pytest.mark.parametrize("rate", [44100, 48000])
@pytest.mark.parametrize("total", [1, 44100, 300001, 441000])
def test_stretches_fill_the_output_to_the_sample(rate, total):
    """Whatever their edges, cut where the output ends, with what they fade in over."""
    loop = track(stretch(0, 3.3333), *[stretch(1.11111, 3.3333, 0.03)] * 5)
    found = template_stretches(loop, rate, total)
    pieces = crossfaded(found, lambda each: iter([np.ones((1, each.samples), np.float32)]))
    assert sum(piece.shape[1] for piece in pieces) == min(total, round(loop.duration * rate))


def test_long_sounds_are_recorded_beside_the_output(tmp_path, monkeypatch):
    """Not in memory, and nothing is left of them."""
    monkeypatch.setattr("clipzy.media.sound.recording.IN_MEMORY_BYTES", 1000)
    footage, template = video(tmp_path / "f.mkv", tone(400)), video(tmp_path / "t.mkv", tone(1000))
    before = sorted(tmp_path.iterdir())
    sound, _ = heard(tmp_path, plan(track(footage_gain_db=0.0), chain=TARGET), footage, template)
    assert sound.shape[1] == 8 * 48000
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.parametrize("kind", [OSError, av.error.FFmpegError], ids=["the system's", "FFmpeg's"])
@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT], ids=["full", "quota"])
def test_a_disk_without_room_is_an_error_in_words(tmp_path, monkeypatch, kind, number):
    """Of a recording as of the output; nothing is left of either."""

    def refuse(*_):
        raise kind(number, os.strerror(number))

    monkeypatch.setattr("clipzy.media.sound.recording.SpooledTemporaryFile.write", refuse)
    footage, template = video(tmp_path / "f.mkv", tone(400)), video(tmp_path / "t.mkv", tone(1000))
    before = sorted(tmp_path.iterdir())
    with pytest.raises(MediaError, match="the disk is full"):
        render(plan(track(), chain=TARGET), footage, {}, tmp_path / "o.mp4", template=template)
    assert sorted(tmp_path.iterdir()) == before


def test_a_part_of_the_footage_fades_as_planned(tmp_path):
    """In over its first and out over its last samples, whatever else is done to the sound."""
    source = video(tmp_path / "f.mp4", tone(440), seconds=8)
    whole = plan(None, 4)
    chain = replace(KEPT, fade_in_s=Fraction(1, 50), fade_out_s=Fraction(1, 2))
    edit = replace(whole, clips=(replace(whole.clips[0], source=Span(Fraction(2), Fraction(6))),), audio=chain)
    sound, rate = heard(tmp_path, edit, source, source)
    assert level_db(sound[0], rate, 440, 1, 3) == pytest.approx(-20, abs=0.3)
    assert level_db(sound[0], rate, 440, 3.9, 4) < -30
    assert np.abs(sound[:, [0, -1]]).max() < 1e-3


def test_samples_of_a_broken_template_that_no_sound_has_leave_the_rest_to_be_heard(tmp_path):
    """Floats may say anything: measured as they are they would be the loudness of all, and its peaks."""
    sound = tone(440)
    sound[48000:48100] = 3e38
    template = tmp_path / "t.mov"
    frames = [np.zeros((*SIZE[::-1], 3), np.uint8)] * round(8 * RATE)
    synth.write_video(template, frames, rate=RATE, audio=sound, audio_codec="pcm_f32le")
    footage = video(tmp_path / "f.mp4", tone(1000))
    found, rate = heard(tmp_path, plan(track(gain_db=60.0), chain=TARGET), footage, template)
    assert level_db(found[0], rate, 440, 5, 7) > -45
