"""Exits 0 while the Triton of this container answers and every model has its process; else says what is wrong.

Triton keeps saying that it lives when the process of a Python model has died, and answers that model's calls with an
error ever after: only a new start helps. Needs nothing but the standard library, since it runs every few seconds.
"""

from __future__ import annotations

import os
import sys
import urllib.request
from pathlib import Path

MODELS = Path("/models")
LIVE = "http://127.0.0.1:8000/v2/health/live"
STUB = "triton_python_backend_stub"
TIMEOUT_S = 5.0


def ailment(models: Path, processes: Path = Path("/proc")) -> str | None:
    """Which models have no process; None where all have."""
    wanted = {path.parent.name for path in models.glob("*/config.pbtxt")}
    missing = wanted - running(processes)
    return f"no process of {', '.join(sorted(missing))}" if missing else None


def running(processes: Path) -> set[str]:
    """The models that have a living process."""
    found = set()
    for folder in processes.glob("[0-9]*"):
        try:
            # of a zombie it is empty
            arguments = (folder / "cmdline").read_bytes().split(b"\0")
        except OSError:  # it ended while it was read
            continue
        if len(arguments) > 1 and arguments[0].endswith(STUB.encode()):
            # …/<model>/<version>/model.py
            found.add(Path(os.fsdecode(arguments[1])).parents[1].name)
    return found


def main() -> None:
    """Ask both."""
    try:
        with urllib.request.urlopen(LIVE, timeout=TIMEOUT_S):
            fault = ailment(MODELS)
    except OSError as exc:
        fault = f"the server does not answer: {exc}"
    sys.exit(fault)


if __name__ == "__main__":
    main()
