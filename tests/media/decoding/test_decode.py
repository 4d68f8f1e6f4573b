import itertools
from fractions import Fraction

import av
import numpy as np
import pytest

import guarded_jobs as jobs
import synth
from clipzy.errors import InvalidVideo, MediaError
from clipzy.media.accel import choose_decoder
from clipzy.media.decoding import decode, taps
from clipzy.media.decoding.decode import decode_pass
from clipzy.media.decoding.probe import probe
from clipzy.media.decoding.taps import MotionPairsTap, ShotFramesTap, open_motion_pairs, open_shot_frames
from clipzy.media.guard import guarded

NTSC = Fraction(30000, 1001)


def seconds(summary):
    """The exact times of all frames."""
    return [int(tick) * summary.time_base for tick in summary.ticks]


@pytest.mark.parametrize("rate", [Fraction(24), Fraction(25), NTSC, Fraction(24000, 1001), Fraction(60)], ids=str)
def test_times_of_a_constant_rate_are_exact(rate, tmp_path):
    """Every frame's time is its number over the rate, as an exact fraction."""
    path = synth.write_video(tmp_path / "clip.mp4", synth.numbered_frames(40, (64, 36)), rate=rate)
    summary = decode_pass(path, [])
    assert seconds(summary) == [i / rate for i in range(40)]
    assert (summary.duration, summary.warnings) == (40 / rate, ())


def test_times_of_a_variable_rate_are_exact(tmp_path):
    """Uneven times come back as they were written, in presentation order, B-frames and all."""
    times = [Fraction(i, 25) + Fraction(i * i % 7, 300) for i in range(60)]
    path = synth.write_video(tmp_path / "clip.mp4", synth.moving_texture(60, dx=3), times=times, options={"bf": "3"})
    assert seconds(decode_pass(path, [])) == times


def test_times_after_a_pause_in_an_avi_are_those_of_its_key_frames(tmp_path):
    """The others' stamps say when they are decoded, which with B-frames is another time: they follow the ones before, up to the next key frame."""
    numbers = [*range(30), *range(55, 85)]
    with av.open(str(tmp_path / "clip.avi"), "w") as out:
        stream = out.add_stream("libx264", rate=25, options={"bf": "2", "g": "15"})
        stream.width, stream.height, stream.pix_fmt = 64, 36, "yuv420p"
        for number, picture in zip(numbers, synth.moving_texture(60, size=(64, 36), dx=3), strict=True):
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24").reformat(format="yuv420p")
            frame.pts, frame.time_base = number, Fraction(1, 25)
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    summary = decode_pass(tmp_path / "clip.avi", [])
    assert seconds(summary) == [Fraction(number, 25) for number in (*range(45), *numbers[45:])]


@pytest.mark.parametrize("suffix", [".mp4", ".mov", ".mkv", ".webm", ".avi"])
def test_every_frame_arrives_once_in_order(suffix, tmp_path):
    """The numbers painted into the frames are read back 0, 1, 2, … from every container."""
    path = synth.write_video(tmp_path / f"clip{suffix}", synth.numbered_frames(70, (320, 180)))
    summary = decode_pass(path, [ShotFramesTap(tmp_path)])
    numbers = [synth.read_index(picture) for picture in open_shot_frames(tmp_path).pictures]
    assert (summary.frame_count, numbers) == (70, list(range(70)))


def test_times_start_at_the_first_frame(tmp_path):
    """A video whose first time stamp is late begins at zero all the same."""
    times = [Fraction(3) + Fraction(i, 25) for i in range(20)]
    path = synth.write_video(tmp_path / "clip.mkv", synth.numbered_frames(20, (64, 36)), times=times)
    assert decode_pass(path, []).ticks[0] == 0


def test_probe_and_pass_agree(tmp_path):
    """Both measure the same duration and number of frames, also of a variable rate."""
    times = [Fraction(i * i, 225) for i in range(30)]
    path = synth.write_video(tmp_path / "clip.mp4", synth.numbered_frames(30, (64, 36)), times=times)
    facts, summary = probe(path).facts, decode_pass(path, [])
    assert (facts.duration, facts.frame_count) == (summary.duration, summary.frame_count)


