"""The sound of a plan on calibrated signals: what each step does, how exactly, and what none of them may do."""

from __future__ import annotations

import threading

import numpy as np
import pytest
from numpy.testing import assert_array_equal

import synth_sound
from clipzy.errors import MediaError
from clipzy.media.channel import Stopped
from clipzy.media.sound.audio import LAYOUTS
from clipzy.media.sound.limiter import limited
from clipzy.media.sound.loudness import LoudnessMeter
from clipzy.media.sound.recording import PIECE
from clipzy.media.sound.sound_chain import treated
from clipzy.style.plan import AudioChain

RATE = 48000
CEILING = -1.0
EVERYTHING = {"bass": 6.0, "presence": 3.0, "ratio": 2.0, "target": -14.0}


def chain(*, bass=None, presence=None, ratio=None, target=None):
    """A chain of these steps under a ceiling of -1 dBTP."""
    return AudioChain(bass, presence, ratio, target, CEILING, "a test")


def alone(steps, blocks, rate, channels, warn=lambda _sentence: None, check=lambda: None):
    """A sound of its own channels through a chain, with nothing beneath it."""
    return treated(steps, blocks, rate, channels, warn, bed=None, downmixed=False, folder=None, check=check)


def treat(sound, *, block=1000, warn=lambda _sentence: None, rate=RATE, **steps):
    """(channels, samples) through a chain, in blocks of that many samples."""

    def blocks():
        return (sound[:, start : start + block] for start in range(0, sound.shape[1], block))

    pieces = list(alone(chain(**steps), blocks, rate, len(sound), warn))
    assert all(piece.dtype == np.float32 for piece in pieces)
    return np.concatenate([np.zeros((len(sound), 0), np.float32), *pieces], axis=1)


def measured(sound):
    """Its loudness and true peak."""
    meter = LoudnessMeter(RATE, LAYOUTS[len(sound)])
    meter.add(np.ascontiguousarray(sound))
    return meter.result()


def level_db(sound):
    """Root mean square over all samples, dBFS."""
    return 10 * np.log10(np.mean(np.square(sound, dtype=np.float64)))


def sine(frequency_hz, seconds=4.0, peak_dbfs=-30.0, channels=2):
    """A sine, (channels, samples)."""
    return synth_sound.sine(frequency_hz, seconds, peak_dbfs=peak_dbfs, channels=channels).T


def gain_at(frequency_hz, **steps):
    """What the chain does to the level of a quiet sine once it has settled, dB."""
    sound = sine(frequency_hz)
    settled = slice(RATE, -RATE)
    return level_db(treat(sound, **steps)[:, settled]) - level_db(sound[:, settled])


SOUNDS = {
    "speech": synth_sound.speech_like(8, RATE, channels=2).T,
    "drums": synth_sound.drum_track(120, 8, RATE).audio.T,
    "noise": synth_sound.noise(6).T,
    "mono sine": sine(997, channels=1),
}
with_every_sound = pytest.mark.parametrize("sound", SOUNDS.values(), ids=SOUNDS)


@with_every_sound
@pytest.mark.parametrize("target", [-23.0, -14.0])
def test_the_loudness_lands_on_its_target(sound, target):
    """Within 0.3 LU, also where the limiter takes of it, which it does with speech and drums at -14 LUFS."""
    assert abs(measured(treat(sound, target=target)).integrated_lufs - target) < 0.3


@with_every_sound
@pytest.mark.parametrize(
    "steps", [{"target": -9.0}, {"bass": 9.0}, EVERYTHING], ids=["loud master", "bass alone", "everything"]
)
def test_no_true_peak_is_over_the_ceiling(sound, steps):
    """Peaks between the samples count, with a loudness target or without."""
    loud = sound * np.float32(10 ** ((3 - measured(sound).true_peak_dbtp) / 20))  # at +3 dBTP
    assert measured(treat(loud, **steps)).true_peak_dbtp <= CEILING + 0.1


def test_peaks_between_samples_are_limited_too():
    """A sine at a quarter of the rate, sampled beside its crests, has its true peak 3 dB over its samples."""
    between = np.sin(np.pi / 2 * np.arange(3 * RATE) + np.pi / 4) * np.hanning(3 * RATE) * 1.2
    limited = treat(between[None].astype(np.float32), bass=0.0)
    assert measured(limited).true_peak_dbtp <= CEILING + 0.1
    assert np.abs(limited).max() < 10 ** ((CEILING - 2.9) / 20)


