"""The folder of a local storage, on disks that are away or take no writes."""

from __future__ import annotations

import errno
import os
import subprocess
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest

from clipzy.errors import StorageUnavailable
from clipzy.storage.volume import Volume

ADVICE = "LOCAL_STORAGE_PATH"


@pytest.fixture
def bound(tmp_path):
    """A folder to be mounted onto itself: a mount of the disk on which it lies, as the volumes of containers are."""
    folder = tmp_path / "a \\ volume"
    folder.mkdir()

    def mount():
        command = ["mount", "--bind", str(folder), str(folder)]
        if os.geteuid() != 0 or subprocess.run(command, check=False, capture_output=True).returncode != 0:
            pytest.skip("only root may mount a folder")

    def unmount():
        subprocess.run(["umount", "--lazy", str(folder)], check=True)

    mount.folder, mount.unmount = folder, unmount
    yield mount
    subprocess.run(["umount", "--lazy", str(folder)], check=False, capture_output=True)


def test_a_folder_that_takes_no_writes_is_away():
    """Nobody can make a file in the system's folder of processes."""
    volume = Volume.of(Path("/proc"))
    volume.expect()
    with pytest.raises(StorageUnavailable, match=ADVICE):
        volume.try_writing()


def test_a_folder_that_is_gone_is_away_and_is_not_made(tmp_path):
    """What was made there would lie on the disk below, hidden once the volume is mounted again."""
    volume = Volume.of(tmp_path / "storage")
    for ask in (volume.expect, volume.try_writing):
        with pytest.raises(StorageUnavailable, match=ADVICE):
            ask()
    assert not (tmp_path / "storage").exists()


def test_a_volume_that_was_unmounted_is_away(tmp_path):
    """Its mount point is still a folder that takes writes."""
    mounted = replace(Volume.of(tmp_path), mount=tmp_path)
    with pytest.raises(StorageUnavailable, match="not mounted"):
        mounted.expect()


def test_a_mount_of_the_same_disk_that_was_unmounted_is_away(bound):
    """Only the list of mounts tells it from the folder below, which has the same device."""
    bound()
    volume = Volume.of(bound.folder)
    volume.expect()
    bound.unmount()
    with pytest.raises(StorageUnavailable, match="not mounted"):
        volume.expect()


def test_a_mount_of_the_same_disk_that_came_late_is_told(bound):
    """What is stored from then on would lie apart from what was stored before."""
    volume = Volume.of(bound.folder)
    bound()
    with pytest.raises(StorageUnavailable, match=r"mounted at .* restart the engine"):
        volume.expect()


def test_a_system_that_lists_no_mounts_tells_other_disks(tmp_path, monkeypatch):
    """As those other than Linux."""
    monkeypatch.setattr("clipzy.storage.volume.MOUNTS", tmp_path / "missing")
    assert Volume.of(Path("/proc/sys")).mount == Path("/proc")


def test_a_volume_that_was_mounted_late_is_told_from_one_that_is_missing():
    """What the engine has stored before lies below it: it has to be started anew."""
    late = replace(Volume.of(Path("/proc")), mount=Path("/"))
    with pytest.raises(StorageUnavailable, match=r"mounted at /proc after .* restart the engine"):
        late.expect()


def test_a_full_disk_is_not_away(tmp_path, monkeypatch):
    """Files can be read from it, and deleted."""

    def full(**_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(tempfile, "TemporaryFile", full)
    Volume.of(tmp_path).try_writing()
