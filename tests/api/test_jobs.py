"""Jobs from their creation to their end, as the API tells of them."""

from __future__ import annotations

import re

import pytest
import sqlalchemy as sa

from api.rest import STYLE_JSON, data, error
from clipzy.jobs.lifecycle import Stage
from clipzy.storage.tables import jobs
from clipzy.style.config import JobConfig, Quality
from clipzy.style.dna import AspectRatio

JOB_KEYS = {
    "job_id",
    "video_id",
    "template_video_id",
    "status",
    "progress_percent",
    "current_stage",
    "created_at",
    "updated_at",
    "started_at",
    "completed_at",
    "metadata",
    "priority",
    "style_given",
}
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")


def job(service, job_id):
    """How it stands."""
    return data(service.client.get(f"/api/v1/jobs/{job_id}"))


def test_a_new_job_is_queued(service):
    """Its answer has every field, null where there is nothing yet, and no error."""
    video_id = service.add_video()
    created = data(service.client.post("/api/v1/jobs", json={"video_id": video_id}))
    assert created.keys() == JOB_KEYS
    assert re.fullmatch(r"job_[A-Za-z0-9_-]{16,}", created["job_id"])
    assert (created["status"], created["progress_percent"], created["video_id"]) == ("queued", 0, video_id)
    assert TIME.fullmatch(created["created_at"])
    assert TIME.fullmatch(created["updated_at"])
    for name in ("template_video_id", "current_stage", "started_at", "completed_at"):
        assert created[name] is None
    assert job(service, created["job_id"]) == created


def test_a_running_job_tells_stage_and_progress(service):
    """Both move on with the work."""
    job_id = service.add_job()
    service.begin(job_id, Stage.AUDIO_ANALYSIS)
    service.progress(job_id, 30)
    running = job(service, job_id)
    assert (running["status"], running["current_stage"], running["progress_percent"]) == (
        "processing",
        "audio_analysis",
        30,
    )
    assert TIME.fullmatch(running["started_at"])
    assert running["completed_at"] is None
    assert "error" not in running


def test_a_failed_job_tells_why(service):
    """Stage, message and code, in its status and in its result."""
    job_id = service.add_job()
    service.begin(job_id, Stage.AUDIO_ANALYSIS)
    service.fail(job_id)
    failed = job(service, job_id)
    assert failed.keys() == JOB_KEYS | {"error"}
    assert (failed["status"], failed["current_stage"]) == ("failed", None)
    assert failed["error"] == {
        "stage": "audio_analysis",
        "message": "the sound cannot be decoded",
        "code": "PROCESSING_FAILED",
    }
    result = data(service.client.get(f"/api/v1/jobs/{job_id}/result"))
    assert result["error"] == failed["error"]
    assert result["output_video_url"] is None


def test_the_config_reaches_the_engine(service):
    """Every choice is stored as it was made."""
    config = {
        "quality": "high",
        "strength": 0.5,
        "aspect_ratio": "9:16",
        "frame_rate": 60,
        "max_height": 720,
        "seed": 7,
        "pacing": "highlights",
        "target_duration_seconds": 20,
        "output_format": "mp4",
    }
    job_id = service.add_job(video_id=service.add_video(), config=config)
    assert service.store.get_job(job_id).config == JobConfig(
        quality=Quality.HIGH,
        strength=0.5,
        aspect_ratio=AspectRatio.TALL,
        frame_rate=60,
        max_height=720,
        seed=7,
        pacing="highlights",
        target_duration_seconds=20,
    )


def test_a_whole_number_may_have_a_point(service):
    """JSON has one kind of number, so 10.0 is an integer; 10.5 is not (that it is refused is tested with the others)."""
    body = {"video_id": service.add_video(), "priority": 10.0, "config": {"max_height": 720.0, "seed": 7.0}}
    made = service.store.get_job(data(service.client.post("/api/v1/jobs", json=body))["job_id"])
    for number, meant in ((made.priority, 10), (made.config.max_height, 720), (made.config.seed, 7)):
        assert type(number) is int
        assert number == meant


