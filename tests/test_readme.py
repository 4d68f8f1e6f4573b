"""What the README says is so."""

import re
from pathlib import Path

import pytest
from pydantic import SecretStr

from clipzy.settings import Settings

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()


def setting_row(name):
    """The row of the settings table that a setting should have."""
    field = Settings.model_fields[name]
    default = "" if isinstance(field.default, SecretStr) else field.default
    if isinstance(default, Path) and default.is_absolute():
        default = default.name  # beside the code
    shown = f"`{default}`" if str(default) else ""
    return f"| `{name.upper()}` | {shown} | {field.description} |"


@pytest.mark.parametrize("name", Settings.model_fields)
def test_every_setting_has_its_row(name):
    """Name, default and meaning stand in the README as they stand in the code."""
    assert setting_row(name) in README


def test_the_table_has_no_other_rows():
    """A setting that is gone is gone from the README."""
    rows = re.findall(r"^\| `([A-Z_0-9]+)` \|", README, re.MULTILINE)
    assert [row.lower() for row in rows] == list(Settings.model_fields)


@pytest.mark.parametrize("target", sorted(set(re.findall(r"\$ make ([a-z-]+)|`make ([a-z-]+)`", README))))
def test_every_make_target_exists(target):
    """The README names no command that is not there."""
    name = target[0] or target[1]
    assert re.search(rf"^{name}:", (ROOT / "Makefile").read_text(), re.MULTILINE)


@pytest.mark.parametrize("path", sorted(set(re.findall(r"\]\(([^)#:]+)\)", README))))
def test_every_link_leads_somewhere(path):
    """Files and pictures that the README shows are in the repository."""
    assert (ROOT / path).exists()
