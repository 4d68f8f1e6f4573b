"""True peaks of coded sound, as a decoder gives them."""

from __future__ import annotations

import itertools
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

import synth
from clipzy.media.accel import choose_encoder
from clipzy.media.audio import decode_audio
from clipzy.media.encode import Encoder
from clipzy.media.loudness import LoudnessMeter
from clipzy.media.render import render
from clipzy.media.sound_coding import FRAME, MOST_CODINGS, _decoded, coded_under, frame_peaks_dbtp, lowered
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


def pieces(sound):
    """A hearing of it."""
    return lambda: (sound[:, at : at + 16 * FRAME] for at in range(0, sound.shape[1], 16 * FRAME))


def measured(sound):
    """What FFmpeg's meter says of a sound."""
    meter = LoudnessMeter(RATE, "stereo" if len(sound) == 2 else "mono")
    meter.add(np.ascontiguousarray(sound, np.float32))
    return meter.result()


@pytest.fixture
def encoder(tmp_path):
    """An encoder for sound in stereo; no picture is given to it."""
    encoder = Encoder(tmp_path / "o.mp4", OUTPUT, choose_encoder(), (RATE, 2))
    yield encoder
    encoder.sound_packets(iter(()))


def test_peaks_are_those_of_the_meter(encoder):
    """Of each frame; the highest agrees with FFmpeg's for the decoded whole."""
    sound = drums()
    quiet = np.concatenate([sound[:, : RATE // 2] / 4, sound], axis=1)
    packets = list(encoder.sound_packets(pieces(quiet)()))
    peaks = frame_peaks_dbtp(packets, encoder.sound_header)
    assert len(peaks) == -(-quiet.shape[1] // FRAME)
    decoded = np.concatenate(list(_decoded(packets, encoder.sound_header)), axis=1)
    assert peaks.max() == pytest.approx(measured(decoded).true_peak_dbtp, abs=0.1)
    assert peaks[: RATE // 2 // FRAME - 1].max() < peaks.max() - 6


def test_a_sound_is_lowered_about_single_frames_and_nowhere_else():
    """At least by what the frame needs, all through it and its neighbours; in ramps, so that nothing clicks."""
    gains = np.zeros(20)
    gains[10] = -6.0
    out = np.concatenate(list(lowered(pieces(np.ones((1, 20 * FRAME), np.float32))(), gains)), axis=1)[0]
    assert out[9 * FRAME : 12 * FRAME].max() <= 10 ** (-6 / 20) + 1e-6
    assert (out[: 8 * FRAME] == 1).all()
    assert (out[13 * FRAME :] == 1).all()
    assert np.abs(np.diff(out)).max() < 0.001


def test_a_sound_whose_peaks_stay_low_is_coded_once(encoder):
    """And its packets are those of plain coding."""
    sound = pieces(0.3 * drums())
    plain = [bytes(packet) for packet in encoder.sound_packets(sound())]
    coded = coded_under(CEILING, sound, encoder.sound_packets, encoder.sound_header)
    assert coded.codings == 1
    assert [bytes(packet) for packet in coded.packets] == plain


def test_coding_ends_even_where_the_ceiling_cannot_be_held(encoder):
    """An encoder that pays no heed to what it is given: four codings, the best of them is taken."""
    loud = list(encoder.sound_packets(pieces(3 * drums())()))
    calls = itertools.count(1)

    def deaf(sound):
        next(calls)
        assert sum(piece.shape[1] for piece in sound) == 3 * RATE
        return iter(loud)

    coded = coded_under(-20.0, pieces(drums()), deaf, encoder.sound_header)
    assert (coded.codings, next(calls)) == (MOST_CODINGS, MOST_CODINGS + 1)
    assert coded.true_peak_dbtp > -20.0


@pytest.mark.parametrize(("channels", "kbps"), [(2, 96), (2, 160), (1, 160)])
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
