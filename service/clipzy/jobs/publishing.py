"""Stores what a stage left to be kept; with the last stage's files goes a manifest of all of them."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from clipzy.build import build
from clipzy.errors import StorageUnavailable
from clipzy.jobs.lifecycle import Stage
from clipzy.jobs.patience import patiently
from clipzy.jobs.records import Job
from clipzy.stages.context import Source
from clipzy.storage.artifacts import content_hash, save_json
from clipzy.storage.keys import job_prefix
from clipzy.storage.objects import ObjectStore
from clipzy.storage.published import STYLE
from clipzy.style.config import JobConfig

MANIFEST = "manifest.json"
MANIFEST_VERSION = "1"


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file of a job, as it was when it was stored; `sha256` in hexadecimal."""

    name: str
    stage: Stage
    size_bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """Contents of `manifest.json`: what was made of what. `engine_version`: with the id of its code. `sources`: SHA-256 of each uploaded file by its role."""

    job_id: str
    engine_version: str
    sources: Mapping[str, str]
    config: JobConfig
    files: tuple[StoredFile, ...]
    version: str = MANIFEST_VERSION


@dataclass(frozen=True, slots=True)
class Published:
    """What a stage brought: storage keys by file name, the files, and the Style DNA of the stage that extracts it."""

    artifacts: Mapping[str, str]
    files: tuple[StoredFile, ...]
    style_json: Mapping[str, Any] | None


def publish(
    objects: ObjectStore,
    job: Job,
    stage: Stage,
    folder: Path,
    *,
    sources: Sequence[Source],
    earlier: Sequence[StoredFile],
    check: Callable[[], None],
) -> Published:
    """Store the files of a folder under keys never used before; the job's row names them later.

    Args:
        objects: where to.
        job: whose they are.
        stage: that left them.
        folder: which is missing where the stage left nothing.
        sources: of the job.
        earlier: the files of the stages before, for the manifest.
        check: raises what ends the job; called before each new try where the storage is away, and in the end.

    Raises:
        StorageUnavailable: the storage stays away. Whatever is raised, nothing that was stored stays.
    """
    is_last = stage is job.stages[-1]
    folder.mkdir(exist_ok=True)
    paths = sorted(path for path in folder.iterdir() if path.is_file())
    files = tuple(StoredFile(path.name, stage, path.stat().st_size, content_hash(path)) for path in paths)
    if is_last:
        hashes = {source.role.value: source.content_hash for source in sources}
        manifest = Manifest(job.job_id, build(), hashes, job.config, (*earlier, *files))
        save_json(folder / MANIFEST, manifest)
        paths.append(folder / MANIFEST)
    style_json = None
    if stage is Stage.STYLE_EXTRACTION and (folder / STYLE).exists():
        style_json = json.loads((folder / STYLE).read_bytes())
    # nobody reads the last stage's folder any more, so that a large output need not be copied
    return Published(_stored(objects, job.job_id, paths, check, move=is_last), files, style_json)


def _stored(
    objects: ObjectStore, job_id: str, paths: Sequence[Path], check: Callable[[], None], *, move: bool
) -> dict[str, str]:
    prefix = f"{job_prefix(job_id)}{secrets.token_urlsafe(16)}/"
    keys = {path.name: prefix + path.name for path in paths}
    try:
        for path in paths:
            patiently(partial(objects.put_file, keys[path.name], path, move=move), check)
        # a worker that was frozen until now learns here that the job is another's, who may have tidied up already
        check()
    except BaseException:  # whatever it was goes on
        with suppress(StorageUnavailable):  # then the sweep finds it
            objects.delete(tuple(keys.values()))
        raise
    return keys
