import threading
from fractions import Fraction

import av
import numpy as np
import pytest

import synth
from clipzy.errors import MediaError
from clipzy.media import cuda_frames, decode, division, segments
from clipzy.media.accel import DecoderChoice
from clipzy.media.decode import decode_pass
from clipzy.media.division import Division, fitted_to, room_for_decoders
from clipzy.media.taps import (
    MotionPairsTap,
    SamplesTap,
    ShotFramesTap,
    open_motion_pairs,
    open_samples,
    open_shot_frames,
)

GROUPS = {"g": "12", "keyint_min": "12", "bf": "3"}
X265 = "log-level=error:pools=1:frame-threads=1:keyint=12:min-keyint=12"


@pytest.fixture
def three(monkeypatch):
    """Three decoders at once, whatever the machine, of groups of a fifth of a second."""
    monkeypatch.setattr(decode, "room_for_decoders", lambda **_: Division(3, "three are wanted"))
    monkeypatch.setattr(segments, "GROUP_S", Fraction(1, 5))
    monkeypatch.setattr(division, "GROUP_S", Fraction(1, 5))


def kept(path, folder, **options):
    """All that a pass over the file gives, and how it was divided."""
    taps = ShotFramesTap(folder), MotionPairsTap(folder), SamplesTap(folder, Fraction(5), options.pop("most", 600))
    summary = decode_pass(path, taps, **options)
    opened = [open_shot_frames(folder), open_motion_pairs(folder), open_samples(folder)]
    arrays = [
        *(each.pictures.tobytes() for each in opened),
        *(each.ticks.tolist() for each in opened),
        opened[1].gaps.tolist(),
    ]
    told = summary.ticks.tolist(), summary.duration, summary.warnings, summary.decoder
    return arrays, told, summary.division


def both(path, tmp_path, monkeypatch, **options):
    """The same file in order and as it is divided: what each keeps, and the second's division."""
    divided = kept(path, tmp_path / "divided", **options)
    with monkeypatch.context() as patch:
        patch.setattr(decode, "room_for_decoders", lambda **_: Division(1, "in order"))
        in_order = kept(path, tmp_path / "in order", **options)
    return in_order[:2], divided[:2], divided[2]


def pictures(count, size=(160, 96)):
    """Numbered pictures that move."""
    return [
        np.roll(picture, 2 * number, axis=1)
        for number, picture in enumerate(synth.moving_texture(count, dx=3, size=size))
    ]


def uneven(count, start=0):
    """Times of a variable rate, some late."""
    return [Fraction(start) + Fraction(i, 25) + Fraction(i * i % 7, 300) for i in range(count)]


CLEAN = {
    "B-frames": {"options": GROUPS},
    "HEVC": {"codec": "libx265", "options": {"x265-params": f"{X265}:open-gop=0:bframes=3"}},
    "ten bits": {"pixel_format": "yuv420p10le", "options": GROUPS},
    "uneven times": {"times": uneven(100), "options": GROUPS},
    "late start": {"times": uneven(100, start=3), "options": GROUPS},
    "turned": {"rotation": 90, "options": GROUPS},
    "interlaced": {"options": {**GROUPS, "x264-params": "tff=1"}},
    "with sound": {"audio": synth.noise(4, 16000, channels=2), "sample_rate": 16000, "options": GROUPS},
    "parameter sets in every group": {"options": {**GROUPS, "x264-params": "repeat-headers=1"}},
}


@pytest.mark.usefixtures("three")
@pytest.mark.parametrize(
    ("how", "suffix"),
    [(how, ".mp4") for how in CLEAN] + [("B-frames", ".mkv"), ("HEVC", ".mkv"), ("late start", ".mov")],
)
def test_decoders_at_once_give_what_one_gives(how, suffix, tmp_path, monkeypatch):
    """Bit for bit, the same frames at the same times, of what every tap keeps."""
    path = synth.write_video(tmp_path / f"clip{suffix}", pictures(100), **CLEAN[how])
    taken = count_groups(monkeypatch)
    in_order, divided, how_divided = both(path, tmp_path, monkeypatch)
    assert how_divided == Division(3, "three are wanted")
    assert len(taken) >= 7
    assert divided == in_order


