"""A whole job, stage by stage, beside bare decoding, bare transcoding and the rebuilt peer's pipeline on the same file.

Every stage runs in processes of its own, as in a worker, with the networks in a Triton on this machine: in one, or, where there are six processors, in one
for each file where a worker does so, and for the sound that is heard ahead, whose memory is then that of all. The template is the footage
under another name, so that both roles cost the same; nothing comes from the analysis cache. Without Triton the stages run one after the other
in one process whose networks are loaded and warm beforehand, as those of a Triton are.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path

from peers import bare
from scenarios.encode import settings_of
from scenarios.measuring import Cost, Failed, in_child, in_children
from scenarios.media import Clip, clips
from scenarios.options import Options
from scenarios.rows import Row, merged
from scenarios.serving import memory_mib, processor_s, triton
from scenarios.stages import STAGES, preload, processes, run_in_one_process

SIZES, SECONDS = ("1080p",), (30.0,)
FULL_SIZES, FULL_SECONDS = ("720p", "1080p", "4k"), (30.0, 120.0, 600.0)
DECODE, TRANSCODE, PEER = "bare decode", "bare transcode", "rebuilt peer"
COUNTERPARTS = {
    "video_analysis": "shots",
    "audio_analysis": "beats",
    "motion_analysis": "motion",
    "rendering": "rendering",
}


def run(options: Options) -> Iterator[Row]:
    """Seconds and peak memory of each stage and of the whole; the whole and the peers as ratios."""
    sizes, seconds = (FULL_SIZES, FULL_SECONDS) if options.full else (SIZES, SECONDS)
    preload(options.device)
    with ExitStack() as opened:
        folder = Path(opened.enter_context(tempfile.TemporaryDirectory(prefix="clipzy-benchmark-")))
        server = opened.enter_context(triton(options, folder)) if options.inference == "triton" else None
        for clip in clips(options, sizes, seconds):
            rows: list[Row] = []
            for number in range(options.rounds_or(1)):
                room = folder / f"{number}-{clip.path.stem}"
                room.mkdir()
                rows += _Job(clip, room, options, server).rows()
                shutil.rmtree(room)
            yield from merged(rows)


class _Job:
    """One file: the short peers before and after the job, the long one step by step with it, so that a machine that slows down slows both."""

    def __init__(self, clip: Clip, folder: Path, options: Options, server: object) -> None:
        self._clip, self._folder, self._options, self._server = clip, folder, options, server

    def rows(self) -> Iterator[Row]:
        """All that is measured of it."""
        try:
            before = self._bare()
            stages, networks, peer = self._stages_and_peer()
            after = self._bare()
        except Failed as exc:
            yield Row.missing(self._clip.name, "whole job", str(exc))
            return
        if not peer:
            yield Row.missing(
                self._clip.name, PEER, "scenedetect and librosa are not installed; make bench installs them"
            )
        short = {name: (before[name], after[name]) for name in before}
        for name, costs in short.items():
            yield Row(self._clip.name, name, "s", tuple(cost.wall_s for cost in costs))
            yield Row(self._clip.name, name, "CPU s", tuple(cost.cpu_s for cost in costs))
        yield from self._of_parts("", stages)
        whole = _sum(stages.values(), networks)
        against = {
            name: Cost(_mean(c.wall_s for c in pair), _mean(c.cpu_s for c in pair)) for name, pair in short.items()
        }
        if peer:
            against[PEER] = _sum(peer.values())
            yield from self._of_parts(f"{PEER}: ", peer)
            yield from self._of_parts("", {PEER: against[PEER]})
        for name, cost in against.items():
            subject = f"whole job by {name}"
            yield Row(self._clip.name, subject, "s", (whole.wall_s,), name, (whole.wall_s / cost.wall_s,))
            yield Row(self._clip.name, subject, "CPU s", (whole.cpu_s,), name, (whole.cpu_s / cost.cpu_s,))
        yield Row(self._clip.name, "whole job, peak memory of a stage", "MiB", (whole.peak_mib,))
        if self._server is not None:
            yield Row(self._clip.name, "Triton, memory held", "MiB", (memory_mib(self._server.pid),))

    def _bare(self) -> dict[str, Cost]:
        path, target = self._clip.path, self._folder / "transcoded.mp4"
        settings = settings_of("medium")
        return {
            DECODE: in_child(lambda: bare.decode(path))[1],
            TRANSCODE: in_child(lambda: bare.transcode(path, target, "libx264", settings))[1],
        }

    def _stages_and_peer(self) -> tuple[dict[str, Cost], float, dict[str, Cost]]:
        """The cost of each stage, the processor time of Triton meanwhile, and the cost of each of the peer's steps.

        They take turns, each peer's step after the stage it is the counterpart of; not so where the stages share a process.
        """
        path, steps = self._clip.path, self._peer_steps()
        if self._server is None:
            stages = in_child(lambda: run_in_one_process(path, self._folder, self._options))[0]
            return stages, 0.0, {name: in_child(step)[1] for name, step in steps.items()}
        stages, peer, networks = {}, {}, 0.0
        on_gpu = self._options.device == "cuda"
        for name in STAGES:
            began = processor_s(self._server.pid)
            works = processes(name, path, self._folder, self._server.url, hardware_decoding=on_gpu)
            stages[name] = in_children(works)[1]
            networks += processor_s(self._server.pid) - began
            if steps and name in COUNTERPARTS:
                peer[COUNTERPARTS[name]] = in_child(steps[COUNTERPARTS[name]])[1]
        return stages, networks, peer

    def _peer_steps(self) -> dict[str, Callable[[], object]]:
        """Its steps, each to be run in a process of its own, with the libraries loaded before as a service has them; none without these."""
        from peers import pipeline

        try:
            pipeline.preload()
        except ImportError:
            return {}
        path = self._clip.path
        return pipeline.steps(path, path, self._folder / "peer.mp4", settings_of("medium"))

    def _of_parts(self, prefix: str, costs: dict[str, Cost]) -> Iterator[Row]:
        for name, cost in costs.items():
            yield Row(self._clip.name, f"{prefix}{name}", "s", (cost.wall_s,))
            yield Row(self._clip.name, f"{prefix}{name}", "CPU s", (cost.cpu_s,))
            yield Row(self._clip.name, f"{prefix}{name}, peak memory", "MiB", (cost.peak_mib,))


def _sum(parts: Iterable[Cost], more_cpu_s: float = 0.0) -> Cost:
    costs = list(parts)
    return Cost(
        sum(cost.wall_s for cost in costs),
        sum(cost.cpu_s for cost in costs) + more_cpu_s,
        max(cost.peak_mib for cost in costs),
    )


def _mean(values: Iterable[float]) -> float:
    found = list(values)
    return sum(found) / len(found)
