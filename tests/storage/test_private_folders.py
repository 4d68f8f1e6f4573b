"""What the engine makes on a disk is its user's alone; what it finds there keeps its rights."""

from __future__ import annotations

import os
import stat

import pytest

from clipzy.jobs.engine import prepare_database
from clipzy.jobs.folders import Folders
from clipzy.settings import Settings
from clipzy.storage.objects import open_objects


@pytest.fixture(autouse=True)
def usual_umask():
    """By which others may read new files."""
    before = os.umask(0o022)
    yield
    os.umask(before)


def rights(path):
    """Of a file or folder."""
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture
def opened(tmp_path):
    """Opens all that the engine keeps on a disk, below a folder that is missing, or is there; the settings."""
    settings = Settings(
        _env_file=None, data_path=tmp_path / "host" / "data", local_storage_path=tmp_path / "host" / "data" / "storage"
    )

    def run():
        open_objects(settings)
        prepare_database(settings.resolved_database_url)
        Folders(settings.data_path)
        return settings

    return run


def test_new_folders_and_the_database_are_their_users_alone(opened, tmp_path):
    """Whichever is made first; also SQLite's logs beside the database, which hold rows."""
    settings = opened()
    made = (tmp_path / "host", settings.data_path, settings.local_storage_path)
    assert [rights(path) for path in made] == [0o700] * 3
    databases = {
        path.name: rights(path) for path in settings.data_path.glob("clipzy.db*") if path.suffix != ".migrating"
    }
    assert set(databases.values()) == {0o600}


def test_folders_that_are_there_keep_their_rights(opened, tmp_path):
    """As a volume that a group may write to."""
    storage = tmp_path / "host" / "data" / "storage"
    storage.mkdir(parents=True)
    for folder in (storage, storage.parent):
        folder.chmod(0o2775)
    opened()
    assert [rights(folder) for folder in (storage, storage.parent)] == [0o2775] * 2