def count_groups(monkeypatch):
    """A list that grows by each group that a decoder takes."""
    taken = []
    pictures_of = segments._Decoder.pictures

    def counted(decoder, group, wishes, kind):
        taken.append(threading.get_ident())
        return pictures_of(decoder, group, wishes, kind)

    monkeypatch.setattr(segments._Decoder, "pictures", counted)
    return taken


def remuxed(source, path, change, shift=0):
    """The same packets in another file, each with its content changed, `shift` frames of 1/25 s later."""
    with av.open(str(source)) as old, av.open(str(path), "w") as new:
        stream = new.add_stream_from_template(old.streams.video[0])
        for number, packet in enumerate(old.demux(video=0)):
            if packet.dts is None:
                continue
            copy = av.Packet(change(number, bytes(packet)))
            later = round(shift * Fraction(1, 25) / packet.time_base)
            copy.pts, copy.dts, copy.duration = packet.pts + later, packet.dts + later, packet.duration
            copy.time_base, copy.is_keyframe, copy.stream = packet.time_base, packet.is_keyframe, stream
            new.mux(copy)
    return path


@pytest.mark.usefixtures("three")
def test_an_edit_list_leaves_out_the_same_frames(tmp_path, monkeypatch):
    """Frames that are decoded and never shown, as where a phone trims a video, are left out by every decoder."""
    whole = synth.write_video(tmp_path / "whole.mp4", pictures(100), options={**GROUPS, "bf": "0"})
    path = remuxed(whole, tmp_path / "clip.mp4", lambda _, content: content, shift=-5)
    with av.open(str(path)) as container:
        assert sum(packet.is_discard for packet in container.demux(video=0)) == 5
    in_order, divided, how_divided = both(path, tmp_path, monkeypatch)
    assert how_divided.at_once == 3
    assert len(divided[1][0]) == 95
    assert divided == in_order


@pytest.mark.usefixtures("three")
def test_parameter_sets_that_change_midway_are_decoded_in_order(tmp_path, monkeypatch):
    """A decoder that began later would not know them."""
    path = synth.write_video(tmp_path / "whole.mp4", pictures(100), options={**GROUPS, "x264-params": "cabac=0"})
    other = synth.write_video(tmp_path / "other.mp4", pictures(100), options={**GROUPS, "x264-params": "cabac=1"})
    with av.open(str(other)) as container:
        extradata = container.streams.video[0].codec_context.extradata
        packets = [bytes(packet) for packet in container.demux(video=0) if packet.size]
    length = int.from_bytes(extradata[6:8], "big")
    first, second = extradata[8 : 8 + length], extradata[11 + length :]
    second = second[: int.from_bytes(extradata[9 + length : 11 + length], "big")]
    sets = b"".join(len(each).to_bytes(4, "big") + each for each in (first, second))

    def change(number, content):
        return content if number < 48 else (sets if number == 48 else b"") + packets[number]

    in_order, divided, how_divided = both(remuxed(path, tmp_path / "clip.mkv", change), tmp_path, monkeypatch)
    assert how_divided == Division(1, "parameter sets change midway")
    assert in_order[1][2] == ()
    assert divided == in_order


@pytest.mark.usefixtures("three")
def test_frames_that_are_never_to_be_shown_are_left_to_one_decoder(tmp_path, monkeypatch):
    """Pictures of HEVC that discard those before (no_output_of_prior_pics_flag) are no borders."""
    whole = synth.write_video(tmp_path / "whole.mp4", pictures(60), **CLEAN["HEVC"])
    monkeypatch.setattr(segments, "MOST_FRAMES", 40)

    def discarding(_, content):
        changed, at = bytearray(content), 0
        while at < len(changed):
            if changed[at + 4] >> 1 & 63 in {19, 20}:
                changed[at + 6] |= 0x40
            at += 4 + int.from_bytes(changed[at : at + 4], "big")
        return bytes(changed)

    in_order, divided, how_divided = both(remuxed(whole, tmp_path / "clip.mp4", discarding), tmp_path, monkeypatch)
    assert how_divided.at_once == 1
    assert divided == in_order


