"""Runs a stage in the ways that are left where one fails: without the GPU, and in one process in place of several."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

from clipzy.errors import StageCrashed, StageOutOfMemory
from clipzy.jobs.lifecycle import Stage
from clipzy.jobs.parts import parts_of
from clipzy.jobs.runner import Listener, run_parts, run_stage
from clipzy.jobs.stage_process import StageTask
from clipzy.jobs.watch import Watch
from clipzy.machine.gpu import NVIDIA_DEVICE
from clipzy.telemetry import log
from clipzy.telemetry.metrics import FALLBACKS

# stages that use one in their own process: to decode or encode, and for networks where those are in process
ON_GPU = {Stage.VIDEO_ANALYSIS, Stage.MOTION_ANALYSIS, Stage.RENDERING}
ASK_NETWORKS = {Stage.VIDEO_ANALYSIS, Stage.AUDIO_ANALYSIS, Stage.MOTION_ANALYSIS, Stage.STYLE_APPLICATION}


def run_with_or_without_gpu(
    task: StageTask, watch: Watch, listener: Listener, *, apart: bool, ahead: StageTask | None = None
) -> None:
    """Run a stage; once more without the GPU where its process dies on a machine with one, for what crashed may be NVIDIA's library.

    `apart`: its sources side by side, in processes of their own. `ahead`: what runs beside it, the first time.
    """
    try:
        _run(task, watch, listener, apart=apart, ahead=ahead)
    except StageCrashed as error:
        on_gpu = ON_GPU | ASK_NETWORKS if task.settings.inference == "local" else ON_GPU
        if task.stage not in on_gpu or not NVIDIA_DEVICE.exists():
            raise
        log.warning("stage crashed on a machine with a GPU, which is left out now", error=str(error))
        FALLBACKS.labels("gpu", "cpu").inc()
        watch.warnings.clear()
        listener.warn(f"{task.stage.value.replace('_', ' ')} was done without the GPU, because its process died on it")
        _empty(task.folder)
        _run(replace(task, gpu=False), watch, listener, apart=apart)


def _run(task: StageTask, watch: Watch, listener: Listener, *, apart: bool, ahead: StageTask | None = None) -> None:
    """Run a stage; once more in one process, with all the memory that it may use, where a part of it is too little."""
    least = task
    if ahead is not None:
        ahead.folder.mkdir()
        least = replace(task, memory_mib=task.memory_limit_mib - ahead.memory_limit_mib)
    parts = parts_of(least) if apart else (least,)
    told = len(watch.warnings)
    try:
        run_parts(parts, listener, ahead)
    except StageOutOfMemory as error:
        if parts == (task,):
            raise
        log.warning(
            "a stage's sources want more memory than there is for each; they share a process now", error=str(error)
        )
        del watch.warnings[told:]
        _empty(task.folder)
        run_stage(task, listener)
    if ahead is not None:
        shutil.rmtree(ahead.folder, ignore_errors=True)


def _empty(folder: Path) -> None:
    shutil.rmtree(folder)
    folder.mkdir()
