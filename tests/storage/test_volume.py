"""The folder of a local storage, on disks that are away or take no writes."""

from __future__ import annotations

import errno
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest

from clipzy.errors import StorageUnavailable
from clipzy.storage.volume import Volume

ADVICE = "LOCAL_STORAGE_PATH"


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


def test_a_volume_that_was_mounted_late_is_told_from_one_that_is_missing():
    """What the engine has stored before lies below it: it has to be started anew."""
    late = replace(Volume.of(Path("/proc")), mount=Path("/"))
    with pytest.raises(StorageUnavailable, match=r"mounted at /proc after .* start the engine anew"):
        late.expect()


def test_a_full_disk_is_not_away(tmp_path, monkeypatch):
    """Files can be read from it, and deleted."""

    def full(**_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(tempfile, "TemporaryFile", full)
    Volume.of(tmp_path).try_writing()
