"""Real workers in processes of their own, on SQLite: jobs done in order, and every way to be disturbed at it.

Each failure test is named after its failure. Takeovers by other workers' heartbeats are in test_heartbeat.
"""

from __future__ import annotations

import hashlib
import json
import signal
import time

import pytest

from clipzy.build import build
from clipzy.jobs.lifecycle import BANDS, Stage, Status
from clipzy.jobs.records import new_job
from clipzy.style.config import JobConfig
from workshop import Workshop, begin, dies, grandchild, in_stage, is_alive

STAGES = [stage.value for stage in Stage]
SHORT = {"config": JobConfig(render=False)}  # a job of four stages
OUTPUT = {"rendering": [["publish", {"output.mp4": "pixels"}]]}


@pytest.fixture(scope="module")
def working(tmp_path_factory):
    """An engine with one worker that two jobs at once may keep busy; for tests that leave it standing."""
    workshop = Workshop(tmp_path_factory.mktemp("working"), max_concurrent_jobs=2, stage_memory_limit_mb=512)
    with workshop.worker():
        yield workshop
    workshop.close()


@pytest.fixture
def workshop(tmp_path):
    """An engine without a worker; one that has died is missed soon by the next."""
    with Workshop(
        tmp_path, processing_timeout_seconds=120.0, heartbeat_interval_s=0.5, worker_lost_after_s=3.0
    ) as workshop:
        yield workshop


def stage_process(workshop, job_id, stage):
    """The process of that stage, once it runs."""
    workshop.wait(job_id, in_stage(stage))
    deadline = time.monotonic() + 20
    while stage.value not in workshop.journal(job_id):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return workshop.processes(job_id)[-1]


def grandchild_of(workshop):
    """The process that a stage started, once it did."""
    cache = workshop.settings.data_path / "cache"
    deadline = time.monotonic() + 20
    while (pid := grandchild(cache)) is None:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return pid


def stored(workshop, job_id):
    """The keys of everything that is stored for a job."""
    return set(workshop.objects.list(f"jobs/{job_id}/"))


def wait_until_tidied(workshop, job_id, seconds=5.0):
    """Scratch files are removed after the job's end has become visible."""
    deadline = time.monotonic() + seconds
    while workshop.scratch(job_id) or stored(workshop, job_id) - set(workshop.store.get_job(job_id).artifacts.values()):
        assert time.monotonic() < deadline, "scratch or partial files are left"
        time.sleep(0.02)


# ── undisturbed ──


def test_a_job_runs_its_stages_in_order(working):
    """Once each; what they warned of and published is in the row, the output is stored and the scratch gone."""
    script = {
        "video_analysis": [["warn", "dark"], ["publish", {"a.json": "{}"}]],
        "style_extraction": [["publish", {"style.json": '{"version": 1}'}]],
        **OUTPUT,
    }
    job = working.wait(working.submit(script).job_id)
    assert (job.status, job.progress_percent, job.current_stage, job.error) == (Status.COMPLETED, 100, None, None)
    assert working.journal(job.job_id) == STAGES
    assert job.warnings == ("dark",)
    assert job.style_json == {"version": 1}
    assert set(job.artifacts) == {"a.json", "style.json", "output.mp4", "manifest.json"}
    assert b"".join(working.objects.stream(job.output_key)) == b"pixels"
    assert job.processing_time_seconds > 0
    wait_until_tidied(working, job.job_id)
    assert stored(working, job.job_id) == set(job.artifacts.values())


def test_the_manifest_names_every_file_with_its_checksum(working):
    """And what it was made of, so that anybody can check later that nothing was changed."""
    script = {"video_analysis": [["publish", {"a.json": "{}"}]], **OUTPUT}
    job = working.wait(working.submit(script).job_id)

    def read(name):
        return b"".join(working.objects.stream(job.artifacts[name]))

    manifest = json.loads(read("manifest.json"))
    assert {(file["name"], file["stage"]) for file in manifest["files"]} == {
        ("a.json", "video_analysis"),
        ("output.mp4", "rendering"),
    }
    for file in manifest["files"]:
        content = read(file["name"])
        assert (file["size_bytes"], file["sha256"]) == (len(content), hashlib.sha256(content).hexdigest())
    assert manifest["sources"] == {"footage": working.store.get_video(job.video_id).content_hash}
    assert (manifest["job_id"], manifest["config"]["quality"]) == (job.job_id, "medium")
    assert manifest["engine_version"] == build()


