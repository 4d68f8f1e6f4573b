"""The OpenAPI document that clients are made from."""

from __future__ import annotations

from pathlib import Path

from clipzy.cli import openapi

KEPT = Path(__file__).parents[2] / "clients" / "openapi.json"


def test_the_kept_document_is_that_of_the_app():
    """To the letter; `clipzy openapi -o clients/openapi.json` makes it so."""
    assert KEPT.read_text(encoding="utf-8") == openapi.as_text(openapi.document())
