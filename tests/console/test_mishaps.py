"""The console where something gets in the way: a fault in the form, a proxy that answers, a slow line, a video that is gone."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from clipzy.tokens import Scope, new_token
from console.accessibility import is_wider_than_the_screen
from console.patience import waits_until
from console.shelf import shelve
from console.test_by_hand import choose, large_video, send_slowly
from console.test_result import rendered


@pytest.fixture
def closed(own_service):
    """An engine that wants a token, with a client that has it, and the token."""
    token, entry = new_token("ann", Scope.WRITE)
    with own_service(api_tokens=entry) as service:
        service.client.headers["Authorization"] = f"Bearer {token}"
        yield service, token


def sign_in(page: Page, token: str) -> None:
    """Give the token that the page asks for."""
    page.get_by_label("Token").fill(token)
    page.keyboard.press("Enter")


def look_away(page: Page, away: bool) -> None:
    """Hide the page, as a browser does with a tab that another one covers, or show it again."""
    page.evaluate(
        "(away) => { Object.defineProperty(document, 'hidden', { value: away, configurable: true });"
        " document.dispatchEvent(new Event('visibilitychange')); }",
        away,
    )


def test_a_fault_in_a_folded_field_is_shown_and_told(service, visit, clip):
    """The browser refuses to send the form: what hides the field opens, and the reason stands beside the button."""
    shelve(service, clip)
    page = visit(service.url)
    choose(page, "footage", "holiday.mp4")
    page.get_by_text("Advanced").click()
    page.get_by_label("Greatest height").fill("100")
    page.get_by_label("Webhook").fill("example.com/hook")
    page.get_by_text("Advanced").click()
    page.get_by_role("button", name="Start").click()
    expect(page.get_by_label("Greatest height")).to_be_focused()
    expect(page.locator(".problem")).to_have_text(re.compile("^Greatest height: .*144"))
    page.get_by_label("Greatest height").fill("720")
    page.get_by_text("Advanced").click()
    page.get_by_role("button", name="Start").click()
    expect(page.get_by_label("Webhook")).to_be_focused()
    expect(page.locator(".problem")).to_have_text(re.compile("^Webhook: ."))
    assert service.store.list_jobs(1, 1).total == 0


def test_a_result_is_shown_after_its_footage_was_deleted_in_the_same_tab(closed, visit, clip):
    """With a token as well: nothing is missing but the comparison."""
    service, token = closed
    job_id = rendered(service, shelve(service, clip, owner="ann"), clip.read_bytes())
    page = visit(service.url, f"#/jobs/{job_id}", allowed="401")
    sign_in(page, token)
    expect(page.locator("video.before")).to_have_count(1)
    page.get_by_role("link", name="New job").click()
    expect(page.locator(".card img, .recent img")).to_have_count(2)  # one still on its way would be missed later
    page.get_by_role("button", name="Delete holiday.mp4").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page.locator(".video")).to_have_count(0)
    page.goto(f"{service.url}/#/jobs/{job_id}")
    expect(page.get_by_role("heading", name="a deleted video")).to_be_visible()
    expect(page.locator("video.after")).to_have_js_property("readyState", 4)
    expect(page.locator("video.before")).to_have_count(0)


def test_a_result_is_shown_after_its_footage_was_deleted_elsewhere(closed, visit, clip):
    """Though this tab knew its name a moment ago."""
    service, token = closed
    video_id = shelve(service, clip, owner="ann")
    job_id = rendered(service, video_id, clip.read_bytes())
    page = visit(service.url, "#/jobs", allowed="401")
    sign_in(page, token)
    expect(page.locator(".jobs li")).to_have_count(1)
    expect(page.locator(".jobs .thumbnail img")).to_have_js_property("naturalWidth", 160)
    service.client.delete(f"/api/v1/videos/{video_id}").raise_for_status()
    page.locator(".jobs a").click()
    expect(page.locator("video.after")).to_have_js_property("readyState", 4)
    expect(page.get_by_role("slider", name="Divider")).to_be_hidden()
    assert page.url.endswith(job_id)


def test_a_video_that_the_engine_does_not_give_is_told_of_in_its_words(service, visit, clip):
    """It is not the browser that cannot play it."""
    job_id = rendered(service, shelve(service, clip), clip.read_bytes())
    page = visit(service.url, allowed="503|404")
    away = {"success": False, "message": "", "error": {"code": "SERVICE_UNAVAILABLE", "detail": "the storage is away"}}
    page.route("**/output", lambda route: route.fulfill(status=503, json=away))
    page.route(
        "**/file", lambda route: route.fulfill(status=404, json={**away, "error": {"code": "", "detail": "gone"}})
    )
    page.goto(f"{service.url}/#/jobs/{job_id}")
    problem = page.locator(".stage-problem").first
    expect(problem).to_have_text("The result cannot be shown. The storage is away.")
    page.unroute("**/output")
    page.reload()
    expect(problem).to_have_text("The footage cannot be shown beside the result. Gone.")
    expect(page.locator("video.after")).to_have_js_property("readyState", 4)


def test_another_page_in_the_engines_place_is_told_as_such(service, visit, clip):
    """As a proxy's page for signing in, which comes with 200; an upload ends with it, and a list says it."""
    page = visit(service.url)
    login = {"status": 200, "content_type": "text/html", "body": "<html>Log in</html>"}
    page.route("**/api/v1/videos/upload", lambda route: route.fulfill(**login))
    page.route("**/api/v1/jobs?*", lambda route: route.fulfill(**login))
    page.locator("input[name=library]").set_input_files(clip)
    expect(page.locator(".upload.failed").get_by_role("alert")).to_contain_text(
        "Something other than the engine answered"
    )
    page.get_by_role("link", name="Jobs", exact=True).click()
    expect(page.locator(".notice").get_by_role("alert")).to_contain_text("Something other than the engine answered")


