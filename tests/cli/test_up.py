"""`clipzy up`, as far as it needs no engine."""

from __future__ import annotations

import json

import pytest
import structlog

from clipzy.cli import up
from clipzy.cli.up import address
from clipzy.settings import Settings
from clipzy.telemetry import configure_logging


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


@pytest.mark.parametrize(
    ("form", "read"),
    [
        ("json", lambda line: (json.loads(line)["level"], json.loads(line)["event"])),
        ("console", lambda line: ("warning", line)),
    ],
)
def test_what_is_started_again_is_told_in_the_form_of_the_log(capsys, form, read):
    """As one JSON object where machines read it, in words for people."""
    settings = Settings(_env_file=None, log_format=form)
    configure_logging(settings)
    running = up._Running("--version", form)
    running.process.wait(20)
    again = up._kept_up(running, settings)
    again.process.wait(20)
    structlog.reset_defaults()
    [line] = capsys.readouterr().err.splitlines()
    assert read(line) == ("warning", "clipzy --version ended with code 0; it is restarted")
