"""What the API's documentation prints and tabulates, row by row against a running API; only ids and host names differ."""

from __future__ import annotations

import json
import re
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

import httpx
import pytest

from api.receiver import receiving
from api.rest import STYLE_JSON, Service, data, error, serving
from clipzy.jobs.deliveries import DeliveryStatus, delivery_of
from clipzy.jobs.lifecycle import Stage
from clipzy.jobs.webhooks import WebhookSender
from clipzy.style.config import Quality
from clipzy.tokens import Scope, new_token
from synth import numbered_frames, sine, write_audio, write_video

WEBHOOK_REQUEST = """\
POST /api/v1/jobs
Content-Type: application/json

{
  "video_id": "vid_abc123",
  "webhook_url": "https://your-app.example.com/hooks/clipzy"
}
"""
WEBHOOK_PAYLOAD = """\
{
  "job_id": "job_abc123",
  "status": "completed",
  "progress_percent": 100,
  "output_video_url": "file:///storage/job_abc123/output.mp4",
  "processing_time_seconds": 272.4
}
"""
ALL_SIX = ["video_analysis", "audio_analysis", "motion_analysis", "style_extraction", "style_application", "rendering"]
TEMPLATE_ONLY = ALL_SIX[:4]
BOTH = {"video_id": "vid_abc123", "template_video_id": "vid_def456"}
VIDEO, TEMPLATE = {"video_id": "vid_abc123"}, {"template_video_id": "vid_def456"}
WHAT_RUNS = [
    pytest.param(BOTH, ALL_SIX, id="video and template"),
    pytest.param({**VIDEO, "config": {"style": STYLE_JSON}}, ALL_SIX, id="video and style"),
    pytest.param(VIDEO, ALL_SIX, id="video alone"),
    pytest.param(TEMPLATE, TEMPLATE_ONLY, id="template alone"),
    pytest.param({**VIDEO, "config": {"render": False}}, TEMPLATE_ONLY, id="video, not rendered"),
    pytest.param({**BOTH, "config": {"render": False}}, TEMPLATE_ONLY, id="both, not rendered"),
]
UPLOADED = {"video_id", "filename", "file_size_bytes", "metadata", "uploaded_at", "storage_url"}
BEYOND = {"template_video_id"}  # what we tell of an upload beyond the documentation
METADATA = {"width", "height", "duration_seconds", "frame_rate", "codec", "bitrate_kbps", "format"}


@pytest.fixture(scope="module")
def service(tmp_path_factory, fresh_database):
    """An API as it comes, but for the files it takes and the receiver of webhooks on this machine."""
    settings = {"max_file_size_mb": 1, "webhook_allowed_networks": "127.0.0.0/8"}
    with serving(tmp_path_factory.mktemp("service"), fresh_database, **settings) as running:
        yield running


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """What is sent as a video, by name."""
    folder = tmp_path_factory.mktemp("files")
    clip = write_video(folder / "clip.mp4", numbered_frames(12, (64, 36)), rate=Fraction(12))
    return {
        "video": clip.read_bytes(),
        "sound": write_audio(folder / "sound.mp4", sine(440, 0.5)).read_bytes(),
        "text": b"hello",
        "large": bytes((1 << 20) + 1),
    }


def send(service, example, **ids):
    """An example as it is printed, with these ids in the place of its own, by a client that adds nothing but a host."""
    for name, real in ids.items():
        assert name in example
        example = example.replace(name, real)
    head, _, body = example.partition("\n\n")
    line, *headers = head.splitlines()
    method, path = line.split()
    told = dict(header.split(": ", 1) for header in headers)
    return httpx.request(method, service.url + path, content=body, headers=told, trust_env=False)


def ask(service, body):
    """Create a job with that body, ids of videos that exist in the place of its own."""
    text = json.dumps(body)
    for name in ("vid_abc123", "vid_def456"):
        text = text.replace(name, service.add_video())
    return service.client.post("/api/v1/jobs", content=text, headers={"content-type": "application/json"})


def upload(service, content, name="clip.mp4", **fields):
    """Send a file with that content under that name."""
    return service.client.post("/api/v1/videos/upload", files={"file": (name, content)}, data=fields)


def test_the_request_with_a_webhook_creates_a_job(service):
    """As it is printed; the job is queued, and its end will be told there."""
    job = data(send(service, WEBHOOK_REQUEST, vid_abc123=service.add_video()))
    assert job["status"] == "queued"
    assert service.store.get_job(job["job_id"]).webhook_url == "https://your-app.example.com/hooks/clipzy"


