"""Ask a GPU machine, within minutes, all that no other machine can answer, and keep it as one JSON file.

    python benchmarks/offline/on_gpu.py -o gpu.json
    python benchmarks/offline/on_gpu.py -o gpu.json --device cpu --sizes 180p --seconds 4     # a rehearsal without a GPU

Steps, each in processes of its own and within a time of its own: what the machine is and what the engine makes of it; the kernels that numba compiles,
once for all; `pytest -m gpu`; the decode pass by one unit of NVDEC and by all of them; each network in process and through Triton by gRPC, shared memory
and the GPU's memory; the whole job beside its peers. The file is written anew after each step, so that what was found outlives a machine that is taken
away. What no time was left for, and what failed, says so in its place, with the end of what it printed.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
LAST = 3000  # characters of what a step printed
TESTED = (
    "inference",
    "media",
    "networks",
    "stages",
    "telemetry",
)  # folders with tests marked `gpu`; finding those in all takes minutes
STOPPING_S = 10.0
# asked in a process of its own, since it takes the GPU; one line of JSON
FACTS = """
import json
from clipzy.media.accel import choose_decoder, choose_encoder, choose_fetching_decoder
from clipzy.machine.processors import available_processors
fetching = choose_fetching_decoder()  # into host memory; by another context once torch has opened the GPU, which the next choice makes it do
decoder, encoder = choose_decoder(), choose_encoder()
facts = {"processors": available_processors()}
facts |= {kind: [choice.name, choice.reason] for kind, choice in {"fetching": fetching, "decoder": decoder, "encoder": encoder}.items()}
try:
    import torch
    from clipzy.inference.runner import fault_of, has_gpu
    facts |= {"torch": torch.__version__, "gpus": torch.cuda.device_count(), "fault": fault_of("cuda") if has_gpu() else "torch sees none"}
    if decoder.name == "nvdec":
        from clipzy.media.decoding.cuda_frames import nvdec_units
        facts["nvdec units"] = nvdec_units()
        beside = choose_fetching_decoder.__wrapped__()
        facts["fetching beside torch"] = [beside.name, beside.reason]
except ImportError as exc:
    facts["torch"] = str(exc)
print(json.dumps(facts))
"""
# numba keeps what it compiles beside the source; on a new machine that takes half a minute, which the tests have no time for
COMPILE = (
    "import importlib, json, sys; print(json.dumps([importlib.import_module(name).__name__ for name in sys.argv[1:]]))"
)


@dataclass(frozen=True, slots=True)
class Step:
    """A question: the command that finds the answer, its longest time in seconds, and what reads the answer once it has ended."""

    name: str
    command: Sequence[str]
    limit_s: float
    answer: Callable[[str], Any]  # from what it printed on stdout


def steps(asked: argparse.Namespace, folder: Path) -> Iterator[Step]:
    """All of them, the most valuable first; `folder` takes what they write."""
    python = sys.executable
    report = folder / "tests.xml"
    on_gpu = asked.device == "cuda"
    quietly = ("-q", "-p", "no:cacheprovider", "--no-header", f"--junitxml={report}")
    tests = ("-m", "pytest", *(f"tests/{each}" for each in TESTED), "-m", "gpu", *quietly)
    size = ("--sizes", *asked.sizes, "--seconds", str(asked.seconds), "--device", asked.device)

    def measured(scenario: str, limit_s: float, *options: str) -> Step:
        written = folder / f"{scenario}.json"
        command = (python, "benchmarks/run.py", scenario, "--json", str(written), *options)
        return Step(scenario, command, limit_s, lambda _: json.loads(written.read_text()))

    yield Step("facts", (python, "-c", FACTS), 60, lambda printed: json.loads(printed.splitlines()[-1]))
    yield Step("kernels", (python, "-c", COMPILE, *kernels()), 60, json.loads)
    # without a GPU they can only be found
    yield Step("tests", (python, *tests, *(() if on_gpu else ("--collect-only",))), 180, lambda _: outcomes(report))
    yield measured("whole_job", 180, *size, "--rounds", "1")
    yield measured("decode", 90, *size, "--rounds", "2")
    yield measured("networks", 120, "--device", asked.device, "--rounds", "1")


def kernels() -> list[str]:
    """The modules that numba compiles as they are imported."""
    found = (ROOT / "service").glob("clipzy/*/*/*_kernel*.py")
    return sorted(".".join(path.relative_to(ROOT / "service").with_suffix("").parts) for path in found)


def outcomes(report: Path) -> dict[str, Any]:
    """How many tests passed, and what the others said, from pytest's report; raises OSError where it wrote none."""
    cases = list(ET.parse(report).getroot().iter("testcase"))
    bad = {
        kind: [_told(case, kind) for case in cases if case.find(kind) is not None]
        for kind in ("failure", "error", "skipped")
    }
    return {"passed": len(cases) - sum(map(len, bad.values())), **bad}


