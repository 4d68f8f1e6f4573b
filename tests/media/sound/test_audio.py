import struct
from fractions import Fraction

import numpy as np
import pytest
from av.audio.frame import AudioFrame

import synth
from clipzy.media.decoding.packets import Damage
from clipzy.media.decoding.samples import as_float
from clipzy.media.rendering.footage import examine
from clipzy.media.rendering.readers import SoundReader
from clipzy.media.sound import sound_place
from clipzy.media.sound.audio import block_levels, decode_audio, mixable
from clipzy.media.sound.mono import mono_weights
from clipzy.media.sound.sound_place import SoundPlace, Timeline

RATES = [22050, 16000]


def video_with(path, audio, sample_rate=48000, frames=50, **more):
    """A small clip with that sound."""
    return synth.write_video(
        path, synth.numbered_frames(frames, (64, 36)), audio=audio, sample_rate=sample_rate, **more
    )


def onset_s(sound, rate, level=0.25):
    """When a sound first passes a level."""
    return float(np.flatnonzero(np.abs(sound) > level)[0]) / rate


@pytest.mark.parametrize("suffix", [".mp4", ".mov", ".mkv", ".webm", ".avi"])
@pytest.mark.parametrize("rate", RATES)
def test_a_click_stands_where_it_was_put(rate, suffix, tmp_path):
    """Priming of the codec and delay of the resampler leave no shift, in any container."""
    sound = decode_audio(video_with(tmp_path / f"clip{suffix}", synth.clicks([0.5], 2.0)), tmp_path).mono(rate)
    assert onset_s(sound, rate) == pytest.approx(0.5, abs=0.0015)
    assert len(sound) / rate == pytest.approx(2.0, abs=0.03)


@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".webm"])
def test_sound_that_starts_late_is_preceded_by_silence(suffix, tmp_path):
    """A sound stream that begins a quarter of a second after the video keeps that distance."""
    path = video_with(tmp_path / f"clip{suffix}", synth.clicks([0.5], 1.0), audio_start=Fraction(1, 4))
    assert onset_s(decode_audio(path, tmp_path).mono(16000), 16000) == pytest.approx(0.75, abs=0.0015)


def test_sound_before_the_first_frame_is_cut(tmp_path):
    """When the pictures begin half a second after the sound, time starts with the pictures."""
    times = [Fraction(1, 2) + Fraction(i, 25) for i in range(25)]
    path = video_with(tmp_path / "clip.mkv", synth.clicks([0.75], 1.5), frames=25, times=times)
    found = decode_audio(path, tmp_path)
    assert onset_s(found.mono(16000), 16000) == pytest.approx(0.25, abs=0.0015)
    assert found.duration == 1


def test_a_video_without_sound_gives_none(tmp_path):
    """There is nothing to decode."""
    path = synth.write_video(tmp_path / "clip.mp4", synth.numbered_frames(5, (64, 36)))
    assert decode_audio(path, tmp_path) is None


@pytest.mark.parametrize(
    ("channels", "peak", "lufs"),
    # -23 dBFS in two channels is -23 LUFS (EBU Tech 3341, 1); one channel counts as two loudspeakers
    [(2, -23.0, -23.0), (1, -23.0, -23.0), (2, -36.0, -36.0)],
    ids=["stereo", "mono", "quiet"],
)
def test_loudness_of_a_sine(channels, peak, lufs, tmp_path):
    """Integrated loudness, range and true peak of the test signals of EBU R 128."""
    sound = synth.sine(1000, 5.0, peak_dbfs=peak, channels=channels)
    loudness = decode_audio(video_with(tmp_path / "clip.mkv", sound), tmp_path).loudness
    assert loudness.integrated_lufs == pytest.approx(lufs, abs=0.1)
    assert loudness.true_peak_dbtp == pytest.approx(peak, abs=0.1)
    assert loudness.range_lu == pytest.approx(0, abs=0.1)