def test_the_webhook_brings_what_is_printed(service):
    """The very fields, each of its kind, sent to a real receiver by the job's own request."""
    settings = service.services.settings
    with receiving() as receiver:
        told = WEBHOOK_REQUEST.replace("https://your-app.example.com/hooks/clipzy", receiver.url)
        job_id = data(send(service, told, vid_abc123=service.add_video()))["job_id"]
        service.finish_extraction(job_id)
        service.complete(job_id, b"pixels")
        stop = threading.Event()
        sender = threading.Thread(target=WebhookSender(settings, service.store, service.objects).run, args=(stop,))
        sender.start()
        deadline = time.monotonic() + 20
        while delivery_of(service.store.database, job_id).status is DeliveryStatus.PENDING:
            if time.monotonic() > deadline:
                break
            stop.wait(0.02)
        stop.set()
        sender.join(15)
    [payload] = receiver.bodies
    printed = json.loads(WEBHOOK_PAYLOAD)
    assert payload.keys() == printed.keys()
    assert (payload["job_id"], payload["status"], payload["progress_percent"]) == (job_id, "completed", 100)
    assert type(payload["progress_percent"]) is int
    assert isinstance(payload["processing_time_seconds"], int | float)
    assert re.fullmatch(rf"file:///.*/{job_id}/(.+/)?output\.mp4", payload["output_video_url"])


@pytest.mark.parametrize(("body", "stages"), WHAT_RUNS)
def test_what_is_submitted_decides_what_runs(service, body, stages):
    """All six stages, or those up to the style; the job has the videos that were named and no others."""
    job = data(ask(service, body))
    assert (job["status"], job["progress_percent"], job["current_stage"]) == ("queued", 0, None)
    for name in ("video_id", "template_video_id"):
        assert (job[name] is not None) == (name in body)
    assert [stage.value for stage in service.store.get_job(job["job_id"]).stages] == stages


@pytest.mark.parametrize("quality", ["low", "medium", "high"])
def test_the_documented_choices_are_taken(service, quality):
    """Each quality, with the one format that there is."""
    config = {"quality": quality, "output_format": "mp4"}
    job = data(ask(service, {"video_id": "vid_abc123", "config": config}))
    taken = service.store.get_job(job["job_id"]).config
    assert (taken.quality, taken.output_format) == (Quality(quality), "mp4")


def test_an_upload_takes_the_documented_fields_and_tells_the_documented_ones(service, files):
    """Form fields: file, template_video_id, webhook_url; in the answer no key more and none less."""
    fields = {"template_video_id": service.add_video(), "webhook_url": "https://your-app.example.com/hooks/clipzy"}
    video = data(upload(service, files["video"], **fields))
    assert video.keys() == UPLOADED | BEYOND
    assert video["metadata"].keys() == METADATA
    stored = service.store.get_video(video["video_id"])
    assert {"template_video_id": stored.template_video_id, "webhook_url": stored.webhook_url} == fields


@pytest.mark.parametrize("kind", ["jobs", "videos"])
def test_pages_are_as_documented(tmp_path, fresh_database, kind):
    """Page 1 of ten entries where nothing is asked for; from 1, and 1 to 100 entries; beside them total and both numbers."""
    with serving(tmp_path, fresh_database) as service:
        for _ in range(11):
            service.add_job()

        def get(**asked):
            return service.client.get(f"/api/v1/{kind}", params=asked)

        first = data(get())
        assert first.keys() == {kind, "total", "page", "page_size"}
        assert (len(first[kind]), first["total"], first["page"], first["page_size"]) == (10, 11, 1, 10)
        assert len(data(get(page=2))[kind]) == 1
        assert [data(get(page_size=size))["page_size"] for size in (1, 100)] == [1, 100]
        for wrong in ({"page": 0}, {"page_size": 0}, {"page_size": 101}):
            error(get(**wrong), 422, "VALIDATION_ERROR")


@dataclass(frozen=True)
class Row:
    """One row of the table of errors. `settings`: of an API of its own; `headers`: what the answer has besides."""

    code: str
    status: int
    when: str
    provoke: Callable[[Service, dict[str, bytes]], httpx.Response]
    settings: dict[str, object] | None = None
    headers: tuple[str, ...] = ()


def _job(service, **body):
    return service.client.post("/api/v1/jobs", json=body)


def _read(service, path):
    return service.client.get(f"/api/v1/{path}")


def _twin(service, _files):
    return _job(service, video_id=service.store.get_job(service.add_job()).video_id)


def _cancel_twice(service, _files):
    path = f"/api/v1/jobs/{service.add_job()}/cancel"
    data(service.client.post(path))
    return service.client.post(path)


def _delete_in_use(service, _files):
    video_id = service.add_video()
    service.add_job(video_id=video_id)
    return service.client.delete(f"/api/v1/videos/{video_id}")


def _one_too_many(service, _files):
    service.add_job()
    return _job(service, video_id=service.add_video())


