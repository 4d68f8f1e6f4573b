"""The console where type is larger than usual, and where the screen is as narrow as WCAG 1.4.10 has it."""

from __future__ import annotations

from clipzy.jobs.lifecycle import Stage
from console.accessibility import is_wider_than_the_screen
from console.shelf import shelve
from console.test_by_hand import choose
from console.whole_words import broken_words

SPACED = "* { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important; }"
WEAR = """css => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(css);
    document.adoptedStyleSheets = [sheet];
}"""


def sizes(page):
    """What the page's text measures, in pixels: that of the body, of a switch's name and of what it means."""
    names = ["body", ".toggle strong", ".toggle .small"]
    return [page.locator(name).first.evaluate("e => parseFloat(getComputedStyle(e).fontSize)") for name in names]


def test_all_text_follows_the_size_that_the_browser_is_set_to(service, visit, clip):
    """Twice the size is twice the size everywhere, and nothing has to be scrolled sideways."""
    job_id = service.add_job(video_id=shelve(service, clip))
    service.begin(job_id, Stage.MOTION_ANALYSIS)
    page = visit(service.url)
    before = sizes(page)
    page.context.new_cdp_session(page).send("Page.setFontSizes", {"fontSizes": {"standard": 32}})
    page.reload()
    page.locator(".toggle").first.wait_for()
    assert sizes(page) == [2 * size for size in before]
    assert not is_wider_than_the_screen(page)
    page.goto(f"{service.url}/#/jobs/{job_id}")
    page.locator(".progress").wait_for()
    assert not is_wider_than_the_screen(page)


def test_the_form_fits_a_narrow_screen(service, visit):
    """At 320 pixels, and with letters and lines spaced out at 360."""
    page = visit(service.url, viewport={"width": 320, "height": 640})
    page.get_by_text("Advanced").click()
    assert not is_wider_than_the_screen(page)
    page.set_viewport_size({"width": 360, "height": 740})
    page.evaluate(WEAR, SPACED)
    assert not is_wider_than_the_screen(page)


def test_buttons_of_a_phone_break_no_word(service, visit, clip):
    """Beside long names there is little room for Start."""
    shelve(service, clip)
    page = visit(service.url, viewport={"width": 320, "height": 640})
    choose(page, "template", "holiday.mp4")
    choose(page, "footage", "holiday.mp4")
    assert broken_words(page.locator("button:visible")) == []
