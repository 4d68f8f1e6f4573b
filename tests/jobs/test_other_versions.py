"""A worker finds stages of a job that another version of the engine has run, before an upgrade or on another machine."""

from __future__ import annotations

import json
import threading
from dataclasses import replace

import pytest
import sqlalchemy as sa
from structlog.testing import capture_logs

from clipzy.jobs import moves
from clipzy.jobs.folders import Folders
from clipzy.jobs.lifecycle import Stage
from clipzy.jobs.stage_checkpoint import result_of
from clipzy.storage.tables import jobs
from executing import executor_of
from workshop import Workshop, begin

STAGES = [stage.value for stage in Stage]
SIGNED = {
    "video_analysis": [["sign", "analysis.json"]],
    "style_extraction": [["sign", "style.json"]],
    "style_application": [["cite", "style_extraction/style.json"]],
    "rendering": [["publish", {"output.mp4": "pixels"}]],
}


@pytest.fixture
def workshop(tmp_path):
    """A store and an object storage, without queue and workers."""
    with Workshop(tmp_path, queue=False, processing_timeout_seconds=100.0) as workshop:
        yield workshop


@pytest.fixture
def old(workshop):
    """A worker's hands in this process, of an old version."""
    return executor_of(workshop, "old")


@pytest.fixture
def new(old):
    """On the same folders, of a new one."""
    return replace(old, version="new")


def run(workshop, executor, job, stages, done):
    """Run these stages as a worker does, on top of those that are `done`; the last one's checkpoint."""
    for stage in stages:
        begin(workshop.store, job.job_id, stage)
        checkpoint = executor.run(job, stage, done)
        if checkpoint.error is None:
            with workshop.store.database.begin() as connection:
                moves.finish_stage(connection, job.job_id, stage, result_of(checkpoint, done))
            done |= {**checkpoint.again, stage: checkpoint}
    return checkpoint


def interrupted(workshop, executor, script=SIGNED, before=Stage.STYLE_APPLICATION):
    """A job of which the stages before that one are done, and their checkpoints."""
    job, done = workshop.remember(script), {}
    run(workshop, executor, job, list(Stage)[: list(Stage).index(before)], done)
    return job, done


def read(workshop, job, name):
    """What is stored for the job under that name."""
    return json.loads(b"".join(workshop.objects.stream(workshop.store.get_job(job.job_id).artifacts[name])))


def test_stages_that_another_version_ran_are_run_again(workshop, old, new):
    """Once, before the stage that is next, with a line for each in the log; later stages find them done."""
    job, done = interrupted(workshop, old)
    with capture_logs() as lines:
        run(workshop, new, job, [Stage.STYLE_APPLICATION, Stage.RENDERING], done)
    assert workshop.journal(job.job_id) == [*STAGES[:4], *STAGES]
    said = "an earlier stage was run by another version of the engine; running it again"
    assert [line["earlier"] for line in lines if line["event"] == said] == STAGES[:4]


def test_stages_of_the_same_version_are_not(workshop, old):
    """Their files are gone on from, as ever."""
    job, done = interrupted(workshop, old)
    checkpoint = run(workshop, old, job, [Stage.STYLE_APPLICATION, Stage.RENDERING], done)
    assert workshop.journal(job.job_id) == STAGES
    assert checkpoint.again == {}


def test_what_is_published_belongs_together(workshop, old, new):
    """Style, plan, manifest and warnings are all of the version that made the output; of the other's nothing is named."""
    job, done = interrupted(workshop, old)
    before = workshop.store.get_job(job.job_id)
    run(workshop, new, job, [Stage.STYLE_APPLICATION, Stage.RENDERING], done)
    after = workshop.store.get_job(job.job_id)
    style = read(workshop, job, "style.json")
    assert style == after.style_json == read(workshop, job, "cited_style.json") != before.style_json
    assert not set(before.artifacts.values()) & set(after.artifacts.values())
    assert not set(before.warnings) & set(after.warnings)
    assert len(before.warnings) == len(after.warnings) == 2
    files = read(workshop, job, "manifest.json")["files"]
    assert [file["name"] for file in files] == ["analysis.json", "style.json", "cited_style.json", "output.mp4"]
    published = {file.name: file.sha256 for checkpoint in done.values() for file in checkpoint.files}
    assert {file["name"]: file["sha256"] for file in files} == published


def test_what_the_job_was_warned_of_when_it_was_created_stays(workshop, old, new):
    """No stage would tell it again, as that the template named with the upload is deleted."""
    job, done = interrupted(workshop, old)
    gone = "the template named with the upload has been deleted"
    with workshop.store.database.begin() as connection:
        told = [gone, *workshop.store.get_job(job.job_id).warnings]
        connection.execute(sa.update(jobs).where(jobs.c.job_id == job.job_id).values(warnings=told))
    run(workshop, new, job, [Stage.STYLE_APPLICATION, Stage.RENDERING], done)
    after = workshop.store.get_job(job.job_id).warnings
    assert after[0] == gone
    assert len(after) == 3
    assert not set(told[1:]) & set(after)


def test_progress_and_stage_do_not_go_back_meanwhile(workshop, old, new):
    """Who follows the job sees it stand still where it was."""
    script = {**SIGNED, "video_analysis": [["sleep", 1.0]], "style_application": [["fail", "no"]]}
    job, done = interrupted(workshop, old, script)
    seen, watching = set(), threading.Event()

    def look():
        while not watching.wait(0.02):
            now = workshop.store.get_job(job.job_id)
            seen.add((now.current_stage, now.progress_percent))

    begin(workshop.store, job.job_id, Stage.STYLE_APPLICATION)
    follower = threading.Thread(target=look)
    follower.start()
    run(workshop, new, job, [Stage.STYLE_APPLICATION], done)
    watching.set()
    follower.join()
    assert seen == {(Stage.STYLE_APPLICATION, 66)}


def test_until_the_stage_has_ended_all_is_as_the_other_version_left_it(workshop, old, new):
    """A job that fails or is cancelled in it has what belongs together, too."""
    job, done = interrupted(workshop, old, {**SIGNED, "style_application": [["fail", "no"]]})
    before = workshop.store.get_job(job.job_id)
    assert run(workshop, new, job, [Stage.STYLE_APPLICATION], done).error.message == "no"
    after = workshop.store.get_job(job.job_id)
    assert (after.artifacts, after.warnings, after.style_json) == (before.artifacts, before.warnings, before.style_json)


def test_what_the_other_version_took_is_not_counted(workshop, old, new):
    """Else a job that passes within its time would fail of an upgrade."""
    job, done = interrupted(workshop, old, before=Stage.AUDIO_ANALYSIS)
    slow = {stage: replace(checkpoint, seconds=99.9) for stage, checkpoint in done.items()}
    assert run(workshop, new, job, [Stage.AUDIO_ANALYSIS], slow).error is None


def test_a_machine_that_lacks_the_files_publishes_nothing_again_for_its_own_version(workshop, old, tmp_path):
    """What it makes again is the same to the byte."""
    job, done = interrupted(workshop, old)
    before = workshop.store.get_job(job.job_id)
    elsewhere = replace(old, folders=Folders(tmp_path / "elsewhere"))
    run(workshop, elsewhere, job, [Stage.STYLE_APPLICATION], done)
    after = workshop.store.get_job(job.job_id)
    assert after.artifacts.items() >= before.artifacts.items()
    assert after.warnings == before.warnings
