"""Jobs that another version of the engine wrote down, with a config that this one cannot read: all but their work is done for them as for any."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest
import sqlalchemy as sa

from api.receiver import receiving
from clipzy.errors import JobUnreadable
from clipzy.jobs.lifecycle import TERMINAL, Stage, Status
from clipzy.jobs.records import Ending, now
from clipzy.jobs.retention import Swept, sweep
from clipzy.storage.tables import jobs, videos
from workshop import Workshop, begin, place, rewrite_as_of_old

HOOKS = {"webhook_allowed_networks": "127.0.0.0/8", "webhook_backoff_s": 0.05}


@pytest.fixture(params=["sqlite", "postgresql"])
def workshop(request, tmp_path):
    """A job engine on either database."""
    with Workshop(tmp_path, **HOOKS, **place(request)) as workshop:
        yield workshop


def old_job(workshop, script=None, **rest):
    """The id of one."""
    job_id = workshop.submit(script, **rest).job_id
    rewrite_as_of_old(workshop.store, job_id)
    return job_id


def ended(workshop, job_id, seconds=30.0):
    """How it stands once it has ended."""
    deadline = time.monotonic() + seconds
    while (found := workshop.store.read(Ending, job_id, None)).status not in TERMINAL:
        assert time.monotonic() < deadline, f"still {found}; the worker said {workshop.said()}"
        time.sleep(0.02)
    return found


def test_whoever_wants_all_of_it_is_told_why_not(workshop):
    """In a sentence for its owner."""
    with pytest.raises(JobUnreadable, match=r"created by another version of the engine .* send it again"):
        workshop.store.get_job(old_job(workshop))


def test_a_worker_fails_it_in_words_and_tells_its_owner(workshop):
    """At once, whether it has waited or been begun; the job behind it is done."""
    with receiving() as receiver:
        waited = old_job(workshop, webhook_url=receiver.url, metadata={"order": 1})
        begun = old_job(workshop, webhook_url=receiver.url, metadata={"order": 2})
        begin(workshop.store, begun, Stage.AUDIO_ANALYSIS)
        behind = workshop.submit()
        with workshop.worker():
            failed = [ended(workshop, job_id) for job_id in (waited, begun)]
            assert workshop.wait(behind.job_id).status is Status.COMPLETED
            deadline = time.monotonic() + 20
            while len(receiver.bodies) < 2:
                assert time.monotonic() < deadline, workshop.said()
                time.sleep(0.02)
    assert [(each.status, each.error.stage, each.error.code) for each in failed] == [
        (Status.FAILED, None, "JOB_UNREADABLE"),
        (Status.FAILED, Stage.AUDIO_ANALYSIS, "JOB_UNREADABLE"),
    ]
    said = failed[0].error.message
    assert said.startswith("the job was created by another version of the engine")
    told = sorted((body["metadata"]["order"], body["error"]["message"]) for body in receiver.bodies)
    assert told == [(1, said), (2, said)]
    assert workshop.journal(begun) == []
    assert '"fields": ["plan.clips.0.source"' in (workshop.folder / "worker.log").read_text()


def test_a_job_needs_nothing_of_a_video_but_its_file(workshop):
    """What another version wrote down of its pictures is measured anyway."""
    job = workshop.submit()
    with workshop.database.begin() as connection:
        connection.execute(sa.update(videos).values(metadata={"width": "wide"}))
    with workshop.worker():
        assert workshop.wait(job.job_id).status is Status.COMPLETED


def test_what_is_old_goes_whatever_is_in_it(workshop):
    """Retention reads nothing of a job but its ids, and of a video where its file lies: those that cannot be read would hold up all that is younger."""
    long_ago = now() - timedelta(days=9)
    for _ in range(2):
        workshop.engine.cancel(old_job(workshop))
    odd = workshop.add_video()
    with workshop.database.begin() as connection:
        connection.execute(sa.update(jobs).values(completed_at=long_ago, error={"of": "another time"}))
        connection.execute(sa.update(videos).values(uploaded_at=long_ago))
        unreadable = {"width": "wide"}
        connection.execute(sa.update(videos).where(videos.c.video_id == odd).values(metadata=unreadable))
    assert sweep(workshop.store, workshop.objects, 1) == Swept(jobs=2, videos=3)
    assert workshop.objects.list("videos/") == ()
