"""The commands as a person types them, each in a process of its own."""

import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from fractions import Fraction

import pytest

import synth
from clipzy.jobs.webhook_secrets import owners_secret
from clipzy.media.decoding.probe import probe
from clipzy.storage.revisions import newest_known
from clipzy.tokens import Scope, find_token, parse_tokens
from ports import free_port
from processes import started


@pytest.fixture
def clipzy(tmp_path):
    """Run `clipzy` with its data in a folder of its own."""

    def run(*arguments, **environment):
        return subprocess.run(
            [sys.executable, "-m", "clipzy", *map(str, arguments)],
            env={**os.environ, **surroundings(tmp_path), **environment},
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=200,
            check=False,
        )

    return run


def surroundings(folder):
    """Settings for a small engine with the networks in process."""
    return {
        "DATA_PATH": str(folder / "data"),
        "LOCAL_STORAGE_PATH": str(folder / "storage"),
        "INFERENCE": "local",
        "COLUMNS": "160",
    }


@pytest.fixture(scope="module")
def videos(tmp_path_factory):
    """A warm template over drums, and cool footage; one second each."""
    folder = tmp_path_factory.mktemp("videos")
    warm = (synth.graded(p, warmth=0.8) for p in synth.moving_texture(24, seed=1, size=(160, 90)))
    cool = (synth.graded(p, warmth=-0.5) for p in synth.moving_texture(30, seed=2, size=(160, 90)))
    return (
        synth.write_video(folder / "template.mp4", warm, rate=Fraction(24), audio=synth.drum_track(120, 1.0).audio),
        synth.write_video(folder / "footage.mp4", cool, rate=Fraction(30)),
    )


def test_help_names_every_command(clipzy):
    """A newcomer sees what there is."""
    said = clipzy("--help").stdout
    assert all(command in said for command in ("up", "api", "worker", "triton", "run", "migrate", "models"))


@pytest.mark.usefixtures("weights_path")
def test_run_does_the_whole_job_and_leaves_nothing_else(clipzy, videos, tmp_path):
    """An output, its artifacts, progress on the terminal; the engine's own files are gone but for the analysis cache.

    What it left makes another job: its style in place of the template, its plan in place of one that is made.
    """
    kept = tmp_path / "kept"
    choices = ("--quality", "low", "--frame-rate", 60, "--frame-blending", "--without", "color")
    done = clipzy("run", *videos, "-o", tmp_path / "out.mp4", "--artifacts", kept, *choices)
    assert done.returncode == 0, done.stderr
    assert probe(tmp_path / "out.mp4").facts.frame_rate == 60
    assert {"style.json", "plan.json"} <= {path.name for path in kept.iterdir()}
    assert json.loads((kept / "style.json").read_text())["frame_rate"] == 24
    plan = json.loads((kept / "plan.json").read_text())
    assert plan["output"]["frame_blending"]
    assert plan["looks"] == []
    assert "rendering: done after" in done.stderr
    assert "wrote" in done.stderr
    assert [path.name for path in (tmp_path / "data").iterdir()] == ["cache"]
    again = clipzy("run", kept / "style.json", videos[1], "--plan", kept / "plan.json", "-o", tmp_path / "again.mp4")
    assert again.returncode == 0, again.stderr
    assert probe(tmp_path / "again.mp4").facts.frame_rate == 60


@pytest.mark.usefixtures("weights_path")
def test_run_on_a_template_alone_writes_its_style(clipzy, videos, tmp_path):
    """As the API would answer it."""
    done = clipzy("run", videos[0], "-o", tmp_path / "style.json")
    assert done.returncode == 0, done.stderr
    assert json.loads((tmp_path / "style.json").read_text())["frame_rate"] == 24


def test_run_refuses_what_is_no_video(clipzy, videos, tmp_path):
    """One sentence and exit code 2; no output, no trace of Python."""
    (tmp_path / "notes.mp4").write_text("notes")
    done = clipzy("run", videos[0], tmp_path / "notes.mp4", "-o", tmp_path / "out.mp4")
    assert done.returncode == 2
    assert f"{tmp_path / 'notes.mp4'}: the content is not an accepted video container" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "out.mp4").exists()


