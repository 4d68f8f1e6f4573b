"""A result's page where something is out of the ordinary; its usual ways are in test_main_job.py."""

from __future__ import annotations

import json
import re
from fractions import Fraction

import pytest
from playwright.sync_api import expect

from api.rest import STYLE_JSON
from clipzy.jobs import moves
from clipzy.jobs.lifecycle import Stage
from clipzy.jobs.moves import StageResult
from clipzy.tokens import Scope, new_token
from console.accessibility import PHONE, is_wider_than_the_screen
from console.patience import waits_until
from console.shelf import shelve
from console.test_video_files import upload
from console.whole_words import broken_words
from synth import numbered_frames, write_video

WHOLE = {"x": 0.0, "y": 0.0, "width": 1.0, "height": 1.0}
CLOSER = {"x": 0.25, "y": 0.25, "width": 0.5, "height": 0.5}
PLAN = {
    "version": "1",
    "clips": [
        {"source": {"start": "1/2", "end": "1"}, "crop": CLOSER, "look": None, "transition_in": None, "reason": "closer"},
        {"source": {"start": "0", "end": "1/2"}, "crop": WHOLE, "look": None, "transition_in": None, "reason": "whole"},
    ],
    "looks": [],
    "audio": None,
    "output": {"width": 160, "height": 90, "frame_rate": "12"},
    "reasons": ["its halves were exchanged"],
}  # fmt: skip


ROW = {"unit": "", "closed": None, "kept": True, "sought": True, "measured_on": "all of the sound"}
ASPECTS = [
    ROW | {"name": "loudness", "template": -14.02, "before": -24, "after": -14.5, "closed": 0.952},
    ROW | {"name": "true_peak", "template": -1, "before": -3, "after": -2, "closed": 0.5, "sought": False},
    ROW | {"name": "aspect_ratio", "template": "16:9", "before": "16:9", "after": "16:9"},
    ROW | {"name": "on_beat", "template": 0.5, "before": None, "after": 0.75},
    ROW | {"name": "tint", "template": 5, "before": 5, "after": 5},
]
REPORT = json.dumps({"compared_with": "template", "strength": 0.7, "aspects": ASPECTS, "warnings": []}).encode()


def rendered(service, video_id, output, plan=PLAN, **others):
    """A completed job whose plan takes the footage's second half first; its id."""
    job_id = service.add_job(video_id=video_id)
    service.begin(job_id)
    service.finish_extraction(job_id)
    service.begin(job_id, Stage.STYLE_APPLICATION)
    key = service.keep(job_id, "plan.json", json.dumps(plan).encode())
    with service.store.database.begin() as connection:
        assert moves.finish_stage(
            connection, job_id, Stage.STYLE_APPLICATION, StageResult(artifacts={"plan.json": key})
        )
    service.complete(job_id, output, **others)
    return job_id


def time_of(page, name):
    """Where a video is, in seconds."""
    return page.locator(f"video.{name}").evaluate("video => video.currentTime")


def test_the_footage_follows_a_plan_that_changes_its_order(service, visit, clip):
    """It jumps where the plan does, and shows what the plan shows of it."""
    job_id = rendered(service, shelve(service, clip), clip.read_bytes())
    page = visit(service.url, f"#/jobs/{job_id}")
    before = page.locator("video.before")
    expect(before).to_have_js_property("readyState", 4)
    line = page.get_by_role("slider", name="Time in the result")
    expect(line).to_have_attribute("aria-valuetext", "0:00.0, Clip 1 of 2: closer")
    expect(before).to_have_js_property("currentTime", 0.5)
    stage, picture = page.locator(".stage").bounding_box(), before.bounding_box()
    assert picture["width"] == pytest.approx(2 * stage["width"], rel=0.01)
    assert picture["x"] == pytest.approx(stage["x"] - stage["width"] / 2, abs=1)
    line.press("PageDown")
    expect(line).to_have_attribute("aria-valuetext", "0:00.5, Clip 2 of 2: whole")
    expect(before).to_have_js_property("currentTime", 0)
    assert before.bounding_box()["width"] == pytest.approx(stage["width"], abs=1)
    line.press("ArrowRight")
    waits_until(lambda: time_of(page, "after") == pytest.approx(0.5 + 1 / 12, abs=0.01), page)
    line.press("PageUp")
    page.get_by_label("Same framing").uncheck()
    assert before.bounding_box()["width"] == pytest.approx(stage["width"], abs=1)


def test_how_near_the_video_came_stands_in_a_table(service, visit, clip):
    """Values with their units; what has no distance, and what was not sought, is told so."""
    job_id = service.add_job(video_id=shelve(service, clip))
    service.finish_extraction(job_id)
    service.complete(job_id, None, quality=REPORT)
    table = visit(service.url, f"#/jobs/{job_id}").get_by_role("region", name="Table of aspects")
    expect(table.get_by_role("row")).to_have_text(
        [
            "TemplateBeforeAfterDistance closedMeasured on",
            "Loudness-14 LUFS-24 LUFS-14.5 LUFS95 %all of the sound",
            "True peak-1 dBTP-3 dBTP-2 dBTP50 %, not soughtall of the sound",
            "Shape16:916:916:9\u2013all of the sound",
            "Cuts on beats50 %\u201375 %\u2013all of the sound",
        ]
    )


