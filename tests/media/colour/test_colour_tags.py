"""What files say of their colours is read, and told."""

from __future__ import annotations

import numpy as np
import pytest

from clipzy.media.colour.colour_spaces import STANDARD, USUAL_PEAK, ColourSpace
from clipzy.media.colour.colour_tags import PEAKS, colour_space_of, mapping_note, peak_of
from clipzy.media.decoding.containers import open_media, prepare_decoder, video_stream
from clipzy.media.decoding.packets import first_frame
from synth_colours import CODINGS, Coded, frame_of, max_cll, write_scene

GREY = np.full((64, 96, 3), 0.2)


def first(path):
    """The stream and the first frame of a file."""
    with open_media(path) as container:
        stream = video_stream(container)
        prepare_decoder(stream.codec_context, threads=1)
        return stream, first_frame(container, stream).frame


@pytest.mark.parametrize(
    ("coding", "space", "words"),
    [
        ("standard", STANDARD, None),
        ("BT.601", STANDARD, None),
        ("full range", STANDARD, None),
        ("Display P3", ColourSpace("sdr", "p3"), "Display P3"),
        ("BT.2020 SDR", ColourSpace("sdr", "bt2020"), "BT.2020"),
        ("HLG", ColourSpace("hlg", "bt2020"), "HDR (HLG) was mapped to standard dynamic range by ITU-R BT.2390"),
        ("PQ", ColourSpace("pq", "bt2020"), "HDR (PQ)"),
        ("PQ in P3", ColourSpace("pq", "p3"), "HDR (PQ)"),
    ],
)
def test_the_colour_space_is_read_from_the_tags(coding, space, words):
    """Transfer and primaries, with a sentence for all that is not standard."""
    frame = frame_of(GREY, CODINGS[coding])
    assert colour_space_of(frame) == space
    note = mapping_note(frame)
    assert note is None if words is None else words in note


def test_hdr_without_primaries_has_those_of_bt2020():
    """No other are in use with it."""
    frame = frame_of(GREY, CODINGS["HLG"])
    frame.color_primaries = 2
    assert colour_space_of(frame) == ColourSpace("hlg", "bt2020")


@pytest.mark.parametrize(
    ("nits", "peak"), [(0, 1000.0), (150, 203.0), (203, 203.0), (550, 600.0), (900, 1000.0), (1500, 1000.0)]
)
@pytest.mark.parametrize("suffix", [".mp4", ".mkv"])
def test_the_peak_is_the_lesser_of_content_and_screen(nits, peak, suffix, tmp_path):
    """By MaxCLL where it says anything, no lighter than the mastering screen of 1000 cd/m², rounded up to a step."""
    coded = Coded("yuv420p10le", 9, 9, 16, options=max_cll(nits))
    _, frame = first(write_scene(tmp_path / f"clip{suffix}", [GREY], coded))
    assert peak_of(frame) == peak
    assert peak in PEAKS


@pytest.mark.parametrize("coding", ["HLG", "PQ", "standard"])
def test_a_file_that_names_no_peak_has_the_usual_one(coding, tmp_path):
    """1000 cd/m²."""
    _, frame = first(write_scene(tmp_path / "clip.mp4", [GREY], CODINGS[coding]))
    assert peak_of(frame) == USUAL_PEAK