def _announce_what_has_no_room(service, _files):
    with socket.create_connection(("127.0.0.1", service.port), 10) as connection:
        connection.sendall(
            b"POST /api/v1/videos/upload HTTP/1.1\r\nHost: localhost\r\nContent-Type: multipart/form-data; boundary=b\r\n"
            b"Content-Length: %d\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n" % (1 << 58)
        )
        with connection.makefile("rb") as stream:
            head, _, body = stream.read().partition(b"\r\n\r\n")
    return httpx.Response(int(head.split()[1]), content=body)


def _break(service, _files):
    service.store.list_jobs = None
    return _read(service, "jobs")


TOKEN, ENTRY = new_token("ann", Scope.READ)
GUARDED = {"api_tokens": ENTRY}
ERRORS = [
    Row("UNSUPPORTED_FORMAT", 422, "extension not in the list", lambda s, f: upload(s, f["video"], "clip.txt")),
    Row("UNSUPPORTED_FORMAT", 422, "container not in the list", lambda s, f: upload(s, f["text"])),
    Row("INVALID_VIDEO", 422, "no decodable video stream", lambda s, f: upload(s, f["sound"])),
    Row("INVALID_VIDEO", 422, "damaged", lambda s, f: upload(s, f["video"][:300])),
    Row("FILE_TOO_LARGE", 413, "over MAX_FILE_SIZE_MB", lambda s, f: upload(s, f["large"])),
    Row("MISSING_FIELD", 422, "no video at all", lambda s, _: _job(s)),
    Row("MISSING_FIELD", 422, "no file", lambda s, _: s.client.post("/api/v1/videos/upload", data={})),
    Row("VALIDATION_ERROR", 422, "an unknown choice", lambda s, _: _job(s, video_id="v", config={"speed": 2})),
    Row("VALIDATION_ERROR", 422, "a parameter", lambda s, _: _read(s, "jobs?page=0")),
    Row("VIDEO_NOT_FOUND", 404, "read", lambda s, _: _read(s, "videos/vid_abc123")),
    Row("VIDEO_NOT_FOUND", 404, "used", lambda s, _: _job(s, video_id="vid_abc123")),
    Row("JOB_NOT_FOUND", 404, "read", lambda s, _: _read(s, "jobs/job_abc123")),
    Row("JOB_ALREADY_PROCESSING", 409, "the same work", _twin),
    Row("RESULT_NOT_READY", 409, "nothing to show yet", lambda s, _: _read(s, f"jobs/{s.add_job()}/result")),
    Row("JOB_NOT_CANCELLABLE", 409, "a terminal job", _cancel_twice),
    Row("VIDEO_IN_USE", 409, "while a job uses it", _delete_in_use),
    Row("UNAUTHORIZED", 401, "without a token", lambda s, _: _read(s, "jobs"), GUARDED, ("www-authenticate",)),
    Row(
        *("FORBIDDEN", 403, "with one that may only read"),
        lambda s, _: s.client.post("/api/v1/jobs", json={}, headers={"Authorization": f"Bearer {TOKEN}"}),
        GUARDED,
    ),
    Row("QUEUE_FULL", 503, "MAX_QUEUED_JOBS", _one_too_many, {"max_queued_jobs": 1}, ("retry-after",)),
    Row("INSUFFICIENT_STORAGE", 507, "no room", _announce_what_has_no_room, {"max_file_size_mb": 1 << 40}),
    Row("NOT_FOUND", 404, "no such address", lambda s, _: _read(s, "nowhere")),
    Row("METHOD_NOT_ALLOWED", 405, "another method", lambda s, _: s.client.put("/api/v1/jobs"), headers=("allow",)),
    Row("INTERNAL_ERROR", 500, "whatever else", _break, {}),
]


@pytest.mark.parametrize("row", ERRORS, ids=lambda row: f"{row.code}: {row.when}")
def test_errors_are_as_tabulated(request, tmp_path, fresh_database, files, row):
    """Code and status in the one envelope, fields named where fields are wrong, no trace, and an id to ask about."""
    if row.settings is None:
        answer = row.provoke(request.getfixturevalue("service"), files)
    else:
        with serving(tmp_path, fresh_database, **row.settings) as service:
            answer = row.provoke(service, files)
    told = error(answer, row.status, row.code)
    assert told["detail"]
    assert "Traceback" not in answer.text
    assert ("fields" in told) == (row.code in {"MISSING_FIELD", "VALIDATION_ERROR"})
    assert set(row.headers) <= answer.headers.keys()


def test_a_timeout_is_told_in_the_jobs_error(service):
    """The request that reads the job succeeds; the code is the job's."""
    job_id = service.add_job()
    service.begin(job_id, Stage.RENDERING)
    service.fail(job_id, code="JOB_TIMEOUT", stage=Stage.RENDERING)
    for path in ("", "/result"):
        job = data(service.client.get(f"/api/v1/jobs/{job_id}{path}"))
        assert (job["status"], job["error"]["stage"], job["error"]["code"]) == ("failed", "rendering", "JOB_TIMEOUT")
