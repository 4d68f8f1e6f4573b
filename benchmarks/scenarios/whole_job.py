"""How long each stage of a job takes and how much memory it needs, beside bare decoding and bare transcoding of the same file.

    python benchmarks/scenarios/whole_job.py --seconds 30 120

Every stage runs in a process of its own, as in a worker, with the networks in a real Triton server on this machine. The template is the
footage itself under another name, so that both roles cost the same; nothing comes from the analysis cache. The peers run in the same call
on the same file: decoding every frame with PyAV, and decoding and encoding with the settings that the job's quality stands for.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import socket
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from media import make_video

SERVICE = Path(__file__).resolve().parents[2] / "service"


@dataclass(frozen=True)
class Cost:
    """What something took: wall and processor time of its process in seconds, its peak memory in MiB."""

    what: str
    wall_s: float
    cpu_s: float
    peak_mib: float


def measured(what: str, work: Callable[[], None]) -> Cost:
    """Run something in a forked process and say what it took; raises SystemExit where it fails."""
    started = time.monotonic()
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            work()
            status = 0
        finally:
            sys.stderr.flush()
            os._exit(status)
    _, status, usage = os.wait4(pid, 0)
    if status:
        raise SystemExit(f"{what} failed")
    return Cost(what, time.monotonic() - started, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def decode_only(path: Path) -> None:
    """Decode every frame and let it go."""
    import av

    with av.open(str(path)) as container:
        container.streams.video[0].thread_type = "AUTO"
        for _ in container.decode(video=0):
            pass


def transcode_only(path: Path, target: Path) -> None:
    """Decode and encode with x264 veryfast, crf 23, as quality `medium` does; the sound is copied."""
    import av

    with av.open(str(path)) as source, av.open(str(target), "w") as output:
        pictures, sound = source.streams.video[0], source.streams.audio[0]
        pictures.thread_type = "AUTO"
        encoder = output.add_stream("libx264", rate=pictures.average_rate, options={"preset": "veryfast", "crf": "23"})
        encoder.width, encoder.height, encoder.pix_fmt = pictures.width, pictures.height, "yuv420p"
        copied = output.add_stream_from_template(sound)
        for packet in source.demux(pictures, sound):
            if packet.stream is sound:
                if packet.dts is not None:
                    packet.stream = copied
                    output.mux(packet)
                continue
            for frame in packet.decode():
                output.mux(encoder.encode(frame))
        output.mux(encoder.encode(None))


def run_stages(path: Path, folder: Path, triton_url: str) -> list[Cost]:
    """Every stage of a job on that file; the last item is the whole."""
    costs = []
    earlier: dict[str, Path] = {}
    for name in STAGES:
        (folder / name).mkdir(parents=True)
        costs.append(measured(name, lambda name=name: run_stage(name, path, folder, dict(earlier), triton_url)))
        print(f"    {name:<18} {costs[-1].wall_s:7.1f} s", flush=True)
        earlier[name] = folder / name
    return costs


STAGES = (
    "video_analysis",
    "audio_analysis",
    "motion_analysis",
    "style_extraction",
    "style_application",
    "rendering",
)


def run_stage(name: str, path: Path, folder: Path, earlier: dict[str, Path], triton_url: str) -> None:
    """One stage, in this process."""
    from importlib import import_module

    from clipzy.inference.triton import TritonInference
    from clipzy.stages.context import Role, Source, StageContext
    from clipzy.style.config import JobConfig

    inference = TritonInference(triton_url)
    (folder / "cache").mkdir(exist_ok=True)
    # hashes that differ, so that neither source finds the other's analysis in the cache
    sources = (Source(Role.TEMPLATE, path, "template"), Source(Role.FOOTAGE, path, "footage"))
    context = StageContext(
        job_id="job_benchmark",
        sources=sources,
        config=JobConfig(),
        folder=folder / name,
        earlier=earlier,
        cache=folder / "cache",
        inference=inference,
        report=lambda _fraction: None,
        warn=lambda text: print(f"    warning: {text}"),
    )
    import_module(f"clipzy.stages.{name}").run(context)
    inference.close()


def triton_memory_mib(pid: int) -> float:
    """Memory of the server and its models' processes, in MiB."""
    total = 0
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            ppid = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            if int(folder.name) == pid or ppid == pid:
                total += int((folder / "statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
        except (FileNotFoundError, ProcessLookupError):
            continue
    return total / 2**20


def main() -> None:
    """Run the scenario and print a table, or write it as JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, nargs="+", default=[30.0])
    parser.add_argument("--media", type=Path, default=Path(tempfile.gettempdir()) / "clipzy-benchmark-media")
    parser.add_argument("--file", type=Path, help="a file of your own instead")
    parser.add_argument("--json", type=Path, help="write the figures here as well")
    options = parser.parse_args()
    sys.path.insert(0, str(SERVICE))
    from clipzy.inference.server import TritonServer
    from clipzy.settings import Settings

    settings = Settings()
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    files = [options.file] if options.file else [make_video(options.media / f"{s:g}s.mp4", s) for s in options.seconds]
    results = []
    with (
        tempfile.TemporaryDirectory(prefix="clipzy-benchmark-") as name,
        TritonServer(
            settings.model_repository_path, settings.weights_path, grpc_port=port, log_path=Path(name) / "triton.log"
        ) as server,
    ):
        for number, path in enumerate(files):
            folder = Path(name) / str(number)
            folder.mkdir()
            print(f"{path.name}:")
            costs = [
                measured("decode only", lambda path=path: decode_only(path)),
                measured("transcode only", lambda path=path, folder=folder: transcode_only(path, folder / "t.mp4")),
                *run_stages(path, folder, server.url),
            ]
            results.append({"file": path.name, "costs": [asdict(cost) for cost in costs]})
            report(costs)
            print(f"    Triton now holds {triton_memory_mib(server.pid or 0):.0f} MiB\n")
            shutil.rmtree(folder)
    if options.json:
        machine = {"processor": platform.processor() or platform.machine(), "cores": os.cpu_count()}
        options.json.write_text(
            json.dumps({"machine": machine, "python": platform.python_version(), "results": results})
        )


def report(costs: list[Cost]) -> None:
    """A table; the job's stages against bare decoding."""
    decoding = costs[0].wall_s
    job = [cost for cost in costs if cost.what in STAGES]
    whole = Cost("whole job", sum(c.wall_s for c in job), sum(c.cpu_s for c in job), max(c.peak_mib for c in job))
    print("    what               wall s    cpu s  peak MiB  of decode only")
    for cost in (*costs, whole):
        print(
            f"    {cost.what:<18} {cost.wall_s:6.1f}  {cost.cpu_s:7.1f}  {cost.peak_mib:8.0f}  {cost.wall_s / decoding:6.2f}"
        )


if __name__ == "__main__":
    main()
