"""Exits 0 while the Triton of this container answers and every model has all of its processes; else says what is wrong.

Triton keeps saying that it lives when the process of a Python model has died, and answers that model's calls with an
error ever after; where it has several, on several GPUs, those calls that would have gone to the dead one. Only a new
start helps. Kubernetes sees to that by itself. Docker leaves a container that is not well as it is: with `--end` this
check ends the server, and Docker's restart policy starts it again.

Needs nothing but the standard library, since it runs every few seconds.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sys
import urllib.request
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

MODELS = Path("/models")
SERVER = "http://127.0.0.1:8000/v2"
SERVER_PID = 1  # of the container
STUB = "triton_python_backend_stub"
TIMEOUT_S = 5.0
DIRECTLY = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # whatever proxy the environment names


def ailment(wanted: Mapping[str, int], processes: Path = Path("/proc")) -> str | None:
    """Which models have fewer processes than they should; None where all have as many."""
    found = running(processes)
    missing = [_told(model, found[model], count) for model, count in sorted(wanted.items()) if found[model] < count]
    return ", ".join(missing) or None


def _told(model: str, found: int, wanted: int) -> str:
    return f"only {found} of {wanted} processes of {model}" if found else f"no process of {model}"


def running(processes: Path) -> Counter[str]:
    """How many living processes each model has."""
    found: Counter[str] = Counter()
    for folder in processes.glob("[0-9]*"):
        try:
            # of a zombie it is empty
            arguments = (folder / "cmdline").read_bytes().split(b"\0")
        except OSError:  # it ended while it was read
            continue
        if len(arguments) > 1 and arguments[0].endswith(STUB.encode()):
            # …/<model>/<version>/model.py; those on several GPUs differ in nothing that the arguments say
            found[Path(os.fsdecode(arguments[1])).parents[1].name] += 1
    return found


def instances(model: str) -> int:
    """How many processes the server runs a model in: its own word, which has counted the GPUs."""
    # in its answer `KIND_AUTO` has become a kind, and the GPUs stand there one by one
    groups = json.loads(_asked(f"models/{model}/config"))["instance_group"]
    return sum(group["count"] * max(1, len(group["gpus"])) for group in groups)


def _asked(path: str) -> bytes:
    with DIRECTLY.open(f"{SERVER}/{path}", timeout=TIMEOUT_S) as answer:
        content: bytes = answer.read()
        return content


def _end(reason: str) -> None:
    """End the server: at once, or after the 5 s that it gives calls (`--exit-timeout-secs`)."""
    # beside the server's own lines, where one looks for why it ended
    with contextlib.suppress(OSError), Path(f"/proc/{SERVER_PID}/fd/2").open("a") as log:
        log.write(f"alive.py: the server is ended, to be started again: {reason}\n")
    os.kill(SERVER_PID, signal.SIGTERM)


def main() -> None:
    """Ask both; with `--end` among the arguments end the server where a model lacks a process."""
    try:
        _asked("health/live")
        fault = ailment({path.parent.name: instances(path.parent.name) for path in MODELS.glob("*/config.pbtxt")})
    except OSError as exc:
        # it loads its models, or stops, or has no time
        sys.exit(f"the server does not answer: {exc}")
    if fault and "--end" in sys.argv[1:]:
        _end(fault)
    sys.exit(fault)


if __name__ == "__main__":
    main()
