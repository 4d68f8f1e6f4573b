"""What files ask players to cut off is told."""

from __future__ import annotations

import struct

import pytest

import synth
from clipzy.media.decoding.decode import decode_pass
from fuzz.anatomy import ISO
from fuzz.lying import TABLES

SIZE = (160, 90)


def asking_for(width: int, height: int, divided_by: int = 1):
    """For a box of descriptions whose last is a picture's: asks to show that much of it, from the middle."""
    numbers = (width * divided_by, divided_by, height * divided_by, divided_by, 0, 1, 0, 1)
    aperture = struct.pack(">I4s8I", 40, b"clap", *numbers)

    def change(body: bytes) -> bytes:
        (size,) = struct.unpack_from(">I", body, 8)
        return body[:8] + struct.pack(">I", size + len(aperture)) + body[12:] + aperture

    return change


@pytest.mark.parametrize("suffix", [".mp4", ".mov"])
@pytest.mark.parametrize(
    ("asked", "told"),
    [((140, 80), "140 x 80 of its 160 x 90"), ((160, 80, 7), "160 x 80"), (SIZE, None), ((0, 0, 0), None)],
    ids=["less", "lower", "all of it", "nothing"],
)
def test_pictures_whose_edges_players_should_hide_are_told_to_be_whole(suffix, asked, told, tmp_path):
    """Once, whether or not the description comes before the pictures."""
    path = synth.write_video(tmp_path / f"clip{suffix}", synth.numbered_frames(5, SIZE))
    assert decode_pass(path, []).warnings == ()
    path.write_bytes(ISO.edited(path.read_bytes(), (*TABLES, b"stsd"), asking_for(*asked)))
    warnings = decode_pass(path, []).warnings
    assert len(warnings) == (told is not None)
    assert all(told in warning for warning in warnings)


def test_a_file_of_endless_boxes_is_not_searched_for_long(tmp_path, monkeypatch):
    """Only so many are looked at."""
    path = synth.write_video(tmp_path / "clip.mp4", synth.numbered_frames(5, SIZE))
    path.write_bytes(ISO.edited(path.read_bytes(), (*TABLES, b"stsd"), asking_for(140, 80)))
    monkeypatch.setattr("clipzy.media.decoding.clean_aperture.MOST_BOXES", 3)
    assert decode_pass(path, []).warnings == ()
