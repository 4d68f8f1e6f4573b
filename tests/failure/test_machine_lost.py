"""A machine is lost for good, with all its disks; another one, which shares only the database and the object storage, goes on."""

import time

from clipzy.jobs.lifecycle import Stage, Status
from failure.conftest import QUICK
from workshop import Workshop, in_stage

STAGES = [stage.value for stage in Stage]
SCRIPT = {
    "video_analysis": [["publish", {"a.json": "{}"}]],
    "motion_analysis": [["sleep", 3.0]],
    "rendering": [["publish", {"output.mp4": "pixels"}]],
}


def stages_in(folder):
    """The stages that were run by workers of a data folder, in order."""
    return [line.split()[1] for line in (folder / "cache" / "journal.txt").read_text().splitlines()]


def test_a_machine_that_is_lost_costs_its_stage_and_no_job(s3, postgres_database, tmp_path):
    """What earlier stages left on its disks is made again, what they published stays, and the output is there once."""
    workshop = Workshop(
        tmp_path,
        database_url=postgres_database,
        **s3.settings(),
        **QUICK,
    )
    here, there = workshop.settings.data_path, tmp_path / "another machine"
    try:
        lost = workshop.start_worker()
        job = workshop.submit(SCRIPT)
        workshop.wait(job.job_id, in_stage(Stage.MOTION_ANALYSIS))
        deadline = time.monotonic() + 60
        while stages_in(here)[-1] != "motion_analysis":
            assert time.monotonic() < deadline
            time.sleep(0.02)
        published = workshop.store.get_job(job.job_id).artifacts
        lost.kill()
        lost.wait(10)
        here.rename(tmp_path / "lost")
        workshop.start_worker(data_path=str(there))
        ended = workshop.wait(job.job_id, seconds=60)
        assert ended.status is Status.COMPLETED
        assert stages_in(tmp_path / "lost") == STAGES[:3]
        assert stages_in(there) == STAGES  # the first two anew, silently, for their files
        new = {name: ended.artifacts[name] for name in ("output.mp4", "manifest.json")}
        assert ended.artifacts == published | new
        deadline = time.monotonic() + 60
        while set(workshop.objects.list(f"jobs/{job.job_id}/")) != set(ended.artifacts.values()):
            assert time.monotonic() < deadline
            time.sleep(0.05)
    finally:
        workshop.close()
