"""The main job by clicks, on a real worker and real networks; then its result's page."""

from __future__ import annotations

import re
from statistics import median

import av
import pytest
from playwright.sync_api import Page, expect

from console.accessibility import is_for_everybody
from console.patience import PATIENCE_MS, waits_until

JOB_MS = 280_000  # on a busy machine


@pytest.fixture(scope="module")
def finished(browser, engine, template, footage):
    """The address of the result's page, got by clicks alone, with a reload in the middle."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    page.goto(f"{engine.url}/")
    page.locator("input[name=template]").set_input_files(template)
    expect(page.get_by_role("region", name="Template").get_by_text("template.mp4")).to_be_visible()
    page.locator("input[name=footage]").set_input_files(footage)
    expect(page.locator(".summary")).to_have_text("footage.mp4 will be rendered in the style of template.mp4.")
    page.get_by_role("button", name="Start").click()
    page.wait_for_url(re.compile("#/jobs/job_"))
    expect(page.locator(".steps li")).to_have_count(6)
    expect(page.locator(".steps li[aria-current=step]")).to_be_visible(timeout=JOB_MS)
    page.reload()
    expect(page.locator(".progress, .screening")).to_be_visible()
    expect(page.locator(".screening")).to_be_visible(timeout=JOB_MS)
    address = page.url.removeprefix(engine.url).lstrip("/")
    context.close()
    return address


@pytest.fixture
def result(visit, engine, finished) -> Page:
    """The result's page, its videos ready."""
    page = visit(engine.url, finished)
    for name in ("before", "after"):
        expect(page.locator(f".screening video.{name}")).to_have_js_property("readyState", 4)
    return page


def times(page: Page) -> tuple[float, float]:
    """Where the footage and the output are, in seconds, at one moment: they go on between two questions."""
    before, after = page.evaluate(
        """() => ["before", "after"].map((name) => document.querySelector(`.screening video.${name}`).currentTime)"""
    )
    return before, after


# from Play to Pause: how far footage and output are apart in each picture that is painted in a second, before which a footage
# that stands still would count as in step; and what the button says by then, unless the end came first
APART_S = """() => new Promise((resolve) => {
    const [before, after] = ["before", "after"].map((name) => document.querySelector(`.screening video.${name}`));
    const button = document.querySelector(".screening button.play");
    const apart = [];
    const look = () => {
        if (after.currentTime > 0.5 && !after.ended) apart.push(Math.abs(before.currentTime - after.currentTime));
        if (after.currentTime < 1.5) return requestAnimationFrame(look);
        const name = button.getAttribute("aria-label");
        if (!after.ended) button.click();
        resolve([apart, name]);
    };
    button.click();
    requestAnimationFrame(look);
})"""


def test_the_result_shows_what_was_made_and_of_what(result):
    """The style in figures that were measured, the plan's reasons, every file; no complaint from the browser."""
    expect(result.locator(".badge").first).to_have_text("Done")
    cards = result.locator(".dna-card h3")
    expect(cards).to_contain_text(["Colour", "Confidence", "Rhythm", "Transitions", "Motion", "Framing", "Sound"])
    rhythm = result.get_by_role("region", name="Style DNA").locator(".dna-card", has_text="Rhythm")
    expect(rhythm).to_contain_text("20 cuts/min")
    expect(result.locator(".swatches li").first).to_have_css("background-color", re.compile("rgb"))
    expect(result.locator(".reasons li").first).to_be_visible()
    expect(result.locator(".screening .lane-names span")).to_have_text(
        ["", "Cuts", "Shots", "Sound"]
    )  # a tone has no beats
    expect(result.locator(".evidence .lane-names span")).to_have_text(["", "Shots", "Beats", "Camera"])  # drums have
    assert result.locator(".screening .wave").get_attribute("d").count("L") > 1000


