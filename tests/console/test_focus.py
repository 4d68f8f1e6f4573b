"""The keyboard's place, and what a screen reader is told, where the page changes under them."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from api.rest import Service
from clipzy.jobs.lifecycle import Stage
from console.shelf import shelve

# whether any of what has the keyboard is in sight: of a field that is drawn by its label, the label
IN_SIGHT = """() => {
    const held = document.activeElement;
    if (held === document.body) return true; // past the last one
    const drawn = getComputedStyle(held).opacity === "0" ? held.closest("label") : held;
    const { left, top, width, height } = drawn.getBoundingClientRect();
    const shares = [0.1, 0.3, 0.5, 0.7, 0.9];
    return shares.some((x) => shares.some((y) => {
        const above = document.elementFromPoint(left + width * x, top + height * y);
        return drawn.contains(above);
    }));
}"""


def refuse(page, *paths):
    """Upload files that are no videos."""
    page.locator("input[name=library]").set_input_files(list(paths))
    expect(page.locator(".upload.failed")).to_have_count(len(paths))


def test_after_a_dismissal_the_keyboard_is_at_the_neighbour(service: Service, visit, tmp_path):
    """And at the heading below when no row is left."""
    paths = [tmp_path / "one.mp4", tmp_path / "two.mp4"]
    for path in paths:
        path.write_text("notes")
    page = visit(service.url, allowed="422")
    refuse(page, *paths)
    buttons = page.get_by_role("button", name="Dismiss")
    buttons.first.press("Enter")
    expect(buttons).to_be_focused()
    buttons.press("Enter")
    expect(page.get_by_role("heading", name="Your videos")).to_be_focused()


def test_after_a_deletion_the_keyboard_is_at_the_next_video(service, visit, clip):
    """And at the heading when none is left."""
    for _ in range(2):
        shelve(service, clip)
    page = visit(service.url, allowed="404")  # for a picture of what is deleted by then
    bins = page.get_by_role("button", name="Delete holiday.mp4")
    for left in (1, 0):
        bins.first.press("Enter")
        page.get_by_role("dialog").get_by_role("button", name="Delete").press("Enter")
        expect(bins).to_have_count(left)
        expect(bins if left else page.get_by_role("heading", name="Your videos")).to_be_focused()


def test_a_job_that_begins_leaves_the_keyboard_where_it_is(service, visit, clip):
    """On the way back to the jobs; and a cancelled one brings it to the page."""
    job_id = service.add_job(video_id=shelve(service, clip))
    page = visit(service.url, f"#/jobs/{job_id}")
    page.locator(".back").focus()
    service.begin(job_id, Stage.VIDEO_ANALYSIS)
    expect(page.locator(".job-head .badge")).to_have_text("Working")
    expect(page.locator(".back")).to_be_focused()
    page.get_by_role("button", name="Cancel").press("Enter")
    expect(page.get_by_text("This job was cancelled.")).to_be_visible()
    expect(page.locator("main")).to_be_focused()


def test_after_a_refusal_the_keyboard_is_at_start(service, visit, clip):
    """Where no field is to blame."""
    service.add_job(video_id=shelve(service, clip))
    page = visit(service.url, allowed="Failed to load")
    page.get_by_role("button", name="Use holiday.mp4 as footage").click()
    page.route("**/api/v1/jobs", lambda route: route.abort())
    page.get_by_role("button", name="Start").press("Enter")
    expect(page.locator(".problem")).to_contain_text("The engine does not answer.")
    expect(page.get_by_role("button", name="Start")).to_be_focused()


@pytest.mark.parametrize(("width", "height"), [(1280, 500), (320, 256)], ids=["low", "four times the size"])
def test_what_has_the_keyboard_is_covered_by_no_bar(service, visit, clip, width, height):
    """Of the form with all that is folded away, downwards and back again."""
    for _ in range(3):
        shelve(service, clip)
    page = visit(service.url)
    page.get_by_role("button", name="Use holiday.mp4 as footage").first.click()
    page.get_by_text("Advanced").click()
    page.set_viewport_size({"width": width, "height": height})
    page.evaluate("scrollTo(0, 0)")
    page.locator("main").focus()
    hidden = []
    for key in ["Tab"] * 36 + ["Shift+Tab"] * 34:
        page.keyboard.press(key)
        if not page.evaluate(IN_SIGHT):
            hidden.append(page.evaluate("document.activeElement.outerHTML"))
    assert hidden == []


def test_a_refusal_does_not_cover_the_field_that_it_is_about(service, visit, clip):
    """On a phone, where it takes several lines."""
    shelve(service, clip)
    page = visit(service.url, allowed="422")
    page.set_viewport_size({"width": 320, "height": 500})
    page.get_by_role("button", name="Use holiday.mp4 as footage").click()
    page.get_by_text("Advanced").click()
    page.get_by_label("Webhook").fill("http://127.0.0.1/x")
    page.get_by_role("button", name="Start").click()
    expect(page.locator(".problem")).to_contain_text("127.0.0.1")
    expect(page.get_by_label("Webhook")).to_be_focused()
    field, bar = page.get_by_label("Webhook").bounding_box(), page.locator(".go").bounding_box()
    assert field["y"] + field["height"] <= bar["y"]


def test_the_engine_is_told_of_once(service, visit, clip):
    """That another job waits is no news to a screen reader."""
    page = visit(service.url)
    engine = page.locator("#engine")
    expect(engine).to_have_text("Engine ready")
    before = engine.get_attribute("title")
    words = engine.evaluate_handle("element => element.firstChild")
    service.add_job(video_id=shelve(service, clip))
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(engine).not_to_have_attribute("title", before)
    assert engine.evaluate("(element, words) => element.firstChild === words", words)
