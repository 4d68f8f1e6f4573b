"""Runs the stages of a job on one file, as a worker does, without database or storage."""

from __future__ import annotations

import resource
import sys
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


def preload(device: str) -> None:
    """Import what the stages need, as a worker does once before it forks their processes."""
    for name in STAGES:
        import_module(f"clipzy.stages.{name}")
    if device == "cuda":
        import_module("clipzy.media.cuda_scaling")  # torch, which takes seconds


def run_stage(name: str, path: Path, folder: Path, triton_url: str, *, hardware_decoding: bool = False) -> None:
    """One stage, in this process, with the networks in Triton; the earlier ones' files lie in the folder."""
    from clipzy.inference.triton import TritonInference

    inference = TritonInference(triton_url)
    try:
        _run(name, path, folder, inference, hardware_decoding=hardware_decoding)
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


def _run(name: str, path: Path, folder: Path, inference: Inference, *, hardware_decoding: bool) -> None:
    from clipzy.stages.context import Role, Source, StageContext
    from clipzy.style.config import JobConfig

    cache = folder / "cache"
    cache.mkdir(exist_ok=True)
    (folder / name).mkdir()
    # hashes that differ, so that neither role finds the other's analysis in the cache
    sources = (Source(Role.TEMPLATE, path, "template"), Source(Role.FOOTAGE, path, "footage"))
    context = StageContext(
        job_id="job_benchmark",
        sources=sources,
        config=JobConfig(),
        folder=folder / name,
        earlier={other: folder / other for other in STAGES if (folder / other).exists() and other != name},
        cache=cache,
        inference=inference,
        report=lambda _fraction: None,
        warn=lambda text: print(f"    {name} warns: {text}", file=sys.stderr),
        hardware_decoding=hardware_decoding,
        all_decoding_units=True,
    )
    import_module(f"clipzy.stages.{name}").run(context)
