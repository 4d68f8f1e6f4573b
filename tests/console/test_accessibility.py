"""Every page but a result's, as axe sees it."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from clipzy.jobs.lifecycle import Stage
from clipzy.tokens import Scope, new_token
from console.accessibility import is_for_everybody
from console.shelf import shelve


@pytest.fixture
def styled(service, clip):
    """A completed job with a style."""
    job_id = service.add_job(template_video_id=shelve(service, clip))
    service.finish_extraction(job_id)
    service.complete(job_id)
    return job_id


def test_the_form(service, visit, clip, tmp_path):
    """With a video chosen, a refused upload, and everything unfolded."""
    (tmp_path / "a-name-as-long-as-cameras-and-phones-like-to-give-them-20260131.mp4").write_text("notes")
    shelve(service, clip)
    page = visit(service.url, allowed="422")
    page.get_by_role("button", name="Use holiday.mp4 as template").click()
    page.get_by_text("Advanced").click()
    page.locator("input[name=footage]").set_input_files(next(tmp_path.glob("*.mp4")))
    page.locator(".upload.failed").wait_for()
    is_for_everybody(page)
    page.get_by_role("button", name="Delete holiday.mp4").click()
    page.get_by_role("dialog").wait_for()
    is_for_everybody(page)


def test_a_job_on_its_way(service, visit, clip):
    """With its stages."""
    job_id = service.add_job(video_id=shelve(service, clip))
    service.begin(job_id, Stage.MOTION_ANALYSIS)
    page = visit(service.url, f"#/jobs/{job_id}")
    expect(page.locator("[data-state=done]")).to_have_count(2)
    is_for_everybody(page)


def test_lists_and_two_styles(service, visit, styled):
    """The jobs; a style; two of them side by side."""
    failed = service.add_job(video_id=service.add_video())
    service.begin(failed)
    service.fail(failed)
    page = visit(service.url, "#/jobs", allowed="422")
    page.locator(".jobs li").nth(1).wait_for()
    is_for_everybody(page)
    page.goto(f"{service.url}/#/jobs/{failed}")
    page.locator(".problem-card").wait_for()
    is_for_everybody(page)
    page.goto(f"{service.url}/#/jobs/{styled}")
    page.locator(".dna-card").first.wait_for()
    is_for_everybody(page)
    page.goto(f"{service.url}/#/compare/{styled}/{styled}")
    page.locator(".differences").first.wait_for()
    is_for_everybody(page)


def test_the_sign_in(own_service, visit):
    """With a refusal."""
    _, entry = new_token("ann", Scope.WRITE)
    with own_service(api_tokens=entry) as service:
        page = visit(service.url, allowed="401")
        page.get_by_label("Token").fill("wrong")
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_role("alert")).not_to_be_empty()
        is_for_everybody(page)