def test_a_style_comes_back_as_a_config(service):
    """What one job found can be given to the next as it is."""
    first = service.add_job(template_video_id=service.add_video())
    service.finish_extraction(first)
    style = data(service.client.get(f"/api/v1/jobs/{first}/result"))["style_json"]
    second = service.add_job(video_id=service.add_video(), config={"style": style})
    assert service.store.get_job(second).config.style is not None
    assert style == STYLE_JSON


def test_a_result_shows_whatever_was_found(service):
    """Also more than a client may give: each beat of hours of music, and a text as long as it is."""
    beats = [{"timestamp_ms": number, "confidence": 0.9, "frequency": "bass"} for number in range(50_001)]
    overlay = {**STYLE_JSON["text_overlays"][0], "content": "x" * 4001, "position": [0.5, 1.01]}
    found = {**STYLE_JSON, "detected_beats": beats, "text_overlays": [overlay], "cut_frequency": 100_000.0}
    job_id = service.add_job()
    service.finish_extraction(job_id, found)
    result = service.client.get(f"/api/v1/jobs/{job_id}/result")
    assert data(result)["style_json"] == found


def test_a_job_says_whether_its_style_was_given(service):
    """In its status, in lists and in its result, by which it is told from one that keeps the footage's own."""
    own = service.add_job()
    given = service.add_job(video_id=service.add_video(), config={"style": STYLE_JSON})
    service.finish_extraction(given)
    assert [job(service, job_id)["style_given"] for job_id in (own, given)] == [False, True]
    listed = data(service.client.get("/api/v1/jobs?page_size=2"))["jobs"]
    assert [(each["job_id"], each["style_given"]) for each in listed] == [(given, True), (own, False)]
    assert data(service.client.get(f"/api/v1/jobs/{given}/result"))["style_given"] is True


def test_a_style_need_not_say_when_texts_appear(service):
    """Overlays have a start beyond the contract; a style without is taken as it is."""
    (overlay,) = STYLE_JSON["text_overlays"]
    contracts_own = {name: value for name, value in overlay.items() if name != "start_ms"}
    style = {**STYLE_JSON, "text_overlays": [contracts_own]}
    job_id = service.add_job(video_id=service.add_video(), config={"style": style})
    (given,) = service.store.get_job(job_id).config.style.text_overlays
    assert (given.start_ms, given.duration_ms) == (None, 2000)


