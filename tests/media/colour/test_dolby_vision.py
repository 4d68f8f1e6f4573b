"""Dolby Vision that only its own decoders show in right colours is told."""

from __future__ import annotations

import numpy as np
import pytest

from clipzy.media.colour.dolby_vision import unreadable_colours
from clipzy.media.decoding.containers import open_media, prepare_decoder, video_stream
from clipzy.media.decoding.decode import decode_pass
from clipzy.media.decoding.packets import first_frame
from fuzz.anatomy import EBML
from fuzz.lying import TRACK
from fuzz.pointing import SEGMENT, TRACKS
from synth_colours import SDR, Coded, write_scene

GREY = np.full((64, 96, 3), 0.2)


def told_of(path, colorspace=None):
    """What is told of a file; `colorspace`: instead of the first frame's own."""
    with open_media(path) as container:
        stream = video_stream(container)
        prepare_decoder(stream.codec_context, threads=1)
        frame = first_frame(container, stream).frame
        frame.colorspace = frame.colorspace if colorspace is None else colorspace
        return unreadable_colours(path, stream, frame)


@pytest.mark.parametrize(
    ("coded", "tag", "warned"),
    [
        (Coded("yuv420p10le", 2, 2, 2, full_range=True), "dvh1", True),
        (Coded("yuv420p10le", 2, 2, 2), "dvh1", True),
        (Coded("yuv420p10le", 9, 9, 18), "dvh1", False),
        (Coded("yuv420p10le", 9, 9, 16), "hvc1", False),
        (Coded("yuv420p10le", 2, 2, 2), "hvc1", False),
    ],
    ids=["profile 5", "profile 5 without range", "profile 8.4", "HDR10", "plain"],
)
def test_dolby_vision_that_others_cannot_read_is_told(coded, tag, warned, tmp_path):
    """A sample entry for Dolby's decoders alone, over pictures that do not name a matrix; with a base layer it is HLG or PQ."""
    path = write_scene(tmp_path / "clip.mp4", [GREY], coded, "libx265", tag)
    told = told_of(path)
    assert (told is not None) == warned
    assert told is None or "profile 5" in told


def test_a_pass_over_such_a_file_warns(tmp_path):
    """So that the job's result says it."""
    coded = Coded("yuv420p10le", 2, 2, 2, full_range=True)
    path = write_scene(tmp_path / "clip.mp4", [GREY] * 2, coded, "libx265", "dvh1")
    (warning,) = decode_pass(path, (), threads=1).warnings
    assert "export it as HDR10, HLG or SDR" in warning


def test_dolbys_own_matrix_is_told_whatever_the_container(tmp_path):
    """IPT-C2, number 15 of H.273."""
    path = write_scene(tmp_path / "clip.mkv", [GREY], SDR)
    assert told_of(path) is None
    assert "Dolby Vision" in told_of(path, colorspace=15)


@pytest.mark.parametrize(
    ("kind", "profile", "compatible", "warned"),
    [
        (b"dvcC", 5, 0, True),
        (b"dvvC", 10, 0, True),
        (b"dvvC", 10, 1, False),
        (b"dvvC", 8, 4, False),
        (b"dvcC", 7, 6, False),
    ],
    ids=["profile 5", "profile 10.0", "profile 10.1", "profile 8.4", "profile 7"],
)
def test_matroska_says_it_in_a_record(kind, profile, compatible, warned, tmp_path):
    """It has no sample entries; the record names the profile, and what other decoders take the pictures for."""
    record = bytes([1, 0, profile << 1, 3 << 3 | 5, compatible << 4]) + bytes(19)
    mapping = EBML.joined(0x41F0, bytes([4])) + EBML.joined(0x41E7, kind) + EBML.joined(0x41ED, record)
    plain = write_scene(tmp_path / "plain.mkv", [GREY], SDR).read_bytes()
    path = tmp_path / "clip.mkv"
    path.write_bytes(EBML.edited(plain, (SEGMENT, TRACKS, TRACK), lambda body: body + EBML.joined(0x41E4, mapping)))
    assert (told_of(path) is not None) == warned
