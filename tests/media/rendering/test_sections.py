"""Pictures made in sections side by side: the same frames at the same times as made in one go."""

from __future__ import annotations

import errno
import gc
import threading
import time
from contextlib import suppress
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

import synth
from clipzy.errors import MediaError
from clipzy.media.rendering import playing, readers
from clipzy.media.rendering.cadence import place
from clipzy.media.rendering.encode import Encoder
from clipzy.media.rendering.output_sound import OutputSound
from clipzy.media.rendering.readers import FrameReader
from clipzy.media.rendering.render import render
from clipzy.media.rendering.sections import (
    MOST_AT_ONCE,
    MOST_OF_NVENC,
    divide,
    encoder_threads,
    encoders_at_once,
    pictures_ahead,
    section_bytes,
)
from clipzy.style.dna import Easing, Transition, TransitionType
from clipzy.style.plan import AudioChain, Clip, Crop, EditPlan, OutputFormat
from clipzy.style.time import Span

SIZE = (160, 90)
HD, UHD, UHD8 = 1920 * 1080, 3840 * 2160, 7680 * 4320
GIB, PLENTY = 1 << 30, 1 << 40


@pytest.mark.parametrize(
    ("processors", "pixels", "encoders"),
    [(1, HD, 1), (2, HD, 1), (7, HD, 1), (8, HD, 2), (16, HD, 4), (128, HD, MOST_AT_ONCE), (128, UHD8, 1)],
)
def test_many_processors_have_several_encoders_but_not_of_huge_pictures(processors, pixels, encoders):
    """x264 alone does not keep many processors busy; each encoder holds many pictures."""
    assert encoders_at_once(processors, pixels, 40, PLENTY) == encoders


@pytest.mark.parametrize(("processors", "encoders"), [(2, 1), (8, 2), (36, 2), (128, 2)])
def test_nvenc_has_two_encoders_at_most(processors, encoders):
    """A GeForce opens few, for all jobs together; more of them would not be faster."""
    assert encoders_at_once(processors, HD, 40, PLENTY, MOST_OF_NVENC) == encoders


