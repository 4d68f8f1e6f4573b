"""Ids, new jobs and when two jobs are the same work."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from clipzy.jobs.lifecycle import Stage, Status
from clipzy.jobs.records import new_job, new_job_id, new_video_id, work_hash
from clipzy.style.config import JobConfig, Quality


@pytest.mark.parametrize(("make", "prefix"), [(new_video_id, "vid"), (new_job_id, "job")], ids=["video", "job"])
def test_ids_are_url_safe_and_not_to_be_guessed(make, prefix):
    """An id is its prefix and 22 URL-safe characters, which is 128 bits, never the same twice."""
    ids = {make() for _ in range(1000)}
    assert len(ids) == 1000
    assert all(re.fullmatch(rf"{prefix}_[A-Za-z0-9_-]{{22}}", made) for made in ids)


def test_a_new_job_is_queued():
    """A new job waits at 0 % in no stage."""
    job = new_job(video_id="vid_a")
    assert (job.status, job.progress_percent, job.current_stage, job.started_at) == (Status.QUEUED, 0, None, None)


def test_a_job_needs_a_video_or_a_template():
    """A job about nothing is refused."""
    with pytest.raises(ValueError, match="video_id"):
        new_job()


@pytest.mark.parametrize(
    ("job", "last"),
    [
        (new_job(video_id="vid_a", template_video_id="vid_b"), Stage.RENDERING),
        (new_job(video_id="vid_a"), Stage.RENDERING),
        (new_job(template_video_id="vid_b"), Stage.STYLE_EXTRACTION),
        (new_job(video_id="vid_a", template_video_id="vid_b", config=JobConfig(render=False)), Stage.STYLE_EXTRACTION),
        (
            new_job(video_id="vid_a", template_video_id="vid_b", config=JobConfig(render="plan")),
            Stage.STYLE_APPLICATION,
        ),
        (new_job(template_video_id="vid_b", config=JobConfig(render="plan")), Stage.STYLE_EXTRACTION),
    ],
    ids=["both", "video alone", "template alone", "render off", "plan", "template alone, plan"],
)
def test_which_stage_is_the_last(job, last):
    """A job renders when it has a video and is not told not to."""
    assert last is job.stages[-1]


def test_the_same_work_has_the_same_hash():
    """Video, template and config make the work; who is told of its end does not."""
    job = new_job(video_id="vid_a", template_video_id="vid_b", webhook_url="https://a.example")
    assert work_hash(job) == work_hash(new_job(video_id="vid_a", template_video_id="vid_b"))
    others = [
        replace(job, video_id="vid_c"),
        replace(job, template_video_id=None),
        replace(job, video_id="vid_b", template_video_id="vid_a"),
        replace(job, config=JobConfig(quality=Quality.HIGH)),
    ]
    assert len({work_hash(other) for other in [job, *others]}) == 5
