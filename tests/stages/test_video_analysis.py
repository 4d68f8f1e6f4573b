"""What the analysis of pictures takes of a machine."""

from __future__ import annotations

from fractions import Fraction
from types import SimpleNamespace

import cv2
import numpy as np
import pytest

import measured
import scenes
import synth
from clipzy.jobs.lifecycle import Stage
from clipzy.media.decoding.taps import open_motion_pairs, open_samples
from clipzy.stages import motion_analysis, video_analysis
from clipzy.stages.context import Role, Source
from clipzy.stages.measured import VIDEO, frames_folder
from clipzy.storage.artifacts import load_json, save_json
from clipzy.style.measurements import VideoAnalysis
from clipzy.style.time import Span
from staged import StagedJob


@pytest.mark.parametrize(("processors", "readers"), [(1, 1), (2, 2), (16, 16), (64, 16)])
def test_no_more_pictures_are_searched_for_text_at_once_than_have_room(processors, readers, monkeypatch):
    """With 64 an analysis took most of the 4 GiB that a stage may take in the chart's pods."""
    monkeypatch.setattr(video_analysis, "available_processors", lambda: processors)
    monkeypatch.setattr(video_analysis, "TextReader", lambda threads: threads)
    assert video_analysis._text_reader.__wrapped__() == readers


def test_long_sound_after_the_pictures_leaves_no_fewer_looks_at_them(tmp_path):
    """In Matroska, whose file is as long as its sound; where motion is measured anew, too."""
    frames, sound = synth.numbered_frames(50, (64, 36)), synth.silence(1200.0, 8000, channels=1)
    path = synth.write_video(tmp_path / "clip.mkv", frames, audio=sound, sample_rate=8000)
    source = Source(Role.FOOTAGE, path, "hash")
    context = SimpleNamespace(
        folder=tmp_path, earlier={VIDEO: tmp_path}, hardware_decoding=False, all_decoding_units=False
    )
    video_analysis._decode(context, source, lambda _share: None, 1, lambda _share: None)
    folder = frames_folder(tmp_path, source.role)
    assert len(open_motion_pairs(folder).pictures) == 12
    assert len(open_samples(folder).pictures) == 4
    about = measured.video(facts=measured.facts(duration=Fraction(2)))
    save_json(tmp_path / f"{source.role}.json", about)
    motion_analysis._decode_again(context, source, lambda _share: None)
    assert len(open_motion_pairs(folder).pictures) == 12


def test_flashes_on_the_beat_are_no_part_of_the_grade(networks, tmp_path):
    """At 60 a minute, where each falls on a picture that is sampled, one white frame in thirty made dim pictures bright."""
    frames = [picture // 2 for picture in synth.moving_texture(90, seed=8, size=(160, 90), dx=0.3)]
    for beat in range(15, 90, 30):
        frames[beat][:] = 255
    path = synth.write_video(tmp_path / "clip.mp4", frames, rate=Fraction(30))
    job = StagedJob(tmp_path, networks, footage=path).run(Stage.VIDEO_ANALYSIS)
    found = load_json(job.folders[VIDEO] / "footage.json", VideoAnalysis)
    assert found.color.grade.highlights < 0
    assert found.color.mean_luma < 0.3
    assert found.shots == (Span(Fraction(0), Fraction(3)),)


def test_cuts_of_a_phones_clip_in_a_wide_frame_are_found(networks, tmp_path):
    """Its bars never change, and are left out of the pictures that shots are told by."""
    frames = []
    for seed in range(5):
        for taken in scenes.as_bytes(scenes.shot(seed, 25)):
            frame = np.zeros((108, 192, 3), np.uint8)
            frame[:, 64:128] = cv2.resize(taken, (64, 108))
            frames.append(frame)
    path = synth.write_video(tmp_path / "clip.mp4", frames)
    job = StagedJob(tmp_path, networks, footage=path).run(Stage.VIDEO_ANALYSIS)
    found = load_json(job.folders[VIDEO] / "footage.json", VideoAnalysis)
    assert [each.start for each in found.boundaries] == [1, 2, 3, 4]


def test_a_title_over_one_take_is_no_change_of_shot(networks, tmp_path):
    """Large as it is, with the box behind it."""
    plain = synth.textured_frame(4, (320, 180))
    titled = plain.copy()
    titled[30:150, 70:250] = (200, 20, 60)
    for line, height in (("SUMMER", 0.3), ("SALE", 0.5), ("TODAY", 0.7)):
        titled = synth.captioned(titled, line, height_px=36, centre=(0.5, height), colour=(255, 220, 0))
    path = synth.write_video(tmp_path / "clip.mp4", [plain] * 40 + [titled] * 60, rate=Fraction(25))
    job = StagedJob(tmp_path, networks, footage=path).run(Stage.VIDEO_ANALYSIS)
    found = load_json(job.folders[VIDEO] / "footage.json", VideoAnalysis)
    assert found.texts
    assert (found.boundaries, len(found.shots)) == ((), 1)
