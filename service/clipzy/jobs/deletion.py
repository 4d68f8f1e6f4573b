"""Deletes a job or a video with its files: the row first, since a row whose file is gone would be a broken promise.

The row's deletion leaves a tombstone: files that cannot be deleted now, because the storage goes away just then or the process
dies, go with a later sweep.
"""

from __future__ import annotations

from collections.abc import Sequence

from clipzy.errors import StorageUnavailable
from clipzy.jobs.records import JobFiles
from clipzy.jobs.store import Store
from clipzy.storage.keys import job_prefix, thumbnail_key
from clipzy.storage.objects import ObjectStore
from clipzy.telemetry import log


def delete_job(store: Store, objects: ObjectStore, job_id: str, owner: str | None = None) -> None:
    """Delete a job that has ended, with its files.

    Raises:
        JobNotFound: there is none of that id.
        JobAlreadyProcessing: it has not ended.
        StorageUnavailable: the storage is away, and nothing was deleted.
    """
    store.read(JobFiles, job_id, owner)  # of what is another's, or nobody's, the storage is asked nothing
    keys = objects.list(job_prefix(job_id))  # asked before: what cannot be deleted whole stays
    store.delete_job(job_id, owner)
    _delete(objects, keys)


def delete_video(store: Store, objects: ObjectStore, video_id: str, owner: str | None = None) -> None:
    """Delete a video that no running job uses, with its files.

    Raises:
        VideoNotFound: there is none of that id.
        VideoInUse: a job that has not ended uses it.
        StorageUnavailable: the storage is away, and nothing was deleted.
    """
    objects.exists(store.video_file(video_id, owner).storage_key)  # as above
    key = store.delete_video(video_id, owner)
    _delete(objects, (key, thumbnail_key(video_id)))


def _delete(objects: ObjectStore, keys: Sequence[str]) -> None:
    try:
        objects.delete(tuple(keys))
    except (StorageUnavailable, OSError) as error:
        log.warning("files of what was deleted stay until a sweep deletes them", keys=len(keys), error=str(error))