def test_the_waveform_is_that_of_the_sound(result):
    """A steady tone is a steady band: the picture is read as it was drawn."""
    path = result.locator(".screening .wave").get_attribute("d")
    heights = [float(y) for y in re.findall(r"[ML][\d.]+ ([\d.]+)", path)]
    upper = sorted(heights[: len(heights) // 2])
    middle = upper[len(upper) // 10 : -len(upper) // 5]
    assert max(middle) - min(middle) < 3
    assert 2 <= min(middle) < 26


def test_before_and_after_are_played_in_step(result):
    """The footage is where the output was made of it, while playing and after a jump."""
    line = result.get_by_role("slider", name="Time in the result")

    def is_played_in_step():
        line.press("Home")
        apart, button = result.evaluate(APART_S)
        expect(result.locator(".screening").get_by_role("button", name="Play", exact=True)).to_be_visible()
        return button == "Pause" and median(apart or [1.0]) < 0.3

    waits_until(is_played_in_step, result)  # a busy machine leaves either behind for a moment
    line.press("Home")
    line.press("Shift+ArrowRight")
    expect(line).to_have_attribute("aria-valuenow", "1.00")
    waits_until(lambda: times(result) == pytest.approx((1.0, 1.0), abs=0.05), result)


def test_both_sides_show_the_same_moment_before_they_are_played(result):
    """The poster, which is of another, stands in only until there is a frame."""
    assert times(result) == (0.0, 0.0)
    expect(result.locator(".screening video.after")).not_to_have_attribute("poster", re.compile("."))


def test_the_timeline_moves_what_is_shown_by_pointer_and_by_keys(result):
    """And says what is there."""
    line = result.get_by_role("slider", name="Time in the result")
    line.click()  # in its middle
    waits_until(lambda: float(line.get_attribute("aria-valuenow")) == pytest.approx(1.0, abs=0.05), result)
    expect(line).to_have_attribute("aria-valuetext", re.compile(r"^0:0[01]\.\d, Clip \d of \d"))
    line.press("End")
    waits_until(lambda: float(line.get_attribute("aria-valuenow")) == pytest.approx(2.0, abs=0.1), result)


def test_the_divider_moves_by_pointer_and_by_keys(result):
    """From all before to all after."""
    divider = result.get_by_role("slider", name="Divider")
    grip, stage = divider.bounding_box(), result.locator(".screening .stage").bounding_box()
    result.mouse.move(grip["x"] + grip["width"] / 2, grip["y"] + grip["height"] / 2)
    result.mouse.down()
    result.mouse.move(stage["x"] + stage["width"] / 4, stage["y"] + 50)
    result.mouse.up()
    expect(divider).to_have_attribute("aria-valuenow", "25")
    divider.press("Home")
    expect(divider).to_have_attribute("aria-valuenow", "0")
    divider.press("Shift+ArrowRight")
    expect(divider).to_have_attribute("aria-valuetext", "10 percent before, 90 percent after")


def test_either_side_is_seen_by_a_click_alone(result):
    """Whoever cannot drag; where the divider stands in another place, none of the three is chosen."""
    divider, picture = result.get_by_role("slider", name="Divider"), result.get_by_role("group", name="Picture")
    expect(picture.get_by_label("Both")).to_be_checked()
    for side, place in (("Before", "100"), ("After", "0"), ("Both", "50")):
        picture.get_by_text(side, exact=True).click()
        expect(divider).to_have_attribute("aria-valuenow", place)
    divider.press("ArrowLeft")
    expect(picture.locator("input:checked")).to_have_count(0)


def test_in_full_screen_the_video_is_played_by_keys(result):
    """The bar comes along, and the keyboard with it."""
    result.get_by_role("button", name="Full screen").first.click()
    play = result.locator(".screening .play")
    expect(play).to_be_focused()
    assert result.evaluate("document.fullscreenElement.contains(document.activeElement)")
    stage, bar = (
        result.locator(".screening .stage").bounding_box(),
        result.locator(".screening .controls").bounding_box(),
    )
    assert stage["y"] + stage["height"] <= bar["y"]
    assert bar["y"] + bar["height"] <= result.evaluate("innerHeight") + 1
    result.keyboard.press("Space")
    waits_until(lambda: times(result)[1] > 0, result)
    result.evaluate("document.exitFullscreen()")


def test_the_timeline_is_silent_while_it_is_played(result):
    """A screen reader at it would talk over the sound; where it stops, it says where it is."""
    line = result.get_by_role("slider", name="Time in the result")
    line.focus()
    told = result.evaluate(
        """() => new Promise((resolve) => {
            const line = document.activeElement;
            const video = document.querySelector(".screening video.after");
            let changes = 0;
            new MutationObserver((all) => (changes += all.length)).observe(line, { attributes: true });
            video.addEventListener("ended", () => setTimeout(() => resolve(changes), 100));
            document.querySelector(".screening .play").click();
        })"""
    )
    assert told <= 12
    expect(line).to_have_attribute("aria-valuenow", re.compile(r"^(1\.9|2\.0)"))


def test_one_of_the_two_sounds_is_heard(result):
    """That which was chosen."""

    def muted():
        return [
            result.locator(f".screening video.{name}").evaluate("video => video.muted") for name in ("before", "after")
        ]

    assert muted() == [True, False]
    result.locator(".screening").get_by_text("Before", exact=True).last.click()
    assert muted() == [False, True]
    result.locator(".screening").get_by_text("Off", exact=True).click()
    assert muted() == [True, True]


def test_the_video_is_downloaded(result, tmp_path):
    """Playable, and named by its job."""
    with result.expect_download() as started:
        result.get_by_role("link", name="Download the video").click()
    assert re.fullmatch(r"job_[\w-]+-output\.mp4|job_[\w-]+\.mp4", started.value.suggested_filename)
    started.value.save_as(tmp_path / "output.mp4")
    with av.open(str(tmp_path / "output.mp4")) as container:
        assert container.streams.video[0].average_rate == 24


def test_the_result_can_be_used_by_everybody(result):
    """With the table of clips unfolded."""
    result.locator(".plan summary").click()
    is_for_everybody(result)