def test_a_recording_in_floating_point_goes_over_full_scale_unclipped(tmp_path):
    """The networks hear the voice as it is, as loud as they are used to; loudness and levels are the file's own."""
    voice = synth.speech_like(4.0, 48000, channels=2)
    plain, over = (
        decode_audio(
            video_with(tmp_path / f"{gain}.mkv", voice * np.float32(gain), audio_codec="pcm_f32le"),
            tmp_path / f"{gain}",
        )
        for gain in (1, 16)
    )
    shape = plain.mono(16000)
    assert np.corrcoef(over.mono(16000), shape)[0, 1] > 0.9999
    assert 0.5 < np.abs(over.mono(16000)).max() < 1.0001
    assert over.loudness.true_peak_dbtp == pytest.approx(plain.loudness.true_peak_dbtp + 24.1, abs=0.1)
    assert over.levels()[1].max() == pytest.approx(16 * plain.levels()[1].max(), rel=1e-3)


def test_a_sound_beside_zero_is_analysed_as_if_it_lay_there(tmp_path):
    """Its levels are those of the voice and of the pauses, and not of what a cheap converter adds."""
    voice = synth.speech_like(4.0, 48000, channels=2) * np.float32(0.1)
    voice[:24000] = 0
    plain = decode_audio(video_with(tmp_path / "plain.mkv", voice), tmp_path / "plain")
    beside = decode_audio(video_with(tmp_path / "beside.mkv", voice + np.float32(0.05)), tmp_path / "beside")
    for expected, found in zip(plain.levels(), beside.levels(), strict=True):
        assert found == pytest.approx(expected, abs=2e-3)
    assert beside.mono(16000) == pytest.approx(plain.mono(16000), abs=5e-3)
    assert beside.loudness.true_peak_dbtp == pytest.approx(plain.loudness.true_peak_dbtp, abs=0.3)


def test_loudness_range(tmp_path):
    """Ten LU between two halves is a range of ten (EBU Tech 3342, 1)."""
    sound = np.concatenate([synth.sine(1000, 20, peak_dbfs=-20), synth.sine(1000, 20, peak_dbfs=-30)])
    loudness = decode_audio(video_with(tmp_path / "clip.mkv", sound), tmp_path).loudness
    assert loudness.range_lu == pytest.approx(10, abs=0.3)


def test_true_peak_lies_between_the_samples(tmp_path):
    """A sine at a quarter of the rate, 45 degrees off, peaks 3 dB over its samples (EBU Tech 3341, 16)."""
    time = np.arange(48000 * 3)
    wave = 0.5 * np.sin(2 * np.pi * time / 4 + np.pi / 4) * np.minimum(1, np.minimum(time, time[::-1]) / 4800)
    sound = np.repeat(wave[:, None], 2, axis=1).astype(np.float32)
    found = decode_audio(video_with(tmp_path / "clip.mkv", sound), tmp_path)
    assert found.levels()[1].max() == pytest.approx(0.3536, abs=0.001)
    assert found.loudness.true_peak_dbtp == pytest.approx(-6.02, abs=0.2)


def test_silence_has_no_loudness(tmp_path):
    """Gated silence has neither loudness nor range nor peak."""
    loudness = decode_audio(video_with(tmp_path / "clip.mkv", synth.silence(4.0)), tmp_path).loudness
    assert (loudness.integrated_lufs, loudness.range_lu, loudness.true_peak_dbtp) == (None, None, None)


@pytest.mark.parametrize(
    ("channels", "level"), [(1, 1.0), (2, 1.0), (6, 2.414), (8, 3.121)], ids=["mono", "stereo", "5.1", "7.1"]
)
def test_the_mono_mix(channels, level, tmp_path):
    """One and two channels keep their level; of 5.1 and 7.1 the centre and the surrounds are added, the LFE left out."""
    sound = synth.sine(440, 1.0, peak_dbfs=-20, channels=channels)
    mono = decode_audio(video_with(tmp_path / "clip.mkv", sound), tmp_path).mono(16000)
    assert np.abs(mono[1000:-1000]).max() == pytest.approx(0.1 * level, rel=0.02)


def test_a_voice_in_the_centre_keeps_its_level_in_mono():
    """The centre of 5.1 counts 3 dB below full, as in a stereo downmix; the LFE does not count."""
    assert mono_weights("5.1") == pytest.approx([0.5, 0.5, 0.7071, 0, 0.3536, 0.3536], abs=1e-4)
    assert mono_weights("stereo") == pytest.approx([0.5, 0.5])


