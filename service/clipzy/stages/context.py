"""What a stage is given: its sources, its settings, the earlier stages' files, networks, and a way to report."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from clipzy.inference.client import Inference
from clipzy.style.config import JobConfig

# A folder within the stage's own: each file in it becomes an artifact of the job
PUBLISH = "publish"


class Role(StrEnum):
    """What a video is for in its job."""

    TEMPLATE = "template"
    FOOTAGE = "footage"


@dataclass(frozen=True, slots=True)
class Source:
    """A video on local disk. `content_hash`: SHA-256 of its bytes in hexadecimal; `name`: what people call the file, different for each source."""

    role: Role
    path: Path
    content_hash: str
    name: str = ""

    @property
    def shown_name(self) -> str:
        """The name for people; the file's own where none is known."""
        return self.name or self.path.name


@dataclass(frozen=True, slots=True)
class StageContext:
    """Everything a stage may use.

    `folder`: empty, for this attempt's files. `earlier`: folder of each finished stage by its name.
    `cache`: analyses by content hash, shared by all jobs. `report`: takes the share of the stage that is done, 0..1.
    `warn`: takes a sentence for the user about something that weakens the result. `hardware_decoding`, `hardware_encoding`: use NVDEC and NVENC
    where there are any; `all_decoding_units`: let each file use all units of NVDEC. `beside`: the job's sources that other processes work on in
    the same stage.
    """

    job_id: str
    sources: tuple[Source, ...]
    config: JobConfig
    folder: Path
    earlier: Mapping[str, Path]
    cache: Path
    inference: Inference
    report: Callable[[float], None]
    warn: Callable[[str], None]
    hardware_decoding: bool = False
    all_decoding_units: bool = False
    hardware_encoding: bool = True
    beside: tuple[Source, ...] = ()

    @property
    def template(self) -> Source | None:
        """None where the job has none."""
        return next((source for source in self.sources if source.role is Role.TEMPLATE), None)

    @property
    def footage(self) -> Source:
        """For the stages after style_extraction, with which a job without footage ends."""
        return next(source for source in self.sources if source.role is Role.FOOTAGE)