@pytest.mark.parametrize("token", ["clz_“abc”", "clz_abc…", "ключ", " "], ids=["quotes", "cut off", "letters", "blank"])
def test_what_cannot_be_a_token_is_told_as_such(closed, visit, token):
    """Not as an engine that is away: a browser does not send such a one at all."""
    page = visit(closed[0].url, allowed="401")
    sign_in(page, token)
    expect(page.get_by_role("alert")).to_have_text(
        "This is not a token. Check that all of it was pasted, and nothing else."
    )
    expect(page.get_by_label("Token")).to_be_focused()


def test_with_a_token_the_page_stands_before_its_videos_are_fetched(closed, visit, clip):
    """It says what it waits for; a video that cannot be fetched is told of where it would be."""
    service, token = closed
    video_id = shelve(service, clip, owner="ann")
    job_id = rendered(service, video_id, clip.read_bytes())
    page = visit(service.url, "#/jobs", allowed="401|ERR_FAILED")
    held = []

    def hold(route):
        held.append(route)

    page.route(re.compile(f"{job_id}/output|{video_id}/file"), hold)
    sign_in(page, token)
    page.locator(".jobs a").click()
    expect(page.get_by_text("Its halves were exchanged")).to_be_visible()
    expect(page.locator(".stage-waits p")).to_have_text(
        ["The result is being fetched…", "The footage is being fetched…"]
    )
    waits_until(lambda: len(held) == 2, page)
    page.get_by_role("button", name="Play", exact=True).click()
    for route in held:
        if "output" in route.request.url:
            route.continue_()
        else:
            route.abort()
    expect(page.locator("video.after")).to_have_js_property("readyState", 4)
    expect(page.locator("video.after")).to_have_js_property("ended", True)
    expect(page.locator(".stage-problem")).to_contain_text("The footage cannot be shown")
    expect(page.locator(".stage-waits p")).to_have_count(0)


def test_many_uploads_leave_the_page_at_work(service, visit, clip, tmp_path):
    """Two are sent at a time and the others wait, since a browser has few connections; a waiting one can be taken back."""
    large = large_video(clip, tmp_path)
    page = visit(service.url, allowed="ERR_ABORTED|ERR_FAILED")
    limit = send_slowly(page)
    files = [tmp_path / f"{number}.mp4" for number in range(7)]
    for file in files:
        file.hardlink_to(large)
    page.locator("input[name=library]").set_input_files(files)
    waiting = page.locator(".upload").filter(has_text="Waiting")
    expect(waiting).to_have_count(5)
    page.get_by_role("link", name="Jobs", exact=True).click()
    expect(page.get_by_role("heading", name="Jobs", exact=True)).to_be_visible()
    for _ in range(4):
        waiting.last.get_by_role("button", name="Cancel").click()
    page.locator(".upload").first.get_by_role("button", name="Cancel").click()
    expect(page.locator(".upload")).to_have_count(2)
    expect(waiting).to_have_count(0)
    limit(-1)
    expect(page.locator(".upload")).to_have_count(0)
    assert {video.filename for video in service.store.list_videos(1, 10).items} == {"1.mp4", "2.mp4"}


