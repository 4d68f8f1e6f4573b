"""What a shell lets anybody type: names that no file can have, bytes that are no text, numbers that are none."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from clipzy.cli.up import _is_healthy

LONG = "a" * 300  # a name has 255 bytes at most
LATIN = os.fsdecode(b"caf\xe9")  # as file systems keep what came from a machine that wrote Latin-1


@pytest.mark.parametrize(
    "arguments",
    [
        ["run", LONG, "-o", "out.json"],
        ["run", "{clip}", "-o", f"{LONG}.json"],
        ["submit", LONG],
        ["submit", "{clip}", "-o", f"{LONG}.json"],
        ["styles", "diff", LONG, "b.json"],
        ["download", "job_a", "-o", f"{LONG}.mp4"],
    ],
    ids=lambda arguments: f"{arguments[0]} {len(arguments)}",
)
def test_a_name_that_no_file_can_have_is_told(clipzy, clip, arguments):
    """With the name, and with what the system says of it."""
    done = clipzy(*(each.format(clip=clip) for each in arguments))
    assert done.code == 2
    assert "cannot be used: File name too long" in done.err


@pytest.mark.parametrize(
    "content", ['{"strength": NaN}', '{"strength": 1e999}', '{"audio": "\\ud800"}', "[" * 100_000], ids=len
)
@pytest.mark.parametrize(
    "arguments",
    [
        ["submit", "vid_a", "vid_b", "--config", "odd.json"],
        ["run", "{clip}", "{clip}", "--config", "odd.json", "-o", "out.mp4"],
        ["styles", "diff", "odd.json", "odd.json"],
    ],
    ids=lambda arguments: arguments[0],
)
def test_what_python_alone_takes_for_json_is_refused(clipzy, clip, tmp_path, content, arguments):
    """Before anything is sent or begun."""
    (tmp_path / "odd.json").write_text(content)
    done = clipzy(*(each.format(clip=clip) for each in arguments))
    assert done.code == 2
    assert "odd.json is not readable as" in done.err


@pytest.mark.parametrize(
    "arguments",
    [
        ["submit", "vid_a", "vid_b", "--metadata", f"owner={LATIN}"],
        ["submit", "vid_a", "vid_b", "--webhook-url", f"http://example.com/{LATIN}"],
        ["jobs", "--video", f"vid_{LATIN}"],
        ["download", "job_a", "--artifact", LATIN],
    ],
    ids=lambda arguments: arguments[-2],
)
def test_bytes_that_are_no_text_cannot_be_sent(clipzy, service, arguments):
    """What they are is told."""
    done = clipzy(*arguments, "--url", service.url)
    assert done.code == 2
    assert "not valid text: …" in done.err
    assert "caf\\udce9" in done.err


@pytest.mark.usefixtures("hands")
def test_files_may_have_names_that_are_no_text(clip, tmp_path):
    """They are sent, and what comes of them is written beside them; the name is told as well as can be, in JSON too."""
    shutil.copy(clip, tmp_path / f"{LATIN}.mp4")
    command = [sys.executable, "-m", "clipzy", "submit", f"{LATIN}.mp4", "-o", f"{LATIN}.json", "--json"]
    done = subprocess.run(command, capture_output=True, check=False, timeout=60, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["written_to"] == f"{LATIN}.json"
    assert (tmp_path / f"{LATIN}.json").exists()


def test_a_terminal_that_lacks_an_arrow_is_written_to():
    """What it has no sign for is told by its number."""
    done = subprocess.run(
        [sys.executable, "-m", "clipzy", "doctor"],
        env={**os.environ, "PYTHONIOENCODING": "latin-1", "TRITON_URL": "127.0.0.1:9"},
        capture_output=True,
        check=False,
        timeout=60,
    )
    assert b"\\u2192 `clipzy up`" in done.stdout, done.stderr


@pytest.mark.parametrize("answer", [b"<html>", b"[]", b'{"data": null}', b'{"data": {"status": "degraded"}}'])
def test_another_program_on_the_port_is_no_healthy_engine(answer):
    """`clipzy up` waits on, and says what is missing."""

    class Other(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_):
            pass

    with HTTPServer(("127.0.0.1", 0), Other) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            assert not _is_healthy(f"http://127.0.0.1:{server.server_port}")
        finally:
            server.shutdown()
