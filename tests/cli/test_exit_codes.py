"""One test for each way in which a command ends."""

import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

import httpx
import pytest

from clients.python.scripted import Say, refusal, scripted
from clipzy.cli.exit_codes import MEANINGS
from clipzy.cli.failures import failure_of
from clipzy.cli.remote import jobs
from clipzy.cli.stage_display import StageDisplay
from clipzy.inference.specs import MODELS
from clipzy.jobs import patience
from clipzy.jobs.lifecycle import Stage
from clipzy.tokens import Scope, new_token
from clipzy_client.errors import ConnectionFailed
from ports import free_pair, free_port
from processes import started


def test_every_code_is_in_the_help(clipzy):
    """With its meaning; a command's own help has those that it ends with."""
    everything = " ".join(clipzy("--help").out.split())
    assert all(f"{code} {meaning}" in everything for code, meaning in MEANINGS.items())
    assert "4 the job failed" in " ".join(clipzy("watch", "--help").out.split())


@pytest.mark.parametrize("command", [[], ["run"], ["submit"], ["token"], ["styles", "diff"]], ids=" ".join)
def test_flags_are_shown_as_they_are_typed(clipzy, command):
    """Without a value, which they do not take; options that do show theirs."""
    help_text = clipzy(*command, "--help").out
    assert "--help" in help_text
    assert "bool" not in help_text
    assert ("--seed" in help_text) == ("<int range>" in help_text)


def test_1_the_service_has_a_fault(clipzy):
    """Of its own, which its log tells more of."""
    with scripted(refusal(500, "INTERNAL_ERROR")) as faulty:
        said = clipzy("jobs", "--url", faulty.url, "--json")
    assert said.code == 1
    assert said.document["error"]["code"] == "INTERNAL_ERROR"
    assert "log" in said.err


def test_1_a_fault_of_our_own(clipzy, monkeypatch):
    """One sentence; the trace is for those who ask for it."""

    def stumble(*_arguments, **_options):
        raise KeyError("stone")

    monkeypatch.setattr(jobs, "list_jobs", stumble)
    said = clipzy("jobs")
    assert said.code == 1
    assert "KeyError: 'stone'" in said.err
    monkeypatch.setenv("DEBUG", "1")
    with pytest.raises(KeyError):
        clipzy("jobs")


@pytest.mark.parametrize(
    "arguments",
    [["status", "nonsense"], ["jobs", "--url", "ftp://here"], ["download", "job_1", "--all", "--artifact", "a"]],
)
def test_2_wrong_use(clipzy, arguments):
    """What was typed cannot be meant."""
    assert clipzy(*arguments).code == 2


