"""Looks at a page as axe does, with the rules of WCAG 2.2 A and AA and axe's own best practices."""

from __future__ import annotations

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

GRAVE = {"serious", "critical"}


def findings(page: Page) -> list[str]:
    """What is serious or critical, a line each: the rule, and where it is broken."""
    page.wait_for_function(
        "document.getAnimations().every((each) => each.playState !== 'running' || each.effect.getComputedTiming().iterations === Infinity)"
    )
    violations = Axe().run(page).response["violations"]
    return [
        f"{violation['id']}: {node['target']} {node['failureSummary']}"
        for violation in violations
        if violation["impact"] in GRAVE
        for node in violation["nodes"]
    ]


def is_wider_than_the_screen(page: Page) -> bool:
    """Whether the page would have to be scrolled sideways."""
    return page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
