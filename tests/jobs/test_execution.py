"""One stage of one job on a worker: attempts counted, files published, and every way to end told as a checkpoint."""

from __future__ import annotations

import json
import shutil
import signal
import threading
from dataclasses import replace

import pytest
import sqlalchemy as sa
from obstore.store import LocalStore
from prometheus_client import REGISTRY
from structlog.testing import capture_logs

from clipzy.jobs import parts, stage_fallback
from clipzy.jobs.execution import MOST_LOST_ATTEMPTS
from clipzy.jobs.lifecycle import Stage
from clipzy.jobs.records import JobError, new_job
from clipzy.jobs.stage_checkpoint import Checkpoint
from clipzy.jobs.watch import WorkerStopping
from clipzy.settings import Settings
from clipzy.storage.objects import ObjectStore
from clipzy.telemetry import tracing
from executing import executor_of
from telemetry.otlp import receiving_traces
from workshop import Workshop, begin, dies, remember


@pytest.fixture
def workshop(tmp_path):
    """A store and an object storage, without queue and workers."""
    with Workshop(tmp_path, queue=False, stage_memory_limit_mb=512) as workshop:
        yield workshop


@pytest.fixture
def executor(workshop):
    """A worker's hands in this process."""
    return executor_of(workshop)


def begun(workshop, stage, *actions, **script):
    """A job on a video that makes the stage do these actions, about to be run at that stage."""
    job = workshop.remember({stage.value: actions, **script})
    begin(workshop.store, job.job_id, stage)
    return job


def test_a_stage_ends_as_its_checkpoint(workshop, executor):
    """Where its files are, what it warned of and what it published, as JSON and back."""
    job = begun(workshop, Stage.VIDEO_ANALYSIS, ["warn", "dark"], ["publish", {"contact.jpg": "pixels"}])
    dumped = executor.run_plain(job, Stage.VIDEO_ANALYSIS, {})
    checkpoint = Checkpoint.load(json.loads(json.dumps(dumped)))
    assert checkpoint.warnings == ("dark",)
    assert checkpoint.folder == "video_analysis-1"
    assert (checkpoint.error, checkpoint.gone, checkpoint.output_key) == (None, False, None)
    assert b"".join(workshop.objects.stream(checkpoint.artifacts["contact.jpg"])) == b"pixels"


def test_a_stage_knows_what_people_call_its_videos(workshop, executor):
    """As they were uploaded, not as they are stored."""
    job = begun(workshop, Stage.VIDEO_ANALYSIS, ["publish_names", None])
    checkpoint = executor.run(job, Stage.VIDEO_ANALYSIS, {})
    assert json.loads(b"".join(workshop.objects.stream(checkpoint.artifacts["names.json"]))) == ["video.mp4"]


def test_what_is_published_twice_has_two_keys(workshop, executor):
    """No key is ever overwritten: a reader of the first attempt's file is not disturbed by the second."""
    job = begun(workshop, Stage.VIDEO_ANALYSIS, ["publish", {"a.json": "{}"}])
    first, second = (executor.run(job, Stage.VIDEO_ANALYSIS, {}).artifacts["a.json"] for _ in range(2))
    assert first != second
    assert workshop.objects.exists(first)


def test_the_published_style_goes_into_the_row(workshop, executor):
    """What style_extraction publishes under its name is read; another stage's file of that name is not."""
    publish = ["publish", {"style.json": '{"version": 1}'}]
    job = begun(workshop, Stage.STYLE_EXTRACTION, publish, style_application=[publish])
    assert executor.run(job, Stage.STYLE_EXTRACTION, {}).style_json == {"version": 1}
    assert executor.run(job, Stage.STYLE_APPLICATION, {}).style_json is None