def test_a_limited_note_is_not_distorted():
    """A note of 40 Hz pushed 6 dB into the limiter keeps all but a quarter of a percent of its amplitude in one frequency."""
    limited = treat(sine(40, 4, peak_dbfs=5.0), bass=0.0)[0, RATE : 3 * RATE]
    spectrum = np.abs(np.fft.rfft(limited * np.hanning(len(limited)))) ** 2
    note = spectrum[80 - 3 : 80 + 4].sum()
    assert (spectrum.sum() - note) / note < 0.0025**2


def test_what_is_under_the_ceiling_is_not_limited():
    """Half a second after a loud burst the limiter has let go: the rest is as it was, scaled by nothing."""
    quiet = sine(440, 3, peak_dbfs=-12)
    burst = quiet.copy()
    burst[:, RATE : RATE + 200] *= 8
    limited = treat(burst, bass=0.0)
    assert np.abs(limited[:, : RATE // 2] - quiet[:, : RATE // 2]).max() < 1e-6
    assert np.abs(limited[:, RATE + RATE // 2 :] - quiet[:, RATE + RATE // 2 :]).max() < 1e-6


@pytest.mark.parametrize(
    ("frequency_hz", "gain_db"), [(20, 6.0), (50, 5.6), (100, 3.0), (1000, 0.0), (10000, 0.0)], ids=str
)
def test_bass_is_lifted_under_100_hz(frequency_hz, gain_db):
    """A shelf of 6 dB: all but 0.4 dB of it at 50 Hz, half at 100 Hz, nothing at 1 kHz."""
    assert abs(gain_at(frequency_hz, bass=6.0) - gain_db) < 0.15


@pytest.mark.parametrize(("frequency_hz", "gain_db"), [(100, 0.0), (3000, 3.0), (15000, 0.0)], ids=str)
def test_presence_is_lifted_around_3_khz(frequency_hz, gain_db):
    """A bell of 3 dB: all of it at 3 kHz, nothing far from there."""
    assert abs(gain_at(frequency_hz, presence=3.0) - gain_db) < 0.2


@pytest.mark.parametrize("peak_dbfs", [-10.0, -40.0], ids=["loud", "quiet"])
@pytest.mark.parametrize("ratio", [1.5, 2.0, 4.0])
def test_compression_divides_the_range_by_its_ratio(ratio, peak_dbfs):
    """Two levels 12 dB apart come 12 / ratio apart, within 0.5 dB, however loud the whole was recorded; its loudness stays."""
    loud, quiet = sine(997, 3, peak_dbfs), sine(997, 3, peak_dbfs - 12)
    sound = np.concatenate([loud, quiet] * 2, axis=1)
    after = treat(sound, ratio=ratio)
    settled = [slice(start * RATE, (start + 1) * RATE) for start in (8, 11)]  # the last second of the second pair
    apart = level_db(after[:, settled[0]]) - level_db(after[:, settled[1]])
    assert abs(apart - 12 / ratio) < 0.5
    assert abs(measured(after).integrated_lufs - measured(sound).integrated_lufs) < 0.3


def test_compression_leaves_the_pauses_down():
    """Noise 40 dB under the programme is not raised by more than the programme's quietest passages are."""
    pause, voice = sine(997, 3, -60), sine(997, 3, -20)
    after = treat(np.concatenate([voice, pause], axis=1), ratio=4.0)
    apart = level_db(after[:, 2 * RATE : 3 * RATE]) - level_db(after[:, 5 * RATE :])
    assert apart > 40 - 20 * (1 - 1 / 4) - 1.5


@pytest.mark.parametrize("steps", [EVERYTHING, {"target": -9.0}], ids=["everything", "limited hard"])
def test_a_click_stays_where_it_was(steps):
    """Whatever looks ahead gives its delay back: the first loud sample is in its place, to one sample."""
    sound = np.zeros((2, 4 * RATE), np.float32)
    at = np.arange(20011, 4 * RATE, 24007)
    sound[:, at] = 0.7
    after = treat(sound, **steps)
    for place in at:
        assert abs(np.abs(after[0, place - 500 : place + 500]).argmax() - 500) <= 1


@pytest.mark.parametrize("piece", [100, 7777, 16384], ids=["under the look-ahead", "odd", "a piece"])
def test_the_limiter_remembers_from_piece_to_piece(piece):
    """A gain that is coming back goes on coming back in the next piece: the cuts are not to be heard."""
    drums = SOUNDS["drums"] * 4
    whole = np.concatenate(list(limited([drums], CEILING, RATE, 2)), axis=1)
    pieces = (drums[:, start : start + piece] for start in range(0, drums.shape[1], piece))
    assert np.abs(np.concatenate(list(limited(pieces, CEILING, RATE, 2)), axis=1) - whole).max() < 1e-5


@pytest.mark.parametrize("block", [1, 333, 16384, 10**9], ids=["one", "odd", "a piece", "whole"])
def test_how_the_sound_is_cut_makes_no_difference(block):
    """The same bits come out for blocks of any length."""
    sound = SOUNDS["drums"][:, : 40000 if block == 1 else None]
    assert_array_equal(treat(sound, block=block, **EVERYTHING), treat(sound, block=4800, **EVERYTHING))


@pytest.mark.parametrize("samples", [0, 1, 100, 16383, 16384, 16385, 50000])
@pytest.mark.parametrize("steps", [{}, {"target": -9.0}, EVERYTHING], ids=["nothing", "target", "everything"])
def test_the_length_is_kept(samples, steps):
    """As many samples come out as went in, even fewer than the limiter looks ahead."""
    sound = SOUNDS["noise"][:, :samples] * 4
    assert treat(sound, **steps).shape == (2, samples)


def test_silence_stays_silence():
    """Nothing is added to digital silence, neither alone nor before the sound begins."""
    silent = np.zeros((2, 3 * RATE), np.float32)
    assert not treat(silent, **EVERYTHING).any()
    late = np.concatenate([silent, SOUNDS["speech"]], axis=1)
    assert not treat(late, **EVERYTHING)[:, : 2 * RATE].any()


def test_without_steps_the_sound_is_untouched():
    """The caller's very blocks come through, once, even where they are over the ceiling."""
    blocks = [np.full((2, 100), 1.5, np.float32), np.zeros((2, 7), np.float32)]
    passed = list(alone(chain(), lambda: iter(blocks), RATE, 2))
    assert all(out is block for out, block in zip(passed, blocks, strict=True))


def test_a_sound_on_its_target_is_only_scaled():
    """Where nothing is over the ceiling the limiter has no part in it: out is in times a constant."""
    sound = SOUNDS["noise"]
    after = treat(sound, target=-23.0)
    factor = 10 ** ((-23.0 - measured(sound).integrated_lufs) / 20)
    assert np.abs(after - sound * factor).max() < 1e-6


@pytest.mark.parametrize(
    "steps", [{}, {"ratio": 1.5}, {"ratio": 4.0}], ids=["levelled", "compressed", "compressed hard"]
)
def test_faint_noise_is_not_blown_up(steps):
    """A room at -60 dBFS is raised by 30 dB, not by the 40 it would take to -14 LUFS, and the caller is told; a compressor's own gain counts."""
    said = []
    noise = synth_sound.noise(5, rms_dbfs=-60).T
    treated_noise = treat(noise, target=-14.0, warn=said.append, **steps)
    raised = measured(treated_noise).integrated_lufs - measured(noise).integrated_lufs
    assert abs(raised - 30) < 0.01
    assert len(said) == 1
    assert "10 LU quieter" in said[0]


def test_a_target_out_of_reach_is_said():
    """Drums cannot be squeezed to -8 LUFS: they end quieter, under the ceiling, and the caller is told by how much."""
    said = []
    drums = treat(SOUNDS["drums"], target=-8.0, warn=said.append)
    missing = -8.0 - measured(drums).integrated_lufs
    assert missing > 1
    assert [f"{missing:.0f} LU quieter" in sentence for sentence in said] == [True]


def test_a_target_that_is_met_is_not_talked_about():
    """No warning where the loudness landed."""
    said = []
    treat(SOUNDS["speech"], warn=said.append, **EVERYTHING)
    assert not said


@pytest.mark.parametrize("steps", [{}, {"target": -14.0}, EVERYTHING], ids=["nothing", "target", "everything"])
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 1e38], ids=str)
def test_what_is_not_a_number_never_leaves(value, steps):
    """A broken sample does no more harm than a loud one, and the sound after it is there."""
    sound = SOUNDS["noise"].copy()
    sound[:, RATE] = value
    after = treat(sound, **steps)
    assert np.isfinite(after).all()
    assert level_db(after[:, 4 * RATE :]) > -60


@pytest.mark.parametrize("channels", [1, 2, 6])
def test_channels_keep_their_balance(channels):
    """All channels are given the same gain at the same time, so that nothing wanders in the stereo picture."""
    shares = np.linspace(1, 0.5, channels, dtype=np.float32)[:, None]
    sound = shares * SOUNDS["speech"][:1]
    after = treat(sound, ratio=2.0, target=-12.0)
    assert np.abs(after - shares * after[:1]).max() < 1e-5


@pytest.mark.parametrize("steps", [{"target": -14.0}, EVERYTHING], ids=["target", "everything"])
def test_a_sound_beside_zero_comes_out_as_if_it_lay_there(steps):
    """What a cheap converter adds neither takes room from the peaks nor is raised into a knock at the beginning and the end."""
    voice = SOUNDS["speech"] * np.float32(0.1)
    beside = voice + np.array([[0.05], [-0.02]], np.float32)
    expected, after = treat(voice, **steps), treat(beside, **steps)
    assert np.abs(after.mean(axis=1)).max() < 1e-3
    assert np.abs(after[:, [0, -1]]).max() < 0.02
    assert abs(measured(after).integrated_lufs - measured(expected).integrated_lufs) < 0.1
    assert level_db(after - expected) < level_db(expected) - 20


def test_a_sound_beside_zero_that_sets_in_late_leaves_the_silence_before_it():
    """The filter does not begin as if it had been there."""
    late = np.concatenate(
        [np.zeros((2, RATE), np.float32), SOUNDS["speech"] * np.float32(0.1) + np.float32(0.05)], axis=1
    )
    assert not treat(late, target=-14.0)[:, : RATE // 2].any()


def test_a_layout_nobody_knows_is_refused():
    """More than eight channels have no loudness."""
    with pytest.raises(ValueError, match="9 channels"):
        treat(np.zeros((9, 10), np.float32), target=-14.0)


def test_a_sound_is_made_once_however_often_it_is_heard():
    """Drums that are compressed and limited hard are measured up to five times, and decoded once."""
    drums, made = SOUNDS["drums"], []

    def blocks():
        made.append(1)
        return iter([drums])

    for _ in alone(chain(**EVERYTHING | {"target": -9.0}), blocks, RATE, len(drums)):
        pass
    assert made == [1]


@pytest.mark.parametrize("pieces", [0, 3, 40])
def test_a_sound_that_breaks_off_is_an_error_of_its_own(pieces):
    """Whichever thread it is made in; none of them stays."""

    def breaks():
        for _ in range(pieces):
            yield np.full((2, RATE), 0.1, np.float32)
        raise MediaError("it breaks off")

    with pytest.raises(MediaError, match="it breaks off"):
        list(alone(chain(target=-14.0), breaks, RATE, 2))
    assert not [thread.name for thread in threading.enumerate() if thread.name == "make sound"]


@pytest.mark.parametrize("steps", [{"target": -9.0}, {"ratio": 2.0}], ids=["levelled", "compressed"])
@pytest.mark.parametrize("hearing", [1, 2])
def test_a_sound_that_is_no_longer_wanted_is_not_heard_to_its_end(steps, hearing):
    """Where all else was stopped, while it is measured for the first time as later: nobody waits for hours of it."""
    drums, pieces = np.tile(SOUNDS["drums"], 4), []
    whole = -(-drums.shape[1] // PIECE)
    last = (hearing - 1) * whole + 3

    def check():
        pieces.append(None)
        if len(pieces) == last:
            raise Stopped

    with pytest.raises(Stopped):
        next(alone(chain(**steps), lambda: iter([drums]), RATE, len(drums), check=check))
    assert len(pieces) == last
    assert not [thread.name for thread in threading.enumerate() if thread.name == "make sound"]
