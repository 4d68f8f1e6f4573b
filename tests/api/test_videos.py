"""Uploads that are accepted, listed, read and deleted."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from urllib.parse import unquote, urlparse

import pytest

from api.rest import data, error
from clipzy.tokens import Scope, new_token

KINDS = ["mp4", "mov", "avi", "mkv", "webm"]


def upload(client, path, name=None, **fields):
    """Send a file."""
    return client.post("/api/v1/videos/upload", files={"file": (name or path.name, path.read_bytes())}, data=fields)


@pytest.mark.parametrize("kind", KINDS)
def test_a_video_is_accepted_and_described(client, clips, kind):
    """Each container is taken in, and its metadata are those of the file."""
    path = clips / f"clip.{kind}"
    video = data(upload(client, path))
    assert re.fullmatch(r"vid_[A-Za-z0-9_-]{16,}", video["video_id"])
    assert video["filename"] == path.name
    assert video["file_size_bytes"] == path.stat().st_size
    metadata = video["metadata"]
    assert (metadata["width"], metadata["height"], metadata["format"]) == (160, 90, kind)
    assert metadata["duration_seconds"] == pytest.approx(1.0, abs=0.1)
    assert metadata["frame_rate"] == pytest.approx(12, abs=0.1)
    assert metadata["bitrate_kbps"] > 0
    assert metadata["codec"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", video["uploaded_at"])


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("clip.mp4", 'attachment; filename="clip.mp4"'),
        (
            'Rügen, "Tag 2".MOV',
            "attachment; filename=\"R_gen___Tag_2_.MOV\"; filename*=UTF-8''R%C3%BCgen%2C%20%22Tag%202%22.MOV",
        ),
    ],
    ids=["plain", "umlauts"],
)
def test_an_upload_comes_back_under_its_name(service, name, told):
    """As RFC 6266 has it, so that editors find it by the name that timelines have; what it is goes by its content."""
    video_id = service.add_video(filename=name)
    answer = service.client.get(f"/api/v1/videos/{video_id}/file")
    assert answer.headers["content-disposition"] == told
    assert answer.headers["content-type"] == "video/mp4"


def test_the_stored_file_is_what_was_sent(service, clips):
    """Byte for byte, at its storage_url, and with its SHA-256 remembered."""
    sent = (clips / "clip.mp4").read_bytes()
    video = data(upload(service.client, clips / "clip.mp4"))
    assert Path(unquote(urlparse(video["storage_url"]).path)).read_bytes() == sent
    assert service.store.get_video(video["video_id"]).content_hash == hashlib.sha256(sent).hexdigest()


def test_size_is_as_displayed(client, clips):
    """A video that is turned by a quarter has its sides exchanged."""
    metadata = data(upload(client, clips / "turned.mp4"))["metadata"]
    assert (metadata["width"], metadata["height"]) == (90, 160)


def test_format_is_read_from_the_content(client, clips):
    """A Matroska file that is called .mp4 is accepted as what it is."""
    assert data(upload(client, clips / "clip.mkv", name="clip.mp4"))["metadata"]["format"] == "mkv"


def test_an_upload_can_be_read_again(client, clips):
    """Reading a video gives what its upload gave."""
    video = data(upload(client, clips / "clip.mp4"))
    assert data(client.get(f"/api/v1/videos/{video['video_id']}")) == video


def test_uploads_are_found_by_their_ids(own_service):
    """Those that there are, and no more than are the caller's; newest first, as ever."""
    (alice, alices), (bob, bobs) = (new_token(name, Scope.WRITE) for name in ("alice", "bob"))
    with own_service(api_tokens=f"{alices},{bobs}") as service:
        ours, others, theirs = (service.add_video(owner=owner) for owner in ("alice", "alice", "bob"))
        asked = {"video_id": [ours, "vid_none", theirs, others]}

        def found(token, **more):
            headers = {"Authorization": f"Bearer {token}"}
            return service.client.get("/api/v1/videos", params={**asked, **more}, headers=headers)

        listed = data(found(alice))
        assert [each["video_id"] for each in listed["videos"]] == [others, ours]
        assert listed["total"] == 2
        assert [each["video_id"] for each in data(found(alice, page=2, page_size=1))["videos"]] == [ours]
        assert [each["video_id"] for each in data(found(bob))["videos"]] == [theirs]
        error(found(alice, video_id=["vid_x"] * 101), 422, "VALIDATION_ERROR")
        error(found(alice, video_id=["../x"]), 422, "VALIDATION_ERROR")


