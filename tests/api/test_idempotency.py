"""The same request sent twice under an Idempotency-Key."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
import sqlalchemy as sa

from api.rest import data, error, serving
from clipzy.jobs.engine import prepare_database
from clipzy.jobs.idempotency import LIFETIME
from clipzy.storage.tables import idempotency_keys


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def service(request, tmp_path_factory, fresh_database):
    """An API of these tests' own on either database: of two equal requests at once it is that which lets one through."""
    if request.param == "sqlite":
        with serving(tmp_path_factory.mktemp("service"), fresh_database) as running:
            yield running
        return
    postgres = request.getfixturevalue("postgres")
    url = postgres.new_database()
    prepare_database(url)
    with serving(tmp_path_factory.mktemp("service"), fresh_database, database_url=url) as running:
        yield running
    postgres.drop(url)


def create(service, key, **body):
    """Ask for a job under a key."""
    return service.client.post("/api/v1/jobs", json=body, headers={"Idempotency-Key": key})


def test_the_same_request_gives_the_same_job(service):
    """However its JSON is written, while the job waits and after its end, even without its video."""
    video_id = service.add_video()
    first = data(create(service, "a 1", video_id=video_id, priority=3))
    again = data(create(service, "a 1", priority=3, video_id=video_id, config=None, metadata={}))
    assert again == first
    data(service.client.post(f"/api/v1/jobs/{first['job_id']}/cancel"))
    data(service.client.delete(f"/api/v1/videos/{video_id}"))
    answer = create(service, "a 1", video_id=video_id, priority=3)
    ended = data(answer)
    assert answer.json()["message"] == "Job is cancelled"
    assert (ended["job_id"], ended["status"]) == (first["job_id"], "cancelled")


def test_another_request_under_the_key_is_refused(service):
    """It has a code of its own, and no job comes of it."""
    video_id = service.add_video()
    data(create(service, "b", video_id=video_id))
    error(create(service, "b", video_id=video_id, config={"quality": "low"}), 422, "IDEMPOTENCY_CONFLICT")
    assert data(service.client.get("/api/v1/jobs", params={"video_id": video_id}))["total"] == 1


def test_no_template_is_another_request_than_the_uploads(service):
    """The one is said with null, the other by leaving it out."""
    video_id = service.add_video(template_video_id=service.add_video())
    data(create(service, "b 1", video_id=video_id))
    error(create(service, "b 1", video_id=video_id, template_video_id=None), 422, "IDEMPOTENCY_CONFLICT")


def test_without_a_key_a_twin_is_a_twin(service):
    """Under another key too: the same work is not done twice at once."""
    video_id = service.add_video()
    data(create(service, "c", video_id=video_id))
    error(create(service, "d", video_id=video_id), 409, "JOB_ALREADY_PROCESSING")
    error(service.client.post("/api/v1/jobs", json={"video_id": video_id}), 409, "JOB_ALREADY_PROCESSING")


def test_a_refused_request_leaves_its_key_free(service):
    """What failed for want of a video succeeds under the same key once it is there."""
    error(create(service, "e", video_id="vid_gone"), 404, "VIDEO_NOT_FOUND")
    data(create(service, "e", video_id=service.add_video()))


def test_of_equal_requests_at_once_one_makes_the_job(service):
    """Eight at a time all get the same one."""
    video_id = service.add_video()
    barrier, got = threading.Barrier(8), []

    def ask():
        barrier.wait()
        got.append(data(create(service, "f", video_id=video_id))["job_id"])

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(got) == 8
    assert len(set(got)) == 1
    assert data(service.client.get("/api/v1/jobs", params={"video_id": video_id}))["total"] == 1


def test_a_key_counts_for_a_day(service):
    """After that it may name another request."""
    video_id = service.add_video()
    first = data(create(service, "g", video_id=video_id))["job_id"]
    with service.store.database.begin() as connection:
        old = idempotency_keys.c.created_at
        row = sa.and_(idempotency_keys.c.key == "g", idempotency_keys.c.job_id == first)
        moment = connection.scalar(sa.select(old).where(row)) - LIFETIME - timedelta(seconds=1)
        connection.execute(sa.update(idempotency_keys).where(row).values(created_at=moment))
    second = data(create(service, "g", video_id=video_id, config={"quality": "low"}))["job_id"]
    assert second != first
    assert data(create(service, "g", video_id=video_id, config={"quality": "low"}))["job_id"] == second


def test_a_deleted_job_frees_its_key(service):
    """The same request then makes a new one."""
    video_id = service.add_video()
    first = data(create(service, "h", video_id=video_id))["job_id"]
    data(service.client.post(f"/api/v1/jobs/{first}/cancel"))
    data(service.client.delete(f"/api/v1/jobs/{first}"))
    assert data(create(service, "h", video_id=video_id))["job_id"] != first


@pytest.mark.parametrize("key", [b"", b"x" * 256, "ü".encode(), b"a\tb"], ids=["empty", "long", "not ASCII", "tab"])
def test_a_key_has_a_form(service, key):
    """1 to 255 printable ASCII characters, else it is named."""
    headers = [(b"Idempotency-Key", key)]
    refused = service.client.post("/api/v1/jobs", json={"video_id": service.add_video()}, headers=headers)
    assert [each["field"] for each in error(refused, 422, "VALIDATION_ERROR")["fields"]] == ["Idempotency-Key"]
