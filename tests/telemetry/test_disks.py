"""Room on the disks of the engine's folders."""

from __future__ import annotations

import shutil

import pytest

from clipzy.telemetry.disks import Disks
from workshop import settings_in


def told(settings):
    """By metric and folder."""
    return {
        (sample.name, sample.labels["folder"]): sample.value
        for family in Disks(settings).collect()
        for sample in family.samples
    }


def test_free_room_and_size_are_told_of_each_folder(tmp_path):
    """Also before the folders are made."""
    found = told(settings_in(tmp_path))
    usage = shutil.disk_usage(tmp_path)
    assert found["clipzy_disk_size_bytes", "data"] == found["clipzy_disk_size_bytes", "storage"] == usage.total
    assert found["clipzy_disk_free_bytes", "data"] == pytest.approx(usage.free, rel=0.05)


def test_a_bucket_has_no_disk(tmp_path):
    """With STORAGE_TYPE=s3 only the data folder is told."""
    assert {folder for _, folder in told(settings_in(tmp_path, storage_type="s3"))} == {"data"}
