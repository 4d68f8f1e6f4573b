"""Every example, and the README's, run as they stand against the real API."""

from __future__ import annotations

import base64
import re
import runpy
import sys
import threading
from pathlib import Path

import pytest

from api.test_plans import PLAN
from clients.python.hands import OUTPUT, working
from clipzy.jobs.webhooks import WebhookSender
from clipzy.storage.artifacts import to_json
from clipzy.style.plan import EditPlan
from clipzy_client import Client, Polling
from ports import free_port

EXAMPLES = Path(__file__).parents[3] / "clients" / "python" / "examples"
README = EXAMPLES.parent / "README.md"
TESTED = {"style_a_video", "extract_style", "edit_the_plan", "many_at_once", "receive_webhook", "clean_up"}
SECRET = "whsec_" + base64.b64encode(bytes(range(32))).decode()


@pytest.fixture
def run(monkeypatch, capsys):
    """Runs an example against an API; what it prints."""

    def run(service, name, *arguments):
        monkeypatch.setenv("CLIPZY_URL", service.url)
        monkeypatch.setattr(sys, "argv", [f"{name}.py", *map(str, arguments)])
        runpy.run_path(str(EXAMPLES / f"{name}.py"), run_name="__main__")
        return capsys.readouterr().out

    return run


def test_no_example_is_forgotten():
    """Each has its test here."""
    assert {path.stem for path in EXAMPLES.glob("*.py")} == TESTED


def samples_of(page):
    """Its samples of Python, each on its own."""
    return re.findall(r"^```python\n(.*?)^```", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


@pytest.mark.usefixtures("hands")
def test_the_readme(service, clip, tmp_path, monkeypatch, capsys):
    """Its ten lines do the main job, and its errors are caught; only the engine's address and the patience are others."""
    lines, errors = samples_of(README)
    assert len(lines.splitlines()) <= 10
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(Client.__init__.__kwdefaults__, "polling", Polling(first_s=0.01))
    for name in ("template.mp4", "footage.mp4"):
        (tmp_path / name).write_bytes(clip.read_bytes())
    exec(compile(lines.replace("http://localhost:8000", service.url), str(README), "exec"), {})
    assert (tmp_path / "output.mp4").read_bytes() == OUTPUT
    assert "tempo_bpm=125.0" in capsys.readouterr().out
    exec(compile(errors.replace("http://localhost:8000", service.url), str(README), "exec"), {})
    assert "VALIDATION_ERROR [('config.strength', " in capsys.readouterr().out


@pytest.mark.usefixtures("hands")
def test_style_a_video(run, service, clip, tmp_path):
    """Leaves the output, and says what the style's doubts are."""
    said = run(service, "style_a_video", clip, clip, tmp_path / "out.mp4")
    assert (tmp_path / "out.mp4").read_bytes() == OUTPUT
    assert "100 % completed" in said
    assert "note: the video is short" in said


@pytest.mark.usefixtures("hands")
def test_extract_style(run, service, clip):
    """Prints the Style DNA."""
    assert '"tempo_bpm": 125.0' in run(service, "extract_style", clip)


def test_edit_the_plan(run, service, clip, hands, tmp_path):
    """Two jobs; the second one has the plan without its crops."""
    short = {**PLAN, "clips": [{**PLAN["clips"][0], "source": {"start": "0", "end": "1/2"}, "transition_in": None}]}
    hands.plan = short
    said = run(service, "edit_the_plan", clip, clip, tmp_path / "out.mp4")
    assert "1 clips, none of them cropped" in said
    planned, rendered = (service.store.get_job(job_id) for job_id in hands.done)
    assert planned.config.render == "plan"
    given = to_json(EditPlan, rendered.config.plan)
    assert [clip["crop"]["width"] for clip in given["clips"]] == [1.0]


@pytest.mark.usefixtures("hands")
def test_many_at_once(run, service, clip, tmp_path):
    """An output for each that is a video, and a word about the one that is none."""
    copies = [tmp_path / f"{number}.mp4" for number in range(4)]
    for copy in copies:
        copy.write_bytes(clip.read_bytes())
    (tmp_path / "bad.mp4").write_bytes(b"no video")
    run(service, "many_at_once", clip, tmp_path, tmp_path / "bad.mp4", *copies)
    assert {path.name for path in tmp_path.glob("*.styled.mp4")} == {f"{number}.styled.mp4" for number in range(4)}


def test_receive_webhook(run, own_service, monkeypatch):
    """The engine's own sender signs and calls; the example believes it, and the delivery is logged as done."""
    monkeypatch.setenv("CLIPZY_WEBHOOK_SECRET", SECRET)
    with own_service(webhook_secret=SECRET, webhook_allowed_networks="127.0.0.0/8") as service, working(service):
        services, stop = service.services, threading.Event()
        sender = WebhookSender(services.settings, services.store, services.objects)
        thread = threading.Thread(target=sender.run, args=(stop,))
        thread.start()
        try:
            said = run(service, "receive_webhook", service.add_video(), free_port())
        finally:
            stop.set()
            thread.join(20)
    assert "is completed after" in said


def test_clean_up(run, own_service):
    """What has not ended stays."""
    with own_service() as service:
        ended, running = service.rendered(b"video"), service.add_job()
        assert "deleted 0 jobs" in run(service, "clean_up", 1)
        assert "deleted 1 jobs" in run(service, "clean_up", 0)
        assert [job.job_id for job in service.store.list_jobs(1, 10).items] == [running]
        assert ended != running
