"""The API while the volume of its local storage is read-only, or not mounted: 503 with Retry-After, and nothing done by halves."""

from __future__ import annotations

import os
import subprocess

import pytest

from api.rest import data, error
from clipzy.api.uploads import INCOMING


@pytest.fixture
def volume(tmp_path):
    """A small volume to mount anew, or otherwise."""
    folder = tmp_path / "volume"
    folder.mkdir()

    def mount(options="size=8m"):
        command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)]
        if os.geteuid() != 0 or subprocess.run(command, check=False, capture_output=True).returncode != 0:
            pytest.skip("only root may mount a volume")

    def unmount():
        subprocess.run(["umount", "--lazy", str(folder)], check=True)

    mount.folder, mount.unmount = folder, unmount
    mount()
    yield mount
    subprocess.run(["umount", "--lazy", str(folder)], check=False, capture_output=True)


@pytest.fixture
def service(own_service, volume):
    """An API whose storage is that volume."""
    with own_service(local_storage_path=volume.folder) as service:
        yield service


def send(service, clips):
    """Upload a video."""
    with (clips / "clip.mp4").open("rb") as file:
        return service.client.post("/api/v1/videos/upload", files={"file": ("clip.mp4", file)})


def is_away(response):
    """The refusal, which asks to come again."""
    assert "LOCAL_STORAGE_PATH" in error(response, 503, "SERVICE_UNAVAILABLE")["detail"]
    assert response.headers["retry-after"]


def test_a_volume_that_takes_no_writes_refuses_uploads(service, volume, clips):
    """It is still read from; once it takes writes again, so do uploads."""
    video_id = service.add_video(b"pixels")
    volume("remount,ro")
    is_away(send(service, clips))
    assert service.client.get(f"/api/v1/videos/{video_id}/file").content == b"pixels"
    volume("remount,rw")
    data(send(service, clips))


def test_an_api_starts_on_a_volume_that_takes_no_writes(own_service, volume, clips):
    """It says that it is not ready, for as long as that is so."""
    volume("remount,ro")
    with own_service(local_storage_path=volume.folder) as service:
        assert service.client.get("/livez").status_code == 200
        assert service.client.get("/readyz").status_code == 503
        volume("remount,rw")
        data(send(service, clips))


def test_a_volume_that_is_not_mounted_is_away_and_stays_empty(service, volume, clips):
    """What it holds is not said to be missing; mounted anew, and empty, it is used at once."""
    video_id = service.add_video(b"pixels")
    volume.unmount()
    is_away(send(service, clips))
    is_away(service.client.get(f"/api/v1/videos/{video_id}/file"))
    is_away(service.client.delete(f"/api/v1/videos/{video_id}"))
    assert list(volume.folder.iterdir()) == []
    volume()
    assert not (volume.folder / INCOMING).exists()
    data(send(service, clips))