UNDIVIDED = {
    "open groups of H.264": ({"options": {**GROUPS, "x264-params": "open-gop=1:keyint=12:min-keyint=1"}}, ".mp4"),
    "open groups of HEVC": ({"codec": "libx265", "options": {"x265-params": f"{X265}:open-gop=1:bframes=3"}}, ".mp4"),
    "one key frame": ({"options": {"g": "1000", "bf": "2", "sc_threshold": "0"}}, ".mp4"),
    "VP9": ({}, ".webm"),
    "MPEG-4": ({}, ".avi"),
    "a step of a day": (
        {"times": [Fraction(i, 25) + (10**6 if i >= 40 else 0) for i in range(100)], "options": GROUPS},
        ".mkv",
    ),
}


@pytest.mark.usefixtures("three")
@pytest.mark.parametrize(("how", "suffix"), UNDIVIDED.values(), ids=UNDIVIDED)
def test_what_cannot_be_divided_is_decoded_in_order(how, suffix, tmp_path, monkeypatch):
    """With the reason, and the same result."""
    monkeypatch.setattr(segments, "MOST_FRAMES", 60)
    path = synth.write_video(tmp_path / f"clip{suffix}", pictures(100), **how)
    in_order, divided, how_divided = both(path, tmp_path, monkeypatch)
    assert how_divided.at_once == 1
    assert how_divided.reason
    assert divided == in_order


@pytest.mark.usefixtures("three")
@pytest.mark.parametrize("codec", ["B-frames", "HEVC"])
def test_damage_is_told_as_by_one_decoder(codec, tmp_path, monkeypatch):
    """A broken packet in the middle: the whole file is decoded in order, with the same words and frames."""
    whole = synth.write_video(tmp_path / "whole.mp4", pictures(100), **CLEAN[codec])
    noise = np.random.default_rng(1).bytes(60)
    path = remuxed(
        whole, tmp_path / "clip.mkv", lambda number, content: content[:40] + noise if number == 48 else content
    )
    told = []
    in_order, divided, how_divided = both(path, tmp_path, monkeypatch, report=told.append)
    assert how_divided.at_once == 1
    assert in_order[1][2]
    assert divided[1] == in_order[1]
    assert told.count(1.0) == 2
    first = told[: told.index(1.0) + 1]
    assert first == sorted(first)


@pytest.mark.usefixtures("three")
def test_progress_rises_as_groups_are_done(tmp_path):
    """The share told never falls and ends at 1."""
    path = synth.write_video(tmp_path / "clip.mp4", pictures(100), options=GROUPS)
    told = []
    assert decode_pass(path, [ShotFramesTap(tmp_path)], told.append).division.at_once == 3
    assert told == sorted(told)
    assert told[-1] == 1.0
    assert len(told) > 6


class _Stopped(Exception):
    pass


@pytest.mark.usefixtures("three")
def test_a_pass_that_is_stopped_leaves_neither_threads_nor_spools(tmp_path, monkeypatch):
    """Whoever listens to the progress ends it, also while a decoder is still at work on what comes next."""
    path = synth.write_video(tmp_path / "clip.mp4", pictures(100), options=GROUPS)
    begun = threading.Event()

    def never(decoder, **_):
        begun.set()
        decoder._stop.wait()
        return []

    def listen(_share):
        if begun.is_set():
            raise _Stopped

    monkeypatch.setattr(segments._Decoder, "pictures", never)
    with pytest.raises(_Stopped):
        decode_pass(path, [ShotFramesTap(tmp_path / "out")], listen)
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("decode")]
    assert [*(tmp_path / "out").iterdir()] == []


class _Counting(ShotFramesTap):
    """Knows how many frames at most were asked for and not yet taken."""

    asked = kept = most = 0

    def wants(self, ticks):
        self.asked += 1
        self.most = max(self.most, self.asked - self.kept)
        return super().wants(ticks)

    def keep(self, picture, ticks, wish):
        self.kept += 1
        super().keep(picture, ticks, wish)


