"""Every example, and the README's, run as they stand against the real API."""

from __future__ import annotations

import base64
import re
import threading
from contextlib import contextmanager

import pytest

from api.test_plans import PLAN
from clients.python.hands import OUTPUT, working
from clients.typescript.building import BUILD, CLIENT, compile_strictly, run
from clipzy.jobs.webhooks import WebhookSender
from clipzy.storage.artifacts import to_json
from clipzy.style.plan import EditPlan
from ports import free_port

EXAMPLES = BUILD / "clients" / "typescript" / "examples"
TESTED = {"style-a-video", "extract-style", "edit-the-plan", "many-at-once", "receive-webhook", "clean-up"}
SECRET = "whsec_" + base64.b64encode(bytes(range(32))).decode()


@pytest.fixture
def example(built):
    """Runs an example against an API; what it prints."""

    def example(service, name, *arguments, **env):
        return run(
            "node", EXAMPLES / f"{name}.js", *map(str, arguments), cwd=built, env={"CLIPZY_URL": service.url, **env}
        )

    return example


def test_no_example_is_forgotten():
    """Each has its test here."""
    assert {path.stem for path in (CLIENT / "examples").glob("*.ts")} == TESTED


@pytest.mark.usefixtures("hands", "built")
def test_the_readme(service, clip, tmp_path):
    """Its ten lines do the main job, and its second block shows what was wrong; only the address and the patience are others.

    Each is valid under strict types by itself.
    """
    blocks = re.findall(r"```typescript\n(.*?)```", (CLIENT / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    assert len(blocks[0].splitlines()) <= 10
    for name in ("template.mp4", "footage.mp4"):
        (tmp_path / name).write_bytes(clip.read_bytes())
    said = []
    for number, code in enumerate(blocks):
        script = BUILD / f"readme-{number}.mts"
        script.write_text(
            code.replace('"http://localhost:8000"', f'"{service.url}", {{ polling: {{ firstS: 0.01 }} }}')
        )
        said.append(run("node", compile_strictly(script), cwd=tmp_path))
    assert (tmp_path / "output.mp4").read_bytes() == OUTPUT
    assert "tempo_bpm: 125" in said[0]
    assert re.search(r"VALIDATION_ERROR \[ 'config.strength: ", said[1])


@pytest.mark.usefixtures("hands")
def test_style_a_video(example, service, clip, tmp_path):
    """Leaves the output, and says what the style's doubts are."""
    said = example(service, "style-a-video", clip, clip, tmp_path / "out.mp4")
    assert (tmp_path / "out.mp4").read_bytes() == OUTPUT
    assert "100 % completed" in said
    assert "note: the video is short" in said


@pytest.mark.usefixtures("hands")
def test_extract_style(example, service, clip):
    """Prints the Style DNA."""
    assert '"tempo_bpm": 125' in example(service, "extract-style", clip)


def test_edit_the_plan(example, service, clip, hands, tmp_path):
    """Two jobs; the second one has the plan without its crops."""
    hands.plan = {
        **PLAN,
        "clips": [{**PLAN["clips"][0], "source": {"start": "0", "end": "1/2"}, "transition_in": None}],
    }
    assert "1 clips, none of them cropped" in example(service, "edit-the-plan", clip, clip, tmp_path / "out.mp4")
    planned, rendered = (service.store.get_job(job_id) for job_id in hands.done)
    assert planned.config.render == "plan"
    given = to_json(EditPlan, rendered.config.plan)
    assert [clip["crop"]["width"] for clip in given["clips"]] == [1.0]


@pytest.mark.usefixtures("hands")
def test_many_at_once(example, service, clip, tmp_path):
    """An output for each that is a video, and a word about the one that is none."""
    copies = [tmp_path / f"{number}.mp4" for number in range(4)]
    for copy in copies:
        copy.write_bytes(clip.read_bytes())
    (tmp_path / "bad.mp4").write_bytes(b"no video")
    said = example(service, "many-at-once", clip, tmp_path, tmp_path / "bad.mp4", *copies)
    assert {path.name for path in tmp_path.glob("*.styled.mp4")} == {f"{number}.styled.mp4" for number in range(4)}
    assert re.search(r"bad\.mp4: .*\(UNSUPPORTED_FORMAT, request req_", said)


def test_receive_webhook(example, own_service):
    """The engine's own sender signs and calls; the example believes it."""
    with (
        own_service(webhook_secret=SECRET, webhook_allowed_networks="127.0.0.0/8") as service,
        working(service),
        _sending(service),
    ):
        said = example(service, "receive-webhook", service.add_video(), free_port(), CLIPZY_WEBHOOK_SECRET=SECRET)
    assert "is completed after" in said


def test_clean_up(example, own_service):
    """What has not ended stays."""
    with own_service() as service:
        ended, running = service.rendered(b"video"), service.add_job()
        assert "deleted 0 jobs" in example(service, "clean-up", 1)
        assert "deleted 1 jobs" in example(service, "clean-up", 0)
        assert [job.job_id for job in service.store.list_jobs(1, 10).items] == [running]
        assert ended != running


@contextmanager
def _sending(service):
    """The engine's own sender of webhooks at work."""
    services, stop = service.services, threading.Event()
    sender = WebhookSender(services.settings, services.store, services.objects)
    thread = threading.Thread(target=sender.run, args=(stop,))
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(20)
