"""Reading spans of a source, to the frame and to the sample."""

from __future__ import annotations

from fractions import Fraction
from itertools import takewhile
from math import ceil
from types import SimpleNamespace

import av
import numpy as np
import pytest

import synth
from clipzy.errors import InvalidVideo
from clipzy.media import stills
from clipzy.media.accel import DecoderChoice
from clipzy.media.decoding.containers import open_media
from clipzy.media.decoding.decode import decode_pass
from clipzy.media.decoding.packets import Damage, _from, decoded
from clipzy.media.orientation import Orientation
from clipzy.media.rendering import footage, readers
from clipzy.media.rendering.footage import examine
from clipzy.media.rendering.readers import FrameReader, SoundReader
from clipzy.media.stills import frame_at
from clipzy.style.time import Span
from synth_colours import CODINGS, write_scene

SIZE = (160, 90)


def span(start: float, end: float) -> Span:
    """A span in seconds."""
    return Span(Fraction(str(start)), Fraction(str(end)))


def read(reader: FrameReader, wanted: Span) -> list[tuple[Fraction, int]]:
    """(time, number painted in) of the frames up to the span's end."""
    frames = takewhile(lambda item: item[0] < wanted.end, reader.frames(wanted))
    return [(time, synth.read_index(frame.to_ndarray(format="gray"))) for time, frame in frames]


def heard(reader: SoundReader, wanted: Span, samples: int) -> np.ndarray:
    """The sound of a span, (samples, channels)."""
    return np.concatenate([*reader.blocks(wanted.start, samples)], axis=1).T


@pytest.fixture(scope="module")
def long_videos(tmp_path_factory):
    """Twenty seconds of numbered frames with a click in each second, in every container."""
    folder = tmp_path_factory.mktemp("footage")
    clicks = synth.clicks([n + 0.5 for n in range(20)], 20.0)
    return {
        suffix: synth.write_video(
            folder / f"s{suffix}",
            synth.numbered_frames(500, SIZE),
            audio=clicks,
            options={"g": "40"} | ({"bf": "2"} if suffix in {".mp4", ".mkv"} else {}),
        )
        for suffix in (".mp4", ".mkv", ".webm", ".avi")
    }


def test_what_is_known_before_reading(tmp_path):
    """Orientation, rates and channels."""
    source = synth.write_video(
        tmp_path / "s.mkv",
        synth.numbered_frames(5, SIZE),
        rate=Fraction(30000, 1001),
        audio=synth.silence(0.2, 22050, channels=6),
        sample_rate=22050,
    )
    found = examine(source)
    assert (found.sample_rate, found.channels, found.downmixed) == (48000, 2, True)
    assert found.frame_rate == Fraction(30000, 1001)
    assert found.orientation == Orientation()


def test_a_source_without_sound(tmp_path):
    """Has neither rate nor channels."""
    found = examine(synth.write_video(tmp_path / "s.mp4", synth.numbered_frames(2, SIZE), rotation=90))
    assert (found.sample_rate, found.channels, found.downmixed) == (None, 0, False)
    assert found.orientation == Orientation(1)


@pytest.mark.parametrize(
    ("name", "on_gpu", "peak"), [("standard", True, 1000.0), ("HLG", False, 1000.0), ("PQ of MaxCLL 203", False, 203.0)]
)
def test_hdr_is_rendered_from_frames_of_the_cpu_and_the_log_says_so(name, on_gpu, peak, tmp_path, monkeypatch):
    """Beside an encoder on the GPU too, where SDR is decoded there; the peak is known before anything is read."""
    said = []
    monkeypatch.setattr(
        footage, "choose_decoder", lambda: DecoderChoice("nvdec", "nvdec: decodes on this machine's GPU")
    )
    monkeypatch.setattr(footage.log, "info", lambda event, **words: said.append((event, words)))
    path = write_scene(tmp_path / "s.mp4", [np.full((64, 96, 3), 0.2)], CODINGS[name])
    found = examine(path, hardware=True)
    assert (found.hardware, found.peak) == (on_gpu, peak)
    assert len(said) == (0 if on_gpu else 1)
    assert all("HDR" in words["reason"] for _, words in said)


def test_a_source_without_pictures_is_refused(tmp_path):
    """There is nothing to render."""
    with pytest.raises(InvalidVideo):
        examine(synth.write_audio(tmp_path / "s.mp4", synth.silence(0.2)))


