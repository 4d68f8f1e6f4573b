"""True peaks of coded sound, as a decoder gives them."""

from __future__ import annotations

import itertools
import threading
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

import synth
from clipzy.media.accel import choose_encoder
from clipzy.media.rendering.encode import Encoder
from clipzy.media.rendering.render import render
from clipzy.media.sound import sound_chapters
from clipzy.media.sound.audio import decode_audio
from clipzy.media.sound.loudness import LoudnessMeter
from clipzy.media.sound.sound_chapters import OWN, ChapterCoder, chapters
from clipzy.media.sound.sound_coding import (
    FRAME,
    REACH,
    RUN_UP,
    Chapter,
    code_chapter,
    decode,
    levels_dbtp,
    lowered,
    to_be_lowered,
)
from clipzy.style.plan import WHOLE_PICTURE, AudioChain, Clip, EditPlan, OutputFormat
from clipzy.style.time import Span

RATE = 48000
OUTPUT = OutputFormat(64, 36, Fraction(5), "h264", 30, "ultrafast", 128)
CEILING = -1.0
LOUD = AudioChain(None, None, None, -10.0, CEILING, "")


def drums(seconds=3, channels=2):
    """Short bursts of noise, four a second, over a low hum: what AAC smears most."""
    random = np.random.default_rng(3)
    time = np.arange(seconds * RATE) / RATE
    burst = random.standard_normal((channels, len(time))) * np.exp(-(time % 0.25) * 60)
    return (0.2 * burst + 0.1 * np.sin(2 * np.pi * 80 * time)).astype(np.float32)