def test_a_token_that_is_not_valid_any_more_leads_to_signing_in_and_back(closed, visit, clip):
    """From the form, with all that was chosen in it, and from a job that is being followed."""
    service, token = closed
    shelve(service, clip, owner="ann")
    page = visit(service.url, allowed="401")
    sign_in(page, token)
    choose(page, "footage", "holiday.mp4")
    page.get_by_text("Best", exact=True).click()
    error = {"code": "UNAUTHORIZED", "detail": "no such token"}
    refusal = {"status": 401, "json": {"success": False, "message": "", "error": error}}
    page.route("**/api/v1/jobs", lambda route: route.fulfill(**refusal))
    page.get_by_role("button", name="Start").click()
    expect(page.get_by_role("alert")).to_have_text("Your token is not valid here any more. Sign in again to go on.")
    expect(page.get_by_role("button", name="Sign out")).to_be_hidden()
    page.goto(f"{service.url}/#/jobs")
    expect(page.get_by_label("Token")).to_be_visible()
    page.unroute("**/api/v1/jobs")
    page.goto(f"{service.url}/#/")
    sign_in(page, "wrong")
    expect(page.get_by_role("alert")).to_contain_text("This token is not valid here.")
    sign_in(page, token)
    expect(page.get_by_role("region", name="Footage").get_by_text("holiday.mp4")).to_be_visible()
    expect(page.get_by_role("radio", name="Best", exact=True)).to_be_checked()
    page.route("**/events", lambda route: route.fulfill(**refusal))
    page.get_by_role("button", name="Start").click()
    expect(page.get_by_role("alert")).to_have_text("Your token is not valid here any more. Sign in again to go on.")
    page.unroute("**/events")
    sign_in(page, token)
    expect(page.locator(".progress")).to_be_visible()


def test_an_upload_whose_line_breaks_can_be_sent_again(service, visit, clip):
    """To the place it was chosen for."""
    page = visit(service.url, allowed="ERR_FAILED")
    page.route("**/videos/upload", lambda route: route.abort())
    page.locator("input[name=footage]").set_input_files(clip)
    failed = page.locator(".upload.failed")
    expect(failed.get_by_role("alert")).to_have_text("The connection broke before the file was sent.")
    page.unroute("**/videos/upload")
    failed.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("region", name="Footage").get_by_text("holiday.mp4")).to_be_visible()
    expect(page.locator(".upload")).to_have_count(0)


def test_whoever_signs_out_leaves_no_upload_behind(own_service, visit, clip, tmp_path):
    """Neither on its way nor refused: the next one sees no name of it, and it is sent no further."""
    tokens = {name: new_token(name, Scope.WRITE) for name in ("ann", "bob")}
    (tmp_path / "notes.mp4").write_text("notes")
    large = large_video(clip, tmp_path)
    with own_service(api_tokens=",".join(entry for _, entry in tokens.values())) as service:
        page = visit(service.url, allowed="401|422|ERR_ABORTED|ERR_FAILED")
        stopped = []
        page.on("requestfailed", lambda request: request.url.endswith("/upload") and stopped.append(request.url))
        sign_in(page, tokens["ann"][0])
        files = page.locator("input[name=library]")
        files.set_input_files(tmp_path / "notes.mp4")
        expect(page.locator(".upload.failed")).to_have_count(1)
        limit = send_slowly(page)
        files.set_input_files(large)
        expect(page.locator(".upload")).to_have_count(2)
        page.get_by_role("button", name="Sign out").click()
        expect(page.get_by_label("Token")).to_be_visible()
        expect(page.locator(".upload")).to_have_count(0)
        waits_until(lambda: len(stopped) == 1, page)
        limit(-1)
        sign_in(page, tokens["bob"][0])
        expect(page.get_by_text("Nothing here yet.")).to_be_visible()
        assert service.store.list_videos(1, 10).total == 0


