"""Where a worker's scratch files lie: `work/<job>/<stage>-<attempt>/`, and analyses that all jobs share in `cache/`."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from clipzy.jobs.lifecycle import Stage
from clipzy.jobs.records import JOB_PREFIX
from clipzy.storage.volume import configured, private_folder
from clipzy.telemetry import log

FORGOTTEN = ".forgotten"
IN_USE_S = 3600.0  # after its last use analyses may still be read by the same job
BLOCK_BYTES = 512  # of `st_blocks`, whatever the file system


class Folders:
    """Scratch folders below DATA_PATH."""

    def __init__(self, data_path: Path) -> None:
        """Make what is missing.

        Raises:
            ConfigurationError: they cannot be made.
        """
        root = data_path.resolve()
        self.work = root / "work"
        self.cache = root / "cache"
        with configured("DATA_PATH", root):
            private_folder(root)
            self.work.mkdir(parents=True, exist_ok=True)
            self.cache.mkdir(parents=True, exist_ok=True)

    def stage(self, job_id: str, name: str) -> Path:
        """The folder of one attempt at a stage, by the name that `fresh_stage` gave it."""
        return self.work / job_id / name

    def fresh_stage(self, job_id: str, stage: Stage, attempt: int) -> Path:
        """An empty folder for an attempt; what earlier attempts at the same stage left is removed."""
        job = self.work / job_id
        for leftover in job.glob(f"{stage.value}-*"):
            shutil.rmtree(leftover, ignore_errors=True)  # a dying process may still be writing there
        folder = job / f"{stage.value}-{attempt}"
        folder.mkdir(parents=True)
        return folder

    @contextmanager
    def restoring(self, folder: Path) -> Iterator[Path]:
        """An empty folder that becomes `folder` if all goes well."""
        part = folder.with_name(f".{folder.name}.part")
        shutil.rmtree(part, ignore_errors=True)  # what is left of it shows at mkdir
        part.mkdir(parents=True)
        yield part
        part.rename(folder)

    def source(self, job_id: str, name: str) -> Path:
        """Where a video that was fetched from object storage lies."""
        return self.work / job_id / "sources" / name

    def remove(self, job_id: str) -> None:
        """Remove all scratch files of a job."""
        shutil.rmtree(self.work / job_id, ignore_errors=True)  # the next start of a worker sweeps what stays

    def sweep(self, keep: Callable[[], Collection[str]]) -> None:
        """Remove the scratch files of all jobs but those that `keep` names, asked after the look: none can begin in between.

        Of nothing else: DATA_PATH may be a folder in which somebody has a `work` of his own.
        """
        found = list(self.work.glob(f"{JOB_PREFIX}*"))
        kept = keep()
        for folder in found:
            if folder.name not in kept:
                shutil.rmtree(folder, ignore_errors=True)

    def forget_unused(self, days: int, most_bytes: int) -> int:
        """Remove the analyses of videos that no job has used in so many days, which are made again when needed; answers how many.

        Of others those longest unused, until no more than `most_bytes` are taken; but none that a job may be at.
        """
        now = time.time()
        taken_bytes = forgotten = 0
        for used, folder in sorted(self._analyses(), reverse=True):
            taken_bytes += _size(folder)
            too_many = taken_bytes > most_bytes and used < now - IN_USE_S
            if (too_many or used < now - days * 24 * 3600) and _forget(folder):
                forgotten += 1
        for version in self.cache.glob("analysis-*"):
            with suppress(OSError):  # it is not empty
                version.rmdir()
        return forgotten

    def _analyses(self) -> Iterator[tuple[float, Path]]:
        """The folder of each video, after the time when it was last used."""
        for folder in self.cache.glob("analysis-*/*"):
            with suppress(FileNotFoundError):  # another worker that shares DATA_PATH was faster
                yield folder.stat().st_mtime, folder


def _size(folder: Path) -> int:
    """Bytes that a folder's files take of the disk; of those that another worker removes meanwhile none."""
    taken = 0
    for file in folder.glob("*"):
        with suppress(FileNotFoundError):
            taken += file.stat().st_blocks * BLOCK_BYTES
    return taken


def _forget(folder: Path) -> bool:
    """Remove a video's analyses; False where another worker was faster, or they cannot be removed."""
    try:
        _remove_at_once(folder)
    except FileNotFoundError:
        return False
    except OSError as exc:  # one that belongs to another user must not keep all the others
        log.warning("analyses that are not needed any more could not be removed", folder=str(folder), error=str(exc))
        return False
    return True


def _remove_at_once(folder: Path) -> None:
    """Remove a folder at once for its readers: they find all of its files or none, and may make it again."""
    if folder.suffix != FORGOTTEN:  # as what a dying worker left is
        folder = folder.rename(folder.with_name(folder.name + FORGOTTEN))
    shutil.rmtree(folder)
