import threading
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction

import av
import numpy as np
import pytest
from torch.cuda import DeferredCudaCallError

import synth
from clipzy.errors import MediaError
from clipzy.media.accel import DecoderChoice
from clipzy.media.decoding import cuda_frames, decode, division, entry_points, segments
from clipzy.media.decoding.decode import decode_pass
from clipzy.media.decoding.division import Division, bytes_of_picture, fitted_to, room_for_decoders, threads_of_each
from clipzy.media.decoding.taps import (
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


def paused(count):
    """Times with a pause after every seventh picture, as of a recording of a screen."""
    return [Fraction(i, 25) + 2 * (i // 7) for i in range(count)]


def uneven(count, start=0):
    """Times of a variable rate, some late."""
    return [Fraction(start) + Fraction(i, 25) + Fraction(i * i % 7, 300) for i in range(count)]


CLEAN = {
    "B-frames": {"options": GROUPS},
    "HEVC": {"codec": "libx265", "options": {"x265-params": f"{X265}:open-gop=0:bframes=3"}},
    "ten bits": {"pixel_format": "yuv420p10le", "options": GROUPS},
    "uneven times": {"times": uneven(100), "options": GROUPS},
    "late start": {"times": uneven(100, start=3), "options": GROUPS},
    "pauses": {"times": paused(100), "options": GROUPS},
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

    def wants(self, ticks, until):
        self.asked += 1
        self.most = max(self.most, self.asked - self.kept)
        return super().wants(ticks, until)

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
    room = room_for_decoders(on_gpu=False, all_units=False, beside=beside)
    assert room.at_once == at_once
    assert f"{processors} processors" in room.reason


def test_a_gpu_shares_its_decoders_among_files(monkeypatch):
    """Seven units, two files: four each, since their shares take turns on one; unless asked to, one decodes a file."""
    monkeypatch.setattr(cuda_frames, "nvdec_units", lambda: (7, "7 units"))
    rooms = [room_for_decoders(on_gpu=True, all_units=True, beside=beside).at_once for beside in (1, 2)]
    assert rooms == [7, 4]
    assert room_for_decoders(on_gpu=True, all_units=False, beside=1).at_once == 1
    monkeypatch.setattr(cuda_frames, "nvdec_units", lambda: (1, "the number of its units is not known"))
    assert room_for_decoders(on_gpu=True, all_units=True, beside=2) == Division(
        1, "nvdec: the number of its units is not known, 2 files at once"
    )


def test_short_files_and_large_pictures_have_fewer_decoders():
    """Each needs two seconds of its own, and holds pictures where processors decode."""
    room, minute = Division(7, "room"), Fraction(60)
    hd, uhd, uhd_10 = (
        bytes_of_picture(width, width * 9 // 16, av.VideoFormat(pixels))
        for width, pixels in ((1920, "yuv420p"), (3840, "yuv420p"), (3840, "yuv420p10le"))
    )
    assert fitted_to(room, hd, minute, on_gpu=False) is room
    assert fitted_to(room, uhd, minute, on_gpu=False).at_once == 2
    assert fitted_to(room, uhd_10, minute, on_gpu=False).at_once == 1
    assert fitted_to(room, uhd, minute, on_gpu=True) is room
    assert fitted_to(room, 4 * uhd_10, minute, on_gpu=True).at_once == 1
    assert fitted_to(room, hd, Fraction(5), on_gpu=False).at_once == 2
    assert fitted_to(room, hd, None, on_gpu=True).at_once == 1


def test_pictures_are_counted_by_what_they_take():
    """Ten bits take two bytes a sample; where the file does not say, the more is taken."""
    formats = ("yuv420p", "yuv420p10le", "yuv422p10le", "yuv444p10le")
    assert [bytes_of_picture(10, 10, av.VideoFormat(each)) for each in formats] == [150, 300, 400, 600]
    assert bytes_of_picture(10, 10, None) == 300


@pytest.mark.parametrize(("processors", "at_once", "threads"), [(8, 2, 5), (16, 4, 5), (64, 8, 9), (192, 2, 9)])
def test_decoders_on_one_file_have_few_threads_each(processors, at_once, threads, monkeypatch):
    """Each thread holds a picture, on any machine."""
    monkeypatch.setattr(division, "available_processors", lambda: processors)
    assert threads_of_each(at_once, 3_110_400) == threads


@pytest.mark.parametrize("at_once", [1, 2])
def test_files_decoded_side_by_side_share_the_processors(at_once, monkeypatch):
    """Each has the threads of half of them; on a GPU it keeps its own, which are few."""
    monkeypatch.setattr(division, "available_processors", lambda: 16)
    beside = threads_of_each(at_once, 3_110_400, beside=2)
    on_gpu = [threads_of_each(at_once, 3_110_400, on_gpu=True, beside=files) for files in (1, 2)]
    monkeypatch.setattr(division, "available_processors", lambda: 8)
    assert beside == threads_of_each(at_once, 3_110_400)
    assert on_gpu[0] == on_gpu[1]


@pytest.mark.parametrize(
    ("processors", "size", "pixels", "threads"),
    [
        (1, (1920, 1080), "yuv420p", 4),
        (2, (1920, 1080), "yuv420p", 8),
        (2, (3840, 2160), "yuv420p", 8),
        (2, (3840, 2160), "yuv420p10le", 5),
        (2, (7680, 4320), "yuv420p10le", 3),
        (64, (7680, 4320), "yuv420p10le", 65),
    ],
)
def test_a_decoder_alone_has_threads_that_keep_all_processors_busy(processors, size, pixels, threads, monkeypatch):
    """Its threads wait for each other's pictures: three leave half of one of two processors idle. Large pictures are not held in such numbers."""
    monkeypatch.setattr(division, "available_processors", lambda: processors)
    assert threads_of_each(1, bytes_of_picture(*size, av.VideoFormat(pixels))) == threads


def test_a_file_is_decoded_by_so_many_threads(tmp_path, monkeypatch):
    """As many as are reckoned for pictures of its size, the decoder's own bound aside."""
    synth.write_video(tmp_path / "clip.mp4", pictures(5))
    monkeypatch.setattr(division, "available_processors", lambda: 3)
    given = []
    prepare = decode.prepare_decoder
    monkeypatch.setattr(decode, "prepare_decoder", lambda *a, **k: given.append(a[1]) or prepare(*a, **k))
    decode_pass(tmp_path / "clip.mp4", [])
    assert given == [12]


@pytest.mark.usefixtures("three")
@pytest.mark.parametrize("hardware", [False, True])
def test_memory_is_bounded_where_a_gpu_is_allowed_and_absent(hardware, tmp_path, monkeypatch):
    """As by default on a machine with processors alone: there decoders hold pictures."""
    monkeypatch.setattr(decode, "choose_decoder", lambda: DecoderChoice("cpu", "nvdec: no NVIDIA GPU"))
    monkeypatch.setattr(segments, "accelerated", lambda: None)
    monkeypatch.setattr(decode, "accelerated", lambda: None)
    monkeypatch.setattr(division, "MOST_BYTES", 2 * 160 * 96 * 3 // 2)
    path = synth.write_video(tmp_path / "clip.mp4", pictures(60), options=GROUPS)
    assert decode_pass(path, [], hardware=hardware).division == Division(2, "pictures of 0.0 MB")


@pytest.mark.usefixtures("three")
def test_what_a_gpu_does_not_take_is_divided_anew(tmp_path, monkeypatch):
    """Decoders that were to leave their pictures on the GPU would hold them here: there is room for fewer."""
    monkeypatch.setattr(decode, "choose_decoder", lambda: DecoderChoice("nvdec", "for a test"))
    monkeypatch.setattr(segments, "accelerated", lambda: None)
    monkeypatch.setattr(decode, "accelerated", lambda: None)
    monkeypatch.setattr(division, "MOST_BYTES", 2 * 160 * 96 * 3 // 2)
    path = synth.write_video(tmp_path / "clip.mp4", pictures(60), options=GROUPS)
    in_order, divided, how_divided = both(path, tmp_path, monkeypatch, hardware=True)
    assert how_divided == Division(2, "pictures of 0.0 MB")
    assert divided == in_order
    assert divided[1][3] == DecoderChoice(
        "cpu", "nvdec: it does not take this file's coding, or has no room for it", failed=True
    )


def failing(error):
    """What a decoder does that fails at its first group."""

    def pictures_of(*_, **__):
        raise error

    return pictures_of


@pytest.mark.usefixtures("three")
def test_one_decoder_does_it_where_memory_does_not_suffice_for_several(tmp_path, monkeypatch):
    """As under a limit for the stage."""
    path = synth.write_video(tmp_path / "clip.mp4", pictures(60), options=GROUPS)
    monkeypatch.setattr(segments._Decoder, "pictures", failing(MemoryError()))
    in_order, divided, how_divided = both(path, tmp_path, monkeypatch)
    assert how_divided == Division(1, "there is no room in memory for several decoders")
    assert divided == in_order


@pytest.mark.usefixtures("three")
@pytest.mark.parametrize(
    "error",
    [RuntimeError("CUDA error: out of memory"), DeferredCudaCallError("CUDA call failed lazily")],
    ids=["full", "cannot be read"],
)
def test_one_decoder_does_it_where_a_gpu_fails_several(error, tmp_path):
    """It may have room for one."""
    decoders = segments._Decoders(segments.Decoding(tmp_path, 1, 1, "all", on_gpu=True), [])
    reason = decoders._as_reason(error)
    assert (type(reason), str(reason)) == (entry_points.Undivided, f"nvdec: {error}")


@pytest.mark.usefixtures("three")
def test_one_decoder_does_it_where_threads_do_not_suffice_for_several(tmp_path, monkeypatch):
    """As under a limit of processes; those that had begun end."""
    path = synth.write_video(tmp_path / "clip.mp4", pictures(60), options=GROUPS)
    submit, begun = ThreadPoolExecutor.submit, []

    def scarce(pool, *work):
        begun.append(work)
        if len(begun) > 1:
            raise RuntimeError("can't start new thread")
        return submit(pool, *work)

    monkeypatch.setattr(ThreadPoolExecutor, "submit", scarce)
    _, _, how_divided = both(path, tmp_path, monkeypatch)
    assert how_divided == Division(1, "there is no room for so many threads: can't start new thread")
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("decode")]


@pytest.mark.usefixtures("three")
def test_a_file_that_a_decoder_waits_for_in_vain_ends_the_pass(tmp_path, monkeypatch):
    """A network's storage that does not answer is an error, told at once and not taken for patience."""
    path = synth.write_video(tmp_path / "clip.mp4", pictures(60), options=GROUPS)
    monkeypatch.setattr(segments, "open_media", failing(TimeoutError("storage")))
    told = []

    def listen(share):
        told.append(share)
        if len(told) > 50:
            raise _Stopped

    with pytest.raises(TimeoutError, match="storage"):
        decode_pass(path, [], listen)


def unit(kind, content):
    """A NAL unit of H.264 as in mp4, after its length."""
    return (1 + len(content)).to_bytes(4, "big") + bytes([kind]) + content


NOTE = bytes.fromhex("dc45e9bde6d948b7962cd820d923eeef") + b"x264 - core " + 5000 * b"9"
CRAFTED = {
    "a number of five thousand digits": (
        unit(6, bytes([5]) + len(NOTE) // 255 * b"\xff" + bytes([len(NOTE) % 255]) + NOTE + b"\x80"),
        "old x264",
    ),
    "twenty thousand units": (20_000 * unit(12, b"\xff\x80"), "too many parts"),
}


@pytest.mark.usefixtures("three")
@pytest.mark.parametrize(("more", "reason"), CRAFTED.values(), ids=CRAFTED)
def test_crafted_packets_are_left_to_one_decoder(more, reason, tmp_path, monkeypatch):
    """Looking for entry points neither fails nor takes long on them."""
    whole = synth.write_video(tmp_path / "whole.mp4", pictures(60), options=GROUPS)
    path = remuxed(whole, tmp_path / "clip.mp4", lambda number, content: (b"" if number else more) + content)
    in_order, divided, how_divided = both(path, tmp_path, monkeypatch)
    assert how_divided.at_once == 1
    assert reason in how_divided.reason
    assert divided == in_order


@pytest.mark.usefixtures("three")
def test_a_huge_packet_is_not_even_copied(tmp_path, monkeypatch):
    """What is looked into lies in memory twice."""
    monkeypatch.setattr(entry_points, "MOST_BYTES", 100)
    path = synth.write_video(tmp_path / "clip.mp4", pictures(60), options=GROUPS)
    assert decode_pass(path, []).division == Division(1, "a packet is too large to be looked into")


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