def test_the_rendered_file_is_the_output(workshop, executor):
    """The last stage's output is moved, not copied, into the storage."""
    job = begun(workshop, Stage.RENDERING, ["publish", {"output.mp4": "pixels"}])
    checkpoint = executor.run(job, Stage.RENDERING, {})
    assert checkpoint.output_key == checkpoint.artifacts["output.mp4"]
    folder = executor.folders.stage(job.job_id, checkpoint.folder)
    assert not (folder / "publish" / "output.mp4").exists()


@pytest.mark.parametrize(
    ("action", "code", "said"),
    [
        (["fail", "the stream is damaged"], "PROCESSING_FAILED", "the stream is damaged"),
        (["stumble", "secret"], "PROCESSING_FAILED", "internal error"),
        (["crash", signal.SIGSEGV], "STAGE_CRASHED", "SIGSEGV"),
        (["eat", 2000], "PROCESSING_FAILED", "memory"),
    ],
    ids=["error", "bug", "crash", "memory"],
)
def test_a_stage_that_fails_says_why_in_its_checkpoint(workshop, executor, action, code, said):
    """The stage, a code and a sentence, which the worker's log has too; the worker goes on."""
    job = begun(workshop, Stage.AUDIO_ANALYSIS, action)
    with capture_logs() as lines:
        error = executor.run(job, Stage.AUDIO_ANALYSIS, {}).error
    assert (error.stage, error.code) == (Stage.AUDIO_ANALYSIS, code)
    assert said in error.message
    assert ended(lines) == ("warning", "failed", code, error.message)


def ended(lines):
    """Level, outcome, code and sentence of the line in which a stage's end is logged."""
    [line] = [line for line in lines if line["event"] == "stage ended"]
    return line["log_level"], line["outcome"], line.get("code"), line.get("error")


def test_of_a_process_that_died_the_log_has_the_signal(workshop, executor):
    """The kernel's, for want of memory, or a decoder's own: the owner's sentence only says what it means."""
    job = begun(workshop, Stage.AUDIO_ANALYSIS, ["crash", signal.SIGKILL])
    with capture_logs() as lines:
        executor.run(job, Stage.AUDIO_ANALYSIS, {})
    [line] = [line for line in lines if line["event"] == "the process of a stage died"]
    assert (line["exit_code"], line["signal"]) == (-signal.SIGKILL, "SIGKILL")


@pytest.mark.parametrize("stage", [Stage.VIDEO_ANALYSIS, Stage.MOTION_ANALYSIS, Stage.RENDERING])
def test_a_stage_that_crashes_on_a_gpu_is_run_once_more_without(workshop, executor, monkeypatch, tmp_path, stage):
    """In an empty folder; what it had to say is told once, the metric counts, and the user is told."""
    monkeypatch.setattr(stage_fallback, "NVIDIA_DEVICE", tmp_path)
    before = fallbacks("gpu", "cpu")
    job = begun(workshop, stage, ["warn", "once"], ["crash_on_gpu", None])
    checkpoint = executor.run(job, stage, {})
    assert checkpoint.error is None
    done_without = f"{stage.value.replace('_', ' ')} was done without the GPU, because its process died on it"
    assert checkpoint.warnings == (done_without, "once")
    assert fallbacks("gpu", "cpu") == before + 1


@pytest.mark.parametrize("stage", [Stage.AUDIO_ANALYSIS, Stage.MOTION_ANALYSIS, Stage.STYLE_APPLICATION])
def test_a_stage_whose_networks_crash_in_process_is_run_once_more_without(
    workshop, executor, monkeypatch, tmp_path, stage
):
    """With INFERENCE=local they use a GPU as decoders do."""
    monkeypatch.setattr(stage_fallback, "NVIDIA_DEVICE", tmp_path)
    local = replace(executor, settings=executor.settings.model_copy(update={"inference": "local"}))
    job = begun(workshop, stage, ["crash_on_gpu", None])
    checkpoint = local.run(job, stage, {})
    assert checkpoint.error is None
    assert "was done without the GPU" in checkpoint.warnings[0]