def test_progress_rises_to_one(tmp_path):
    """The share told never falls and ends at 1."""
    path = synth.write_video(tmp_path / "clip.mp4", synth.moving_texture(50, dx=3, size=(160, 90)))
    told = []
    decode_pass(path, [], told.append)
    assert told == sorted(told)
    assert told[-1] == 1.0
    assert len(told) > 10


@pytest.mark.parametrize("hardware", [False, True], ids=["switched off", "wanted"])
def test_a_pass_says_what_decoded_it_and_why(hardware, tmp_path):
    """Where there is no GPU, or it is not wanted, the CPU, for that reason."""
    decoder = decode_pass(synth.write_video(tmp_path / "clip.mp4", synth.numbered_frames(3, (64, 36))), []).decoder
    assert (decoder.name, decoder.reason) == ("cpu", "hardware decoding is switched off")
    wanted = decode_pass(tmp_path / "clip.mp4", [], hardware=hardware).decoder
    assert wanted == (choose_decoder() if hardware else decoder)


def test_large_pictures_that_no_other_is_made_of_lack_their_last_filter_and_hardly_differ(tmp_path, monkeypatch):
    """What is kept of 1080p moves by less than a tenth of a code in the mean, and nothing builds up; small files are decoded as players do."""
    still = synth.textured_frame(8, (1960, 1080))
    large = synth.write_video(tmp_path / "large.mp4", [still[:, 4 * k : 1920 + 4 * k] for k in range(10)], crf=30)
    monkeypatch.setattr(taps, "PAIRS_A_SECOND", Fraction(25))
    kept = {}
    for name, least in (("fast", decode.DEBLOCKED_BELOW_PX), ("exact", 1921)):
        monkeypatch.setattr(decode, "DEBLOCKED_BELOW_PX", least)
        decode_pass(large, [MotionPairsTap(tmp_path / name)])
        kept[name] = open_motion_pairs(tmp_path / name).pictures.astype(int)
    moved = np.abs(kept["fast"] - kept["exact"])[:, 0].mean((1, 2))
    assert moved.max() > 0
    assert moved.max() < 0.1
    assert (moved == 0).any()


def test_damage_is_stepped_over_and_reported(tmp_path):
    """Noise over a stretch of the file costs frames there, and a warning; what follows is still decoded."""
    path = synth.write_video(
        tmp_path / "clip.mkv", synth.numbered_frames(100, (320, 180)), options={"g": "10", "bf": "0"}
    )
    content = bytearray(path.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 3000] = np.random.default_rng(1).bytes(3000)
    path.write_bytes(content)
    summary = decode_pass(path, [ShotFramesTap(tmp_path)])
    assert 50 < summary.frame_count <= 100
    assert summary.warnings
    assert np.all(np.diff(summary.ticks) > 0)
    assert synth.read_index(open_shot_frames(tmp_path).pictures[-1]) == 99


def test_a_truncated_file_gives_the_frames_it_has(tmp_path):
    """Half a file gives about half the frames, and a warning where the reader stumbled."""
    path = synth.write_video(tmp_path / "clip.mkv", synth.moving_texture(60, dx=5, size=(160, 90)))
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    summary = decode_pass(path, [])
    assert 10 < summary.frame_count < 50


def muxed_again(whole, path, begins_s=0, **options):
    """The pictures of a file in another one, from that second on."""
    with av.open(str(whole)) as source, av.open(str(path), "w", options=options) as out:
        stream = out.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(video=0):
            if packet.dts is not None:
                packet.pts, packet.dts = (at + round(begins_s / packet.time_base) for at in (packet.pts, packet.dts))
                packet.stream = stream
                out.mux(packet)
    return path


