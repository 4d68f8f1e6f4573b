"""`clipzy up`, as far as it needs no engine."""

from __future__ import annotations

import json
import socket

import pytest
import structlog

from clipzy.api.listening import check_listening
from clipzy.cli import up
from clipzy.cli.up import address
from clipzy.errors import ConfigurationError
from clipzy.settings import Settings
from clipzy.telemetry import configure_logging
from ports import free_pair, free_port


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


@pytest.mark.parametrize("setting", ["API_PORT", "TRITON_URL"])
def test_nothing_starts_beside_a_program_that_has_one_of_the_ports(monkeypatch, tmp_path, setting):
    """It would answer in place of this engine, which would be said to be ready."""
    monkeypatch.setattr(up, "prepare_database", lambda *_: pytest.fail("it starts"))
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = other.getsockname()[1]
        ports = {"API_PORT": (taken, free_pair()), "TRITON_URL": (free_port(), taken)}[setting]
        settings = Settings(_env_file=None, data_path=tmp_path, api_port=ports[0], triton_url=f"127.0.0.1:{ports[1]}")
        with pytest.raises(ConfigurationError, match=rf"cannot listen on 127\.0\.0\.1:{taken}: it is taken.*{setting}"):
            up.run_all(settings)


@pytest.mark.parametrize("host", ["127.0.0.1", "nowhere.invalid"])
def test_where_the_api_cannot_listen_the_settings_are_named(host):
    """Advice that fits the reason."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        settings = Settings(_env_file=None, api_host=host, api_port=other.getsockname()[1])
        advice = "set API_PORT to another port" if host == "127.0.0.1" else "check API_HOST and API_PORT"
        with pytest.raises(ConfigurationError, match=advice):
            check_listening(settings)


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
