"""Outputs and artifacts over HTTP: whole, in parts, and what protects them."""

from __future__ import annotations

import random

import pytest

from api.rest import data, error
from clipzy.api.ranges import requested_range
from clipzy.errors import RangeNotSatisfiable
from clipzy.jobs.lifecycle import Stage

# larger than the storage's pieces of 4 MiB
OUTPUT = random.Random(1).randbytes(9_000_001)
SIZE = len(OUTPUT)


@pytest.fixture(scope="module")
def job_id(service):
    """A completed job with that output."""
    return service.rendered(OUTPUT)


@pytest.fixture(scope="module")
def get(client, job_id):
    """Asks for the output with these headers."""
    return lambda **headers: client.get(
        f"/api/v1/jobs/{job_id}/output", headers={name.replace("_", "-"): value for name, value in headers.items()}
    )


def test_the_whole_output(get, job_id):
    """Every byte, with what a player needs to ask for parts."""
    answer = get()
    assert (answer.status_code, answer.content) == (200, OUTPUT)
    assert answer.headers["content-type"] == "video/mp4"
    assert answer.headers["content-length"] == str(SIZE)
    assert answer.headers["accept-ranges"] == "bytes"
    assert answer.headers["etag"].startswith('"')
    assert answer.headers["content-disposition"] == f'attachment; filename="{job_id}.mp4"'
    assert "content-range" not in answer.headers


@pytest.mark.parametrize(
    ("asked", "start", "end"),
    [
        ("bytes=0-0", 0, 1),
        ("bytes=100-199", 100, 200),
        ("bytes=4194300-8388700", 4194300, 8388701),
        (f"bytes={SIZE - 1}-", SIZE - 1, SIZE),
        ("bytes=0-", 0, SIZE),
        ("bytes=-500", SIZE - 500, SIZE),
        (f"bytes=-{SIZE * 2}", 0, SIZE),
        (f"bytes=5-{SIZE * 2}", 5, SIZE),
        ("Bytes=1-2", 1, 3),
    ],
)
def test_a_part_of_the_output(get, asked, start, end):
    """206 with exactly these bytes."""
    answer = get(range=asked)
    assert answer.status_code == 206
    assert answer.content == OUTPUT[start:end]
    assert answer.headers["content-range"] == f"bytes {start}-{end - 1}/{SIZE}"
    assert answer.headers["content-length"] == str(end - start)


@pytest.mark.parametrize("asked", [f"bytes={SIZE}-", f"bytes={SIZE}-{SIZE + 5}", "bytes=-0", "bytes=99999999999-"])
def test_bytes_that_do_not_exist(get, asked):
    """416 in the envelope, with the size there is."""
    answer = get(range=asked)
    error(answer, 416, "RANGE_NOT_SATISFIABLE")
    assert answer.headers["content-range"] == f"bytes */{SIZE}"


@pytest.mark.parametrize(
    "asked", ["bytes=5-2", "bytes=-", "bytes=a-b", "items=0-1", "bytes 0-1", "bytes=0-1,5-6", "bytes=٣-"]
)
def test_ranges_that_may_be_ignored_are(asked):
    """Nonsense, other units and lists of ranges: the whole file, as RFC 9110 allows."""
    assert requested_range(asked, 10) is None


def test_an_empty_file_has_no_range():
    """Every part of nothing is out of range; the whole of it is not."""
    assert requested_range(None, 0) is None
    with pytest.raises(RangeNotSatisfiable):
        requested_range("bytes=0-", 0)


def test_a_part_is_added_only_to_the_same_file(get):
    """If-Range: with the right tag the part, with another, a weak one or a date the whole file."""
    etag = get(range="bytes=0-0").headers["etag"]
    assert get(range="bytes=0-9", if_range=etag).status_code == 206
    for other in ('"other"', f"W/{etag}", "Wed, 21 Oct 2015 07:28:00 GMT"):
        assert get(range="bytes=0-9", if_range=other).status_code == 200


