"""What the written mp4 says of itself."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from heapq import merge

import av
import numpy as np
import pytest
from av.video.frame import PictureType

import synth
from clipzy.media.accel import EncoderChoice, fault_of
from clipzy.media.rendering.encode import Encoder, decode_time, video_options
from clipzy.style.plan import OutputFormat

SOFTWARE = EncoderChoice("libx264", "")
NTSC = Fraction(30000, 1001)


def output_format(rate: Fraction | int = 25, crf: int = 23, kbps: int = 160) -> OutputFormat:
    """A small output."""
    return OutputFormat(160, 90, Fraction(rate), "h264", crf, "veryfast", kbps)


def frames(count: int, pict_type: PictureType = PictureType.NONE) -> Iterator[tuple[av.VideoFrame, int]]:
    """Numbered frames, each shown once."""
    for picture in synth.numbered_frames(count, (160, 90)):
        frame = av.VideoFrame.from_ndarray(picture, "rgb24").reformat(format="yuv420p", dst_color_range="MPEG")
        frame.pict_type = pict_type
        yield frame, 1


def written(path, output, pictures, sound=None, rate=48000):
    """Encode it all, in the order of decoding."""
    with Encoder(path, output, SOFTWARE, None if sound is None else (rate, sound.shape[1])) as encoder:
        streams = [encoder.video_packets(pictures)]
        if sound is not None:
            streams.append(encoder.sound_packets(np.array_split(sound.T, 7, axis=1)))
        for packet in merge(*streams, key=decode_time):
            encoder.write(packet)
    return encoder


def packets(path, kind="video"):
    """(presentation time, whether decoding may start there) of each packet, by time."""
    with av.open(str(path)) as container:
        [stream] = [s for s in container.streams if s.type == kind]
        found = [p for p in container.demux(stream) if p.pts is not None]
        return sorted((p.pts * p.time_base, bool(p.is_keyframe)) for p in found)


def test_the_file_says_how_its_colours_are_coded(tmp_path):
    """H.264 High in 4:2:0, BT.709 in every respect, limited range, square pixels."""
    written(tmp_path / "o.mp4", output_format(), frames(3))
    with av.open(str(tmp_path / "o.mp4")) as container:
        context = container.streams.video[0].codec_context
        next(container.decode(video=0))
        assert (context.name, context.profile, context.pix_fmt) == ("h264", "High", "yuv420p")
        assert (context.colorspace, context.color_primaries, context.color_trc, context.color_range) == (1, 1, 1, 1)
        assert context.sample_aspect_ratio == 1


def test_a_browser_can_start_before_the_file_is_there(tmp_path):
    """The index stands before the data."""
    written(tmp_path / "o.mp4", output_format(), frames(10), synth.noise(0.4))
    content = (tmp_path / "o.mp4").read_bytes()
    assert 0 < content.find(b"moov") < content.find(b"mdat")


@pytest.mark.parametrize(
    "rate",
    [Fraction(25), NTSC, Fraction(24000, 1001), Fraction(2997, 100), Fraction(60), Fraction(19013, 653)],
    ids=str,
)
@pytest.mark.parametrize("sample_rate", [48000, 44100])
def test_time_is_exact(sample_rate, rate, tmp_path):
    """Every frame stands at its number over the rate; both streams begin at zero and end where they should, to the tick."""
    samples = round(50 / rate * sample_rate)
    encoder = written(
        tmp_path / "o.mp4", output_format(rate), frames(50), synth.noise(2.2, sample_rate)[:samples], sample_rate
    )
    assert encoder.frames == 50
    assert [at for at, _ in packets(tmp_path / "o.mp4")] == [n / rate for n in range(50)]
    with av.open(str(tmp_path / "o.mp4")) as container:
        video, audio = container.streams.video[0], container.streams.audio[0]
        assert (video.start_time, audio.start_time) == (0, 0)
        assert video.duration * video.time_base == 50 / rate
        assert audio.duration * audio.time_base == Fraction(samples, sample_rate)
        assert video.average_rate == rate


def test_a_frame_may_be_shown_many_times(tmp_path):
    """Counts add up, and each showing has its own time."""
    pictures = [(frame, count) for (frame, _), count in zip(frames(3), [1, 4, 2], strict=True)]
    assert written(tmp_path / "o.mp4", output_format(), pictures).frames == 7
    with av.open(str(tmp_path / "o.mp4")) as container:
        found = [synth.read_index(frame.to_ndarray(format="gray")) for frame in container.decode(video=0)]
    assert found == [0, 1, 1, 1, 1, 2, 2]


def test_a_player_can_jump_every_two_seconds(tmp_path):
    """Two key frames are never further apart, and the source's own do not add to them."""
    written(tmp_path / "o.mp4", output_format(10), frames(50, PictureType.I))
    assert [float(at) for at, key in packets(tmp_path / "o.mp4") if key] == [0, 2, 4]


@pytest.mark.parametrize("channels", [1, 2])
def test_the_bit_rate_of_sound_is_meant_for_two_channels(channels, tmp_path):
    """One channel of noise takes half of what two take."""
    rng = np.random.default_rng(1)
    sound = (0.1 * rng.standard_normal((96000, channels))).astype(np.float32)
    written(tmp_path / "o.mp4", output_format(kbps=128), frames(50), sound)
    with av.open(str(tmp_path / "o.mp4")) as container:
        assert container.streams.audio[0].bit_rate == pytest.approx(64000 * channels, rel=0.1)


