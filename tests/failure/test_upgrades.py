"""Workers of another version of the engine take up jobs that were interrupted: on the same folders, or on another machine."""

import json
import time

import pytest

from clipzy.jobs.lifecycle import Stage, Status
from workshop import in_stage

STAGES = [stage.value for stage in Stage]
SCRIPT = {
    "style_extraction": [["sign", "style.json"]],
    "style_application": [["cite", "style_extraction/style.json"]],
    "rendering": [["sleep", 2.0], ["publish", {"output.mp4": "pixels"}]],
}


def read(workshop, key):
    """A stored JSON file."""
    return json.loads(b"".join(workshop.objects.stream(key)))


@pytest.mark.parametrize("there", ["", "another machine"], ids=["same folders", "another machine"])
def test_a_job_interrupted_by_an_upgrade_is_made_anew_by_the_new_version(workshop, ledger, tmp_path, there):
    """It completes, what it has is of one version, its progress never went back, and its owner is told once."""
    old = workshop.start_worker(version="old")
    job = ledger.submit(SCRIPT)
    before = workshop.wait(job.job_id, in_stage(Stage.RENDERING))
    old.kill()
    old.wait(10)
    database = workshop.settings.resolved_database_url  # a SQLite file lies in DATA_PATH, unless told otherwise
    data = str(tmp_path / there) if there else str(workshop.settings.data_path)
    workshop.start_worker(version="new", database_url=database, data_path=data)
    percents = []
    ended = workshop.wait(
        job.job_id, lambda now: percents.append(now.progress_percent) or now.status is Status.COMPLETED, seconds=60
    )
    assert percents == sorted(percents)
    assert percents[0] >= before.progress_percent
    style = read(workshop, ended.artifacts["style.json"])
    assert style == ended.style_json == read(workshop, ended.artifacts["cited_style.json"]) != before.style_json
    assert ended.warnings == (f"made in {style['made_in']}",) != before.warnings
    named = {file["name"] for file in read(workshop, ended.artifacts["manifest.json"])["files"]}
    assert named == {"style.json", "cited_style.json", "output.mp4"} == set(ended.artifacts) - {"manifest.json"}
    ledger.wait_until_all_ended(30)
    assert len(ledger.told[job.job_id]) == 1
    deadline = time.monotonic() + 60
    while set(workshop.objects.list(f"jobs/{job.job_id}/")) != set(ended.artifacts.values()):
        assert time.monotonic() < deadline, "what the old version had stored is left"
        time.sleep(0.05)