@pytest.mark.parametrize(
    ("stage", "device"),
    [(Stage.VIDEO_ANALYSIS, "nowhere"), (Stage.AUDIO_ANALYSIS, "")],
    ids=["no GPU", "a stage that has no use for it"],
)
def test_a_stage_that_crashes_elsewhere_is_not_run_again(workshop, executor, monkeypatch, tmp_path, stage, device):
    """It would crash again, and a hostile file would cost twice the time."""
    monkeypatch.setattr(stage_fallback, "NVIDIA_DEVICE", tmp_path / device)
    job = begun(workshop, stage, ["crash_on_gpu", None])
    assert executor.run(job, stage, {}).error.code == "STAGE_CRASHED"


def begun_on_two(workshop, template, footage):
    """A job whose template and footage each do these actions in video_analysis, about to be run there."""
    scripts = ({Stage.VIDEO_ANALYSIS.value: actions} for actions in (template, footage))
    template_id, footage_id = map(workshop.add_video, scripts)
    job = new_job(video_id=footage_id, template_video_id=template_id)
    remember(workshop.store, job)
    begin(workshop.store, job.job_id, Stage.VIDEO_ANALYSIS)
    return job


@pytest.fixture
def roomy(executor, monkeypatch):
    """A worker's hands where processors are many, and a stage's memory is enough for two processes."""
    monkeypatch.setattr(parts, "LEAST_MIB", executor.settings.stage_memory_limit_mb // 2)
    return replace(executor, many_processors=True)


def test_where_processors_are_many_each_source_has_a_process(workshop, roomy):
    """Side by side: each waits for the other."""
    job = begun_on_two(workshop, [["touch", "a"], ["wait_for", "b"]], [["touch", "b"], ["wait_for", "a"]])
    assert roomy.run(job, Stage.VIDEO_ANALYSIS, {}).error is None
    assert len(set(workshop.processes(job.job_id))) == 2


def test_sound_is_heard_ahead_while_pictures_are_looked_at(workshop, executor, monkeypatch):
    """Beside video_analysis alone, of whose folder nothing of it is left; its own stage comes as ever."""
    monkeypatch.setattr(parts, "LEAST_MIB", 256)
    monkeypatch.setattr(parts, "AHEAD_MIB", 256)
    heard = {Stage.AUDIO_ANALYSIS.value: [["warn", "odd sound"], ["touch", "heard"]]}
    job = begun(workshop, Stage.VIDEO_ANALYSIS, ["wait_for", "heard"], **heard)
    roomy = replace(executor, many_processors=True)
    looked_at = roomy.run(job, Stage.VIDEO_ANALYSIS, {})
    assert (looked_at.error, looked_at.warnings) == (None, ())
    assert sorted(workshop.journal(job.job_id)) == ["audio_analysis", "video_analysis"]
    folder = roomy.folders.stage(job.job_id, looked_at.folder)
    assert not list(folder.glob("*ahead*"))
    assert roomy.run(job, Stage.AUDIO_ANALYSIS, {Stage.VIDEO_ANALYSIS: looked_at}).warnings == ("odd sound",)
    assert len(workshop.journal(job.job_id)) == 3


def test_where_they_are_few_all_sources_share_one(workshop, executor):
    """Whatever the memory."""
    job = begun_on_two(workshop, [], [])
    assert replace(executor, settings=Settings(_env_file=None)).run(job, Stage.VIDEO_ANALYSIS, {}).error is None
    assert workshop.journal(job.job_id) == ["video_analysis"]


def test_sources_of_which_one_crashes_on_a_gpu_are_both_run_once_more_without(workshop, roomy, monkeypatch, tmp_path):
    """In an empty folder; what they had to say is told once."""
    monkeypatch.setattr(stage_fallback, "NVIDIA_DEVICE", tmp_path)
    job = begun_on_two(workshop, [["warn", "dark"]], [["wait_for", "journal.txt"], ["crash_on_gpu", None]])
    checkpoint = roomy.run(job, Stage.VIDEO_ANALYSIS, {})
    assert checkpoint.error is None
    assert checkpoint.warnings == (
        "video analysis was done without the GPU, because its process died on it",
        "dark",
    )


def test_a_source_that_needs_more_than_its_part_of_the_memory_is_given_the_whole(workshop, roomy):
    """The stage is run once more, in one process; what was warned of is told once, and more than the whole is still refused."""
    footage = [["wait_for", "began"], ["warn", "dark"], ["eat", 384]]
    job = begun_on_two(workshop, [["touch", "began"]], footage)
    checkpoint = roomy.run(job, Stage.VIDEO_ANALYSIS, {})
    assert (checkpoint.error, checkpoint.warnings) == (None, ("dark",))
    assert workshop.journal(job.job_id) == ["video_analysis"] * 3
    greedy = begun_on_two(workshop, [], [["eat", 2000]])
    assert "(512 MiB)" in roomy.run(greedy, Stage.VIDEO_ANALYSIS, {}).error.message


def test_a_cancel_ends_the_processes_of_all_sources(workshop, roomy):
    """And leaves nothing stored."""
    job = begun_on_two(workshop, [["publish", {"a.json": "{}"}], ["sleep", 30]], [["sleep", 30]])
    cancel = threading.Timer(1.0, workshop.store.cancel_job, [job.job_id])
    cancel.start()
    assert roomy.run(job, Stage.VIDEO_ANALYSIS, {}) == Checkpoint(gone=True)
    cancel.join()
    assert workshop.objects.list(f"jobs/{job.job_id}/") == ()
    assert all(dies(pid) for pid in workshop.processes(job.job_id))


def fallbacks(of, to):
    """How often that has been counted."""
    return REGISTRY.get_sample_value("clipzy_fallbacks_total", {"of": of, "to": to}) or 0.0


def test_a_failure_of_the_engine_itself_is_told_as_one(workshop, executor):
    """Its text stays in the log; the owner learns that it was not the video."""
    job = begun(workshop, Stage.VIDEO_ANALYSIS)
    broken = replace(executor, functions={})
    error = broken.run(job, Stage.VIDEO_ANALYSIS, {}).error
    assert error == JobError(Stage.VIDEO_ANALYSIS, error.message, "INTERNAL_ERROR")
    assert "the log has the cause" in error.message


def test_a_job_that_was_cancelled_before_its_stage_is_gone(workshop, executor):
    """Nothing is run for it."""
    job = begun(workshop, Stage.VIDEO_ANALYSIS)
    workshop.store.cancel_job(job.job_id)
    assert executor.run(job, Stage.VIDEO_ANALYSIS, {}) == Checkpoint(gone=True)
    assert workshop.journal(job.job_id) == []


def test_a_cancel_during_a_stage_leaves_nothing_stored(workshop, executor):
    """A stage that is cut off publishes nothing, not even what it had written to be kept, and gives its room on the disk back at once."""
    job = begun(workshop, Stage.VIDEO_ANALYSIS, ["publish", {"a.json": "{}"}], ["sleep", 30])
    cancel = threading.Timer(1.0, workshop.store.cancel_job, [job.job_id])
    cancel.start()
    assert executor.run(job, Stage.VIDEO_ANALYSIS, {}) == Checkpoint(gone=True)
    cancel.join()
    assert workshop.objects.list(f"jobs/{job.job_id}/") == ()
    assert not list((executor.folders.work / job.job_id).glob("video_analysis-*"))


def test_a_stage_that_hangs_is_ended_when_its_jobs_time_is_up(workshop, executor):
    """The seconds of the stages before it count: the limit is the job's."""
    impatient = replace(executor, settings=executor.settings.model_copy(update={"processing_timeout_seconds": 100.0}))
    job = begun(workshop, Stage.AUDIO_ANALYSIS, ["sleep", 30])
    earlier = impatient.folders.fresh_stage(job.job_id, Stage.VIDEO_ANALYSIS, 1)
    done = {Stage.VIDEO_ANALYSIS: Checkpoint(folder=earlier.name, seconds=99.0, version=impatient.version)}
    with capture_logs() as lines:
        error = impatient.run(job, Stage.AUDIO_ANALYSIS, done).error
    assert error.code == "JOB_TIMEOUT"
    assert ended(lines) == ("warning", "failed", "JOB_TIMEOUT", error.message)


def test_what_another_machine_did_and_is_run_again_here_counts_once(workshop, executor):
    """A job that moves has the time for it, which the first machine had spent."""
    impatient = replace(executor, settings=executor.settings.model_copy(update={"processing_timeout_seconds": 100.0}))
    job = begun(workshop, Stage.AUDIO_ANALYSIS)
    done = {Stage.VIDEO_ANALYSIS: Checkpoint(folder="video_analysis-1", seconds=100.0, version=impatient.version)}
    assert impatient.run(job, Stage.AUDIO_ANALYSIS, done).error is None
    assert workshop.journal(job.job_id) == ["video_analysis", "audio_analysis"]


def test_a_stage_under_which_the_worker_died_three_times_is_not_tried_again(workshop, executor):
    """The job fails with the reason, before it takes down a fourth worker."""
    job = begun(workshop, Stage.RENDERING)
    begin(workshop.store, job.job_id, Stage.RENDERING, attempts=MOST_LOST_ATTEMPTS)
    error = executor.run(job, Stage.RENDERING, {}).error
    assert error.code == "STAGE_CRASHED"
    assert "the worker died 3 times in rendering" in error.message
    assert workshop.journal(job.job_id) == []


def test_a_worker_that_stops_while_the_database_is_away_fails_no_job(workshop, executor, monkeypatch):
    """The attempt cannot be given back, but the stop stays a stop: no outcome is recorded, and the job is resumed later."""

    def away(*_):
        raise sa.exc.OperationalError("UPDATE jobs", {}, Exception("the server is gone"))

    monkeypatch.setattr("clipzy.jobs.moves.give_back_attempt", away)
    job = begun(workshop, Stage.VIDEO_ANALYSIS, ["sleep", 30])
    stop = threading.Timer(0.5, executor.stopping.set)
    stop.start()
    with pytest.raises(WorkerStopping):
        executor.run(job, Stage.VIDEO_ANALYSIS, {})
    stop.join()


def test_a_stage_that_is_put_off_is_no_failure_in_its_trace(workshop, executor):
    """Each update stops some: their spans have an event, and no error."""
    job = begun(workshop, Stage.VIDEO_ANALYSIS, ["sleep", 30])
    with receiving_traces() as traces:
        settings = executor.settings.model_copy(update={"otel_exporter_otlp_endpoint": traces.url})
        stop = threading.Timer(0.5, executor.stopping.set)
        with tracing.exporting(settings, "clipzy-worker"):
            stop.start()
            with pytest.raises(WorkerStopping):
                executor.run(job, Stage.VIDEO_ANALYSIS, {})
        stop.join()
        span = traces.named("stage video_analysis")
    assert (span.failed, span.events) == (False, ["worker stopping"])


def test_a_worker_that_stops_gives_its_attempt_back(workshop, executor):
    """However often a worker is restarted under a job, the job is not blamed for it."""
    job = begun(workshop, Stage.VIDEO_ANALYSIS, ["sleep", 30])
    for _ in range(MOST_LOST_ATTEMPTS + 1):
        executor.stopping.clear()
        stop = threading.Timer(0.5, executor.stopping.set)
        stop.start()
        with pytest.raises(WorkerStopping):
            executor.run(job, Stage.VIDEO_ANALYSIS, {})
        stop.join()
    with pytest.raises(WorkerStopping):  # and begins nothing once it is to stop
        executor.run(job, Stage.VIDEO_ANALYSIS, {})
    assert workshop.store.get_job(job.job_id).attempt == MOST_LOST_ATTEMPTS + 1


def test_a_stage_is_given_the_folders_of_those_before_it(workshop, executor):
    """By name, in order."""
    job = begun(workshop, Stage.MOTION_ANALYSIS)
    done = {
        stage: Checkpoint(folder=executor.folders.fresh_stage(job.job_id, stage, 1).name, version=executor.version)
        for stage in (Stage.VIDEO_ANALYSIS, Stage.AUDIO_ANALYSIS)
    }
    folder = executor.folders.stage(job.job_id, executor.run(job, Stage.MOTION_ANALYSIS, done).folder)
    assert (folder / "result.txt").read_text() == "video_analysis,audio_analysis"


def test_an_earlier_stages_lost_files_are_made_again(workshop, executor):
    """A job that goes on on another machine runs the stage before once more, whose warnings were told before."""
    job = begun(workshop, Stage.AUDIO_ANALYSIS, video_analysis=[["warn", "dark"]])
    first = executor.run(job, Stage.VIDEO_ANALYSIS, {})
    shutil.rmtree(executor.folders.stage(job.job_id, first.folder))
    second = executor.run(job, Stage.AUDIO_ANALYSIS, {Stage.VIDEO_ANALYSIS: first})
    assert workshop.journal(job.job_id) == ["video_analysis", "video_analysis", "audio_analysis"]
    assert executor.folders.stage(job.job_id, first.folder).exists()
    assert second.warnings == ()


def test_an_earlier_stage_that_crashes_on_this_machines_gpu_is_made_again_without(
    workshop, executor, monkeypatch, tmp_path
):
    """Its files were made on a machine that had none, or a better one."""
    monkeypatch.setattr(stage_fallback, "NVIDIA_DEVICE", tmp_path)
    job = begun(workshop, Stage.AUDIO_ANALYSIS, video_analysis=[["crash_on_gpu", None]])
    first = executor.run(job, Stage.VIDEO_ANALYSIS, {})
    shutil.rmtree(executor.folders.stage(job.job_id, first.folder))
    assert executor.run(job, Stage.AUDIO_ANALYSIS, {Stage.VIDEO_ANALYSIS: first}).error is None


def test_videos_in_remote_storage_are_fetched_once(workshop, executor):
    """All stages of a job share the fetched file, which bears its own suffix."""
    remote = ObjectStore(LocalStore(workshop.settings.local_storage_path.resolve()), None)
    assert remote.local_path("any") is None
    far = replace(executor, objects=remote)
    job = begun(workshop, Stage.VIDEO_ANALYSIS, ["publish", {"a.json": "{}"}])
    checkpoint = far.run(job, Stage.VIDEO_ANALYSIS, {})
    assert remote.exists(checkpoint.artifacts["a.json"])
    fetched = far.folders.source(job.job_id, "footage.mp4")
    remote.delete((workshop.store.get_video(job.video_id).storage_key,))
    assert fetched.exists()
    assert far.run(job, Stage.AUDIO_ANALYSIS, {Stage.VIDEO_ANALYSIS: checkpoint}).error is None


def test_a_video_that_is_gone_from_storage_fails_its_job(workshop, executor):
    """With the storage's own sentence, not as a bug."""
    far = replace(executor, objects=ObjectStore(LocalStore(workshop.settings.local_storage_path.resolve()), None))
    job = begun(workshop, Stage.VIDEO_ANALYSIS)
    far.objects.delete((workshop.store.get_video(job.video_id).storage_key,))
    assert far.run(job, Stage.VIDEO_ANALYSIS, {}).error.code == "NOT_FOUND"