def _told(case: ET.Element, kind: str) -> str:
    found = case.find(kind)
    assert found is not None  # asked of those that have it
    return f"{case.get('classname')}::{case.get('name')}: {(found.text or found.get('message') or '')[-LAST:]}"


def run(step: Step, limit_s: float) -> dict[str, Any]:
    """What a step found, or why it found nothing; how long it took, and the end of what it printed where it failed."""
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(filter(None, [str(ROOT / "service"), os.environ.get("PYTHONPATH")])),
    }
    began = time.monotonic()
    process = subprocess.Popen(
        step.command,
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        process_group=0,
    )
    late = False
    try:
        printed, said = process.communicate(timeout=limit_s)
    except subprocess.TimeoutExpired:
        late = True
        process.terminate()
        printed, said = _rest(process)
    found: dict[str, Any] = {"seconds": round(time.monotonic() - began, 1), "code": process.returncode}
    if late:
        found["fault"] = f"not done within {limit_s:.0f} s"
    try:
        found["found"] = step.answer(printed)
    except (OSError, ValueError, IndexError, ET.ParseError) as exc:
        found.setdefault("fault", f"it left no answer: {exc}")
    if process.returncode or "fault" in found:
        found["printed"] = (printed + said)[-LAST:]
    return found


def _rest(process: subprocess.Popen[str]) -> tuple[str, str]:
    """What a process that is asked to end has printed; it and all it started are ended by force where it does not."""
    try:
        return process.communicate(timeout=STOPPING_S)
    except subprocess.TimeoutExpired:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        return process.communicate()


def driver() -> str:
    """What NVIDIA's driver says of the GPUs, a line each."""
    query = "--query-gpu=name,driver_version,memory.total,mig.mode.current,compute_mode"
    try:
        told = subprocess.run(
            ["nvidia-smi", query, "--format=csv,noheader"], capture_output=True, text=True, check=False
        )
    except OSError as exc:
        return f"nvidia-smi: {exc.strerror}"
    return (told.stdout or told.stderr).strip()


def main() -> None:
    """Ask, and keep the answers."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("-o", "--output", type=Path, required=True, help="the JSON file")
    parser.add_argument("--limit-s", type=float, default=480, help="of all steps together (default 480)")
    parser.add_argument("--device", choices=("cuda", "cpu"), default="cuda", help="cpu: a rehearsal")
    parser.add_argument("--sizes", nargs="+", default=["1080p"], help="of the made files, as run.py has them")
    parser.add_argument("--seconds", type=float, default=30, help="of each made file")
    parser.add_argument("--only", nargs="+", metavar="STEP", help="these steps alone")
    asked = parser.parse_args()
    ends = time.monotonic() + asked.limit_s
    answers: dict[str, Any] = {"driver": driver(), "steps": {}}
    with tempfile.TemporaryDirectory(prefix="clipzy-gpu-") as name:
        for step in steps(asked, Path(name)):
            if asked.only and step.name not in asked.only:
                continue
            left_s = ends - time.monotonic() - STOPPING_S
            answers["steps"][step.name] = (
                run(step, min(step.limit_s, left_s)) if left_s > 0 else {"fault": "no time was left"}
            )
            asked.output.write_text(json.dumps(answers, indent=1) + "\n", encoding="utf-8")
            told = answers["steps"][step.name]
            print(f"{step.name}: {told.get('fault', 'done')}, {told.get('seconds', 0)} s", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