@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".webm", ".avi"])
def test_spans_are_read_to_the_frame_in_any_order(suffix, long_videos):
    """Onwards, far ahead, back, and overlapping: each frame of the span arrives once, at its own time."""
    with FrameReader(examine(long_videos[suffix])) as reader:
        for start, end in [(0, 1), (1, 1.6), (12.2, 13), (5.48, 6), (5.6, 6.2), (19.6, 20)]:
            frames = read(reader, span(start, end))
            wanted = [number for number in range(500) if start <= number / 25 < end]
            assert [number for _, number in frames if number >= wanted[0]] == wanted
            assert all(time == pytest.approx(number / 25, abs=0.001) for time, number in frames)
            assert frames[0][0] <= Fraction(start) + Fraction(1, 1000)


def test_h264_in_avi_is_read_to_the_frame_though_its_stamps_are_those_of_decoding(tmp_path):
    """With pictures that are decoded before others that are shown first; ahead and back too, and for a still."""
    options = {"g": "40", "bf": "3", "b_strategy": "0"}
    path = synth.write_video(tmp_path / "s.avi", synth.numbered_frames(300, SIZE), codec="libx264", options=options)
    with FrameReader(examine(path)) as reader:
        for start, end in [(0, 1), (7, 7.6), (1.2, 2)]:
            frames = read(reader, span(start, end))
            wanted = [number for number in range(300) if start <= number / 25 < end]
            assert [number for _, number in frames if number >= wanted[0]] == wanted
            assert all(time == Fraction(number, 25) for time, number in frames)
    assert synth.read_index(frame_at(path, Fraction(171, 25))) == 171


@pytest.mark.parametrize(
    ("codec", "params"),
    [("libx264", "x264-params"), ("libx265", "x265-params")],
    ids=["H.264", "HEVC"],
)
def test_a_span_just_before_an_open_group_is_read_from_the_group_before(codec, params, tmp_path, monkeypatch):
    """Not from the beginning of the file: the seek leads to a key frame that is shown a moment too late. Stills too."""
    coding = "open-gop=1:bframes=3:b-adapt=0:keyint=50:min-keyint=50:scenecut=0"
    options = {params: coding if codec == "libx264" else f"{coding}:log-level=error:pools=1:frame-threads=1"}
    path = synth.write_video(tmp_path / "s.mp4", synth.numbered_frames(450, SIZE), codec=codec, options=options)
    count = {"frames": 0}

    def counted(*args):
        for position, frames in decoded(*args):
            count["frames"] += len(frames)
            yield position, frames

    for module in (readers, stills):
        monkeypatch.setattr(module, "decoded", counted)
    with FrameReader(examine(path)) as reader:
        for number in (249, 349):
            count["frames"] = 0
            assert (Fraction(number, 25), number) in read(reader, span(number / 25, (number + 1) / 25))
            assert count["frames"] < 120
        assert reader.damage == Damage()
    count["frames"] = 0
    assert synth.read_index(frame_at(path, Fraction(399, 25))) == 399
    assert count["frames"] < 120


def test_a_stamp_that_is_told_twice_moves_no_other_picture(tmp_path):
    """In footage that is mostly faster than it is on average, as of a browser: analyses and renderer place each picture alike, and all but one by its stamp."""
    told = [Fraction(n, 10) for n in range(20)] + [2 + Fraction(n, 50) for n in range(100)]
    told[50] = told[49]
    whole = synth.write_video(tmp_path / "whole.mkv", synth.numbered_frames(120, SIZE), options={"bf": "0"})
    path = tmp_path / "s.mkv"
    with av.open(str(whole)) as source, av.open(str(path), "w") as out:
        stream = out.add_stream_from_template(source.streams.video[0])
        for packet, at in zip(source.demux(video=0), told, strict=False):
            packet.pts = packet.dts = int(at / packet.time_base)
            packet.stream = stream
            out.mux(packet)
    with FrameReader(examine(path)) as reader:
        frames = read(reader, span(0, 5))
        assert reader.ends == pytest.approx(told[-1] + Fraction(1, 25), abs=0.001)
    assert [number for _, number in frames] == list(range(120))
    assert [time for time, _ in frames] == pytest.approx([float(at) for at in told], abs=0.0011)
    found = decode_pass(path, [])
    assert [ticks * found.time_base for ticks in found.ticks.tolist()] == [time for time, _ in frames]


def test_reading_on_does_not_seek(long_videos, monkeypatch):
    """Spans that follow each other closely are read in one go."""
    with FrameReader(examine(long_videos[".mp4"])) as reader:
        read(reader, span(6, 7))
        monkeypatch.setattr(reader, "_at", None)
        assert read(reader, span(7, 8))[-1][1] == 199
        assert read(reader, span(10, 10.2))[-1][1] == 254


