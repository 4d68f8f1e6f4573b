"""The API's reference in a browser: its forms ask the engine beside which it lies, and nobody else."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import Page, expect

from clipzy.jobs.lifecycle import Stage
from clipzy.tokens import Scope, new_token
from console.accessibility import is_for_everybody
from console.shelf import shelve

# the others look like these, and axe would take half a minute for all of them
KEPT = ["uploadVideo", "createJob", "listVideos", "jobEnded", "schema-JobConfig", "schema-Stage"]
ONE_OF_EACH_KIND = """(kept) => {
    for (const section of document.querySelectorAll(".operation, .types section")) {
        if (!kept.includes(section.id)) section.remove();
    }
}"""


@pytest.fixture
def reference(visit):
    """Opens the reference of a service."""

    def opened(service, **options) -> Page:
        page = visit(service.url, "docs", **options)
        expect(page.locator(".origin").first).to_have_text(service.url)
        return page

    return opened


def tried(page: Page, operation: str, press: bool = True, **fields: str):
    """An operation's form, filled and sent."""
    shown = page.locator(f"#{operation} .try")
    shown.get_by_text("Try it").click()
    for name, value in fields.items():
        shown.get_by_label(name, exact=True).fill(value)
    if press:
        shown.get_by_role("button", name="Send").click()
    return shown


def test_a_request_can_be_tried(service, reference):
    """The answer is shown with its status, in lines; a refusal too."""
    job_id = service.add_job()
    page = reference(service, allowed="404|422")
    shown = tried(page, "getJob", job_id=job_id)
    expect(shown.get_by_role("status")).to_contain_text("200")
    expect(shown.locator("pre")).to_contain_text(job_id)  # the answer comes after its status
    assert json.loads(shown.locator("pre").inner_text())["data"]["job_id"] == job_id
    shown.get_by_label("job_id").fill("job_none")
    shown.get_by_label("job_id").press("Enter")
    expect(shown.get_by_role("status")).to_contain_text("404")
    expect(shown.locator("pre")).to_contain_text("JOB_NOT_FOUND")
    shown = tried(page, "listJobs", page_size="0")
    expect(shown.locator("pre")).to_contain_text('"field": "page_size"')


def test_a_video_is_sent_and_a_job_made_of_it(service, reference, clip):
    """By the forms alone."""
    page = reference(service)
    shown = tried(page, "uploadVideo", press=False)
    shown.get_by_label("file", exact=True).set_input_files(clip)
    shown.get_by_role("button", name="Send").click()
    expect(shown.get_by_role("status")).to_contain_text("200")
    expect(shown.locator("pre")).to_contain_text("video_id")
    video_id = json.loads(shown.locator("pre").inner_text())["data"]["video_id"]
    shown = tried(page, "createJob", Body=json.dumps({"video_id": video_id}))
    expect(shown.locator("pre")).to_contain_text('"status": "queued"')
    assert service.store.list_jobs(1, 1).total == 1


def test_events_are_shown_as_they_come(service, reference):
    """And can be stopped; a file can be saved."""
    job_id = service.add_job()
    page = reference(service)
    shown = tried(page, "followJob", job_id=job_id)
    expect(shown.locator("pre")).to_contain_text('"status":"queued"')
    service.begin(job_id, Stage.AUDIO_ANALYSIS)
    expect(shown.locator("pre")).to_contain_text("audio_analysis")
    shown.get_by_role("button", name="Stop").click()
    expect(shown.get_by_role("status")).to_have_text("Stopped")
    service.finish_extraction(job_id)
    service.complete(job_id, b"a rendered video")
    shown = tried(page, "getJobOutput", job_id=job_id)
    with page.expect_download() as saved:
        shown.get_by_role("link", name=f"Save {job_id}.mp4").click()
    assert saved.value.path().read_bytes() == b"a rendered video"


def test_a_token_is_sent_once_it_is_given(own_service, reference):
    """Where the engine wants one."""
    secret, entry = new_token("ann", Scope.WRITE)
    with own_service(api_tokens=entry) as service:
        page = reference(service, allowed="401")
        shown = tried(page, "listJobs")
        expect(shown.locator("pre")).to_contain_text("UNAUTHORIZED")
        page.get_by_label("Token").fill(secret)
        shown.get_by_role("button", name="Send").click()
        expect(shown.locator("pre")).to_contain_text('"jobs": []')


def test_it_is_for_everybody(service, reference, clip):
    """With a form and an example unfolded, and an answer."""
    shelve(service, clip)
    page = reference(service)
    page.locator("#createJob").get_by_text("With options").click()
    page.locator("#createJob").get_by_text("Errors").click()
    expect(tried(page, "listVideos").locator("pre")).to_contain_text("holiday.mp4")
    page.evaluate(ONE_OF_EACH_KIND, KEPT)
    expect(page.locator(".operation")).to_have_count(4)
    is_for_everybody(page)