@pytest.mark.usefixtures("three")
def test_only_a_few_groups_are_on_their_way_at_once(tmp_path):
    """However long the file: three with decoders, two beside them."""
    path = synth.write_video(tmp_path / "clip.mp4", pictures(240), options=GROUPS)
    tap = _Counting(tmp_path)
    assert decode_pass(path, [tap]).division.at_once == 3
    assert (tap.kept, tap.most) == (240, (3 + segments.WAITING) * 12)


class _Failing(ShotFramesTap):
    def keep(self, *_):
        raise MediaError("disk full")


@pytest.mark.usefixtures("three")
def test_a_failing_tap_ends_a_divided_pass(tmp_path):
    """Its error is told, and nothing stays behind."""
    path = synth.write_video(tmp_path / "clip.mp4", pictures(100), options=GROUPS)
    with pytest.raises(MediaError, match="disk full"):
        decode_pass(path, [ShotFramesTap(tmp_path / "a"), _Failing(tmp_path / "b")])
    assert [*(tmp_path / "a").iterdir(), *(tmp_path / "b").iterdir()] == []


@pytest.mark.parametrize(
    ("processors", "beside", "at_once"), [(1, 1, 1), (2, 1, 1), (4, 1, 1), (7, 1, 1), (8, 1, 2), (16, 1, 4), (16, 2, 2)]
)
def test_few_processors_have_one_decoder(processors, beside, at_once, monkeypatch):
    """Four processors are one decoder's; the reason says what was counted."""
    monkeypatch.setattr(division, "available_processors", lambda: processors)
    room = room_for_decoders(hardware=False, beside=beside)
    assert room.at_once == at_once
    assert f"{processors} processors" in room.reason


def test_a_gpu_shares_its_decoders_among_files(monkeypatch):
    """Seven units, two files: four each, since their shares take turns on one."""
    monkeypatch.setattr(division, "choose_decoder", lambda: DecoderChoice("nvdec", "for a test"))
    monkeypatch.setattr(cuda_frames, "nvdec_units", lambda: (7, "7 units"))
    assert [room_for_decoders(hardware=True, beside=beside).at_once for beside in (1, 2)] == [7, 4]
    monkeypatch.setattr(cuda_frames, "nvdec_units", lambda: (1, "the number of its units is not known"))
    assert room_for_decoders(hardware=True, beside=2) == Division(
        1, "nvdec: the number of its units is not known, 2 files at once"
    )


def test_short_files_and_large_pictures_have_fewer_decoders():
    """Each needs two seconds of its own, and holds pictures where processors decode."""
    room, minute = Division(7, "room"), Fraction(60)
    assert fitted_to(room, 1920 * 1080, minute, hardware=False) is room
    assert fitted_to(room, 3840 * 2160, minute, hardware=False).at_once == 2
    assert fitted_to(room, 3840 * 2160, minute, hardware=True) is room
    assert fitted_to(room, 1920 * 1080, Fraction(5), hardware=False).at_once == 2
    assert fitted_to(room, 1920 * 1080, None, hardware=True).at_once == 1


@pytest.mark.gpu
@pytest.mark.usefixtures("three")
@pytest.mark.parametrize("how", ["B-frames", "HEVC", "turned", "uneven times"])
def test_nvdec_in_segments_gives_what_one_stream_gives(how, tmp_path, monkeypatch):
    """Bit for bit, of what every tap keeps of frames on the GPU."""
    path = synth.write_video(tmp_path / "clip.mp4", pictures(100, (640, 360)), **CLEAN[how])
    taken = count_groups(monkeypatch)
    in_order, divided, how_divided = both(path, tmp_path, monkeypatch, hardware=True)
    assert in_order[1][3].name == "nvdec"
    assert how_divided.at_once == 3
    assert len(set(taken)) > 1
    assert divided == in_order


@pytest.mark.gpu
def test_the_gpu_tells_how_many_decoders_it_has():
    """Asked of NVIDIA's own library."""
    units, reason = cuda_frames.nvdec_units()
    assert reason == f"{units} units"