def test_a_mix_over_full_scale_is_clipped(tmp_path):
    """Six channels at full level together stay within -1..1."""
    sound = synth.sine(440, 0.5, peak_dbfs=-0.1, channels=6)
    mono = decode_audio(video_with(tmp_path / "clip.mkv", sound), tmp_path).mono(16000)
    assert np.abs(mono).max() == 1.0


def test_levels_of_blocks(tmp_path):
    """Every 50 ms has its own root mean square and peak, of the channels together."""
    loud_then_quiet = np.concatenate([synth.sine(1000, 0.5, peak_dbfs=-6), synth.sine(1000, 0.5, peak_dbfs=-26)])
    rms, peak = decode_audio(video_with(tmp_path / "clip.mkv", loud_then_quiet), tmp_path).levels()
    assert len(rms) == 20
    assert rms[:10] == pytest.approx(np.full(10, 0.5012 / np.sqrt(2)), rel=0.01)
    assert peak[:10] == pytest.approx(np.full(10, 0.5012), rel=0.01)
    assert peak[10:] == pytest.approx(np.full(10, 0.0501), rel=0.01)


@pytest.mark.parametrize("rate", [11025, 22050, 44100], ids=str)
def test_blocks_of_odd_rates_fill_the_second(rate):
    """Where 50 ms are no whole number of samples, twenty blocks still make a second."""
    assert block_levels(np.ones((2, rate), np.float32), rate) == pytest.approx(np.ones((2, 20)))
    assert block_levels(np.ones((1, rate // 2 + 1), np.float32), rate).shape == (2, 11)


def test_channels_that_are_silent_have_no_part_in_levels():
    """The same sound in a file for six loudspeakers is as dense as in stereo, and one channel of two as mono."""
    left, right = np.random.default_rng(1).normal(0, 0.1, (2, 4800)).astype(np.float32)
    none = np.zeros_like(left)
    stereo, mono = block_levels(np.stack([left, right]), 48000), block_levels(left[None], 48000)
    assert block_levels(np.stack([left, right, none, none, none, none]), 48000) == pytest.approx(stereo)
    assert block_levels(np.stack([left, none]), 48000) == pytest.approx(mono)
    assert stereo[0] == pytest.approx(np.sqrt(np.square([left, right]).reshape(2, 2, 2400).mean(axis=(0, 2))), rel=0.02)


def test_damaged_sound_is_partly_kept_and_reported(tmp_path):
    """Noise in the middle of the file costs some sound, and a warning; what follows stays in its place."""
    sound = synth.clicks([0.5, 3.5], 4.0) + synth.noise(4.0, rms_dbfs=-50)
    # Matroska's reader finds its way again at the next cluster, five seconds later; mp4 knows where every packet lies
    path = video_with(tmp_path / "clip.mp4", sound, frames=100)
    content = bytearray(path.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 8000] = np.random.default_rng(3).bytes(8000)
    path.write_bytes(content)
    found = decode_audio(path, tmp_path)
    mono = found.mono(16000)
    assert found.warnings
    assert onset_s(mono, 16000) == pytest.approx(0.5, abs=0.0015)
    assert onset_s(mono[3 * 16000 :], 16000) == pytest.approx(0.5, abs=0.0015)


def test_progress_rises_to_one(tmp_path):
    """The share told never falls and ends at 1."""
    told = []
    decode_audio(video_with(tmp_path / "clip.mp4", synth.noise(2.0)), tmp_path, told.append)
    assert told == sorted(told)
    assert told[-1] == 1.0


def placed(timeline, pieces):
    """Lay pieces of ones, (samples, time), on a timeline; the sound that comes out, (samples,)."""
    out = [part for n, at in pieces for part in timeline.place(np.ones((1, n), np.float32), at)]
    return np.concatenate(out, axis=1)[0] if out else np.zeros(0)


@pytest.mark.parametrize(
    ("pieces", "expected"),
    [
        ([(10, Fraction(0)), (10, Fraction(1, 10))], [1] * 20),
        ([(10, Fraction(0)), (10, Fraction(3, 10))], [1] * 10 + [0] * 20 + [1] * 10),
        ([(10, Fraction(0)), (10, Fraction(-1, 10))], [1] * 10),
        ([(10, Fraction(-5, 100)), (5, None)], [1] * 10),
        ([(10, Fraction(0)), (10, Fraction(12, 100))], [1] * 20),
        ([(10, None), (10, Fraction(10**9))], [1] * 20),
    ],
    ids=["on time", "gap", "repeated", "before zero", "jitter", "absurd"],
)
def test_pieces_are_laid_on_the_clock(pieces, expected):
    """At 100 samples a second: gaps become silence, overlaps are cut, jitter and absurd stamps are passed over."""
    assert list(placed(Timeline(100, SoundPlace(Fraction(0), Fraction(60)), Damage()), pieces)) == expected


def test_sound_long_after_the_last_picture_is_left_out(tmp_path, monkeypatch):
    """What goes on beyond a bound after the pictures is cut, with a warning; sound that ends a little later stays whole."""
    path = video_with(tmp_path / "clip.mkv", synth.noise(6.0), frames=50)
    whole = decode_audio(path, tmp_path / "whole")
    monkeypatch.setattr(sound_place, "MOST_TAIL_S", 1)
    cut = decode_audio(path, tmp_path / "cut")
    assert (float(whole.duration), whole.warnings) == (6.0, ())
    assert float(cut.duration) == pytest.approx(3.0, abs=0.2)
    assert "left out" in " ".join(cut.warnings)


@pytest.mark.parametrize("rate", [1, 999, 2**31 - 16])
def test_sound_at_a_rate_that_cannot_be_is_left_out(rate, tmp_path):
    """A header that says so costs the sound, not the job."""
    path = video_with(tmp_path / "clip.avi", synth.noise(1.0), frames=25)
    content = path.read_bytes()
    # nSamplesPerSec of the sound's WAVEFORMAT follows its tag and the number of channels
    at = content.rindex(b"strf") + 12
    path.write_bytes(content[:at] + rate.to_bytes(4, "little") + content[at + 4 :])
    found = decode_audio(path, tmp_path)
    assert found.duration == 0
    assert "left out" in found.warnings[0]
    assert examine(path).sample_rate is None


def test_many_channels_of_unknown_places_are_averaged(tmp_path):
    """Nine channels that say nothing of their loudspeakers become one, here and in what is rendered."""
    path = video_with(tmp_path / "clip.avi", synth.sine(440, 1.0, peak_dbfs=-6), frames=25)
    content = path.read_bytes()
    at = content.rindex(b"strf") + 8
    wave = struct.pack("<HHIIHH", 1, 9, 48000, 48000 * 18, 18, 16)
    path.write_bytes(content[:at] + wave + content[at + len(wave) :])
    found = decode_audio(path, tmp_path)
    assert found.channels == 9
    assert "without a speaker layout" in found.warnings[0]
    with SoundReader(examine(path)) as reader:
        heard = np.concatenate([*reader.blocks(Fraction(0), 2400)], axis=1)
    assert np.abs(heard).max() > 0.05


@pytest.mark.parametrize(("suffix", "codec"), [(".mp4", "aac"), (".webm", "libopus"), (".mkv", "pcm_s16le")])
def test_eight_channels_are_read_from_every_kind_of_decoder(suffix, codec, tmp_path):
    """Whether a decoder hands out channels one by one or sample by sample."""
    sound = synth.sine(440, 1.0, peak_dbfs=-20, channels=8)
    path = video_with(tmp_path / f"clip{suffix}", sound, frames=25, audio_codec=codec)
    found = decode_audio(path, tmp_path)
    assert (found.channels, found.warnings) == (8, ())
    assert np.abs(found.mono(16000)[2000:-2000]).max() == pytest.approx(0.312, rel=0.05)


@pytest.mark.parametrize(("layout", "channels"), [("ambisonic 1", 4), ("ambisonic 2", 9)])
def test_of_a_sound_field_the_middle_is_heard(layout, channels):
    """The first component of an ambisonic frame, which has no loudspeakers, stands for all."""
    samples = np.zeros((100, channels), np.float32)
    samples[:, 0], samples[:, 1] = 0.5, -0.25
    frame = AudioFrame.from_ndarray(samples.reshape(1, -1), format="flt", layout=layout)
    frame.sample_rate, frame.pts = 48000, 7
    heard = mixable(frame)
    assert (heard.layout.name, heard.sample_rate, heard.pts) == ("mono", 48000, 7)
    assert np.array_equal(as_float(heard), np.full((1, 100), 0.5, np.float32))
