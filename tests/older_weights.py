"""Weights as another version of the engine would have made them."""

from __future__ import annotations

import json
from pathlib import Path


def make_older(weights_path: Path, name: str) -> None:
    """Have those of a network be of another version's recipe; they are whole, and load."""
    file = weights_path / "manifest.json"
    manifest = json.loads(file.read_text())
    manifest["networks"][name]["recipe_sha256"] = "0" * 64
    file.write_text(json.dumps(manifest))
