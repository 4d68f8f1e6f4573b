"""Lists, which change while they are looked at, and their pictures."""

from __future__ import annotations

import json

import sqlalchemy as sa
from playwright.sync_api import expect

from api.rest import STYLE_JSON
from clipzy.jobs.lifecycle import Stage
from clipzy.storage.keys import thumbnail_key
from clipzy.storage.tables import videos
from console.patience import waits_until
from console.shelf import picture


def add_video(service, jpeg: bytes = b"a picture", **rest) -> str:
    """A video that was uploaded, whose picture is there already: to make one takes a process each."""
    video_id = service.add_video(**rest)
    service.objects.put_stream(thumbnail_key(video_id), iter([jpeg]))
    return video_id


def add_job(service) -> str:
    """A queued job."""
    return service.add_job(video_id=add_video(service))


def test_the_list_of_jobs_follows_them(service, visit):
    """As long as one of them has not ended; whoever is on a row stays there."""
    job_id, other = add_job(service), add_job(service)
    page = visit(service.url, "#/jobs")
    page.clock.install()
    page.reload()
    row = page.locator(f"[href='#/jobs/{job_id}']")
    row.focus()
    service.begin(job_id, Stage.AUDIO_ANALYSIS)
    page.clock.run_for(4100)
    expect(row.locator(".badge")).to_have_text("Working")
    expect(row).to_be_focused()
    service.fail(job_id)
    add_job(service)
    page.clock.run_for(4100)
    expect(row.locator(".badge")).to_have_text("Failed")
    expect(page.locator(".jobs > li")).to_have_count(3)
    expect(page.locator(f"[href='#/jobs/{other}'] .badge")).to_have_text("Waiting")


def test_a_list_that_is_drawn_again_leaves_the_page_and_the_keyboard_where_they_are(service, visit):
    """Whoever has scrolled on from a row; rows that say the same are the same, whatever comes above them."""
    job_id, *others = [add_job(service) for _ in range(12)]
    page = visit(service.url, "#/jobs")
    page.set_viewport_size({"width": 1280, "height": 400})
    page.clock.install()
    page.reload()
    row = page.locator(f"[href='#/jobs/{job_id}']")
    row.focus()
    neighbour = page.locator(f"[href='#/jobs/{others[0]}']").element_handle()
    page.evaluate("scrollTo(0, 40)")
    service.begin(job_id, Stage.AUDIO_ANALYSIS)
    page.clock.run_for(4100)
    expect(row.locator(".badge")).to_have_text("Working")
    expect(row).to_be_focused()
    assert page.evaluate("scrollY") == 40
    row.evaluate("row => row.addEventListener('blur', () => { row.dataset.left = true; })")
    add_job(service)
    page.clock.run_for(4100)
    expect(page.locator(".jobs > li")).to_have_count(13)
    expect(row).to_be_focused()
    expect(row).not_to_have_attribute("data-left", "true")
    assert neighbour.evaluate("row => row.isConnected")


def test_back_leads_to_where_the_list_was_left(service, visit):
    """A page that is new begins at its top."""
    for _ in range(12):
        add_job(service)
    page = visit(service.url, "#/jobs")
    page.set_viewport_size({"width": 1280, "height": 400})
    page.evaluate("scrollTo(0, 300)")
    waits_until(lambda: page.evaluate("history.state?.scrolled") == 300, page)
    page.locator(".jobs > li a").nth(6).click()
    expect(page.locator(".progress")).to_be_visible()
    assert page.evaluate("scrollY") == 0
    page.go_back()
    expect(page.locator(".jobs > li")).to_have_count(12)
    expect(page.locator("main")).to_be_focused()
    assert page.evaluate("scrollY") == 300


def test_a_given_style_is_told_from_the_footages_own(service, visit):
    """In lists and on the job's page, where nothing that was measured of the footage stands beside it."""
    analysis = {"template": None, "footage": {"confidence_parts": {"length": 1.0}}}
    own = service.add_job(video_id=add_video(service))
    given = service.add_job(video_id=add_video(service), config={"style": STYLE_JSON})
    for job_id in (own, given):
        service.finish_extraction(job_id)
        service.complete(job_id, analysis=json.dumps(analysis).encode())
    page = visit(service.url, "#/jobs")
    rows = page.locator(".jobs > li")
    expect(rows).to_contain_text(["in a given style", "without a template"])
    expect(page).to_have_title("Jobs · Clipzy")
    rows.first.click()
    expect(page.get_by_role("heading", name="in a given style")).to_be_visible()
    expect(page).to_have_title("a.mp4 · Clipzy")
    confidence = page.locator(".dna-card", has_text="Confidence")
    expect(confidence).to_contain_text("90 %")
    expect(confidence).not_to_contain_text("Length")


