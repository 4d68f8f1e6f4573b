"""Damaged, misnamed and hostile files as uploads: each is answered with 200 or 422, and of what is refused nothing stays."""

from __future__ import annotations

import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path

import pytest

from api.rest import data, serving
from clipzy.jobs.engine import prepare_database
from fuzz.damage import SUFFIXES, damaged
from fuzz.witness import SECRET

URL = "/api/v1/videos/upload"
MANY = 9  # damaged files of each kind and container in the long run
AT_ONCE = 3
PATIENCE_S = 60.0  # for one answer, on a machine that is busy


@pytest.fixture
def service(tmp_path):
    """An API of its own."""
    database = tmp_path / "fresh.db"
    prepare_database(f"sqlite:///{database}")
    with serving(tmp_path / "service", database) as running:
        yield running


def send(service, name, content):
    """Upload a file; the answer's status, after a look at all of it."""
    start = time.monotonic()
    answer = service.client.post(URL, files={"file": (name, content)}, timeout=PATIENCE_S)
    assert answer.status_code in {200, 422}, (name, answer.text)
    body = answer.json()
    assert body["success"] is (answer.status_code == 200)
    if answer.status_code == 422:
        assert body["error"]["code"] in {"INVALID_VIDEO", "UNSUPPORTED_FORMAT"}, (name, body)
        assert body["error"]["detail"]
    assert SECRET not in answer.text
    assert "Traceback" not in answer.text
    assert time.monotonic() - start < PATIENCE_S
    return answer.status_code


def send_all(service, files, sound):
    """Upload them all, some at once, and look at what is left; how many were answered with which status."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        counted = Counter(pool.map(lambda file: send(service, *file), files))
    assert len(service.stored_files()) == counted[200]
    assert remains(service) == []
    assert service.client.get("/readyz").status_code == 200
    video = data(service.client.post(URL, files={"file": ("sound.mp4", sound)}))
    assert (video["metadata"]["width"], video["metadata"]["codec"]) == (64, "h264")
    return counted


def remains(service) -> list[Path]:
    """Files that uploads have left outside the storage's own place for videos, the database's apart."""
    settings = service.services.settings
    found = [*settings.local_storage_path.rglob("*"), *settings.data_path.rglob("*")]
    kept = settings.local_storage_path / "videos"
    return [path for path in found if path.is_file() and kept not in path.parents and "clipzy.db" not in path.name]


def test_hostile_uploads_are_refused_and_leave_nothing(service, videos, scripts, pointers, misnamed, witness):
    """Some of every kind: the API answers each, follows no reference, and takes a sound video afterwards."""
    some = [*islice(scripts.items(), 3), *islice(misnamed.items(), 3), *pointers.items()]
    counted = send_all(service, [*some, *islice(damaged(videos, 1, seed=40), 0, None, 3)], videos[".mp4"])
    assert counted[200] > 0 < counted[422]
    assert not witness.opened
    assert witness.connections == []


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_more_than_five_hundred_hostile_uploads_leave_nothing(
    service, videos, scripts, pointers, misnamed, liars, witness
):
    """All there is, scripts and files of other kinds under every accepted name."""
    texts = {Path(name).stem: content for name, content in {**scripts, **misnamed}.items()}
    everywhere = {f"{stem}{suffix}": content for stem, content in texts.items() for suffix in SUFFIXES}
    files = [*everywhere.items(), *pointers.items(), *liars.items(), *damaged(videos, MANY, seed=41)]
    assert len(files) > 500
    counted = send_all(service, files, videos[".mp4"])
    assert counted[422] > len(everywhere)
    assert not witness.opened
    assert witness.connections == []
