"""The documented way to wait for a job, word for word, against a running API."""

from __future__ import annotations

import threading
import types

import httpx
import pytest

from api.rest import serving
from clipzy.jobs.lifecycle import BANDS, Stage

# As the API's documentation prints it.
POLLING_LOOP = """
import time
import requests

def wait_for_job(base_url: str, job_id: str) -> dict:
    url = f"{base_url}/api/v1/jobs/{job_id}"
    terminal = {"completed", "failed", "cancelled"}

    while True:
        response = requests.get(url)
        job = response.json()["data"]

        print(f"Status: {job['status']} ({job['progress_percent']}%)")

        if job["status"] in terminal:
            return job

        time.sleep(5)
"""


@pytest.fixture(scope="module")
def service(tmp_path_factory, fresh_database):
    """An API of these tests' own."""
    with serving(tmp_path_factory.mktemp("service"), fresh_database) as running:
        yield running


@pytest.fixture
def wait_for_job(monkeypatch):
    """The loop, with httpx in the place of requests, whose `get` is the same, and five seconds made short."""
    seen = []
    names = {"print": seen.append}
    requests = types.ModuleType("requests")
    requests.get = lambda url: httpx.get(url, trust_env=False)
    monkeypatch.setitem(__import__("sys").modules, "requests", requests)
    exec(POLLING_LOOP, names)
    pause = threading.Event().wait
    names["time"] = types.SimpleNamespace(sleep=lambda _seconds: pause(0.01))
    return names["wait_for_job"], seen


def _work(service, job_id, stages):
    for stage in stages:
        service.begin(job_id, stage)
        service.progress(job_id, BANDS[stage][1])


def test_the_loop_sees_a_job_through_its_stages_to_its_end(service, wait_for_job):
    """Progress never goes back, and is 100 when the job is completed."""
    wait, seen = wait_for_job
    job_id = service.add_job()
    finished = []
    waiter = threading.Thread(target=lambda: finished.append(wait(service.url, job_id)))
    waiter.start()
    _work(service, job_id, Stage)
    service.complete(job_id, b"pixels")
    waiter.join(10)
    [job] = finished
    assert (job["status"], job["progress_percent"], job["current_stage"]) == ("completed", 100, None)
    assert "error" not in job
    percents = [int(line.split("(")[1].rstrip("%)")) for line in seen]
    assert percents == sorted(percents)
    assert seen[-1] == "Status: completed (100%)"


def test_the_loop_ends_with_a_failed_job(service, wait_for_job):
    """Its error names stage and message; it keeps the progress it had."""
    job_id = service.add_job()
    _work(service, job_id, [Stage.VIDEO_ANALYSIS])
    service.begin(job_id, Stage.AUDIO_ANALYSIS)
    service.fail(job_id)
    job = wait_for_job[0](service.url, job_id)
    assert (job["status"], job["current_stage"]) == ("failed", None)
    assert job["progress_percent"] < 100
    assert {"stage", "message"} <= job["error"].keys()
    assert job["error"]["stage"] == "audio_analysis"


def test_the_loop_ends_with_a_cancelled_job(service, wait_for_job):
    """Cancelled by its caller; there is no error."""
    job_id = service.add_job()
    httpx.post(f"{service.url}/api/v1/jobs/{job_id}/cancel", trust_env=False).raise_for_status()
    job = wait_for_job[0](service.url, job_id)
    assert job["status"] == "cancelled"
    assert "error" not in job


def test_a_template_only_job_jumps_to_its_end(service, wait_for_job):
    """From the end of style_extraction to 100, without the last two stages."""
    job_id = service.add_job(template_video_id=service.add_video())
    service.finish_extraction(job_id)
    service.complete(job_id)
    job = wait_for_job[0](service.url, job_id)
    assert (job["status"], job["progress_percent"], job["video_id"]) == ("completed", 100, None)