def test_a_template_alone_ends_with_its_style(working):
    """Four stages, completed, without an output."""
    template = working.add_video({"style_extraction": [["publish", {"style.json": "{}"}]]})
    job = working.wait(working.engine.submit(new_job(template_video_id=template)).job_id)
    assert (job.status, job.output_key, job.style_json) == (Status.COMPLETED, None, {})
    assert working.journal(job.job_id) == [stage.value for stage in list(Stage)[:4]]


def test_progress_never_goes_back(working):
    """However a stage reports, what a client polls only rises, inside the band of the stage that is shown."""
    reports = [action for fraction in (0.8, 0.1, 1.0, 0.0) for action in (["report", fraction], ["sleep", 0.3])]
    job = working.submit(dict.fromkeys(STAGES[:2], reports))
    seen = []

    def ended(now):
        seen.append((now.current_stage, now.progress_percent))
        return now.status is Status.COMPLETED

    working.wait(job.job_id, ended)
    percents = [percent for _, percent in seen]
    assert percents == sorted(percents)
    assert len(set(percents)) > 4
    assert all(BANDS[stage][0] <= percent <= BANDS[stage][1] for stage, percent in seen if stage is not None)


# ── the stage fails ──


@pytest.mark.parametrize(
    ("action", "code", "said"),
    [
        (["fail", "the stream is damaged"], "PROCESSING_FAILED", "the stream is damaged"),
        (["crash", signal.SIGSEGV], "STAGE_CRASHED", "SIGSEGV"),
        (["exit", 0], "STAGE_CRASHED", "without a result"),
        (["eat", 2000], "PROCESSING_FAILED", "512 MiB"),
    ],
    ids=["error", "segmentation fault", "silent exit", "memory"],
)
def test_a_stage_that_ends_badly_fails_its_job_alone(working, action, code, said):
    """The owner reads why, the log has the code, later stages do not run, and the worker does the next job."""
    job = working.wait(working.submit({"motion_analysis": [action]}).job_id)
    assert (job.status, job.error.stage, job.error.code) == (Status.FAILED, Stage.MOTION_ANALYSIS, code)
    assert said in job.error.message
    assert working.journal(job.job_id) == STAGES[:3]
    wait_until_tidied(working, job.job_id)
    lines = [json.loads(line) for line in (working.folder / "worker.log").read_text().splitlines()]
    assert code in {line.get("code") for line in lines if line["event"] == "job ended" and line["job_id"] == job.job_id}
    assert working.wait(working.submit().job_id).status is Status.COMPLETED


def test_a_stage_that_hangs_past_the_timeout_is_killed(tmp_path):
    """With its children, and the job fails as JOB_TIMEOUT."""
    workshop = Workshop(tmp_path, processing_timeout_seconds=2.0)
    try:
        with workshop.worker():
            job = workshop.submit({"video_analysis": [["start_child", 60], ["sleep", 60]]})
            pid = stage_process(workshop, job.job_id, Stage.VIDEO_ANALYSIS)
            ended = workshop.wait(job.job_id)
            assert (ended.status, ended.error.code) == (Status.FAILED, "JOB_TIMEOUT")
            assert dies(pid)
            assert dies(grandchild_of(workshop))
    finally:
        workshop.close()


# ── the owner cancels ──


def test_a_cancel_while_queued_runs_nothing(working):
    """A job that waits behind others ends at once; when its turn comes the worker goes on to the one behind it."""
    busy = [working.submit({"video_analysis": [["sleep", 60]]}) for _ in range(2)]
    for job in busy:
        working.wait(job.job_id, in_stage(Stage.VIDEO_ANALYSIS))
    cancelled, behind = working.submit(), working.submit()
    assert working.engine.cancel(cancelled.job_id).status is Status.CANCELLED
    for job in busy:
        working.engine.cancel(job.job_id)
    assert working.wait(behind.job_id).status is Status.COMPLETED
    assert working.journal(cancelled.job_id) == []
    assert working.store.get_job(cancelled.job_id).status is Status.CANCELLED


def test_a_cancel_while_processing_ends_everything(working):
    """The stage's process and its children are dead within 2 s, and neither scratch, parts nor output are left."""
    script = {
        "video_analysis": [["publish", {"a.json": "{}"}]],
        "audio_analysis": [["publish", {"b.json": "{}"}], ["start_child", 60], ["sleep", 60]],
    }
    job = working.submit(script)
    pid = stage_process(working, job.job_id, Stage.AUDIO_ANALYSIS)
    child = grandchild_of(working)
    assert is_alive(pid)
    assert is_alive(child)
    assert working.engine.cancel(job.job_id).status is Status.CANCELLED
    assert dies(pid, within_s=2.0)
    assert dies(child, within_s=2.0)
    wait_until_tidied(working, job.job_id)
    ended = working.store.get_job(job.job_id)
    assert (ended.status, ended.output_key, ended.error) == (Status.CANCELLED, None, None)
    assert stored(working, job.job_id) == set(ended.artifacts.values())
    assert "b.json" not in ended.artifacts