def test_a_given_style_takes_the_place_of_the_uploads_template(service):
    """The default template is not analysed where it is not needed."""
    video_id = service.add_video(template_video_id=service.add_video())
    job_id = service.add_job(video_id=video_id, config={"style": STYLE_JSON})
    assert service.store.get_job(job_id).template_video_id is None


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"config": {"quality": "ultra"}}, "config.quality"),
        ({"config": {"quality": 1}}, "config.quality"),
        ({"config": {"output_format": "webm"}}, "config.output_format"),
        ({"config": {"pacing": "best"}}, "config.pacing"),
        ({"config": {"pacing": 1}}, "config.pacing"),
        ({"config": {"target_duration_seconds": 20}}, "config.target_duration_seconds"),
        ({"config": {"pacing": False, "target_duration_seconds": 20}}, "config.target_duration_seconds"),
        ({"config": {"pacing": "highlights", "target_duration_seconds": 0.9}}, "config.target_duration_seconds"),
        ({"config": {"pacing": "highlights", "target_duration_seconds": 3601}}, "config.target_duration_seconds"),
        ({"config": {"strength": 1.01}}, "config.strength"),
        ({"config": {"strength": -0.01}}, "config.strength"),
        ({"config": {"strength": "0.5"}}, "config.strength"),
        ({"config": {"render": "yes"}}, "config.render"),
        ({"config": {"render": 0}}, "config.render"),
        ({"config": {"render": 1}}, "config.render"),
        ({"config": {"audio": 1}}, "config.audio"),
        ({"config": {"aspect_ratio": "4:3"}}, "config.aspect_ratio"),
        ({"config": {"frame_rate": 25}}, "config.frame_rate"),
        ({"config": {"max_height": 143}}, "config.max_height"),
        ({"config": {"max_height": 4321}}, "config.max_height"),
        ({"config": {"max_height": 720.5}}, "config.max_height"),
        ({"config": {"min_height": 143}}, "config.min_height"),
        ({"config": {"min_height": 721, "max_height": 720}}, "config.min_height"),
        ({"config": {"seed": -1}}, "config.seed"),
        ({"config": {"seed": 2**32}}, "config.seed"),
        ({"config": {"speed": 2}}, "config.speed"),
        ({"config": []}, "config"),
        ({"colour": "red"}, "colour"),
        ({"webhook_url": "javascript:alert(1)"}, "webhook_url"),
        ({"webhook_url": "https://example.com/\r\nX: y"}, "webhook_url"),
        ({"webhook_url": "https://example.com/\u0000"}, "webhook_url"),
        ({"webhook_url": 5}, "webhook_url"),
        ({"video_id": 5}, "video_id"),
        ({"video_id": "../x"}, "video_id"),
        ({"video_id": "\u0000"}, "video_id"),
        ({"template_video_id": ""}, "template_video_id"),
        ({"config": {"style": {**STYLE_JSON, "motion_intensity": 101}}}, "config.style.motion_intensity"),
        ({"config": {"style": {**STYLE_JSON, "cut_frequency": 1.79e308}}}, "config.style.cut_frequency"),
        ({"config": {"style": {**STYLE_JSON, "mood": "calm"}}}, "config.style.mood"),
        ({"config": {"style": {**STYLE_JSON, "version": "2.0"}}}, "config.style.version"),
        ({"config": {"style": STYLE_JSON}, "template_video_id": "vid_t"}, "config.style"),
    ],
    ids=lambda value: str(value)[:60],
)
def test_what_is_not_accepted_is_named(client, body, field):
    """An unknown key, a wrong type or a value out of range: 422 with its path."""
    refused = error(client.post("/api/v1/jobs", json={"video_id": "vid_x", **body}), 422, "VALIDATION_ERROR")
    assert [each["field"] for each in refused["fields"]] == [field]
    assert refused["fields"][0]["message"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "video_id"),
        ({"config": {"quality": "low"}}, "video_id"),
        ({"video_id": None}, "video_id"),
        ({"video_id": "vid_x", "config": {"style": {}}}, "config.style.color_grade"),
    ],
    ids=["nothing", "no video", "null", "half a style"],
)
def test_what_is_missing_is_named(client, body, field):
    """An absent field is told from a wrong one."""
    refused = error(client.post("/api/v1/jobs", json=body), 422, "MISSING_FIELD")
    assert refused["fields"][0]["field"] == field


@pytest.mark.parametrize(
    "body", [{"video_id": "vid_gone"}, {"template_video_id": "vid_gone"}], ids=["video", "template"]
)
def test_unknown_videos_are_not_found(client, body):
    """The message says which."""
    assert "vid_gone" in error(client.post("/api/v1/jobs", json=body), 404, "VIDEO_NOT_FOUND")["detail"]


def test_the_same_work_is_not_done_twice_at_once(service):
    """A twin is refused with the first one's id, until that has ended."""
    video_id = service.add_video()
    first = service.add_job(video_id=video_id)
    twin = error(service.client.post("/api/v1/jobs", json={"video_id": video_id}), 409, "JOB_ALREADY_PROCESSING")
    assert first in twin["detail"]
    assert twin["job_id"] == first
    service.add_job(video_id=video_id, config={"quality": "low"})
    data(service.client.post(f"/api/v1/jobs/{first}/cancel"))
    service.add_job(video_id=video_id)


def test_a_full_queue_says_when_to_come_back(own_service):
    """503 with Retry-After, and the job is not there."""
    with own_service(max_queued_jobs=1) as service:
        service.add_job()
        refused = service.client.post("/api/v1/jobs", json={"video_id": service.add_video()})
        error(refused, 503, "QUEUE_FULL")
        assert int(refused.headers["retry-after"]) > 0
        assert data(service.client.get("/api/v1/jobs"))["total"] == 1


