"""Scratch folders: fresh for each attempt, whole or absent, swept when nobody needs them."""

from __future__ import annotations

import pytest

from clipzy.errors import ConfigurationError
from clipzy.jobs.folders import Folders
from clipzy.jobs.lifecycle import Stage


@pytest.fixture
def folders(tmp_path):
    """Below an empty DATA_PATH."""
    return Folders(tmp_path / "data")


def test_each_attempt_has_an_empty_folder(folders):
    """What an earlier attempt at the stage left is gone; the other stages' folders stay."""
    first = folders.fresh_stage("job_a", Stage.VIDEO_ANALYSIS, 1)
    (first / "frames.raw").touch()
    broken = folders.fresh_stage("job_a", Stage.RENDERING, 2)
    (broken / "half.mp4").touch()
    again = folders.fresh_stage("job_a", Stage.RENDERING, 3)
    assert again == folders.stage("job_a", "rendering-3")
    assert not list(again.iterdir())
    assert not broken.exists()
    assert (first / "frames.raw").exists()


def test_a_restored_folder_appears_when_it_is_whole(folders):
    """Not before, and what an earlier try left in the way is no part of it."""
    folder = folders.stage("job_a", "video_analysis-1")

    def break_off():
        with folders.restoring(folder) as part:
            (part / "half").touch()
            raise KeyError

    with pytest.raises(KeyError):
        break_off()
    assert not folder.exists()
    with folders.restoring(folder) as part:
        (part / "whole").touch()
        assert not folder.exists()
    assert [path.name for path in folder.iterdir()] == ["whole"]


def test_sweeping_keeps_the_jobs_that_are_named(folders):
    """And the analyses that all jobs share."""
    for job_id in ("job_a", "job_b"):
        folders.fresh_stage(job_id, Stage.RENDERING, 1)
    (folders.cache / "analysis.json").touch()
    folders.sweep(lambda: ["job_b", "job_never_begun"])
    assert [path.name for path in folders.work.iterdir()] == ["job_b"]
    assert (folders.cache / "analysis.json").exists()


def test_a_sweep_takes_nothing_that_is_no_jobs(folders):
    """DATA_PATH may be a folder in which somebody has a `work` of his own."""
    (folders.work / "thesis").mkdir()
    (folders.work / "thesis" / "chapter.txt").touch()
    folders.fresh_stage("job_old", Stage.RENDERING, 1)
    folders.sweep(list)
    assert [path.name for path in folders.work.rglob("*")] == ["thesis", "chapter.txt"]


def test_a_job_that_begins_during_a_sweep_keeps_its_folder(folders):
    """Whoever names the jobs that go on was asked a moment before it was one of them."""

    def nobody():
        folders.fresh_stage("job_new", Stage.VIDEO_ANALYSIS, 1)
        return []

    folders.fresh_stage("job_old", Stage.RENDERING, 1)
    folders.sweep(nobody)
    assert [path.name for path in folders.work.iterdir()] == ["job_new"]


def test_removing_a_job_leaves_the_others(folders):
    """Also one that has no files is removed without complaint."""
    for job_id in ("job_a", "job_b"):
        folders.fresh_stage(job_id, Stage.RENDERING, 1)
    folders.remove("job_a")
    folders.remove("job_a")
    assert [path.name for path in folders.work.iterdir()] == ["job_b"]


def test_a_data_path_that_cannot_be_used_is_told_with_its_setting(tmp_path):
    """To whoever starts a worker."""
    (tmp_path / "taken").write_text("a file")
    with pytest.raises(ConfigurationError, match=r"taken cannot be used \(.+\); check DATA_PATH"):
        Folders(tmp_path / "taken")