def whole(sound):
    """One chapter of all of it."""
    return Chapter(sound, 0, range(-(-sound.shape[1] // FRAME)))


def pieces(sound, size=10000):
    """As it streams by."""
    return (sound[:, at : at + size] for at in range(0, sound.shape[1], size))


def noise(coded, sound):
    """Energy of what coding changed, frame by frame."""
    frames = sound.shape[1] // FRAME
    apart = coded[:, : frames * FRAME] - sound[:, : frames * FRAME]
    return np.square(apart).sum(axis=0).reshape(frames, FRAME).sum(axis=1)


@pytest.fixture(scope="module")
def encoder(tmp_path_factory):
    """An encoder for sound in stereo; no picture is given to it."""
    return Encoder(tmp_path_factory.mktemp("sound") / "o.mp4", OUTPUT, choose_encoder(), (RATE, 2))


@pytest.fixture
def short_chapters(monkeypatch):
    """The frames of a chapter; joins come more often."""
    monkeypatch.setattr(sound_chapters, "OWN", 170)
    return 170


def test_peaks_are_those_of_the_meter():
    """Of each frame; the highest agrees with FFmpeg's for the whole."""
    sound = np.concatenate([drums()[:, : RATE // 2] / 4, drums()], axis=1)
    meter = LoudnessMeter(RATE, "stereo")
    meter.add(sound)
    peaks = levels_dbtp(sound)
    assert len(peaks) == -(-sound.shape[1] // FRAME)
    assert peaks.max() == pytest.approx(meter.result().true_peak_dbtp, abs=0.1)
    assert peaks[: RATE // 2 // FRAME - 1].max() < peaks.max() - 6


def test_a_sound_is_lowered_about_single_frames_and_nowhere_else():
    """At least by what the frame needs, all through it and its neighbours; in ramps, so that nothing clicks."""
    gains = np.zeros(15)
    gains[7] = -6.0
    out = lowered(np.ones((1, 20 * FRAME), np.float32), gains, 3)[0]
    assert out[9 * FRAME : 12 * FRAME].max() <= 10 ** (-6 / 20) + 1e-6
    assert (out[: 8 * FRAME] == 1).all()
    assert (out[13 * FRAME :] == 1).all()
    assert np.abs(np.diff(out)).max() < 0.001


def test_a_sound_whose_peaks_stay_low_is_coded_once(encoder):
    """And its packets are those of plain coding."""
    sound = 0.3 * drums()
    plain = [bytes(packet) for packet in encoder.chapter_packets(sound, 0)]
    coder = ChapterCoder(CEILING, encoder.chapter_packets, encoder.sound_header)
    assert [bytes(packet) for packet in coder.packets(pieces(sound))] == plain
    assert coder.codings == 1


@pytest.mark.parametrize("samples", [1, 700, FRAME, 3 * FRAME + 1])
def test_the_shortest_sounds_are_coded(samples, encoder):
    """Even those of less than a frame."""
    coder = ChapterCoder(CEILING, encoder.chapter_packets, encoder.sound_header)
    packets = list(coder.packets([np.full((2, samples), 0.1, np.float32)]))
    assert decode(packets, encoder.sound_header, 0).shape[1] >= samples


def test_of_no_sound_come_no_packets(encoder):
    """Nor is there a peak."""
    coder = ChapterCoder(CEILING, encoder.chapter_packets, encoder.sound_header)
    assert list(coder.packets([])) == []
    assert coder.true_peak_dbtp == -np.inf


@pytest.mark.parametrize(("rate", "channels"), [(8000, 1), (22050, 2), (96000, 2)])
@pytest.mark.usefixtures("short_chapters")
def test_chapters_join_at_any_rate_and_in_silence(rate, channels, tmp_path):
    """Every packet is there once, and all of the sound, whose first border lies in silence and whose second in noise."""
    sound = 0.1 * np.random.default_rng(2).standard_normal((channels, 420 * FRAME + 5)).astype(np.float32)
    sound[:, 150 * FRAME : 190 * FRAME] = 0
    with Encoder(tmp_path / "o.mp4", OUTPUT, choose_encoder(), (rate, channels)) as encoder:
        coder = ChapterCoder(CEILING, encoder.chapter_packets, encoder.sound_header)
        packets = list(coder.packets(pieces(sound)))
        decoded = decode(packets, encoder.sound_header, 0)
    assert [packet.pts for packet in packets] == [FRAME * number for number in range(-1, len(packets) - 1)]
    assert decoded.shape[1] >= sound.shape[1]
    assert np.abs(decoded[:, 155 * FRAME : 185 * FRAME]).max() < 1e-3


def test_an_encoder_that_fails_ends_the_coding(encoder):
    """Its error comes to whoever asks for the packets, and no thread is left behind."""

    def broken(*_):
        raise RuntimeError("out of bits")

    coder = ChapterCoder(CEILING, broken, encoder.sound_header)
    with pytest.raises(RuntimeError, match="out of bits"):
        list(coder.packets(pieces(drums(12))))
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("code sound")]


def test_coding_ends_even_where_the_ceiling_cannot_be_held(encoder):
    """An encoder that pays no heed to what it is given: four codings, the best of them is taken."""
    loud = list(encoder.chapter_packets(3 * drums(), 0))
    calls = itertools.count(1)

    def deaf(sound, first):
        next(calls)
        assert (sound.shape[1], first) == (3 * RATE, 0)
        return iter(loud)

    [coded] = code_chapter(whole(drums()), deaf, encoder.sound_header, -20.0)
    assert (coded.codings, next(calls)) == (4, 5)
    assert coded.levels_dbtp.max() > -20.0


@pytest.mark.parametrize("over", [[0], [399], [200], [30, 200], [5, 40, 370], [100, 120, 300], [27, 372], range(400)])
def test_what_is_coded_anew_can_be_joined_to_what_is_kept(over):
    """All frames over the ceiling lie in it, changed sound away from its joins, and no two joins can lie in the wrong order."""
    frames = range(1000, 1400)
    found = to_be_lowered(np.isin(np.arange(400), over), frames)
    for at in over:
        [part] = [part for part in found if 1000 + at in part]
        for edge, end in ((part.start, frames.start), (part.stop - 1, frames.stop - 1)):
            assert edge == end or abs(edge - at - 1000) > 2 * REACH + 2
    borders = [edge for part in found for edge in (part.start, part.stop)]
    borders += [frames.start] * (borders[0] > frames.start) + [frames.stop] * (borders[-1] < frames.stop)
    assert (np.diff(sorted(borders)) >= 2 * REACH).all()
    assert all(len(part) >= 4 * REACH for part in found)


def test_only_what_is_about_a_peak_is_coded_anew(encoder):
    """Of a long sound with one attack the rest keeps the packets of its first coding, and the whole is one row."""
    sound = 0.1 * np.random.default_rng(4).standard_normal((2, 420 * FRAME)).astype(np.float32)
    sound[:, 250 * FRAME : 250 * FRAME + 300] = np.where(np.arange(300) % 40 < 20, 0.97, -0.97)
    plain = {packet.pts // FRAME: bytes(packet) for packet in encoder.chapter_packets(sound, 0)}
    coder = ChapterCoder(CEILING, encoder.chapter_packets, encoder.sound_header)
    packets = list(coder.packets(pieces(sound)))
    assert [packet.pts for packet in packets] == [FRAME * number for number in range(-1, len(packets) - 1)]
    changed = [packet.pts // FRAME for packet in packets if plain[packet.pts // FRAME] != bytes(packet)]
    assert 250 in range(min(changed), max(changed) + 1)
    assert min(changed) > 250 - 3 * REACH
    assert max(changed) < 250 + 3 * REACH
    assert coder.codings > 1
    levels = levels_dbtp(decode(packets, encoder.sound_header, 0))
    assert levels.max() <= CEILING + 0.2
    assert coder.true_peak_dbtp == pytest.approx(levels.max(), abs=0.01)


@pytest.mark.parametrize("frames", [1, OWN - 1, OWN + RUN_UP - 1, OWN + RUN_UP, 2 * OWN + RUN_UP + 5.5])
def test_chapters_hold_all_of_a_sound(frames):
    """Whatever its length: each has a run-up, reaches into its neighbours as far as a join may lie, and none is short."""
    sound = np.arange(round(frames * FRAME), dtype=np.float32)[None]
    found = list(chapters(pieces(sound)))
    for each in found:
        assert (each.sound[0] == sound[0, each.first * FRAME :][: each.sound.shape[1]]).all()
        assert each.frames.stop <= each.first - (-each.sound.shape[1] // FRAME)
    assert (found[0].frames.start, found[-1].frames.stop) == (0, -(-sound.shape[1] // FRAME))
    for before, after in itertools.pairwise(found):
        assert before.frames.stop - after.frames.start == 2 * REACH
        assert after.frames.start - after.first == RUN_UP - REACH
        assert len(after.frames) > RUN_UP


def test_joined_chapters_sound_as_one_coding(encoder, short_chapters):
    """Every packet is there once, and near the joins coding adds no more noise than elsewhere."""
    sound = np.concatenate([0.3 * drums(4), 0.2 * drums(7)[:, ::-1]], axis=1)
    coder = ChapterCoder(CEILING, encoder.chapter_packets, encoder.sound_header)
    packets = list(coder.packets(pieces(sound)))
    assert [packet.pts for packet in packets] == [FRAME * number for number in range(-1, len(packets) - 1)]
    joined = noise(decode(packets, encoder.sound_header, 0), sound)
    plain = noise(decode(encoder.chapter_packets(sound, 0), encoder.sound_header, 0), sound)
    borders = range(short_chapters, len(joined) - RUN_UP, short_chapters)
    assert len(borders) == 2
    for border in borders:
        near = slice(border - REACH, border + REACH)
        # coding anew moves the noise by a few dB wherever one looks
        assert joined[near].max() < 2 * plain.max()
        assert joined[near].mean() < 2 * plain.mean()
    assert joined.mean() == pytest.approx(plain.mean(), rel=0.3)


@pytest.mark.parametrize(("channels", "kbps"), [(2, 96), (2, 160), (1, 160)])
@pytest.mark.usefixtures("short_chapters")
def test_the_decoded_file_is_under_the_ceiling(channels, kbps, tmp_path):
    """Drums that coding would lift over it: within 0.2 dB, and still at their loudness."""
    sound = drums(6, channels)
    frames = [np.zeros((36, 64, 3), np.uint8)] * 30
    footage = synth.write_video(tmp_path / "in.mp4", frames, rate=Fraction(5), audio=sound.T, sample_rate=RATE)
    clip = Clip(Span(Fraction(0), Fraction(6)), WHOLE_PICTURE, look=None, transition_in=None, reason="")
    output = replace(OUTPUT, audio_bitrate_kbps=kbps)
    report = render(EditPlan((clip,), (), LOUD, output, ()), footage, {}, tmp_path / "out.mp4")
    loudness = decode_audio(tmp_path / "out.mp4", tmp_path).loudness
    assert loudness.true_peak_dbtp <= CEILING + 0.2
    assert report.sound_codings > 1  # else this proves nothing
    assert loudness.integrated_lufs > -11.5