def test_a_lower_crf_gives_a_larger_file(tmp_path):
    """The plan's quality reaches the encoder."""
    sizes = []
    for crf in (18, 30):
        written(tmp_path / "o.mp4", output_format(crf=crf), frames(10))
        sizes.append((tmp_path / "o.mp4").stat().st_size)
    assert sizes[0] > 1.5 * sizes[1]


@pytest.mark.parametrize("preset", ["ultrafast", "veryfast", "medium", "veryslow"])
def test_a_gpu_is_asked_for_the_same_quality(preset):
    """NVENC knows other presets, and `cq` where x264 has `crf`."""
    options = video_options(
        OutputFormat(160, 90, Fraction(25), "h264", 23, preset, 160), EncoderChoice("h264_nvenc", ""), 3
    )
    assert (options["cq"], options["profile"]) == ("23", "high")
    assert options["preset"] in {f"p{number}" for number in range(1, 8)}
    assert "x264-params" not in options


@pytest.mark.gpu
def test_a_gpu_writes_the_same_file(tmp_path):
    """Where NVENC works, its file has the same frames at the same times."""
    if fault_of("h264_nvenc"):
        pytest.skip("this GPU has no encoder")
    output = OutputFormat(320, 240, Fraction(25), "h264", 23, "veryfast", 160)
    pictures = [(frame.reformat(320, 240), count) for frame, count in frames(60)]
    with Encoder(tmp_path / "o.mp4", output, EncoderChoice("h264_nvenc", ""), None) as encoder:
        for packet in encoder.video_packets(pictures):
            encoder.write(packet)
    assert [at for at, _ in packets(tmp_path / "o.mp4")] == [Fraction(n, 25) for n in range(60)]


def test_key_frames_are_where_they_are_asked_for(tmp_path):
    """Besides one every two seconds, counted from the last; each of two frames that show the same picture can be one."""
    output = output_format()
    repeated = [(frame, 2) for frame, _ in frames(60)]
    with Encoder(tmp_path / "o.mp4", output, SOFTWARE, None) as encoder:
        for packet in encoder.video_packets(repeated, keys={31, 33}):
            encoder.write(packet)
    found = packets(tmp_path / "o.mp4")
    assert {31, 33, 83} <= {round(at * 25) for at, is_key in found if is_key}
    assert len(found) == 120


def slices(path):
    """Coded slices of each picture (ITU-T H.264, 7.4.1: NAL units of types 1 and 5), which mp4 puts behind four bytes of length each."""
    found = []
    with av.open(str(path)) as container:
        for packet in container.demux(video=0):
            data, at, count = bytes(packet), 0, 0
            while at < len(data):
                count += data[at + 4] & 31 in {1, 5}
                at += 4 + int.from_bytes(data[at : at + 4], "big")
            found += [count] if data else []
    return found


@pytest.mark.parametrize(
    ("large", "processors", "wanted"),
    [(True, 2, 2), (True, 16, 1), (False, 2, 1)],
    ids=["large", "large, many processors", "usual"],
)
def test_few_processors_share_each_large_picture(large, processors, wanted, tmp_path, monkeypatch):
    """Whole pictures side by side are faster, but each takes 50 MB at 4K."""
    size = 320, 180  # x264 makes no slice of less than four rows of blocks
    monkeypatch.setattr("clipzy.media.rendering.encode.LARGE_PIXELS", 0 if large else size[0] * size[1])
    monkeypatch.setattr("clipzy.media.rendering.encode.available_processors", lambda: processors)
    pictures = ((frame.reformat(*size), 1) for frame, _ in frames(20))
    written(tmp_path / "o.mp4", replace(output_format(), width=size[0], height=size[1]), pictures)
    assert slices(tmp_path / "o.mp4") == [wanted] * 20


@pytest.mark.parametrize(
    ("height", "preset", "lookahead"),
    [(2160, "medium", "10"), (2160, "veryfast", "10"), (2160, "superfast", None), (1080, "medium", None)],
)
def test_the_encoder_looks_less_far_ahead_in_large_pictures(height, preset, lookahead):
    """What it looks ahead to it holds: with 40 frames of 4K, as preset medium has, a gigabyte."""
    output = OutputFormat(height * 16 // 9, height, Fraction(30), "h264", 18, preset, 160)
    assert video_options(output, SOFTWARE, 3).get("rc-lookahead") == lookahead


@pytest.mark.parametrize(
    ("height", "processors", "threads", "looking"),
    [(1080, 2, 3, 3), (1080, 1, 1, None), (1080, 4, 6, None), (2160, 2, 3, None), (2160, 8, 3, 3)],
)
def test_several_threads_look_ahead(height, processors, threads, looking, tmp_path, monkeypatch):
    """With few threads x264 has one look ahead, for which the others wait; where slices are coded all of them do. It tells in the file what it was told."""
    monkeypatch.setattr("clipzy.media.rendering.encode.available_processors", lambda: processors)
    output = OutputFormat(height * 16 // 9, height, Fraction(30), "h264", 28, "veryfast", 160)
    options = video_options(output, SOFTWARE, threads)
    assert options.get("x264-params") == (None if looking is None else f"lookahead-threads={looking}")
    if height == 1080:
        monkeypatch.setattr("clipzy.media.rendering.encode.encoder_threads", lambda *_: threads)
        written(tmp_path / "o.mp4", output, ((frame.reformat(1920, 1080), 1) for frame, _ in frames(4)))
        told = re.search(rb"threads=(\d+) lookahead_threads=(\d+)", (tmp_path / "o.mp4").read_bytes())
        assert [int(number) for number in told.groups()] == [threads, looking or max(1, threads // 3)]
