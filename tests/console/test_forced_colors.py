"""States that a ground shows, where the system takes grounds away, and where they are hardly apart."""

from __future__ import annotations

import pytest

from clipzy.jobs.lifecycle import Stage
from console.shelf import shelve

BORDER_CONTRAST = """element => {
    const canvas = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
    const luminance = (colour) => {
      canvas.fillStyle = colour;
      canvas.fillRect(0, 0, 1, 1);
      const [r, g, b] = [...canvas.getImageData(0, 0, 1, 1).data].map((byte) => {
        const share = byte / 255;
        return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
      });
      return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const ground = getComputedStyle(element.closest(".segments")).backgroundColor;
    const [low, high] = [luminance(getComputedStyle(element).borderTopColor), luminance(ground)].sort((a, b) => a - b);
    return (high + 0.05) / (low + 0.05);
}"""


def changes(locator, script):
    """Whether an element looks otherwise once a script has run on it."""
    before = locator.screenshot(animations="disabled")
    locator.evaluate(script)
    return locator.screenshot(animations="disabled") != before


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_states_are_seen_in_the_colours_of_the_system(service, visit, clip, scheme):
    """A switch, a choice, a slider, a button that is pressed, and progress, each in two states."""
    job_id = service.add_job(video_id=shelve(service, clip))
    page = visit(service.url, forced_colors="active", color_scheme=scheme, reduced_motion="reduce")
    page.locator(".go").evaluate("element => element.remove()")  # it lies over what is looked at
    flip = "element => { const input = element.querySelector('input'); input.checked = !input.checked; }"
    assert changes(page.locator(".toggle").first, flip)
    assert changes(page.locator(".segments label").first, flip)
    fill = "element => element.style.setProperty('--filled', '10%')"
    assert changes(page.locator("input[type=range]"), fill)
    assert changes(
        page.locator(".pair-of-buttons button").first, "element => element.setAttribute('aria-pressed', 'true')"
    )
    service.begin(job_id, Stage.MOTION_ANALYSIS)
    page.goto(f"{service.url}/#/jobs/{job_id}")
    page.locator(".step-bar").first.wait_for()
    assert changes(page.locator(".progress > progress"), "element => { element.value = 90; }")
    assert changes(page.locator(".step-bar").last, "element => element.style.setProperty('--share', 0.5)")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_border_of_what_is_chosen_stands_out(service, visit, scheme):
    """Three to one against the ground around it, as WCAG 1.4.11 asks."""
    page = visit(service.url, color_scheme=scheme, reduced_motion="reduce")
    assert page.locator(".segments input:checked + span").first.evaluate(BORDER_CONTRAST) >= 3