@pytest.mark.usefixtures("weights_path")
def test_run_can_be_interrupted(videos, tmp_path):
    """Ctrl-C ends the job, leaves no half output and no process."""
    command = [sys.executable, "-m", "clipzy", "run", *videos, "-o", tmp_path / "out.mp4"]
    environment = {**os.environ, **surroundings(tmp_path)}
    with started(*command, env=environment, stderr=subprocess.PIPE, start_new_session=True) as process:
        deadline = time.monotonic() + 60
        while not list((tmp_path / "data").glob("run-*/work/*/video_analysis-*")):
            assert time.monotonic() < deadline
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)
    assert process.returncode == 130
    assert not (tmp_path / "out.mp4").exists()
    assert not list((tmp_path / "data").glob("run-*"))


def test_migrate_makes_the_database(clipzy, tmp_path):
    """And says how far it went; twice is as good as once."""
    newest = newest_known()
    assert clipzy("migrate").stdout == f"database: empty → {newest}\n"
    file = tmp_path / "data" / "clipzy.db"
    assert clipzy("migrate").stdout == f"database: already at {newest}\n"
    with sqlite3.connect(file) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    said = clipzy("migrate").stdout
    assert said == f"database: at 9999 of a later version, left as it is; this one knows {newest}\n"


def test_a_setting_that_cannot_be_used_is_named(clipzy):
    """Its name, what is wrong with it, exit code 2."""
    done = clipzy("migrate", MAX_CONCURRENT_JOBS="many")
    assert done.returncode == 2
    assert "MAX_CONCURRENT_JOBS" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_token_comes_with_its_entry(clipzy):
    """What is handed out and what is configured belong together; a name that is none is refused."""
    lines = clipzy("token", "alice", "--read-only").stdout.splitlines()
    secret, entry = (line.rpartition(": ")[2] for line in lines)
    (known,) = parse_tokens(entry)
    assert (known.owner, known.scope) == ("alice", Scope.READ)
    assert find_token((known,), secret) == known
    assert ":metrics:" in clipzy("token", "prometheus", "--metrics").stdout
    assert clipzy("token", "alice", "--read-only", "--metrics").returncode == 2
    assert clipzy("token", "no such:name").returncode == 2


def test_an_owners_webhook_secret_is_printed_alone(clipzy):
    """As receivers take it; without the secret that it is made from, and for a name that is none, the command says so."""
    secret = "whsec_" + "A" * 44
    assert clipzy("webhook-secret", "alice", WEBHOOK_SECRET=secret).stdout == owners_secret(secret, "alice") + "\n"
    unset = clipzy("webhook-secret", "alice", WEBHOOK_SECRET="")
    assert (unset.returncode, unset.stdout) == (2, "")
    assert "WEBHOOK_SECRET is empty" in unset.stderr
    assert clipzy("webhook-secret", "no such:name", WEBHOOK_SECRET=secret).returncode == 2


def test_a_port_that_is_taken_is_named(clipzy):
    """The API says what stands in its way."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = listener.getsockname()[1]
        done = clipzy("api", API_PORT=str(port))
    assert done.returncode == 2
    assert f"cannot listen on 127.0.0.1:{port}" in done.stderr


TERMINATED_EARLY = """
import os, signal, sys
import uvicorn
from clipzy.cli import app

def run(server):
    os.kill(os.getpid(), signal.SIGTERM)
    serve(server)

serve, uvicorn.Server.run = uvicorn.Server.run, run
sys.argv = ["clipzy", "api"]
app.run_command_line()
"""


def test_an_api_that_is_asked_to_end_before_it_listens_ends(tmp_path):
    """In order, as later: the signal is not lost between its own preparations and those of its server."""
    done = subprocess.run(
        [sys.executable, "-c", TERMINATED_EARLY],
        env={**os.environ, **surroundings(tmp_path), "API_PORT": str(free_port())},
        cwd=tmp_path,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0
