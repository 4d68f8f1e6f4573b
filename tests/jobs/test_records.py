"""Ids, new jobs and when two jobs are the same work."""

from __future__ import annotations

import re
from dataclasses import make_dataclass, replace

import pytest

import measured
from clipzy.jobs.lifecycle import Stage
from clipzy.jobs.records import new_job, new_job_id, new_video_id, work_hash
from clipzy.storage.artifacts import from_json, to_json
from clipzy.style.apply import build_plan
from clipzy.style.config import JobConfig, Quality
from clipzy.style.plan import EditPlan, Look


@pytest.mark.parametrize(("make", "prefix"), [(new_video_id, "vid"), (new_job_id, "job")], ids=["video", "job"])
def test_ids_are_url_safe_and_not_to_be_guessed(make, prefix):
    """An id is its prefix and 22 URL-safe characters, which is 128 bits, never the same twice."""
    ids = {make() for _ in range(1000)}
    assert len(ids) == 1000
    assert all(re.fullmatch(rf"{prefix}_[A-Za-z0-9_-]{{22}}", made) for made in ids)


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


def test_what_a_later_version_offers_is_no_other_work(monkeypatch):
    """A choice that it adds, in the config or deep in a plan, is left at its default by what waits since before: that is the same work."""
    made = build_plan(measured.style(), measured.measurements(), JobConfig())
    job = new_job(video_id="vid_a", config=JobConfig(plan=made, color=False))
    before = work_hash(job)
    look = make_dataclass("Look", [("grain", float, 0.0)], bases=(Look,), frozen=True, slots=True)
    plan = make_dataclass("EditPlan", [("looks", tuple[look, ...])], bases=(EditPlan,), frozen=True, slots=True)
    added = [("plan", plan | None, None), ("sharpness", float, 0.0)]
    later = make_dataclass("JobConfig", added, bases=(JobConfig,), frozen=True, slots=True)
    monkeypatch.setattr("clipzy.jobs.records.JobConfig", later)
    same = from_json(later, to_json(JobConfig, job.config))
    assert same.plan.looks[0].grain == same.sharpness == 0.0
    assert work_hash(replace(job, config=same)) == before
    assert work_hash(replace(job, config=replace(same, sharpness=0.5))) != before
    grainy = replace(same.plan, looks=(look("lut.cube", grain=0.5),))
    assert work_hash(replace(job, config=replace(same, plan=grainy))) != before
