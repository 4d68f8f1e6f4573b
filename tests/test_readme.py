"""What the README says is so."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from clipzy.settings import Settings

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()


@pytest.mark.parametrize("target", sorted(set(re.findall(r"\$ make ([a-z-]+)|`make ([a-z-]+)`", README))))
def test_every_make_target_exists(target):
    """The README names no command that is not there."""
    name = target[0] or target[1]
    assert re.search(rf"^{name}:", (ROOT / "Makefile").read_text(), re.MULTILINE)


def test_make_clean_leaves_what_people_have_uploaded():
    """Only what make can build anew goes."""
    recipe = re.search(r"^clean:.*\n((?:\t.*\n?)+)", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert recipe
    assert {str(Settings.model_fields[name].default) for name in ("data_path", "local_storage_path")} == {
        "data",
        "data/storage",
    }
    assert recipe[1].split()[:2] == ["rm", "-rf"]
    assert "data" not in recipe[1].split()


@pytest.mark.parametrize("path", sorted(set(re.findall(r"\]\(([^)#:]+)\)", README))))
def test_every_link_leads_somewhere(path):
    """Files and pictures that the README shows are in the repository."""
    assert (ROOT / path).exists()


def test_the_settings_that_it_names_exist():
    """A setting that is gone is gone from the README."""
    named = re.findall("`([A-Z][A-Z_0-9]+)`", README.partition("\n## Settings\n")[2])
    assert named
    assert {name.lower() for name in named} <= Settings.model_fields.keys()


def test_the_changelog_begins_with_what_an_upgrade_asks():
    """By the day it came, the newest first. It leads to the steps of an upgrade."""
    text = (ROOT / "CHANGELOG.md").read_text()
    first, second = re.findall(r"^## (.+)$", text, re.MULTILINE)[:2]
    assert (first, second) == ("When you upgrade", "[Unreleased]")
    asked = text.partition("\n## [Unreleased]\n")[0]
    days = [
        datetime.strptime(day, "%d %B %Y").replace(tzinfo=UTC) for day in re.findall("^### (.+)$", asked, re.MULTILINE)
    ]
    assert days == sorted(days, reverse=True)
    assert "docs/operations.md#upgrades" in asked
    assert "\n## Upgrades\n" in (ROOT / "docs" / "operations.md").read_text()