def test_2_a_port_of_triton_is_taken(clipzy, monkeypatch):
    """No other start would mend that, so that `clipzy up` ends as well."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        url = f"127.0.0.1:{other.getsockname()[1]}"
        monkeypatch.setenv("TRITON_URL", url)
        said = clipzy("triton")
    assert said.code == 2
    assert f"cannot listen on {url}: it is taken" in " ".join(said.err.split())


def test_2_the_networks_weights_are_missing(clipzy, monkeypatch, tmp_path):
    """In one sentence, before a server starts that would end after pages of its own words."""
    monkeypatch.setenv("TRITON_URL", f"127.0.0.1:{free_pair()}")
    monkeypatch.setenv("WEIGHTS_PATH", str(tmp_path / "empty"))
    said = clipzy("triton")
    assert said.code == 2
    assert "shot_boundary" in said.err
    assert "run `clipzy models`" in " ".join(said.err.split())


@pytest.mark.parametrize("there", [[], ["faces"]], ids=["none", "one"])
def test_2_the_networks_themselves_are_missing(clipzy, monkeypatch, tmp_path, there):
    """A server without models would say that it is ready, and one without some would fail jobs."""
    for name in there:
        (tmp_path / name).mkdir()
        (tmp_path / name / "config.pbtxt").touch()
    monkeypatch.setenv("TRITON_URL", f"127.0.0.1:{free_pair()}")
    monkeypatch.setenv("MODEL_REPOSITORY_PATH", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "1000")
    said = clipzy("triton")
    assert said.code == 2
    assert ", ".join(sorted(MODELS.keys() - set(there))) in said.err
    assert "set MODEL_REPOSITORY_PATH to" in said.err


def test_2_a_url_with_a_password_is_not_shown(clipzy, monkeypatch):
    """Nor used: terminals and logs would keep it. From the variable it is no other."""
    url = "http://ann:s3cret@127.0.0.1:1"
    monkeypatch.setenv("CLIPZY_URL", url)
    for said in (clipzy("jobs", "--url", url), clipzy("jobs", "--json")):
        assert said.code == 2
        assert "no user name or password" in " ".join(said.err.split())
        assert "s3cret" not in said.out + said.err


@pytest.mark.parametrize("command", [["migrate"], ["run", "{clip}", "-o", "out.json"]], ids=["migrate", "run"])
@pytest.mark.parametrize("data", ["taken", "taken/below", "locked"])
def test_2_a_data_path_that_cannot_be_used(clipzy, clip, monkeypatch, tmp_path, command, data):
    """It leads over a file, or takes no files; the setting is named."""
    (tmp_path / "taken").write_text("a file")
    (tmp_path / "locked").symlink_to("/proc")  # where not even root makes a file
    monkeypatch.setenv("DATA_PATH", str(tmp_path / data))
    monkeypatch.setenv("INFERENCE", "local")
    said = clipzy(*(each.format(clip=clip) for each in command))
    assert said.code == 2
    assert re.search(r"cannot be used \(.+\); check DATA_PATH", said.err)


def test_2_a_storage_that_cannot_be_used(clipzy, monkeypatch, tmp_path):
    """The setting is named; a worker says the same."""
    (tmp_path / "taken").write_text("a file")
    monkeypatch.setenv("DATA_PATH", str(tmp_path / "data"))
    monkeypatch.setenv("LOCAL_STORAGE_PATH", str(tmp_path / "taken"))
    handlers = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        said = clipzy("api")
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
    assert said.code == 2
    assert f"{tmp_path / 'taken'} cannot be used (File exists); check LOCAL_STORAGE_PATH" in said.err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["-o", "none/x.json"], "nothing can be written to none: No such file or directory"),
        (["-o", "/dev/full"], "/dev/full cannot be written: No space left on device"),
    ],
    ids=["no-folder", "full"],
)
def test_2_files_that_openapi_cannot_write(clipzy, arguments, words):
    """The one that is meant is named."""
    said = clipzy("openapi", *arguments)
    assert said.code == 2
    assert words in " ".join(said.err.split())


@pytest.mark.parametrize("arguments", [["version"], ["jobs"], ["jobs", "--json"], ["openapi"]], ids=" ".join)
@pytest.mark.usefixtures("service")
def test_2_standard_output_leads_to_a_full_disk(clipzy, monkeypatch, arguments):
    """In a sentence, whichever way the answer takes."""
    full = Path("/dev/full").open("w")  # noqa: SIM115 (closing it fails)
    monkeypatch.setattr(sys, "stdout", full)
    said = clipzy(*arguments)
    with suppress(OSError):  # what it holds is written once more
        full.close()
    assert said.code == 2
    assert "standard output cannot be written: No space left on device" in said.err


@pytest.mark.parametrize("command", ["watch", "cancel", "result", "download"])
@pytest.mark.usefixtures("service")
def test_3_no_such_job(clipzy, command):
    """With a way to find those there are; as JSON too, where that was asked for."""
    said = clipzy(command, "job_nowhere", "--json")
    assert said.code == 3
    assert said.document["error"]["code"] == "JOB_NOT_FOUND"
    assert said.document["error"]["exit_code"] == 3
    assert "`clipzy jobs` lists" in said.err


def test_4_the_job_failed(clipzy, service):
    """In which stage and why; the document is the job."""
    job_id = service.add_job()
    service.begin(job_id)
    service.fail(job_id, Stage.AUDIO_ANALYSIS)
    said = clipzy("watch", job_id, "--json")
    assert said.code == 4
    assert said.document["error"]["message"] == "the sound cannot be decoded"
    assert f"{job_id} failed in audio analysis: the sound cannot be decoded" in said.err
    assert clipzy("result", job_id).code == 4


def test_5_the_job_was_cancelled(clipzy, service, monkeypatch):
    """While it was waited for."""
    job_id = service.add_job()
    service.begin(job_id)
    show, shown = StageDisplay.see, threading.Event()
    monkeypatch.setattr(StageDisplay, "see", lambda display, look: (show(display, look), shown.set()))

    def cancel():
        shown.wait(20)
        service.services.engine.cancel(job_id)

    cancelling = threading.Thread(target=cancel)
    cancelling.start()
    said = clipzy("watch", job_id)
    cancelling.join()
    assert said.code == 5
    assert "video analysis: stopped" in said.err
    assert "was cancelled" in said.err
    assert clipzy("result", job_id).code == 5


def test_6_nobody_answers(clipzy):
    """With how to start a service, or to name another."""
    url = f"http://127.0.0.1:{free_port()}"
    said = clipzy("jobs", "--url", url)
    assert said.code == 6
    assert f"{url} does not answer: Connection refused" in said.err
    assert "clipzy up" in said.err


@pytest.fixture
def without_proxies(monkeypatch):
    """An environment that names none, to be given some."""
    for name in ("ALL_PROXY", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    return monkeypatch


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("ALL_PROXY", "socks5h://user:hidden@127.0.0.1:1"),
        ("HTTP_PROXY", "odd://user:hidden@127.0.0.1:1"),
        ("NO_PROXY", "localhost,[::1]"),
        ("SSL_CERT_FILE", "/nowhere/authority.pem"),
    ],
)
def test_2_a_variable_of_proxies_or_certificates_cannot_be_used(clipzy, without_proxies, variable, value):
    """It is named, and what is secret in it is not shown."""
    without_proxies.setenv(variable, value)
    said = clipzy("jobs", "--url", "http://engine.invalid")
    assert said.code == 2
    assert f" of {variable} cannot be " in said.err
    assert "hidden" not in said.err


def test_6_nobody_answers_where_the_proxy_should_be(clipzy, without_proxies):
    """It is the proxy that has to be looked for."""
    without_proxies.setenv("HTTP_PROXY", f"http://127.0.0.1:{free_port()}")
    said = clipzy("jobs", "--url", "http://engine.invalid")
    assert said.code == 6
    assert "engine.invalid does not answer through the proxy of HTTP_PROXY: Connection refused" in said.err


@pytest.mark.usefixtures("service")
def test_a_service_on_this_machine_is_asked_without_a_proxy(clipzy, without_proxies):
    """None could reach it, and one that cannot be used stands in nobody's way."""
    without_proxies.setenv("HTTP_PROXY", f"http://127.0.0.1:{free_port()}")
    without_proxies.setenv("ALL_PROXY", "socks5h://127.0.0.1:1")
    assert clipzy("jobs").code == 0