def says_how_much_is_there(path):
    """Whether half of a file of four seconds is told by its length."""
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    summary = decode_pass(path, [])
    told = f"it announces 4.0 s, but only the first {float(summary.duration):.1f} s are there"
    return any(told in warning for warning in summary.warnings)


def test_a_file_that_broke_off_says_how_much_is_there(tmp_path):
    """Where its header, which comes first, announces more; a whole one says nothing."""
    whole = synth.write_video(tmp_path / "whole.mp4", synth.moving_texture(100, dx=5, size=(160, 90)))
    path = muxed_again(whole, tmp_path / "clip.mp4", movflags="+faststart")
    assert decode_pass(path, []).warnings == ()
    assert says_how_much_is_there(path)


@pytest.mark.parametrize("begins_s", [0, 60], ids=["from 0", "on a clock of its own"])
@pytest.mark.parametrize("suffix", [".mkv", ".webm"])
def test_a_matroska_that_broke_off_says_how_much_is_there(tmp_path, suffix, begins_s):
    """Where a tag of the stream tells when it ends; a whole one says nothing."""
    pictures = synth.moving_texture(100, dx=5, size=(160, 90))
    whole = synth.write_video(tmp_path / f"whole{suffix}", pictures, options={"bf": "0"} if suffix == ".mkv" else {})
    path = muxed_again(whole, tmp_path / f"clip{suffix}", begins_s)
    assert decode_pass(path, []).warnings == ()
    assert says_how_much_is_there(path)


def test_a_file_without_pictures_leaves_no_spools(tmp_path):
    """When the pass fails, the taps leave nothing behind."""
    with pytest.raises(InvalidVideo):
        decode_pass(synth.write_audio(tmp_path / "clip.mp4", synth.sine(440, 0.2)), [ShotFramesTap(tmp_path / "out")])
    assert not (tmp_path / "out").exists()


class _Failing(ShotFramesTap):
    def keep(self, picture, ticks, wish):
        super().keep(picture, ticks, wish)
        if ticks * self._spool.time_base == Fraction(5, 25):
            raise MediaError("disk full")


def test_a_failing_tap_discards_all(tmp_path):
    """When one tap fails, no tap's result can be opened."""
    path = synth.write_video(tmp_path / "clip.mp4", synth.numbered_frames(10, (64, 36)))
    with pytest.raises(MediaError, match="disk full"):
        decode_pass(path, [ShotFramesTap(tmp_path / "a"), _Failing(tmp_path / "b")])
    assert [*(tmp_path / "a").iterdir(), *(tmp_path / "b").iterdir()] == []
    with pytest.raises(FileNotFoundError):
        open_shot_frames(tmp_path / "a")


def test_memory_stays_bounded_over_a_long_clip(tmp_path):
    """Three thousand frames and two minutes of sound grow the process by little more than a decoder needs."""
    path = synth.write_video(
        tmp_path / "clip.mkv",  # whose FLAC is written in no time
        itertools.islice(itertools.cycle(list(synth.numbered_frames(50, (160, 90)))), 3000),
        audio=synth.noise(120, 16000, channels=2),
        sample_rate=16000,
        options={"preset": "ultrafast"},
    )
    growth, frames = guarded(jobs.decode_growth_mib, path, tmp_path, timeout_s=60)
    assert frames == 3000
    # kept in memory, frames, pairs, samples and sound of this clip would be 70 MiB
    assert 0 < growth < 35


def test_a_time_stamp_a_day_away_is_not_believed(tmp_path):
    """Frames after an absurd step are placed by the frame rate, and reported: no one is made to work through the gap."""
    times = [Fraction(i, 25) + (Fraction(10**6) if i >= 10 else 0) for i in range(20)]
    path = synth.write_video(tmp_path / "clip.mkv", synth.numbered_frames(20, (64, 36)), times=times)
    summary = decode_pass(path, [])
    assert summary.frame_count == 20
    assert summary.duration < 2
    assert "had no usable time stamp" in summary.warnings[0]