def test_a_file_that_the_client_has_is_not_sent_again(get):
    """304 for its tag, also among others and as a weak one."""
    etag = get(range="bytes=0-0").headers["etag"]
    for known in (etag, f'"other", {etag}', f"W/{etag}", "*"):
        answer = get(if_none_match=known)
        assert (answer.status_code, answer.content, answer.headers["etag"]) == (304, b"", etag)
    assert get(if_none_match='"other"', range="bytes=0-9").status_code == 206


def test_head_tells_without_sending(client, job_id):
    """The headers of GET, whole and in part, and no byte."""
    url = f"/api/v1/jobs/{job_id}/output"
    whole = client.head(url)
    assert (whole.status_code, whole.content, whole.headers["content-length"]) == (200, b"", str(SIZE))
    assert whole.headers["content-type"] == "video/mp4"
    part = client.head(url, headers={"range": "bytes=1-4"})
    assert (part.status_code, part.headers["content-length"]) == (206, "4")
    assert client.head("/api/v1/jobs/job_gone/output").status_code == 404


def test_a_client_may_leave_in_the_middle(client, job_id):
    """The next one is served."""
    with client.stream("GET", f"/api/v1/jobs/{job_id}/output") as stream:
        next(stream.iter_raw())
    assert client.get(f"/api/v1/jobs/{job_id}/output", headers={"range": "bytes=0-1"}).content == OUTPUT[:2]


def test_the_output_is_there_when_the_job_is_completed(service):
    """409 before; a job that never has one: 404 with the reason."""
    rendering = service.add_job()
    service.begin(rendering, Stage.RENDERING)
    error(service.client.get(f"/api/v1/jobs/{rendering}/output"), 409, "RESULT_NOT_READY")
    service.fail(rendering)
    assert "failed" in error(service.client.get(f"/api/v1/jobs/{rendering}/output"), 404, "NOT_FOUND")["detail"]
    template_only = service.add_job(template_video_id=service.add_video())
    assert "style" in error(service.client.get(f"/api/v1/jobs/{template_only}/output"), 404, "NOT_FOUND")["detail"]


def test_artifacts_are_listed_and_read(service, job_id):
    """By name, with size and type; each is what was stored."""
    listed = data(service.client.get(f"/api/v1/jobs/{job_id}/artifacts"))
    assert listed["total"] == 2
    assert [(each["name"], each["size_bytes"], each["content_type"]) for each in listed["artifacts"]] == [
        ("output.mp4", SIZE, "video/mp4"),
        ("style.json", 2, "application/json"),
    ]
    style = service.client.get(f"/api/v1/jobs/{job_id}/artifacts/style.json")
    assert (style.status_code, style.content) == (200, b"{}")
    assert style.headers["content-disposition"] == f'attachment; filename="{job_id}-style.json"'
    assert "sandbox" in style.headers["content-security-policy"]


def test_a_queued_job_has_no_artifacts(service):
    """An empty list."""
    assert data(service.client.get(f"/api/v1/jobs/{service.add_job()}/artifacts")) == {"artifacts": [], "total": 0}


@pytest.mark.parametrize("name", ["other.json", "..%2Fstyle.json", "%2e%2e", "style.json%00"])
def test_only_listed_names_are_artifacts(client, job_id, name):
    """A name is looked up, never used as a path."""
    error(client.get(f"/api/v1/jobs/{job_id}/artifacts/{name}"), 404, "NOT_FOUND")


def test_an_output_whose_bytes_are_gone_is_not_found(service):
    """Removed behind our back: an error, not a broken answer."""
    job_id = service.rendered(b"pixels")
    service.objects.delete((service.store.get_job(job_id).output_key,))
    error(service.client.get(f"/api/v1/jobs/{job_id}/output"), 404, "NOT_FOUND")
