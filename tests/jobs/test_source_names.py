"""What a job's videos are called by people."""

from __future__ import annotations

import pytest

from clipzy.jobs.records import VideoFile
from clipzy.jobs.source_names import source_names
from clipzy.stages.context import Role


def video(video_id: str, filename: str) -> VideoFile:
    """An upload under that name."""
    return VideoFile(video_id, filename, "0" * 64, f"videos/{video_id}/source.mp4")


def test_videos_are_called_as_they_were_uploaded():
    """Whatever they are stored as."""
    videos = {Role.TEMPLATE: video("vid_a", "Trailer.mov"), Role.FOOTAGE: video("vid_b", "Rügen, Tag 2.mp4")}
    assert source_names(videos) == {Role.TEMPLATE: "Trailer.mov", Role.FOOTAGE: "Rügen, Tag 2.mp4"}


@pytest.mark.parametrize(
    ("template", "footage"),
    [("clip.mp4", "clip.mp4"), ("Clip.MP4", "clip.mp4"), ("Ü.mp4", "U\u0308.mp4")],
    ids=["same", "case", "accents"],
)
def test_two_videos_of_one_name_are_told_apart_by_their_ids(template, footage):
    """Where one folder cannot hold both, be it on macOS or Windows; the ending stays the name's end."""
    found = source_names({Role.TEMPLATE: video("vid_a", template), Role.FOOTAGE: video("vid_b", footage)})
    (stem, suffix), (other_stem, other_suffix) = (name.rsplit(".", 1) for name in (template, footage))
    assert found == {
        Role.TEMPLATE: f"{stem}-vid_a.{suffix}",
        Role.FOOTAGE: f"{other_stem}-vid_b.{other_suffix}",
    }


def test_a_video_in_its_own_style_keeps_its_name():
    """It is template and footage at once: one file."""
    same = video("vid_a", "clip.mp4")
    assert set(source_names({Role.TEMPLATE: same, Role.FOOTAGE: same}).values()) == {"clip.mp4"}