@pytest.mark.parametrize(
    ("processors", "pixels", "lookahead", "memory", "encoders", "threads"),
    [
        (16, HD, 40, 4 * GIB, 3, 8),
        (64, HD, 40, 4 * GIB, 3, 9),
        (64, HD, 40, 8 * GIB, 7, 6),
        (64, HD, 10, 4 * GIB, 6, 6),
        (16, UHD, 10, 4 * GIB, 1, 14),
        (16, UHD, 10, 8 * GIB, 2, 12),
        (64, UHD8, 10, 8 * GIB, 1, 5),
        (2, HD, 40, GIB // 4, 1, 1),
    ],
)
def test_encoders_and_their_threads_are_no_more_than_memory_holds(
    processors, pixels, lookahead, memory, encoders, threads
):
    """In a pod with 4 GiB on a node of 64 processors eight encoders would take ten: the job would fail, where on few processors it does not."""
    assert encoders_at_once(processors, pixels, lookahead, memory) == encoders
    assert encoder_threads(processors, encoders, pixels, lookahead, memory) == threads
    assert threads == 1 or encoders * section_bytes(pixels, lookahead, threads) < memory


@pytest.mark.parametrize(("pixels", "pictures"), [(640 * 360, 3), (HD, 3), (3840 * 2160, 1), (UHD8, 1)])
def test_fewer_large_pictures_wait_between_threads(pixels, pictures):
    """At least one does, so that no thread waits for another at each picture."""
    assert pictures_ahead(pixels) == pictures


@pytest.mark.parametrize("total", [1, 30, 239, 240, 241, 359, 361, 100_000])
@pytest.mark.parametrize("rate", [Fraction(30), Fraction(24000, 1001), Fraction(1, 3)], ids=str)
def test_sections_hold_every_frame_once_and_begin_where_key_frames_are(total, rate):
    """None is so short that its encoder would have nothing to look ahead to, unless it is the only one."""
    sections = divide(total, rate, 2, at_once=4)
    assert [frame for section in sections for frame in section] == list(range(total))
    group = max(1, round(2 * rate))
    assert all(section.start % group == 0 for section in sections)
    assert len(sections) == 1 or min(len(section) for section in sections) >= 2 * group


@pytest.mark.parametrize(
    ("seconds", "lengths"),
    [
        (3, [3]),
        (7, [7]),
        (8, [4, 4]),
        (13, [4, 4, 5]),
        (16, [4, 4, 4, 4]),
        (30, [8, 8, 8, 6]),
        (40, [10, 10, 10, 10]),
        (50, [8, 6, 6, 6, 6, 6, 6, 6]),
        (120, [8, 8, 8, 6] * 4),
    ],
)
def test_every_encoder_has_as_much_to_do(seconds, lengths):
    """So that none is at work alone at the end, and several are for a short output too."""
    assert [len(section) / 25 for section in divide(seconds * 25, Fraction(25), 2, at_once=4)] == lengths


def test_one_encoder_makes_one_section():
    """Nothing is divided in vain."""
    assert divide(10_000, Fraction(30), 2, at_once=1) == [range(10_000)]


@pytest.fixture(scope="module")
def footage(tmp_path_factory):
    """Twenty-eight seconds whose frames are told apart by their brightness, with sound."""
    path = tmp_path_factory.mktemp("sections") / "footage.mp4"
    ground = synth.textured_frame(3, SIZE).astype(float) * 0.2
    frames = [(ground + (k * 7) % 190).clip(0, 255).astype(np.uint8) for k in range(28 * 10)]
    return synth.write_video(path, frames, rate=Fraction(10), audio=synth.sine(440, 28.0))


def plan():
    """Clips out of order, one of them long, with a dissolve that the border of two sections falls into."""

    def clip(start, end, crop=0.0, transition=None):
        return Clip(Span(Fraction(start), Fraction(end)), Crop(crop, 0, 1 - crop, 1), None, transition, "tested")

    dissolve = Transition(TransitionType.DISSOLVE, 1200, Easing.LINEAR)
    clips = (
        clip(14, 22),
        clip(22, 26, 0.25, dissolve),
        clip(0, "5.37"),
        clip("9.03", 14),
    )
    audio = AudioChain(None, None, None, None, -1.0, "kept")
    return EditPlan(clips, (), audio, OutputFormat(*SIZE, Fraction(10), "h264", 12, "veryfast", 96), ("tested",))


def seen(path):
    """Times and mean brightness of a file's frames."""
    with av.open(str(path)) as container:
        frames = list(container.decode(video=0))
        return [frame.time for frame in frames], np.array([f.to_ndarray(format="gray").mean() for f in frames])


@pytest.fixture(scope="module")
def whole(footage, tmp_path_factory):
    """The plan rendered by one encoder."""
    path = tmp_path_factory.mktemp("whole") / "whole.mp4"
    render(plan(), footage, {}, path)
    return path


@pytest.mark.parametrize("encoders", [2, 3])
def test_sections_show_what_one_rendering_shows(encoders, whole, at_once, footage, tmp_path):
    """Frame by frame: over cuts, transitions and clips that lie in two sections; the file is checked whole as always."""
    at_once(encoders)
    told = []
    report = render(plan(), footage, {}, tmp_path / "sections.mp4", told.append)
    (times, brightness), (expected_times, expected) = seen(tmp_path / "sections.mp4"), seen(whole)
    assert times == expected_times
    assert brightness == pytest.approx(expected, abs=1.5)
    assert report.frames == len(times)
    assert told == sorted(told)
    assert told[-1] == 1.0
    with av.open(str(tmp_path / "sections.mp4")) as container:
        keys = [round(p.pts * p.time_base * 10) for p in container.demux(video=0) if p.is_keyframe]
    assert {0, 80, 160} <= set(keys)


def test_a_rendering_by_nvenc_has_no_more_encoders_open_than_that(footage, tmp_path, monkeypatch):
    """On a workstation of 36 processors too, where x264 has sixteen; x264 passes for NVENC here."""
    monkeypatch.setattr("clipzy.media.rendering.sections.SECTION_S", 2)
    monkeypatch.setattr("clipzy.media.rendering.render.NVENC", "libx264")
    monkeypatch.setattr("clipzy.media.rendering.render.available_processors", lambda: 36)
    packets, opened, most, changing = Encoder.video_packets, set(), [], threading.Lock()

    def counted(encoder, pictures, first=0, keys=()):
        with changing:
            opened.add(first)
            most.append(len(opened))
        yield from packets(encoder, pictures, first, keys)
        with changing:
            opened.remove(first)

    monkeypatch.setattr(Encoder, "video_packets", counted)
    render(plan(), footage, {}, tmp_path / "out.mp4")
    assert len(most) > 2 * MOST_OF_NVENC  # else this proves nothing
    assert max(most) <= MOST_OF_NVENC


def test_pictures_go_on_while_the_sound_is_awaited(at_once, footage, tmp_path, monkeypatch):
    """Of more sections than are made at once: else the sound of a long video, heard through before any is coded, holds them all up."""
    monkeypatch.setattr("clipzy.media.rendering.sections.SECTION_S", 4)
    at_once(2)
    coded, total = OutputSound.coded, place(plan().clips, Fraction(10))[-1].frames.stop
    assert len(divide(total, Fraction(10), 2, at_once=2)) > 2  # else this proves nothing

    def late(sound, duration, encoder, check):
        ends = time.monotonic() + 30
        while encoder.frames < total and time.monotonic() < ends:
            time.sleep(0.01)
        assert encoder.frames == total
        yield from coded(sound, duration, encoder, check)

    monkeypatch.setattr(OutputSound, "coded", late)
    render(plan(), footage, {}, tmp_path / "out.mp4")


def test_the_clips_are_laid_on_the_timeline_once_for_all_sections(at_once, footage, tmp_path, monkeypatch):
    """An hour has hundreds of each: for every section anew it would take minutes in which no other thread goes on."""
    monkeypatch.setattr("clipzy.media.rendering.sections.SECTION_S", 4)
    at_once(3)
    laid = []
    monkeypatch.setattr(playing, "place", lambda clips, rate: laid.append(len(clips)) or place(clips, rate))
    render(plan(), footage, {}, tmp_path / "out.mp4")
    assert laid == [4]


def test_decoders_have_no_more_threads_than_the_encoders_that_memory_allows(footage, tmp_path, monkeypatch):
    """On many processors and little memory each of theirs would hold a picture and a stack too."""
    for module in ("render", "plan_streams", "encode"):
        monkeypatch.setattr(f"clipzy.media.rendering.{module}.available_processors", lambda: 64)
    for module in ("render", "encode"):
        monkeypatch.setattr(f"clipzy.media.rendering.{module}.memory_left", lambda: 1 << 27)
    threads = []
    prepare = readers.prepare_decoder
    monkeypatch.setattr(readers, "prepare_decoder", lambda *a, **k: threads.append((a, k)) or prepare(*a, **k))
    render(plan(), footage, {}, tmp_path / "out.mp4")
    assert {each[1] for each, _ in threads if len(each) > 1} == {encoder_threads(64, 1, 160 * 90, 10, 1 << 27)}


def left():
    """Threads of this process, and the files that it has open."""
    gc.collect()  # an error that is told holds what it went through
    files = []
    for descriptor in Path("/proc/self/fd").iterdir():
        with suppress(FileNotFoundError):  # that of the listing itself
            files.append(descriptor.readlink())
    media = sorted(str(file) for file in files if file.suffix in {".mp4", ".part"})
    return {thread.name for thread in threading.enumerate()}, media


def failing_encoder(monkeypatch):
    """The disk is full for the second section."""
    packets = Encoder.video_packets

    def full(encoder, pictures, first=0, keys=()):
        for number, packet in enumerate(packets(encoder, pictures, first, keys)):
            if first and number == 5:
                raise OSError(errno.ENOSPC, "No space left on device")
            yield packet

    monkeypatch.setattr(Encoder, "video_packets", full)


def failing_reader(monkeypatch):
    """The third reader that is asked for frames has no memory."""
    frames, asked = FrameReader.frames, []

    def scarce(reader, span):
        asked.append(reader)
        for number, each in enumerate(frames(reader, span)):
            if len(set(map(id, asked))) > 2 and reader is asked[-1] and number == 3:
                raise MemoryError
            yield each

    monkeypatch.setattr(FrameReader, "frames", scarce)


class _Cancelled(Exception):
    """By who listens to the progress."""


@pytest.mark.parametrize(
    ("fail", "error"),
    [(failing_encoder, MediaError), (failing_reader, MemoryError), (None, _Cancelled)],
    ids=["full disk", "no memory", "cancelled"],
)
def test_a_failure_in_one_section_ends_all(fail, error, at_once, footage, tmp_path, monkeypatch):
    """Soon: no thread, no open file and no part of the output stays."""
    at_once(3)
    before = left()
    told = []

    def listen(share):
        told.append(share)
        if fail is None and share > 0.3:
            raise _Cancelled

    if fail is not None:
        fail(monkeypatch)
    began = time.monotonic()
    with pytest.raises(error):
        render(plan(), footage, {}, tmp_path / "out.mp4", listen)
    assert time.monotonic() - began < 60
    assert left() == before
    assert list(tmp_path.iterdir()) == []
