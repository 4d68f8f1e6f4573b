"""The console where something gets in the way: a fault in the form, a proxy that answers, a slow line, a video that is gone."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from console.test_by_hand import choose
from console.test_video_files import upload


def test_a_fault_in_a_folded_field_is_shown_and_told(service, visit, clip):
    """The browser refuses to send the form: what hides the field opens, and the reason stands beside the button."""
    upload(service.client, clip)
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
