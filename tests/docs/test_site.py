"""The site is built without a warning, and asks nobody for anything."""

from __future__ import annotations

import re
import subprocess
import sys
from html.parser import HTMLParser

import pytest

from docs.blocks import DOCS, ROOT, pages


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The built site."""
    folder = tmp_path_factory.mktemp("site")
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", folder],
        cwd=ROOT,
        env={"PATH": "/usr/bin:/bin", "NO_MKDOCS_2_WARNING": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    return folder


class Fetched(HTMLParser):
    """What a browser would fetch for a page."""

    def __init__(self):
        super().__init__()
        self.found = []

    def handle_starttag(self, tag, attrs):
        """Scripts, styles, pictures and frames; links are followed by people alone."""
        given = dict(attrs)
        if tag in {"script", "img", "iframe", "source", "video", "audio"}:
            self.found.append(given.get("src"))
        if tag == "link" and given.get("rel") != "canonical":
            self.found.append(given.get("href"))


def test_nothing_is_fetched_from_elsewhere(site):
    """No fonts, scripts, styles or pictures of others."""
    looked_at = 0
    for path in site.rglob("*.html"):
        parser = Fetched()
        parser.feed(path.read_text(encoding="utf-8"))
        looked_at += len(parser.found)
        strangers = [url for url in parser.found if url and re.match(r"(https?:)?//", url)]
        assert not strangers, path
    assert looked_at > 50


def test_every_page_is_in_the_menu_or_a_runbook(site):
    """One that nothing leads to is read by nobody."""
    menu = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    assert all(path.relative_to(DOCS).as_posix() in menu for path in pages())
    assert (site / "runbooks" / "index.html").exists()