@pytest.mark.parametrize(
    ("why", "advised"),
    [("self-signed certificate", True), ("certificate has expired", False)],
)
def test_who_signed_a_certificate_that_is_not_trusted_can_be_named(why, advised):
    """Where that is what is missing."""
    error = ConnectionFailed("no answer")
    told = f"[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: {why} (_ssl.c:1006)"
    error.__cause__ = httpx.ConnectError(told, request=httpx.Request("GET", "https://engine"))
    failure = failure_of(error)
    assert failure.message.startswith(f"https://engine does not answer: certificate verify failed: {why}")
    assert ("SSL_CERT_FILE" in failure.advice) == advised


def test_6_something_else_answers(clipzy):
    """Another service at that address."""
    with scripted(Say(200, b"<html>welcome")) as other:
        said = clipzy("jobs", "--url", other.url)
    assert said.code == 6
    assert "the address of a Clipzy service" in said.err


def test_6_the_connection_breaks(clipzy):
    """Somebody takes it, and hangs up without a word, each time."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=_hang_up, args=(listener,), daemon=True).start()
        said = clipzy("jobs", "--url", f"http://127.0.0.1:{listener.getsockname()[1]}")
        listener.shutdown(socket.SHUT_RDWR)
    assert said.code == 6
    assert "got no whole answer" in said.err


def test_6_the_service_is_too_busy(clipzy):
    """After as many tries as there are."""
    with scripted(refusal(503, "QUEUE_FULL")) as busy:
        said = clipzy("submit", "vid_1", "--url", busy.url)
    assert said.code == 6
    assert "try again in a while" in said.err


@pytest.mark.parametrize("command", ["migrate", "api", "worker", "up"])
def test_6_the_database_does_not_answer(clipzy, monkeypatch, tmp_path, command):
    """In a sentence with its setting, without its password; not a fault of the command's own."""
    monkeypatch.setattr(patience, "PATIENCE_S", 0.0)
    monkeypatch.setenv("DATABASE_URL", f"postgresql://clipzy:secret@127.0.0.1:{free_port()}/clipzy")
    monkeypatch.setenv("DATA_PATH", str(tmp_path))
    monkeypatch.setenv("LOCAL_STORAGE_PATH", str(tmp_path))
    handlers = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        said = clipzy(command)
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
    assert said.code == 6
    assert "the database of DATABASE_URL does not answer: " in said.err
    assert "refused" in said.err
    assert "secret" not in said.err + said.out
    assert "sqlalche.me" not in said.err