@pytest.fixture(params=["indexed", "without an index"])
def matroska(request, long_videos, tmp_path):
    """A file that says where its pictures lie, and one that says nothing, as of a browser; neither tells where its sound lies."""
    indexed = request.param == "indexed"
    return long_videos[".mkv"] if indexed else as_it_was_recorded(long_videos[".mkv"], tmp_path / "s.mkv")


LEAPS = (9, 18.75, 5.5, 12.25, 0.5, 15, 19.5, 6)


@pytest.mark.parametrize("reads", [SoundReader, FrameReader])
def test_a_matroska_is_opened_once_for_all_leaps(matroska, reads, monkeypatch):
    """Its reader learns where everything lies as it reads: one that is opened anew reads all that lies before, at each leap. The file's beginning is read by another one."""
    opened = []
    monkeypatch.setattr(readers, "open_media", lambda *given: opened.append(1) or open_media(*given))
    with reads(examine(matroska)) as reader:
        for start in LEAPS:
            found = (
                heard(reader, span(start, start + 1), 4800)
                if reads is SoundReader
                else read(reader, span(start, start + 0.1))
            )
            assert len(found)
    assert len(opened) == 2


def test_leaps_in_a_matroska_find_what_a_reader_of_its_own_finds(matroska):
    """To the last sample and picture, forwards, backwards and from behind its end."""
    source = examine(matroska)

    def found(frames, sounds, start):
        return read(frames, span(start, start + 0.2)), heard(sounds, span(start, start + 1), 48000)

    with FrameReader(source) as frames, SoundReader(source) as sounds:
        for start in LEAPS:
            with FrameReader(source) as own_frames, SoundReader(source) as own_sounds:
                numbers, sound = found(own_frames, own_sounds, start)
            again = found(frames, sounds, start)
            assert again[0][-len(numbers) :] == numbers[-len(again[0]) :]
            assert np.array_equal(again[1], sound)
            assert numbers[-1][1] == ceil(start * 25 + 5) - 1


@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".webm", ".avi"])
@pytest.mark.parametrize("start", [0, 0.25, 3, 7.25, 18.75])
def test_sound_stands_where_it_was(start, suffix, long_videos):
    """A click half way through a second is found there, wherever reading begins."""
    with SoundReader(examine(long_videos[suffix])) as reader:
        sound = heard(reader, span(start, start + 1), 48000)
    assert sound.shape == (48000, 2)
    onset = np.flatnonzero(np.abs(sound[:, 0]) > 0.25)[0] / 48000
    assert (start + onset) % 1 == pytest.approx(0.5, abs=0.0015)


def test_sound_beyond_the_end_is_silence(long_videos):
    """As many samples as were asked for, whatever there is."""
    with SoundReader(examine(long_videos[".mp4"])) as reader:
        sound = heard(reader, span(19, 21), 96000)
        assert sound.shape == (96000, 2)
        assert np.abs(sound[:48000]).max() > 0.5
        assert np.abs(sound[49000:]).max() == 0
        assert np.abs(heard(reader, span(60, 61), 480)).max() == 0


def test_spans_of_sound_join_without_a_seam(tmp_path):
    """Two halves read apart equal the whole."""
    path = synth.write_video(
        tmp_path / "s.mkv", synth.numbered_frames(250, SIZE), audio=synth.noise(10.0, rms_dbfs=-30)
    )
    with SoundReader(examine(path)) as reader:
        whole = heard(reader, span(0, 10), 480000)
        halves = [heard(reader, span(0, 7), 336000), heard(reader, span(7, 10), 144000)]
    assert np.abs(np.concatenate(halves) - whole).max() < 1e-6


@pytest.mark.parametrize(("channels", "level"), [(1, 1.0), (2, 1.0), (6, 2.414)], ids=["mono", "stereo", "5.1"])
def test_levels_are_kept(channels, level, tmp_path):
    """One and two channels as they are; of 5.1, centre and surround are added 3 dB down, nothing else is lowered."""
    sound = synth.sine(440, 1.0, peak_dbfs=-20, channels=channels)
    path = synth.write_video(tmp_path / "s.mkv", synth.numbered_frames(25, SIZE), audio=sound)
    with SoundReader(examine(path)) as reader:
        found = heard(reader, span(0, 1), 48000)
    assert np.abs(found[1000:-1000]).max(axis=0) == pytest.approx([0.1 * level] * min(channels, 2), rel=0.02)


def test_time_begins_with_the_first_picture(tmp_path):
    """A video whose pictures start late: both readers count from there."""
    times = [Fraction(1, 2) + Fraction(n, 25) for n in range(25)]
    path = synth.write_video(
        tmp_path / "s.mkv", synth.numbered_frames(25, SIZE), times=times, audio=synth.clicks([0.75], 1.5)
    )
    source = examine(path)
    with FrameReader(source) as frames, SoundReader(source) as sounds:
        assert read(frames, span(0, 1))[0] == (0, 0)
        onset = np.flatnonzero(np.abs(heard(sounds, span(0, 1), 48000)[:, 0]) > 0.25)[0]
    assert onset / 48000 == pytest.approx(0.25, abs=0.0015)


