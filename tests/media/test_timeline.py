"""Plans as timelines: read back by OpenTimelineIO, cut for cut."""

from dataclasses import replace
from fractions import Fraction

import opentimelineio as otio
import pytest

import measured
from clipzy.media.timeline import write_timelines
from clipzy.style.apply import build_plan
from clipzy.style.config import JobConfig
from clipzy.style.plan import CropKey

NTSC = Fraction(30000, 1001)


def planned(**facts):
    """A plan with many cuts for footage with these facts, and the facts."""
    about = measured.facts(**facts)
    footage = measured.measurements(measured.video(shots=4, facts=about))
    return build_plan(measured.style(cut_frequency=30.0), footage, JobConfig(), own_style=False), about


@pytest.fixture(params=[Fraction(24), Fraction(25), NTSC, Fraction(15), Fraction(60)], ids=float)
def written(request, tmp_path):
    """A plan, the rate of its footage, and both files."""
    plan, facts = planned(frame_rate=request.param)
    paths = tmp_path / "timeline.otio", tmp_path / "timeline.edl"
    write_timelines(plan, "source.mp4", facts, *paths)
    return plan, facts.frame_rate, *paths


def test_each_clip_of_the_plan_is_one_of_the_timeline(written):
    """To the frame of the footage, end to end, on a track of pictures and one of sound, with reason and crop beside."""
    plan, rate, path, _ = written
    timeline = otio.adapters.read_from_file(str(path))
    pictures, sound = timeline.tracks
    assert (pictures.kind, sound.kind) == ("Video", "Audio")
    for track in (pictures, sound):
        assert len(track) == len(plan.clips)
        for clip, meant in zip(track, plan.clips, strict=True):
            span = clip.source_range
            assert span.start_time.value == round(meant.source.start * rate)
            assert span.end_time_exclusive().value == round(meant.source.end * rate)
            assert clip.media_reference.target_url == "source.mp4"
    assert pictures[1].metadata["clipzy"]["reason"] == plan.clips[1].reason
    assert pictures[1].metadata["clipzy"]["crop"]["width"] == pytest.approx(plan.clips[1].crop.width)
    assert list(timeline.metadata["clipzy"]["reasons"]) == list(plan.reasons)


def test_the_decision_list_has_the_same_cuts(written):
    """Within a frame of its time code."""
    plan, _, _, path = written
    rate = float(plan.output.frame_rate)
    timeline = otio.adapters.read_from_file(str(path), rate=rate)
    clips = list(timeline.find_clips())
    assert len(clips) == len(plan.clips)
    for clip, meant in zip(clips, plan.clips, strict=True):
        span = clip.source_range
        assert span.start_time.to_seconds() == pytest.approx(float(meant.source.start), abs=2 / rate)
        assert span.duration.to_seconds() == pytest.approx(float(meant.source.duration), abs=3 / rate)


def test_footage_without_sound_has_one_track(tmp_path):
    """The pictures' alone."""
    silent = measured.audio(present=False)
    plan = build_plan(measured.style(), measured.measurements(audio_analysis=silent), JobConfig(), own_style=False)
    write_timelines(plan, "source.mp4", measured.facts(), tmp_path / "a.otio", tmp_path / "a.edl")
    timeline = otio.adapters.read_from_file(str(tmp_path / "a.otio"))
    assert [track.kind for track in timeline.tracks] == ["Video"]


def test_where_a_crop_goes_is_kept(tmp_path):
    """No editor's format has words for it: it stands beside the clip, in exact time."""
    plan, facts = planned()
    key = CropKey(Fraction(1, 3), plan.clips[0].crop)
    moving = replace(plan, clips=(replace(plan.clips[0], crop_path=(key,)), *plan.clips[1:]))
    write_timelines(moving, "source.mp4", facts, tmp_path / "t.otio", tmp_path / "t.edl")
    first, second, *_ = otio.adapters.read_from_file(str(tmp_path / "t.otio")).tracks[0]
    (told,) = first.metadata["clipzy"]["crop_path"]
    assert (told["at"], told["crop"]["width"]) == ("1/3", key.crop.width)
    assert "crop_path" not in second.metadata["clipzy"]