def test_a_page_that_is_none_leads_to_one_that_is(service, visit):
    """Also where the address holds no number."""
    for _ in range(21):
        add_job(service)
    page = visit(service.url, "#/jobs?page=9")
    expect(page.get_by_text("No jobs here.")).to_be_visible()
    page.get_by_role("link", name="Newer").click()
    expect(page.locator(".jobs > li")).to_have_count(1)
    page.goto(f"{service.url}/#/jobs?page=first")
    expect(page.locator(".jobs > li")).to_have_count(20)


def test_what_is_deleted_hides_no_other_video(service, visit):
    """Those that were not shown yet move up, and are shown with the next ones."""
    for _ in range(14):
        add_video(service)
    page = visit(service.url, allowed="404")  # for a picture of what is deleted by then
    expect(page.locator(".video")).to_have_count(12)
    for left in (11, 10):
        page.locator(".video").first.get_by_role("button", name="Delete").click()
        page.get_by_role("dialog").get_by_role("button", name="Delete").click()
        expect(page.locator(".video")).to_have_count(left)
    page.get_by_role("button", name="Show more").click()
    expect(page.locator(".video")).to_have_count(12)
    expect(page.get_by_role("button", name="Show more")).to_be_hidden()


def test_what_was_uploaded_elsewhere_can_be_shown_too(service, visit):
    """Though it stands before what was shown already: newest first, each once."""
    for number in range(13):
        add_video(service, filename=f"{number}.mp4")
    page = visit(service.url)
    expect(page.locator(".video")).to_have_count(12)
    for number in (13, 14):
        add_video(service, filename=f"{number}.mp4")
    more = page.get_by_role("button", name="Show more")
    for shown in (13, 15):
        more.click()
        expect(page.locator(".video")).to_have_count(shown)
    expect(page.locator(".video strong")).to_have_text([f"{number}.mp4" for number in range(14, -1, -1)])
    expect(more).to_be_hidden()


def test_a_video_that_cannot_be_read_hides_no_other(service, visit):
    """Its page has one fewer, and is not the last one."""
    odd, *_ = [add_video(service, filename=f"{number}.mp4") for number in range(13, -1, -1)][5:]
    with service.store.database.begin() as connection:
        connection.execute(sa.update(videos).where(videos.c.video_id == odd).values(metadata={"width": "wide"}))
    page = visit(service.url)
    expect(page.locator(".video")).to_have_count(11)
    page.get_by_role("button", name="Show more").click()
    expect(page.locator(".video")).to_have_count(13)


def test_no_pictures_are_asked_of_videos_that_were_deleted_elsewhere(service, visit):
    """Nor their names one by one, however many uploads there are; what is left of a job's videos can be used again."""
    footage, template = add_video(service), add_video(service)
    job_id = service.add_job(video_id=footage, template_video_id=template)
    service.client.post(f"/api/v1/jobs/{job_id}/cancel").raise_for_status()
    for number in range(101):
        add_video(service, filename=f"{number}.mp4")
    page = visit(service.url, "#/jobs")
    row = page.locator(f".jobs [href='#/jobs/{job_id}']")
    expect(row).to_contain_text("a.mp4")
    expect(row.locator("img")).to_have_count(0)  # it was asked for, and is no picture
    asked = set()
    page.on("request", lambda request: f"/{footage}" in request.url and asked.add(request.url.rpartition("/")[2]))
    service.client.delete(f"/api/v1/videos/{footage}").raise_for_status()
    for address in ("#/", "#/jobs"):
        page.goto(f"{service.url}/{address}")
        expect(row).to_contain_text("a deleted video")
    row.click()
    expect(page.get_by_role("link", name="Use these videos again")).to_have_attribute("href", f"#/?template={template}")
    assert asked == set()


def test_of_a_tall_picture_nothing_is_cut_off(service, visit):
    """In the library and in lists; a wide one fills its frame."""
    for size in ((160, 90), (120, 120), (90, 160)):
        service.add_job(video_id=add_video(service, picture(size)))
    page = visit(service.url)
    for address, place in (("#/", ".video"), ("#/", ".recent"), ("#/jobs", ".jobs")):
        page.goto(f"{service.url}/{address}")
        for at, fit in enumerate(("contain", "contain", "cover")):
            image = page.locator(f"{place} .thumbnail img").nth(at)
            expect(image).to_have_js_property("complete", True)
            expect(image).to_have_css("object-fit", fit)