def test_the_result_waits_for_the_style(service):
    """409 until style_extraction has ended; then the style is there, though the job still renders."""
    job_id = service.add_job()
    url = f"/api/v1/jobs/{job_id}/result"
    error(service.client.get(url), 409, "RESULT_NOT_READY")
    service.begin(job_id)
    error(service.client.get(url), 409, "RESULT_NOT_READY")
    service.finish_extraction(job_id)
    result = data(service.client.get(url))
    assert result.keys() == JOB_KEYS | {"style_json", "output_video_url", "processing_time_seconds", "warnings"}
    assert result["style_json"] == STYLE_JSON
    assert (result["status"], result["output_video_url"], result["processing_time_seconds"]) == (
        "processing",
        None,
        None,
    )
    assert result["warnings"] == ["the video is short"]


def test_the_result_of_a_completed_job(service):
    """The output's address in the storage, the time it took, and the style."""
    job_id = service.rendered(b"pixels")
    result = data(service.client.get(f"/api/v1/jobs/{job_id}/result"))
    assert (result["status"], result["progress_percent"], result["current_stage"]) == ("completed", 100, None)
    assert result["output_video_url"] == service.objects.url(service.store.get_job(job_id).output_key)
    assert result["output_video_url"].startswith("file:///")
    assert result["processing_time_seconds"] >= 0
    assert result["style_json"] == STYLE_JSON


def test_what_is_large_in_a_job_is_not_read_to_show_how_it_stands(service):
    """Nor for its files and its result: a config that cannot be read, and for all but the result a style, is in nobody's way."""
    job_id = service.rendered(b"picture")
    path = f"/api/v1/jobs/{job_id}"
    unread = sa.update(jobs).where(jobs.c.job_id == job_id).values(config={"quality": "of a later version"})
    with service.store.database.begin() as connection:
        connection.execute(unread)
    assert data(service.client.get(f"{path}/result"))["style_json"] == STYLE_JSON
    with service.store.database.begin() as connection:
        connection.execute(unread.values(style_json={"version": "9"}))
    assert data(service.client.get(path))["status"] == "completed"
    assert "completed" in service.client.get(f"{path}/events").text
    assert data(service.client.get(f"{path}/artifacts"))["total"] == 2
    assert service.client.get(f"{path}/output").content == b"picture"
    assert service.client.get(f"{path}/artifacts/style.json").status_code == 200


def test_a_cancelled_job_without_a_style_has_no_result(service):
    """There is nothing to show, and there will not be."""
    job_id = service.add_job()
    data(service.client.post(f"/api/v1/jobs/{job_id}/cancel"))
    assert "cancelled" in error(service.client.get(f"/api/v1/jobs/{job_id}/result"), 409, "RESULT_NOT_READY")["detail"]


@pytest.mark.parametrize("begun", [False, True], ids=["queued", "processing"])
def test_a_job_can_be_cancelled_once(service, begun):
    """The second time it has ended already."""
    job_id = service.add_job()
    if begun:
        service.begin(job_id)
    cancelled = data(service.client.post(f"/api/v1/jobs/{job_id}/cancel"))
    assert (cancelled["status"], cancelled["current_stage"]) == ("cancelled", None)
    assert TIME.fullmatch(cancelled["completed_at"])
    error(service.client.post(f"/api/v1/jobs/{job_id}/cancel"), 409, "JOB_NOT_CANCELLABLE")


def test_jobs_are_listed_newest_first(own_service):
    """In pages, by status and by video."""
    with own_service() as service:
        video_id = service.add_video()
        ids = [service.add_job(), service.add_job(video_id=video_id), service.add_job(template_video_id=video_id)]
        service.begin(ids[0])

        def listed(**params):
            page = data(service.client.get("/api/v1/jobs", params=params))
            return [each["job_id"] for each in page["jobs"]], page["total"]

        assert listed() == (ids[::-1], 3)
        assert listed(page_size=2, page=2) == ([ids[0]], 3)
        assert listed(page=9) == ([], 3)
        assert listed(status="processing") == ([ids[0]], 1)
        assert listed(video_id=video_id) == ([ids[2], ids[1]], 2)


