"""A worker's hands in the test's own process."""

from __future__ import annotations

import threading

from clipzy.jobs.execution import StageExecutor
from clipzy.jobs.folders import Folders
from clipzy.stages.analysis_version import ANALYSIS_VERSION
from clipzy.storage.objects import open_objects
from tiny_stages import STAGE_FUNCTIONS, NoNetworks
from workshop import Workshop


def executor_of(workshop: Workshop, version: str = ANALYSIS_VERSION, **changes: object) -> StageExecutor:
    """What runs tiny stages for a workshop's jobs, as code of that version and with these other settings."""
    settings = workshop.settings.model_copy(update=changes)
    return StageExecutor(
        settings=settings,
        store=workshop.store,
        objects=open_objects(settings) if changes else workshop.objects,
        folders=Folders(settings.data_path),
        functions=STAGE_FUNCTIONS,
        inference=NoNetworks,
        stopping=threading.Event(),
        version=version,
    )