# ── the worker fails ──


def test_kill_9_of_the_worker_mid_stage_repeats_that_stage_alone(workshop):
    """Its stage's process dies with it; another worker on the folder goes on where it stopped, and tidies up after both."""
    first = workshop.start_worker()
    job = workshop.submit({"audio_analysis": [["start_child", 60], ["sleep", 2.0]], **OUTPUT})
    pid = stage_process(workshop, job.job_id, Stage.AUDIO_ANALYSIS)
    child = grandchild_of(workshop)
    first.kill()
    assert dies(pid)
    assert dies(child)
    assert workshop.store.get_job(job.job_id).status is Status.PROCESSING
    # as if it had died between storing a file and telling of it
    workshop.objects.put_stream(f"jobs/{job.job_id}/lost/half.mp4", iter([b"pixels"]))
    with workshop.worker():
        ended = workshop.wait(job.job_id)
    assert ended.status is Status.COMPLETED
    assert workshop.journal(job.job_id) == [*STAGES[:2], *STAGES[1:]]
    assert not workshop.scratch(job.job_id)
    assert stored(workshop, job.job_id) == {ended.output_key, ended.artifacts["manifest.json"]}
    lines = [json.loads(line) for line in (workshop.folder / "worker.log").read_text().splitlines()]
    assert "error" not in {line["level"] for line in lines}


def test_sigterm_of_the_worker_mid_stage_lets_the_job_go_on_later(workshop):
    """The worker is gone within seconds, the job stays processing at its progress, and the next worker resumes it."""
    worker = workshop.start_worker()
    job = workshop.submit({"audio_analysis": [["sleep", 2.0]]})
    pid = stage_process(workshop, job.job_id, Stage.AUDIO_ANALYSIS)
    stopped = time.monotonic()
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(10) == 0
    assert time.monotonic() - stopped < 8
    assert dies(pid)
    left = workshop.store.get_job(job.job_id)
    assert (left.status, left.current_stage) == (Status.PROCESSING, Stage.AUDIO_ANALYSIS)
    with workshop.worker():
        percents = []
        workshop.wait(job.job_id, lambda now: percents.append(now.progress_percent) or now.status is Status.COMPLETED)
    assert percents == sorted(percents)
    assert percents[0] >= left.progress_percent
    assert workshop.journal(job.job_id) == [*STAGES[:2], *STAGES[1:]]


def test_a_job_under_which_the_worker_dies_three_times_fails(workshop):
    """It is not given a fourth worker to take down; the job behind it is done."""
    deadly = workshop.submit({"video_analysis": [["sleep", 60]]})
    begin(workshop.store, deadly.job_id, Stage.VIDEO_ANALYSIS, attempts=2)  # two died before
    third = workshop.start_worker()
    stage_process(workshop, deadly.job_id, Stage.VIDEO_ANALYSIS)
    third.kill()
    third.wait(10)
    harmless = workshop.submit()
    with workshop.worker():
        error = workshop.wait(deadly.job_id).error
        assert workshop.wait(harmless.job_id).status is Status.COMPLETED
    assert (error.stage, error.code) == (Stage.VIDEO_ANALYSIS, "STAGE_CRASHED")
    assert "the worker died 3 times in video analysis" in error.message


def test_a_cancel_while_no_worker_is_alive_is_kept(workshop):
    """A job whose worker was killed can be cancelled; the next worker runs nothing for it and sweeps its files."""
    worker = workshop.start_worker()
    job = workshop.submit({"video_analysis": [["sleep", 60]]})
    stage_process(workshop, job.job_id, Stage.VIDEO_ANALYSIS)
    worker.kill()
    worker.wait(10)
    assert workshop.engine.cancel(job.job_id).status is Status.CANCELLED
    assert workshop.scratch(job.job_id)
    behind = workshop.submit()
    with workshop.worker():
        assert workshop.wait(behind.job_id).status is Status.COMPLETED
    assert workshop.store.get_job(job.job_id).status is Status.CANCELLED
    assert workshop.journal(job.job_id) == ["video_analysis"]
    assert not workshop.scratch(job.job_id)
