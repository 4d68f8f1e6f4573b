"""Looks at a page as axe does, with the rules of WCAG 2.2 A and AA and axe's own best practices."""

from __future__ import annotations

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

GRAVE = {"serious", "critical"}
PHONE = {"width": 360, "height": 740}


def is_for_everybody(page: Page) -> None:
    """In light on a large screen and in dark on a small one: axe finds nothing grave, nothing has to be scrolled sideways."""
    before = page.viewport_size
    for scheme, size in (("light", before), ("dark", PHONE)):
        page.set_viewport_size(size)
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # colours on their way would be judged
        assert not is_wider_than_the_screen(page)
        found = findings(page)
        assert not found, "\n".join(found)
    page.set_viewport_size(before)


def is_wider_than_the_screen(page: Page) -> bool:
    """Whether the page has to be scrolled sideways."""
    return page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")


def findings(page: Page) -> list[str]:
    """What is serious or critical, a line each: the rule, and where it is broken."""
    violations = Axe().run(page).response["violations"]
    return [
        f"{violation['id']}: {node['target']} {node['failureSummary']}"
        for violation in violations
        if violation["impact"] in GRAVE
        for node in violation["nodes"]
    ]
