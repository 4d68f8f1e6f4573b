"""`clipzy up`, as far as it needs no engine."""

from __future__ import annotations

import pytest

from clipzy.cli.up import address
from clipzy.settings import Settings


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("127.0.0.1", "http://127.0.0.1:8000"),
        ("0.0.0.0", "http://localhost:8000"),
        ("::", "http://localhost:8000"),
        ("::1", "http://[::1]:8000"),
        ("engine.internal", "http://engine.internal:8000"),
    ],
)
def test_the_address_that_is_told_can_be_opened(host, url):
    """Whatever the API listens on."""
    assert address(Settings(_env_file=None, api_host=host)) == url