def test_on_a_phone_tables_are_scrolled_and_break_no_word(service, visit, clip):
    """Nor a figure from its unit; the page itself is as wide as the phone, and a row keeps its name in sight."""
    job_id = rendered(service, shelve(service, clip), clip.read_bytes(), quality=REPORT)
    page = visit(service.url, f"#/jobs/{job_id}", viewport=PHONE)
    page.locator(".plan summary").click()
    for within in ("td", "th", ".lane-names span", ".axis span"):
        assert broken_words(page.locator(within)) == []
    table = page.get_by_role("region", name="Table of aspects")
    assert table.evaluate("region => region.scrollWidth > region.clientWidth")
    row = table.get_by_role("row", name="Loudness")
    assert row.bounding_box()["height"] < 80
    name = row.get_by_role("rowheader")
    before = name.bounding_box()["x"]
    table.evaluate("region => region.scrollTo(region.scrollWidth, 0)")
    assert name.bounding_box()["x"] == pytest.approx(before, abs=1)
    assert not is_wider_than_the_screen(page)


def test_on_a_phone_two_styles_break_no_word(service, visit, clip):
    """Long ones neither; what has no room is scrolled within its card. On a large screen a row is one line."""
    video_id, ids = shelve(service, clip), []
    for genre in ("electronic", "classical"):
        style = STYLE_JSON | {"music_genre": genre}
        ids.append(service.add_job(video_id=video_id, config={"style": style}))
        service.finish_extraction(ids[-1], style)
        service.complete(ids[-1])
    page = visit(service.url, "#/compare/{}/{}".format(*ids), viewport=PHONE)
    expect(page.get_by_role("row", name="Music electronic classical 100 %")).to_be_visible()
    assert broken_words(page.locator("td, th")) == []
    assert not is_wider_than_the_screen(page)
    page.set_viewport_size({"width": 1280, "height": 900})
    height = page.locator(".differences tr.same").first.bounding_box()["height"]
    assert page.get_by_role("row", name="Music").bounding_box()["height"] == pytest.approx(height, abs=2)


def test_with_a_token_everything_is_fetched_with_it(own_service, visit, clip, tmp_path):
    """Videos are played from the browser's own memory, files are saved from there: each is fetched once, however often it is clicked."""
    token, entry = new_token("ann", Scope.WRITE)
    with own_service(api_tokens=entry) as service:
        service.client.headers["Authorization"] = f"Bearer {token}"
        job_id = rendered(service, shelve(service, clip, owner="ann"), clip.read_bytes())
        page = visit(service.url, f"#/jobs/{job_id}", allowed="401")
        fetched, held = [], []
        page.on("request", lambda request: fetched.append(request.url.rpartition("/")[2]))
        page.route("**/plan.json", lambda route: held.append(route) if held or at_rest else route.continue_())
        at_rest = False
        page.get_by_label("Token").fill(token)
        page.keyboard.press("Enter")
        for name in ("before", "after"):
            expect(page.locator(f"video.{name}")).to_have_js_property("readyState", 4)
            assert page.locator(f"video.{name}").get_attribute("src").startswith("blob:")
        with page.expect_download() as started:
            page.get_by_role("button", name="Download the video").click()
        started.value.save_as(tmp_path / "output.mp4")
        assert (tmp_path / "output.mp4").read_bytes() == clip.read_bytes()
        assert started.value.suggested_filename == f"{job_id}-output.mp4"
        assert fetched.count("output") == 1
        at_rest = True
        plan = page.get_by_role("button", name="Edit plan")
        with page.expect_download() as started:
            for _ in range(3):
                plan.press("Enter")
            expect(plan).to_contain_text("Fetching…")
            waits_until(lambda: held, page)
            held[0].continue_()
        assert json.loads(started.value.path().read_text()) == PLAN
        expect(plan).not_to_contain_text("Fetching…")
        assert len(held) == 1


def test_footage_that_the_browser_cannot_play_is_said_to_be_so(service, visit, clip, tmp_path):
    """The result is shown all the same."""
    footage = write_video(tmp_path / "old.avi", numbered_frames(12, (160, 90)), rate=Fraction(12))
    job_id = rendered(service, upload(service.client, footage), clip.read_bytes())
    page = visit(service.url, f"#/jobs/{job_id}")
    expect(page.locator(".stage-problem").first).to_contain_text("cannot play the footage")
    expect(page.get_by_role("slider", name="Divider")).to_be_hidden()
    expect(page.locator("video.after")).to_have_js_property("readyState", 4)


def test_a_result_whose_footage_was_deleted_is_shown_alone(service, visit, clip):
    """Nothing is missing but the comparison."""
    video_id = shelve(service, clip)
    job_id = rendered(service, video_id, clip.read_bytes())
    service.client.delete(f"/api/v1/videos/{video_id}").raise_for_status()
    page = visit(service.url, f"#/jobs/{job_id}")
    expect(page.get_by_role("heading", name="a deleted video")).to_be_visible()
    expect(page.locator("video.after")).to_have_js_property("readyState", 4)
    expect(page.locator("video.before")).to_have_count(0)


def test_a_plan_alone_is_shown_as_what_is_to_be_done(service, visit, clip):
    """Without a player."""
    job_id = rendered(service, shelve(service, clip), None)
    page = visit(service.url, f"#/jobs/{job_id}")
    expect(page.get_by_role("heading", name="What will be done")).to_be_visible()
    expect(page.get_by_text("Its halves were exchanged")).to_be_visible()
    page.get_by_text("Every clip of the edit (2)").click()
    expect(page.get_by_role("row", name=re.compile("0:00.0 0.5 s .* 50 . 50 % of the picture"))).to_be_visible()
    expect(page.locator("video.after")).to_have_count(0)


def test_a_job_is_deleted_once_that_was_confirmed(service, visit, clip):
    """With its files; the page goes to the list."""
    job_id = rendered(service, shelve(service, clip), clip.read_bytes())
    page = visit(service.url, f"#/jobs/{job_id}")
    page.get_by_role("button", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page.get_by_text("No jobs here.")).to_be_visible()
    assert service.store.list_jobs(1, 10).total == 0
