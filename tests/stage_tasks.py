"""Tasks of the tiny stages, in a folder of a test's own."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from clipzy.jobs.lifecycle import Stage
from clipzy.jobs.stage_process import StageTask
from clipzy.stages.context import Source
from clipzy.style.config import JobConfig
from tiny_stages import STAGE_FUNCTIONS, NoNetworks
from workshop import settings_in


def stage_task(folder: Path, stage: Stage, sources: Sequence[Source], **settings) -> StageTask:
    """A task of that stage, with the folders it needs."""
    own, cache = folder / "stage", folder / "cache"
    own.mkdir()
    cache.mkdir()
    return StageTask(
        stage=stage,
        function=STAGE_FUNCTIONS[stage],
        job_id="job_a",
        sources=tuple(sources),
        config=JobConfig(),
        folder=own,
        earlier={},
        cache=cache,
        inference=NoNetworks,
        settings=settings_in(folder, **settings),
    )