def as_it_was_recorded(source, path, lost=(), late=()):
    """A copy that does not say how long it is, as of browsers; without the sound of some of its seconds, and with others' stamped a minute late."""
    with av.open(str(source)) as container, av.open(str(path), "w", container_options={"live": "1"}) as out:
        copies = {stream.index: out.add_stream_from_template(stream) for stream in container.streams}
        for packet in container.demux():
            is_sound, second = packet.stream.type == "audio", int((packet.pts or 0) * packet.time_base)
            if packet.size == 0 or (is_sound and second in lost):
                continue
            if is_sound and second in late:
                packet.pts = packet.dts = packet.pts + int(60 / packet.time_base)
            packet.stream = copies[packet.stream.index]
            out.mux(packet)
    return path


@pytest.mark.parametrize(
    ("lost", "start", "clicks"),
    [(range(3, 16), 0, (0, 1, 2, 16, 17)), (range(15), 5, (15, 16, 17)), ((), 1, range(1, 18))],
    ids=["a gap", "a late start", "whole"],
)
def test_sound_of_a_recording_of_unknown_length_stands_where_it_was(lost, start, clicks, long_videos, tmp_path):
    """Its stamps are believed as far as there are pictures, however long nothing is heard."""
    with SoundReader(examine(as_it_was_recorded(long_videos[".mkv"], tmp_path / "s.mkv", lost))) as reader:
        sound = heard(reader, span(start, 18), (18 - start) * 48000)
    onsets = [at / 48000 for at in np.flatnonzero(np.abs(sound[:, 0]) > 0.25)]
    found = [at for number, at in enumerate(onsets) if number == 0 or at - onsets[number - 1] > 0.1]
    assert [start + at for at in found] == pytest.approx([second + 0.5 for second in clicks], abs=0.0015)
    assert reader.damage == Damage()


def test_time_stamps_of_sound_that_are_not_believed_are_told(long_videos, tmp_path):
    """Sound that is stamped long after the last picture follows on what was heard before, and somebody hears of it."""
    path = as_it_was_recorded(long_videos[".mkv"], tmp_path / "s.mkv", late=range(12, 20))
    with SoundReader(examine(path)) as reader:
        sound = heard(reader, span(0, 20), 20 * 48000)
    assert all(np.abs(sound[at * 48000 :][:48000]).max() > 0.5 for at in range(19))
    assert reader.damage.sentences("sound packets") == ["impossible time stamps of sound packets were ignored"]


@pytest.mark.parametrize(
    ("keys", "since", "first"),
    [("11111", 35, 3), ("11111", 30, 3), ("10010", 45, 3), ("10010", 25, 0), ("11111", -5, 0), ("11111", 99, 4)],
)
def test_a_decoder_of_sound_begins_where_it_may(keys, since, first):
    """At the last packet before the place that is wanted; of codecs that cannot begin at each, at the last at which they can."""
    packets = [SimpleNamespace(pts=10 * number, is_keyframe=key == "1") for number, key in enumerate(keys)]
    end = SimpleNamespace(pts=None, is_keyframe=False)
    assert list(_from(iter([*packets, end]), since)) == [*packets[first:], end]


def test_what_lies_before_a_break_is_read_after_it(long_videos):
    """A reader that has come by the place at which a file breaks off leaps back before it."""

    def breaking(stream):
        for number, packet in enumerate(container.demux(stream)):
            if number == 20:
                raise av.error.InvalidDataError(1, "no more")
            yield packet

    damage = Damage()
    for _ in range(2):
        with open_media(long_videos[".mp4"]) as container:
            stream = container.streams.audio[0]
            broken = SimpleNamespace(streams=container.streams, format=container.format, demux=breaking)
            assert sum(len(frames) for _, frames in decoded(broken, stream, damage)) >= 19
    assert damage == Damage(broken_off=True)


def test_damage_is_counted(tmp_path):
    """A file that breaks off gives what it has, and says so."""
    path = synth.write_video(tmp_path / "s.mkv", synth.numbered_frames(100, SIZE), options={"g": "10"})
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with FrameReader(examine(path)) as reader:
        frames = read(reader, span(0, 4))
        assert 20 < len(frames) < 80
        assert reader.ends == pytest.approx(frames[-1][0] + Fraction(1, 25), abs=0.01)