def test_1_a_database_in_a_file_is_no_server_that_could_be_started(clipzy, monkeypatch, tmp_path):
    """What the system says of it is told."""
    (tmp_path / "clipzy.db").mkdir()
    monkeypatch.setenv("DATA_PATH", str(tmp_path))
    said = clipzy("migrate")
    assert said.code == 1
    assert "the database's file cannot be used: unable to open database file" in said.err
    assert "DATABASE_URL" not in said.err


def test_7_the_token_is_refused(clipzy, own_service, monkeypatch):
    """None, one that may only look, one that may not even that, and a good one from the environment."""
    (writer, may_write), (reader, may_read) = new_token("alice", Scope.WRITE), new_token("bob", Scope.READ)
    prometheus, may_measure = new_token("prometheus", Scope.METRICS)
    with own_service(api_tokens=f"{may_write},{may_read},{may_measure}"):
        refused = clipzy("jobs")
        assert refused.code == 7
        assert "CLIPZY_TOKEN" in refused.err
        refused = clipzy("cancel", "job_1", "--token", reader)
        assert refused.code == 7
        assert "scope write" in refused.err
        refused = clipzy("jobs", "--token", prometheus)
        assert refused.code == 7
        assert "scope read" in refused.err
        assert "write" not in refused.err
        monkeypatch.setenv("CLIPZY_TOKEN", writer)
        assert clipzy("jobs").code == 0


def test_8_the_time_is_up(clipzy, service):
    """The job goes on, which is said."""
    job_id = service.add_job()
    said = clipzy("watch", job_id, "--timeout", 0.2)
    assert said.code == 8
    assert "the job goes on" in said.err
    assert service.store.get_job(job_id).status == "queued"


def test_130_interrupted(service):
    """Ctrl-C ends the waiting, not the job, and says how to go on."""
    job_id = service.add_job()
    command, wide = [sys.executable, "-m", "clipzy", "watch", job_id], {**os.environ, "COLUMNS": "200"}
    with started(*command, env=wide, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr.readline() == "queued\n"
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=30)
    assert process.returncode == 130
    assert f"the job goes on: `clipzy watch {job_id}` follows it again" in said
    assert "Traceback" not in said
    assert service.store.get_job(job_id).status == "queued"


def test_143_asked_to_end(tmp_path):
    """Nothing is left of a file that was on its way."""
    with scripted(Say(200, b"half of it", length=1000, hold_s=60.0)) as server:
        command = [sys.executable, "-m", "clipzy", "download", "job_1", "-o", "out.mp4", "--url", server.url]
        with started(*command, stderr=subprocess.PIPE, text=True) as process:
            while process.poll() is None and not list(tmp_path.iterdir()):
                time.sleep(0.02)
            process.terminate()
            _, said = process.communicate(timeout=30)
    assert process.returncode == 143
    assert "Traceback" not in said
    assert list(tmp_path.iterdir()) == []


def _hang_up(listener):
    """On everybody, until the listener is closed."""
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        connection.close()