def test_uploads_are_listed_newest_first(own_service):
    """Pages hold what is asked for, with the total."""
    with own_service() as service:
        ids = [service.add_video() for _ in range(3)]
        first = data(service.client.get("/api/v1/videos", params={"page_size": 2}))
        second = data(service.client.get("/api/v1/videos", params={"page_size": 2, "page": 2}))
    assert [video["video_id"] for video in first["videos"] + second["videos"]] == ids[::-1]
    assert (first["total"], first["page"], first["page_size"]) == (3, 1, 2)
    assert second["page"] == 2


def test_a_deleted_video_is_gone_with_its_file(service):
    """Neither its row nor its file stays."""
    before = service.stored_files()
    video_id = service.add_video()
    assert data(service.client.delete(f"/api/v1/videos/{video_id}")) == {"video_id": video_id, "deleted": True}
    error(service.client.get(f"/api/v1/videos/{video_id}"), 404, "VIDEO_NOT_FOUND")
    error(service.client.delete(f"/api/v1/videos/{video_id}"), 404, "VIDEO_NOT_FOUND")
    assert service.stored_files() == before


@pytest.mark.parametrize("role", ["video_id", "template_video_id"])
def test_a_video_in_use_stays(service, role):
    """While a job needs it, it cannot be deleted; after that it can."""
    video_id = service.add_video()
    job_id = service.add_job(**{role: video_id})
    refused = error(service.client.delete(f"/api/v1/videos/{video_id}"), 409, "VIDEO_IN_USE")
    assert job_id in refused["detail"]
    assert refused["job_id"] == job_id
    data(service.client.post(f"/api/v1/jobs/{job_id}/cancel"))
    data(service.client.delete(f"/api/v1/videos/{video_id}"))


def test_what_came_with_the_upload_becomes_the_jobs_default(service, clips):
    """Template and webhook of the upload hold for jobs on the video that name none; the job's own win."""
    template, other = service.add_video(), service.add_video()
    hook = "https://example.com/upload"
    sent = upload(service.client, clips / "clip.mp4", template_video_id=template, webhook_url=hook)
    video_id = data(sent)["video_id"]
    by_default = service.store.get_job(service.add_job(video_id=video_id))
    assert (by_default.template_video_id, by_default.webhook_url) == (template, hook)
    own = service.store.get_job(
        service.add_job(video_id=video_id, template_video_id=other, webhook_url="https://example.com/job")
    )
    assert (own.template_video_id, own.webhook_url) == (other, "https://example.com/job")


def test_the_webhook_of_a_templates_upload_holds_where_there_is_no_footage(service):
    """A job that only reads its style tells that URL of its end; the job's own wins, and so does footage, be it without one."""
    hook, other = "https://example.com/template", "https://example.com/other"
    template, footage, silent = (service.add_video(webhook_url=url) for url in (hook, other, None))

    def told(**job) -> str | None:
        job_id = service.add_job(template_video_id=template, **job)
        data(service.client.post(f"/api/v1/jobs/{job_id}/cancel"))  # the same work is not done twice at a time
        return service.store.get_job(job_id).webhook_url

    assert told() == hook
    assert told(webhook_url="https://example.com/job") == "https://example.com/job"
    assert told(video_id=footage) == other
    assert told(video_id=silent) is None


def test_a_job_can_go_without_the_uploads_template(service):
    """It says null in its place; an upload says what was named."""
    template = service.add_video()
    video_id = service.add_video(template_video_id=template)
    assert data(service.client.get(f"/api/v1/videos/{video_id}"))["template_video_id"] == template
    assert data(service.client.get(f"/api/v1/videos/{template}"))["template_video_id"] is None
    assert service.store.get_job(service.add_job(video_id=video_id, template_video_id=None)).template_video_id is None


@pytest.mark.parametrize("config", [{}, {"render": False}], ids=["whole", "style"])
def test_a_job_goes_without_a_template_that_was_deleted(service, config):
    """Where it was named with the upload; its result says so, and what the job itself names must be there."""
    template = service.add_video()
    video_id = service.add_video(template_video_id=template)
    data(service.client.delete(f"/api/v1/videos/{template}"))
    job_id = service.add_job(video_id=video_id, config=config)
    assert service.store.get_job(job_id).template_video_id is None
    service.finish_extraction(job_id)
    warnings = data(service.client.get(f"/api/v1/jobs/{job_id}/result"))["warnings"]
    assert [template in each for each in warnings] == [True, False]
    named = service.client.post("/api/v1/jobs", json={"video_id": video_id, "template_video_id": template})
    error(named, 404, "VIDEO_NOT_FOUND")


def test_empty_form_fields_count_as_absent(service, clips):
    """A browser's form sends fields that were left empty."""
    video = data(upload(service.client, clips / "clip.mp4", template_video_id="", webhook_url=""))
    stored = service.store.get_video(video["video_id"])
    assert (stored.template_video_id, stored.webhook_url) == (None, None)