@pytest.mark.parametrize(
    ("params", "field"),
    [
        ({"page": 0}, "page"),
        ({"page": "x"}, "page"),
        ({"page": 10**30}, "page"),
        ({"page_size": 0}, "page_size"),
        ({"page_size": 101}, "page_size"),
        ({"status": "done"}, "status"),
    ],
    ids=str,
)
def test_pages_have_bounds(client, params, field):
    """A parameter out of bounds is named."""
    refused = error(client.get("/api/v1/jobs", params=params), 422, "VALIDATION_ERROR")
    assert [each["field"] for each in refused["fields"]] == [field]


def test_a_deleted_job_is_gone_with_its_files(service):
    """Nothing of it stays; its video does."""
    video_id = service.add_video()
    before = service.stored_files()
    job_id = service.add_job(video_id=video_id)
    service.finish_extraction(job_id)
    refused = service.client.delete(f"/api/v1/jobs/{job_id}")
    assert error(refused, 409, "JOB_ALREADY_PROCESSING")["job_id"] == job_id
    service.complete(job_id, b"pixels")
    assert service.stored_files() > before
    assert data(service.client.delete(f"/api/v1/jobs/{job_id}")) == {"job_id": job_id, "deleted": True}
    error(service.client.get(f"/api/v1/jobs/{job_id}"), 404, "JOB_NOT_FOUND")
    assert service.stored_files() == before


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", ""),
        ("GET", "/result"),
        ("GET", "/events"),
        ("GET", "/output"),
        ("GET", "/artifacts"),
        ("GET", "/artifacts/plan.json"),
        ("POST", "/cancel"),
        ("DELETE", ""),
    ],
    ids=str,
)
@pytest.mark.parametrize("job_id", ["job_gone", "%00", "job_" + "x" * 500], ids=["unknown", "zero byte", "long"])
def test_unknown_jobs_are_not_found(client, method, path, job_id):
    """On every route, whatever the id looks like."""
    error(client.request(method, f"/api/v1/jobs/{job_id}{path}"), 404, "JOB_NOT_FOUND")


@pytest.mark.parametrize("audio", [True, False, "source", "template", "mix"])
def test_the_caller_says_whose_sound_is_heard(service, audio):
    """With a template all of them can be had, also with one that was named at the upload."""
    body = {"video_id": service.add_video(), "template_video_id": service.add_video(), "config": {"audio": audio}}
    assert service.store.get_job(data(service.client.post("/api/v1/jobs", json=body))["job_id"]).config.audio == audio


@pytest.mark.parametrize("audio", ["template", "mix"])
@pytest.mark.parametrize("style", [{}, {"style": STYLE_JSON}], ids=["own style", "a style"])
def test_a_templates_sound_needs_a_template_video(service, audio, style):
    """A style has no sound, nor has nothing; `source` needs none."""
    body = {"video_id": service.add_video(), "config": {"audio": audio, **style}}
    refused = error(service.client.post("/api/v1/jobs", json=body), 422, "VALIDATION_ERROR")
    assert refused["fields"] == [{"field": "config.audio", "message": "needs a template_video_id, whose sound is used"}]
    body["config"]["audio"] = "source"
    data(service.client.post("/api/v1/jobs", json=body))


@pytest.mark.parametrize("audio", ["footage", 1, None, ["mix"]])
def test_no_other_sound_can_be_asked_for(service, audio):
    """By name."""
    body = {"video_id": service.add_video(), "template_video_id": service.add_video(), "config": {"audio": audio}}
    fields = error(service.client.post("/api/v1/jobs", json=body), 422, "VALIDATION_ERROR")["fields"]
    assert fields[0]["field"].startswith("config.audio")
