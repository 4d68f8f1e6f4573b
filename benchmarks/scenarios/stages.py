"""Runs the stages of a job on one file, as a worker does, without database or storage."""

from __future__ import annotations

import resource
import sys
from collections.abc import Callable, Sequence
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from scenarios.examples import example
from scenarios.measuring import Cost, timed
from scenarios.options import Options

if TYPE_CHECKING:
    from clipzy.inference.client import Inference

STAGES = (
    "video_analysis",
    "audio_analysis",
    "motion_analysis",
    "style_extraction",
    "style_application",
    "rendering",
)
ROLES = "template", "footage"


def preload(device: str) -> None:
    """Import what the stages need, as a worker does once before it forks their processes."""
    for name in STAGES:
        import_module(f"clipzy.stages.{name}")
    if device == "cuda":
        import_module("clipzy.media.decoding.cuda_scaling")  # torch, which takes seconds


def processes(
    name: str, path: Path, folder: Path, triton_url: str, *, hardware_decoding: bool = False
) -> list[Callable[[], None]]:
    """What a worker runs one stage by, networks in Triton: the work of each of its processes, which run side by side.

    The earlier stages' files lie in the folder. Sound that is heard ahead is among them, as if the stage waited for it.
    """
    from clipzy.jobs.lifecycle import Stage
    from clipzy.jobs.parts import APART
    from clipzy.stages.background import roomy

    run = partial(_run_with_triton, name, path, folder, triton_url, hardware_decoding=hardware_decoding)
    if not roomy() or Stage(name) not in APART:
        return [run]
    parts = [partial(run, roles=(role,)) for role in ROLES]
    if name != "video_analysis":
        return parts
    return [*parts, partial(_run_with_triton, "audio_analysis", path, folder, triton_url, into="ahead")]


def _run_with_triton(
    name: str,
    path: Path,
    folder: Path,
    triton_url: str,
    *,
    hardware_decoding: bool = False,
    roles: Sequence[str] = ROLES,
    into: str | None = None,
) -> None:
    from clipzy.inference.triton import TritonInference

    inference = TritonInference(triton_url)
    try:
        _run(name, path, folder, inference, hardware_decoding=hardware_decoding, roles=roles, into=into)
    finally:
        inference.close()


def run_in_one_process(path: Path, folder: Path, options: Options) -> dict[str, Cost]:
    """All stages, in this process, with networks that are loaded and warm before the first one's time begins.

    The peak memory of each is that of the process until its end, networks and all.
    """
    from clipzy.inference.local import LocalInference
    from clipzy.inference.specs import MODELS

    inference = LocalInference(options.weights, options.device)
    for model in MODELS.values():
        inference.infer(model, example(model.name, 1))
    costs = {}
    on_gpu = options.device == "cuda"
    for name in STAGES:
        cost = timed(lambda name=name: _run(name, path, folder, inference, hardware_decoding=on_gpu))
        costs[name] = Cost(cost.wall_s, cost.cpu_s, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
    return costs


def _run(
    name: str,
    path: Path,
    folder: Path,
    inference: Inference,
    *,
    hardware_decoding: bool,
    roles: Sequence[str] = ROLES,
    into: str | None = None,
) -> None:
    """One stage on the sources of those roles, the others worked on meanwhile, in this process; its files go `into` the folder of that name, else of its own."""
    from clipzy.stages.context import Role, Source, StageContext
    from clipzy.style.config import JobConfig

    cache = folder / "cache"
    cache.mkdir(exist_ok=True)
    own = folder / (into or name)
    own.mkdir(exist_ok=True)
    # hashes that differ, so that neither role finds the other's analysis in the cache
    sources = [Source(Role(role), path, role) for role in ROLES]
    context = StageContext(
        job_id="job_benchmark",
        sources=tuple(source for source in sources if source.role in roles),
        beside=tuple(source for source in sources if source.role not in roles),
        config=JobConfig(),
        folder=own,
        earlier={other: folder / other for other in STAGES if (folder / other).exists() and other != name},
        cache=cache,
        inference=inference,
        report=lambda _fraction: None,
        warn=lambda text: print(f"    {name} warns: {text}", file=sys.stderr),
        hardware_decoding=hardware_decoding,
        all_decoding_units=True,
    )
    import_module(f"clipzy.stages.{name}").run(context)
