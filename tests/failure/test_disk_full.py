"""A disk fills up while jobs run."""

import os
import subprocess

import pytest

from clipzy.jobs.lifecycle import Status
from failure.ledger import ledger_of
from workshop import Workshop, is_alive

SIZE_MIB = 24


@pytest.fixture
def small_disk(tmp_path):
    """A folder that is a disk of its own, of 24 MiB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={SIZE_MIB}m", "tmpfs", str(folder)]
    if os.geteuid() != 0 or subprocess.run(command, check=False, capture_output=True).returncode != 0:
        pytest.skip("only root may mount a small disk")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


@pytest.mark.parametrize("full", ["data_path", "local_storage_path"])
def test_a_full_disk_fails_the_job_that_filled_it_alone(full, small_disk, tmp_path):
    """In words, with nothing of it left, also where the database lies on that disk; the worker does the next job."""
    workshop = Workshop(
        tmp_path, **{full: small_disk / "engine"}, max_concurrent_jobs=1, webhook_allowed_networks="127.0.0.0/8"
    )
    try:
        with ledger_of(workshop) as ledger:
            with workshop.worker() as worker:
                big = ledger.submit({"audio_analysis": [["publish_zeros", {"big.bin": SIZE_MIB}]]})
                small = ledger.submit({"rendering": [["publish", {"output.mp4": "pixels"}]]})
                ledger.wait_until_all_ended(60)
                assert is_alive(worker.pid)
            ended = ledger.audit()
        assert [job.job_id for job in ended[Status.COMPLETED]] == [small.job_id]
        [failed] = ended[Status.FAILED]
        assert failed.job_id == big.job_id
        assert failed.error.code == "PROCESSING_FAILED"
        assert "disk" in failed.error.message
        assert "full" in failed.error.message
    finally:
        workshop.close()