def test_an_engine_that_is_slow_is_waited_for_in_words_and_not_for_ever(service, visit):
    """The page before is not left standing as if it were this one; what takes too long can be tried again."""
    page = visit(service.url)
    page.route("**/api/v1/jobs?*", lambda _: None)  # no answer comes
    page.evaluate(
        "() => { const whole = AbortSignal.timeout.bind(AbortSignal);"
        " AbortSignal.timeout = (milliseconds) => whole(milliseconds / 15); }"
    )
    page.get_by_role("link", name="Jobs", exact=True).click()
    expect(page.locator("main")).to_have_text("Loading…")
    expect(page.locator("main")).to_have_attribute("aria-busy", "true")
    expect(page.locator("#announcer p").last).to_have_text("Loading…")
    expect(page.get_by_role("alert")).to_have_text("The engine has not answered in time.")
    expect(page.locator("main")).not_to_have_attribute("aria-busy", "true")
    page.unroute("**/api/v1/jobs?*")
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_text("No jobs here.")).to_be_visible()


def test_on_a_phone_an_engine_that_is_not_well_is_told_in_words(service, visit):
    """Not by a colour alone; the bar is no wider than the screen for it."""
    page = visit(service.url, allowed="503")
    page.set_viewport_size({"width": 320, "height": 640})
    engine = page.locator("#engine")
    expect(engine).to_have_attribute("data-state", "healthy")
    assert engine.bounding_box()["width"] < 10
    away = {"success": False, "message": "", "error": {"code": "SERVICE_UNAVAILABLE", "detail": "away"}}
    page.route("**/health", lambda route: route.fulfill(status=503, json=away))
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(engine).to_have_text("Engine not ready")
    assert engine.bounding_box()["width"] > 80
    assert not is_wider_than_the_screen(page)


def test_a_request_that_is_lost_at_a_jobs_end_is_made_again(service, visit, clip):
    """By itself where the line is to blame, by a button where the engine refused it."""
    job_id = service.add_job(video_id=shelve(service, clip))
    service.begin(job_id)
    page = visit(service.url, allowed="ERR_FAILED|404")
    asked = []
    error = {"success": False, "message": "", "error": {"code": "NOT_FOUND", "detail": "not there yet"}}

    def serve(route):
        asked.append(route)
        if len(asked) == 1:
            route.abort()
        elif len(asked) == 2:
            route.fulfill(status=404, json=error)
        else:
            route.continue_()

    page.route("**/artifacts", serve)
    page.goto(f"{service.url}/#/jobs/{job_id}")
    expect(page.locator(".progress")).to_be_visible()
    service.finish_extraction(job_id)
    service.complete(job_id)
    expect(page.get_by_text("Connection lost; trying again")).to_be_visible()
    expect(page.get_by_role("alert")).to_have_text("Not there yet.")
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("heading", name="Style DNA")).to_be_visible()


def test_a_page_that_nobody_sees_holds_no_connection(service, visit, clip):
    """Its stream ends with the look, and is taken up again from the last event that was seen."""
    job_id = service.add_job(video_id=shelve(service, clip))
    service.begin(job_id)
    service.progress(job_id, 9)
    page = visit(service.url, allowed="ERR_ABORTED|ERR_FAILED")
    asked, ended = [], []
    page.on(
        "request",
        lambda request: request.url.endswith("/events") and asked.append(request.headers.get("last-event-id")),
    )
    page.on("requestfailed", lambda request: request.url.endswith("/events") and ended.append(request.url))
    page.goto(f"{service.url}/#/jobs/{job_id}")
    waits_until(lambda: asked == [None], page)
    service.progress(job_id, 11)
    expect(page.locator(".percent")).to_have_text("11 %")
    look_away(page, True)
    waits_until(lambda: len(ended) == 1, page)
    service.progress(job_id, 14)
    look_away(page, False)
    expect(page.locator(".percent")).to_have_text("14 %")
    assert len(asked) == 2
    assert asked[1]
